#include "storage/queue.h"
#include "tests/unit/storage/house.h"

static void texts_name_sets_of_events(void **state)
{
	(void)state;
	assert_int_equal(event_set(STR("s3:ObjectCreated:Put")), 1u << EVENT_CREATED_PUT);
	assert_int_equal(event_set(STR("s3:ObjectCreated:*")), 1u << EVENT_CREATED_PUT | 1u << EVENT_CREATED_POST |
			 1u << EVENT_CREATED_COPY | 1u << EVENT_CREATED_MULTIPART);
	assert_int_equal(event_set(STR("s3:ObjectRemoved:*")), 1u << EVENT_REMOVED_DELETE | 1u << EVENT_REMOVED_MARKER);
	assert_true(event_set(STR("s3:ObjectRestore:Post")) == EVENT_SET_SILENT);
	assert_int_equal(event_set(STR("s3:LifecycleExpiration:*")), 1u << EVENT_LIFECYCLE_DELETE | 1u << EVENT_LIFECYCLE_MARKER);
	assert_int_equal(event_set(STR("s3:ObjectTagging:*")), 1u << EVENT_TAGGING_PUT | 1u << EVENT_TAGGING_DELETE);
	assert_int_equal(event_set(STR("s3:ObjectTagging:Delete")), 1u << EVENT_TAGGING_DELETE);
	assert_int_equal(event_set(STR("s3:ObjectCreated")), 0);
	assert_int_equal(event_set(STR("s3:objectcreated:put")), 0);
	assert_int_equal(event_set(STR("")), 0);
	assert_string_equal(event_name(EVENT_CREATED_MULTIPART), "s3:ObjectCreated:CompleteMultipartUpload");
	assert_true(event_is_removal(EVENT_REMOVED_MARKER));
	assert_true(event_is_removal(EVENT_LIFECYCLE_DELETE));
	assert_false(event_is_removal(EVENT_CREATED_COPY));
	assert_false(event_is_removal(EVENT_TAGGING_DELETE));
}

static void kinds_have_the_numbers_that_are_in_stores(void **state)
{
	(void)state;
	assert_int_equal(EVENT_CREATED_PUT, 0);
	assert_int_equal(EVENT_REMOVED_MARKER, 5);
	assert_int_equal(EVENT_TAGGING_PUT, 6);
	assert_int_equal(EVENT_LIFECYCLE_MARKER, 9);
	assert_true(EVENT_KINDS < 31);		/* EVENT_SET_SILENT */
}

static void a_rule_matches_by_kind_prefix_and_suffix(void **state)
{
	struct rule r = { .set = event_set(STR("s3:ObjectCreated:*")) };

	(void)state;
	assert_true(rule_matches(&r, EVENT_CREATED_POST, STR("any")));
	assert_false(rule_matches(&r, EVENT_REMOVED_DELETE, STR("any")));
	r.prefix = STR("in/");
	r.suffix = STR(".jpg");
	assert_true(rule_matches(&r, EVENT_CREATED_PUT, STR("in/cat.jpg")));
	assert_true(rule_matches(&r, EVENT_CREATED_PUT, STR("in/.jpg")));
	assert_false(rule_matches(&r, EVENT_CREATED_PUT, STR("in/cat.JPG")));
	assert_false(rule_matches(&r, EVENT_CREATED_PUT, STR("out/cat.jpg")));
	assert_false(rule_matches(&r, EVENT_CREATED_PUT, STR("in")));
}

static void a_native_rule_of_removals_has_those_of_lifecycle_and_no_tags(void **state)
{
	struct rule r = { .set = event_set(STR("s3:ObjectRemoved:*")) | event_set(STR("s3:ObjectTagging:*")), .suffix = STR(".jpg") };

	(void)state;
	assert_false(rule_matches(&r, EVENT_LIFECYCLE_DELETE, STR("cat.jpg")));
	assert_true(rule_matches(&r, EVENT_TAGGING_PUT, STR("cat.jpg")));
	r.native = true;
	assert_true(rule_matches(&r, EVENT_LIFECYCLE_DELETE, STR("cat.jpg")));
	assert_true(rule_matches(&r, EVENT_LIFECYCLE_MARKER, STR("cat.jpg")));
	assert_false(rule_matches(&r, EVENT_LIFECYCLE_DELETE, STR("cat.png")));
	assert_false(rule_matches(&r, EVENT_TAGGING_PUT, STR("cat.jpg")));
	r.set = event_set(STR("s3:ObjectCreated:*"));
	assert_false(rule_matches(&r, EVENT_LIFECYCLE_DELETE, STR("cat.jpg")));
}

struct replacing {
	int64_t bucket;
	struct rule *rules;
	int n;
};

static int replace(struct db *db, void *arg)
{
	struct replacing *r = arg;

	return rules_replace(db, r->bucket, r->rules, r->n);
}

static void rules_come_back_as_they_were_given(void **state)
{
	struct rule two[] = {
		{ .id = STR("first"), .arn = STR("arn:1"), .function = 7, .native = true,
		  .events = STR("s3:ObjectCreated:Put s3:ObjectCreated:Post"), .set = 3, .prefix = STR("a b/\xc3\xa4"), .suffix = STR("") },
		{ .id = STR("second"), .arn = STR("arn:2"), .function = 8, .events = STR("s3:ObjectRestore:*"),
		  .set = EVENT_SET_SILENT, .suffix = STR(".png") },
	};
	struct replacing r = { .rules = two, .n = 2 };
	struct arena a = {0};
	struct rule *got;
	struct house h;
	int n;

	house_new(&h, test_path(state));
	r.bucket = h.thumbs;
	assert_int_equal(house_do(&h, replace, &r), 0);
	assert_int_equal(rules_get(h.r, h.thumbs, &a, &got, &n), 0);
	assert_int_equal(n, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(str_eq(got[i].id, two[i].id) && str_eq(got[i].arn, two[i].arn));
		assert_true(str_eq(got[i].events, two[i].events) && got[i].set == two[i].set);
		assert_true(got[i].function == two[i].function && got[i].native == two[i].native);
		assert_true(str_eq(got[i].prefix, two[i].prefix) && str_eq(got[i].suffix, two[i].suffix));
	}
	assert_false(str_is_set(got[1].prefix));
	assert_true(str_is_set(got[0].suffix));
	r.n = 0;
	assert_int_equal(house_do(&h, replace, &r), 0);
	assert_int_equal(rules_get(h.r, h.thumbs, &a, &got, &n), 0);
	assert_int_equal(n, 0);
	arena_clear(&a);
	house_close(&h);
}

static void more_rules_than_the_limit_change_nothing(void **state)
{
	struct rule many[RULES_MAX + 1];
	struct replacing r = { .rules = many, .n = RULES_MAX + 1 };
	struct arena a = {0};
	struct rule *got;
	struct house h;
	int n;

	for (int i = 0; i <= RULES_MAX; i++)
		many[i] = (struct rule){ .id = STR("x"), .arn = STR("arn"), .function = 1, .events = STR("s3:ObjectCreated:*"), .set = 1 };
	house_new(&h, test_path(state));
	r.bucket = h.photos;
	assert_int_equal(house_do(&h, replace, &r), E_TOO_LARGE);
	assert_int_equal(rules_get(h.r, h.photos, &a, &got, &n), 0);
	assert_int_equal(n, 2);
	r.n = RULES_MAX;
	assert_int_equal(house_do(&h, replace, &r), 0);
	assert_int_equal(rules_get(h.r, h.photos, &a, &got, &n), 0);
	assert_int_equal(n, RULES_MAX);
	arena_clear(&a);
	house_close(&h);
}

/* Events. */

static struct event sample(enum event_kind kind, const struct actor *actor)
{
	return (struct event){ .kind = kind, .at_ms = 1767323045678, .region = STR("eu-west-1"), .account = STR("000000000000"),
		.bucket = STR("photos"), .rule = STR("my \"rule\""), .key = STR("2026/my cat+\xc3\xa4@.jpg"), .seq = 0x1a2b,
		.size = 1024, .etag = STR("d41d8cd98f00b204e9800998ecf8427e"), .actor = actor };
}

static void a_created_event_is_written_as_s3_writes_it(void **state)
{
	struct actor actor = { STR("AWS:AIDA"), STR("10.0.0.1"), STR("C3D13FE58DE4C810"), STR("FMyUVURIY8"), STR(""), STR("S3 PutObject") };
	struct event e = sample(EVENT_CREATED_PUT, &actor);
	struct buf b = {0};

	(void)state;
	event_write(&b, &e);
	assert_string_equal(b.data,
		"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"eu-west-1\","
		"\"eventTime\":\"2026-01-02T03:04:05.678Z\",\"eventName\":\"ObjectCreated:Put\","
		"\"userIdentity\":{\"principalId\":\"AWS:AIDA\"},\"requestParameters\":{\"sourceIPAddress\":\"10.0.0.1\"},"
		"\"responseElements\":{\"x-amz-request-id\":\"C3D13FE58DE4C810\",\"x-amz-id-2\":\"FMyUVURIY8\"},"
		"\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"my \\\"rule\\\"\",\"bucket\":{\"name\":\"photos\","
		"\"ownerIdentity\":{\"principalId\":\"000000000000\"},\"arn\":\"arn:aws:s3:::photos\"},"
		"\"object\":{\"key\":\"2026/my+cat%2B%C3%A4%40.jpg\",\"size\":1024,\"eTag\":\"d41d8cd98f00b204e9800998ecf8427e\","
		"\"sequencer\":\"0000000000001A2B\"}}}]}");
	buf_clear(&b);
}

static void a_removal_event_has_neither_size_nor_etag(void **state)
{
	struct actor nobody = {0};
	struct event e = sample(EVENT_REMOVED_DELETE, &nobody);
	const struct json_value *object;
	struct json_value *root;
	struct arena a = {0};
	struct buf b = {0};

	(void)state;
	event_write(&b, &e);
	assert_int_equal(json_parse(&a, str_n(b.data, b.len), &root), 0);
	object = json_get(json_get(json_get(root, "Records")->first, "s3"), "object");
	assert_int_equal(object->count, 2);
	assert_true(str_is(json_text(object, "sequencer"), "0000000000001A2B"));
	assert_true(str_is(json_text(json_get(root, "Records")->first, "eventName"), "ObjectRemoved:Delete"));
	buf_clear(&b);
	arena_clear(&a);
}

/* What record and object of the event have, as one text. */
static char *told(const struct event *e)
{
	static char text[300];
	const struct json_value *record, *object;
	struct json_value *root;
	struct arena a = {0};
	struct buf b = {0};

	event_write(&b, e);
	assert_int_equal(json_parse(&a, str_n(b.data, b.len), &root), 0);
	record = json_get(root, "Records")->first;
	object = json_get(json_get(record, "s3"), "object");
	snprintf(text, sizeof text, "%.*s %.*s", STR_ARG(json_text(record, "eventVersion")), STR_ARG(json_text(record, "eventName")));
	for (const struct json_value *v = object->first; v; v = v->next)
		if (!str_eq(v->name, STR("key")))
			snprintf(text + strlen(text), sizeof text - strlen(text), " %.*s=%.*s", STR_ARG(v->name),
				 STR_ARG(json_text(object, arena_printf(&a, "%.*s", STR_ARG(v->name)))));
	buf_clear(&b);
	arena_clear(&a);
	return text;
}

static void events_of_versions_tags_and_lifecycle_have_what_s3_puts_into_them(void **state)
{
	struct actor nobody = {0};
	struct event e = sample(EVENT_TAGGING_PUT, &nobody);

	(void)state;
	assert_string_equal(told(&e), "2.3 ObjectTagging:Put eTag=d41d8cd98f00b204e9800998ecf8427e");
	e.kind = EVENT_LIFECYCLE_DELETE;
	assert_string_equal(told(&e), "2.3 LifecycleExpiration:Delete sequencer=0000000000001A2B");
	e.version = STR("v1");
	e.kind = EVENT_REMOVED_DELETE;
	assert_string_equal(told(&e), "2.1 ObjectRemoved:Delete versionId=v1 sequencer=0000000000001A2B");
	e.kind = EVENT_REMOVED_MARKER;
	assert_string_equal(told(&e), "2.1 ObjectRemoved:DeleteMarkerCreated eTag=d41d8cd98f00b204e9800998ecf8427e versionId=v1"
				      " sequencer=0000000000001A2B");
	e.kind = EVENT_LIFECYCLE_MARKER;
	assert_string_equal(told(&e), "2.3 LifecycleExpiration:DeleteMarkerCreated eTag=d41d8cd98f00b204e9800998ecf8427e versionId=v1"
				      " sequencer=0000000000001A2B");
}

static void the_largest_event_fits_into_a_job(void **state)
{
	static char key[OBJECT_KEY_MAX];
	struct actor nobody = {0};
	struct event e = sample(EVENT_CREATED_PUT, &nobody);
	struct buf b = {0};

	(void)state;
	memset(key, 0xff, sizeof key);
	e.key = str_n(key, sizeof key);
	event_write(&b, &e);
	assert_true(b.len > 3 * OBJECT_KEY_MAX && b.len < JOB_PAYLOAD_MAX);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(texts_name_sets_of_events),
		T(kinds_have_the_numbers_that_are_in_stores),
		T(a_rule_matches_by_kind_prefix_and_suffix),
		T(a_native_rule_of_removals_has_those_of_lifecycle_and_no_tags),
		T(rules_come_back_as_they_were_given),
		T(more_rules_than_the_limit_change_nothing),
		T(a_created_event_is_written_as_s3_writes_it),
		T(a_removal_event_has_neither_size_nor_etag),
		T(events_of_versions_tags_and_lifecycle_have_what_s3_puts_into_them),
		T(the_largest_event_fits_into_a_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
