#include "base/codec.h"

#include "base/err.h"

static const char digits[] = "0123456789abcdef";

void hex_encode(char *to, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[b[i] >> 4];
		*to++ = digits[b[i] & 15];
	}
	*to = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_byte(const char *p)
{
	int high = nibble(p[0]), low = nibble(p[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

int hex_decode(struct str s, void *to, size_t n)
{
	uint8_t *b = to;

	if (s.n != 2 * n)
		return E_BAD_INPUT;
	for (size_t i = 0; i < n; i++) {
		int v = hex_byte(s.p + 2 * i);

		if (v < 0)
			return E_BAD_INPUT;
		b[i] = (uint8_t)v;
	}
	return 0;
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *to, const void *p, size_t n)
{
	const uint8_t *b = p;
	char *out = buf_reserve(to, (n + 2) / 3 * 4);
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (i + 1 < n ? b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0);

		out[len++] = letters[v >> 18];
		out[len++] = letters[v >> 12 & 63];
		out[len++] = i + 1 < n ? letters[v >> 6 & 63] : '=';
		out[len++] = i + 2 < n ? letters[v & 63] : '=';
	}
	buf_wrote(to, len);
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; how many bytes it held, or 0. Bits that no byte uses must be zero. */
static size_t quartet(const char *p, char out[3])
{
	size_t n = p[3] != '=' ? 3 : p[2] != '=' ? 2 : 1;
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		int s = i <= n ? sextet(p[i]) : 0;

		if (s < 0)
			return 0;
		v = v << 6 | (uint32_t)s;
	}
	if (v & ((1u << (8 * (3 - n))) - 1))
		return 0;
	out[0] = (char)(v >> 16), out[1] = (char)(v >> 8), out[2] = (char)v;
	return n;
}

int base64_decode(struct buf *to, struct str s)
{
	size_t before = to->len;

	if (s.n % 4 != 0)
		return E_BAD_INPUT;
	for (size_t i = 0; i < s.n; i += 4) {
		char three[3];
		size_t n = quartet(s.p + i, three);

		if (n == 0 || (n < 3 && i + 4 < s.n)) {
			to->len = before;
			return E_BAD_INPUT;
		}
		buf_add(to, three, n);
	}
	return 0;
}

int64_t base64_decode_in_place(char *p, size_t n)
{
	size_t len = 0;

	if (n % 4 != 0)
		return E_BAD_INPUT;
	for (size_t i = 0; i < n; i += 4) {
		size_t got = quartet(p + i, p + len);	/* reads all four before it writes */

		if (got == 0 || (got < 3 && i + 4 < n))
			return E_BAD_INPUT;
		len += got;
	}
	return (int64_t)len;
}

static bool kept(unsigned char c, enum uri_keep keep)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	if (c == '-' || c == '_' || c == '.')
		return true;
	if (c == '~')
		return keep != URI_FORM;
	return (c == '/' && keep != URI_NOTHING) || (c == '*' && keep == URI_FORM);
}

void uri_encode(struct buf *to, struct str s, enum uri_keep keep)
{
	static const char upper[] = "0123456789ABCDEF";
	char *out = buf_reserve(to, s.n * 3);
	size_t len = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (kept(c, keep)) {
			out[len++] = (char)c;
		} else if (c == ' ' && keep == URI_FORM) {
			out[len++] = '+';
		} else {
			out[len++] = '%';
			out[len++] = upper[c >> 4];
			out[len++] = upper[c & 15];
		}
	}
	buf_wrote(to, len);
}

int uri_decode(struct arena *a, struct str s, bool plus, struct str *out)
{
	char *to = arena_take(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int v = (unsigned char)s.p[i];

		if (v == '%') {
			if (i + 2 >= s.n || (v = hex_byte(s.p + i + 1)) < 0)
				return E_BAD_INPUT;
			i += 2;
		} else if (v == '+' && plus) {
			v = ' ';
		}
		to[n++] = (char)v;
	}
	*out = str_n(to, n);
	return 0;
}

/* Length of the sequence at p, 0 when it is none (RFC 3629). */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
		     p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

struct str utf8_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

size_t utf8_length(struct str s)
{
	return s.n == 0 ? 0 : utf8_sequence((const unsigned char *)s.p, s.n);
}

bool utf8_valid(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_length(str_n(s.p + i, s.n - i));

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}
