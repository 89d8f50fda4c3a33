#include "pipeline/watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/watch_parts.h"
#include "storage/bucket.h"
#include "storage/record.h"

#define LINES_AT_A_TIME 1000		/* of a ledger that goes */

const char *watch_state_text(enum watch_state s)
{
	static const char *const texts[] = { "starting", "watching", "polling", "partly-watching", "missing" };

	CHECK(s < WATCH_STATES);
	return texts[s];
}

struct watch_folder *watch_find(struct watch *w, struct str name)
{
	struct watch_folder *f = w->first;

	while (f && !str_eq(str_of(f->spec.name), name))
		f = f->next;
	return f;
}

/* -- paths -- */

/* Links resolved when it is there; else as it is told, without a slash at its end. */
static void real_path(const char *path, char to[WATCH_DIR_MAX + 1])
{
	char *real = realpath(path, NULL);

	snprintf(to, WATCH_DIR_MAX + 1, "%s", real ? real : path);
	free(real);
	for (size_t n = strlen(to); n > 1 && to[n - 1] == '/'; n--)
		to[n - 1] = '\0';
}

void watch_place_find(const struct watch_spec *s, struct watch_place *p)
{
	real_path(s->dir, p->dir);
	p->done[0] = '\0';
	if (s->after == WATCH_MOVE && s->done[0] == '/')
		real_path(s->done, p->done);
}

static bool is_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool overlap(const char *a, const char *b)
{
	return is_in(a, b) || is_in(b, a);
}

int watch_refuse(char error[WATCH_ERROR_MAX], int rc, const char *name, const char *why)
{
	snprintf(error, WATCH_ERROR_MAX, "drop folder %s: %s", name, why);
	return rc;
}

static bool moves_into(const struct watch_place *from, const struct watch_place *to)
{
	return from->done[0] && overlap(from->done, to->dir);
}

int watch_check_place(struct watch *w, const struct watch_folder *except, const char *name, const struct watch_place *p,
		      char error[WATCH_ERROR_MAX])
{
	if (overlap(p->dir, w->data) || (p->done[0] && overlap(p->done, w->data)))
		return watch_refuse(error, E_EXISTS, name, "it and the data directory lie in one another");
	if (p->done[0] && is_in(p->dir, p->done))
		return watch_refuse(error, E_EXISTS, name, "it lies in its own done folder");
	for (struct watch_folder *f = w->first; f; f = f->next) {
		if (f == except || f->removed)
			continue;
		if (overlap(p->dir, f->place.dir))
			return watch_refuse(error, E_EXISTS, name, "it and another drop folder lie in one another");
		if (moves_into(p, &f->place) || moves_into(&f->place, p))
			return watch_refuse(error, E_EXISTS, name, "a done folder and another drop folder lie in one another");
	}
	return w->count >= WATCH_FOLDERS_MAX && !except ? watch_refuse(error, E_TOO_LARGE, name, "there are too many (WATCH_FOLDERS_MAX)") : 0;
}

/* Where the done folder is below this one: it is not looked into. */
static void place_done(struct watch_folder *f)
{
	const char *done = f->place.done, *dir = f->place.dir;

	if (f->spec.after != WATCH_MOVE)
		return;
	if (!done[0])
		snprintf(f->done_inside, sizeof f->done_inside, "%s", f->spec.done);
	else if (is_in(done, dir) && done[strlen(dir)] == '/')
		snprintf(f->done_inside, sizeof f->done_inside, "%s", done + strlen(dir) + 1);
}

/* -- one folder's life -- */

struct watch_folder *watch_make(struct watch *w, const struct watch_spec *s, const struct watch_place *p, bool of_settings)
{
	struct watch_folder *f = calloc(1, sizeof *f);

	CHECK(f != NULL);
	f->m = w->m;
	f->of = w;
	f->of_settings = of_settings;
	f->top = f->done = f->notify.fd = -1;
	watch_spec_copy(&f->spec, s);
	f->place = *p;
	place_done(f);
	CHECK(uv_mutex_init(&f->lock) == 0 && uv_cond_init(&f->given) == 0);
	CHECK((f->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) >= 0);
	*w->end = f;
	w->end = &f->next;
	w->count++;
	return f;
}

int watch_start(struct watch_folder *f)
{
	int rc = store_reader(f->m->store, &f->reader);

	if (rc == 0 && (rc = hands_start(f)) < 0)
		hands_stop(f);
	if (rc < 0)
		return rc;
	CHECK(uv_thread_create(&f->thread, folder_main, f) == 0);
	f->runs = true;
	return 0;
}

void watch_stop(struct watch_folder *f)
{
	atomic_store(&f->stopping, true);
	folder_wake(f);
}

static void end_if_empty(struct watch *w)
{
	if (w->first || !w->closed)
		return;
	w->closed(w->owner);
	free(w);
}

void watch_drop(struct watch_folder *f)
{
	struct watch *w = f->of;
	struct watch_folder **at = &w->first;

	while (*at != f)
		at = &(*at)->next;
	if (!(*at = f->next))
		w->end = at;
	w->count--;
	for (int i = 0; i < WATCH_ERRORS; i++)
		free(f->errors[i].path);
	db_close(f->reader);
	close(f->wake);
	uv_mutex_destroy(&f->lock);
	uv_cond_destroy(&f->given);
	watch_spec_clear(&f->spec);
	watch_spec_clear(&f->then);
	free(f);
	end_if_empty(w);
}

/* What is left of a folder that was removed, a part at a time. */
static int sweep(struct errand *e, struct db *db)
{
	struct watch_folder *f = container_of(e, struct watch_folder, sweep);
	int rc;

	if ((f->swept = ledger_drop(db, str_of(f->spec.name), LINES_AT_A_TIME)) != 0)
		return f->swept < 0 ? f->swept : 0;
	rc = record_delete(db, RECORD_WATCH, 0, str_of(f->spec.name));
	return rc == E_NOT_FOUND ? 0 : rc;
}

static void on_swept(struct errand *e, int rc)
{
	struct watch_folder *f = container_of(e, struct watch_folder, sweep);

	if (rc == 0 && f->swept > 0 && !f->of->closed) {
		errand_start(f->m->lanes, e, ERRAND_FREES);
		return;
	}
	if (rc < 0)
		log_warn(rc, "watch=%s its ledger goes at the next start", f->spec.name);
	watch_drop(f);
}

static void start_sweep(struct watch_folder *f)
{
	f->removed = true;
	f->sweep = (struct errand){ .run = sweep, .done = on_swept };
	errand_start(f->m->lanes, &f->sweep, ERRAND_FREES);
}

static void begin_again(struct watch_folder *f)
{
	struct watch_folder *next = watch_make(f->of, &f->then, &f->then_place, false);
	int rc = watch_start(next);

	if (rc == 0)
		return;
	log_error(rc, "watch=%s state=ended", f->spec.name);
	watch_drop(next);
}

/* Its threads have ended but for the last instructions of one. */
void watch_folder_ended(struct watch_folder *f)
{
	uv_thread_join(&f->thread);
	f->runs = false;
	log_info("watch=%s state=ended", f->spec.name);
	if (f->removed && !f->of->closed) {
		start_sweep(f);
		return;
	}
	if (f->renewed && !f->of->closed)
		begin_again(f);
	watch_drop(f);
}

/* -- all of them -- */

struct opening {
	struct watch *watch;
	bool of_settings;
	char *error;
};

static int open_one(void *owner, const struct watch_spec *s)
{
	struct opening *o = owner;
	struct watch_place place;
	int rc;

	watch_place_find(s, &place);
	if ((rc = watch_check_place(o->watch, NULL, s->name, &place, o->error)) == 0)
		watch_make(o->watch, s, &place, o->of_settings);
	return rc;
}

/* A document that cannot be used, because it is damaged or the settings came to name its place, is told and left. */
static int open_record(void *owner, const struct record *r)
{
	struct opening *o = owner;
	struct watch_spec s;
	struct json_value *v;
	struct arena a = {0};
	int rc;

	watch_spec_init(&s);
	snprintf(o->error, WATCH_ERROR_MAX, "drop folder %.*s: its document cannot be read", (int)(r->name.n < 64 ? r->name.n : 64), r->name.p);
	if ((rc = json_parse(&a, r->body, &v)) == 0)
		rc = watch_spec_read(&s, v, o->error);
	if (rc == 0 && watch_find(o->watch, str_of(s.name)))
		rc = watch_refuse(o->error, E_EXISTS, s.name, "the settings have one of that name");
	if (rc == 0 && json_get(v, "removed"))
		watch_make(o->watch, &s, &(struct watch_place){ 0 }, false)->removed = true;
	else if (rc == 0)
		rc = open_one(o, &s);
	if (rc < 0)
		log_error(rc, "%s", o->error);
	watch_spec_clear(&s);
	arena_clear(&a);
	return 0;
}

static int open_records(struct opening *o)
{
	struct db *reader;
	int rc = store_reader(o->watch->m->store, &reader);

	if (rc < 0)
		return rc;
	rc = record_list(reader, RECORD_WATCH, 0, (struct str){0}, WATCH_FOLDERS_MAX, open_record, o);
	db_close(reader);
	return rc;
}

/* A lease that watch_take.c has for a moment may be asked back just then. */
static void on_lease_asked_back(int number)
{
	(void)number;
}

int watch_open(struct watch **out, struct minilab *m, char error[WATCH_ERROR_MAX])
{
	const struct sigaction quiet = { .sa_handler = on_lease_asked_back, .sa_flags = SA_RESTART };
	struct watch *w = calloc(1, sizeof *w);
	struct opening o = { .watch = w, .of_settings = true, .error = error };
	int rc;

	CHECK(w != NULL);
	*out = w;
	w->m = m;
	w->end = &w->first;
	real_path(m->settings.data, w->data);
	sigaction(SIGIO, &quiet, NULL);
	error[0] = '\0';
	if ((rc = watch_specs_of_settings(str_of(m->settings.watch), open_one, &o, error)) < 0)
		return rc;
	o.of_settings = false;
	if ((rc = open_records(&o)) < 0)
		return rc;
	error[0] = '\0';
	for (struct watch_folder *f = w->first; f && rc == 0; f = f->next) {
		if (f->removed)
			start_sweep(f);
		else
			rc = watch_start(f);
	}
	return rc;
}

/* `closed` never comes from inside the call. */
static void on_empty(struct post *p)
{
	end_if_empty(container_of(p, struct watch, empty));
}

void watch_close(struct watch *w, void (*closed)(void *owner), void *owner)
{
	w->closed = closed;
	w->owner = owner;
	for (struct watch_folder *f = w->first; f; f = f->next)
		if (f->runs)
			watch_stop(f);
	if (!w->first) {
		w->empty.call = on_empty;
		lanes_post(w->m->lanes, &w->empty);
	}
}
