/* house.h - a store with a pipeline in it, for tests: bucket "photos" under rules for created and removed
 * objects, bucket "thumbs", function "thumbnail", table "rows".
 *
 * Everything is set up by changes, as the daemon does. Functions that tests in a child process use too return codes
 * and assert nothing.
 */
#ifndef TESTS_UNIT_STORAGE_HOUSE_H
#define TESTS_UNIT_STORAGE_HOUSE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/audit.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/journal.h"
#include "storage/photo.h"
#include "storage/table.h"
#include "storage/upload.h"
#include "tests/lib/t.h"

#define TABLE_OF_PHOTOS "{\"AttributeDefinitions\":[{\"AttributeName\":\"key\",\"AttributeType\":\"S\"}]," \
	"\"KeySchema\":[{\"AttributeName\":\"key\",\"KeyType\":\"HASH\"}]}"

struct house {
	struct store *s;
	struct db *r;			/* a reader */
	int64_t photos, thumbs, function;
};

/* Any call that wants to be inside a change. */
struct doing {
	struct change change;
	int (*call)(struct db *db, void *arg);
	void *arg;
};

static inline int apply_doing(struct change *c, struct db *db)
{
	struct doing *d = container_of(c, struct doing, change);

	return d->call(db, d->arg);
}

static inline int house_do(struct house *h, int (*call)(struct db *db, void *arg), void *arg)
{
	struct doing d = { .change = { .apply = apply_doing, .always = true }, .call = call, .arg = arg };

	return store_run(h->s, &d.change);
}

static inline int house_open(struct house *h, const char *path)
{
	struct store_spec spec = { .dir = path, .region = "us-east-1", .account = "000000000000", .segment_size = 1 << 20 };
	int rc;

	*h = (struct house){0};
	if ((rc = store_open(&h->s, &spec)) < 0)
		return rc;
	if ((rc = store_reader(h->s, &h->r)) < 0)
		return rc;
	bucket_find(h->r, STR("photos"), &h->photos, NULL);
	bucket_find(h->r, STR("thumbs"), &h->thumbs, NULL);
	h->function = 1;
	return 0;
}

static inline void house_close(struct house *h)
{
	db_close(h->r);
	store_close(h->s);
	*h = (struct house){0};
}

static inline int set_rules(struct db *db, void *arg)
{
	struct house *h = arg;
	struct rule rules[] = {
		{ .id = STR("made"), .arn = STR("arn:aws:lambda:us-east-1:000000000000:function:thumbnail"), .native = true,
		  .function = h->function, .events = STR("s3:ObjectCreated:*"), .set = event_set(STR("s3:ObjectCreated:*")) },
		{ .id = STR("gone"), .arn = STR("arn:aws:lambda:us-east-1:000000000000:function:thumbnail"), .native = true,
		  .function = h->function, .events = STR("s3:ObjectRemoved:*"), .set = event_set(STR("s3:ObjectRemoved:*")) },
	};

	return rules_replace(db, h->photos, rules, 2);
}

static inline int no_rules(struct db *db, void *arg)
{
	return rules_replace(db, ((struct house *)arg)->photos, NULL, 0);
}

static inline int set_up(struct db *db, void *arg)
{
	struct house *h = arg;
	struct arena a = {0};
	struct table t;
	int rc;

	rc = bucket_create(db, STR("photos"), &h->photos);
	if (rc == 0)
		rc = bucket_create(db, STR("thumbs"), &h->thumbs);
	if (rc == 0)
		rc = function_put(db, STR("thumbnail"), STR("{}"), &h->function);
	if (rc == 0)
		rc = table_create(db, STR("rows"), STR(TABLE_OF_PHOTOS), &a, &t);
	arena_clear(&a);
	return rc < 0 ? rc : set_rules(db, h);
}

/* A store that was never there before, with the pipeline. */
static inline void house_new(struct house *h, const char *path)
{
	assert_int_equal(house_open(h, path), 0);
	assert_int_equal(house_do(h, set_up, h), 0);
}

/* Objects. */

static inline struct str md5_hex(struct arena *a, struct str bytes)
{
	uint8_t md5[DIGEST_SIZE_MAX];
	char *hex = arena_take(a, 33);

	digest_of(DIGEST_MD5, bytes, md5);
	hex_encode(hex, md5, 16);
	return str_of(hex);
}

/* A put of small bytes, ready to be changed and run. */
struct putting {
	struct object_put put;
	struct needle needle;
	struct arena arena;
};

static inline void put_init(struct putting *p, struct house *h, const char *bucket, const char *key, struct str bytes)
{
	*p = (struct putting){0};
	object_put_init(&p->put);
	p->needle.key = str_of(arena_printf(&p->arena, "%s/%s", bucket, key));
	p->needle.data = bytes;
	p->put.change.needles = &p->needle;
	p->put.change.needle_count = 1;
	p->put.store = h->s;
	p->put.bucket = str_of(bucket);
	p->put.o.key = str_of(key);
	p->put.o.size = (int64_t)bytes.n;
	p->put.o.etag = md5_hex(&p->arena, bytes);
	p->put.o.headers = STR("{\"content-type\":\"image/jpeg\"}");
	p->put.actor = (struct actor){ STR("AWS:AIDATEST"), STR("127.0.0.9"), STR("REQ1"), STR("HOST1"), STR(""), STR("S3 PutObject") };
}

static inline int put_run(struct putting *p, struct house *h)
{
	int rc = store_run(h->s, &p->put.change);

	arena_clear(&p->arena);
	return rc;
}

/* The new version, or negative. */
static inline int64_t house_put(struct house *h, const char *bucket, const char *key, const char *text)
{
	struct putting p;
	int rc;

	put_init(&p, h, bucket, key, str_of(text));
	rc = put_run(&p, h);
	return rc < 0 ? rc : p.put.o.seq;
}

static inline int house_delete(struct house *h, const char *bucket, const char *key)
{
	struct object_key k = { .key = str_of(key) };
	struct object_delete d;
	int result = 0, rc;

	object_delete_init(&d);
	d.store = h->s;
	d.bucket = str_of(bucket);
	d.keys = &k;
	d.results = &result;
	d.count = 1;
	rc = store_run(h->s, &d.change);
	return rc < 0 ? rc : result;
}

static inline int64_t house_version(struct house *h, int64_t bucket, const char *key)
{
	return object_seq(h->r, bucket, str_of(key));
}

/* Jobs. */

struct claiming {
	struct house *h;
	struct arena *arena;
	struct job_row *rows;
	int max, count;
};

static inline int claim(struct db *db, void *arg)
{
	struct claiming *c = arg;

	c->count = queue_claim(db, c->h->function, clock_wall_ms(), 60000, c->max, c->arena, &c->rows);
	return c->count < 0 ? c->count : 0;
}

/* Up to `max` jobs in *rows; count. */
static inline int house_claim(struct house *h, int max, struct arena *a, struct job_row **rows)
{
	struct claiming c = { .h = h, .arena = a, .max = max };
	int rc = house_do(h, claim, &c);

	*rows = c.rows;
	return rc < 0 ? rc : c.count;
}

/* The result of a job: `count` thumbnails of the key and a row. */
struct keeping_test {
	struct photo_keep keep;
	struct needle needles[RENDITIONS_MAX];
	struct log_line lines[2];
	struct arena arena;
};

static inline void keep_init(struct keeping_test *t, struct house *h, const struct job_row *job, int count)
{
	static const char *const names[] = { "small.webp", "medium.webp", "large.jpg" };

	*t = (struct keeping_test){0};
	photo_keep_init(&t->keep);
	t->keep.store = h->s;
	t->keep.job = job;
	t->keep.to_bucket = STR("thumbs");
	t->keep.to_table = STR("rows");
	t->keep.count = count;
	t->keep.item = str_of(arena_printf(&t->arena, "{\"key\":{\"S\":\"%.*s\"},\"status\":{\"S\":\"done\"}}", STR_ARG(job->key)));
	t->keep.detail = STR("as the test says");
	t->keep.log_group = STR(LOG_GROUP_OF_FUNCTION "thumbnail");
	t->keep.stream = STR("stream");
	t->lines[0] = (struct log_line){ .text = STR("START"), .at_ms = 5 };
	t->lines[1] = (struct log_line){ .text = STR("REPORT"), .at_ms = 9 };
	t->keep.log = t->lines;
	t->keep.log_count = 2;
	t->keep.change.needles = t->needles;
	t->keep.change.needle_count = count;
	for (int i = 0; i < count; i++) {
		struct object *o = &t->keep.renditions[i];

		o->key = str_of(arena_printf(&t->arena, "%.*s/%s", STR_ARG(job->key), names[i]));
		t->needles[i].data = str_of(arena_printf(&t->arena, "%s of version %lld", names[i], (long long)job->seq));
		t->needles[i].key = str_of(arena_printf(&t->arena, "thumbs/%.*s", STR_ARG(o->key)));
		o->size = (int64_t)t->needles[i].data.n;
		o->etag = md5_hex(&t->arena, t->needles[i].data);
	}
}

static inline int keep_run(struct keeping_test *t, struct house *h)
{
	int rc = store_run(h->s, &t->keep.change);

	arena_clear(&t->arena);
	return rc;
}

/* Claims one job and keeps `count` thumbnails for it. 1 when superseded. */
static inline int house_work(struct house *h, int count)
{
	struct arena a = {0};
	struct keeping_test t;
	struct job_row *rows;
	int rc;

	if ((rc = house_claim(h, 1, &a, &rows)) == 1) {
		keep_init(&t, h, &rows[0], event_is_removal(rows[0].kind) ? 0 : count);
		rc = keep_run(&t, h);
		rc = rc < 0 ? rc : t.keep.superseded;
	} else if (rc == 0) {
		rc = E_NOT_FOUND;
	}
	arena_clear(&a);
	return rc;
}

/* The row's text; absent when there is none. */
static inline struct str house_row(struct house *h, const char *key, struct arena *a)
{
	struct str item = {0};
	struct json_value *name;
	struct table t;

	if (table_open(h->r, STR("rows"), a, &t) < 0)
		return item;
	if (json_parse(a, str_of(arena_printf(a, "{\"key\":{\"S\":\"%s\"}}", key)), &name) < 0)
		return item;
	return item_get(h->r, &t, name, a, &item) < 0 ? (struct str){0} : item;
}

/* The journal of a key as one text: "uploaded, queued, done". */
static inline int add_what(void *owner, const struct journal_line *l)
{
	struct buf *b = owner;

	buf_printf(b, "%s%s", b->len ? ", " : "", journal_text(l->what));
	return 0;
}

static inline bool house_journal_is(struct house *h, int64_t bucket, const char *key, const char *want)
{
	struct buf b = {0};
	bool same;

	journal_of_object(h->r, bucket, str_of(key), add_what, &b);
	same = str_is(str_n(b.data ? b.data : "", b.len), want);
	buf_clear(&b);
	return same;
}

static inline struct queue_counts house_counts(struct house *h)
{
	struct queue_counts c;

	queue_count(h->r, &c);
	return c;
}

/* Extents whose space is to be given back. */
static inline int house_trash(struct house *h)
{
	struct query q = db_query(h->r, SQL_TRASH_HEAD);
	struct arena a = {0};
	struct extent *e;
	int n, sum = 0;

	query_int(&q, 1, 1000);
	while (query_step(&q) == QUERY_ROW)
		if (extents_unpack(&a, col_str(&q, 2), &e, &n) == 0)
			sum += n;
	arena_clear(&a);
	return query_end(&q) < 0 ? -1 : sum;
}

/* Audit. */

static inline void print_finding(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)owner;
	print_error("%s %.*s/%.*s: %s\n", code, STR_ARG(bucket), STR_ARG(key), text);
}

/* Findings, which are printed; or negative. */
static inline int64_t house_audit(struct house *h, struct audit_totals *t)
{
	struct audit_totals unused;
	int rc = audit_run(h->s, print_finding, NULL, NULL, t ? t : (t = &unused));

	return rc < 0 ? rc : t->findings;
}

/* Trials: a child opens the house, arms a fault, does one thing, and may die of it. What it was told before that
 * stands in shared memory; what is left stands on the disk. */
struct told {
	bool returned;
	int rc;
	long calls;			/* the thing made so many calls that can fail */
};

struct trial {
	const char *path;
	struct sys_fault fault;
	int (*thing)(struct house *h, void *arg);
	void *arg;
	void (*furnish)(struct house *h);	/* a new house; may be NULL */
	struct told *told;		/* shared with the child */
};

static inline int trial_body(void *arg)
{
	struct trial *t = arg;
	struct house h;
	int rc;

	if (house_open(&h, t->path) < 0)
		return 1;
	sys_set_fault(t->fault);
	rc = t->thing(&h, t->arg);
	*t->told = (struct told){ .returned = true, .rc = rc, .calls = sys_calls() };
	return 0;
}

static inline struct told trial_run(struct trial *t)
{
	*t->told = (struct told){0};
	assert_int_not_equal(t_child((struct sys_fault){0}, trial_body, t), T_FAILED);
	return *t->told;
}

/* A new house now and then: opening one takes longer the more its log has grown. */
#define TRIALS_PER_HOUSE 16

static inline void trial_rebuild(struct trial *t)
{
	int dir = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct house h;

	assert_true(dir >= 0);
	t_wipe(dir);
	close(dir);
	house_new(&h, t->path);
	if (t->furnish)
		t->furnish(&h);
	house_close(&h);
}

/* Runs `body` (which makes and checks one trial with that fault) for each call that can fail, each way. */
static inline void each_trial(struct trial *t, void (*body)(struct trial *t, int number))
{
	static const struct sys_fault ways[] = {
		{ .fail_with = EIO }, { .fail_with = ENOSPC, .forever = true }, { .crash_at = 1 },
	};
	int number = 0;

	t->told = mmap(NULL, sizeof *t->told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(t->told != MAP_FAILED);
	for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		long n = 0;

		do {
			t->fault = ways[way];
			*(t->fault.crash_at ? &t->fault.crash_at : &t->fault.fail_at) = ++n;
			if (number % TRIALS_PER_HOUSE == 0)
				trial_rebuild(t);
			body(t, ++number);
		} while (!t->told->returned || t->told->calls >= n);
		assert_true(n > 2);
	}
	munmap(t->told, sizeof *t->told);
}

#endif
