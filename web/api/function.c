/* GET /_/function?name=: all that is configured about one function, and its environments. Values of variables are left out: they are secrets
 * often enough, and a screen is seen by many. */
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/overview.h"
#include "storage/function.h"
#include "storage/record.h"
#include "web/api/local.h"

#define RECORDS_SHOWN 100		/* of each kind; of versions the newest */

struct showing {			/* in l->state */
	struct str name;
	struct json j;
	struct arena arena;
	int64_t skip;
};

static const char *const unseen[] = { "Environment", "Package", "KMSKeyArn" };

static bool is_seen(struct str name)
{
	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
		if (str_eq(name, str_of(unseen[i])))
			return false;
	return true;
}

static void write_document(struct showing *s, const struct json_value *v)
{
	const struct json_value *variables = json_get(json_get(v, "Environment"), "Variables");

	json_open(&s->j, "configuration", '{');
	for (const struct json_value *m = v ? v->first : NULL; m; m = m->next)
		if (is_seen(m->name)) {
			json_name(&s->j, m->name);
			json_value(&s->j, JSON_NAMED, m);
		}
	json_close(&s->j);
	json_open(&s->j, "variables", '[');
	for (const struct json_value *m = variables ? variables->first : NULL; m; m = m->next)
		json_str(&s->j, NULL, m->name);
	json_close(&s->j);
}

static int write_version(void *owner, const struct record *r)
{
	struct showing *s = owner;
	char when[CLOCK_TEXT_MAX];
	struct json_value *v = NULL;
	int64_t number;

	if (s->skip-- > 0 || str_to_int(r->name, 1, INT64_MAX, &number) < 0)
		return 0;
	if (json_parse(&s->arena, r->body, &v) < 0)
		v = NULL;
	json_open(&s->j, NULL, '{');
	json_int(&s->j, "version", number);
	json_str(&s->j, "description", json_text(v, "Description"));
	json_str(&s->j, "runtime", json_text(v, "Runtime"));
	json_int(&s->j, "code_size", json_number(v, "CodeSize", 0));
	json_cstr(&s->j, "published_at", clock_iso_ms(when, r->modified_ms));
	json_close(&s->j);
	arena_clear(&s->arena);
	return 0;
}

/* As it was made, with its name and time beside it. */
static int write_record(void *owner, const struct record *r)
{
	struct showing *s = owner;
	char when[CLOCK_TEXT_MAX];
	struct json_value *v;

	json_open(&s->j, NULL, '{');
	json_str(&s->j, "name", r->name);
	json_cstr(&s->j, "modified_at", clock_iso_ms(when, r->modified_ms));
	if (json_parse(&s->arena, r->body, &v) == 0)
		json_value(&s->j, "body", v);
	json_close(&s->j);
	arena_clear(&s->arena);
	return 0;
}

static const struct {
	const char *name;
	enum record_kind kind;
	record_each_fn *write;
} lists[] = {
	{ "versions", RECORD_VERSION, write_version },
	{ "aliases", RECORD_ALIAS, write_record },
	{ "provisioned", RECORD_PROVISIONED, write_record },
	{ "asynchronous", RECORD_EVENT_INVOKE, write_record },
	{ "urls", RECORD_URL, write_record },
	{ "permissions", RECORD_POLICY, write_record },
	{ "settings", RECORD_FUNCTION, write_record },
};

static int write_list(struct showing *s, struct db *db, int64_t id, size_t i)
{
	bool newest = lists[i].kind == RECORD_VERSION;
	int64_t n = 0;
	int rc = record_count(db, lists[i].kind, id, &n);

	s->skip = newest && n > RECORDS_SHOWN ? n - RECORDS_SHOWN : 0;
	json_open(&s->j, lists[i].name, '[');
	if (rc == 0)
		rc = record_list(db, lists[i].kind, id, (struct str){0}, (int)s->skip + RECORDS_SHOWN, lists[i].write, s);
	json_close(&s->j);
	return rc;
}

static int gather(struct local *l, struct db *db)
{
	struct showing *s = l->state;
	struct function_row row;
	struct json_value *v = NULL;
	char when[CLOCK_TEXT_MAX];
	int rc = function_get(db, s->name, &l->arena, &row);

	if (rc < 0)
		return rc;
	if (json_parse(&l->arena, row.config, &v) < 0)
		v = NULL;	/* it is shown all the same */
	s->j = json_into(&l->out);
	json_open(&s->j, NULL, '{');
	json_str(&s->j, "name", row.name);
	json_cstr(&s->j, "modified_at", clock_iso_ms(when, row.modified_ms));
	write_document(s, v);
	for (size_t i = 0; rc == 0 && i < sizeof lists / sizeof lists[0]; i++)
		rc = write_list(s, db, row.id, i);
	arena_clear(&s->arena);
	return rc;
}

static void on_gathered(struct local *l, int rc)
{
	struct showing *s = l->state;

	if (rc == 0) {
		overview_environments(l->m, s->name, &s->j);
		json_close(&s->j);
	}
	local_answer_rc(l, rc, "There is no such function.");
}

void function_serve(struct local *l)
{
	struct showing *s = arena_take(&l->arena, sizeof *s);

	s->name = params_get(&l->params, "name");
	l->state = s;
	local_run(l, gather, on_gathered);
}
