/* Every way that states, puts, deletions and removals can follow each other, against a plain list that S3's documentation describes. */
#include "tests/unit/storage/version_rig.h"

#define DEPTH 5
#define MODEL_MAX (DEPTH + 1)

/* The model: newest first. */
struct model {
	enum versioning state;
	struct {
		char id[VERSION_ID_MAX + 1];
		bool marker;
	} at[MODEL_MAX];
	int count;
};

static void drop(struct model *m, int i)
{
	m->count--;
	for (; i < m->count; i++)
		m->at[i] = m->at[i + 1];
}

static void drop_null(struct model *m)
{
	for (int i = m->count - 1; i >= 0; i--)
		if (strcmp(m->at[i].id, "null") == 0)
			drop(m, i);
}

static void push(struct model *m, const char *id, bool marker)
{
	if (strcmp(id, "null") == 0)
		drop_null(m);
	for (int i = m->count++; i > 0; i--)
		m->at[i] = m->at[i - 1];
	snprintf(m->at[0].id, sizeof m->at[0].id, "%s", id);
	m->at[0].marker = marker;
}

/* One sequence, in one change. */
struct sequence {
	struct db *db;
	struct act act;
	struct model model;
	const char *wrong;		/* what was not as it must be; NULL: nothing */
};

static int do_put(struct sequence *q)
{
	int rc = act_put(q->db, &q->act);

	if (rc == 0 && (strcmp(q->act.id, "null") == 0) != (q->model.state != VERSIONING_ENABLED))
		q->wrong = "the name of a put";
	push(&q->model, q->act.id, false);
	return rc;
}

static int do_delete(struct sequence *q)
{
	bool had = q->model.count > 0 && !q->model.at[0].marker;
	int rc = act_delete(q->db, &q->act);

	if (rc < 0)
		return rc;
	if (q->act.rc != had)
		q->wrong = "whether there was something to delete";
	if (q->act.marker != (q->model.state != VERSIONING_NONE))
		q->wrong = "whether a marker was made";
	if (q->act.marker)
		push(&q->model, q->act.id, true);
	else
		drop_null(&q->model);
	return 0;
}

static int set_to(struct sequence *q, enum versioning state)
{
	q->act.state = q->model.state = state;
	return act_state(q->db, &q->act);
}

static int do_enable(struct sequence *q)
{
	return set_to(q, VERSIONING_ENABLED);
}

static int do_suspend(struct sequence *q)
{
	return set_to(q, VERSIONING_SUSPENDED);
}

static int remove_at(struct sequence *q, int i)
{
	bool marker;
	int rc;

	if (i < 0 || i >= q->model.count)
		return 0;
	snprintf(q->act.id, sizeof q->act.id, "%s", q->model.at[i].id);
	marker = q->model.at[i].marker;
	rc = act_remove(q->db, &q->act);
	if (rc == 0 && (q->act.rc != 1 || q->act.marker != marker || strcmp(q->act.id, q->model.at[i].id) != 0))
		q->wrong = "what was removed";
	drop(&q->model, i);
	return rc;
}

static int do_remove_newest(struct sequence *q)
{
	return remove_at(q, 0);
}

static int do_remove_oldest(struct sequence *q)
{
	return remove_at(q, q->model.count - 1);
}

static int do_remove_second(struct sequence *q)
{
	return remove_at(q, q->model.count > 1 ? 1 : -1);
}

static int (*const steps[])(struct sequence *q) = {
	do_put, do_delete, do_enable, do_suspend, do_remove_newest, do_remove_oldest, do_remove_second,
};
#define STEPS ((int)(sizeof steps / sizeof steps[0]))

static int compare(void *owner, const struct version *v, struct str *skip_to)
{
	struct sequence *q = owner;
	char id[VERSION_ID_MAX + 1];
	int i = q->act.rc++;

	(void)skip_to;
	if (i >= q->model.count || v->marker != q->model.at[i].marker || v->current != (i == 0) || (v->since_ms == 0) != (i == 0) ||
	    !str_eq(version_id(id, v->o.born, v->o.named), str_of(q->model.at[i].id)))
		q->wrong = "the list";
	return 0;
}

static int note_job(void *owner, const struct job_row *j)
{
	int64_t *seq = owner;

	if (j->seq == *seq && event_is_creation(j->kind))
		*seq = -1;
	return 0;
}

/* The object that is there is the model's newest, and a native function was told of it. */
static int check_current(struct sequence *q)
{
	bool want = q->model.count > 0 && !q->model.at[0].marker;
	int64_t seq = object_seq(q->db, q->act.bucket, str_of(q->act.key));
	int rc;

	if (seq < 0)
		return (int)seq;
	if ((seq > 0) != want)
		q->wrong = "what is current";
	if (seq == 0)
		return 0;
	if ((rc = queue_of_object(q->db, q->act.bucket, str_of(q->act.key), note_job, &seq)) == 0 && seq != -1)
		q->wrong = "who was told of what is current";
	return rc;
}

static int check(struct sequence *q)
{
	int rc;

	q->act.rc = 0;
	if ((rc = version_list(q->db, q->act.bucket, STR(""), (struct str){0}, 0, compare, q)) < 0)
		return rc;
	if (q->act.rc != q->model.count)
		q->wrong = "how many are listed";
	return check_current(q);
}

/* Number `n` as digits names the steps. In the end all is removed one by one, and only then the bucket can go. */
static int run(struct sequence *q, int n)
{
	int rc = bucket_create(q->db, STR("box"), &q->act.bucket);

	if (rc == 0) {
		struct rule r = { .id = STR("r"), .arn = STR("arn"), .function = 1, .native = true, .events = STR("s3:ObjectCreated:*"),
				  .set = event_set(STR("s3:ObjectCreated:*")) };

		rc = rules_replace(q->db, q->act.bucket, &r, 1);
	}
	for (int i = 0; i < DEPTH && rc == 0 && !q->wrong; i++, n /= STEPS) {
		rc = steps[n % STEPS](q);
		if (rc == 0 && !q->wrong)
			rc = check(q);
	}
	while (rc == 0 && !q->wrong && q->model.count > 0) {
		if (bucket_delete(q->db, STR("box")) != E_NOT_EMPTY)
			q->wrong = "a bucket that has versions went";
		if ((rc = do_remove_newest(q)) == 0 && !q->wrong)
			rc = check(q);
	}
	return rc < 0 ? rc : bucket_delete(q->db, STR("box"));
}

struct batch {
	struct house *h;
	int from, to;
};

static int run_batch(struct db *db, void *arg)
{
	struct batch *b = arg;
	int rc = 0;

	for (int n = b->from; n < b->to && rc == 0; n++) {
		struct sequence q = { .db = db, .act = act_of(b->h, 0, "key") };

		rc = run(&q, n);
		if (rc < 0 || q.wrong) {
			print_error("sequence %d: %s\n", n, q.wrong ? q.wrong : err_text(rc));
			return E_CORRUPT;
		}
	}
	return rc;
}

static void whatever_follows_whatever_the_versions_are_those_that_s3_has(void **state)
{
	int sequences = 1;
	struct house h;

	house_new(&h, test_path(state));
	for (int i = 0; i < DEPTH; i++)
		sequences *= STEPS;
	for (int from = 0; from < sequences; from += 500) {
		struct batch b = { &h, from, from + 500 < sequences ? from + 500 : sequences };

		assert_int_equal(house_do(&h, run_batch, &b), 0);
	}
	assert_int_equal(house_audit(&h, NULL), 0);
	assert_int_equal(house_trash(&h), 0);		/* objects of no bytes leave none */
	house_close(&h);
}

static void ids_come_back_and_made_up_ones_do_not(void **state)
{
	static const char *const wrong[] = { "", "NULL", "0", "00000000000000000000000000000000", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };
	char id[VERSION_ID_MAX + 1];
	int64_t born;
	bool named;

	(void)state;
	for (int64_t seq = 1; seq > 0 && seq < INT64_MAX / 3; seq *= 3) {
		struct str text = version_id(id, seq, true);

		assert_int_equal(text.n, VERSION_ID_MAX);
		assert_int_equal(version_parse(text, &born, &named), 0);
		assert_true(born == seq && named);
		id[seq % VERSION_ID_MAX] ^= 1;
		assert_int_equal(version_parse(text, &born, &named), E_BAD_INPUT);
	}
	assert_int_equal(version_parse(version_id(id, 7, false), &born, &named), 0);
	assert_false(named);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(version_parse(str_of(wrong[i]), &born, &named), E_BAD_INPUT);
}

/* Lists. */

static int add_row(void *owner, const struct version *v, struct str *skip_to)
{
	struct buf *b = owner;

	buf_printf(b, "%s%.*s%s%s", b->len ? " " : "", STR_ARG(v->o.key), v->marker ? "-" : "", v->current ? "*" : "");
	if (str_eq(v->o.key, STR("dir/a")))
		*skip_to = STR("dir0");
	return b->len > 60;
}

static void lists_begin_where_they_are_told_and_jump(void **state)
{
	struct buf b = {0};
	struct house h;
	struct act a;

	house_new(&h, test_path(state));
	set_state(&h, h.photos, VERSIONING_ENABLED);
	for (int i = 0; i < 2; i++) {
		static const char *const keys[] = { "a", "b", "dir/a", "dir/b", "e" };

		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			a = act_of(&h, h.photos, keys[k]);
			assert_int_equal(house_do(&h, act_put, &a), 0);
		}
	}
	a = act_of(&h, h.photos, "b");
	assert_int_equal(house_do(&h, act_delete, &a), 0);
	assert_int_equal(version_list(h.r, h.photos, STR(""), (struct str){0}, 0, add_row, &b), 0);
	assert_string_equal(b.data, "a* a b-* b b dir/a* e* e");
	b.len = 0;
	assert_int_equal(version_list(h.r, h.photos, STR(""), STR("b"), a.born, add_row, &b), 0);
	assert_string_equal(b.data, "b b dir/a* e* e");
	b.len = 0;
	assert_int_equal(version_list(h.r, h.photos, STR("dir/"), STR("b"), 0, add_row, &b), 0);
	assert_string_equal(b.data, "dir/a*");
	buf_clear(&b);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(whatever_follows_whatever_the_versions_are_those_that_s3_has),
		T(ids_come_back_and_made_up_ones_do_not),
		T(lists_begin_where_they_are_told_and_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
