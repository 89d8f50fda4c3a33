#include "functions/custom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "functions/custom/custom_pool.h"
#include "functions/custom/stop.h"

const struct custom_spec *custom_spec_of(const struct custom_environment *e)
{
	return &e->pool->spec;
}

const struct recipe *custom_recipe(const struct custom_environment *e)
{
	return e->recipe;
}

static void take_out(struct custom_pool *p, struct custom_environment *e)
{
	*(e->prev ? &e->prev->next : &p->first) = e->next;
	*(e->next ? &e->next->prev : &p->last) = e->prev;
	e->prev = e->next = NULL;
}

static void put_first(struct custom_pool *p, struct custom_environment *e)
{
	e->next = p->first;
	*(p->first ? &p->first->prev : &p->last) = e;
	p->first = e;
}

void custom_add(struct custom_pool *p, struct custom_environment *e)
{
	put_first(p, e);
	p->spawned++;
}

static bool lives(const struct custom_environment *e)
{
	return e->life < LIFE_SHUTDOWN;
}

static bool is_free(const struct custom_environment *e)
{
	return (e->life == LIFE_IDLE && e->process >= 0) || e->life == LIFE_BLANK;
}

static int count(const struct custom_pool *p, bool (*is)(const struct custom_environment *e))
{
	int n = 0;

	for (const struct custom_environment *e = p->first; e; e = e->next)
		n += is(e);
	return n;
}

static void on_everything_closed(struct custom_pool *p)
{
	p->closed(p->owner);
	free(p);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct custom_pool *p = h->data;

	if (--p->open_handles == 0)
		on_everything_closed(p);
}

static void on_zygote_closed(void *owner)
{
	struct custom_pool *p = owner;

	p->open_handles = 2;
	uv_close((uv_handle_t *)&p->soon, on_handle_closed);
	uv_close((uv_handle_t *)&p->later, on_handle_closed);
}

static void close_if_empty(struct custom_pool *p)
{
	if (!p->closing || p->zygote_closing || p->first || p->over || p->trial)
		return;
	p->zygote_closing = true;
	zygote_stop(p->zygote);
	zygote_close(p->zygote, on_zygote_closed, p);
}

void custom_trial_over(struct custom_pool *p)
{
	close_if_empty(p);
}

static void finish(struct custom_invocation *i)
{
	struct recipe *r = i->recipe;

	i->done(i);
	buf_clear(&i->answer);
	buf_clear(&i->tail);
	recipe_unref(r);
}

void custom_settled(struct custom_pool *p, struct custom_invocation *i)
{
	p->timed_out += i->end == CUSTOM_TIMEOUT;
	p->crashed += i->end == CUSTOM_EXIT || i->end == CUSTOM_MEMORY;
	finish(i);
}

void custom_became_idle(struct custom_environment *e)
{
	struct custom_pool *p = e->pool;

	if (p->first != e) {
		take_out(p, e);
		put_first(p, e);
	}
	if (e->provisioned && e->invocations == 0)
		provision_succeeded(p, e->recipe);
}

void custom_init_failed(struct custom_environment *e)
{
	provision_failed(e->pool, e->recipe);
}

void custom_gone(struct custom_environment *e)
{
	struct custom_pool *p = e->pool;

	take_out(p, e);
	provision_fill(p);
	close_if_empty(p);
}

/* Ready, then in need of an init, then about to be. */
static int rank(const struct custom_environment *e)
{
	if (e->life == LIFE_IDLE)
		return e->process < 0 ? 0 : e->provisioned ? 4 : 3;
	return e->life == LIFE_BLANK ? 2 : stop_is_under_way(e) ? 1 : 0;
}

/* The best, and of those that are alike the one used last. */
static struct custom_environment *find(struct custom_pool *p, const struct recipe *r)
{
	struct custom_environment *best = NULL;
	int most = 0;

	for (struct custom_environment *e = p->first; e && most < 4; e = e->next) {
		if (!life_serves(e, r) || rank(e) <= most)
			continue;
		best = e;
		most = rank(e);
	}
	return best;
}

/* The one that has not been used for the longest time. Those that end still use memory: not more of them than of others. */
bool custom_has_room(struct custom_pool *p)
{
	int living = 0, ending = 0;

	for (const struct custom_environment *e = p->first; e; e = e->next)
		lives(e) ? living++ : ending++;
	if (ending > p->spec.environments_max)
		return false;
	if (living < p->spec.environments_max)
		return true;
	for (struct custom_environment *e = p->last; e; e = e->prev) {
		if (is_free(e) && !e->provisioned) {
			life_end(e);
			return true;
		}
	}
	return false;
}

static void on_soon(uv_timer_t *t)
{
	struct custom_pool *p = t->data;
	struct custom_invocation *i;

	while ((i = p->over)) {
		p->over = i->next;
		finish(i);
	}
	close_if_empty(p);
}

static void turn_away(struct custom_pool *p, struct custom_invocation *i)
{
	struct custom_invocation **at = &p->over;
	struct json j = json_into(&i->answer);

	i->end = CUSTOM_CROWDED;
	i->report.status = "failure";
	json_open(&j, NULL, '{');
	json_cstr(&j, "errorType", "Sandbox.Failure");
	json_cstr(&j, "errorMessage", "all execution environments of this machine are busy");
	json_close(&j);
	while (*at)
		at = &(*at)->next;
	*at = i;
	uv_timer_start(&p->soon, on_soon, 0, 0);
}

void custom_invoke(struct custom_pool *p, struct custom_invocation *i)
{
	struct custom_environment *e;

	CHECK(!p->closing && i->timeout_ms > 0 && i->done);
	recipe_ref(i->recipe);
	i->end = CUSTOM_OK;
	i->answer = i->tail = (struct buf){0};
	i->report = (struct custom_report){0};
	i->stream[0] = '\0';
	i->environment = NULL;
	i->next = NULL;
	i->told = false;
	e = find(p, i->recipe);
	if (e)
		life_invoke(e, i);
	else if (custom_has_room(p))
		life_start(p, i->recipe, i);
	else
		turn_away(p, i);
}

static void drop(struct custom_invocation *i, struct str type, const uint8_t *p, size_t n)
{
	(void)i;
	(void)type;
	(void)p;
	(void)n;
}

void custom_cancel(struct custom_invocation *i)
{
	if (i->piece)
		i->piece = drop;
	i->answered = NULL;
}

/* Published versions never change: a newer $LATEST is no reason to end theirs. */
void custom_retire(struct custom_pool *p, int64_t function, const struct recipe *except)
{
	struct custom_environment *next;

	if (!except)
		provision_drop(p, function);
	for (struct custom_environment *e = p->first; e; e = next) {
		next = e->next;
		if (e->recipe->function != function || !lives(e))
			continue;
		if (!except || (str_eq(e->recipe->version, except->version) && !str_eq(e->recipe->key, except->key)))
			life_end(e);
	}
}

/* The one that is meant may be a link to somewhere else. */
static void find_interpreter(struct interpreter *in, const char *path)
{
	char *real = path && path[0] ? realpath(path, NULL) : NULL, *name, *bin;

	if (!real)
		return;
	snprintf(in->path, sizeof in->path, "%s", path);
	if (strncmp(real, "/usr/", 5) == 0) {
		free(real);
		return;
	}
	name = strrchr(real, '/');
	*name = '\0';
	bin = strrchr(real, '/');
	snprintf(in->path, sizeof in->path, "/var/lang/%s/%s", bin ? bin + 1 : "bin", name + 1);
	if (bin)
		*bin = '\0';
	snprintf(in->lang, sizeof in->lang, "%s", real);
	free(real);
}

static void list_arguments(struct custom_pool *p)
{
	int n = 0;

	p->arguments[n++] = "--code";
	p->arguments[n++] = p->spec.code_dir;
	if (p->spec.runtime_dir && p->spec.runtime_dir[0]) {
		p->arguments[n++] = "--runtime";
		p->arguments[n++] = p->spec.runtime_dir;
	}
	for (int i = 0; i < CUSTOM_INTERPRETERS; i++) {
		if (!p->interpreters[i].lang[0])
			continue;
		p->arguments[n++] = "--lang";
		p->arguments[n++] = p->interpreters[i].lang;
	}
}

int custom_open(struct custom_pool **out, const struct custom_spec *spec)
{
	struct custom_pool *p = calloc(1, sizeof *p);
	struct zygote_spec z = { .loop = spec->loop, .name = "minilab-sandbox", .path = spec->program, .rung_max = CAGE_B };
	int rc;

	CHECK(p != NULL && spec->environments_max > 0 && spec->idle_ms > 0);
	p->spec = *spec;
	find_interpreter(&p->interpreters[CUSTOM_NODE], spec->node);
	find_interpreter(&p->interpreters[CUSTOM_PYTHON], spec->python);
	list_arguments(p);
	z.arguments = p->arguments;
	rc = cgroup_open(&p->cgroup, "");
	z.cgroup = rc == 0;
	if ((rc = zygote_open(&p->zygote, &z)) < 0) {
		free(p);
		return rc;
	}
	uv_timer_init(spec->loop, &p->soon);
	uv_timer_init(spec->loop, &p->later);
	p->soon.data = p->later.data = p;
	trial_start(p);
	*out = p;
	return 0;
}

void custom_close(struct custom_pool *p, void (*closed)(void *owner), void *owner)
{
	struct custom_environment *next;

	p->closing = true;
	p->closed = closed;
	p->owner = owner;
	uv_timer_stop(&p->later);
	provision_drop(p, 0);
	if (p->trial)
		sandbox_kill(p->trial);
	for (struct custom_environment *e = p->first; e; e = next) {
		next = e->next;
		fault_clear(&e->fault);
		if (e->life == LIFE_IDLE)
			life_end(e);
		else if (e->life != LIFE_SHUTDOWN)
			life_kill(e);
	}
	uv_timer_start(&p->soon, on_soon, 0, 0);
}

void custom_hurry(struct custom_pool *p)
{
	struct custom_environment *next;

	CHECK(p->closing);
	for (struct custom_environment *e = p->first; e; e = next) {
		next = e->next;
		life_kill(e);
	}
}

static bool is_idle(const struct custom_environment *e)
{
	return lives(e) && !e->invocation && e->life != LIFE_INIT;
}

static bool is_busy(const struct custom_environment *e)
{
	return e->life == LIFE_BUSY;
}

static bool is_starting(const struct custom_environment *e)
{
	return lives(e) && !is_idle(e) && !is_busy(e);
}

void custom_get_health(struct custom_pool *p, struct custom_health *h)
{
	*h = (struct custom_health){ .idle = count(p, is_idle), .busy = count(p, is_busy), .starting = count(p, is_starting),
				     .spawned = p->spawned, .crashed = p->crashed, .timed_out = p->timed_out,
				     .cage = *zygote_features(p->zygote), .state = zygote_state(p->zygote), .outbound = p->outbound };
}

bool custom_has_way_out(const struct custom_pool *p)
{
	return p->outbound;
}

void custom_each(struct custom_pool *p, void (*each)(void *owner, const struct custom_view *v), void *owner)
{
	int64_t now_ms = clock_mono_ms();

	for (const struct custom_environment *e = p->first; e; e = e->next) {
		struct custom_view v = { .recipe = e->recipe, .state = life_text(e), .stream = e->stream, .age_ms = now_ms - e->made_ms,
					 .idle_ms = is_idle(e) ? now_ms - e->idle_ms : 0, .memory_peak_kb = e->peak_kb,
					 .invocations = e->invocations, .provisioned = e->provisioned };

		each(owner, &v);
	}
}
