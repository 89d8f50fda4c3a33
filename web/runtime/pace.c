#include "web/runtime/pace.h"

#include "base/check.h"
#include "base/clock.h"

static void on_timer(uv_timer_t *t);

void pace_open(struct pace *p, uv_loop_t *loop)
{
	p->first = NULL;
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
}

void pace_join(struct pace *p, struct paced *s)
{
	CHECK(!s->at && s->hold);
	s->pace = p;
	s->allowance = PACE_BURST;
	s->at_us = clock_mono_us();
	s->held = false;
	s->next = p->first;
	s->at = &p->first;
	if (s->next)
		s->next->at = &s->next;
	p->first = s;
}

void pace_leave(struct paced *s)
{
	if (!s->at)
		return;
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	*s = (struct paced){ 0 };
}

/* Time that makes less than a byte is kept. */
static void refill(struct paced *s)
{
	int64_t us = clock_mono_us() - s->at_us, more;

	if (us >= 1000000 * (PACE_BURST - s->allowance) / PACE_RATE) {
		s->allowance = PACE_BURST;
		s->at_us += us;
		return;
	}
	more = us * PACE_RATE / 1000000;
	s->allowance += more;
	s->at_us += more * 1000000 / PACE_RATE;
}

static int64_t wait_ms(const struct paced *s)
{
	return (1000 * -s->allowance + PACE_RATE - 1) / PACE_RATE;
}

static void arm(struct pace *p)
{
	int64_t ms = PACE_LOOK_MS;
	bool any = false;

	for (const struct paced *s = p->first; s; s = s->next) {
		if (!s->held)
			continue;
		any = true;
		if (wait_ms(s) < ms)
			ms = wait_ms(s);
	}
	if (any)
		uv_timer_start(&p->timer, on_timer, (uint64_t)ms, 0);
}

void pace_took(struct paced *s, size_t n)
{
	if (!s->at)
		return;
	refill(s);
	s->allowance -= (int64_t)n;
	if (s->held || s->allowance >= 0)
		return;
	s->held = true;
	s->hold(s, true);
	arm(s->pace);
}

static struct paced *find_rested(struct pace *p)
{
	for (struct paced *s = p->first; s; s = s->next) {
		if (!s->held)
			continue;
		refill(s);
		if (s->allowance >= 0)
			return s;
	}
	return NULL;
}

/* Looked for anew each time: one that goes on may be over, and others with it. */
static void on_timer(uv_timer_t *t)
{
	struct pace *p = t->data;
	struct paced *s;

	while ((s = find_rested(p))) {
		s->held = false;
		s->hold(s, false);
	}
	arm(p);
}

static void on_closed(uv_handle_t *h)
{
	struct pace *p = h->data;

	p->closed(p);
}

void pace_close(struct pace *p, void (*closed)(struct pace *p))
{
	CHECK(!p->first);
	p->closed = closed;
	uv_close((uv_handle_t *)&p->timer, on_closed);
}
