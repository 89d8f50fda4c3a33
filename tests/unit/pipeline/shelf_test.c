#include "tests/lib/t.h"

#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "pipeline/shelf.h"
#include "storage/bucket.h"

struct fixture {
	uv_loop_t loop;
	struct minilab m;
};

static void open_fixture(void **state, struct fixture *f)
{
	*f = (struct fixture){ 0 };
	assert_int_equal(store_open(&f->m.store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
									  .account = "000000000000" }), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(lanes_open(&f->m.lanes, &f->loop, f->m.store, 3), 0);
}

static void close_fixture(struct fixture *f)
{
	shelf_close(f->m.shelf);
	lanes_close(f->m.lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	store_close(f->m.store);
	uv_library_shutdown();
}

static void run_until_idle(struct fixture *f)
{
	while (lanes_pending(f->m.lanes) > 0)
		uv_run(&f->loop, UV_RUN_ONCE);
}

struct doing {
	struct change change;
	int (*call)(struct db *db, struct doing *d);
	const char *bucket;
	enum record_kind kind;
	const char *body;		/* NULL: removed */
};

static int apply(struct change *c, struct db *db)
{
	struct doing *d = container_of(c, struct doing, change);

	return d->call(db, d);
}

static int create_bucket(struct db *db, struct doing *d)
{
	int64_t id;

	return bucket_create(db, str_of(d->bucket), &id);
}

static int delete_bucket(struct db *db, struct doing *d)
{
	return bucket_delete(db, str_of(d->bucket));
}

static int set_document(struct db *db, struct doing *d)
{
	int64_t id;
	int rc = bucket_find(db, str_of(d->bucket), &id, NULL);

	if (rc < 0)
		return rc;
	return d->body ? record_put(db, d->kind, id, STR(""), str_of(d->body)) : record_delete(db, d->kind, id, STR(""));
}

static void act(struct fixture *f, int (*call)(struct db *db, struct doing *d), const char *bucket)
{
	struct doing d = { .change.apply = apply, .call = call, .bucket = bucket };

	assert_int_equal(store_run(f->m.store, &d.change), 0);
}

static void set(struct fixture *f, const char *bucket, enum record_kind kind, const char *body)
{
	struct doing d = { .change.apply = apply, .call = set_document, .bucket = bucket, .kind = kind, .body = body };

	assert_int_equal(store_run(f->m.store, &d.change), 0);
}

struct told {
	struct shelf_errand errand;
	int times, rc;
};

static void on_told(struct shelf_errand *e, int rc)
{
	struct told *t = container_of(e, struct told, errand);

	t->times++;
	t->rc = rc;
}

static void tell(struct fixture *f, const char *bucket)
{
	struct told t = { .errand = { .bucket = str_of(bucket), .then = on_told } };

	shelf_changed(f->m.shelf, &t.errand);
	assert_int_equal(t.times, 0);
	run_until_idle(f);
	assert_int_equal(t.times, 1);
	assert_int_equal(t.rc, 0);
}

/* The document's member "v", or "none". */
static const char *value(struct fixture *f, const char *bucket, enum record_kind kind)
{
	static char text[64];
	const struct json_value *v = shelf_get(f->m.shelf, str_of(bucket), kind);

	snprintf(text, sizeof text, "%.*s", STR_ARG(v ? json_text(v, "v") : STR("none")));
	return text;
}

static void what_was_there_before_is_known_at_start(void **state)
{
	struct fixture f;
	char name[32], body[32];

	open_fixture(state, &f);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "bucket-%d", i * 7 % 40);
		act(&f, create_bucket, name);
		snprintf(body, sizeof body, "{\"v\":\"%d\"}", i * 7 % 40);
		set(&f, name, RECORD_BUCKET_CORS, body);
	}
	set(&f, "bucket-7", RECORD_BUCKET_POLICY, "{\"v\":\"p\"}");
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "bucket-%d", i);
		snprintf(body, sizeof body, "%d", i);
		assert_string_equal(value(&f, name, RECORD_BUCKET_CORS), body);
		assert_string_equal(value(&f, name, RECORD_BUCKET_POLICY), i == 7 ? "p" : "none");
	}
	assert_string_equal(value(&f, "bucket-", RECORD_BUCKET_CORS), "none");
	assert_string_equal(value(&f, "a", RECORD_BUCKET_CORS), "none");
	assert_string_equal(value(&f, "z", RECORD_BUCKET_CORS), "none");
	close_fixture(&f);
}

static void a_change_is_seen_once_it_is_told(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	act(&f, create_bucket, "box");
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"1\"}");
	tell(&f, "box");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_CORS), "1");
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"2\"}");
	set(&f, "box", RECORD_BUCKET_WEBHOOK, "{\"v\":\"w\"}");
	tell(&f, "box");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_CORS), "2");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_WEBHOOK), "w");
	set(&f, "box", RECORD_BUCKET_CORS, NULL);
	tell(&f, "box");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_CORS), "none");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_WEBHOOK), "w");
	close_fixture(&f);
}

static void a_bucket_that_is_made_again_begins_without_documents(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	act(&f, create_bucket, "box");
	set(&f, "box", RECORD_BUCKET_POLICY, "{\"v\":\"1\"}");
	tell(&f, "box");
	act(&f, delete_bucket, "box");
	tell(&f, "box");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_POLICY), "none");
	act(&f, create_bucket, "box");
	tell(&f, "box");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_POLICY), "none");
	close_fixture(&f);
}

static void changes_told_together_are_read_in_their_order(void **state)
{
	struct told first = { .errand = { .bucket = STR("box"), .then = on_told } }, second = first, other = first;
	struct fixture f;

	open_fixture(state, &f);
	other.errand.bucket = STR("box-2");
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	act(&f, create_bucket, "box");
	act(&f, create_bucket, "box-2");
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"1\"}");
	shelf_changed(f.m.shelf, &first.errand);
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"2\"}");
	set(&f, "box-2", RECORD_BUCKET_CORS, "{\"v\":\"3\"}");
	shelf_changed(f.m.shelf, &second.errand);
	shelf_changed(f.m.shelf, &other.errand);
	run_until_idle(&f);
	assert_int_equal(first.times + second.times + other.times, 3);
	assert_string_equal(value(&f, "box", RECORD_BUCKET_CORS), "2");
	assert_string_equal(value(&f, "box-2", RECORD_BUCKET_CORS), "3");
	close_fixture(&f);
}

static void a_document_that_is_no_json_is_as_none(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	act(&f, create_bucket, "box");
	set(&f, "box", RECORD_BUCKET_POLICY, "{\"v\":");
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"1\"}");
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	assert_string_equal(value(&f, "box", RECORD_BUCKET_POLICY), "none");
	assert_string_equal(value(&f, "box", RECORD_BUCKET_CORS), "1");
	close_fixture(&f);
}

static void there_is_room_up_to_the_limit(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	assert_int_equal(shelf_open(&f.m.shelf, &f.m), 0);
	assert_true(shelf_has_room(f.m.shelf, RECORD_BODY_MAX));
	assert_true(shelf_has_room(f.m.shelf, SHELF_BYTES_MAX / SHELF_PER_BYTE));
	assert_false(shelf_has_room(f.m.shelf, SHELF_BYTES_MAX / SHELF_PER_BYTE + 1));
	act(&f, create_bucket, "box");
	set(&f, "box", RECORD_BUCKET_CORS, "{\"v\":\"1\"}");
	tell(&f, "box");
	assert_false(shelf_has_room(f.m.shelf, SHELF_BYTES_MAX / SHELF_PER_BYTE));
	set(&f, "box", RECORD_BUCKET_CORS, NULL);
	tell(&f, "box");
	assert_true(shelf_has_room(f.m.shelf, SHELF_BYTES_MAX / SHELF_PER_BYTE));
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_there_before_is_known_at_start),
		T(a_change_is_seen_once_it_is_told),
		T(a_bucket_that_is_made_again_begins_without_documents),
		T(changes_told_together_are_read_in_their_order),
		T(a_document_that_is_no_json_is_as_none),
		T(there_is_room_up_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
