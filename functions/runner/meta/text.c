#include "functions/runner/meta/text.h"

#include "base/codec.h"

/* The character at the start of `s` as UTF-8 in `out`; returns its bytes, and how many it took from `s`. */
static size_t character(struct str s, enum text_charset charset, char out[4], size_t *taken)
{
	size_t n = charset == TEXT_UTF8 ? utf8_length(s) : (unsigned char)s.p[0] < 0x80;
	unsigned char c = (unsigned char)s.p[0];

	*taken = n > 0 ? n : 1;
	if (n > 0) {
		memcpy(out, s.p, n);
		return n;
	}
	out[0] = (char)(0xc0 | c >> 6);
	out[1] = (char)(0x80 | (c & 0x3f));
	return 2;
}

/* C0, DEL and C1. */
static bool is_control(const char *c, size_t n)
{
	unsigned char first = (unsigned char)c[0];

	return n == 1 ? first < 0x20 || first == 0x7f : n == 2 && first == 0xc2 && (unsigned char)c[1] < 0xa0;
}

void text_put(char *to, size_t size, struct str from, enum text_charset charset)
{
	size_t at = 0, blank = 0, taken, n;
	char c[4];

	if (to[0] != '\0')
		return;
	for (; from.n > 0 && from.p[0] != '\0'; from = str_n(from.p + taken, from.n - taken)) {
		n = character(from, charset, c, &taken);
		if (is_control(c, n) || (n == 1 && c[0] == ' ')) {
			blank = at > 0;
			continue;
		}
		if (at + blank + n + 1 > size)
			break;
		if (blank)
			to[at++] = ' ';
		memcpy(to + at, c, n);
		at += n;
		blank = 0;
	}
	to[at] = '\0';
}

static bool digits(struct str *s, double *to)
{
	double unit = 0;
	size_t i = 0;
	bool some = false;

	*to = 0;
	for (; i < s->n && i < 20; i++) {
		char c = s->p[i];

		if (c >= '0' && c <= '9') {
			some = true;
			*to = unit > 0 ? *to + (c - '0') * unit : *to * 10 + (c - '0');
			unit /= 10;
		} else if (c == '.' && unit <= 0) {
			unit = 0.1;
		} else {
			break;
		}
	}
	*s = str_n(s->p + i, s->n - i);
	return some;
}

bool text_real(struct str from, double *to)
{
	struct str s = str_trim(from);
	bool minus = s.n > 0 && s.p[0] == '-';
	double under = 1;

	if (minus)
		s = str_n(s.p + 1, s.n - 1);
	if (s.n == 0 || !digits(&s, to))
		return false;
	if (s.n > 0 && s.p[0] == '/') {
		s = str_n(s.p + 1, s.n - 1);
		if (!digits(&s, &under) || under == 0)
			return false;
	}
	*to = (minus ? -*to : *to) / under;
	return true;
}
