/* Keys are compared with an order computed another way: numbers as fixed-point text of all the places there are. */
#include "tests/lib/t.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "storage/table_key.h"

#define PLACES_ABOVE (NUMBER_EXPONENT_MAX + 1)
#define PLACES_BELOW (-NUMBER_EXPONENT_MIN + NUMBER_DIGITS_MAX)
#define PLACES (PLACES_ABOVE + PLACES_BELOW)
#define SAMPLES 600

struct sample {
	bool negative;
	char fixed[PLACES + 1];
	char text[256];
	struct buf key;
};

static uint32_t dice(void)
{
	static uint32_t s = 12345;

	s = s * 1664525u + 1013904223u;
	return s >> 8;
}

static int encode(struct buf *to, char type, const char *text, size_t max)
{
	struct json_value v = { .kind = JSON_OBJECT, .count = 1 };
	struct json_value in = { .kind = JSON_STRING, .text = str_of(text), .name = str_n(&type, 1) };

	v.first = &in;
	return key_encode(to, type, &v, max);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static int cmp_fixed(const struct sample *a, const struct sample *b)
{
	int c = sign(memcmp(a->fixed, b->fixed, PLACES));

	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->negative ? -c : c;
}

/* Some digits at some exponent, written in one of the ways that a client may. */
static void make_sample(struct sample *s)
{
	int digits = 1 + (int)(dice() % 3 == 0 ? dice() % NUMBER_DIGITS_MAX : dice() % 3);
	int exponent = dice() % 2 ? (int)(dice() % 4) - 2 : (int)(dice() % 256) + NUMBER_EXPONENT_MIN;
	char d[NUMBER_DIGITS_MAX + 1] = "";
	bool zero = dice() % 50 == 0;

	*s = (struct sample){ .negative = !zero && dice() % 2 };
	for (int i = 0; i < digits; i++)
		d[i] = (char)('0' + (zero ? 0 : i == 0 ? 1 + dice() % 9 : dice() % (dice() % 2 ? 10 : 2)));
	memset(s->fixed, '0', PLACES);
	memcpy(s->fixed + PLACES_ABOVE - 1 - exponent, d, (size_t)digits);
	if (dice() % 2)
		snprintf(s->text, sizeof s->text, "%s%c.%sE%d", s->negative ? "-" : "", d[0], d + 1, exponent);
	else
		snprintf(s->text, sizeof s->text, "%s000%s00e%d", s->negative ? "-" : dice() % 2 ? "+" : "", d,
			 exponent - digits + 1 - 2);
	assert_int_equal(encode(&s->key, 'N', s->text, 1024), 0);
}

static void numbers_have_the_order_of_their_values(void **state)
{
	static struct sample s[SAMPLES];

	(void)state;
	for (int i = 0; i < SAMPLES; i++)
		make_sample(&s[i]);
	for (int i = 0; i < SAMPLES; i++)
		for (int j = 0; j < SAMPLES; j++) {
			struct str a = str_n(s[i].key.data, s[i].key.len), b = str_n(s[j].key.data, s[j].key.len);

			if (sign(str_cmp(a, b)) != cmp_fixed(&s[i], &s[j]))
				fail_msg("%s against %s", s[i].text, s[j].text);
		}
	for (int i = 0; i < SAMPLES; i++)
		buf_clear(&s[i].key);
}

static void a_number_has_one_text(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "0", "0" }, { "-0", "0" }, { "-0.000e10", "0" }, { "1.0", "1" }, { "1E2", "100" }, { "+5", "5" },
		{ "007", "7" }, { ".5", "0.5" }, { "5.", "5" }, { "-12.50", "-12.5" }, { "1e-3", "0.001" },
		{ "123.456e1", "1234.56" }, { "0.000120", "0.00012" }, { "1200e-1", "120" }, { "10e-1", "1" },
		{ "12345678901234567890123456789012345678", "12345678901234567890123456789012345678" },
		{ "1e30", "1000000000000000000000000000000" },
		{ "0.1e126", "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		  "0000000000000000000000000000000000000" },
		{ "51.50740000", "51.5074" },
	};
	char room[NUMBER_TEXT_MAX];
	struct number n;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(number_parse(str_of(cases[i].in), &n), NUMBER_OK);
		assert_string_equal(number_text(room, &n), cases[i].out);
	}
}

static void the_text_of_a_number_reads_back_as_the_same_number(void **state)
{
	char room[NUMBER_TEXT_MAX];
	struct number n, again;

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		struct sample s;

		make_sample(&s);
		assert_int_equal(number_parse(str_of(s.text), &n), NUMBER_OK);
		assert_int_equal(number_parse(str_of(number_text(room, &n)), &again), NUMBER_OK);
		assert_memory_equal(&n, &again, sizeof n);
		buf_clear(&s.key);
	}
	assert_int_equal(number_parse(STR("-9.9999999999999999999999999999999999999e-130"), &n), NUMBER_OK);
	assert_int_equal(strlen(number_text(room, &n)), 3 + 129 + 38);
}

static void what_is_no_number_or_over_a_limit_is_told_apart(void **state)
{
	static const struct { const char *in; enum number_problem is; } cases[] = {
		{ "", NUMBER_MALFORMED }, { "abc", NUMBER_MALFORMED }, { "1 ", NUMBER_MALFORMED }, { "1.2.3", NUMBER_MALFORMED },
		{ "--1", NUMBER_MALFORMED }, { "1e", NUMBER_MALFORMED }, { "1e+", NUMBER_MALFORMED }, { "e5", NUMBER_MALFORMED },
		{ ".", NUMBER_MALFORMED }, { "1e5e5", NUMBER_MALFORMED }, { "NaN", NUMBER_MALFORMED }, { "1,5", NUMBER_MALFORMED },
		{ "1e126", NUMBER_OVERFLOW }, { "-1e126", NUMBER_OVERFLOW }, { "9.99e125", NUMBER_OK },
		{ "1e999999999999999999999", NUMBER_OVERFLOW }, { "1e-999999999999999999999", NUMBER_UNDERFLOW },
		{ "1e-130", NUMBER_OK }, { "1e-131", NUMBER_UNDERFLOW }, { "0e999", NUMBER_OK },
		{ "123456789012345678901234567890123456789", NUMBER_TOO_PRECISE },
		{ "123456789012345678901234567890123456780", NUMBER_OK },
		{ "1.0000000000000000000000000000000000000000000000", NUMBER_OK },
		{ "1.00000000000000000000000000000000000000000000001", NUMBER_TOO_PRECISE },
	};
	struct number n;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (number_parse(str_of(cases[i].in), &n) != cases[i].is)
			fail_msg("%s", cases[i].in);
}

static void strings_and_binary_have_the_order_of_their_bytes(void **state)
{
	struct buf a = {0}, b = {0}, c = {0};

	(void)state;
	assert_int_equal(encode(&a, 'S', "a", 10), 0);
	assert_int_equal(encode(&b, 'S', "a\x01", 10), 0);
	assert_int_equal(encode(&c, 'S', "\xc3\xa9", 10), 0);
	assert_true(str_cmp(str_n(a.data, a.len), str_n(b.data, b.len)) < 0);
	assert_true(str_cmp(str_n(b.data, b.len), str_n(c.data, c.len)) < 0);
	assert_true(str_cmp(str_n(c.data, c.len), KEY_BEYOND) < 0);
	a.len = b.len = 0;
	assert_int_equal(encode(&a, 'B', "fw==", 10), 0);	/* 7f */
	assert_int_equal(encode(&b, 'B', "gA==", 10), 0);	/* 80 */
	assert_true(str_cmp(str_n(a.data, a.len), str_n(b.data, b.len)) < 0);
	buf_clear(&a);
	buf_clear(&b);
	buf_clear(&c);
}

static void a_key_that_is_empty_or_of_another_type_or_too_long_is_refused(void **state)
{
	struct json_value text = { .kind = JSON_STRING, .text = STR("12345"), .name = STR("S") };
	struct json_value v = { .kind = JSON_OBJECT, .count = 1, .first = &text };
	struct buf b = {0};

	(void)state;
	assert_int_equal(key_encode(&b, 'S', &v, 5), 0);
	assert_int_equal(key_encode(&b, 'S', &v, 4), E_TOO_LARGE);
	assert_int_equal(key_encode(&b, 'N', &v, 5), E_BAD_INPUT);
	assert_int_equal(key_encode(&b, 'S', NULL, 5), E_BAD_INPUT);
	assert_int_equal(encode(&b, 'S', "", 5), E_BAD_INPUT);
	assert_int_equal(encode(&b, 'N', "x", 5), E_BAD_INPUT);
	assert_int_equal(encode(&b, 'B', "!", 5), E_BAD_INPUT);
	buf_clear(&b);
}

/* Parts followed by anything keep the order that the keys have alone. */
static void joined_keys_keep_the_order_of_the_first(void **state)
{
	static const struct str keys[] = { { "", 0 }, { "\0", 1 }, { "\0\0", 2 }, { "\0\1", 2 }, { "\0\xff", 2 }, { "\1", 1 },
		{ "a", 1 }, { "a\0", 2 }, { "a\0b", 3 }, { "a\1", 2 }, { "ab", 2 }, { "\xff", 1 }, { "\xff\xff", 2 } };
	static const struct str tails[] = { { "", 0 }, { "\0", 1 }, { "\xff\xff", 2 } };
	enum { N = sizeof keys / sizeof keys[0], M = sizeof tails / sizeof tails[0] };

	(void)state;
	for (int i = 0; i < N * M; i++)
		for (int j = 0; j < N * M; j++) {
			struct buf a = {0}, b = {0};

			key_part(&a, keys[i / M]);
			buf_add(&a, tails[i % M].p, tails[i % M].n);
			key_part(&b, keys[j / M]);
			buf_add(&b, tails[j % M].p, tails[j % M].n);
			if (i / M != j / M)
				assert_int_equal(sign(str_cmp(str_n(a.data, a.len), str_n(b.data, b.len))), i < j ? -1 : 1);
			buf_clear(&a);
			buf_clear(&b);
		}
}

static void after_a_prefix_is_the_least_that_does_not_start_with_it(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_add(&b, "Sab", 3);
	key_after_prefix(&b);
	assert_true(str_eq(str_n(b.data, b.len), STR("Sac")));
	b.len = 0;
	buf_add(&b, "Ba\xff\xff", 4);
	key_after_prefix(&b);
	assert_true(str_eq(str_n(b.data, b.len), STR("Bb")));
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(numbers_have_the_order_of_their_values),
		T(a_number_has_one_text),
		T(the_text_of_a_number_reads_back_as_the_same_number),
		T(what_is_no_number_or_over_a_limit_is_told_apart),
		T(strings_and_binary_have_the_order_of_their_bytes),
		T(a_key_that_is_empty_or_of_another_type_or_too_long_is_refused),
		T(joined_keys_keep_the_order_of_the_first),
		T(after_a_prefix_is_the_least_that_does_not_start_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
