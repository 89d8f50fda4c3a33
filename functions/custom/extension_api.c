#include <stdio.h>

#include "base/json.h"
#include "functions/custom/extension.h"
#include "functions/custom/report.h"
#include "functions/runtime.h"

#define IDENTIFIER_LENGTH 36

static struct extension *find_name(struct custom_environment *e, struct str name)
{
	for (int i = 0; i < e->extension_count; i++)
		if (str_eq(str_of(e->extensions[i].name), name))
			return &e->extensions[i];
	return NULL;
}

static bool is_identifier(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')))
			return false;
	}
	return s.n == IDENTIFIER_LENGTH;
}

static enum runtime_verdict find(struct custom_environment *e, struct str identifier, struct extension **out)
{
	if (identifier.n == 0)
		return RUNTIME_NO_IDENTIFIER;
	if (!is_identifier(identifier))
		return RUNTIME_BAD_IDENTIFIER;
	for (int i = 0; i < e->extension_count; i++) {
		*out = &e->extensions[i];
		if ((*out)->identifier[0] && str_ieq(str_of((*out)->identifier), identifier))
			return RUNTIME_OK;
	}
	return RUNTIME_UNKNOWN;
}

/* {"events":["INVOKE","SHUTDOWN"]} */
static enum runtime_verdict read_body(struct str body, bool *invoke, bool *shutdown)
{
	enum runtime_verdict v = RUNTIME_OK;
	struct arena a = {0};
	struct json_value *root;
	const struct json_value *events, *keys;

	if (json_parse(&a, body, &root) < 0 || root->kind != JSON_OBJECT) {
		arena_clear(&a);
		return RUNTIME_BAD_REGISTER;
	}
	events = json_get(root, "events");
	keys = json_get(root, "configurationKeys");
	if ((events && events->kind != JSON_ARRAY && events->kind != JSON_NULL) || (keys && keys->count > 0))
		v = RUNTIME_BAD_REGISTER;
	for (const struct json_value *ev = events ? events->first : NULL; v == RUNTIME_OK && ev; ev = ev->next) {
		bool known = ev->kind == JSON_STRING;

		if (known && str_eq(ev->text, STR("INVOKE")))
			*invoke = true;
		else if (known && str_eq(ev->text, STR("SHUTDOWN")))
			*shutdown = true;
		else
			v = RUNTIME_BAD_EVENT;
	}
	arena_clear(&a);
	return v;
}

/* One that registers from inside the runtime is not known before. */
static enum runtime_verdict admit(struct custom_environment *e, struct str name, bool shutdown, struct extension **out)
{
	struct extension *x = find_name(e, name);

	*out = x;
	if (x)
		return x->state == EXTENSION_STARTED ? RUNTIME_OK : RUNTIME_TWICE;
	if (shutdown)
		return RUNTIME_BAD_EVENT;
	if (e->closed_registration || e->life != LIFE_INIT)
		return RUNTIME_CLOSED;
	if (e->extension_count == RUNTIME_EXTENSIONS_MAX)
		return RUNTIME_MANY;
	x = *out = &e->extensions[e->extension_count++];
	*x = (struct extension){ .process = -1 };
	snprintf(x->name, sizeof x->name, "%.*s", STR_ARG(name));
	return RUNTIME_OK;
}

static bool wants_account(struct str features)
{
	struct str one;

	while (str_next(&features, ',', &one))
		if (str_eq(str_trim(one), STR("accountId")))
			return true;
	return false;
}

static void write_answer(const struct recipe *r, struct str features, struct buf *answer)
{
	struct json j = json_into(answer);

	json_open(&j, NULL, '{');
	json_str(&j, "functionName", r->name);
	json_str(&j, "functionVersion", r->version);
	json_str(&j, "handler", r->handler);
	if (wants_account(features))
		json_str(&j, "accountId", r->account);
	json_close(&j);
}

enum runtime_verdict runtime_register(struct custom_environment *e, struct str name, struct str features, struct str body, char identifier[37],
				      struct buf *answer)
{
	bool invoke = false, shutdown = false;
	enum runtime_verdict v;
	struct extension *x;

	if (name.n == 0 || name.n > EXTENSION_NAME_MAX)
		return RUNTIME_NO_NAME;
	if ((v = read_body(body, &invoke, &shutdown)) != RUNTIME_OK || (v = admit(e, name, shutdown, &x)) != RUNTIME_OK)
		return v;
	x->state = EXTENSION_REGISTERED;
	x->invoke = invoke;
	x->shutdown = shutdown;
	extension_make_identifier(x->identifier);
	snprintf(identifier, 37, "%s", x->identifier);
	write_answer(e->recipe, features, answer);
	life_advance(e);
	return RUNTIME_OK;
}

enum runtime_verdict runtime_extension_next(struct custom_environment *e, struct str identifier, struct runtime_waiter *w)
{
	struct extension *x = NULL;
	enum runtime_verdict v = find(e, identifier, &x);

	if (v != RUNTIME_OK)
		return v;
	if (x->state == EXTENSION_FAILED || x->waiter)
		return RUNTIME_BAD_EXTENSION;
	if (x->state == EXTENSION_REGISTERED)
		report_extension(e, x);
	w->environment = e;
	w->slot = &x->waiter;
	x->waiter = w;
	x->state = EXTENSION_READY;
	extension_give(e, x);
	life_advance(e);
	return RUNTIME_WAITS;
}

enum runtime_verdict runtime_extension_error(struct custom_environment *e, struct str identifier, struct str type, struct str body, bool init)
{
	struct extension *x = NULL;
	enum runtime_verdict v = find(e, identifier, &x);

	(void)body;
	if (v != RUNTIME_OK)
		return v;
	if (type.n == 0)
		return RUNTIME_NO_ERROR_TYPE;
	x->state = EXTENSION_FAILED;
	if (e->life < LIFE_STOPPING)
		fault_set(&e->fault, CUSTOM_EXIT, init ? STR("Extension.InitError") : STR("Extension.ExitError"), "%.*s", STR_ARG(type));
	life_advance(e);
	return RUNTIME_ACCEPTED;
}

enum runtime_verdict runtime_telemetry(struct custom_environment *e, struct str identifier, struct str body)
{
	struct extension *x = NULL;
	enum runtime_verdict v = find(e, identifier, &x);

	(void)body;
	return v == RUNTIME_OK ? RUNTIME_NO_TELEMETRY : v;
}
