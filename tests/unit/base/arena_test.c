#include "tests/lib/t.h"

#include "base/arena.h"

static char *cut(struct arena *a, size_t max, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static char *cut(struct arena *a, size_t max, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, max, fmt, ap);
	va_end(ap);
	return p;
}

static void a_text_is_cut_at_its_limit(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_string_equal(cut(&a, 100, "%s and %d", "one", 2), "one and 2");
	assert_string_equal(cut(&a, 4, "%s and %d", "one", 2), "one ");
	assert_string_equal(cut(&a, 0, "%s", "one"), "");
	arena_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_text_is_cut_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
