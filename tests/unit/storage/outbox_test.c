#include "storage/journal.h"
#include "storage/outbox.h"
#include "tests/unit/storage/house.h"

struct doing_line {
	struct outbox_line l;
	int64_t id, when, max;
	int rc;
};

static int put(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	int rc = outbox_put(db, &d->l, d->max ? d->max : 1000000);

	d->id = d->l.id;
	return rc;
}

static int retry(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	return outbox_retry(db, &d->l, d->when, STR("Refused"), STR("no answer"));
}

static int bury(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	return outbox_bury(db, &d->l, d->when, STR("Refused"), STR("no answer"));
}

static int revive(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	struct arena a = {0};
	struct outbox_line line;
	int rc = outbox_revive(db, d->id, d->when, d->max ? d->max : 1000000, &a, &line);

	arena_clear(&a);
	return rc;
}

static int done(struct db *db, void *arg)
{
	return outbox_done(db, &((struct doing_line *)arg)->l, STR("answered with status 204"));
}

static int sweep(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	d->rc = outbox_sweep(db, d->when, 100);
	return d->rc < 0 ? d->rc : 0;
}

static struct doing_line line(struct house *h, int64_t bucket, const char *key)
{
	struct doing_line d = { .l = { .bucket = bucket, .key = str_of(key), .seq = 7, .what = OUTBOX_READY, .payload = STR("{}") } };

	assert_int_equal(house_do(h, put, &d), 0);
	assert_true(d.id > 0);
	d.l.id = d.id;
	return d;
}

static int due(struct house *h, int64_t now, int64_t *next, struct outbox_line *first)
{
	struct arena a = {0};
	struct outbox_line *lines;
	int n = outbox_due(h->r, h->photos, now, 10, &a, &lines);

	*first = n > 0 ? lines[0] : (struct outbox_line){0};
	first->payload = first->key = first->code = first->message = (struct str){0};
	arena_clear(&a);
	assert_int_equal(outbox_next_due(h->r, now, next), 0);
	return n;
}

static int note(void *owner, const struct outbox_line *l)
{
	*(int64_t *)owner = l->id;
	return 0;
}

static void a_line_is_due_until_it_is_told(void **state)
{
	struct house h;
	struct doing_line a, b;
	struct outbox_line first;
	int64_t now, next;

	house_new(&h, test_path(state));
	a = line(&h, h.photos, "a");
	b = line(&h, h.photos, "b");
	assert_true(b.id > a.id);
	now = clock_wall_ms() + 1000;
	assert_int_equal(due(&h, now, &next, &first), 2);
	assert_int_equal(first.id, a.id);
	assert_true(next == INT64_MAX);
	a.when = now + 5000;
	assert_int_equal(house_do(&h, retry, &a), 0);
	assert_int_equal(house_do(&h, done, &b), 0);
	assert_int_equal(due(&h, now, &next, &first), 0);
	assert_true(next == a.when);
	assert_int_equal(due(&h, a.when, &next, &first), 1);
	assert_int_equal(first.attempts, 1);
	assert_int_equal(outbox_next_bucket(h.r, 0, &next), 0);
	assert_int_equal(next, h.photos);
	assert_int_equal(outbox_next_bucket(h.r, next, &next), 0);
	assert_int_equal(next, 0);
	house_close(&h);
}

static void a_dead_line_waits_to_be_asked_for_again(void **state)
{
	struct house h;
	struct doing_line a;
	struct outbox_line first;
	struct outbox_counts counts;
	int64_t next, seen = 0;

	house_new(&h, test_path(state));
	a = line(&h, h.photos, "a");
	a.when = clock_wall_ms();
	assert_int_equal(house_do(&h, bury, &a), 0);
	assert_int_equal(house_do(&h, bury, &a), 0);	/* of a dead one: nothing */
	assert_int_equal(due(&h, a.when + 1000, &next, &first), 0);
	assert_int_equal(outbox_dead(h.r, 0, 0, 10, note, &seen), 0);
	assert_int_equal(seen, a.id);
	seen = 0;
	assert_int_equal(outbox_dead(h.r, h.thumbs, 0, 10, note, &seen), 0);
	assert_int_equal(seen, 0);
	assert_int_equal(outbox_count(h.r, &counts), 0);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.dead, 1);
	assert_int_equal(house_do(&h, revive, &a), 0);
	assert_int_equal(house_do(&h, revive, &a), E_NOT_FOUND);
	assert_int_equal(due(&h, a.when, &next, &first), 1);
	assert_int_equal(first.attempts, 0);
	house_close(&h);
}

static void what_is_old_or_of_no_bucket_is_swept(void **state)
{
	struct house h;
	struct doing_line dead, waiting, orphan, also;
	struct outbox_counts counts;

	house_new(&h, test_path(state));
	dead = line(&h, h.photos, "a");
	waiting = line(&h, h.photos, "b");
	orphan = line(&h, 999999, "c");
	also = line(&h, 999999, "d");
	also.when = clock_wall_ms();
	assert_int_equal(house_do(&h, bury, &also), 0);
	(void)orphan;
	dead.when = clock_wall_ms();
	assert_int_equal(house_do(&h, bury, &dead), 0);
	waiting.when = dead.when;	/* not before: the dead one stays */
	assert_int_equal(house_do(&h, sweep, &waiting), 0);
	assert_int_equal(waiting.rc, 2);
	waiting.when = dead.when + 1;
	assert_int_equal(house_do(&h, sweep, &waiting), 0);
	assert_int_equal(waiting.rc, 1);
	assert_int_equal(outbox_count(h.r, &counts), 0);
	assert_int_equal(counts.waiting, 1);
	assert_int_equal(counts.dead, 0);
	house_close(&h);
}

static int make_room(struct db *db, void *arg)
{
	struct doing_line *d = arg;

	d->rc = outbox_make_room(db, 2, 100);
	return d->rc < 0 ? d->rc : 0;
}

static void the_oldest_dead_lines_make_room(void **state)
{
	struct house h;
	struct doing_line d[5];
	struct outbox_counts counts;
	int64_t seen = 0;

	house_new(&h, test_path(state));
	for (int i = 0; i < 5; i++) {
		d[i] = line(&h, i == 0 ? h.thumbs : h.photos, "k");
		d[i].when = clock_wall_ms();
		assert_int_equal(house_do(&h, bury, &d[i]), 0);
	}
	assert_int_equal(house_do(&h, make_room, &d[0]), 0);
	assert_int_equal(d[0].rc, 3);
	assert_int_equal(outbox_count(h.r, &counts), 0);
	assert_int_equal(counts.dead, 2);
	assert_int_equal(outbox_dead(h.r, h.photos, 0, 1, note, &seen), 0);
	assert_int_equal(seen, d[3].id);
	house_close(&h);
}

static int note_states(void *owner, const struct outbox_line *l)
{
	char *to = owner;

	to[strlen(to)] = l->state == OUTBOX_DEAD ? 'd' : 'w';
	return 0;
}

static void a_line_over_the_limit_of_its_bucket_is_dead_at_once_and_told_when_there_is_room(void **state)
{
	struct house h;
	struct doing_line a, b, other;
	struct outbox_counts counts;
	char states[4] = "";

	house_new(&h, test_path(state));
	a = line(&h, h.photos, "k");
	b = a;
	b.max = 1;
	assert_int_equal(house_do(&h, put, &b), 0);
	assert_int_equal(b.l.state, OUTBOX_DEAD);
	other = (struct doing_line){ .l = a.l, .max = 1 };
	other.l.bucket = h.thumbs;
	assert_int_equal(house_do(&h, put, &other), 0);
	assert_int_equal(other.l.state, OUTBOX_WAITING);
	assert_int_equal(outbox_of_object(h.r, h.photos, STR("k"), note_states, states), 0);
	assert_string_equal(states, "wd");
	assert_int_equal(outbox_count(h.r, &counts), 0);
	assert_int_equal(counts.waiting, 2);
	assert_int_equal(counts.dead, 1);
	assert_int_equal(counts.most, 1);
	assert_int_equal(house_do(&h, revive, &b), E_FULL);
	assert_int_equal(house_do(&h, done, &a), 0);
	assert_int_equal(house_do(&h, revive, &b), 0);
	assert_int_equal(outbox_count(h.r, &counts), 0);
	assert_int_equal(counts.waiting, 2);
	assert_int_equal(counts.dead, 0);
	house_close(&h);
}

static int note_whats(void *owner, const struct journal_line *l)
{
	struct buf *to = owner;

	buf_printf(to, "%s (%d) %.*s %.*s; ", journal_text(l->what), l->attempt, STR_ARG(l->code), STR_ARG(l->detail));
	return 0;
}

static void every_attempt_is_in_the_journal_of_its_object(void **state)
{
	struct house h;
	struct doing_line a, ping;
	struct buf told = {0};

	house_new(&h, test_path(state));
	a = line(&h, h.photos, "k");
	a.l.id = a.id;
	assert_int_equal(house_do(&h, retry, &a), 0);
	a.l.attempts = 1;
	assert_int_equal(house_do(&h, bury, &a), 0);
	assert_int_equal(house_do(&h, retry, &a), 0);	/* of a dead one: nothing */
	assert_int_equal(house_do(&h, revive, &a), 0);
	a.l.attempts = 0;
	assert_int_equal(house_do(&h, done, &a), 0);
	ping = line(&h, h.photos, "");
	assert_int_equal(house_do(&h, done, &ping), 0);
	assert_int_equal(journal_of_object(h.r, h.photos, STR("k"), note_whats, &told), 0);
	assert_int_equal(journal_of_object(h.r, h.photos, STR(""), note_whats, &told), 0);
	assert_string_equal(told.data, "webhook failed (1) Refused ready, delivery 1: no answer; webhook dead letter (2) Refused ready, delivery 1: no answer; "
			    "webhook asked for again (0)  ready, delivery 1; webhook told (1)  ready, delivery 1: answered with status 204; ");
	buf_clear(&told);
	house_close(&h);
}

static void a_payload_has_a_limit(void **state)
{
	struct house h;
	struct doing_line d = { .l = { .bucket = 1, .key = STR("k"), .what = OUTBOX_FAILED } };
	char *big = malloc(OUTBOX_PAYLOAD_MAX + 1);

	house_new(&h, test_path(state));
	memset(big, 'x', OUTBOX_PAYLOAD_MAX + 1);
	d.l.payload = str_n(big, OUTBOX_PAYLOAD_MAX + 1);
	assert_int_equal(house_do(&h, put, &d), E_TOO_LARGE);
	d.l.payload = str_n(big, OUTBOX_PAYLOAD_MAX);
	assert_int_equal(house_do(&h, put, &d), 0);
	free(big);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_is_due_until_it_is_told),
		T(a_dead_line_waits_to_be_asked_for_again),
		T(what_is_old_or_of_no_bucket_is_swept),
		T(the_oldest_dead_lines_make_room),
		T(a_line_over_the_limit_of_its_bucket_is_dead_at_once_and_told_when_there_is_room),
		T(every_attempt_is_in_the_journal_of_its_object),
		T(a_payload_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
