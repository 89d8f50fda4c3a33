/* ?wait=thumbnails: the answer waits until every photo has its end, or its time is over. Costs a listener of the feed and a timer; what the feed
 * tells is only a hint to read again. */
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "pipeline/feed.h"
#include "web/api/upload.h"

struct waiting {
	struct upload *u;
	struct feed_listener ear;
	uv_timer_t timer;
	struct work work;
	struct buf out;			/* what the last reading says */
	bool reading;			/* a lane has it, and the files' states */
	bool again;			/* something was heard meanwhile */
	bool late;			/* the time is over, or the client gone */
	bool closing;
	int ready, open;
};

/* -- reading -- */

static int read_one(struct waiting *w, struct db *db, struct json *j, struct upload_file *f)
{
	struct photo_asked ask = { w->u->bucket, f->key, f->seq };
	bool no_bucket;
	int rc = photo_status_write(db, &ask, j, &f->state, &no_bucket);

	if (rc == E_NOT_FOUND) {
		f->state = PHOTO_DELETED;
		json_cstr(j, "state", "deleted");
	}
	w->ready += f->state == PHOTO_READY;
	w->open += photo_state_is_open(f->state);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int run(struct work *work, struct db *db)
{
	struct waiting *w = container_of(work, struct waiting, work);
	struct upload *u = w->u;
	struct json j = json_into(&w->out);
	int rc = 0;

	w->out.len = 0;
	w->ready = w->open = 0;
	json_open(&j, NULL, '{');
	if (u->count > 1)
		json_open(&j, "files", '[');
	for (struct upload_file *f = u->first; f && rc == 0; f = f->next) {
		if (u->count > 1)
			json_open(&j, NULL, '{');
		upload_write_file(&j, u, f);
		if (f->status == 0)
			rc = read_one(w, db, &j, f);
		if (u->count > 1)
			json_close(&j);
	}
	if (u->count > 1)
		json_close(&j);
	json_close(&j);
	return rc;
}

/* -- the end -- */

static int status_of(const struct waiting *w)
{
	static const int statuses[PHOTO_STATES] = { [PHOTO_QUEUED] = 202, [PHOTO_RUNNING] = 202, [PHOTO_READY] = 201, [PHOTO_FAILED] = 422,
		[PHOTO_SUPERSEDED] = 409, [PHOTO_UNWATCHED] = 202, [PHOTO_DELETED] = 409 };

	if (w->u->count == 1)
		return statuses[w->u->first->state];
	return w->ready == w->u->count ? 201 : 207;
}

static void on_closed(uv_handle_t *h)
{
	struct waiting *w = h->data;
	struct upload *u = w->u;
	struct local *l = u->l;
	int status = w->work.rc < 0 ? 500 : status_of(w);

	l->left = NULL;
	if (l->call && status != 500) {
		l->out = w->out;
		upload_send(u, status);
	} else {
		buf_clear(&w->out);
		if (l->call)
			local_refuse_rc(l, w->work.rc, NULL);
		upload_end(u);
	}
	free(w);
}

static void close_all(struct waiting *w)
{
	if (w->closing || w->reading)
		return;
	w->closing = true;
	local_unpark(w->u->l);
	feed_leave(&w->ear);
	uv_close((uv_handle_t *)&w->timer, on_closed);
}

/* -- what happens meanwhile -- */

static void on_read(struct work *work);

static void read_all(struct waiting *w)
{
	w->reading = true;
	w->again = false;
	w->work = (struct work){ .run = run, .done = on_read };
	lanes_run(w->u->l->m->lanes, &w->work);
}

static void on_read(struct work *work)
{
	struct waiting *w = container_of(work, struct waiting, work);

	w->reading = false;
	if (w->late || work->rc < 0 || w->open == 0)
		close_all(w);
	else if (w->again)
		read_all(w);
}

static void on_heard(struct feed_listener *ear, const struct feed_event *e)
{
	struct waiting *w = container_of(ear, struct waiting, ear);
	bool ours = false;

	for (const struct upload_file *f = w->u->first; f && !ours; f = f->next)
		ours = f->status == 0 && (e->seq == 0 || e->seq >= f->seq) && str_eq(f->key, e->key);
	if (!ours || e->what == FEED_STARTED || e->what == FEED_RETRY)
		return;
	w->again = true;
	if (!w->reading)
		read_all(w);
}

/* Read once more, so that the answer is of now. */
static void on_late(uv_timer_t *t)
{
	struct waiting *w = t->data;

	w->late = true;
	if (!w->reading && !w->closing)
		read_all(w);
}

static void on_hurry(struct local *l)
{
	on_late(&((struct upload *)l->state)->waiting->timer);
}

static void on_left(struct local *l)
{
	struct waiting *w = ((struct upload *)l->state)->waiting;

	w->late = true;
	close_all(w);
}

void upload_wait(struct upload *u)
{
	struct waiting *w = calloc(1, sizeof *w);

	CHECK(w != NULL && uv_timer_init(u->l->m->loop, &w->timer) == 0);
	w->u = u;
	w->timer.data = w;
	u->waiting = w;
	u->l->left = on_left;
	local_park(u->l, on_hurry);
	w->ear = (struct feed_listener){ .heard = on_heard, .bucket = u->bucket };
	feed_listen(u->l->m->feed, &w->ear);
	uv_timer_start(&w->timer, on_late, (uint64_t)u->wait_s * 1000, 0);
	read_all(w);
}
