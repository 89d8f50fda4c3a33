/* The body's way from the socket to body_feed: directly when it is small, else in pieces on a lane, one
 * being filled while the other is worked on. */
#include "web/s3/body.h"

#include "base/check.h"
#include "base/err.h"

#define ROOM_PER_BYTE 8		/* a parsed document takes about so much more than its text */

static void move(struct s3 *s);

/* No blob row will name what was staged: on a lane, after all else. */
static void give_back(struct s3 *s)
{
	struct body *b = s->body;

	blob_abort(&b->blob);
	if (b->where.kind != EXTENT_NONE)
		blob_forget(store_blobs(s->m->store), &b->where);
}

/* -- room -- */

static int64_t held(struct body *b)
{
	if (!b->s->busy)
		b->unpacked = b->data.cap;
	return room_of_buffer(&b->filling, BODY_PIECE) + room_of_buffer(&b->writing, BODY_PIECE) + (int64_t)b->unpacked;
}

static bool is_document(const struct s3 *s)
{
	return s->op->body == BODY_TEXT || s->op->body == BODY_RECEIPT;
}

static void look_whether_paused(struct s3 *s)
{
	struct body *b = s->body;
	bool wanted = b->guest.waits || (!b->direct && b->filling.len >= BODY_PIECE);

	if (wanted == b->paused || b->over)
		return;
	b->paused = wanted;
	if (wanted)
		http_pause(s->call->r);
	else
		http_resume(s->call->r);
}

/* Others wait for what this one has. */
static int64_t on_squeezed(struct room_guest *g)
{
	struct body *b = container_of(g, struct body, guest);

	b->squeezed = true;
	move(b->s);
	if (!b->s->busy) {	/* nothing is to be written */
		b->squeezed = false;
		buf_clear(&b->filling);
		buf_clear(&b->writing);
	}
	return held(b);
}

static void on_cut(struct room_guest *g)
{
	http_expire(container_of(g, struct body, guest)->s->call->r);
}

/* -- its end -- */

static void tell(struct s3 *s, int rc)
{
	struct body *b = s->body;

	if (b->paused) {
		b->paused = false;
		http_resume(s->call->r);
	}
	b->done(s, rc);
}

static void finish(struct s3 *s, int rc)
{
	struct body *b = s->body;

	b->over = true;
	room_end(s->room, &b->guest);
	if (rc < 0 && s->fault.code == S3_FINE)
		s3_refuse_rc(s, rc);
	if (rc < 0 || !is_document(s) || room_take(s->room, &b->work, b->got * ROOM_PER_BYTE))
		tell(s, rc);
}

/* -- its way -- */

/* All of it is allocated now: what would not be committed later must not take the floor from others meanwhile. */
static int stage(struct s3 *s)
{
	struct body *b = s->body;
	struct store_health h;

	store_get_health(s->m->store, &h);
	if (h.disk_size > 0 && h.disk_free - b->length < s->m->settings.free_floor)
		return E_FULL;
	return blob_stage(&b->blob, store_blobs(s->m->store), (uint64_t)b->length);
}

static int feed_piece(struct s3 *s, struct db *db)
{
	struct body *b = s->body;
	int rc;

	(void)db;
	if (b->to_file && b->blob.fd < 0) {
		if ((rc = stage(s)) < 0 || (rc = blob_write(&b->blob, b->data.data, b->data.len)) < 0)
			return rc;
		buf_clear(&b->data);
	}
	return b->writing.len == 0 ? 0 : body_feed(b, b->writing.data, b->writing.len);
}

static void on_fed(struct s3 *s, int rc)
{
	struct body *b = s->body;

	b->writing.len = 0;
	if (rc < 0) {
		finish(s, rc);
		return;
	}
	if (b->shed || b->squeezed || b->ended)
		buf_clear(&b->writing);
	if ((b->shed || b->squeezed) && b->filling.len == 0)
		buf_clear(&b->filling);
	b->shed = false;
	move(s);
	b->squeezed = false;
	if (b->over)
		return;
	room_keep(s->room, &b->guest, held(b));
	look_whether_paused(s);
}

static void move(struct s3 *s)
{
	struct body *b = s->body;
	struct buf full = b->filling;

	if (s->busy || b->over)
		return;
	if (b->ended && b->end_rc < 0) {
		finish(s, b->end_rc);
	} else if (full.len >= BODY_PIECE || (b->ended && full.len > 0) || (b->squeezed && full.len + b->data.len > 0)) {
		if (b->squeezed) {
			b->to_file = true;
			s->undo = give_back;
		}
		b->shed = b->squeezed;
		b->squeezed = false;
		b->filling = b->writing;
		b->writing = full;
		s3_run(s, feed_piece, on_fed);
	} else if (b->ended) {
		finish(s, body_end(b));
	}
}

static struct s3 *s3_of(struct http_request *r)
{
	struct call *c = r->app;

	return c->face_state;
}

/* So much more came. */
static void note(struct s3 *s, size_t n)
{
	struct body *b = s->body;

	if (b->direct && b->got == b->length)
		room_keep(s->room, &b->guest, held(b));
	else
		(void)room_came(s->room, &b->guest, (int64_t)n, held(b));
	look_whether_paused(s);
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct s3 *s = s3_of(r);
	struct body *b = s->body;
	int rc;

	if (b->over)
		return;
	if (b->direct) {
		if ((rc = body_feed(b, p, n)) < 0)
			finish(s, rc);
		else
			note(s, n);
		return;
	}
	if (b->filling.data && p == (const uint8_t *)b->filling.data + b->filling.len)
		buf_wrote(&b->filling, n);	/* read to where it belongs */
	else
		buf_add(&b->filling, p, n);
	move(s);
	if (!b->over)
		note(s, n);
}

/* As much again as there is: what does not come shall not be held. */
static uint8_t *on_room(struct http_request *r, size_t *n)
{
	struct body *b = s3_of(r)->body;
	size_t most = b->filling.cap > b->filling.len + HTTP_READ_SIZE ? b->filling.cap - b->filling.len - 1 : HTTP_READ_SIZE;

	if (b->over || b->direct || b->filling.len >= BODY_PIECE)
		return NULL;
	if (most > BODY_PIECE - b->filling.len)
		most = BODY_PIECE - b->filling.len;
	if (*n > most)
		*n = most;
	return (uint8_t *)buf_reserve(&b->filling, *n);
}

static void on_end(struct http_request *r, int rc)
{
	struct s3 *s = s3_of(r);
	struct body *b = s->body;

	if (rc == E_CLOSED)
		b->over = true;		/* nobody is left to answer; on_gone follows */
	room_end(s->room, &b->guest);
	if (rc == E_BAD_INPUT && !s->busy && !b->over)
		s3_refuse(s, S3_INVALID_REQUEST, "The chunked transfer coding of the body is malformed", NULL);
	b->ended = true;
	b->end_rc = rc;
	move(s);
}

static void on_granted(struct room_guest *g)
{
	struct s3 *s = container_of(g, struct body, guest)->s;

	if (s->call)		/* else the client left while it waited, and its undo is under way */
		look_whether_paused(s);
}

static void on_work(struct room_guest *g)
{
	struct s3 *s = container_of(g, struct body, work)->s;

	if (s->call)		/* likewise */
		tell(s, 0);
}

void body_take(struct s3 *s, void (*done)(struct s3 *s, int rc))
{
	static const struct http_sink sink = { on_data, on_end, on_room };
	struct body *b = s->body;

	b->done = done;
	b->work = (struct room_guest){ .use = ROOM_WORK, .granted = on_work };
	b->guest = (struct room_guest){ .use = ROOM_DOCUMENTS, .granted = on_granted, .cut = on_cut };
	b->direct = !b->to_file && b->length >= 0 && b->length <= BODY_DIRECT_MAX;
	body_begin(b);
	if (b->to_file)
		s->undo = give_back;
	if (b->for_storage && !b->direct)
		b->guest = (struct room_guest){ .use = ROOM_UPLOADS, .granted = on_granted, .squeeze = on_squeezed };
	room_begin(s->room, &b->guest);
	http_body_stream(s->call->r, &sink);
}

static int keep_file(struct s3 *s, struct db *db)
{
	(void)db;
	return body_keep_file(s->body);
}

static void on_kept(struct s3 *s, int rc)
{
	if (rc < 0)
		s3_answer_fault(s);
	else
		s->body->stored(s);
}

static void on_taken(struct s3 *s, int rc)
{
	if (rc == 0 && s->body->to_file)
		s3_run(s, keep_file, on_kept);
	else
		on_kept(s, rc);
}

void body_store(struct s3 *s, void (*stored)(struct s3 *s))
{
	s->body->stored = stored;
	body_take(s, on_taken);
}
