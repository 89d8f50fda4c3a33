#include "pipeline/builtin.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "pipeline/registry.h"
#include "storage/queue.h"
#include "storage/record.h"

#define NOTHING_SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="	/* of no bytes: it has no package */

static void member(struct json *j, const char *object, const char *name, const char *value)
{
	json_open(j, object, '{');
	json_cstr(j, name, value);
	json_close(j);
}

static void write_fixed(struct json *j)
{
	struct utsname u;

	json_open(j, "EphemeralStorage", '{');
	json_int(j, "Size", 512);
	json_close(j);
	member(j, "LoggingConfig", "LogFormat", "Text");
	member(j, "TracingConfig", "Mode", "PassThrough");
	json_open(j, "Architectures", '[');
	json_cstr(j, NULL, uname(&u) == 0 && strcmp(u.machine, "aarch64") == 0 ? "arm64" : "x86_64");
	json_close(j);
	json_cstr(j, "PackageType", "Zip");
	json_int(j, "CodeSize", 0);
	json_cstr(j, "CodeSha256", NOTHING_SHA256);
}

void builtin_write(struct buf *to, const struct builtin_spec *b)
{
	struct json j = json_into(to);
	char role[128], id[JOB_REQUEST_ID + 1], at[CLOCK_TEXT_MAX], modified[CLOCK_TEXT_MAX + 8];

	snprintf(role, sizeof role, "arn:aws:iam::%s:role/minilab", b->account);
	clock_iso_ms(at, clock_wall_ms());
	snprintf(modified, sizeof modified, "%.23s+0000", at);	/* AWS has this form here, without Z */
	queue_request_make(id);
	json_open(&j, NULL, '{');
	json_cstr(&j, "Runtime", FUNCTION_BUILTIN);
	json_cstr(&j, "Handler", "thumbnail");
	json_cstr(&j, "Role", role);
	json_cstr(&j, "Description", "Thumbnails and a row for every photo");
	json_int(&j, "Timeout", b->timeout_s);
	json_int(&j, "MemorySize", b->memory_mb);
	json_open(&j, "Environment", '{');
	json_raw(&j, "Variables", b->variables);
	json_close(&j);
	write_fixed(&j);
	json_cstr(&j, "LastModified", modified);
	json_cstr(&j, "RevisionId", id);
	json_close(&j);
}

struct upgrade {
	struct change change;
	const char *account;
	struct db *db;
	struct old {
		struct function f;
		struct old *next;
	} *old;
	struct arena arena;
	int count;
};

/* Collected first: a row must not change under the list. */
static int find_old(void *owner, const struct function_row *row)
{
	struct upgrade *u = owner;
	struct json_value *v;
	struct old *o;

	if (json_parse(&u->arena, row->config, &v) < 0 || !str_eq(json_text(v, "kind"), STR("native")))
		return 0;
	o = arena_take(&u->arena, sizeof *o);
	if (registry_parse(row, &o->f) < 0)
		return 0;
	o->next = u->old;
	u->old = o;
	return 0;
}

static int put_number(struct db *db, enum record_kind kind, int64_t function, const char *record, const char *name, int64_t value)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	int rc;

	json_open(&j, NULL, '{');
	json_int(&j, name, value);
	json_close(&j);
	rc = record_put(db, kind, function, str_of(record), str_n(text.data, text.len));
	buf_clear(&text);
	return rc;
}

static int write_anew(struct upgrade *u, const struct function *f)
{
	struct buf text = {0};
	int64_t id;
	int rc;

	builtin_write(&text, &(struct builtin_spec){ .account = u->account, .memory_mb = f->memory_mb,
			.timeout_s = (f->timeout_ms + 999) / 1000, .variables = str_n(f->environment.data, f->environment.len) });
	rc = function_put(u->db, str_of(f->name), str_n(text.data, text.len), &id);
	buf_clear(&text);
	if (rc == 0 && f->concurrency > 0)
		rc = put_number(u->db, RECORD_FUNCTION, f->id, "", "Reserved", f->concurrency);
	if (rc == 0 && f->retries != FUNCTION_RETRIES_MAX)
		rc = put_number(u->db, RECORD_EVENT_INVOKE, f->id, "$LATEST", "MaximumRetryAttempts", f->retries);
	u->count += rc == 0;
	return rc;
}

static int apply(struct change *c, struct db *db)
{
	struct upgrade *u = container_of(c, struct upgrade, change);
	int rc;

	u->db = db;
	rc = function_list(db, find_old, u);
	for (struct old *o = u->old; o && rc == 0; o = o->next)
		rc = write_anew(u, &o->f);
	return rc;
}

int builtin_upgrade(struct store *s)
{
	struct upgrade u = { .change = { .apply = apply, .always = true }, .account = store_account(s) };
	int rc = store_run(s, &u.change);

	if (rc == 0 && u.count > 0)
		log_info("setup=upgraded functions=%d", u.count);
	for (struct old *o = u.old; o; o = o->next)
		function_clear(&o->f);
	arena_clear(&u.arena);
	return rc;
}
