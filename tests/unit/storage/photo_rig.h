/* photo_rig.h - what is known of a photo: its thumbnails and its row; and a job of one that fails. */
#ifndef TESTS_PHOTO_RIG_H
#define TESTS_PHOTO_RIG_H

#include "tests/unit/storage/house.h"

static inline int count_rendition(void *owner, int64_t bucket, struct str key, int64_t of_seq)
{
	int64_t *seen = owner;

	(void)bucket;
	(void)key;
	seen[0]++;
	seen[1] = of_seq;
	return 0;
}

/* "photo at VERSION with N thumbnails" of a key, or none at all. */
static inline void assert_photo(struct house *h, const char *key, int64_t seq, int renditions)
{
	int64_t seen[2] = { 0, seq };
	struct arena a = {0};
	struct photo_row p;
	int rc = photo_get(h->r, h->photos, str_of(key), &a, &p);

	if (seq == 0) {
		assert_int_equal(rc, E_NOT_FOUND);
	} else {
		assert_int_equal(rc, 0);
		assert_true(p.seq == seq && p.renditions == renditions && str_is(p.table, "rows") && p.done_ms > 0);
	}
	assert_int_equal(rendition_list(h->r, h->photos, str_of(key), count_rendition, seen), 0);
	assert_int_equal(seen[0], renditions);
	assert_true(renditions == 0 || seen[1] == seq);
	arena_clear(&a);
}

static inline bool row_says(struct house *h, const char *key, const char *part)
{
	struct arena a = {0};
	struct str row = house_row(h, key, &a);
	bool says = part ? str_is_set(row) && strstr(arena_dup(&a, row), part) : !str_is_set(row);

	if (!says)
		print_error("row of %s: %.*s\n", key, STR_ARG(row));
	arena_clear(&a);
	return says;
}

/* Fails the one waiting job. */
static inline int fail_job(struct house *h, const char *code)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};
	int rc = house_claim(h, 1, &a, &rows);

	assert_int_equal(rc, 1);
	keep_init(&t, h, &rows[0], 0);
	t.keep.item = str_of(arena_printf(&t.arena, "{\"key\":{\"S\":\"%.*s\"},\"status\":{\"S\":\"failed\"}}", STR_ARG(rows[0].key)));
	t.keep.code = str_of(code);
	t.keep.message = STR("too bad");
	rc = keep_run(&t, h);
	arena_clear(&a);
	return rc;
}

#endif
