#include "tests/unit/storage/house.h"

#include <pthread.h>
#include <stdatomic.h>

static int get(struct house *h, const char *bucket, const char *key, struct arena *a, struct object *o)
{
	bool missing;

	return object_get(h->r, str_of(bucket), str_of(key), a, o, &missing);
}

static bool bytes_are(struct house *h, const struct object *o, const char *want)
{
	char room[64];
	int64_t n;

	if (o->extent_count == 0)
		return want[0] == '\0';
	n = extent_read(store_blobs(h->s), &o->extents[0], 0, room, sizeof room);
	return n >= 0 && str_is(str_n(room, (size_t)n), want);
}

static void an_object_comes_back_as_it_was_put(void **state)
{
	struct arena a = {0};
	struct putting p;
	struct object o;
	struct house h;
	bool missing;

	house_new(&h, test_path(state));
	put_init(&p, &h, "photos", "a/b c", STR("hello"));
	p.put.o.sum = (struct checksum){ SUM_FULL, DIGEST_CRC32, STR("NhCmhg==") };
	assert_int_equal(put_run(&p, &h), 0);
	assert_false(p.put.replaced);
	assert_int_equal(get(&h, "photos", "a/b c", &a, &o), 0);
	assert_true(o.seq == p.put.o.seq && o.bucket == h.photos && o.size == 5 && o.mtime_ms == p.put.o.mtime_ms);
	assert_true(str_is(o.etag, "5d41402abc4b2a76b9719d911017c592"));
	assert_true(str_is(o.headers, "{\"content-type\":\"image/jpeg\"}"));
	assert_true(o.sum.type == SUM_FULL && o.sum.kind == DIGEST_CRC32 && str_is(o.sum.text, "NhCmhg=="));
	assert_true(o.watched && str_is(o.key, "a/b c"));
	assert_true(bytes_are(&h, &o, "hello"));
	assert_int_equal(object_get(h.r, STR("photos"), STR("a/b"), &a, &o, &missing), E_NOT_FOUND);
	assert_false(missing);
	assert_int_equal(object_get(h.r, STR("nothere"), STR("a/b"), &a, &o, &missing), E_NOT_FOUND);
	assert_true(missing);
	assert_int_equal(house_put(&h, "nothere", "k", "x"), E_NOT_FOUND);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void an_empty_object_has_no_bytes_anywhere(void **state)
{
	struct arena a = {0};
	struct object o;
	struct house h;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "photos", "empty", "") > 0);
	assert_int_equal(get(&h, "photos", "empty", &a, &o), 0);
	assert_true(o.size == 0 && o.extent_count == 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static void keys_and_sizes_have_limits(void **state)
{
	static char key[OBJECT_KEY_MAX + 2];
	struct house h;

	house_new(&h, test_path(state));
	memset(key, 'k', OBJECT_KEY_MAX + 1);
	assert_int_equal(house_put(&h, "photos", "", "x"), E_BAD_INPUT);
	assert_int_equal(house_put(&h, "photos", key, "x"), E_TOO_LARGE);
	key[OBJECT_KEY_MAX] = '\0';
	assert_true(house_put(&h, "photos", key, "x") > 0);
	house_close(&h);
}

static int first_job(void *owner, const struct job_row *j)
{
	struct job_row *first = owner;

	if (first->id == 0) {
		*first = *j;
		first->request = first->key = first->code = first->message = (struct str){0};
		first->payload = str_n(strndup(j->payload.p, j->payload.n), j->payload.n);
	}
	return 0;
}

/* Each end of promise 1: the object, its job, its journal. */
static void a_put_queues_the_event_of_each_matching_rule(void **state)
{
	struct job_row j = {0};
	struct json_value *root;
	const struct json_value *record;
	struct arena a = {0};
	struct house h;
	int64_t seq;
	char want[SEQUENCER_SIZE];

	house_new(&h, test_path(state));
	seq = house_put(&h, "photos", "2026/my cat.jpg", "hello");
	assert_int_equal(queue_of_object(h.r, h.photos, STR("2026/my cat.jpg"), first_job, &j), 0);
	assert_true(j.id > 0 && j.function == h.function && j.state == JOB_READY && j.seq == seq && j.attempts == 0);
	assert_int_equal(j.kind, EVENT_CREATED_PUT);
	assert_int_equal(json_parse(&a, j.payload, &root), 0);
	record = json_get(root, "Records")->first;
	event_sequencer(want, seq);
	assert_true(str_is(json_text(json_get(json_get(record, "s3"), "object"), "sequencer"), want));
	assert_true(str_is(json_text(json_get(json_get(record, "s3"), "object"), "key"), "2026/my+cat.jpg"));
	assert_int_equal(json_number(json_get(json_get(record, "s3"), "object"), "size", 0), 5);
	assert_true(str_is(json_text(json_get(record, "s3"), "configurationId"), "made"));
	assert_true(str_is(json_text(json_get(json_get(record, "s3"), "bucket"), "name"), "photos"));
	assert_true(str_is(json_text(json_get(record, "userIdentity"), "principalId"), "AWS:AIDATEST"));
	assert_true(str_is(json_text(json_get(record, "responseElements"), "x-amz-request-id"), "REQ1"));
	assert_true(house_journal_is(&h, h.photos, "2026/my cat.jpg", "uploaded, queued"));

	assert_true(house_put(&h, "thumbs", "unwatched", "hello") > 0);
	assert_true(house_journal_is(&h, h.thumbs, "unwatched", "uploaded"));
	assert_int_equal(house_counts(&h).ready, 1);
	free((char *)(uintptr_t)j.payload.p);
	arena_clear(&a);
	house_close(&h);
}

static void an_overwrite_is_a_newer_version_with_an_event_of_its_own(void **state)
{
	struct arena a = {0};
	struct putting p;
	struct object o;
	struct house h;
	int64_t first;

	house_new(&h, test_path(state));
	first = house_put(&h, "photos", "k", "one");
	assert_int_equal(house_trash(&h), 0);
	put_init(&p, &h, "photos", "k", STR("two!"));
	assert_int_equal(put_run(&p, &h), 0);
	assert_true(p.put.replaced && p.put.o.seq > first);
	assert_int_equal(get(&h, "photos", "k", &a, &o), 0);
	assert_true(bytes_are(&h, &o, "two!"));
	assert_int_equal(house_trash(&h), 1);
	assert_int_equal(house_counts(&h).ready, 2);
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	house_close(&h);
}

static int conditional(struct house *h, const char *key, const char *if_match, bool if_absent)
{
	struct putting p;

	put_init(&p, h, "photos", key, STR("new"));
	p.put.if_match = str_of(if_match);
	p.put.if_absent = if_absent;
	return put_run(&p, h);
}

static void a_conditional_put_checks_what_is_there(void **state)
{
	struct arena a = {0};
	struct object o;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(conditional(&h, "k", "*", false), E_MISMATCH);
	assert_int_equal(conditional(&h, "k", "0123", false), E_MISMATCH);
	assert_int_equal(house_version(&h, h.photos, "k"), 0);
	assert_int_equal(conditional(&h, "k", NULL, true), 0);
	assert_int_equal(conditional(&h, "k", NULL, true), E_PRECONDITION);
	assert_int_equal(conditional(&h, "k", "0123", false), E_PRECONDITION);
	assert_int_equal(get(&h, "photos", "k", &a, &o), 0);
	assert_int_equal(conditional(&h, "k", o.etag.p, false), 0);
	assert_int_equal(conditional(&h, "k", "*", false), 0);
	assert_int_equal(house_counts(&h).ready, 3);
	arena_clear(&a);
	house_close(&h);
}

static void a_delete_queues_a_removal_with_a_sequencer_of_its_own(void **state)
{
	struct object_key keys[] = { { .key = STR("k") }, { .key = STR("absent") }, { .key = STR("other"), .if_match = STR("0123") },
				     { .key = STR("no"), .if_match = STR("*") } };
	int results[4] = { 9, 9, 9, 9 };
	struct object_delete d;
	struct job_row *rows;
	struct arena a = {0};
	struct house h;
	int64_t seq;

	house_new(&h, test_path(state));
	seq = house_put(&h, "photos", "k", "one");
	assert_true(house_put(&h, "photos", "other", "one") > 0);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 2);
	object_delete_init(&d);
	d.store = h.s;
	d.bucket = STR("photos");
	d.keys = keys;
	d.results = results;
	d.count = 4;
	assert_int_equal(store_run(h.s, &d.change), 0);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	assert_int_equal(results[2], E_PRECONDITION);
	assert_int_equal(results[3], E_PRECONDITION);
	assert_int_equal(house_version(&h, h.photos, "k"), 0);
	assert_int_equal(house_trash(&h), 1);
	assert_true(house_version(&h, h.photos, "other") > 0);
	assert_int_equal(house_claim(&h, 10, &a, &rows), 1);
	assert_true(rows[0].kind == EVENT_REMOVED_DELETE && rows[0].seq > seq);
	assert_true(house_journal_is(&h, h.photos, "k", "uploaded, queued, deleted, queued"));
	assert_true(house_journal_is(&h, h.photos, "absent", ""));
	d.bucket = STR("nothere");
	assert_int_equal(store_run(h.s, &d.change), E_NOT_FOUND);
	arena_clear(&a);
	house_close(&h);
}

/* Listing. */

struct listing {
	struct buf out;
	struct arena arena;
	int stop_after;
	bool folders;
};

static int list_one(void *owner, const struct object *o, struct str *skip_to)
{
	struct listing *l = owner;
	const char *slash = l->folders ? memchr(o->key.p, '/', o->key.n) : NULL;
	struct str shown = slash ? str_n(o->key.p, (size_t)(slash - o->key.p) + 1) : o->key;

	buf_printf(&l->out, "%.*s ", STR_ARG(shown));
	if (slash) {
		char *next = arena_dup(&l->arena, shown);

		next[shown.n - 1]++;	/* the first key that does not begin with it */
		*skip_to = str_n(next, shown.n);
	}
	return l->stop_after > 0 && --l->stop_after == 0;
}

static bool list_is(struct house *h, struct listing l, const char *prefix, const char *from, const char *want)
{
	bool same;

	assert_int_equal(object_list(h->r, h->thumbs, str_of(prefix), str_of(from), list_one, &l), 0);
	same = str_is(str_n(l.out.data ? l.out.data : "", l.out.len), want);
	buf_clear(&l.out);
	arena_clear(&l.arena);
	return same;
}

static void objects_are_listed_in_byte_order_with_jumps(void **state)
{
	static const char *const keys[] = { "b", "a/2", "a/1", "B", "a", "\xc3\xa4", "a/1/x", "c/1" };
	struct house h;

	house_new(&h, test_path(state));
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_true(house_put(&h, "thumbs", keys[i], "x") > 0);
	assert_true(list_is(&h, (struct listing){0}, NULL, NULL, "B a a/1 a/1/x a/2 b c/1 \xc3\xa4 "));
	assert_true(list_is(&h, (struct listing){0}, "a/", NULL, "a/1 a/1/x a/2 "));
	assert_true(list_is(&h, (struct listing){0}, "a/", "a/1/", "a/1/x a/2 "));
	assert_true(list_is(&h, (struct listing){0}, "a", "b", ""));
	assert_true(list_is(&h, (struct listing){ .stop_after = 2 }, NULL, "a", "a a/1 "));
	assert_true(list_is(&h, (struct listing){ .folders = true }, NULL, NULL, "B a a/ b c/ \xc3\xa4 "));
	house_close(&h);
}

/* Faults. */

static int put_number(struct house *h, void *arg)
{
	int64_t seq = house_put(h, "photos", arg, "some bytes of a photo");

	return seq < 0 ? (int)seq : 0;
}

/* A lane that reads an object of two pieces again and again. */
struct reading {
	struct db *db;
	_Atomic bool stop;
	int reads, bad;
};

static void *read_often(void *arg)
{
	struct reading *r = arg;

	while (!atomic_load(&r->stop)) {
		struct arena a = {0};
		struct object o;
		bool missing;

		if (object_get(r->db, STR("thumbs"), STR("two"), &a, &o, &missing) != 0 || o.extent_count != 2)
			r->bad++;
		r->reads++;
		arena_clear(&a);
	}
	return NULL;
}

static int put_pieces(struct house *h, struct extent pieces[2])
{
	struct object_put p;

	object_put_init(&p);
	p.store = h->s;
	p.bucket = STR("thumbs");
	p.o = (struct object){ .key = STR("two"), .size = 6, .extents = pieces, .extent_count = 2, .etag = STR("x-2"),
			       .headers = STR("{}") };
	return store_run(h->s, &p.change);
}

static void an_object_is_read_whole_while_it_is_overwritten(void **state)
{
	struct reading r = {0};
	struct extent pieces[2];
	struct arena a = {0};
	struct object o;
	struct house h;
	pthread_t t;

	house_new(&h, test_path(state));
	assert_true(house_put(&h, "thumbs", "one", "abc") > 0 && house_put(&h, "thumbs", "other", "def") > 0);
	assert_int_equal(get(&h, "thumbs", "one", &a, &o), 0);
	pieces[0] = o.extents[0];
	assert_int_equal(get(&h, "thumbs", "other", &a, &o), 0);
	pieces[1] = o.extents[0];
	assert_int_equal(put_pieces(&h, pieces), 0);
	assert_int_equal(store_reader(h.s, &r.db), 0);
	assert_int_equal(pthread_create(&t, NULL, read_often, &r), 0);
	for (int i = 0; i < 500; i++)
		assert_int_equal(put_pieces(&h, pieces), 0);
	atomic_store(&r.stop, true);
	pthread_join(t, NULL);
	assert_true(r.reads > 0);
	assert_int_equal(r.bad, 0);
	db_close(r.db);
	arena_clear(&a);
	house_close(&h);
}

static void a_put_is_whole_or_not_there(struct trial *t, int number)
{
	char key[32];
	struct told told;
	struct house h;
	int64_t seq;

	snprintf(key, sizeof key, "photo-%d", number);
	t->arg = key;
	told = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	seq = house_version(&h, h.photos, key);
	if (told.returned)
		assert_true(told.rc == 0 ? seq > 0 : seq == 0);
	assert_true(house_journal_is(&h, h.photos, key, seq ? "uploaded, queued" : ""));
	assert_int_equal(house_audit(&h, NULL), 0);	/* has its job, and its bytes */
	house_close(&h);
}

static void whatever_fails_a_put_is_whole_or_not_there(void **state)
{
	struct trial t = { .path = test_path(state), .thing = put_number };

	each_trial(&t, a_put_is_whole_or_not_there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_object_comes_back_as_it_was_put),
		T(an_empty_object_has_no_bytes_anywhere),
		T(keys_and_sizes_have_limits),
		T(a_put_queues_the_event_of_each_matching_rule),
		T(an_overwrite_is_a_newer_version_with_an_event_of_its_own),
		T(a_conditional_put_checks_what_is_there),
		T(a_delete_queues_a_removal_with_a_sequencer_of_its_own),
		T(objects_are_listed_in_byte_order_with_jumps),
		T(an_object_is_read_whole_while_it_is_overwritten),
		T(whatever_fails_a_put_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
