/* watch_ask.c - what people ask of drop folders while minilab runs: another one, one less, how they are. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "pipeline/watch_parts.h"
#include "storage/bucket.h"
#include "storage/record.h"

static void finish(struct watch_ask *a, int rc)
{
	if (rc < 0 && !a->error[0])
		watch_refuse(a->error, rc, a->spec.name, err_text(rc));
	buf_clear(&a->body);
	a->done(a, rc);
}

static void write_body(struct watch_ask *a, bool removed)
{
	struct json j = json_into(&a->body);

	json_open(&j, NULL, '{');
	watch_spec_write(&a->spec, &j);
	if (removed)
		json_bool(&j, "removed", true);
	json_close(&j);
}

static int keep_record(struct errand *e, struct db *db)
{
	struct watch_ask *a = container_of(e, struct watch_ask, errand);

	return record_put(db, RECORD_WATCH, 0, str_of(a->spec.name), str_n(a->body.data, a->body.len));
}

/* -- add -- */

static bool is_as_before(const struct watch_folder *f, const struct watch_ask *a)
{
	struct buf b = {0};
	struct json j = json_into(&b);
	bool same;

	json_open(&j, NULL, '{');
	watch_spec_write(&f->spec, &j);
	json_close(&j);
	same = str_eq(str_n(b.data, b.len), str_n(a->body.data, a->body.len));
	buf_clear(&b);
	return same;
}

static void renew(struct watch_folder *f, const struct watch_ask *a)
{
	watch_spec_clear(&f->then);
	watch_spec_copy(&f->then, &a->spec);
	f->then_place = a->place;
	f->renewed = true;
	watch_stop(f);
}

static void on_kept(struct errand *e, int rc)
{
	struct watch_ask *a = container_of(e, struct watch_ask, errand);
	struct watch_folder *f = watch_find(a->watch, str_of(a->spec.name));

	if (rc == 0 && f)
		renew(f, a);
	else if (rc == 0 && (rc = watch_start(f = watch_make(a->watch, &a->spec, &a->place, false))) < 0)
		watch_drop(f);
	finish(a, rc);
}

static bool is_trusted(const struct watch_ask *a)
{
	const struct settings *s = &a->watch->m->settings;
	char path[WATCH_DIR_MAX + 64];
	uint8_t bytes[16];

	if (s->watch_by_keys)
		return true;
	if (hex_decode(a->ticket, bytes, sizeof bytes) < 0)
		return false;
	return snprintf(path, sizeof path, "%s/" WATCH_TICKET "%.*s", s->data, STR_ARG(a->ticket)) < (int)sizeof path && unlink(path) == 0;
}

/* What has to be there: looked for on a lane, since a mount may hang. */
static int look_for(struct errand *e, struct db *db)
{
	struct watch_ask *a = container_of(e, struct watch_ask, errand);
	struct stat st;
	int64_t id;
	int rc;

	if (!is_trusted(a))
		return watch_refuse(a->error, E_PRECONDITION, a->spec.name, "`minilab watch` adds it, on this machine; the setting watch_by_keys "
				    "lets everybody who has the keys");
	if ((rc = watch_spec_check(&a->spec, a->error)) < 0)
		return rc;
	rc = bucket_find(db, watch_spec_bucket(&a->spec), &id, NULL);
	if (rc == E_NOT_FOUND)
		return watch_refuse(a->error, rc, a->spec.name, "there is no such bucket");
	if (rc < 0)
		return rc;
	if (stat(a->spec.dir, &st) < 0)
		return watch_refuse(a->error, E_NOT_FOUND, a->spec.name, err_text(-errno));
	if (!S_ISDIR(st.st_mode))
		return watch_refuse(a->error, E_BAD_INPUT, a->spec.name, "dir is not a folder");
	watch_place_find(&a->spec, &a->place);
	return 0;
}

/* The name of the folder that is there already; else a new one. */
static void choose_name(struct watch_ask *a)
{
	char base[sizeof a->spec.name];

	for (struct watch_folder *f = a->watch->first; f; f = f->next) {
		if (!f->removed && strcmp(f->place.dir, a->place.dir) == 0) {
			snprintf(a->spec.name, sizeof a->spec.name, "%s", f->spec.name);
			return;
		}
	}
	snprintf(base, sizeof base, "%s", a->spec.name);
	for (int i = 2; watch_find(a->watch, str_of(a->spec.name)) && i <= WATCH_FOLDERS_MAX + 1; i++)
		snprintf(a->spec.name, sizeof a->spec.name, "%.*s-%d", WATCH_NAME_MAX - 12, base, i);
}

static void on_looked(struct errand *e, int rc)
{
	struct watch_ask *a = container_of(e, struct watch_ask, errand);
	struct watch_folder *f;

	if (rc == 0 && a->nameless)
		choose_name(a);
	f = watch_find(a->watch, str_of(a->spec.name));
	if (rc == 0 && f && (f->of_settings || f->removed))
		rc = watch_refuse(a->error, E_EXISTS, a->spec.name, f->removed ? "it is being removed" : "the settings have one of that name");
	if (rc == 0)
		rc = watch_check_place(a->watch, f, a->spec.name, &a->place, a->error);
	if (rc == 0)
		write_body(a, false);
	if (rc < 0 || (f && !f->renewed && is_as_before(f, a))) {
		finish(a, rc);
		return;
	}
	a->errand = (struct errand){ .run = keep_record, .done = on_kept };
	errand_start(a->watch->m->lanes, e, ERRAND_WRITES);
}

void watch_add(struct watch *w, struct watch_ask *a)
{
	a->watch = w;
	a->error[0] = '\0';
	a->nameless = a->spec.name[0] == '\0';
	if (a->nameless)
		watch_spec_name_after(&a->spec, a->spec.dir);
	a->errand = (struct errand){ .run = look_for, .done = on_looked };
	errand_start(w->m->lanes, &a->errand, ERRAND_READS);
}

/* -- remove -- */

static void on_marked(struct errand *e, int rc)
{
	struct watch_ask *a = container_of(e, struct watch_ask, errand);
	struct watch_folder *f = watch_find(a->watch, str_of(a->spec.name));

	if (rc == 0 && f && !f->removed) {
		f->removed = true;
		watch_stop(f);
	}
	finish(a, rc);
}

/* Refused, but not from inside the call. */
static int find_nothing(struct errand *e, struct db *db)
{
	(void)e;
	(void)db;
	return E_NOT_FOUND;
}

void watch_remove(struct watch *w, struct watch_ask *a)
{
	struct watch_folder *f = watch_find(w, str_of(a->spec.name));

	a->watch = w;
	a->error[0] = '\0';
	if (!f || f->of_settings) {
		watch_refuse(a->error, E_NOT_FOUND, a->spec.name, f ? "it is of the settings, and can be removed there" : "there is none of that name");
		a->errand = (struct errand){ .run = find_nothing, .done = on_marked };
		errand_start(w->m->lanes, &a->errand, ERRAND_READS);
		return;
	}
	watch_spec_clear(&a->spec);
	watch_spec_copy(&a->spec, &f->spec);
	write_body(a, true);
	a->errand = (struct errand){ .run = keep_record, .done = on_marked };
	errand_start(w->m->lanes, &a->errand, ERRAND_FREES);
}

/* -- how they are -- */

int watch_rescan(struct watch *w, struct str name)
{
	struct watch_folder *f = watch_find(w, name);

	if (!f || !f->runs)
		return E_NOT_FOUND;
	uv_mutex_lock(&f->lock);
	f->look_asked = true;
	f->stats.looking = true;
	uv_mutex_unlock(&f->lock);
	folder_wake(f);
	return 0;
}

int watch_sum(struct watch *w, struct watch_stats *sum, int *missing)
{
	*sum = (struct watch_stats){0};
	*missing = 0;
	for (struct watch_folder *f = w->first; f; f = f->next) {
		const struct watch_stats *s = &f->stats;

		uv_mutex_lock(&f->lock);
		sum->put += s->put;
		sum->bytes += s->bytes;
		sum->skipped += s->skipped;
		sum->failed += s->failed;
		sum->settling += s->settling + s->written + s->unfinished + s->taking;
		*missing += s->state == WATCH_MISSING;
		uv_mutex_unlock(&f->lock);
	}
	return w->count;
}

static void write_errors(const struct watch_folder *f, struct json *j)
{
	json_open(j, "errors", '[');
	for (int i = 1; i <= WATCH_ERRORS; i++) {
		const struct watch_error *e = &f->errors[(f->error_at + WATCH_ERRORS - i) % WATCH_ERRORS];

		if (!e->path)
			continue;
		json_open(j, NULL, '{');
		json_cstr(j, "path", e->path);
		json_cstr(j, "message", e->text);
		json_int(j, "at", e->at_ms);
		json_close(j);
	}
	json_close(j);
}

static void write_folder(struct watch_folder *f, struct json *j)
{
	const struct watch_stats *s = &f->stats;
	char why[WATCH_WHY_MAX];

	json_open(j, NULL, '{');
	watch_spec_write(&f->spec, j);
	json_cstr(j, "from", f->of_settings ? "settings" : "api");
	uv_mutex_lock(&f->lock);
	json_cstr(j, "state", f->removed ? "removed" : watch_state_text(s->state));
	folder_why(f, why);
	if (s->rc < 0)
		json_cstr(j, "message", why);
	json_bool(j, "looking", s->looking || s->looks == 0);
	json_int(j, "looks", s->looks);
	json_int(j, "files", s->files);
	json_int(j, "folders", s->folders);
	json_int(j, "put", s->put);
	json_int(j, "bytes", s->bytes);
	json_int(j, "skipped", s->skipped);
	json_int(j, "settling", s->settling);
	json_int(j, "written", s->written);
	json_int(j, "unfinished", s->unfinished);
	json_int(j, "failed", s->failed);
	json_int(j, "taking", s->taking);
	write_errors(f, j);
	uv_mutex_unlock(&f->lock);
	json_close(j);
}

void watch_gather(struct watch *w, struct json *j)
{
	json_open(j, "folders", '[');
	for (struct watch_folder *f = w->first; f; f = f->next)
		write_folder(f, j);
	json_close(j);
}
