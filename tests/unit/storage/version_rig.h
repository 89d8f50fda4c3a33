/* version_rig.h - what tests of versions share: calls inside a change by ids as clients have them, and what is under a key as one text. */
#ifndef TESTS_UNIT_STORAGE_VERSION_RIG_H
#define TESTS_UNIT_STORAGE_VERSION_RIG_H

#include "storage/version.h"
#include "tests/unit/storage/house.h"

static const struct actor nobody = { .principal = { "", 0 } };

/* One call about a key, inside a change or by house_do. */
struct act {
	struct store *store;
	int64_t bucket;
	const char *key;
	char id[VERSION_ID_MAX + 1];	/* in, of a removal; out, of what was made or removed */
	enum versioning state;
	int64_t born;
	const char *tags;
	int rc;
	bool marker;
};

static inline int act_state(struct db *db, void *arg)
{
	struct act *a = arg;

	return versioning_set(db, a->bucket, a->state);
}

static inline void note_id(char to[VERSION_ID_MAX + 1], int64_t born, bool named)
{
	char id[VERSION_ID_MAX + 1];

	snprintf(to, VERSION_ID_MAX + 1, "%.*s", STR_ARG(version_id(id, born, named)));
}

/* An object of no bytes. */
static inline int act_put(struct db *db, void *arg)
{
	struct act *a = arg;
	struct object o = { .bucket = a->bucket, .key = str_of(a->key), .etag = STR("d41d8cd98f00b204e9800998ecf8427e"), .headers = STR("{}") };

	a->rc = object_write(db, a->store, &o, EVENT_CREATED_PUT, &nobody);
	a->born = o.born;
	note_id(a->id, o.born, o.named);
	return a->rc < 0 ? a->rc : 0;
}

static inline void note_gone(struct act *a, const struct object_gone *gone)
{
	a->marker = gone->marker;
	a->born = gone->born;
	note_id(a->id, gone->born, gone->named);
}

static inline int act_delete(struct db *db, void *arg)
{
	struct act *a = arg;
	struct object_gone gone;

	a->rc = object_remove(db, a->store, a->bucket, str_of(a->key), &nobody, &gone);
	note_gone(a, &gone);
	return a->rc < 0 ? a->rc : 0;
}

static inline int act_remove(struct db *db, void *arg)
{
	struct act *a = arg;
	struct object_gone gone = {0};
	struct str id = str_of(a->id);

	a->rc = version_remove(db, a->store, a->bucket, str_of(a->key), id, (struct str){0}, &nobody, &gone);
	if (a->rc == 1)
		note_gone(a, &gone);
	return a->rc < 0 ? a->rc : 0;
}

static inline struct act act_of(struct house *h, int64_t bucket, const char *key)
{
	return (struct act){ .store = h->s, .bucket = bucket, .key = key };
}

static inline void set_state(struct house *h, int64_t bucket, enum versioning state)
{
	struct act a = { .bucket = bucket, .state = state };

	assert_int_equal(house_do(h, act_state, &a), 0);
}

/* Removes the version for good; 1 or 0. */
static inline int remove_version(struct house *h, int64_t bucket, const char *key, const char *id)
{
	struct act a = act_of(h, bucket, key);
	int rc;

	snprintf(a.id, sizeof a.id, "%s", id);
	rc = house_do(h, act_remove, &a);
	return rc < 0 ? rc : a.rc;
}

/* The id that the current version of a key has. */
static inline const char *current_id(struct house *h, const char *bucket, const char *key, char id[VERSION_ID_MAX + 1])
{
	struct arena a = {0};
	struct version v;
	struct object o;
	bool missing;

	if (object_get(h->r, str_of(bucket), str_of(key), &a, &o, &missing) < 0) {
		assert_int_equal(version_marker(h->r, str_of(bucket), str_of(key), &v), 1);
		o = v.o;
	}
	note_id(id, o.born, o.named);
	arena_clear(&a);
	return id;
}

#endif
