/* What lifecycle rules end: only what is still as it was found, and all of a change or nothing of it. */
#include "tests/unit/storage/version_rig.h"

static const struct actor by = { .principal = { "s3.amazonaws.com", 16 }, .source_ip = { "s3.amazonaws.com", 16 } };

/* What was found of one key, and what became of it. */
struct ending {
	struct store *store;
	int64_t bucket, seq, born;
	const char *key;
	int ended;
};

static int end_object(struct db *db, void *arg)
{
	struct ending *e = arg;

	e->ended = object_expire(db, e->store, e->bucket, str_of(e->key), e->seq, &by);
	return e->ended < 0 ? e->ended : 0;
}

static int end_version(struct db *db, void *arg)
{
	struct ending *e = arg;

	e->ended = version_expire(db, e->store, e->bucket, str_of(e->key), e->born, &by);
	return e->ended < 0 ? e->ended : 0;
}

static int count_all(void *owner, const struct version *v, struct str *skip_to)
{
	(void)skip_to;
	((int *)owner)[v->marker]++;
	return 0;
}

/* Versions and markers under one key. */
static bool there_are(struct house *h, int64_t bucket, const char *key, int versions, int markers)
{
	int n[2] = { 0, 0 };

	assert_int_equal(version_list(h->r, bucket, str_of(key), (struct str){0}, 0, count_all, n), 0);
	return n[0] == versions && n[1] == markers;
}

static void what_is_not_as_it_was_found_stays(void **state)
{
	struct ending e = { .key = "k" };
	struct house h;

	house_new(&h, test_path(state));
	e.store = h.s;
	e.bucket = h.photos;
	e.seq = house_put(&h, "photos", "k", "old");
	assert_true(house_put(&h, "photos", "k", "new") > e.seq);
	assert_int_equal(house_do(&h, end_object, &e), 0);
	assert_int_equal(e.ended, 0);
	e.seq = house_version(&h, h.photos, "k");
	assert_int_equal(house_do(&h, end_object, &e), 0);
	assert_int_equal(e.ended, 1);
	assert_int_equal(house_do(&h, end_object, &e), 0);
	assert_int_equal(e.ended, 0);
	assert_true(there_are(&h, h.photos, "k", 0, 0));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void a_current_version_is_hidden_and_a_noncurrent_one_ends(void **state)
{
	struct ending e = { .key = "k" };
	struct act first, marker;
	struct house h;

	house_new(&h, test_path(state));
	set_state(&h, h.photos, VERSIONING_ENABLED);
	e.store = h.s;
	e.bucket = h.photos;
	first = act_of(&h, h.photos, "k");
	assert_int_equal(house_do(&h, act_put, &first), 0);
	e.born = first.born;
	assert_int_equal(house_do(&h, end_version, &e), 0);
	assert_int_equal(e.ended, 0);			/* it is current */
	e.seq = house_version(&h, h.photos, "k");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(house_do(&h, end_object, &e), 0);
		assert_int_equal(e.ended, i == 0);	/* one marker is enough */
	}
	assert_true(there_are(&h, h.photos, "k", 1, 1));
	marker = act_of(&h, h.photos, "k");
	current_id(&h, "photos", "k", marker.id);
	assert_int_equal(version_parse(str_of(marker.id), &e.born, &marker.marker), 0);
	assert_int_equal(house_do(&h, end_version, &e), 0);
	assert_int_equal(e.ended, 0);			/* it hides something */
	marker.born = e.born;
	e.born = first.born;
	assert_int_equal(house_do(&h, end_version, &e), 0);
	assert_int_equal(e.ended, 1);
	e.born = marker.born;
	assert_int_equal(house_do(&h, end_version, &e), 0);
	assert_int_equal(e.ended, 1);
	assert_true(there_are(&h, h.photos, "k", 0, 0));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

/* One change, as of the lifecycle: an object in one bucket, a noncurrent version in another. */
struct page {
	struct ending object, version;
};

static int end_page(struct db *db, void *arg)
{
	struct page *p = arg;
	int rc = end_object(db, &p->object);

	return rc < 0 ? rc : end_version(db, &p->version);
}

static int expire_page(struct house *h, void *arg)
{
	struct page *p = arg;

	p->object.store = p->version.store = h->s;
	return house_do(h, end_page, p);
}

static void a_page_ends_whole_or_stays_whole(struct trial *t, int number)
{
	char key[32];
	struct page p = { .object.key = key, .version.key = key };
	struct told told;
	struct act act;
	struct house h;
	bool gone;

	snprintf(key, sizeof key, "photo-%d", number);
	assert_int_equal(house_open(&h, t->path), 0);
	set_state(&h, h.thumbs, VERSIONING_ENABLED);
	p.object.bucket = h.photos;
	p.object.seq = house_put(&h, "photos", key, "old");
	act = act_of(&h, h.thumbs, key);
	p.version.bucket = h.thumbs;
	assert_int_equal(house_do(&h, act_put, &act), 0);
	p.version.born = act.born;
	assert_int_equal(house_do(&h, act_put, &act), 0);
	house_close(&h);
	t->arg = &p;
	told = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	gone = house_version(&h, h.photos, key) == 0;
	if (told.returned)
		assert_true(gone == (told.rc == 0));
	assert_true(there_are(&h, h.photos, key, !gone, 0));
	assert_true(there_are(&h, h.thumbs, key, gone ? 1 : 2, 0));
	assert_true(house_journal_is(&h, h.photos, key, gone ? "uploaded, queued, deleted, queued" : "uploaded, queued"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void whatever_fails_a_page_ends_whole_or_stays_whole(void **state)
{
	struct trial t = { .path = test_path(state), .thing = expire_page };

	each_trial(&t, a_page_ends_whole_or_stays_whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_not_as_it_was_found_stays),
		T(a_current_version_is_hidden_and_a_noncurrent_one_ends),
		T(whatever_fails_a_page_ends_whole_or_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
