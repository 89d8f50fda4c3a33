#include "pipeline/lifecycle_parts.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"

#define FIRST_MS 1000			/* after the start */
#define PAUSE_MS 10			/* between two looks or changes */

static void begin_round(struct lifecycle *l);

static void on_timer_closed(uv_handle_t *h)
{
	struct lifecycle *l = h->data;

	l->closed(l->owner);
	free(l);
}

static void on_time(uv_timer_t *t)
{
	begin_round(t->data);
}

static void end_round(struct lifecycle *l, int rc)
{
	int64_t ms = PAUSE_MS;

	if (rc < 0) {
		log_error(rc, "lifecycle=failed bucket=%s", log_quote(str_of(l->bucket)));
		l->over = l->stage == NEXT_BUCKET;
		l->stage = NEXT_BUCKET;
	}
	if (l->stage == NEXT_BUCKET && l->in_bucket > 0) {
		log_info("lifecycle=done bucket=%s ended=%lld", log_quote(str_of(l->bucket)), (long long)l->in_bucket);
		l->in_bucket = 0;
	}
	if (l->over) {
		l->over = false;
		l->bucket[0] = '\0';
		ms = l->m->settings.lifecycle_interval_s * 1000;
	}
	arena_clear(&l->arena);
	l->busy = false;
	if (l->closed)
		uv_close((uv_handle_t *)&l->timer, on_timer_closed);
	else
		uv_timer_start(&l->timer, on_time, (uint64_t)ms, 0);
}

static void on_ended(struct commit *c)
{
	struct lifecycle *l = container_of(c, struct lifecycle, commit);
	int64_t all = 0;

	if (c->change->rc == 0) {
		for (int i = 0; i < ENDINGS; i++)
			all += l->ended[i];
		l->stats.objects += l->ended[END_OBJECT];
		l->stats.versions += l->ended[END_VERSION];
		l->stats.markers += l->ended[END_MARKER];
		l->stats.uploads += l->ended[END_UPLOAD];
		l->in_bucket += all;
	}
	if (all > 0 && !l->closed)
		minilab_wake(l->m);
	end_round(l, c->change->rc);
}

static void on_looked(struct work *w)
{
	struct lifecycle *l = container_of(w, struct lifecycle, work);

	if (w->rc < 0 || l->found_count == 0 || l->closed) {
		end_round(l, w->rc);
		return;
	}
	l->change = (struct change){ .apply = lifecycle_end, .always = true };
	l->commit = (struct commit){ .change = &l->change, .done = on_ended };
	lanes_commit(l->m->lanes, &l->commit);
}

static void begin_round(struct lifecycle *l)
{
	CHECK(!l->busy);
	l->busy = true;
	l->work = (struct work){ .run = lifecycle_look, .done = on_looked };
	lanes_run(l->m->lanes, &l->work);
}

void lifecycle_open(struct lifecycle **out, struct minilab *m)
{
	struct lifecycle *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->m = m;
	CHECK(uv_timer_init(m->loop, &l->timer) == 0);
	l->timer.data = l;
	uv_timer_start(&l->timer, on_time, FIRST_MS, 0);
	*out = l;
}

const struct lifecycle_stats *lifecycle_stats(const struct lifecycle *l)
{
	return &l->stats;
}

void lifecycle_close(struct lifecycle *l, void (*closed)(void *owner), void *owner)
{
	l->closed = closed;
	l->owner = owner;
	uv_timer_stop(&l->timer);
	if (!l->busy)
		uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}
