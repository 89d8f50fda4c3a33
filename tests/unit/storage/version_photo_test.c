/* Thumbnails follow the current version, functions hear what S3 tells, bytes are kept as long as something names them; and whatever fails, it is
 * one or the other. */
#include "tests/unit/storage/version_rig.h"

static void enable(struct house *h)
{
	set_state(h, h->photos, VERSIONING_ENABLED);
}

static int64_t photo_seq(struct house *h, const char *key)
{
	struct arena a = {0};
	struct photo_row p;
	int rc = photo_get(h->r, h->photos, str_of(key), &a, &p);

	arena_clear(&a);
	return rc < 0 ? 0 : p.seq;
}

static void all_work(struct house *h)
{
	int rc;

	while ((rc = house_work(h, 3)) != E_NOT_FOUND)
		assert_true(rc >= 0);
	assert_int_equal(house_audit(h, NULL), 0);
}

static void photo_and_row_follow_what_is_current(void **state)
{
	char one[VERSION_ID_MAX + 1], two[VERSION_ID_MAX + 1], marker[VERSION_ID_MAX + 1];
	int64_t first, second;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	enable(&h);
	first = house_put(&h, "photos", "k", "one");
	all_work(&h);
	current_id(&h, "photos", "k", one);
	second = house_put(&h, "photos", "k", "two, longer");
	all_work(&h);
	current_id(&h, "photos", "k", two);
	assert_int_equal(photo_seq(&h, "k"), second);
	assert_int_equal(house_delete(&h, "photos", "k"), 0);
	all_work(&h);
	current_id(&h, "photos", "k", marker);
	assert_true(photo_seq(&h, "k") == 0 && !str_is_set(house_row(&h, "k", &a)) && house_version(&h, h.thumbs, "k/small.webp") == 0);

	assert_int_equal(remove_version(&h, h.photos, "k", marker), 1);
	assert_int_equal(house_audit(&h, NULL), 0);	/* it waits */
	all_work(&h);
	assert_true(photo_seq(&h, "k") > second && photo_seq(&h, "k") == house_version(&h, h.photos, "k"));
	assert_true(str_is_set(house_row(&h, "k", &a)));
	assert_int_equal(remove_version(&h, h.photos, "k", two), 1);
	all_work(&h);
	assert_true(photo_seq(&h, "k") > first && photo_seq(&h, "k") == house_version(&h, h.photos, "k"));
	assert_int_equal(remove_version(&h, h.photos, "k", one), 1);
	all_work(&h);
	assert_true(photo_seq(&h, "k") == 0 && !str_is_set(house_row(&h, "k", &a)) && house_version(&h, h.thumbs, "k/small.webp") == 0);
	assert_true(house_journal_is(&h, h.photos, "k", "uploaded, queued, done, uploaded, queued, done, deleted, queued, thumbnails and row removed, "
				     "deleted, current again, queued, done, deleted, current again, queued, done, deleted, queued, "
				     "thumbnails and row removed"));
	assert_int_equal(house_trash(&h), 4 * 3 + 2);	/* thumbnails of four results, and both photos */
	arena_clear(&a);
	house_close(&h);
}

static void a_marker_that_goes_before_its_job_ran_leaves_the_photo_as_it_was(void **state)
{
	char marker[VERSION_ID_MAX + 1];
	struct house h;

	house_new(&h, test_path(state));
	enable(&h);
	house_put(&h, "photos", "k", "one");
	all_work(&h);
	house_delete(&h, "photos", "k");
	current_id(&h, "photos", "k", marker);
	assert_int_equal(remove_version(&h, h.photos, "k", marker), 1);
	assert_int_equal(house_work(&h, 3), 1);		/* the removal is superseded */
	all_work(&h);
	assert_int_equal(photo_seq(&h, "k"), house_version(&h, h.photos, "k"));
	house_close(&h);
}

static void a_version_that_no_rule_is_for_takes_no_thumbnails_over(void **state)
{
	char two[VERSION_ID_MAX + 1];
	struct house h;

	house_new(&h, test_path(state));
	enable(&h);
	house_put(&h, "photos", "k", "one");
	house_put(&h, "photos", "k", "two");
	all_work(&h);
	current_id(&h, "photos", "k", two);
	assert_int_equal(house_do(&h, no_rules, &h), 0);
	assert_int_equal(remove_version(&h, h.photos, "k", two), 1);
	assert_int_equal(photo_seq(&h, "k"), 0);
	assert_int_equal(house_version(&h, h.thumbs, "k/small.webp"), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

/* What functions that are not native hear. */

static int custom_rules(struct db *db, void *arg)
{
	struct house *h = arg;
	static const char *const what[] = { "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:LifecycleExpiration:*" };
	struct rule rules[4] = {0};

	for (int i = 0; i < 4; i++)
		rules[i] = (struct rule){ .id = str_of(what[i]), .arn = STR("arn:aws:lambda:us-east-1:000000000000:function:custom"),
					  .function = h->function, .events = str_of(what[i]), .set = event_set(str_of(what[i])) };
	return rules_replace(db, h->photos, rules, 4);
}

static int add_job(void *owner, const struct job_row *j)
{
	struct buf *b = owner;
	struct arena a = {0};
	struct json_value *root;
	const struct json_value *record, *object;

	assert_int_equal(json_parse(&a, j->payload, &root), 0);
	record = json_get(root, "Records")->first;
	object = json_get(json_get(record, "s3"), "object");
	buf_printf(b, "%s%.*s%s", b->len ? ", " : "", STR_ARG(json_text(record, "eventName")), json_get(object, "versionId") ? " v" : "");
	arena_clear(&a);
	return 0;
}

static bool heard(struct house *h, const char *key, const char *want)
{
	struct buf b = {0};
	bool same;

	queue_of_object(h->r, h->photos, str_of(key), add_job, &b);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static int act_tag(struct db *db, void *arg)
{
	struct act *a = arg;
	struct version of;
	struct str id = a->id[0] ? str_of(a->id) : (struct str){0}, tags = a->tags ? str_of(a->tags) : (struct str){0};

	a->rc = tags_set(db, a->store, a->bucket, str_of(a->key), id, tags, &nobody, &of);
	a->marker = of.marker;
	return 0;
}

static int act_expire(struct db *db, void *arg)
{
	struct act *a = arg;

	a->rc = object_expire(db, a->store, a->bucket, str_of(a->key), a->born, &nobody);
	return a->rc < 0 ? a->rc : 0;
}

static int act_expire_version(struct db *db, void *arg)
{
	struct act *a = arg;

	a->rc = version_expire(db, a->store, a->bucket, str_of(a->key), a->born, &nobody);
	return a->rc < 0 ? a->rc : 0;
}

static void functions_hear_of_versions_what_s3_tells(void **state)
{
	char one[VERSION_ID_MAX + 1], two[VERSION_ID_MAX + 1], marker[VERSION_ID_MAX + 1];
	struct act tag;
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, custom_rules, &h), 0);
	house_put(&h, "photos", "k", "zero");
	enable(&h);
	house_put(&h, "photos", "k", "one");
	current_id(&h, "photos", "k", one);
	house_put(&h, "photos", "k", "two");
	current_id(&h, "photos", "k", two);
	tag = act_of(&h, h.photos, "k");
	tag.tags = "{\"a\":\"b\"}";
	assert_int_equal(house_do(&h, act_tag, &tag), 0);
	house_delete(&h, "photos", "k");
	current_id(&h, "photos", "k", marker);
	assert_int_equal(remove_version(&h, h.photos, "k", one), 1);
	assert_int_equal(remove_version(&h, h.photos, "k", one), 0);
	assert_int_equal(remove_version(&h, h.photos, "k", marker), 1);		/* two is current again: nobody hears of that */
	assert_int_equal(remove_version(&h, h.photos, "k", "null"), 1);
	assert_true(heard(&h, "k", "ObjectCreated:Put, ObjectCreated:Put v, ObjectCreated:Put v, ObjectTagging:Put v, "
			  "ObjectRemoved:DeleteMarkerCreated v, ObjectRemoved:Delete v, ObjectRemoved:Delete v, ObjectRemoved:Delete"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

static void what_is_old_enough_goes_unless_it_is_current_again(void **state)
{
	struct house h;
	struct act a, v;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, custom_rules, &h), 0);
	a = act_of(&h, h.photos, "plain");
	a.born = house_put(&h, "photos", "plain", "x") - 1;
	assert_int_equal(house_do(&h, act_expire, &a), 0);
	assert_int_equal(a.rc, 0);			/* another version is there */
	a.born++;
	assert_int_equal(house_do(&h, act_expire, &a), 0);
	assert_true(a.rc == 1 && heard(&h, "plain", "ObjectCreated:Put, LifecycleExpiration:Delete"));

	enable(&h);
	a.key = "k";
	a.born = house_put(&h, "photos", "k", "one");
	assert_int_equal(house_do(&h, act_expire, &a), 0);
	assert_int_equal(a.rc, 1);
	v = act_of(&h, h.photos, "k");
	{
		struct version m;

		assert_int_equal(version_marker(h.r, STR("photos"), STR("k"), &m), 1);
		v.born = m.o.born;
	}
	assert_int_equal(house_do(&h, act_expire_version, &v), 0);
	assert_int_equal(v.rc, 0);			/* it hides a version */
	a.rc = 0;
	assert_int_equal(house_do(&h, act_expire_version, &a), 0);
	assert_int_equal(a.rc, 1);
	assert_int_equal(house_do(&h, act_expire_version, &v), 0);
	assert_int_equal(v.rc, 1);			/* now it hides nothing */
	assert_true(heard(&h, "k", "ObjectCreated:Put v, LifecycleExpiration:DeleteMarkerCreated v, LifecycleExpiration:Delete v, "
			  "LifecycleExpiration:Delete v"));
	assert_int_equal(house_audit(&h, NULL), 0);
	house_close(&h);
}

/* Tags. */

static bool tags_are(struct house *h, const char *key, const char *id, const char *want)
{
	struct arena a = {0};
	struct version of;
	struct str tags;
	bool missing, same;
	int rc = tags_get(h->r, STR("photos"), str_of(key), id ? str_of(id) : (struct str){0}, &a, &tags, &of, &missing);

	same = rc == 0 && (want ? str_is(tags, want) : !str_is_set(tags));
	arena_clear(&a);
	return same;
}

static void tags_stay_with_their_version(void **state)
{
	char one[VERSION_ID_MAX + 1], two[VERSION_ID_MAX + 1];
	struct house h;
	struct act a;

	house_new(&h, test_path(state));
	enable(&h);
	house_put(&h, "photos", "k", "one");
	current_id(&h, "photos", "k", one);
	a = act_of(&h, h.photos, "k");
	a.tags = "{\"n\":\"1\"}";
	assert_int_equal(house_do(&h, act_tag, &a), 0);
	assert_true(a.rc == 0 && tags_are(&h, "k", NULL, "{\"n\":\"1\"}"));
	house_put(&h, "photos", "k", "two");
	current_id(&h, "photos", "k", two);
	assert_true(tags_are(&h, "k", NULL, NULL) && tags_are(&h, "k", one, "{\"n\":\"1\"}"));
	snprintf(a.id, sizeof a.id, "%s", one);
	a.tags = "{\"n\":\"2\"}";
	assert_int_equal(house_do(&h, act_tag, &a), 0);
	assert_true(tags_are(&h, "k", two, NULL) && tags_are(&h, "k", one, "{\"n\":\"2\"}"));
	assert_int_equal(remove_version(&h, h.photos, "k", two), 1);
	assert_true(tags_are(&h, "k", NULL, "{\"n\":\"2\"}"));
	a.tags = NULL;
	a.id[0] = '\0';
	assert_int_equal(house_do(&h, act_tag, &a), 0);
	assert_true(tags_are(&h, "k", NULL, NULL));
	house_delete(&h, "photos", "k");
	assert_int_equal(house_do(&h, act_tag, &a), 0);
	assert_true(a.rc == E_NOT_FOUND && a.marker);
	snprintf(a.id, sizeof a.id, "%032x", 5);
	assert_int_equal(house_do(&h, act_tag, &a), 0);
	assert_int_equal(a.rc, E_BAD_INPUT);
	house_close(&h);
}

/* An object of two extents: its manifest is kept under its seq. */

struct two_parts {
	struct change change;
	struct house *h;
	struct needle needles[2];
};

static int apply_two(struct change *c, struct db *db)
{
	struct two_parts *t = container_of(c, struct two_parts, change);
	struct extent e[2] = { c->needles[0].where, c->needles[1].where };
	struct object o = { .bucket = t->h->photos, .key = STR("k"), .size = 7, .etag = STR("d41d8cd98f00b204e9800998ecf8427e-2"), .extents = e,
			    .extent_count = 2, .headers = STR("{}") };
	int rc = object_write(db, t->h->s, &o, EVENT_CREATED_MULTIPART, &nobody);

	return rc < 0 ? rc : 0;
}

static int put_two(struct house *h)
{
	struct two_parts t = { .change = { .apply = apply_two }, .h = h,
			       .needles = { { .key = STR("photos/k"), .data = STR("left") }, { .key = STR("photos/k"), .data = STR("and") } } };

	t.change.needles = t.needles;
	t.change.needle_count = 2;
	return store_run(h->s, &t.change);
}

static bool has_two(struct house *h, const char *id)
{
	struct arena a = {0};
	struct version v;
	char room[8];
	bool missing, good;
	int rc = version_get(h->r, STR("photos"), STR("k"), str_of(id), &a, &v, &missing);

	good = rc == 0 && v.o.extent_count == 2 && extent_read(store_blobs(h->s), &v.o.extents[0], 0, room, 4) == 4 &&
	       memcmp(room, "left", 4) == 0;
	arena_clear(&a);
	return good;
}

static void an_object_of_parts_is_whole_when_it_is_current_again(void **state)
{
	char one[VERSION_ID_MAX + 1], two[VERSION_ID_MAX + 1], third[VERSION_ID_MAX + 1];
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(house_do(&h, no_rules, &h), 0);
	enable(&h);
	assert_int_equal(put_two(&h), 0);
	current_id(&h, "photos", "k", one);
	house_put(&h, "photos", "k", "two");
	current_id(&h, "photos", "k", two);
	assert_int_equal(put_two(&h), 0);
	current_id(&h, "photos", "k", third);
	assert_true(has_two(&h, one) && has_two(&h, third));
	assert_int_equal(remove_version(&h, h.photos, "k", third), 1);
	assert_int_equal(remove_version(&h, h.photos, "k", two), 1);
	assert_true(has_two(&h, one));
	assert_int_equal(house_trash(&h), 3);
	house_put(&h, "photos", "k", "four");
	assert_true(has_two(&h, one));
	assert_int_equal(remove_version(&h, h.photos, "k", one), 1);
	assert_int_equal(house_trash(&h), 5);
	house_close(&h);
}

/* Whatever fails. */

static void furnish(struct house *h)
{
	enable(h);
	assert_true(house_put(h, "photos", "k", "one") > 0);
}

/* A put, a deletion, and both taken back: four commits, any of which may fail or be the last. */
static int go_through_all(struct house *h, void *arg)
{
	char id[VERSION_ID_MAX + 1];
	int rc;

	(void)arg;
	if ((rc = (int)house_put(h, "photos", "k", "two, with bytes of its own")) < 0)
		return rc;
	current_id(h, "photos", "k", id);
	if ((rc = house_delete(h, "photos", "k")) < 0)
		return rc;
	if ((rc = remove_version(h, h->photos, "k", id)) < 0)
		return rc;
	current_id(h, "photos", "k", id);
	rc = remove_version(h, h->photos, "k", id);
	return rc < 0 ? rc : 0;
}

static int count_versions(void *owner, const struct version *v, struct str *skip_to)
{
	int *n = owner;

	(void)skip_to;
	*n += v->current ? 101 : 100;
	return 0;
}

static void versions_are_whole(struct trial *t, int number)
{
	struct house h;
	int n = 0;

	(void)number;
	trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(version_list(h.r, h.photos, STR(""), (struct str){0}, 0, count_versions, &n), 0);
	assert_int_equal(n % 100, 1);			/* one of them is current */
	house_close(&h);
}

static void whatever_fails_versions_are_whole(void **state)
{
	struct trial t = { .path = test_path(state), .thing = go_through_all, .furnish = furnish };

	each_trial(&t, versions_are_whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(photo_and_row_follow_what_is_current),
		T(a_marker_that_goes_before_its_job_ran_leaves_the_photo_as_it_was),
		T(a_version_that_no_rule_is_for_takes_no_thumbnails_over),
		T(functions_hear_of_versions_what_s3_tells),
		T(what_is_old_enough_goes_unless_it_is_current_again),
		T(tags_stay_with_their_version),
		T(an_object_of_parts_is_whole_when_it_is_current_again),
		T(whatever_fails_versions_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
