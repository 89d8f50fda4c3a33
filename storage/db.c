#include "storage/db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "storage/schema.h"
#include "storage/vfs.h"
#include "storage/writer.h"

#define BUSY_TIMEOUT_MS 5000
#define RESTART_TIMEOUT_MS 50		/* how long a checkpoint waits for readers to leave the WAL */
#define SEQ_BLOCK 1000			/* numbers reserved by one write of the meta row */
#define LIBRARY_OLDEST 3035000		/* RETURNING */

struct slot {
	sqlite3_stmt *stmt;		/* owned; NULL until first used */
	bool open;
	int rc;				/* first error of the open query */
};

struct db {
	sqlite3 *h;			/* owned */
	enum db_role role;
	struct slot slots[SQL_COUNT];
	int wal_frames;			/* in the file since its last reset */
	int wal_done;			/* of these, checkpointed */
	int64_t seq_next, seq_end;	/* numbers reserved and not yet used */
	bool seq_tentative;		/* the reservation is in the open transaction */
};

static const char *const sql_text[SQL_COUNT] = {
#define X(name, text) [name] = text,
	SQL_ALL(X)
#undef X
};

static const char *const schemas[SCHEMA_VERSION] = {
	SCHEMA_1 "PRAGMA user_version=1;",
	SCHEMA_2 "PRAGMA user_version=2;",
	SCHEMA_3 "PRAGMA user_version=3;",
	SCHEMA_4 "PRAGMA user_version=4;",
	SCHEMA_5 "PRAGMA user_version=5;",
};

/* Caches are small and nothing is mapped, so that memory does not grow with the database: the kernel's
 * page cache is behind both. 64 MB here bought nothing measurable at 70,000 objects, and a mapped database
 * counts as the daemon's memory, page by page and once for each reader. */
static const char writer_pragmas[] =
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4096;"
	"PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=-1;";
static const char reader_pragmas[] =
	"PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-1024; PRAGMA mmap_size=0;"
	"PRAGMA temp_store=MEMORY;";

static atomic_flag writer_exists = ATOMIC_FLAG_INIT;

/* What went wrong, in our numbers. Errors that only a bug can cause abort. */
static int fail(struct db *db, const char *what)
{
	int code = sqlite3_extended_errcode(db->h);
	int sys = db->role == DB_WRITER ? vfs_errno() : sqlite3_system_errno(db->h);

	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    code == SQLITE_CONSTRAINT_ROWID)
			return E_EXISTS;
		break;
	case SQLITE_FULL:
		return E_FULL;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return sys == ENOSPC ? E_FULL : sys > 0 ? -sys : -EIO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		log_error(E_CORRUPT, "database: %s: %s", what, sqlite3_errmsg(db->h));
		return E_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return E_BUSY;
	case SQLITE_TOOBIG:
		return E_TOO_LARGE;
	default:
		break;
	}
	log_error(E_BAD_INPUT, "database bug %d: %s: %s", code, what, sqlite3_errmsg(db->h));
	UNREACHABLE();
}

static int run(struct db *db, const char *script)
{
	return sqlite3_exec(db->h, script, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, script);
}

static int on_commit(void *owner, sqlite3 *h, const char *name, int frames)
{
	struct db *db = owner;

	(void)h;
	(void)name;
	if (frames < db->wal_frames)
		db->wal_done = 0;	/* this commit started the file again */
	db->wal_frames = frames;
	return SQLITE_OK;
}

static int user_version(struct db *db, int64_t *version)
{
	struct query q = db_query(db, SQL_USER_VERSION);

	*version = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : -1;
	return query_end(&q);
}

static int migrate(struct db *db)
{
	int64_t at;
	int rc;

	if ((rc = user_version(db, &at)) < 0)
		return rc;
	if (at > SCHEMA_VERSION) {
		log_error(E_BAD_INPUT, "the database has layout %lld, this minilab knows %d", (long long)at, SCHEMA_VERSION);
		return E_BAD_INPUT;
	}
	for (; at < SCHEMA_VERSION; at++) {
		if ((rc = db_begin(db)) < 0)
			return rc;
		if ((rc = run(db, schemas[at])) < 0 || (rc = db_commit(db)) < 0) {
			db_rollback(db);
			return rc;
		}
	}
	return 0;
}

static int set_up_writer(struct db *db)
{
	int keep = 1, rc;

	sqlite3_file_control(db->h, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	if ((rc = run(db, writer_pragmas)) < 0 || (rc = migrate(db)) < 0)
		return rc;
	sqlite3_wal_hook(db->h, on_commit, db);
	return 0;
}

/* The bug of sqlite.org/wal.html section 11 needs two connections that write and
 * checkpoint. There is one: readers are read-only, so they can do neither. */
static void check_library(void)
{
	CHECK(sqlite3_libversion_number() >= LIBRARY_OLDEST);
	CHECK(sqlite3_threadsafe() != 0);
}

int db_open(struct db **out, const char *path, enum db_role role)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, rc;
	struct db *db;

	*out = NULL;
	check_library();
	if (role == DB_WRITER && atomic_flag_test_and_set(&writer_exists))
		return E_BUSY;
	db = calloc(1, sizeof *db);
	CHECK(db != NULL);
	db->role = role;
	flags |= role == DB_WRITER ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	rc = sqlite3_open_v2(path, &db->h, flags, role == DB_WRITER ? vfs_register() : NULL);
	CHECK(db->h != NULL);
	if (rc != SQLITE_OK) {
		rc = fail(db, path);
		goto out;
	}
	sqlite3_busy_timeout(db->h, BUSY_TIMEOUT_MS);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	rc = role == DB_WRITER ? set_up_writer(db) : run(db, reader_pragmas);
out:
	if (rc < 0) {
		db_close(db);
		return rc;
	}
	*out = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < SQL_COUNT; i++) {
		CHECK(!db->slots[i].open);
		sqlite3_finalize(db->slots[i].stmt);
	}
	CHECK(sqlite3_close(db->h) == SQLITE_OK);
	if (db->role == DB_WRITER)
		atomic_flag_clear(&writer_exists);
	free(db);
}

/* Queries. */

struct query db_query(struct db *db, enum sql id)
{
	struct slot *s = &db->slots[id];

	CHECK(!s->open);
	s->open = true;
	s->rc = 0;
	if (!s->stmt &&
	    sqlite3_prepare_v3(db->h, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) != SQLITE_OK)
		s->rc = fail(db, sql_text[id]);
	return (struct query){ .db = db, .id = id, .stmt = s->stmt };
}

static void note(struct query *q, int code)
{
	struct slot *s = &q->db->slots[q->id];

	if (code != SQLITE_OK && q->stmt && s->rc == 0)
		s->rc = fail(q->db, sql_text[q->id]);
}

void query_int(struct query *q, int at, int64_t v)
{
	note(q, q->stmt ? sqlite3_bind_int64(q->stmt, at, v) : SQLITE_OK);
}

void query_text(struct query *q, int at, struct str s)
{
	note(q, q->stmt ? sqlite3_bind_text64(q->stmt, at, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8) : SQLITE_OK);
}

void query_bytes(struct query *q, int at, struct str s)
{
	note(q, q->stmt ? sqlite3_bind_blob64(q->stmt, at, s.p, s.n, SQLITE_STATIC) : SQLITE_OK);
}

void query_null(struct query *q, int at)
{
	note(q, q->stmt ? sqlite3_bind_null(q->stmt, at) : SQLITE_OK);
}

int query_step(struct query *q)
{
	struct slot *s = &q->db->slots[q->id];
	int code;

	CHECK(s->open);
	if (s->rc < 0)
		return s->rc;
	code = sqlite3_step(q->stmt);
	if (code == SQLITE_ROW)
		return QUERY_ROW;
	if (code == SQLITE_DONE)
		return QUERY_DONE;
	return s->rc = fail(q->db, sql_text[q->id]);
}

int query_end(struct query *q)
{
	struct slot *s = &q->db->slots[q->id];

	CHECK(s->open);
	s->open = false;
	if (s->stmt) {
		sqlite3_reset(s->stmt);		/* repeats the error that step gave */
		sqlite3_clear_bindings(s->stmt);
	}
	q->stmt = NULL;
	return s->rc;
}

int query_run(struct query *q)
{
	while (query_step(q) == QUERY_ROW)
		;
	return query_end(q);
}

int64_t col_int(struct query *q, int at)
{
	return sqlite3_column_int64(q->stmt, at);
}

struct str col_str(struct query *q, int at)
{
	const void *p;

	if (col_null(q, at))
		return (struct str){ 0 };
	p = sqlite3_column_blob(q->stmt, at);	/* NULL for no bytes, which is not absent */
	return str_n(p ? p : "", (size_t)sqlite3_column_bytes(q->stmt, at));
}

bool col_null(struct query *q, int at)
{
	return sqlite3_column_type(q->stmt, at) == SQLITE_NULL;
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->h);
}

int64_t db_last_rowid(struct db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

/* Transactions. */

static int run_alone(struct db *db, enum sql id)
{
	struct query q = db_query(db, id);

	return query_run(&q);
}

/* Reservations made in what is being undone never reached the disk. */
static void forget_reservation(struct db *db)
{
	if (db->seq_tentative)
		db->seq_end = db->seq_next;
}

int db_begin(struct db *db)
{
	CHECK(db->role == DB_WRITER);
	return run_alone(db, SQL_BEGIN);
}

int db_commit(struct db *db)
{
	int rc = run_alone(db, SQL_COMMIT);

	if (rc == 0)
		db->seq_tentative = false;
	return rc;
}

void db_rollback(struct db *db)
{
	forget_reservation(db);
	db->seq_tentative = false;
	if (db_in_transaction(db))
		run_alone(db, SQL_ROLLBACK);
}

int db_snapshot_begin(struct db *db)
{
	CHECK(db->role == DB_READER);
	return run_alone(db, SQL_SNAPSHOT);
}

void db_snapshot_end(struct db *db)
{
	if (db_in_transaction(db))
		run_alone(db, SQL_ROLLBACK);
}

int db_mark(struct db *db)
{
	return run_alone(db, SQL_MARK);
}

void db_release(struct db *db)
{
	if (db_in_transaction(db))
		run_alone(db, SQL_RELEASE);
}

void db_undo(struct db *db)
{
	forget_reservation(db);
	if (!db_in_transaction(db))
		return;
	run_alone(db, SQL_UNDO);
	run_alone(db, SQL_RELEASE);
}

bool db_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->h);
}

int db_wal_frames(struct db *db)
{
	return db->wal_frames - db->wal_done;
}

static int checkpoint(struct db *db, int mode)
{
	int total = 0, done = 0;

	CHECK(db->role == DB_WRITER);
	if (sqlite3_wal_checkpoint_v2(db->h, "main", mode, &total, &done) != SQLITE_OK)
		return fail(db, "checkpoint");
	if (total >= 0) {
		db->wal_frames = total;
		db->wal_done = done;
	}
	return 0;
}

int db_checkpoint(struct db *db)
{
	int rc = checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);

	/* All is copied, yet readers keep the file from starting again: wait for them for a moment. */
	if (rc == 0 && db->wal_frames == db->wal_done && db->wal_frames > 2 * WAL_SOFT_FRAMES) {
		sqlite3_busy_timeout(db->h, RESTART_TIMEOUT_MS);
		rc = checkpoint(db, SQLITE_CHECKPOINT_RESTART);
		sqlite3_busy_timeout(db->h, BUSY_TIMEOUT_MS);
		if (rc == E_BUSY)
			rc = 0;
	}
	return rc;
}

int db_meta_get(struct db *db, const char *name, int64_t otherwise, int64_t *value)
{
	struct query q = db_query(db, SQL_META_GET);

	query_text(&q, 1, str_of(name));
	*value = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : otherwise;
	return query_end(&q);
}

int db_meta_set(struct db *db, const char *name, int64_t value)
{
	struct query q = db_query(db, SQL_META_SET);

	query_text(&q, 1, str_of(name));
	query_int(&q, 2, value);
	return query_run(&q);
}

static int reserve(struct db *db)
{
	int64_t next;
	int rc;

	if ((rc = db_meta_get(db, "seq", 1, &next)) < 0)
		return rc;
	if (next < db->seq_next)
		next = db->seq_next;
	if ((rc = db_meta_set(db, "seq", next + SEQ_BLOCK)) < 0)
		return rc;
	db->seq_next = next;
	db->seq_end = next + SEQ_BLOCK;
	db->seq_tentative = true;
	return 0;
}

int64_t db_next_seq(struct db *db)
{
	int rc;

	CHECK(db_in_transaction(db));
	if (db->seq_next == db->seq_end && (rc = reserve(db)) < 0)
		return rc;
	return db->seq_next++;
}

int db_verify(struct db *db)
{
	struct query q = db_query(db, SQL_QUICK_CHECK);
	int rc = 0;

	if (query_step(&q) == QUERY_ROW && !str_eq(col_str(&q, 0), STR("ok"))) {
		rc = E_CORRUPT;
		log_error(rc, "database check: %.*s", STR_ARG(col_str(&q, 0)));
	}
	return query_end(&q) < 0 ? E_CORRUPT : rc;
}

const char *db_library(void)
{
	static _Thread_local char text[32];

	snprintf(text, sizeof text, "SQLite %s", sqlite3_libversion());
	return text;
}
