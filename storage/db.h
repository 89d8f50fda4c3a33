/* db.h - the home of SQLite: one database file, opened by role.
 *
 * There is one writer connection, which does all writes AND all checkpoints
 * (SQLite before 3.51.3 loses committed frames when two connections share that
 * work: sqlite.org/wal.html section 11), and any number of read-only ones, one
 * per thread. db_open refuses a second writer in the process.
 *
 * Everything else in storage/ speaks to SQLite through a prepared statement of
 * the table in storage/sql.h, so no SQL is written outside it and sqlite3.h is
 * included in db.c and vfs.c only.
 *
 *     struct query q = db_query(db, SQL_OBJECT_GET);
 *     query_int(&q, 1, bucket);
 *     query_bytes(&q, 2, key);
 *     if ((rc = query_step(&q)) == QUERY_ROW) { ... col_int(&q, 0) ... }
 *     query_end(&q);
 *
 * Rules: a query is always ended, on the same call path, before anything waits
 * (an open read snapshot stops the WAL from being reset); at most one open
 * query per statement and connection.
 *
 * Errors: QUERY_ROW and QUERY_DONE, or negative: E_EXISTS for a violated unique
 * key, E_FULL for no space, -EROFS, -EIO. A failed sync never returns: it logs and
 * aborts, because after it nothing that SQLite says about the disk can be
 * believed (notes: fsync failure); recovery at the next start is the repair.
 */
#ifndef STORAGE_DB_H
#define STORAGE_DB_H

#include <stdint.h>

#include "base/str.h"
#include "storage/sql.h"

struct db;

enum db_role { DB_WRITER, DB_READER };

/* `path` of the database file; its directory exists. The writer creates the
 * file, the schema and applies migrations (PRAGMA user_version). */
int db_open(struct db **out, const char *path, enum db_role role);
void db_close(struct db *db);		/* accepts NULL; no checkpoint, the WAL stays */

struct query {
	struct db *db;
	enum sql id;
	void *stmt;
};

enum { QUERY_DONE = 0, QUERY_ROW = 1 };

struct query db_query(struct db *db, enum sql id);
void query_int(struct query *q, int at, int64_t v);		/* at: 1.. */
void query_text(struct query *q, int at, struct str s);		/* absent str binds NULL; bytes must live until query_end */
void query_bytes(struct query *q, int at, struct str s);
void query_null(struct query *q, int at);
int query_step(struct query *q);
int query_end(struct query *q);		/* resets; returns the first error of its steps, or 0 */
int query_run(struct query *q);		/* step to DONE and end; 0 or negative */

int64_t col_int(struct query *q, int at);	/* at: 0.. */
struct str col_str(struct query *q, int at);	/* good until the next step or end; absent for NULL */
bool col_null(struct query *q, int at);
int64_t db_changes(struct db *db);		/* rows touched by the last query */
int64_t db_last_rowid(struct db *db);

/* Transactions, for writer.c and tests. The group is BEGIN IMMEDIATE .. COMMIT;
 * a mark is a savepoint that lets one change of the group be undone alone. */
int db_begin(struct db *db);
int db_commit(struct db *db);
void db_rollback(struct db *db);
int db_mark(struct db *db);
void db_release(struct db *db);
void db_undo(struct db *db);

/* Of a reader: all its queries until the end see the state that the first of them sees. Like a query it is ended, on
 * the same call path, before anything waits. */
int db_snapshot_begin(struct db *db);
void db_snapshot_end(struct db *db);

/* False after an error so bad that SQLite undid the whole group by itself. */
bool db_in_transaction(struct db *db);

/* Frames in the WAL not yet checkpointed; PASSIVE checkpoint by the writer. */
int db_wal_frames(struct db *db);
int db_checkpoint(struct db *db);

/* A number that only ever grows, across restarts and kills: the version of an
 * object and its event's sequencer. Writer, inside a transaction. */
int64_t db_next_seq(struct db *db);	/* or negative: the number could not be reserved */

/* Named numbers of the store; get gives `otherwise` when there is none. */
int db_meta_get(struct db *db, const char *name, int64_t otherwise, int64_t *value);
int db_meta_set(struct db *db, const char *name, int64_t value);

/* PRAGMA quick_check; 0 or E_CORRUPT with the text logged. */
int db_verify(struct db *db);

const char *db_library(void);		/* "SQLite 3.40.1" */

#endif
