/* object.h - the rows that name bytes. A row and the events it causes are one
 * transaction: that is promise 1, and object_put and object_delete are the only
 * ways to make or remove a row.
 *
 * Every put makes a new version `seq`, larger than every one before it in the store; it
 * is also the event's sequencer. In an unversioned bucket the new row replaces the old one,
 * whose bytes go to the trash in the same transaction; in others version.h tells what becomes of the old one.
 *
 * A put in steps: bytes are stored (blob_commit, or needles of the change), then the change
 * is submitted; `apply` checks the bucket and the preconditions, writes the row, the journal
 * line and one job per matching rule.
 */
#ifndef STORAGE_OBJECT_H
#define STORAGE_OBJECT_H

#include "base/arena.h"
#include "base/digest.h"
#include "storage/event.h"
#include "storage/store.h"

#define OBJECT_KEY_MAX 1024
#define OBJECT_SIZE_MAX (5LL << 40)
#define OBJECT_PUT_MAX (5LL << 30)	/* in one request */
#define OBJECT_META_MAX 2048		/* user metadata, names and values */
#define OBJECT_ETAG_MAX 40

enum sum_type { SUM_NONE, SUM_FULL, SUM_COMPOSITE };

struct checksum {
	enum sum_type type;		/* SUM_NONE: the rest is meaningless */
	enum digest_kind kind;
	struct str text;		/* base64, "-N" added when composite */
};

struct object {
	int64_t bucket;
	struct str key;
	int64_t seq;
	int64_t mtime_ms;
	int64_t size;
	struct str etag;		/* without quotes */
	struct checksum sum;
	struct str headers;		/* a JSON object: lower-case header name -> value, as GET returns them */
	struct str upload;		/* in: the upload that it is completed from, for the journal; else absent */
	struct str tags;		/* a JSON object of texts; absent: none */
	int64_t born;			/* out: with `named` its version id (version.h) */
	bool named;			/* out */
	bool versioned;			/* out of object_get and version_get: the bucket has, or had, versioning enabled */
	bool watched;
	struct extent *extents;		/* one per part, in order */
	int extent_count;
};

struct object_put {
	struct change change;		/* init with object_put_init; set done, needles; submit */
	struct store *store;		/* borrowed: region for events */
	struct str bucket;		/* name */
	struct object o;		/* in: key, size, etag, sum, headers, tags, extents; out: bucket, seq, born, named, mtime_ms */
	enum event_kind kind;
	struct actor actor;		/* lent until done, as all texts here */
	struct str if_match;		/* an etag without quotes, "*", or absent */
	bool if_absent;			/* If-None-Match: * */
	bool replaced;			/* out: there was one before */
	/* What must be one transaction with it (a token's use, a ledger's line); NULL: nothing. Called when the row is written and `o` complete,
	 * again when the group is done anew. Negative undoes the put. */
	int (*also)(struct object_put *p, struct db *db);
	void *also_owner;
};

/* All zero, and apply. With one needle and no extents the object's extent is that needle's. change.rc: E_NOT_FOUND
 * no such bucket; E_PRECONDITION; E_TOO_LARGE; E_BAD_INPUT empty key; E_MISMATCH if-match given and no such key. */
void object_put_init(struct object_put *p);

struct object_delete {
	struct change change;
	struct store *store;
	struct str bucket;
	const struct object_key {
		struct str key, if_match;
		struct str version;	/* set: of that version, for good (version_remove) */
	} *keys;			/* lent until done */
	int *results;			/* per key: 0 also when absent, E_PRECONDITION (also when absent, with if_match), E_BAD_INPUT no
					 * such version id; lent */
	struct object_gone {
		bool marker;		/* a delete marker was made, or the version removed was one */
		int64_t born;		/* of it; 0: no version was made or removed that has an id */
		bool named;
	} *gone;			/* out, per key; lent; NULL: not wanted */
	int count;			/* up to DELETE_MAX */
	struct actor actor;
};
#define DELETE_MAX 1000
void object_delete_init(struct object_delete *d);

/* Strings and extents live in `a`. E_NOT_FOUND with *bucket_missing telling which. */
int object_get(struct db *db, struct str bucket, struct str key, struct arena *a, struct object *o, bool *bucket_missing);

/* The version a key has now, or 0. */
int64_t object_seq(struct db *db, int64_t bucket, struct str key);

/* The last key before that one, in `a`; absent: there is none. */
int object_key_before(struct db *db, int64_t bucket, struct str key, struct arena *a, struct str *before);

/* In key order, from the first key >= `from` that starts with prefix. `each` returns 0 to go on, a
 * positive number to stop, or sets *skip_to (arena memory) to jump. Extents are not filled in. */
typedef int object_each_fn(void *owner, const struct object *o, struct str *skip_to);
int object_list(struct db *db, int64_t bucket, struct str prefix, struct str from, object_each_fn *each, void *owner);

/* Writes a row inside somebody else's change (multipart completion, renditions): what
 * object_put's apply does after its checks. 1 if there was one before, 0 if not. A rendition that is written or
 * removed stops being one. An original that no native function watches any more takes its thumbnails and table row along. */
int object_write(struct db *db, struct store *s, struct object *o, enum event_kind kind, const struct actor *who);

/* As S3 deletes: in a versioned bucket that is a new delete marker, which *gone tells (may be NULL), also of a key that is absent. 1 removed,
 * 0 absent. */
int object_remove(struct db *db, struct store *s, int64_t bucket, struct str key, const struct actor *who, struct object_gone *gone);

/* Because it is old enough (lifecycle): the same, if the key still has that version; its event is of lifecycle. 1 removed, 0 not. */
int object_expire(struct db *db, struct store *s, int64_t bucket, struct str key, int64_t seq, const struct actor *who);

/* The checks of a conditional write: E_PRECONDITION, or E_MISMATCH when if_match finds no such key. */
int object_allow(struct db *db, int64_t bucket, struct str key, struct str if_match, bool if_absent);

#endif
