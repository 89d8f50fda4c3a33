/* The bytes of an upload: in pieces, each of which is staged, digested, and committed with the new offset (storage/resumable.h) before the next is taken. */
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/store.h"
#include "web/api/tus.h"

static void go_on(struct tus *t);

/* -- the end -- */

static void answer(struct tus *t)
{
	struct local *l = t->u.l;

	if (t->u.fault_status != 0) {
		tus_refuse(t);
		return;
	}
	http_header_int(l->call->r, "Upload-Offset", t->r.at);
	tus_describe(t);
	http_reply(local_begin(l, t->created ? 201 : 204), (struct str){ 0 });
}

static void finish(struct tus *t)
{
	tus_feeder_leave(t);
	if (t->u.l->call)
		answer(t);
	arena_clear(&t->add.arena);
	buf_clear(&t->crc64);
	local_rest(t->u.l);
}

static void refuse_verdict(struct tus *t, enum token_verdict v)
{
	struct leave_refusal why = leave_refusal(&t->u.l->arena, &t->u.leave.token, v);

	upload_fault(&t->u, why.status, why.code, why.message);
}

static void fail(struct tus *t, int rc)
{
	if (rc == E_PRECONDITION && t->u.verdict != TOKEN_FINE)
		refuse_verdict(t, t->u.verdict);
	else
		tus_refuse_rc(t, rc);
}

static void drop(struct tus *t)
{
	if (t->dropping)
		return;
	t->dropping = true;
	deposit_drop(&t->d);
}

static void on_gone(struct deposit *d)
{
	struct tus *t = d->owner;

	t->depositing = t->granted = t->sealed = t->dropping = false;
	go_on(t);
}

/* -- a piece becomes durable -- */

static int run_forget(struct work *w, struct db *db)
{
	struct tus *t = container_of(w, struct tus, forget);

	(void)db;
	blob_forget(store_blobs(t->u.l->m->store), &t->add.where);
	return 0;
}

static void on_forgotten(struct work *w)
{
	drop(container_of(w, struct tus, forget));
}

static void on_added(struct commit *c)
{
	struct tus *t = container_of(c, struct tus, commit);
	int rc = c->change->rc;

	if (rc == 0) {
		t->r.at = t->add.offset;
		t->r.pieces += t->add.size > 0;
		if (t->add.size > 0)
			t->r.expires_ms = t->add.expires_ms;
		if (t->add.finished)
			tus_tell(t, &t->add.o);
		drop(t);
		return;
	}
	if (rc == E_MISMATCH)
		t->r.at = t->add.offset;
	fail(t, rc);
	t->forget = (struct work){ .run = run_forget, .done = on_forgotten };
	lanes_run(t->u.l->m->lanes, &t->forget);
}

static int use_token(struct resumable_append *a, struct db *db)
{
	struct tus *t = a->also_owner;

	return token_use(db, t->u.leave.token.id, a->o.bucket, a->o.key, a->o.size, t->type, &t->u.verdict);
}

static void add_piece(struct tus *t)
{
	struct resumable_append *a = &t->add;

	arena_clear(&a->arena);
	resumable_append_init(a);
	a->store = t->u.l->m->store;
	a->bucket = t->u.bucket;
	a->id = t->r.id;
	a->at = t->r.at;
	a->size = t->d.got;
	a->where = deposit_take(&t->d);
	memcpy(a->md5, t->d.sum[DIGEST_MD5], sizeof a->md5);
	t->crc64.len = 0;
	base64_encode(&t->crc64, t->d.sum[DIGEST_CRC64NVME], digest_size(DIGEST_CRC64NVME));
	a->crc64 = str_n(t->crc64.data, t->crc64.len);
	a->actor = t->u.actor;
	a->expires_ms = clock_wall_ms() + t->u.l->m->settings.tus_expiry_s * 1000;
	if (t->u.leave.by_token) {
		a->also = use_token;
		a->also_owner = t;
	}
	t->commit = (struct commit){ .lanes = t->u.l->m->lanes, .change = &a->change, .done = on_added };
	lanes_commit(t->u.l->m->lanes, &t->commit);
}

static bool is_as_promised(struct tus *t)
{
	for (int k = 0; k < DIGEST_KINDS; k++)
		if (t->u.wanted[k] && !digest_same(t->u.want[k], t->d.sum[k], digest_size((enum digest_kind)k))) {
			if (k == DIGEST_SHA256 && t->u.promised)
				upload_fault(&t->u, 400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
			else
				upload_fault(&t->u, 460, "ChecksumMismatch", "The body does not have the checksum that the request says; nothing was changed.");
			return false;
		}
	return true;
}

static void on_done(struct deposit *d, int rc)
{
	struct tus *t = d->owner;

	if (rc < 0)
		fail(t, rc);
	if (rc == 0 && is_as_promised(t))
		add_piece(t);
	else
		drop(t);
}

static void seal(struct tus *t)
{
	t->sealed = true;
	deposit_end(&t->d);
}

/* -- bytes -- */

static struct tus *tus_of(struct http_request *r)
{
	struct call *c = r->app;

	return ((struct local *)c->face_state)->state;
}

static void pause_body(struct tus *t)
{
	t->paused = true;
	http_pause(t->u.l->call->r);
}

static void resume_body(struct tus *t)
{
	t->heard_ms = clock_mono_ms();
	t->paused = false;
	if (t->u.l->call && !t->ended)
		http_resume(t->u.l->call->r);
}

/* While its length is not told, a token's limit is the only one that its bytes have. */
static bool is_limited_by_token(const struct tus *t)
{
	return t->r.length == RESUMABLE_LATER && t->u.leave.by_token && t->u.leave.token.size_max < OBJECT_SIZE_MAX;
}

static bool is_too_much(const struct tus *t, size_t n)
{
	int64_t there = t->r.at + (t->depositing ? t->d.got : 0), length = t->r.length == RESUMABLE_LATER ? OBJECT_SIZE_MAX : t->r.length;

	if (is_limited_by_token(t))
		length = t->u.leave.token.size_max;
	return (int64_t)n > length - there;
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct tus *t = tus_of(r);

	t->heard_ms = clock_mono_ms();
	if (t->u.fault_status != 0)
		return;
	if (is_too_much(t, n)) {
		if (is_limited_by_token(t))
			refuse_verdict(t, TOKEN_TOO_LARGE);
		else
			tus_refuse_rc(t, E_TOO_LARGE);
		if (t->depositing)
			drop(t);
		else
			go_on(t);
		return;
	}
	deposit_feed(&t->d, p, n);
	if (!t->held && t->d.got >= t->piece && !t->sealed) {
		pause_body(t);
		seal(t);
	} else if (t->d.full) {
		pause_body(t);
	}
}

static void take_end(struct tus *t, int rc)
{
	if (rc == E_TIMEOUT)
		upload_fault(&t->u, 408, "RequestTimeout", "Nothing of the body came for too long (setting body_ms); what came before is kept.");
	else if (rc < 0 && rc != E_CLOSED)
		upload_fault(&t->u, 400, "InvalidRequest", "The body is malformed.");
}

/* What came of a body that was cut off is kept, unless all of it was to be checked. */
static void on_end(struct http_request *r, int rc)
{
	struct tus *t = tus_of(r);

	if (t->ended)
		return;
	t->ended = true;
	if (t->u.fault_status != 0)
		return;		/* it is being dropped already */
	take_end(t, rc);
	if (!t->depositing)
		go_on(t);
	else if (t->granted && !t->sealed && rc < 0 && t->held)
		drop(t);
	else if (t->granted && !t->sealed)
		seal(t);
}

/* -- fewer pieces -- */

static void on_joined(struct tus *t, int rc)
{
	if (rc == 0)
		t->r.pieces -= t->join.count - 1;
	else
		tus_refuse_rc(t, rc);
	resumable_join_clear(&t->join);
	t->joining = false;
	go_on(t);
}

static int run_undo(struct work *w, struct db *db)
{
	struct tus *t = container_of(w, struct tus, copy);

	(void)db;
	resumable_join_undo(&t->join);
	return 0;
}

static void on_undone(struct work *w)
{
	struct tus *t = container_of(w, struct tus, copy);

	on_joined(t, t->join.change.rc);
}

static void on_join_committed(struct commit *c)
{
	struct tus *t = container_of(c, struct tus, commit);

	if (c->change->rc == 0) {
		on_joined(t, 0);
		return;
	}
	t->copy = (struct work){ .run = run_undo, .done = on_undone };
	lanes_run(t->u.l->m->lanes, &t->copy);
}

static int run_copy(struct work *w, struct db *db)
{
	return resumable_join_copy(&container_of(w, struct tus, copy)->join, db);
}

static void on_copied(struct work *w)
{
	struct tus *t = container_of(w, struct tus, copy);

	if (w->rc < 0) {
		on_joined(t, w->rc);
		return;
	}
	t->commit = (struct commit){ .lanes = t->u.l->m->lanes, .change = &t->join.change, .done = on_join_committed };
	lanes_commit(t->u.l->m->lanes, &t->commit);
}

static void join(struct tus *t)
{
	t->joining = true;
	resumable_join_init(&t->join, t->u.l->m->store, t->r.id);
	t->copy = (struct work){ .run = run_copy, .done = on_copied };
	lanes_run(t->u.l->m->lanes, &t->copy);
}

/* -- the next piece -- */

static void take_bytes(struct tus *t)
{
	static const struct http_sink sink = { on_data, on_end, NULL };

	if (t->started) {
		resume_body(t);
		return;
	}
	t->started = true;
	t->heard_ms = clock_mono_ms();
	http_body_stream(t->u.l->call->r, &sink);
}

static void on_granted(struct deposit *d)
{
	struct tus *t = d->owner;

	t->granted = true;
	if (!t->u.l->call || (t->ended && t->started))
		drop(t);
	else if (t->ended)
		seal(t);	/* there is no body */
	else
		take_bytes(t);
}

static void on_drained(struct deposit *d)
{
	struct tus *t = d->owner;

	if (!t->sealed)
		resume_body(t);
}

/* An object has RESUMABLE_PIECES_MAX of them, whatever its length: the further it is, the larger they are. */
static int64_t size_of_piece(const struct tus *t)
{
	int64_t half = RESUMABLE_PIECES_MAX / 2, least = OBJECT_SIZE_MAX / half;

	if (t->r.pieces >= half)
		return least;
	return t->r.length / half > TUS_PIECE ? t->r.length / half : TUS_PIECE;
}

static void begin_piece(struct tus *t)
{
	struct deposit *d = &t->d;
	int64_t length = t->u.l->call->r->content_length;

	*d = (struct deposit){ .m = t->u.l->m, .room = t->u.l->room, .max = t->held ? TUS_HELD_MAX : OBJECT_SIZE_MAX, .always_file = true,
			       .granted = on_granted, .drained = on_drained, .done = on_done, .gone = on_gone, .owner = t };
	memcpy(d->want, t->u.wanted, sizeof d->want);
	/* Space is not taken in advance: a body that breaks off is kept as it is. */
	d->length = length >= 0 && length <= BLOB_NEEDLE_MAX ? length : -1;
	t->piece = size_of_piece(t);
	t->depositing = true;
	deposit_begin(d);
}

static bool is_complete(const struct tus *t)
{
	return t->r.at == t->r.length;
}

static bool is_crowded(const struct tus *t)
{
	return t->r.pieces >= t->u.l->m->settings.tus_pieces;
}

static void go_on(struct tus *t)
{
	if (t->joining)
		return;		/* on_joined comes */
	if (!t->u.l->call || t->u.fault_status != 0 || (t->ended && !t->depositing))
		finish(t);
	else if (is_complete(t))
		resume_body(t);		/* its end is to come */
	else if (is_crowded(t))
		join(t);
	else
		begin_piece(t);
}

void tus_body_start(struct tus *t)
{
	const struct http_request *r = t->u.l->call->r;

	local_hold(t->u.l);
	t->ended = !r->has_body || r->content_length == 0;
	if (t->ended && (t->created || t->r.seq != 0))
		finish(t);
	else if (is_crowded(t) && !t->ended)
		join(t);
	else
		begin_piece(t);
}
