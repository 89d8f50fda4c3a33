#include "storage/resumable.h"

#include <assert.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/trash.h"
#include "storage/upload_row.h"

static_assert(RESUMABLE_ID_MAX == UPLOAD_ID_MAX && RESUMABLE_PIECES_MAX == PART_MAX, "they are uploads and parts");

/* Rows. */

static struct resumable row_of(struct query *q)
{
	return (struct resumable){
		.id = col_str(q, 0), .bucket = col_int(q, 1), .key = col_str(q, 2), .length = col_int(q, 3), .at = col_int(q, 4),
		.created_ms = col_int(q, 5), .expires_ms = col_int(q, 6), .metadata = col_str(q, 7), .token = col_str(q, 8),
		.seq = col_int(q, 9), .pieces = (int)col_int(q, 10),
	};
}

static int get_row(struct db *db, struct str id, struct arena *a, struct resumable *r)
{
	struct query q = db_query(db, SQL_RESUMABLE_GET);
	bool found;
	int rc;

	*r = (struct resumable){0};
	query_text(&q, 1, id);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		*r = row_of(&q);
		r->id = arena_str(a, r->id);
		r->key = arena_str(a, r->key);
		r->metadata = arena_str(a, r->metadata);
		r->token = arena_str(a, r->token);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int resumable_get(struct db *db, struct str bucket, struct str id, struct arena *a, struct resumable *r)
{
	int64_t in;
	int rc;

	if ((rc = bucket_find(db, bucket, &in, NULL)) < 0 || (rc = get_row(db, id, a, r)) < 0)
		return rc;
	return r->bucket == in ? 0 : E_NOT_FOUND;
}

static int check_room(struct db *db)
{
	struct query q = db_query(db, SQL_RESUMABLE_COUNT);
	int64_t n = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	int rc = query_end(&q);

	return rc < 0 ? rc : n >= RESUMABLES_MAX ? E_TOO_LARGE : 0;
}

int resumable_begin(struct db *db, struct str bucket, struct resumable *r, struct str headers, struct str tags, char id[RESUMABLE_ID_MAX])
{
	struct upload u = { .key = r->key, .headers = headers, .tags = tags, .resumable = true,
			    .sum = { .type = SUM_FULL, .kind = DIGEST_CRC64NVME } };
	struct query q;
	int rc;

	if (r->length < RESUMABLE_LATER || r->length > OBJECT_SIZE_MAX || r->metadata.n > RESUMABLE_METADATA_MAX)
		return E_TOO_LARGE;
	if ((rc = check_room(db)) < 0 || (rc = upload_begin(db, bucket, &u, id)) < 0)
		return rc;
	r->id = u.id;
	r->bucket = u.bucket;
	r->created_ms = u.created_ms;
	q = db_query(db, SQL_RESUMABLE_ADD);
	query_text(&q, 1, r->id);
	query_int(&q, 2, r->bucket);
	query_bytes(&q, 3, r->key);
	query_int(&q, 4, r->length);
	query_int(&q, 5, r->created_ms);
	query_int(&q, 6, r->expires_ms);
	query_text(&q, 7, str_is_set(r->metadata) ? r->metadata : STR(""));
	query_text(&q, 8, str_is_set(r->token) ? r->token : STR(""));
	return query_run(&q);
}

int resumable_length(struct db *db, struct str id, int64_t length)
{
	struct query q;
	int rc;

	if (length < 0 || length > OBJECT_SIZE_MAX)
		return E_TOO_LARGE;
	q = db_query(db, SQL_RESUMABLE_LENGTH);
	query_text(&q, 1, id);
	query_int(&q, 2, length);
	rc = query_run(&q);
	return rc < 0 ? rc : db_changes(db) == 1 ? 0 : E_MISMATCH;
}

/* The end: an object of all the pieces. */

struct pieces {
	struct part *at;
	int count, max;
	struct arena *arena;
};

static int take_piece(void *owner, const struct part *p)
{
	struct pieces *all = owner;

	CHECK(all->count < all->max);
	all->at[all->count] = *p;
	all->at[all->count].sum.text = arena_str(all->arena, p->sum.text);
	all->count++;
	return 0;
}

/* Of one piece, as if it had been put in one request. */
static struct str etag_of(const struct pieces *all)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	char hex[2 * 16 + 1];

	if (all->count > 1)
		return upload_join_etag(all->arena, all->at, all->count);
	if (all->count == 1)
		return upload_piece_etag(all->arena, all->at);
	digest_of(DIGEST_MD5, STR(""), sum);
	hex_encode(hex, sum, 16);
	return arena_str(all->arena, str_of(hex));
}

static int sum_of(const struct pieces *all, struct checksum *sum)
{
	static const struct checksum asked = { .type = SUM_FULL, .kind = DIGEST_CRC64NVME };

	*sum = (struct checksum){ .type = SUM_FULL, .kind = DIGEST_CRC64NVME, .text = STR("AAAAAAAAAAA=") };	/* of no bytes */
	return all->count == 0 ? 0 : upload_join_sum(all->arena, all->at, all->count, &asked, sum);
}

static int mark_finished(struct db *db, struct str id, int64_t seq)
{
	struct query q = db_query(db, SQL_RESUMABLE_FINISH);

	query_text(&q, 1, id);
	query_int(&q, 2, seq);
	return query_run(&q);
}

static int turn_into_object(struct db *db, struct store *s, const struct resumable *r, const struct actor *who, struct arena *a, struct object *o)
{
	struct pieces all = { .max = RESUMABLE_PIECES_MAX, .arena = a };
	struct upload u;
	int rc;

	if ((rc = upload_find(db, r->id, a, &u)) < 0)
		return rc;
	all.at = arena_take(a, (size_t)(r->pieces + 1) * sizeof *all.at);
	all.max = r->pieces;
	if ((rc = part_list(db, r->id, 0, r->pieces, take_piece, &all)) < 0)
		return rc;
	*o = (struct object){ .bucket = r->bucket, .key = r->key, .size = r->length, .headers = u.headers, .tags = u.tags, .upload = r->id,
			      .etag = etag_of(&all), .extent_count = all.count };
	if ((rc = sum_of(&all, &o->sum)) < 0)
		return rc;
	o->extents = arena_take(a, (size_t)(all.count + 1) * sizeof *o->extents);
	for (int i = 0; i < all.count; i++)
		o->extents[i] = all.at[i].where;
	if ((rc = upload_rows_delete(db, r->id)) < 0)
		return rc;
	if ((rc = object_write(db, s, o, EVENT_CREATED_MULTIPART, who)) < 0)
		return rc;
	return mark_finished(db, r->id, o->seq);
}

int resumable_finish(struct db *db, struct store *s, struct str id, const struct actor *who, struct arena *a, struct object *o)
{
	struct resumable r;
	int rc = get_row(db, id, a, &r);

	if (rc < 0)
		return rc;
	if (r.seq != 0)
		return E_EXISTS;
	if (r.at != r.length)
		return 0;
	rc = turn_into_object(db, s, &r, who, a, o);
	return rc < 0 ? rc : 1;
}

/* Pieces. */

static int check_piece(const struct resumable *r, const struct resumable_append *a)
{
	if (r->seq != 0)
		return E_EXISTS;
	if (a->at != r->at)
		return E_MISMATCH;
	if (r->length != RESUMABLE_LATER && a->size > r->length - r->at)
		return E_TOO_LARGE;
	if (a->size > OBJECT_SIZE_MAX - r->at)
		return E_TOO_LARGE;
	return a->size > 0 && r->pieces >= RESUMABLE_PIECES_MAX ? E_TOO_LARGE : 0;
}

/* Not how many there are: some may have been joined. */
static int last_number(struct db *db, struct str id, int *number)
{
	struct query q = db_query(db, SQL_PART_LAST);

	query_text(&q, 1, id);
	*number = query_step(&q) == QUERY_ROW ? (int)col_int(&q, 0) : 0;
	return query_end(&q);
}

static int add_piece(struct db *db, const struct resumable *r, struct resumable_append *a)
{
	struct part p = { .mtime_ms = clock_wall_ms(), .size = a->size, .where = a->where,
			  .sum = { .type = SUM_FULL, .kind = DIGEST_CRC64NVME, .text = a->crc64 } };
	struct query q;
	int rc;

	CHECK(a->where.kind == EXTENT_FILE && (int64_t)a->where.len == a->size);
	memcpy(p.md5, a->md5, sizeof p.md5);
	if ((rc = last_number(db, r->id, &p.number)) < 0 || (rc = extents_adopt(db, &p.where, 1)) < 0)
		return rc;
	p.number++;
	if ((rc = part_row_write(db, r->id, &p)) < 0)
		return rc;
	q = db_query(db, SQL_RESUMABLE_MOVE);
	query_text(&q, 1, r->id);
	query_int(&q, 2, r->at + a->size);
	query_int(&q, 3, r->pieces + 1);
	query_int(&q, 4, a->expires_ms);
	return query_run(&q);
}

static int apply_append(struct change *c, struct db *db)
{
	struct resumable_append *a = container_of(c, struct resumable_append, change);
	struct resumable r;
	struct upload u;
	int rc;

	arena_clear(&a->arena);
	a->finished = false;
	if ((rc = resumable_get(db, a->bucket, a->id, &a->arena, &r)) < 0)
		return rc;
	a->offset = r.at;
	if ((rc = check_piece(&r, a)) < 0)
		return rc;
	if ((rc = upload_find(db, r.id, &a->arena, &u)) < 0)
		return rc;
	if (a->size > 0 && (rc = add_piece(db, &r, a)) < 0)
		return rc;
	if ((rc = resumable_finish(db, a->store, r.id, &a->actor, &a->arena, &a->o)) < 0)
		return rc;
	a->finished = rc == 1;
	if (a->finished && a->also && (rc = a->also(a, db)) < 0)
		return rc;
	a->offset = r.at + a->size;
	return 0;
}

void resumable_append_init(struct resumable_append *a)
{
	*a = (struct resumable_append){ .change = { .apply = apply_append } };
}

/* Ends. */

static int forget(struct db *db, struct str id)
{
	struct query q;
	int rc = upload_discard(db, id);	/* nothing, when it is finished or its bucket went */

	if (rc < 0)
		return rc;
	q = db_query(db, SQL_RESUMABLE_DELETE);
	query_text(&q, 1, id);
	return query_run(&q);
}

int resumable_end(struct db *db, struct str bucket, struct str id)
{
	struct arena a = {0};
	struct resumable r;
	int rc = resumable_get(db, bucket, id, &a, &r);

	if (rc == 0)
		rc = forget(db, r.id);
	arena_clear(&a);
	return rc;
}

int resumable_open_of_token(struct db *db, struct str token, int max)
{
	struct query q = db_query(db, SQL_RESUMABLE_OF_TOKEN);
	int n, rc;

	query_text(&q, 1, token);
	query_int(&q, 2, max);
	n = query_step(&q) == QUERY_ROW ? (int)col_int(&q, 0) : 0;
	rc = query_end(&q);
	return rc < 0 ? rc : n;
}

/* 1: one was forgotten; 0: there is none. */
static int sweep_one(struct db *db, int64_t now_ms)
{
	struct query q = db_query(db, SQL_RESUMABLE_EXPIRED);
	struct arena a = {0};
	struct str id = {0};
	int rc;

	query_int(&q, 1, now_ms);
	if (query_step(&q) == QUERY_ROW)
		id = arena_str(&a, col_str(&q, 0));
	rc = query_end(&q);
	if (rc == 0 && str_is_set(id))
		rc = forget(db, id);
	arena_clear(&a);
	return rc < 0 ? rc : str_is_set(id);
}

int resumable_sweep(struct db *db, int64_t now_ms, int max)
{
	int n = 0, rc = 1;

	while (n < max && (rc = sweep_one(db, now_ms)) == 1)
		n++;
	return rc < 0 ? rc : n;
}
