/* form_data_fuzz.c - a form means the same however its bytes arrive, and whenever its listener holds it. The first line is the Content-Type. */
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "web/form_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool holding;

static int on_part(struct form_data *f, const struct form_part *part)
{
	buf_puts(f->owner, "{");
	buf_add(f->owner, part->name.p, part->name.n);
	buf_puts(f->owner, str_is_set(part->file_name) ? "|" : "-");
	buf_add(f->owner, part->file_name.p, part->file_name.n);
	buf_puts(f->owner, str_is_set(part->type) ? "|" : "-");
	buf_add(f->owner, part->type.p, part->type.n);
	f->hold = holding;
	return 0;
}

static int on_bytes(struct form_data *f, const void *p, size_t n)
{
	CHECK(n > 0);
	buf_add(f->owner, p, n);
	f->hold = holding;
	return 0;
}

static int on_part_end(struct form_data *f)
{
	buf_puts(f->owner, "}");
	f->hold = holding;
	return 0;
}

static int feed(struct form_data *f, const uint8_t *p, size_t n)
{
	int rc = 0;

	while (n > 0 && rc == 0) {
		f->hold = false;
		rc = form_data_feed(f, p, n);
		CHECK(f->took <= n && (rc < 0 || f->hold || f->took == n));
		p += f->took;
		n -= f->took;
	}
	return rc;
}

static int parse(struct buf *told, struct str type, const uint8_t *p, size_t n, size_t step)
{
	struct form_data f = { .on_part = on_part, .on_bytes = on_bytes, .on_part_end = on_part_end, .owner = told };
	int rc = form_data_begin(&f, type);

	for (size_t at = 0; at < n && rc == 0; at += step)
		rc = feed(&f, p + at, n - at < step ? n - at : step);
	if (rc == 0)
		rc = form_data_end(&f);
	form_data_clear(&f);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const size_t steps[] = { 1, 2, 7, 100 };
	const uint8_t *line = n ? memchr(p, '\n', n) : NULL;
	struct str type = str_n(p, line ? (size_t)(line - p) : n);
	size_t skip = line ? type.n + 1 : n;
	struct buf whole = { 0 };
	int verdict;

	holding = false;
	verdict = parse(&whole, type, p + skip, n - skip, n ? n : 1);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct buf pieces = { 0 };

		holding = i % 2 == 0;
		CHECK(parse(&pieces, type, p + skip, n - skip, steps[i]) == verdict);
		CHECK(str_eq(str_n(pieces.data, pieces.len), str_n(whole.data, whole.len)));
		buf_clear(&pieces);
	}
	buf_clear(&whole);
	return 0;
}
