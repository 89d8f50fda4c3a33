#include "storage/package.h"

#include <dirent.h>

#include "storage/record.h"
#include "tests/unit/storage/house.h"

static void name(char id[PACKAGE_ID + 1], struct str zip)
{
	uint8_t sha[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, zip, sha);
	hex_encode(id, sha, 32);
}

/* A package and what it belongs to: nothing, or the function "f" whose document names it, in the same change. */
struct giving {
	struct package p;
	struct extent where;
	bool named;
	int rc;				/* of package_add */
};

static int give(struct db *db, void *arg)
{
	char document[128];
	struct giving *g = arg;
	int64_t id;

	g->rc = package_add(db, &g->p);
	if (g->rc < 0 && g->rc != E_EXISTS)
		return g->rc;
	snprintf(document, sizeof document, "{\"Package\":\"%s\"}", g->p.id);
	return g->named ? function_put(db, STR("f"), str_of(document), &id) : 0;
}

/* Stages the bytes as a face does, adds them, and forgets the file when it is not needed. */
static int give_package(struct house *h, struct str zip, bool named)
{
	struct giving g = { .named = named };
	struct blob b;
	int rc;

	if ((rc = blob_stage(&b, store_blobs(h->s), zip.n)) < 0)
		return rc;
	if ((rc = blob_write(&b, zip.p, zip.n)) < 0) {
		blob_abort(&b);
		return rc;
	}
	if ((rc = blob_commit(&b, &g.where)) < 0)
		return rc;
	name(g.p.id, zip);
	g.p.size = (int64_t)zip.n;
	g.p.unpacked = 3 * (int64_t)zip.n;
	g.p.extents = &g.where;
	g.p.extent_count = 1;
	rc = house_do(h, give, &g);
	if (rc < 0 || g.rc == E_EXISTS)
		blob_forget(store_blobs(h->s), &g.where);
	return rc < 0 ? rc : g.rc;
}

static int files(const char *path)
{
	char at[4096];
	struct dirent *e;
	int n = 0;
	DIR *d;

	for (int i = 0; i < 256; i++) {
		snprintf(at, sizeof at, "%s/obj/%02x", path, i);
		if (!(d = opendir(at)))
			continue;
		while ((e = readdir(d)))
			n += e->d_name[0] != '.';
		closedir(d);
	}
	return n;
}

static void a_package_is_kept_once_and_read_back(void **state)
{
	struct str zip = STR("PK, as it were");
	struct arena a = {0};
	char id[PACKAGE_ID + 1], room[64];
	struct package p;
	struct house h;
	int64_t total;

	house_new(&h, test_path(state));
	name(id, zip);
	assert_int_equal(package_get(h.r, str_of(id), &a, &p), E_NOT_FOUND);
	assert_int_equal(give_package(&h, zip, true), 0);
	assert_int_equal(give_package(&h, zip, true), E_EXISTS);
	assert_int_equal(files(test_path(state)), 1);
	assert_int_equal(package_get(h.r, str_of(id), &a, &p), 0);
	assert_string_equal(p.id, id);
	assert_true(p.size == 14 && p.unpacked == 42 && p.created_ms > 0 && p.extent_count == 1);
	assert_int_equal(extent_read(store_blobs(h.s), p.extents, 0, room, sizeof room), 14);
	assert_memory_equal(room, zip.p, 14);
	assert_int_equal(package_total(h.r, &total), 0);
	assert_int_equal(total, 14);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void packages_over_the_accounts_limit_are_refused(void **state)
{
	struct extent where = { .kind = EXTENT_FILE, .len = 1 };
	struct giving g = { .p = { .size = PACKAGES_BYTES_MAX, .extents = &where, .extent_count = 1 } };
	struct house h;

	house_new(&h, test_path(state));
	name(g.p.id, STR("a"));
	assert_int_equal(house_do(&h, give, &g), 0);
	name(g.p.id, STR("b"));
	where.file[0] = 1;
	g.p.size = 1;
	assert_int_equal(house_do(&h, give, &g), E_FULL);
	house_close(&h);
}

/* Sweeping. */

struct sweep_test {
	int max, count;
	char last[PACKAGE_ID + 1];
	int told;
};

static void note_gone(void *owner, const char *id)
{
	struct sweep_test *s = owner;

	snprintf(s->last, sizeof s->last, "%s", id);
	s->told++;
}

static int sweep(struct db *db, void *arg)
{
	struct sweep_test *s = arg;

	s->count = package_sweep(db, s->max, note_gone, s);
	return s->count < 0 ? s->count : 0;
}

static struct sweep_test swept(struct house *h, int max)
{
	struct sweep_test s = { .max = max };
	int rc = house_do(h, sweep, &s);

	if (rc < 0)
		s.count = rc;
	return s;
}

struct document {
	enum record_kind kind;
	int64_t owner;
	const char *name, *text;
};

static int put_document(struct db *db, void *arg)
{
	const struct document *d = arg;

	return record_put(db, d->kind, d->owner, str_of(d->name), str_of(d->text));
}

static void only_what_no_document_names_is_swept_and_only_after_its_grace(void **state)
{
	static const char *const zips[] = { "function", "version", "layer", "layer of a function", "nobody's" };
	char ids[5][PACKAGE_ID + 1], text[512];
	struct document d = { RECORD_VERSION, 9, "0000000001", text };
	struct arena a = {0};
	struct sweep_test s;
	struct package p;
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < 5; i++) {
		name(ids[i], str_of(zips[i]));
		assert_int_equal(give_package(&h, str_of(zips[i]), i == 0), 0);
	}
	snprintf(text, sizeof text, "{\"Package\":\"%s\",\"Layers\":[{\"Arn\":\"a\"},{\"Package\":\"%s\"}]}", ids[1], ids[3]);
	assert_int_equal(house_do(&h, put_document, &d), 0);
	d = (struct document){ RECORD_LAYER_VERSION, 0, "l:0000000001", text };
	snprintf(text, sizeof text, "{\"Package\":\"%s\"}", ids[2]);
	assert_int_equal(house_do(&h, put_document, &d), 0);
	d = (struct document){ RECORD_POLICY, 9, "", text };	/* of this kind it counts for nothing */
	snprintf(text, sizeof text, "{\"Package\":\"%s\"}", ids[4]);
	assert_int_equal(house_do(&h, put_document, &d), 0);
	assert_int_equal(swept(&h, 10).count, 0);
	clock_advance_ms(PACKAGE_GRACE_MS + 1000);
	assert_int_equal(give_package(&h, STR("nobody's"), false), E_EXISTS);	/* its grace begins anew */
	assert_int_equal(swept(&h, 10).count, 0);
	clock_advance_ms(PACKAGE_GRACE_MS + 1000);
	s = swept(&h, 10);
	assert_true(s.count == 1 && s.told == 1);
	assert_string_equal(s.last, ids[4]);
	for (int i = 0; i < 5; i++)
		assert_int_equal(package_get(h.r, str_of(ids[i]), &a, &p), i < 4 ? 0 : E_NOT_FOUND);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void a_sweep_is_bounded_and_gives_the_files_back(void **state)
{
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(give_package(&h, STR("one"), false), 0);
	assert_int_equal(give_package(&h, STR("two"), false), 0);
	assert_int_equal(give_package(&h, STR("three"), false), 0);
	clock_advance_ms(PACKAGE_GRACE_MS + 1000);
	assert_int_equal(swept(&h, 2).count, 2);
	assert_int_equal(swept(&h, 2).count, 1);
	assert_int_equal(swept(&h, 2).count, 0);
	clock_advance_ms(2 * 60000);		/* over the grace of the trash */
	WAIT_UNTIL(files(test_path(state)) == 0, 10000);
	house_close(&h);
}

static void nothing_is_swept_while_a_document_cannot_be_read(void **state)
{
	struct document broken = { RECORD_VERSION, 9, "0000000001", "{\"Package\":" };
	struct document whole = { RECORD_VERSION, 9, "0000000001", "{}" };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(give_package(&h, STR("one"), false), 0);
	clock_advance_ms(PACKAGE_GRACE_MS + 1000);
	assert_int_equal(house_do(&h, put_document, &broken), 0);
	assert_int_equal(swept(&h, 2).count, E_CORRUPT);
	assert_int_equal(house_audit(&h, NULL), 1);
	assert_int_equal(house_do(&h, put_document, &whole), 0);
	assert_int_equal(swept(&h, 2).count, 1);
	house_close(&h);
}

/* Audit. */

static void a_package_that_is_damaged_gone_or_never_was_is_found(void **state)
{
	char id[PACKAGE_ID + 1], path[4096], text[256];
	struct document d = { RECORD_LAYER_VERSION, 0, "l:0000000001", text };
	struct arena a = {0};
	struct package p;
	struct house h;
	uint64_t at;
	int from, fd;

	house_new(&h, test_path(state));
	name(id, STR("a zip file"));
	assert_int_equal(give_package(&h, STR("a zip file"), true), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(package_get(h.r, str_of(id), &a, &p), 0);
	from = extent_open(store_blobs(h.s), p.extents, &at);
	assert_true(from >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", from);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "A", 1, 0), 1);
	assert_int_equal(house_audit(&h, NULL), 1);
	assert_int_equal(pwrite(fd, "a", 1, 0), 1);
	assert_int_equal(house_audit(&h, NULL), 0);
	blob_forget(store_blobs(h.s), p.extents);
	assert_int_equal(house_audit(&h, NULL), 1);
	name(id, STR("never"));
	snprintf(text, sizeof text, "{\"Package\":\"%s\"}", id);
	assert_int_equal(house_do(&h, put_document, &d), 0);
	assert_int_equal(house_audit(&h, NULL), 2);
	close(fd);
	close(from);
	arena_clear(&a);
	house_close(&h);
}

/* Whatever fails, or dies: the function has its package, whole, or neither is there. */

static int give_one(struct house *h, void *arg)
{
	return give_package(h, *(struct str *)arg, true);
}

static void a_package_is_there_with_its_function_or_neither_is(struct trial *t, int number)
{
	char text[32], id[PACKAGE_ID + 1], want[128];
	struct str zip = str_n(text, (size_t)snprintf(text, sizeof text, "zip %d", number));
	struct function_row f = {0};
	struct arena a = {0};
	struct package p;
	struct told told;
	struct house h;
	bool there;

	t->arg = &zip;
	told = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	name(id, zip);
	snprintf(want, sizeof want, "{\"Package\":\"%s\"}", id);
	there = package_get(h.r, str_of(id), &a, &p) == 0;
	function_get(h.r, STR("f"), &a, &f);
	assert_int_equal(there, str_eq(f.config, str_of(want)));
	if (told.returned)
		assert_int_equal(there, told.rc == 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void whatever_fails_a_package_is_there_with_its_function_or_neither_is(void **state)
{
	struct trial t = { .path = test_path(state), .thing = give_one };

	each_trial(&t, a_package_is_there_with_its_function_or_neither_is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_package_is_kept_once_and_read_back),
		T(packages_over_the_accounts_limit_are_refused),
		T(only_what_no_document_names_is_swept_and_only_after_its_grace),
		T(a_sweep_is_bounded_and_gives_the_files_back),
		T(nothing_is_swept_while_a_document_cannot_be_read),
		T(a_package_that_is_damaged_gone_or_never_was_is_found),
		T(whatever_fails_a_package_is_there_with_its_function_or_neither_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
