#include "storage/resumable_join.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/resumable.h"
#include "storage/trash.h"
#include "storage/upload_row.h"

#define CHUNK (256 << 10)

void resumable_join_clear(struct resumable_join *j)
{
	arena_clear(&j->arena);
	j->pieces = j->whole = NULL;
	j->count = 0;
}

/* -- which ones -- */

struct all {
	struct part *at;
	int count;
	struct arena *arena;
};

static int take(void *owner, const struct part *p)
{
	struct all *all = owner;

	CHECK(all->count < RESUMABLE_PIECES_MAX);
	all->at[all->count] = *p;
	all->at[all->count].sum.text = arena_str(all->arena, p->sum.text);
	all->count++;
	return 0;
}

struct run {
	int first, count;
	int64_t size;
};

static bool is_better(const struct run *a, const struct run *b)
{
	return a->count != b->count ? a->count > b->count : a->size < b->size;
}

/* The two neighbours that have the fewest bytes; if possible more, as long as all have no more than RESUMABLE_JOIN_SIZE. */
static struct run choose(const struct all *all)
{
	struct run best = { 0 }, now = { 0 };

	for (int i = 1; i < all->count; i++) {
		struct run two = { i - 1, 2, all->at[i - 1].size + all->at[i].size };

		if (is_better(&two, &best))
			best = two;
	}
	for (int i = 0; i < all->count; i++) {
		now.size += all->at[i].size;
		now.count++;
		while (now.size > RESUMABLE_JOIN_SIZE || now.count > RESUMABLE_JOIN_MAX) {
			now.size -= all->at[now.first++].size;
			now.count--;
		}
		if (is_better(&now, &best))
			best = now;
	}
	return best;
}

static int find(struct resumable_join *j, struct db *db)
{
	struct all all = { .at = arena_take(&j->arena, RESUMABLE_PIECES_MAX * sizeof *all.at), .arena = &j->arena };
	struct run best;
	int rc = part_list(db, j->id, 0, RESUMABLE_PIECES_MAX, take, &all);

	if (rc < 0)
		return rc;
	best = choose(&all);
	if (best.count < 2)
		return E_NOT_FOUND;
	j->pieces = all.at + best.first;
	j->count = best.count;
	j->whole = arena_take(&j->arena, sizeof *j->whole);
	*j->whole = (struct part){ .number = j->pieces[0].number, .size = best.size, .mtime_ms = clock_wall_ms() };
	return 0;
}

/* -- their bytes -- */

struct copying {
	struct blobs *blobs;
	struct blob to;
	struct digest md5;
	uint8_t *bytes;
};

/* The sum of the whole is made of theirs, so that what the disk did to a piece is not made right by it. */
static bool is_as_it_came(const struct part *p, struct digest *crc)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	struct buf text = { 0 };
	bool same;

	digest_end(crc, sum);
	base64_encode(&text, sum, digest_size(DIGEST_CRC64NVME));
	same = str_eq(str_n(text.data, text.len), p->sum.text);
	buf_clear(&text);
	return same;
}

static int copy_piece(struct copying *c, const struct part *p)
{
	struct digest crc;

	digest_begin(&crc, DIGEST_CRC64NVME);
	for (uint64_t at = 0; at < p->where.len;) {
		int64_t n = extent_read(c->blobs, &p->where, at, c->bytes, CHUNK);
		int rc;

		if (n <= 0)
			return n < 0 ? (int)n : E_CORRUPT;
		digest_feed(&c->md5, c->bytes, (size_t)n);
		digest_feed(&crc, c->bytes, (size_t)n);
		if ((rc = blob_write(&c->to, c->bytes, (size_t)n)) < 0)
			return rc;
		at += (uint64_t)n;
	}
	return is_as_it_came(p, &crc) ? 0 : E_CORRUPT;
}

static int take_sums(struct resumable_join *j, struct copying *c)
{
	static const struct checksum asked = { .type = SUM_FULL, .kind = DIGEST_CRC64NVME };
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_end(&c->md5, sum);
	memcpy(j->whole->md5, sum, sizeof j->whole->md5);
	return upload_join_sum(&j->arena, j->pieces, j->count, &asked, &j->whole->sum);
}

int resumable_join_copy(struct resumable_join *j, struct db *db)
{
	struct copying c = { .blobs = store_blobs(j->store), .to = { .fd = -1 } };
	int rc = find(j, db);

	if (rc < 0)
		return rc;
	c.bytes = arena_take(&j->arena, CHUNK);
	digest_begin(&c.md5, DIGEST_MD5);
	rc = blob_stage(&c.to, c.blobs, (uint64_t)j->whole->size);
	for (int i = 0; i < j->count && rc == 0; i++)
		rc = copy_piece(&c, &j->pieces[i]);
	if (rc == 0)
		rc = take_sums(j, &c);
	if (rc == 0)
		rc = blob_commit(&c.to, &j->whole->where);
	else
		blob_abort(&c.to);
	return rc;
}

void resumable_join_undo(struct resumable_join *j)
{
	blob_forget(store_blobs(j->store), &j->whole->where);
}

/* -- one row instead of many -- */

static int drop_piece(struct db *db, struct str id, const struct part *p)
{
	struct query q = db_query(db, SQL_PART_DROP);
	int rc;

	query_text(&q, 1, id);
	query_int(&q, 2, p->number);
	if ((rc = query_run(&q)) < 0)
		return rc;
	return db_changes(db) == 1 ? trash_add(db, &p->where, 1) : E_NOT_FOUND;
}

static int apply(struct change *c, struct db *db)
{
	struct resumable_join *j = container_of(c, struct resumable_join, change);
	struct query q;
	int rc = 0;

	for (int i = 0; i < j->count && rc == 0; i++)
		rc = drop_piece(db, j->id, &j->pieces[i]);
	if (rc < 0 || (rc = extents_adopt(db, &j->whole->where, 1)) < 0 || (rc = part_row_write(db, j->id, j->whole)) < 0)
		return rc;
	q = db_query(db, SQL_RESUMABLE_JOINED);
	query_text(&q, 1, j->id);
	query_int(&q, 2, j->count - 1);
	return query_run(&q);
}

void resumable_join_init(struct resumable_join *j, struct store *s, struct str id)
{
	*j = (struct resumable_join){ .change = { .apply = apply }, .store = s, .id = id };
}
