#include "web/deposit.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/digest_share.h"
#include "base/err.h"
#include "pipeline/feed.h"
#include "storage/store.h"

struct deposit_parts {
	struct deposit *d;
	struct room_guest guest;
	struct arena arena;
	struct digest digest[DIGEST_KINDS];
	struct buf filling, writing;	/* writing is the lane's */
	struct blob blob;
	struct extent where;		/* of the file, after its commit; EXTENT_NONE once it is somebody else's */
	struct needle needle;
	bool to_file;
	bool squeezed;			/* what is here goes to the file at once */
	bool shed;			/* and the memory of what is being written is given back after that */
	bool ending, stored;		/* deposit_end was called; all is stored and digested */
	bool busy;			/* a lane, the writer or a post has it */
	bool dropped;
	int rc;				/* the first failure of the content */
	struct work work;
	struct commit commit;
	struct post post;
};

static void move(struct deposit *d);

/* -- room -- */

static int64_t held(const struct deposit_parts *p)
{
	return room_of_buffer(&p->filling, DEPOSIT_PIECE) + room_of_buffer(&p->writing, DEPOSIT_PIECE);
}

/* Read on, unless there is too much to be written, or there is no room. */
static void look_whether_full(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	d->full = !p->ending && (p->guest.waits || (p->to_file && p->filling.len >= DEPOSIT_PIECE));
}

static void look_whether_drained(struct deposit *d)
{
	bool was_full = d->full;

	look_whether_full(d);
	if (was_full && !d->full)
		d->drained(d);
}

static void on_granted(struct room_guest *g)
{
	struct deposit_parts *p = container_of(g, struct deposit_parts, guest);

	look_whether_drained(p->d);
}

static void drop_buffers(struct deposit_parts *p)
{
	buf_clear(&p->filling);
	buf_clear(&p->writing);
}

/* Others wait for what this one has: a small one becomes a file of its own. */
static int64_t on_squeezed(struct room_guest *g)
{
	struct deposit_parts *p = container_of(g, struct deposit_parts, guest);

	if (p->filling.len > 0 || p->busy) {
		p->to_file = p->squeezed = true;
		move(p->d);
	} else {
		drop_buffers(p);
	}
	return held(p);
}

/* -- its end -- */

static void let_go(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	drop_buffers(p);
	room_give(d->room, &p->guest);
	arena_clear(&p->arena);
	free(p);
	d->parts = NULL;
	if (d->gone)
		d->gone(d);
}

static int run_give_back(struct work *w, struct db *db)
{
	struct deposit_parts *p = container_of(w, struct deposit_parts, work);

	(void)db;
	blob_abort(&p->blob);
	blob_forget(store_blobs(p->d->m->store), &p->where);
	return 0;
}

static void on_given_back(struct work *w)
{
	let_go(container_of(w, struct deposit_parts, work)->d);
}

static void leave(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	if (p->blob.fd < 0 && p->where.kind != EXTENT_FILE) {
		let_go(d);
		return;
	}
	p->work = (struct work){ .run = run_give_back, .done = on_given_back };
	lanes_run(d->m->lanes, &p->work);
}

void deposit_drop(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	CHECK(!p->dropped);
	p->dropped = true;
	room_end(d->room, &p->guest);
	if (!p->busy)
		leave(d);
}

/* Back on the loop. False: nobody waits for it any more. */
static bool is_back(struct deposit *d)
{
	d->parts->busy = false;
	if (!d->parts->dropped)
		return true;
	leave(d);
	return false;
}

/* -- the content -- */

/* The content is over, well or not. */
static void finish(struct deposit *d, int rc)
{
	d->parts->rc = rc;
	d->parts->stored = rc == 0;
	room_end(d->room, &d->parts->guest);
	d->done(d, rc);
}

static void on_told(struct post *post)
{
	struct deposit *d = container_of(post, struct deposit_parts, post)->d;

	if (is_back(d))
		finish(d, d->parts->rc);
}

static void finish_later(struct deposit_parts *p, int rc)
{
	p->rc = rc;
	p->busy = true;
	room_end(p->d->room, &p->guest);
	p->post.call = on_told;
	lanes_post(p->d->m->lanes, &p->post);
}

/* The loop must not wait for others who digest. */
static void digest_piece(struct deposit_parts *p, bool on_loop)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (p->d->want[k] && on_loop)
			digest_feed(&p->digest[k], p->writing.data, p->writing.len);
		else if (p->d->want[k])
			digest_feed_shared(&p->digest[k], p->writing.data, p->writing.len);
}

static void end_digests(struct deposit_parts *p)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (p->d->want[k])
			digest_end(&p->digest[k], p->d->sum[k]);
}

/* So much may come that uploads leave the disk its floor. */
static int look_at_disk(struct deposit_parts *p, int64_t more)
{
	struct store_health h;

	store_get_health(p->d->m->store, &h);
	return h.disk_size > 0 && h.disk_free - more < p->d->m->settings.free_floor ? E_FULL : 0;
}

/* All of it is allocated now if it is known how much: what would not be committed later must not take the floor from others meanwhile. */
static int stage(struct deposit_parts *p)
{
	int64_t length = p->d->length > 0 ? p->d->length : 0;
	int rc = look_at_disk(p, length);

	return rc < 0 ? rc : blob_stage(&p->blob, store_blobs(p->d->m->store), (uint64_t)length);
}

static int write_piece(struct deposit_parts *p)
{
	int rc = p->blob.fd < 0 ? stage(p) : p->d->length < 0 ? look_at_disk(p, 0) : 0;

	if (rc == 0)	/* first, so that the disk works while the digests do */
		rc = blob_write(&p->blob, p->writing.data, p->writing.len);
	return rc;
}

static int run_piece(struct work *w, struct db *db)
{
	struct deposit_parts *p = container_of(w, struct deposit_parts, work);
	int rc = write_piece(p);

	(void)db;
	if (rc == 0)
		digest_piece(p, false);
	return rc;
}

static void on_piece(struct work *w)
{
	struct deposit *d = container_of(w, struct deposit_parts, work)->d;
	struct deposit_parts *p = d->parts;
	int rc = w->rc;

	if (!is_back(d))
		return;
	if (rc < 0 || p->rc < 0) {
		finish(d, rc < 0 ? rc : p->rc);
		return;
	}
	p->writing.len = 0;
	if (p->shed || p->squeezed)
		buf_clear(&p->writing);
	if ((p->shed || p->squeezed) && p->filling.len == 0)
		buf_clear(&p->filling);
	p->shed = false;
	move(d);
	p->squeezed = false;
	room_keep(d->room, &p->guest, held(p));
	look_whether_drained(d);	/* whoever drops it in here does not end it: the file has to go first */
}

static int run_end(struct work *w, struct db *db)
{
	struct deposit_parts *p = container_of(w, struct deposit_parts, work);
	int rc = p->blob.fd >= 0 ? blob_commit(&p->blob, &p->where) : 0;

	(void)db;
	if (!p->to_file)
		digest_piece(p, false);
	end_digests(p);
	return rc;
}

static void on_ended(struct work *w)
{
	struct deposit *d = container_of(w, struct deposit_parts, work)->d;
	int rc = w->rc;

	if (is_back(d))
		finish(d, rc);
}

static void give_to_lane(struct deposit_parts *p, int (*run)(struct work *w, struct db *db), void (*done)(struct work *w))
{
	p->busy = true;
	p->work = (struct work){ .run = run, .done = done };
	lanes_run(p->d->m->lanes, &p->work);
}

static void swap_buffers(struct deposit_parts *p)
{
	struct buf full = p->filling;

	p->filling = p->writing;
	p->writing = full;
}

static void end_in_memory(struct deposit_parts *p)
{
	swap_buffers(p);
	if (p->writing.len > DEPOSIT_DIRECT_MAX) {
		give_to_lane(p, run_end, on_ended);
		return;
	}
	digest_piece(p, true);
	end_digests(p);
	finish_later(p, 0);
}

/* Whatever is due next. */
static void move(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	if (p->busy || p->rc < 0)
		return;
	if (p->to_file && (p->filling.len >= DEPOSIT_PIECE || ((p->ending || p->squeezed) && p->filling.len > 0))) {
		p->shed = p->squeezed;
		p->squeezed = false;
		swap_buffers(p);
		give_to_lane(p, run_piece, on_piece);
	} else if (p->ending && p->to_file) {
		drop_buffers(p);
		give_to_lane(p, run_end, on_ended);
		room_keep(p->d->room, &p->guest, 0);
	} else if (p->ending) {
		end_in_memory(p);
	}
}

void deposit_begin(struct deposit *d)
{
	struct deposit_parts *p = calloc(1, sizeof *p);

	CHECK(p != NULL && d->m && d->max >= 0);
	p->d = d;
	p->blob.fd = -1;
	p->guest = (struct room_guest){ .use = ROOM_UPLOADS, .granted = on_granted, .squeeze = on_squeezed };
	p->to_file = d->always_file || d->length > BLOB_NEEDLE_MAX;
	d->parts = p;
	d->full = false;
	d->got = 0;
	d->want[DIGEST_MD5] = d->want[DIGEST_CRC64NVME] = true;
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (d->want[k])
			digest_begin(&p->digest[k], (enum digest_kind)k);
	room_begin(d->room, &p->guest);
	d->granted(d);
}

void deposit_feed(struct deposit *d, const void *bytes, size_t n)
{
	struct deposit_parts *p = d->parts;

	CHECK(!p->ending && !p->guest.waits && !p->dropped);
	if (p->rc < 0 || n == 0)
		return;
	if ((int64_t)n > d->max - d->got) {
		if (p->busy)
			p->rc = E_TOO_LARGE;
		else
			finish_later(p, E_TOO_LARGE);
		return;
	}
	d->got += (int64_t)n;
	buf_add(&p->filling, bytes, n);
	if (d->got > BLOB_NEEDLE_MAX)
		p->to_file = true;
	if (p->to_file)
		move(d);
	(void)room_came(d->room, &p->guest, (int64_t)n, held(p));
	look_whether_full(d);
}

void deposit_end(struct deposit *d)
{
	struct deposit_parts *p = d->parts;

	if (p->rc < 0)
		return;
	CHECK(!p->ending);
	p->ending = true;
	room_end(d->room, &p->guest);
	d->full = false;
	move(d);
}

/* -- the object -- */

struct extent deposit_take(struct deposit *d)
{
	struct extent e = d->parts->where;

	CHECK(d->parts->stored && d->parts->to_file);
	d->parts->where = (struct extent){ .kind = EXTENT_NONE };
	return e;
}

static void describe(struct deposit *d)
{
	struct deposit_parts *p = d->parts;
	struct object *o = &d->put.o;
	enum digest_kind k = o->sum.type == SUM_NONE ? DIGEST_CRC64NVME : o->sum.kind;
	struct buf sum = { 0 };
	char hex[33];

	CHECK(d->want[k]);
	hex_encode(hex, d->sum[DIGEST_MD5], 16);
	base64_encode(&sum, d->sum[k], digest_size(k));
	o->size = d->got;
	o->etag = arena_str(&p->arena, str_of(hex));
	o->sum = (struct checksum){ SUM_FULL, k, arena_str(&p->arena, str_n(sum.data, sum.len)) };
	o->extents = p->where.kind == EXTENT_FILE ? &p->where : NULL;
	o->extent_count = p->where.kind == EXTENT_FILE;
	buf_clear(&sum);
}

static void tell(const struct deposit *d)
{
	const struct object *o = &d->put.o;

	feed_tell(d->m->feed, &(struct feed_event){ .what = FEED_UPLOADED, .at_ms = o->mtime_ms, .bucket = d->put.bucket, .key = o->key,
			.seq = o->seq, .upload = d->upload });
}

/* Committed is committed, whether anybody waits for it or not. */
static void on_put(struct commit *c)
{
	struct deposit *d = container_of(c, struct deposit_parts, commit)->d;
	int rc = c->change->rc;

	if (rc == 0) {
		d->parts->where = (struct extent){ .kind = EXTENT_NONE };
		minilab_wake(d->m);
		tell(d);
	}
	if (is_back(d))
		d->done(d, rc);
}

void deposit_put(struct deposit *d)
{
	struct deposit_parts *p = d->parts;
	struct change *c = &d->put.change;

	CHECK(p->stored && !p->busy && !p->dropped);
	describe(d);
	d->put.store = d->m->store;
	c->needles = NULL;
	c->needle_count = 0;
	if (!p->to_file && d->got > 0) {
		p->needle = (struct needle){ .key = str_of(arena_printf(&p->arena, "%.*s/%.*s", STR_ARG(d->put.bucket), STR_ARG(d->put.o.key))),
					     .data = str_n(p->writing.data, p->writing.len) };
		c->needles = &p->needle;
		c->needle_count = 1;
	}
	p->busy = true;
	p->commit = (struct commit){ .lanes = d->m->lanes, .change = c, .done = on_put };
	lanes_commit(d->m->lanes, &p->commit);
}
