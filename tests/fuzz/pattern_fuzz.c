/* pattern_fuzz.c - a filter pattern on the first line, and what it is held against. A pattern is read or refused with a reason, and what has no
 * terms to exclude, braces or brackets says of a line the same as of it twice, with a blank between, once it was found. */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "web/logs/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void twice(const struct pattern *pattern, struct str line)
{
	struct buf b = {0};

	buf_add(&b, line.p, line.n);
	buf_puts(&b, " ");
	buf_add(&b, line.p, line.n);
	CHECK(pattern_matches(pattern, str_n(b.data, b.len)));
	buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *end = memchr(p, '\n', n);
	struct str text = str_n(p, end ? (size_t)(end - p) : n), line = end ? str_n(end + 1, n - text.n - 1) : STR("");
	const struct pattern *pattern;
	struct arena a = {0};
	const char *why;

	pattern = pattern_read(&a, text, &why);
	CHECK((pattern != NULL) == (why == NULL));
	if (pattern && pattern_matches(pattern, line) && !memchr(text.p, '-', text.n) && !memchr(text.p, '{', text.n) &&
	    !memchr(text.p, '[', text.n))
		twice(pattern, line);
	arena_clear(&a);
	return 0;
}
