/* What completes an upload, and what does not. */
#include "tests/unit/storage/upload_rig.h"

/* What completion answers to one wrong thing, and which part it names. */
static int complete_wrongly(struct house *h, struct opening *o, struct part_named *named, int n, int *bad)
{
	struct finishing f;
	int rc;

	finish_init(&f, h, o);
	f.c.parts = named;
	f.c.count = n;
	rc = finish(&f, h);
	*bad = f.c.bad_part;
	finish_clear(&f);
	return rc;
}

static void what_is_wrong_with_a_completion_is_told(void **state)
{
	struct two t = two_parts();
	struct part_named p[3];
	struct arena a = {0};
	struct opening o;
	struct house h;
	int bad;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){ SUM_FULL, DIGEST_CRC32, {0} });
	put_part(&h, &o, 1, t.first, DIGEST_CRC32);
	put_part(&h, &o, 2, t.second, DIGEST_CRC32);
	put_part(&h, &o, 4, t.second, DIGEST_CRC32C);
	p[0] = (struct part_named){ .number = 1, .etag = md5_hex(&a, t.first) };
	p[1] = (struct part_named){ .number = 2, .etag = md5_hex(&a, t.second) };
	p[2] = (struct part_named){ .number = 3, .etag = md5_hex(&a, t.second) };
	assert_int_equal(complete_wrongly(&h, &o, p, 0, &bad), E_BAD_INPUT);
	assert_int_equal(complete_wrongly(&h, &o, p, 3, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 3);	/* no such part */
	p[1].number = 4;
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 4);	/* has not the checksum that the upload was begun with */
	p[1].number = 2;
	p[1].etag = p[0].etag;
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 2);	/* other bytes */
	p[1].etag = md5_hex(&a, t.second);
	p[1].sum = STR("AAAAAA==");
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_BAD_INPUT);
	assert_int_equal(bad, 2);
	put_part(&h, &o, 1, t.second, DIGEST_CRC32);
	p[0].etag = p[1].etag;
	p[1].sum = (struct str){0};
	assert_int_equal(complete_wrongly(&h, &o, p, 2, &bad), E_TOO_LARGE);
	assert_int_equal(bad, 1);	/* too small for any but the last */
	o.u.key = STR("other");
	assert_int_equal(complete_wrongly(&h, &o, p, 1, &bad), E_NOT_FOUND);
	o.u.key = STR("k");
	assert_int_equal(house_trash(&h), 1);	/* the first part 1 */
	assert_int_equal(complete_wrongly(&h, &o, p, 1, &bad), 0);	/* alone it may be small */
	assert_int_equal(house_trash(&h), 3);	/* and parts 2 and 4, which were not named */
	assert_int_equal(house_audit(&h, NULL), 0);
	arena_clear(&a);
	two_free(&t);
	house_close(&h);
}

static struct object object_now(struct house *h, const char *key, struct arena *a)
{
	struct object o;
	bool missing;

	assert_int_equal(object_get(h->r, STR("photos"), str_of(key), a, &o, &missing), 0);
	return o;
}

static void what_an_upload_became_is_known_of_that_version_alone(void **state)
{
	struct arena a = {0};
	struct finishing f;
	struct opening o;
	struct object was;
	struct house h;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){0});
	put_part(&h, &o, 1, STR("one"), -1);
	finish_init(&f, &h, &o);
	name_part(&f, 1, STR("one"));
	assert_int_equal(finish(&f, &h), 0);
	was = object_now(&h, "k", &a);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id)), 1);
	assert_int_equal(upload_became(h.r, &was, STR("AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH")), 0);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id + 1)), 0);
	assert_int_equal(upload_became(h.r, &was, STR("")), 0);
	assert_true(house_put(&h, "photos", "k", "one") > 0);
	was = object_now(&h, "k", &a);
	assert_int_equal(upload_became(h.r, &was, str_of(o.id)), 0);
	finish_clear(&f);
	arena_clear(&a);
	house_close(&h);
}

static void completion_may_be_conditional(void **state)
{
	struct str bytes = STR("only part");
	struct finishing f;
	struct opening o;
	struct house h;

	house_new(&h, test_path(state));
	o = opened(&h, "k", (struct checksum){0});
	put_part(&h, &o, 1, bytes, -1);
	finish_init(&f, &h, &o);
	name_part(&f, 1, bytes);
	f.c.if_match = STR("*");
	assert_int_equal(finish(&f, &h), E_MISMATCH);
	assert_false(f.c.wrong_sum);
	assert_true(house_put(&h, "photos", "k", "x") > 0);
	f.c.if_match = (struct str){0};
	f.c.if_absent = true;
	assert_int_equal(finish(&f, &h), E_PRECONDITION);
	f.c.if_absent = false;
	assert_int_equal(finish(&f, &h), 0);
	finish_clear(&f);
	house_close(&h);
}

/* One part, under "if there is none". What was done to a key before its upload began is known to who began it, even if the clock was put back since. */
static int complete_if_absent(struct house *h, const struct opening *o)
{
	struct finishing f;
	int rc;

	assert_int_equal(put_part(h, o, 1, STR("only part"), -1), 0);
	finish_init(&f, h, o);
	name_part(&f, 1, STR("only part"));
	f.c.if_absent = true;
	rc = finish(&f, h);
	finish_clear(&f);
	return rc;
}

static void put_and_delete(struct house *h, const char *key)
{
	assert_true(house_put(h, "photos", key, "x") > 0);
	assert_int_equal(house_delete(h, "photos", key), 0);
}

static void a_condition_does_not_hold_when_the_key_was_put_or_deleted_since(void **state)
{
	struct opening o;
	struct house h;

	house_new(&h, test_path(state));
	put_and_delete(&h, "since");
	clock_advance_ms(1000);
	o = opened(&h, "since", (struct checksum){0});
	assert_int_equal(complete_if_absent(&h, &o), 0);
	o = opened(&h, "again", (struct checksum){0});
	clock_advance_ms(1000);
	put_and_delete(&h, "again");
	assert_int_equal(complete_if_absent(&h, &o), E_SUPERSEDED);
	put_and_delete(&h, "before");
	clock_advance_ms(-3600000);
	put_and_delete(&h, "before");
	clock_advance_ms(1000);
	o = opened(&h, "before", (struct checksum){0});
	assert_int_equal(complete_if_absent(&h, &o), 0);
	clock_advance_ms(3600000);
	house_close(&h);
}

static int complete_small(struct house *h, void *arg)
{
	struct finishing f;
	int rc;

	finish_init(&f, h, arg);
	name_part(&f, 1, STR("all of it"));
	rc = finish(&f, h);
	finish_clear(&f);
	return rc;
}

static void a_completion_is_whole_or_did_not_happen(struct trial *t, int number)
{
	char key[32];
	struct opening o;
	struct told told;
	struct house h;
	int64_t seq;

	snprintf(key, sizeof key, "photo-%d", number);
	assert_int_equal(house_open(&h, t->path), 0);
	o = opened(&h, key, (struct checksum){0});
	assert_int_equal(put_part(&h, &o, 1, STR("all of it"), -1), 0);
	assert_int_equal(put_part(&h, &o, 2, STR("and more"), -1), 0);
	house_close(&h);
	t->arg = &o;
	told = trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	seq = house_version(&h, h.photos, key);
	if (told.returned)
		assert_true(told.rc == 0 ? seq > 0 : seq == 0);
	assert_true(house_journal_is(&h, h.photos, key, seq ? "uploaded, queued" : ""));
	assert_true(parts_are(&h, &o, 0, 10, seq ? "" : "1:9 2:8 "));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void whatever_fails_a_completion_is_whole_or_did_not_happen(void **state)
{
	struct trial t = { .path = test_path(state), .thing = complete_small };

	each_trial(&t, a_completion_is_whole_or_did_not_happen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_wrong_with_a_completion_is_told),
		T(what_an_upload_became_is_known_of_that_version_alone),
		T(completion_may_be_conditional),
		T(a_condition_does_not_hold_when_the_key_was_put_or_deleted_since),
		T(whatever_fails_a_completion_is_whole_or_did_not_happen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
