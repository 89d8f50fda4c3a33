/* Drop folders: how they are; added, removed, looked through. Options are parameters of the query, by their names in pipeline/watch_spec.h. */
#include "pipeline/watch.h"

#include "base/check.h"
#include "base/err.h"
#include "web/api/local.h"

struct asking {				/* in l->state */
	struct watch_ask ask;
	struct local *l;
};

static void refuse(struct local *l, int rc, const char *why)
{
	static const struct { int rc, status; const char *code; } answers[] = {
		{ E_BAD_INPUT, 400, "InvalidRequest" }, { E_NOT_FOUND, 404, "NotFound" }, { E_EXISTS, 409, "WatchConflict" },
		{ E_TOO_LARGE, 409, "TooManyWatches" }, { E_PRECONDITION, 403, "NotAllowed" }, { E_FULL, 507, "InsufficientStorage" },
	};

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		if (answers[i].rc == rc) {
			local_refuse(l, answers[i].status, answers[i].code, why);
			return;
		}
	}
	local_refuse_rc(l, rc, NULL);
}

static bool is_closing(struct local *l)
{
	if (l->m->watch)
		return false;
	local_refuse(l, 503, "Closing", "minilab stops.");
	return true;
}

void watch_serve(struct local *l)
{
	struct json j = json_into(&l->out);

	if (is_closing(l))
		return;
	json_open(&j, NULL, '{');
	watch_gather(l->m->watch, &j);
	json_bool(&j, "add_by_keys", l->m->settings.watch_by_keys != 0);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static void answer_name(struct local *l, const char *name)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_cstr(&j, "name", name);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static void on_done(struct watch_ask *a, int rc)
{
	struct asking *k = container_of(a, struct asking, ask);
	struct local *l = k->l;

	if (l->call && rc < 0)
		refuse(l, rc, a->error);
	else if (l->call)
		answer_name(l, a->spec.name);
	watch_spec_clear(&a->spec);
	local_rest(l);
}

static struct asking *begin(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	k->l = l;
	k->ask.done = on_done;
	watch_spec_init(&k->ask.spec);
	return k;
}

/* What is no option and not of the request itself is refused, so that a misspelt option is not silently nothing. */
static int take_options(struct local *l, struct asking *k)
{
	static const char *const others[] = { "action", "name", "ticket" };

	for (int i = 0; i < l->params.count; i++) {
		const struct param *p = &l->params.at[i];
		bool other = str_starts(p->name, STR("X-Amz-"));
		int rc;

		for (size_t n = 0; n < sizeof others / sizeof others[0]; n++)
			other = other || str_eq(p->name, str_of(others[n]));
		if (!other && (rc = watch_spec_set(&k->ask.spec, p->name, p->value, k->ask.error)) < 0)
			return E_BAD_INPUT;
	}
	return 0;
}

static void add(struct local *l, struct str name)
{
	struct asking *k = begin(l);

	if (take_options(l, k) < 0) {
		refuse(l, E_BAD_INPUT, k->ask.error);
		watch_spec_clear(&k->ask.spec);
		return;
	}
	watch_spec_name(&k->ask.spec, name);
	k->ask.ticket = params_get(&l->params, "ticket");
	local_hold(l);
	watch_add(l->m->watch, &k->ask);
}

static void remove_one(struct local *l, struct str name)
{
	struct asking *k = begin(l);

	watch_spec_name(&k->ask.spec, name);
	local_hold(l);
	watch_remove(l->m->watch, &k->ask);
}

static void rescan(struct local *l, struct str name)
{
	if (watch_rescan(l->m->watch, name) < 0)
		refuse(l, E_NOT_FOUND, "There is no drop folder of that name.");
	else
		answer_name(l, arena_dup(&l->arena, name));
}

void watch_act_serve(struct local *l)
{
	static const struct { const char *word; void (*act)(struct local *l, struct str name); } actions[] = {
		{ "add", add }, { "remove", remove_one }, { "rescan", rescan },
	};
	struct str word = params_get(&l->params, "action"), name = params_get(&l->params, "name");

	if (is_closing(l))
		return;
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		if (str_eq(word, str_of(actions[i].word)) && name.n <= WATCH_NAME_MAX) {
			actions[i].act(l, name);
			return;
		}
	}
	local_refuse(l, 400, "InvalidRequest", "Give ?action= add (with &dir= and &to=BUCKET/PREFIX), remove or rescan, and &name=.");
}
