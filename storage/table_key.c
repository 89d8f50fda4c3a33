#include "storage/table_key.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"

enum { CLASS_NEGATIVE = 1, CLASS_ZERO = 2, CLASS_POSITIVE = 3 };

#define EXPONENT_FAR 100000	/* beyond every limit, and sums of two do not overflow */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* After 'e'. Whatever is too long for an int is far beyond the limits anyway. */
static bool take_exponent(struct str *s, int *exponent)
{
	bool minus = false;
	long e = 0;

	if (s->n > 0 && (*s->p == '+' || *s->p == '-')) {
		minus = *s->p == '-';
		*s = str_n(s->p + 1, s->n - 1);
	}
	if (s->n == 0)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (!is_digit(s->p[i]))
			return false;
		if (e < EXPONENT_FAR)
			e = e * 10 + (s->p[i] - '0');
	}
	*exponent = (int)(minus ? -e : e);
	return true;
}

/* What a text says, before any limit: the significant digits are those from `first` to `last` in it. */
struct scanned {
	struct str mantissa;
	size_t first, last;		/* of the digits that are not 0 */
	long before_point;		/* digits before the point */
	long leading;			/* digits before `first` */
	long significant;
	bool any_digit, nonzero;
	int exponent;
};

static void scan_digit(struct scanned *s, size_t at, long seen)
{
	s->any_digit = true;
	if (s->mantissa.p[at] == '0')
		return;
	if (!s->nonzero) {
		s->nonzero = true;
		s->first = at;
		s->leading = seen;
	}
	s->last = at;
	s->significant = seen - s->leading + 1;
}

static bool scan_mantissa(struct scanned *s)
{
	bool point = false;
	long seen = 0;

	for (size_t i = 0; i < s->mantissa.n; i++) {
		char c = s->mantissa.p[i];

		if (c == '.') {
			if (point)
				return false;
			point = true;
			s->before_point = seen;
		} else if (is_digit(c)) {
			scan_digit(s, i, seen++);
		} else {
			return false;
		}
	}
	if (!point)
		s->before_point = seen;
	return s->any_digit;
}

static bool scan(struct str text, struct scanned *s, bool *negative)
{
	*s = (struct scanned){0};
	*negative = false;
	if (text.n > 0 && (*text.p == '+' || *text.p == '-')) {
		*negative = *text.p == '-';
		text = str_n(text.p + 1, text.n - 1);
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != 'e' && text.p[i] != 'E')
			continue;
		struct str e = str_n(text.p + i + 1, text.n - i - 1);

		text.n = i;
		if (!take_exponent(&e, &s->exponent))
			return false;
	}
	s->mantissa = text;
	return scan_mantissa(s);
}

enum number_problem number_parse(struct str text, struct number *n)
{
	struct scanned s;
	long exponent;

	*n = (struct number){0};
	if (!scan(text, &s, &n->negative))
		return NUMBER_MALFORMED;
	if (!s.nonzero) {
		n->negative = false;
		return NUMBER_OK;
	}
	exponent = s.exponent + s.before_point - s.leading - 1;
	if (exponent > NUMBER_EXPONENT_MAX)
		return NUMBER_OVERFLOW;
	if (exponent < NUMBER_EXPONENT_MIN)
		return NUMBER_UNDERFLOW;
	if (s.significant > NUMBER_DIGITS_MAX)
		return NUMBER_TOO_PRECISE;
	n->exponent = (int)exponent;
	for (size_t i = s.first; i <= s.last; i++)
		if (is_digit(s.mantissa.p[i]))
			n->digit[n->digits++] = (uint8_t)(s.mantissa.p[i] - '0');
	return NUMBER_OK;
}

char *number_text(char to[NUMBER_TEXT_MAX], const struct number *n)
{
	int last = n->exponent > 0 ? n->exponent : 0;	/* place of the last digit to write, 0 being that before the point */
	int places = n->digits - 1 - n->exponent;	/* digits after the point */
	char *p = to;

	if (n->digits == 0) {
		*p++ = '0';
		*p = '\0';
		return to;
	}
	if (n->negative)
		*p++ = '-';
	for (int place = last; place >= 0 || place >= -places; place--) {
		int i = n->exponent - place;

		if (place == -1)
			*p++ = '.';
		*p++ = (char)('0' + (i >= 0 && i < n->digits ? n->digit[i] : 0));
	}
	*p = '\0';
	return to;
}

/* Two digits per byte, plus one so that no byte is the 0 that ends the digits: fewer digits are less. */
static void encode_number(struct buf *to, const struct number *n)
{
	uint8_t bytes[2 + NUMBER_DIGITS_MAX / 2 + 1];
	size_t len = 0;

	bytes[len++] = n->digits == 0 ? CLASS_ZERO : n->negative ? CLASS_NEGATIVE : CLASS_POSITIVE;
	if (n->digits > 0) {
		bytes[len++] = (uint8_t)(n->exponent - NUMBER_EXPONENT_MIN);
		for (int i = 0; i < n->digits; i += 2)
			bytes[len++] = (uint8_t)(n->digit[i] * 10 + (i + 1 < n->digits ? n->digit[i + 1] : 0) + 1);
		bytes[len++] = 0;
	}
	if (n->negative)
		for (size_t i = 1; i < len; i++)
			bytes[i] = (uint8_t)~bytes[i];
	buf_add(to, bytes, len);
}

int key_encode(struct buf *to, char type, const struct json_value *value, size_t max)
{
	const struct json_value *v = json_get(value, (char[]){ type, '\0' });
	size_t start = to->len + 1;
	struct number n;

	if (!v || v->kind != JSON_STRING || v->text.n == 0)
		return E_BAD_INPUT;
	buf_add(to, &type, 1);
	if (type == 'N') {
		if (number_parse(v->text, &n) != NUMBER_OK)
			return E_BAD_INPUT;
		encode_number(to, &n);
		return 0;
	}
	if (type == 'S')
		buf_add(to, v->text.p, v->text.n);
	else if (base64_decode(to, v->text) < 0)
		return E_BAD_INPUT;
	return to->len - start > max ? E_TOO_LARGE : 0;
}

/* 00 becomes 00 FF and 00 01 ends the part, so that "a" comes before "a\0" and that before "ab". */
void key_prefix(struct buf *to, struct str key)
{
	while (key.n > 0) {
		const char *zero = memchr(key.p, 0, key.n);
		size_t run = zero ? (size_t)(zero - key.p) : key.n;

		buf_add(to, key.p, run);
		if (!zero)
			return;
		buf_add(to, "\x00\xff", 2);
		key = str_n(zero + 1, key.n - run - 1);
	}
}

void key_part(struct buf *to, struct str key)
{
	key_prefix(to, key);
	buf_add(to, "\x00\x01", 2);
}

void key_after_prefix(struct buf *key)
{
	while (key->len > 0 && (uint8_t)key->data[key->len - 1] == 0xff)
		key->len--;
	CHECK(key->len > 0);	/* the type byte is never 0xff */
	key->data[key->len - 1]++;
	key->data[key->len] = '\0';
}
