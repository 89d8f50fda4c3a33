/* ledger.h - which files of drop folders are objects now, so that each becomes one once, whatever is killed in between.
 *
 * A line is of one path in one folder (pipeline/watch.h), and is written in the transaction of the put that made its object
 * (object_put.also): either both are there after a crash or neither. It stays when the file goes, so that a network share that
 * comes back, or a card that is copied again, is not taken for new; it goes with its folder.
 *
 * It goes as well when its file has been gone for long (the setting ledger_s) and its object is gone too, or was replaced: so there are no more lines than
 * there are files in the folder, objects, and what went lately. What is still an object is never put twice, however long its file was away; a
 * file whose object is no more is taken anew when it comes back after that time. How long a file is gone is the only time here that is more
 * than compared for being equal.
 *
 * LEDGER_PUT: the object bucket/key at version seq was made of this file. LEDGER_SAME: the file was not put, because an object with its
 * content was there already, which is the one named. Times of files are only ever compared for being equal: no clock has to be right.
 *
 * Calls are inside a change, except those marked (reader), which may be either.
 */
#ifndef STORAGE_LEDGER_H
#define STORAGE_LEDGER_H

#include "base/arena.h"
#include "storage/db.h"

#define LEDGER_HASH 32			/* SHA-256 of the content */

enum ledger_state { LEDGER_PUT, LEDGER_SAME };		/* their numbers are in stores */

struct ledger_line {
	struct str folder;		/* its name */
	struct str path;		/* below it; any bytes but NUL */
	int64_t device, inode, size, mtime_ns;	/* of the file as it was read */
	uint8_t hash[LEDGER_HASH];
	enum ledger_state state;
	int64_t bucket;
	struct str key;
	int64_t seq;
};

int ledger_put(struct db *db, const struct ledger_line *l);	/* the only line of its path from now on */

/* (reader) The line of a path. Texts in `a`. E_NOT_FOUND. */
int ledger_get(struct db *db, struct str folder, struct str path, struct arena *a, struct ledger_line *l);

/* (reader) A line of a file with that content, or of that very file under whatever name, whose object is still what it was then;
 * one of another path than `path`. E_NOT_FOUND. */
int ledger_find_content(struct db *db, struct str folder, struct str path, const uint8_t hash[LEDGER_HASH], struct arena *a,
			struct ledger_line *l);
int ledger_find_file(struct db *db, const struct ledger_line *like, struct arena *a, struct ledger_line *l);

/* (reader) What became of the object of a line: it is gone, stands as it was put, or was replaced by another version. Or negative. */
enum ledger_fate { LEDGER_GONE, LEDGER_STANDS, LEDGER_REPLACED };
int ledger_fate(struct db *db, const struct ledger_line *l);

/* (reader) What lines of a folder are remembered for, by path, after `after` (""); at most `max`. `each` ends it by a negative. Count. */
struct ledger_trace {
	struct str path;
	int64_t seq;
	int64_t gone_ms;		/* when the file was first noted to be gone; 0: it was there */
	bool stands;			/* the object is what it was */
};
typedef int ledger_trace_fn(void *owner, const struct ledger_trace *t);
int ledger_page(struct db *db, struct str folder, struct str after, int max, ledger_trace_fn *each, void *owner);

/* Neither touches a line that was written anew since it was read. Count. */
int ledger_note_gone(struct db *db, struct str folder, const struct ledger_trace *t, int64_t gone_ms);	/* 0: it is there again */
int ledger_forget(struct db *db, struct str folder, const struct ledger_trace *t);

int ledger_drop(struct db *db, struct str folder, int max);	/* lines of a folder that is no more; count */

#endif
