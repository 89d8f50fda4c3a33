/* writing.h - the change of one object's row, and all that follows from it; for object_write.c, version*.c and tags.c.
 *
 *     writing_begin --> rows --> writing_journal, writing_let_go, writing_tell --> writing_end
 *
 * Begin finds what there was, which functions are told, and takes the change's number. Inside a change of the writer.
 */
#ifndef STORAGE_WRITING_H
#define STORAGE_WRITING_H

#include "storage/journal.h"
#include "storage/version.h"

enum told { TOLD_ALL, TOLD_CUSTOM, TOLD_NATIVE };	/* which functions */

struct writing {
	struct db *db;
	struct store *store;
	struct object *o;		/* bucket, key; out of begin: seq. What events tell */
	enum event_kind kind, versioned_kind;	/* the latter, if it is not 0, where the bucket has versions */
	const struct actor *who;
	enum told told;
	int64_t at_ms;
	struct arena arena;
	struct rule *rules;
	int rule_count;
	bool native;			/* a native function is told */
	enum versioning versioning;
	struct {
		bool exists, watched, named;
		int64_t seq, born;
		struct extent *extents;
		int extent_count;
	} old;				/* the current row before */
};

int writing_begin(struct writing *w);
void writing_end(struct writing *w);

/* The rows of a version that goes for good: bytes to the trash, and its manifest. */
int writing_trash(struct writing *w, const struct extent *e, int n, int64_t seq);

/* What hung on the version that is not current any more. A native function that is told about the change replaces or removes the photo; when
 * none is, nobody else would. */
int writing_let_go(struct writing *w);

int writing_journal(struct writing *w, enum journal_what what, const char *detail);

/* One job for each rule that matches. */
int writing_tell(struct writing *w);

/* The null version or null marker among those that are not in `object` goes for good. */
int version_drop_null(struct writing *w);

/* Those that are not in `object`; extents included. E_NOT_FOUND. */
int version_find_at(struct db *db, int64_t bucket, struct str key, int64_t born, struct arena *a, struct version *v);
int version_find_null(struct db *db, int64_t bucket, struct str key, struct arena *a, struct version *v);
int version_find_named(struct db *db, int64_t bucket, struct str key, int64_t born, bool named, struct arena *a, struct version *v);	/* either */
int version_find_newest(struct db *db, int64_t bucket, struct str key, struct arena *a, struct version *v);

/* A row of VERSION_COLUMNS, key, extents and VERSION_MORE; `more`: the column of the first of those. Texts are the query's. */
void version_row_read(struct query *q, int more, struct version *v);

#endif
