/* json_fuzz.c - what the reader accepts, the writer must print so that it reads back the same. */
#include <string.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void print(struct buf *to, const struct json_value *v)
{
	struct json j = json_into(to);

	json_value(&j, NULL, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct buf once = { 0 }, twice = { 0 };
	struct json_value *v, *again;

	if (json_parse(&a, str_n(p, n), &v) == 0) {
		CHECK(utf8_valid(str_n(p, n)));
		print(&once, v);
		CHECK(json_parse(&a, str_n(once.data, once.len), &again) == 0);
		print(&twice, again);
		CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	}
	buf_clear(&once);
	buf_clear(&twice);
	arena_clear(&a);
	return 0;
}
