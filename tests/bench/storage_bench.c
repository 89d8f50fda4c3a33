/* storage_bench - what one durable PUT costs in storage/, beside SQLite's bare group commit.
 *
 *     storage_bench bare DIR GROUP SECONDS           3 rows and 2 index entries per PUT, GROUP of them a COMMIT
 *     storage_bench put DIR CLIENTS BYTES SECONDS    object_put through the writer, CLIENTS at a time
 *     storage_bench rule DIR CLIENTS BYTES SECONDS   the same under a rule: each PUT also queues a job
 *
 * Both use the settings of storage/db.c and a file system that DIR is on; DIR must not exist. One line of
 * key=value comes out. In `put` one thread plays the event loop: a finished PUT is handed to it and it
 * submits the next.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/object.h"

#define SAMPLES_MAX 2000000
#define CLIENTS_MAX 1024

static int64_t samples[SAMPLES_MAX];	/* microseconds of one commit or one PUT */
static int sample_count;

static void sample(int64_t us)
{
	if (sample_count < SAMPLES_MAX)
		samples[sample_count++] = us;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

static void report(const char *what, int64_t puts, int64_t groups, int64_t us, int64_t cpu)
{
	qsort(samples, (size_t)sample_count, sizeof *samples, by_size);
	printf("%s puts_s=%lld mean_group=%.1f p50_us=%lld p99_us=%lld max_us=%lld cpu_us=%.1f\n", what,
	       (long long)(puts * 1000000 / us), groups ? (double)puts / (double)groups : 0.0,
	       (long long)samples[sample_count / 2], (long long)samples[sample_count * 99LL / 100],
	       (long long)samples[sample_count - 1], (double)cpu / (double)puts);
}

static int64_t whole(const char *s)
{
	int64_t n;

	CHECK(str_to_int(str_of(s), 0, INT32_MAX, &n) == 0);
	return n;
}

static void key_of(char to[64], int64_t n)
{
	uint64_t x = (uint64_t)n * 0x9e3779b97f4a7c15u;

	snprintf(to, 64, "users/%04x/albums/%04x/img_%08x.jpg", (unsigned)(x >> 52), (unsigned)(x >> 36 & 0xffff),
		 (unsigned)x);
}

/* SQLite alone. */

static sqlite3 *bare_open(const char *dir)
{
	static const char script[] =
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16000; PRAGMA cache_size=-65536;"
		"CREATE TABLE object(bucket INT, key BLOB, size INT, etag TEXT, headers TEXT, extents BLOB, mtime INT,"
		" PRIMARY KEY(bucket, key)) WITHOUT ROWID;"
		"CREATE TABLE event(seq INTEGER PRIMARY KEY, at INT, body BLOB);"
		"CREATE TABLE job(id INTEGER PRIMARY KEY, state INT, due INT, key BLOB);"
		"CREATE INDEX job_due ON job(due) WHERE state = 0; CREATE INDEX job_key ON job(key);";
	char path[4096];
	sqlite3 *h;

	CHECK(mkdir(dir, 0700) == 0);
	snprintf(path, sizeof path, "%s/bare.db", dir);
	CHECK(sqlite3_open(path, &h) == SQLITE_OK);
	CHECK(sqlite3_exec(h, script, NULL, NULL, NULL) == SQLITE_OK);
	return h;
}

static sqlite3_stmt *prepared(sqlite3 *h, const char *sql)
{
	sqlite3_stmt *s;

	CHECK(sqlite3_prepare_v3(h, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK);
	return s;
}

static void go(sqlite3_stmt *s)
{
	CHECK(sqlite3_step(s) == SQLITE_DONE);
	sqlite3_reset(s);
}

static void bare_put(sqlite3_stmt *const rows[3], int64_t n)
{
	static const char filler[300] = "x";
	char key[64];

	key_of(key, n);
	sqlite3_bind_blob(rows[0], 1, key, (int)strlen(key), SQLITE_STATIC);
	sqlite3_bind_int64(rows[0], 2, n);
	sqlite3_bind_text(rows[0], 3, "d41d8cd98f00b204e9800998ecf8427e", 32, SQLITE_STATIC);
	sqlite3_bind_text(rows[0], 4, filler, 100, SQLITE_STATIC);
	sqlite3_bind_blob(rows[0], 5, filler, 10, SQLITE_STATIC);
	sqlite3_bind_int64(rows[1], 1, n);
	sqlite3_bind_blob(rows[1], 2, filler, sizeof filler, SQLITE_STATIC);
	sqlite3_bind_int64(rows[2], 1, n);
	sqlite3_bind_blob(rows[2], 2, key, (int)strlen(key), SQLITE_STATIC);
	for (int i = 0; i < 3; i++)
		go(rows[i]);
}

static void bare(char **arg)
{
	int64_t group = whole(arg[1]), until, started, cpu, puts = 0, groups = 0;
	sqlite3 *h = bare_open(arg[0]);
	sqlite3_stmt *begin = prepared(h, "BEGIN IMMEDIATE"), *commit = prepared(h, "COMMIT");
	sqlite3_stmt *const rows[3] = {
		prepared(h, "INSERT INTO object VALUES(1, ?1, ?2, ?3, ?4, ?5, ?2)"),
		prepared(h, "INSERT INTO event VALUES(?1, ?1, ?2)"),
		prepared(h, "INSERT INTO job VALUES(?1, 0, ?1, ?2)"),
	};

	cpu = cpu_us();
	started = clock_mono_us();
	until = started + whole(arg[2]) * 1000000;
	for (int64_t at = started, now; at < until; at = now, groups++) {
		go(begin);
		for (int64_t i = 0; i < group; i++)
			bare_put(rows, ++puts);
		go(commit);
		now = clock_mono_us();
		sample(now - at);
	}
	report("bare", puts, groups, clock_mono_us() - started, cpu_us() - cpu);
}

/* The store. */

struct client {
	struct object_put put;
	struct needle needle;
	char key[64], etag[33];
	int64_t since_us;
	struct client *next;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct client *head;
} finished = { .lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER };

static void on_put(struct change *c)
{
	struct client *k = container_of(c, struct client, put.change);

	CHECK(c->rc == 0);
	pthread_mutex_lock(&finished.lock);
	k->next = finished.head;
	finished.head = k;
	pthread_cond_signal(&finished.some);
	pthread_mutex_unlock(&finished.lock);
}

static struct client *take_finished(void)
{
	struct client *k;

	pthread_mutex_lock(&finished.lock);
	while (!finished.head)
		pthread_cond_wait(&finished.some, &finished.lock);
	k = finished.head;
	finished.head = NULL;
	pthread_mutex_unlock(&finished.lock);
	return k;
}

static void submit(struct store *s, struct client *k, int64_t n, struct str bytes)
{
	k->since_us = clock_mono_us();
	key_of(k->key, n);
	snprintf(k->etag, sizeof k->etag, "%032llx", (unsigned long long)n);
	object_put_init(&k->put);
	k->needle = (struct needle){ .key = str_of(k->key), .data = bytes };
	k->put.store = s;
	k->put.bucket = STR("photos");
	k->put.kind = EVENT_CREATED_PUT;
	k->put.actor = (struct actor){ STR("AKIAIOSFODNN7EXAMPLE"), STR("127.0.0.1"), STR("0123456789ABCDEF"), STR("host"), STR(""), STR("") };
	k->put.o = (struct object){ .key = str_of(k->key), .size = (int64_t)bytes.n, .etag = str_of(k->etag),
				    .headers = STR("{\"content-type\":\"image/jpeg\",\"x-amz-meta-album\":\"summer\"}") };
	k->put.change.needles = &k->needle;
	k->put.change.needle_count = 1;
	k->put.change.done = on_put;
	store_submit(s, &k->put.change);
}

static int set_up(struct change *c, struct db *db)
{
	struct rule r = { .id = STR("made"), .native = true, .events = STR("s3:ObjectCreated:*"),
			  .arn = STR("arn:aws:lambda:us-east-1:000000000000:function:thumbnail") };
	int64_t bucket;
	int rc;

	if ((rc = bucket_create(db, STR("photos"), &bucket)) < 0)
		return rc;
	if (!c->always)
		return 0;
	r.set = event_set(r.events);
	if ((rc = function_put(db, STR("thumbnail"), STR("{}"), &r.function)) < 0)
		return rc;
	return rules_replace(db, bucket, &r, 1);
}

static void put(char **arg, bool under_a_rule)
{
	static struct client clients[CLIENTS_MAX];
	struct store_spec spec = { .dir = arg[0], .region = "us-east-1", .account = "000000000000" };
	struct change make = { .apply = set_up, .always = under_a_rule };
	int64_t count = whole(arg[1]), size = whole(arg[2]), started, cpu, until, n = 0, puts = 0;
	char *bytes = malloc((size_t)size + 1);
	struct writer_stats before, after;
	struct store *s;

	CHECK(bytes && count > 0 && count <= CLIENTS_MAX && size > 0 && size <= BLOB_NEEDLE_MAX);
	random_bytes(bytes, (size_t)size);
	CHECK(store_open(&s, &spec) == 0 && store_run(s, &make) == 0);
	writer_get_stats(store_writer(s), &before);
	cpu = cpu_us();
	started = clock_mono_us();
	until = started + whole(arg[3]) * 1000000;
	for (int64_t i = 0; i < count; i++)
		submit(s, &clients[i], ++n, str_n(bytes, (size_t)size));
	while (puts < n) {
		for (struct client *k = take_finished(), *next; k; k = next) {
			next = k->next;
			sample(clock_mono_us() - k->since_us);
			puts++;
			if (clock_mono_us() < until)
				submit(s, k, ++n, str_n(bytes, (size_t)size));
		}
	}
	writer_get_stats(store_writer(s), &after);
	report(under_a_rule ? "rule" : "put", puts, after.groups - before.groups, clock_mono_us() - started, cpu_us() - cpu);
	store_close(s);
	free(bytes);
}

int main(int argc, char **argv)
{
	log_set_level(LOG_WARN);
	if (argc == 5 && strcmp(argv[1], "bare") == 0)
		bare(argv + 2);
	else if (argc == 6 && strcmp(argv[1], "put") == 0)
		put(argv + 2, false);
	else if (argc == 6 && strcmp(argv[1], "rule") == 0)
		put(argv + 2, true);
	else
		return fprintf(stderr, "usage: storage_bench bare DIR GROUP SECONDS | put|rule DIR CLIENTS BYTES SECONDS\n"), 2;
	return 0;
}
