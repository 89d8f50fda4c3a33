/* number_fuzz.c - 38-digit numbers: one text each, which reads back the same; a byte range of a file, a query string. */
#include <string.h>

#include "base/check.h"
#include "storage/table_key.h"
#include "web/params.h"
#include "web/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void number(struct str s)
{
	char once[NUMBER_TEXT_MAX], twice[NUMBER_TEXT_MAX];
	struct number a, b;

	if (number_parse(s, &a) != NUMBER_OK)
		return;
	number_text(once, &a);
	CHECK(strlen(once) < NUMBER_TEXT_MAX);
	CHECK(number_parse(str_of(once), &b) == NUMBER_OK);
	number_text(twice, &b);
	CHECK(strcmp(once, twice) == 0);
}

static void range(struct str s, int64_t size)
{
	int64_t first = 0, length = 0;

	if (range_parse(s, size, &first, &length) == RANGE_PART)
		CHECK(first >= 0 && length > 0 && first < size && length <= size - first);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct params q;
	struct str s = str_n(p, n);

	number(s);
	range(s, 0);
	range(s, 1000);
	range(s, INT64_MAX);
	if (params_parse(&a, s, true, &q) == 0)
		CHECK(q.count >= 0 && q.count <= PARAMS_MAX);
	arena_clear(&a);
	return 0;
}
