/* Each thing audit looks for, done to a healthy house by hand. */
#include "storage/audit_parts.h"
#include "tests/unit/storage/house.h"

struct harm {
	const char *code;		/* what audit must call it */
	int (*change)(struct db *db, void *house);
};

static int run_on(struct db *db, enum sql id, int64_t bucket, const char *key)
{
	struct query q = db_query(db, id);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, str_of(key));
	return query_run(&q);
}

/* The house has: "done", with thumbnails and row; "waiting"; "dead"; "plain" in thumbs, unwatched. */
static int take_thumbnail(struct db *db, void *arg)
{
	return run_on(db, SQL_OBJECT_DELETE, ((struct house *)arg)->thumbs, "done/small.webp");
}

static int take_photo(struct db *db, void *arg)
{
	return run_on(db, SQL_PHOTO_DELETE, ((struct house *)arg)->photos, "done");
}

static int take_rendition(struct db *db, void *arg)
{
	return run_on(db, SQL_RENDITION_DELETE, ((struct house *)arg)->thumbs, "done/small.webp");
}

static int take_original(struct db *db, void *arg)
{
	return run_on(db, SQL_OBJECT_DELETE, ((struct house *)arg)->photos, "done");
}

static int take_bucket(struct db *db, void *arg)
{
	struct query q = db_query(db, SQL_BUCKET_DELETE);

	query_int(&q, 1, ((struct house *)arg)->thumbs);
	return query_run(&q);
}

static int take_job(struct db *db, void *arg)
{
	struct arena a = {0};
	struct job_row *rows;
	int n = queue_claim(db, ((struct house *)arg)->function, clock_wall_ms(), 1000, 1, &a, &rows);
	int rc = n == 1 ? queue_ack(db, rows[0].id, rows[0].lease) : E_NOT_FOUND;

	arena_clear(&a);
	return rc;
}

static int bury_silently(struct db *db, void *arg)
{
	struct arena a = {0};
	struct job_row *rows;
	int n = queue_claim(db, ((struct house *)arg)->function, clock_wall_ms(), 1000, 1, &a, &rows);
	struct query q;

	if (n != 1)
		return E_NOT_FOUND;
	q = db_query(db, SQL_JOB_BURY);
	query_int(&q, 1, rows[0].id);
	query_int(&q, 2, rows[0].lease);
	query_int(&q, 3, 0);
	arena_clear(&a);
	return query_run(&q);
}

static int change_row(struct db *db, struct arena *a, const char *text, bool put)
{
	struct json_value *v;
	struct table t;
	int rc;

	if ((rc = table_open(db, STR("rows"), a, &t)) < 0 || (rc = json_parse(a, str_of(text), &v)) < 0)
		return rc;
	return put ? item_put(db, &t, v, a, NULL) : item_delete(db, &t, v, a, NULL);
}

static int take_row(struct db *db, void *arg)
{
	struct arena a = {0};
	int rc = change_row(db, &a, "{\"key\":{\"S\":\"done\"}}", false);

	(void)arg;
	arena_clear(&a);
	return rc;
}

static int age_row(struct db *db, void *arg)
{
	struct arena a = {0};
	int rc = change_row(db, &a, "{\"key\":{\"S\":\"done\"},\"sequencer\":{\"S\":\"0000000000000001\"}}", true);

	(void)arg;
	arena_clear(&a);
	return rc;
}

static int advance_photo(struct db *db, void *arg)
{
	struct query q = db_query(db, SQL_PHOTO_SET);

	query_int(&q, 1, ((struct house *)arg)->photos);
	query_bytes(&q, 2, STR("waiting"));
	query_int(&q, 3, INT64_MAX);
	query_int(&q, 4, 1);
	query_int(&q, 5, 1);
	query_text(&q, 6, STR("rows"));
	query_int(&q, 7, 0);
	query_int(&q, 8, 0);
	return query_run(&q);
}

static const struct harm harms[] = {
	{ "thumbnail",  take_thumbnail },
	{ "lost-event", take_photo },
	{ "renditions", take_rendition },
	{ "orphan",     take_original },
	{ "no-bucket",  take_bucket },
	{ "lost-event", take_job },
	{ "no-reason",  bury_silently },
	{ "row",        take_row },
	{ "row",        age_row },
	{ "photo",      advance_photo },
};

static void bury_one(struct house *h)
{
	struct keeping_test t;
	struct job_row *rows;
	struct arena a = {0};

	assert_int_equal(house_claim(h, 1, &a, &rows), 1);
	keep_init(&t, h, &rows[0], 0);
	t.keep.code = STR("Image.Damaged");
	t.keep.message = STR("too bad");
	assert_int_equal(keep_run(&t, h), 0);
	arena_clear(&a);
}

static void furnished(struct house *h, const char *path)
{
	house_new(h, path);
	assert_true(house_put(h, "photos", "done", "a photo") > 0);
	assert_int_equal(house_work(h, 3), 0);
	assert_true(house_put(h, "photos", "dead", "another photo") > 0);
	bury_one(h);
	assert_true(house_put(h, "photos", "waiting", "a third photo") > 0);
	assert_true(house_put(h, "thumbs", "plain", "no photo") > 0);
}

static void a_healthy_store_has_no_findings_and_true_totals(void **state)
{
	struct audit_totals t;
	struct house h;

	furnished(&h, test_path(state));
	assert_int_equal(house_audit(&h, &t), 0);
	assert_true(t.objects == 7 && t.watched == 3 && t.done == 1 && t.dead == 1 && t.waiting == 1 && t.renditions == 3);
	house_close(&h);
}

/* The codes of all findings, joined. */
static void add_code(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)bucket;
	(void)key;
	(void)text;
	buf_printf(owner, "%s ", code);
}

static bool audit_says(struct house *h, const char *code)
{
	struct audit_totals t;
	struct buf b = {0};
	bool says;

	assert_int_equal(audit_run(h->s, add_code, NULL, &b, &t), 0);
	says = code ? b.len > 0 && strstr(b.data, code) : b.len == 0;
	if (!says)
		print_error("audit says: %s\n", b.len ? b.data : "nothing");
	buf_clear(&b);
	return says;
}

static void each_harm_is_found_and_named(void **state)
{
	for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
		struct house h;

		furnished(&h, test_path(state));
		assert_int_equal(house_do(&h, harms[i].change, &h), 0);
		assert_true(audit_says(&h, harms[i].code));
		house_close(&h);
		t_wipe(test_dir(state));
	}
}

/* Bytes. */

static struct object find(struct house *h, const char *bucket, const char *key, struct arena *a)
{
	struct object o;
	bool missing;

	assert_int_equal(object_get(h->r, str_of(bucket), str_of(key), a, &o, &missing), 0);
	return o;
}

static void one_bit_that_is_not_as_written_is_found(void **state)
{
	struct arena a = {0};
	struct object o;
	struct house h;
	uint64_t at;
	char path[512], byte;
	int fd, from;

	furnished(&h, test_path(state));
	o = find(&h, "thumbs", "plain", &a);
	from = extent_open(store_blobs(h.s), &o.extents[0], &at);
	assert_true(from >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", from);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
	close(from);
	assert_true(audit_says(&h, "bytes"));
	arena_clear(&a);
	house_close(&h);
}

static int64_t put_file(struct house *h, const char *key, struct str bytes, struct object *o)
{
	struct extent where;
	struct putting p;
	struct blob b;
	int rc;

	put_init(&p, h, "thumbs", key, bytes);
	p.put.change.needle_count = 0;
	assert_int_equal(blob_stage(&b, store_blobs(h->s), 0), 0);
	assert_int_equal(blob_write(&b, bytes.p, bytes.n), 0);
	assert_int_equal(blob_commit(&b, &where), 0);
	p.put.o.extents = &where;
	p.put.o.extent_count = 1;
	rc = put_run(&p, h);
	*o = p.put.o;
	return rc;
}

static int disown_files(struct db *db, void *arg)
{
	struct extent *e = arg;
	struct query q = db_query(db, SQL_FILE_DROP);

	query_bytes(&q, 1, str_n(e->file, sizeof e->file));
	return query_run(&q);
}

static void a_large_file_changed_cut_short_or_disowned_is_found(void **state)
{
	struct str bytes = t_bytes(AUDIT_ROOM + 5, 9);
	struct arena a = {0};
	struct object o;
	struct house h;
	char path[512];
	uint64_t at;
	int from, fd;

	house_new(&h, test_path(state));
	assert_int_equal(put_file(&h, "large", bytes, &o), 0);
	assert_true(audit_says(&h, NULL));
	o = find(&h, "thumbs", "large", &a);
	from = extent_open(store_blobs(h.s), &o.extents[0], &at);
	snprintf(path, sizeof path, "/proc/self/fd/%d", from);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &(char){ (char)(bytes.p[7] ^ 1) }, 1, 7), 1);
	assert_true(audit_says(&h, "bytes"));
	assert_int_equal(pwrite(fd, &bytes.p[7], 1, 7), 1);
	assert_true(audit_says(&h, NULL));
	assert_int_equal(ftruncate(fd, (off_t)bytes.n - 1), 0);
	assert_true(audit_says(&h, "bytes"));
	assert_int_equal(pwrite(fd, &bytes.p[bytes.n - 1], 1, (off_t)bytes.n - 1), 1);
	assert_int_equal(house_do(&h, disown_files, &o.extents[0]), 0);
	assert_true(audit_says(&h, "file"));
	close(fd);
	close(from);
	free((char *)(uintptr_t)bytes.p);
	arena_clear(&a);
	house_close(&h);
}

/* Rows of a table that is gone are its owner's doing. */
static int drop_table(struct db *db, void *arg)
{
	(void)arg;
	return table_delete(db, STR("rows"));
}

static int make_table(struct db *db, void *arg)
{
	struct arena a = {0};
	struct table t;
	int rc = table_create(db, STR("rows"), STR(TABLE_OF_PHOTOS), &a, &t);

	(void)arg;
	arena_clear(&a);
	return rc;
}

static void a_table_deleted_or_made_anew_is_no_finding(void **state)
{
	struct house h;

	furnished(&h, test_path(state));
	assert_int_equal(house_do(&h, drop_table, NULL), 0);
	assert_true(audit_says(&h, NULL));
	clock_advance_ms(5);
	assert_int_equal(house_do(&h, make_table, NULL), 0);
	assert_true(audit_says(&h, NULL));
	house_close(&h);
}

static void pages_are_turned_until_the_last_row(void **state)
{
	struct audit_totals t;
	struct house h;
	char key[16];

	house_new(&h, test_path(state));
	for (int i = 0; i < 450; i++) {	/* more than two pages */
		snprintf(key, sizeof key, "k%d", i);
		assert_true(house_put(&h, i % 2 ? "photos" : "thumbs", key, "x") > 0);
	}
	assert_int_equal(house_audit(&h, &t), 0);
	assert_true(t.objects == 450 && t.watched == 225 && t.waiting == 225 && t.bytes_checked == 450);
	house_close(&h);
}

static void an_audit_needs_no_writer(void **state)
{
	struct store_spec spec = { .dir = test_path(state), .read_only = true, .region = "r", .account = "a" };
	struct audit_totals t;
	struct house h;
	struct store *s;

	furnished(&h, test_path(state));
	house_close(&h);
	assert_int_equal(store_open(&s, &spec), 0);
	assert_int_equal(audit_run(s, print_finding, NULL, NULL, &t), 0);
	assert_true(t.findings == 0 && t.objects == 7);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_healthy_store_has_no_findings_and_true_totals),
		T(each_harm_is_found_and_named),
		T(one_bit_that_is_not_as_written_is_found),
		T(a_large_file_changed_cut_short_or_disowned_is_found),
		T(a_table_deleted_or_made_anew_is_no_finding),
		T(pages_are_turned_until_the_last_row),
		T(an_audit_needs_no_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
