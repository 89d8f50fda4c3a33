#include "storage/version.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object_row.h"
#include "storage/writing.h"

/* State of a bucket. */

int versioning_get(struct db *db, int64_t bucket, enum versioning *v)
{
	struct query q = db_query(db, SQL_BUCKET_VERSIONING);
	bool found;
	int rc;

	query_int(&q, 1, bucket);
	found = query_step(&q) == QUERY_ROW;
	*v = found ? (enum versioning)col_int(&q, 0) : VERSIONING_NONE;
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int versioning_set(struct db *db, int64_t bucket, enum versioning v)
{
	struct query q = db_query(db, SQL_BUCKET_VERSIONING_SET);

	CHECK(v != VERSIONING_NONE);
	query_int(&q, 1, bucket);
	query_int(&q, 2, v);
	return query_run(&q);
}

/* Ids: `born` times an odd number, which can be undone, and a check of it. They say nothing of order, so nobody can come to rely on it. */

#define SPREAD 0x9E3779B97F4A7C15u
#define GATHER 0xF1DE83E19937733Du	/* SPREAD times this is 1, modulo 2^64 */

static uint64_t check_of(uint64_t spread)
{
	spread = (spread ^ spread >> 29) * 0xBF58476D1CE4E5B9u;
	return spread ^ spread >> 32;
}

struct str version_id(char to[VERSION_ID_MAX + 1], int64_t born, bool named)
{
	uint64_t spread = (uint64_t)born * SPREAD;

	if (!named)
		return STR("null");
	snprintf(to, VERSION_ID_MAX + 1, "%016" PRIx64 "%016" PRIx64, spread, check_of(spread));
	return str_n(to, VERSION_ID_MAX);
}

int version_parse(struct str id, int64_t *born, bool *named)
{
	char again[VERSION_ID_MAX + 1];
	uint8_t raw[VERSION_ID_MAX / 2];
	uint64_t spread = 0;

	*born = 0;
	*named = false;
	if (str_eq(id, STR("null")))
		return 0;
	if (id.n != VERSION_ID_MAX || hex_decode(id, raw, sizeof raw) < 0)
		return E_BAD_INPUT;
	for (size_t i = 0; i < sizeof spread; i++)
		spread = spread << 8 | raw[i];
	*born = (int64_t)(spread * GATHER);
	*named = true;
	return *born > 0 && str_eq(version_id(again, *born, true), id) ? 0 : E_BAD_INPUT;
}

/* Rows. */

void version_row_read(struct query *q, int more, struct version *v)
{
	*v = (struct version){ .marker = col_int(q, more) != 0, .since_ms = col_int(q, more + 1) };
	object_row_read(q, &v->o);
	v->current = v->since_ms == 0;
}

/* The one row that `q` asks for, with its extents before the snapshot ends. */
static int take_row(struct query *q, int64_t bucket, struct arena *a, struct version *v)
{
	int rc = E_NOT_FOUND, end;

	if (query_step(q) == QUERY_ROW) {
		version_row_read(q, OBJECT_ROW_EXTENTS + 1, v);
		object_row_keep(a, &v->o);
		v->o.bucket = bucket;
		rc = object_row_extents(q->db, col_str(q, OBJECT_ROW_EXTENTS), v->o.seq, a, &v->o.extents, &v->o.extent_count);
	}
	end = query_end(q);
	return end < 0 ? end : rc;
}

int version_find_at(struct db *db, int64_t bucket, struct str key, int64_t born, struct arena *a, struct version *v)
{
	struct query q = db_query(db, SQL_VERSION_AT);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	query_int(&q, 3, -born);
	return take_row(&q, bucket, a, v);
}

int version_find_null(struct db *db, int64_t bucket, struct str key, struct arena *a, struct version *v)
{
	struct query q = db_query(db, SQL_VERSION_NULL);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	return take_row(&q, bucket, a, v);
}

int version_find_named(struct db *db, int64_t bucket, struct str key, int64_t born, bool named, struct arena *a, struct version *v)
{
	int rc;

	if (!named)
		return version_find_null(db, bucket, key, a, v);
	rc = version_find_at(db, bucket, key, born, a, v);
	return rc == 0 && !v->o.named ? E_NOT_FOUND : rc;
}

int version_find_newest(struct db *db, int64_t bucket, struct str key, struct arena *a, struct version *v)
{
	struct query q = db_query(db, SQL_VERSION_NEWEST);

	query_int(&q, 1, bucket);
	query_bytes(&q, 2, key);
	return take_row(&q, bucket, a, v);
}

static int get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct version *v, bool *bucket_missing)
{
	bool named, versioned;
	int64_t born, in;
	int rc;

	if ((rc = version_parse(id, &born, &named)) < 0)
		return rc;
	rc = object_get(db, bucket, key, a, &v->o, bucket_missing);
	if (rc == 0 && v->o.named == named && (!named || v->o.born == born)) {
		v->current = true;
		return 0;
	}
	if ((rc < 0 && rc != E_NOT_FOUND) || *bucket_missing || (rc = bucket_look(db, bucket, &in, &versioned)) < 0)
		return rc;
	rc = version_find_named(db, in, key, born, named, a, v);
	v->o.versioned = versioned;
	return rc;
}

/* One snapshot, for a version that moves between the tables must not be missed. A change of the writer is one already. */
int version_get(struct db *db, struct str bucket, struct str key, struct str id, struct arena *a, struct version *v, bool *bucket_missing)
{
	bool snapshot = !db_in_transaction(db);
	int rc = snapshot ? db_snapshot_begin(db) : 0;

	*v = (struct version){0};
	*bucket_missing = false;
	if (rc == 0)
		rc = get(db, bucket, key, id, a, v, bucket_missing);
	if (snapshot)
		db_snapshot_end(db);
	return rc;
}

int version_marker(struct db *db, struct str bucket, struct str key, struct version *v)
{
	struct arena a = {0};
	int64_t in;
	int rc = bucket_find(db, bucket, &in, NULL);

	*v = (struct version){0};
	if (rc == 0)
		rc = version_find_newest(db, in, key, &a, v);
	v->o = (struct object){ .bucket = v->o.bucket, .mtime_ms = v->o.mtime_ms, .born = v->o.born, .named = v->o.named, .versioned = true };
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc < 0 ? rc : v->current;
}
