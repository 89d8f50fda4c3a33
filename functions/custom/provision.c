#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "functions/custom/custom_pool.h"

static bool is_of(const struct custom_environment *e, const struct recipe *r)
{
	return e->provisioned && e->life < LIFE_SHUTDOWN && life_serves(e, r);
}

static int count_of(const struct custom_pool *p, const struct recipe *r)
{
	int n = 0;

	for (const struct custom_environment *e = p->first; e; e = e->next)
		n += is_of(e, r);
	return n;
}

static struct provision *find(struct custom_pool *p, const struct recipe *r)
{
	struct provision *v = p->provisions;

	while (v && !str_eq(v->recipe->key, r->key))
		v = v->next;
	return v;
}

static void on_later(uv_timer_t *t)
{
	provision_fill(t->data);
}

/* An environment whose init failed is not made anew at once. */
void provision_fill(struct custom_pool *p)
{
	int64_t now_ms = clock_mono_ms(), wait_ms = 0;

	if (p->closing)
		return;
	for (struct provision *v = p->provisions; v; v = v->next) {
		int missing = v->count - count_of(p, v->recipe);

		if (missing > 0 && v->not_before_ms > now_ms) {
			wait_ms = v->not_before_ms - now_ms;
			continue;
		}
		for (; missing > 0 && custom_has_room(p); missing--)
			life_start(p, v->recipe, NULL);
		if (missing > 0)
			wait_ms = PROVISION_PAUSE_MS_MIN;	/* for room */
	}
	if (wait_ms > 0)
		uv_timer_start(&p->later, on_later, (uint64_t)(wait_ms < PROVISION_PAUSE_MS_MIN ? wait_ms : PROVISION_PAUSE_MS_MIN), 0);
}

void provision_failed(struct custom_pool *p, const struct recipe *r)
{
	struct provision *v = find(p, r);

	if (!v)
		return;
	v->failed = true;
	v->pause_ms = v->pause_ms ? v->pause_ms * 2 : PROVISION_PAUSE_MS_MIN;
	if (v->pause_ms > PROVISION_PAUSE_MS_MAX)
		v->pause_ms = PROVISION_PAUSE_MS_MAX;
	v->not_before_ms = clock_mono_ms() + v->pause_ms;
}

void provision_succeeded(struct custom_pool *p, const struct recipe *r)
{
	struct provision *v = find(p, r);

	if (!v)
		return;
	v->failed = false;
	v->pause_ms = v->not_before_ms = 0;
}

static void take_out(struct custom_pool *p, struct provision *v)
{
	struct provision **at = &p->provisions;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	recipe_unref(v->recipe);
	free(v);
}

void provision_drop(struct custom_pool *p, int64_t function)
{
	struct provision *next;

	for (struct provision *v = p->provisions; v; v = next) {
		next = v->next;
		if (function == 0 || v->recipe->function == function)
			take_out(p, v);
	}
}

static void end_surplus(struct custom_pool *p, const struct recipe *r, int surplus)
{
	struct custom_environment *prev;

	for (struct custom_environment *e = p->last; e && surplus > 0; e = prev) {
		prev = e->prev;
		if (is_of(e, r)) {
			life_end(e);
			surplus--;
		}
	}
}

void custom_provision(struct custom_pool *p, struct recipe *r, int n)
{
	struct provision *v = find(p, r);

	CHECK(n >= 0);
	if (!v && n == 0)
		return;
	if (!v) {
		v = calloc(1, sizeof *v);
		CHECK(v != NULL);
		v->recipe = recipe_ref(r);
		v->next = p->provisions;
		p->provisions = v;
	}
	if (n != v->count)
		v->failed = false, v->pause_ms = v->not_before_ms = 0;
	v->count = n;
	end_surplus(p, r, count_of(p, r) - n);
	if (n == 0)
		take_out(p, v);
	provision_fill(p);
}

void custom_provisioned(struct custom_pool *p, const struct recipe *r, int *ready, bool *failed)
{
	const struct provision *v = find(p, r);

	*ready = 0;
	*failed = v && v->failed;
	for (const struct custom_environment *e = p->first; e; e = e->next)
		*ready += is_of(e, r) && e->life != LIFE_INIT;
}
