/* Forms, cut in every possible way. */
#include "web/form_data.h"

#include "base/err.h"
#include "tests/lib/t.h"

static int fail_after;			/* callbacks; 0: never */
static bool holds;

static int count(struct form_data *f)
{
	f->hold = holds;
	return fail_after > 0 && --fail_after == 0 ? E_FULL : 0;
}

static int on_part(struct form_data *f, const struct form_part *p)
{
	buf_printf(f->owner, "{%.*s", STR_ARG(p->name));
	if (str_is_set(p->file_name))
		buf_printf(f->owner, "|%.*s", STR_ARG(p->file_name));
	if (str_is_set(p->type))
		buf_printf(f->owner, "(%.*s)", STR_ARG(p->type));
	buf_puts(f->owner, ":");
	return count(f);
}

static int on_bytes(struct form_data *f, const void *p, size_t n)
{
	buf_add(f->owner, p, n);
	return count(f);
}

static int on_part_end(struct form_data *f)
{
	buf_puts(f->owner, "}");
	return count(f);
}

static int feed(struct form_data *f, struct str s)
{
	int rc = 0;

	while (s.n > 0 && rc == 0) {
		f->hold = false;
		rc = form_data_feed(f, s.p, s.n);
		assert_true(f->took == s.n || f->hold || rc < 0);
		s = str_n(s.p + f->took, s.n - f->took);
	}
	return rc;
}

/* In three pieces. */
static int parse(struct buf *told, const char *type, struct str in, size_t first, size_t second)
{
	struct form_data f = { .on_part = on_part, .on_bytes = on_bytes, .on_part_end = on_part_end, .owner = told };
	int rc = form_data_begin(&f, str_of(type));

	told->len = 0;
	if (rc == 0)
		rc = feed(&f, str_n(in.p, first));
	if (rc == 0)
		rc = feed(&f, str_n(in.p + first, second - first));
	if (rc == 0)
		rc = feed(&f, str_n(in.p + second, in.n - second));
	if (rc == 0)
		rc = form_data_end(&f);
	form_data_clear(&f);
	return rc;
}

static void check(const char *type, const char *in, const char *want)
{
	struct str s = str_of(in);
	struct buf told = { 0 };

	for (size_t i = 0; i <= s.n; i++)
		for (size_t k = i; k <= s.n; k += 1 + (s.n > 150) * 5) {
			holds = k % 2 == 1;
			assert_int_equal(parse(&told, type, s, i, k), 0);
			assert_string_equal(told.len ? told.data : "", want);
		}
	holds = false;
	buf_clear(&told);
}

static int refused(const char *type, const char *in)
{
	struct str s = str_of(in);
	struct buf told = { 0 };
	int rc = parse(&told, type, s, s.n / 2, s.n);

	for (size_t i = 0; i <= s.n; i++)
		assert_int_equal(parse(&told, type, s, i, s.n), rc);
	buf_clear(&told);
	return rc;
}

#define X "multipart/form-data; boundary=x"
#define PART(disposition) "--x\r\nContent-Disposition: form-data; " disposition "\r\n\r\n"

static void a_form_is_read_however_it_is_cut(void **state)
{
	(void)state;
	check(X, PART("name=\"a\"") "1\r\n" PART("name=\"b\"; filename=\"b.jpg\"") "two\r\nlines\r\n--x--\r\n", "{a:1}{b|b.jpg:two\r\nlines}");
	check(X, "before\r\n" PART("name=a") "\r\n--x--after", "{a:}");
	check(X, "--x \t\r\ncontent-disposition:FORM-DATA;name=a\r\nContent-Type: image/jpeg\r\nX: y\r\n\r\n\r\n\r\n--x--", "{a(image/jpeg):\r\n}");
	check(X, "--x--", "");
	check("Multipart/Form-Data; charset=utf-8; Boundary=\"a b?\"", "--a b?\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b?--", "{a:1}");
}

static void what_only_looks_like_a_boundary_is_content(void **state)
{
	(void)state;
	check("multipart/form-data; boundary=xy", "--xy\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\r\n\r\n-\r\n--x\r\n--xx--xy\r--xy\n--xy\r\n--xy--",
	      "{a:\r\r\n\r\n-\r\n--x\r\n--xx--xy\r--xy\n--xy}");
}

static void names_are_unescaped_as_browsers_and_clients_write_them(void **state)
{
	(void)state;
	check(X, PART("name=\"a%22b%0D%0a%41\"; filename=\"100%.jpg\"") "1\r\n--x--", "{a\"b\r\n%41|100%.jpg:1}");
	check(X, PART("name=\"a\\\"b\\\\c\\d\"; filename=\"C:\\photos\\1.jpg\"") "1\r\n--x--", "{a\"b\\c\\d|C:\\photos\\1.jpg:1}");
	check(X, PART("filename*=UTF-8''%C3%A9%20x.jpg; filename=\"e.jpg\"; name=\"a\"") "1\r\n--x--", "{a|\xc3\xa9 x.jpg:1}");
	check(X, PART("filename*=latin1''%E9.jpg; filename=\"e.jpg\"; name=\"a\"") "1\r\n--x--", "{a|e.jpg:1}");
	check(X, PART("name=\"a\"; name=\"b\"; filename=\"\"") "\r\n--x--", "{a|:}");
	check(X, PART("name=\";=\" ; filename = \"a;b.jpg\" ;") "\r\n--x--", "{;=|a;b.jpg:}");
}

static void nonsense_is_refused(void **state)
{
	static const char *const bodies[] = {
		"", "--x", "--x-", "--x\r\n", "--y--", PART("name=a") "1", PART("name=a") "1\r\n--x", PART("name=a") "1\r\n--x-",
		"--x\r\n\r\n1\r\n--x--", PART("filename=a") "1\r\n--x--", "--x\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--x--",
		"--xy\r\n", "--x-y", "--x\n", "--x\r\r\n", "--x\r\nno colon\r\n\r\n", PART("name=\"a") "1\r\n--x--", PART("name=\"a\"b") "1\r\n--x--", PART("name") "1\r\n--x--",
		"--x\r\nA: b\n\r\n", "--x\r\nA: b\rc\r\n\r\n",
	};
	static const char *const types[] = {
		"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"x", "multipart/mixed; boundary=x",
		"multipart/form-data; boundary=\"x \"", "multipart/form-data; boundary=\"a\\\"b\"", "application/x-www-form-urlencoded; boundary=x",
		"multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890", "multipart/form-data; boundary",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		assert_int_equal(refused(X, bodies[i]), E_BAD_INPUT);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		assert_int_equal(refused(types[i], "--x--"), E_BAD_INPUT);
}

static void headers_and_parts_have_limits(void **state)
{
	struct buf in = { 0 }, told = { 0 };

	(void)state;
	buf_puts(&in, "--x\r\nX: ");
	for (int i = 0; i < FORM_HEADERS_MAX - 2; i++)
		buf_puts(&in, "y");
	assert_int_equal(parse(&told, X, str_n(in.data, in.len), 1, 2), E_TOO_LARGE);
	in.len = 0;
	for (int i = 0; i < FORM_PARTS_MAX; i++)
		buf_puts(&in, PART("name=a") "\r\n");
	buf_puts(&in, "--x--");
	assert_int_equal(parse(&told, X, str_n(in.data, in.len), 1, 2), 0);
	in.len -= 5;
	buf_puts(&in, PART("name=a") "\r\n--x--");
	assert_int_equal(parse(&told, X, str_n(in.data, in.len), 1, 2), E_TOO_LARGE);
	buf_clear(&in);
	buf_clear(&told);
}

static void a_callbacks_refusal_ends_it(void **state)
{
	struct str in = STR(PART("name=a") "1\r\n--x--");
	struct buf told = { 0 };

	(void)state;
	for (int i = 1; i <= 3; i++) {
		fail_after = i;
		assert_int_equal(parse(&told, X, in, 0, 0), E_FULL);
	}
	fail_after = 4;
	assert_int_equal(parse(&told, X, in, 0, 0), 0);
	fail_after = 0;
	buf_clear(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_form_is_read_however_it_is_cut),
		T(what_only_looks_like_a_boundary_is_content),
		T(names_are_unescaped_as_browsers_and_clients_write_them),
		T(nonsense_is_refused),
		T(headers_and_parts_have_limits),
		T(a_callbacks_refusal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
