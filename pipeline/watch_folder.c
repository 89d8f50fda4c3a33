/* watch_folder.c - the watcher of one folder: a thread that hears, looks, knows what is on its way, and hands out what is due. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/watch_parts.h"

#define BACK_OFF_MS 1000
#define BACK_OFF_MAX_MS 300000
#define MISSING_MS 2000			/* between two looks for a folder that is not there */
#define LOOK_AGAIN_MS 500		/* at a file that is being written, or has no end yet */
#define LOOK_AGAIN_MAX_MS 20000
#define SLEEP_MAX_MS 60000

/* -- told to people -- */

static bool is_told(const struct watch_folder *f, const char *path, const char *text)
{
	for (int i = 0; i < WATCH_ERRORS; i++)
		if (f->errors[i].path && strcmp(f->errors[i].path, path) == 0 && strcmp(f->errors[i].text, text) == 0)
			return true;
	return false;
}

static void keep_error(struct watch_folder *f, const char *path, const char *text)
{
	struct watch_error *e = &f->errors[f->error_at];

	f->error_at = (f->error_at + 1) % WATCH_ERRORS;
	free(e->path);
	e->path = strdup(path);
	CHECK(e->path != NULL);
	e->at_ms = clock_wall_ms();
	snprintf(e->text, sizeof e->text, "%s", text);
}

/* What is among the last ones is not told again at every look. */
void folder_error(struct watch_folder *f, const char *path, int rc, const char *doing)
{
	char text[sizeof f->errors[0].text];
	bool again;

	snprintf(text, sizeof text, "%s: %s", doing, err_text(rc));
	uv_mutex_lock(&f->lock);
	again = is_told(f, path, text);
	if (!again)
		keep_error(f, path, text);
	uv_mutex_unlock(&f->lock);
	if (!again)
		log_warn(rc, "watch=%s path=%s error=\"%s\"", f->spec.name, log_quote(str_of(path)), doing);
}

/* Under lock. */
void folder_why(const struct watch_folder *f, char to[WATCH_WHY_MAX])
{
	static const struct { enum watch_blame blame; int rc; const char *why; } known[] = {
		{ BLAME_DONE, -EXDEV, "its done folder is on another file system" },
		{ BLAME_DONE, -ENOENT, "its done folder is not there" },
		{ BLAME_WATCHES, -ENOSPC, "raise fs.inotify.max_user_watches; until then it is looked through more often" },
		{ BLAME_INSTANCES, -EMFILE, "raise fs.inotify.max_user_instances; until then it is looked through more often" },
	};

	snprintf(to, WATCH_WHY_MAX, "%s%s", f->stats.blame == BLAME_DONE ? "its done folder: " : "", err_text(f->stats.rc));
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (f->stats.blame == known[i].blame && f->stats.rc == known[i].rc)
			snprintf(to, WATCH_WHY_MAX, "%s", known[i].why);
}

static void set_state(struct watch_folder *f, enum watch_state s, int rc, enum watch_blame blame)
{
	char why[WATCH_WHY_MAX];
	bool changed;

	uv_mutex_lock(&f->lock);
	changed = f->stats.state != s || f->stats.rc != rc;
	f->stats.state = s;
	f->stats.rc = rc;
	f->stats.blame = blame;
	folder_why(f, why);
	uv_mutex_unlock(&f->lock);
	if (!changed)
		return;
	if (rc < 0)
		log_warn(rc, "watch=%s dir=%s state=%s why=\"%s\"", f->spec.name, log_quote(str_of(f->spec.dir)), watch_state_text(s), why);
	else
		log_info("watch=%s dir=%s state=%s", f->spec.name, log_quote(str_of(f->spec.dir)), watch_state_text(s));
}

/* All at once: that a look has ended is told together with how many files of it wait. */
static void publish(struct watch_folder *f)
{
	struct drops *d = f->drops;

	uv_mutex_lock(&f->lock);
	f->stats.looks = f->look.ended;
	f->stats.files = f->look.files_there;
	f->stats.looking = f->look.wanted || (f->look.active && f->look.whole);
	f->stats.folders = f->notify.count;
	f->stats.settling = drops_waiting(d, DROP_SETTLES);
	f->stats.written = drops_waiting(d, DROP_WRITTEN);
	f->stats.unfinished = drops_waiting(d, DROP_UNFINISHED);
	f->stats.failed = drops_waiting(d, DROP_FAILED);
	f->stats.taking = f->flight;
	if (f->look_asked) {
		f->look_asked = false;
		look_ask(f, NULL);
		f->stats.looking = true;
	}
	uv_mutex_unlock(&f->lock);
}

/* -- the folder itself -- */

/* What is on its way is forgotten, and found again when the folder is. */
static void leave_top(struct watch_folder *f)
{
	CHECK(f->flight == 0);
	look_end(f);
	forget_end(f);
	notify_close(&f->notify);
	drops_clear(f->drops);
	if (f->done >= 0)
		close(f->done);
	if (f->top >= 0)
		close(f->top);
	f->top = f->done = -1;
	f->leaving = false;
}

/* A done folder elsewhere must be there, and where a file can be moved to without being copied. */
static int open_done(struct watch_folder *f, const struct stat *top)
{
	struct stat st;

	if (f->spec.after != WATCH_MOVE || f->done_inside[0])
		return 0;
	f->done = open(f->spec.done, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->done < 0 || fstat(f->done, &st) < 0)
		return -errno;
	return st.st_dev == top->st_dev ? 0 : -EXDEV;
}

static int open_top(struct watch_folder *f, enum watch_blame *blame)
{
	struct stat st;
	int rc = 0;

	*blame = BLAME_DIR;
	f->top = open(f->spec.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->top < 0 || fstat(f->top, &st) < 0)
		return -errno;
	f->top_device = (int64_t)st.st_dev;
	f->top_inode = (int64_t)st.st_ino;
	*blame = BLAME_DONE;
	if ((rc = open_done(f, &st)) < 0)
		return rc;
	look_ask(f, NULL);
	return 0;
}

static void need_top(struct watch_folder *f)
{
	enum watch_blame blame;
	int rc;

	if (f->top >= 0 || clock_mono_ms() < f->top_retry_ms)
		return;
	if ((rc = open_top(f, &blame)) == 0)
		return;
	leave_top(f);
	f->top_retry_ms = clock_mono_ms() + MISSING_MS;
	set_state(f, WATCH_MISSING, rc, blame);
}

/* Another folder has that name now, or none: a mount came or went. */
static bool is_another(const struct watch_folder *f)
{
	struct stat st;

	return stat(f->spec.dir, &st) < 0 || (int64_t)st.st_dev != f->top_device || (int64_t)st.st_ino != f->top_inode;
}

static void judge_state(struct watch_folder *f)
{
	if (f->top < 0)
		return;
	if (f->spec.poll)
		set_state(f, WATCH_POLLING, 0, BLAME_DIR);
	else if (f->notify.fd < 0)
		set_state(f, WATCH_PARTLY, -EMFILE, BLAME_INSTANCES);
	else if (f->notify.partial)
		set_state(f, WATCH_PARTLY, f->notify.rc, BLAME_WATCHES);
	else
		set_state(f, WATCH_WATCHING, 0, BLAME_DIR);
}

/* -- files on their way -- */

void folder_note(struct watch_folder *f, const char *path, const struct stat *st, enum notify_what what)
{
	struct drop *d = drops_find(f->drops, path);
	int64_t now = clock_mono_ms();

	if (!d && !(d = drops_add(f->drops, path))) {
		look_ask(f, NULL);	/* it will be found when there is room */
		return;
	}
	d->written = d->written || what == NOTIFY_WRITTEN;
	d->closed = what == NOTIFY_WRITTEN || what == NOTIFY_MOVED || (d->closed && what == NOTIFY_NOTHING);
	d->unclosed = what == NOTIFY_MADE ? st->st_nlink == 1 : what == NOTIFY_WRITTEN ? false : d->unclosed;
	if (d->held) {
		d->again = true;
		return;
	}
	d->stamp = watch_stamp_of(st);
	d->since_ms = now;
	d->fails = 0;
	d->read = false;
	drops_settle(f->drops, d, DROP_SETTLES, now + f->spec.settle_ms);
}

static int64_t charge_of(const struct drop *d)
{
	return d->stamp.size <= BLOB_NEEDLE_MAX ? d->stamp.size : BLOB_NEEDLE_MAX;
}

static void hand_out(struct watch_folder *f, struct drop *d)
{
	struct taking *t = calloc(1, sizeof *t);

	CHECK(t != NULL);
	t->folder = f;
	t->drop = d;
	t->path = d->path;
	t->stamp = d->stamp;
	t->written = d->written;
	t->unclosed = d->unclosed;
	t->closed = d->closed;
	t->read = d->read;
	t->patient = clock_mono_ms() - d->since_ms < f->spec.unfinished_s * 1000;
	t->charge = charge_of(d);
	drops_hold(f->drops, d);
	f->flight++;
	f->flight_bytes += t->charge;
	hands_give(f, t);
}

static bool has_room(const struct watch_folder *f)
{
	return f->flight < WATCH_FLIGHT_MAX && f->flight_bytes < WATCH_FLIGHT_BYTES;
}

static void hand_out_due(struct watch_folder *f)
{
	const struct drop *d;

	while (f->top >= 0 && !f->leaving && has_room(f) && (d = drops_first(f->drops)) != NULL && d->due_ms <= clock_mono_ms())
		hand_out(f, drops_find(f->drops, d->path));
}

/* -- what came of them -- */

static void count(struct watch_folder *f, const struct taking *t)
{
	uv_mutex_lock(&f->lock);
	if (t->outcome == TAKE_PUT) {
		f->stats.put++;
		f->stats.bytes += t->now.size;
	}
	f->stats.skipped += t->outcome == TAKE_SAME;
	uv_mutex_unlock(&f->lock);
}

static void changed(struct watch_folder *f, struct drop *d, const struct watch_stamp *now)
{
	d->stamp = *now;
	d->again = d->read = false;
	d->since_ms = clock_mono_ms();
	drops_settle(f->drops, d, DROP_SETTLES, d->since_ms + f->spec.settle_ms);
}

static int64_t back_off_ms(int fails)
{
	int64_t ms = BACK_OFF_MS << (fails < 10 ? fails : 10);

	return ms < BACK_OFF_MAX_MS ? ms : BACK_OFF_MAX_MS;
}

static const char *what_failed(const struct taking *t)
{
	return t->after_failed ? "it is an object now, but could not be moved or deleted" :
	       t->rc == E_NOT_FOUND ? "there is no such bucket any more" :
	       t->rc == E_TOO_LARGE && t->now.size <= OBJECT_SIZE_MAX ? "its path is too long for a key, of 1024 bytes" :
	       "it could not be taken";
}

/* Told once; a folder that has no bucket, or a disk that is full, is not told for each of its files but at the first. */
static void has_failed(struct watch_folder *f, struct drop *d, const struct taking *t)
{
	if (d->fails == 0 && t->rc != f->told_rc && f->told++ < WATCH_TOLD_MAX)
		folder_error(f, d->path, t->rc, what_failed(t));
	f->told_rc = t->rc == E_FULL || t->rc == E_NOT_FOUND || t->rc == E_BUSY ? t->rc : 0;
	d->fails++;
	d->read = t->after_failed;
	drops_settle(f->drops, d, DROP_FAILED, clock_mono_ms() + back_off_ms(d->fails - 1));
}

static void is_over(struct watch_folder *f, struct drop *d)
{
	struct watch_stamp now;
	struct stat st;
	bool again = d->again && fstatat(f->top, d->path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);

	f->told_rc = 0;
	if (!again) {
		drops_remove(f->drops, d);
		return;
	}
	d->fails = 0;
	now = watch_stamp_of(&st);
	changed(f, d, &now);
}

/* The longer it looks as it does, the less often. */
static void look_again(struct watch_folder *f, struct drop *d, enum drop_wait w)
{
	int64_t now = clock_mono_ms(), ms = (now - d->since_ms) / 2;

	ms = ms < LOOK_AGAIN_MS ? LOOK_AGAIN_MS : ms > LOOK_AGAIN_MAX_MS ? LOOK_AGAIN_MAX_MS : ms;
	drops_settle(f->drops, d, w, now + ms);
}

static void settle(struct watch_folder *f, struct taking *t)
{
	struct drop *d = t->drop;

	count(f, t);
	if (t->rc < 0 && t->outcome != TAKE_CHANGED) {
		has_failed(f, d, t);
		return;
	}
	switch (t->outcome) {
	case TAKE_CHANGED:
		changed(f, d, &t->now);
		break;
	case TAKE_WRITTEN:
		look_again(f, d, DROP_WRITTEN);
		break;
	case TAKE_UNFINISHED:
		look_again(f, d, DROP_UNFINISHED);
		break;
	case TAKE_PUT:
	case TAKE_SAME:
	case TAKE_KNOWN:
	case TAKE_GONE:
		is_over(f, d);
		break;
	case TAKE_ON:
	case TAKE_FAILED:
		CHECK(false);
	}
}

static void take_back(struct watch_folder *f)
{
	struct taking *t = hands_take_back(f);

	while (t) {
		struct taking *next = t->next;

		f->flight--;
		f->flight_bytes -= t->charge;
		if (atomic_load(&f->stopping) || f->leaving)
			drops_remove(f->drops, t->drop);
		else
			settle(f, t);
		take_clear(t);
		t = next;
	}
}

/* -- the thread -- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int sleep_ms(struct watch_folder *f)
{
	const struct drop *d = drops_first(f->drops);
	int64_t now = clock_mono_ms(), until = now + SLEEP_MAX_MS;

	if (look_can_step(f))
		return 0;
	if (f->top < 0)
		until = sooner(until, f->top_retry_ms);
	else if (!f->leaving && !f->look.active && !f->look.wanted)
		until = sooner(until, f->look.next_ms);
	if (d && has_room(f) && !f->leaving)
		until = sooner(until, d->due_ms);
	return until > now ? (int)(until - now) : 0;
}

static void sleep_a_while(struct watch_folder *f)
{
	struct pollfd p[2] = { { .fd = f->wake, .events = POLLIN }, { .fd = f->notify.fd, .events = POLLIN } };
	uint64_t n;

	publish(f);
	judge_state(f);
	if (poll(p, 2, sleep_ms(f)) > 0 && (p[0].revents & POLLIN) && read(f->wake, &n, sizeof n) < 0)
		CHECK(errno == EAGAIN);
}

static void turn(struct watch_folder *f)
{
	need_top(f);
	look_hear(f);
	take_back(f);
	if (f->top >= 0 && !f->look.active && !f->look.wanted && clock_mono_ms() >= f->look.next_ms)
		look_ask(f, NULL);
	if (f->top >= 0 && !f->leaving && (f->notify.root_gone || (f->look.wanted && !f->look.active)) && is_another(f))
		f->leaving = true;
	f->notify.root_gone = false;
	if (f->leaving && f->flight == 0)
		leave_top(f);
	if (look_can_step(f))
		look_step(f);
	hand_out_due(f);
}

static void on_ended(struct post *p)
{
	struct watch_folder *f = container_of(p, struct watch_folder, ended);

	watch_folder_ended(f);
}

void folder_main(void *arg)
{
	struct watch_folder *f = arg;

	pthread_setname_np(pthread_self(), "watch");
	drops_open(&f->drops);
	while (!atomic_load(&f->stopping)) {
		turn(f);
		sleep_a_while(f);
	}
	take_back(f);
	while (f->flight > 0) {
		sleep_a_while(f);
		take_back(f);	/* before it sleeps again: nobody wakes it after the last one */
	}
	hands_stop(f);
	leave_top(f);
	drops_close(f->drops);
	f->ended.call = on_ended;
	lanes_post(f->m->lanes, &f->ended);
}
