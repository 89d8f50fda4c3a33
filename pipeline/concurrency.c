#include "pipeline/concurrency.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"

#define SLOTS 256

struct share {				/* one function's */
	int64_t function, reserved;	/* -1: none */
	int64_t provisioned;
	int64_t running, running_provisioned;	/* the second are among the first */
	int64_t grown;			/* most that ran at a time: environments that there may be already */
	int64_t tokens_us;		/* what it may grow by, in microseconds of refilling */
	int64_t since_us;		/* tokens_us are of then */
	bool forgotten;			/* goes with the last that runs */
	struct share *next;
};

struct concurrency {
	int64_t limit, reserved;	/* of the account; sum of all reservations */
	int64_t provisioned;		/* sum, of functions without reservation */
	int64_t running, unreserved_running;	/* all; of functions without reservation those that are not provisioned */
	struct share *slots[SLOTS];
};

#define TOKEN_US (CONCURRENCY_SCALING_MS * 1000LL / CONCURRENCY_SCALING)
#define TOKENS_MAX_US (CONCURRENCY_SCALING_MS * 1000LL)

static const char *const reasons[] = {
#define X(name, text) [name] = text,
	THROTTLE_TABLE(X)
#undef X
};

const char *throttle_reason(enum throttle t)
{
	CHECK(t < THROTTLES);
	return reasons[t];
}

void concurrency_open(struct concurrency **out, int64_t account_limit)
{
	struct concurrency *c = calloc(1, sizeof *c);

	CHECK(c != NULL && account_limit > 0);
	c->limit = account_limit;
	*out = c;
}

void concurrency_close(struct concurrency *c)
{
	if (!c)
		return;
	for (int i = 0; i < SLOTS; i++)
		while (c->slots[i]) {
			struct share *s = c->slots[i];

			c->slots[i] = s->next;
			free(s);
		}
	free(c);
}

static struct share **place(struct concurrency *c, int64_t function)
{
	struct share **at = &c->slots[(uint64_t)function % SLOTS];

	while (*at && (*at)->function != function)
		at = &(*at)->next;
	return at;
}

static const struct share *find(const struct concurrency *c, int64_t function)
{
	const struct share *s = c->slots[(uint64_t)function % SLOTS];

	while (s && s->function != function)
		s = s->next;
	return s;
}

static struct share *take_share(struct concurrency *c, int64_t function)
{
	struct share **at = place(c, function);

	if (!*at) {
		*at = calloc(1, sizeof **at);
		CHECK(*at != NULL);
		**at = (struct share){ .function = function, .reserved = -1, .tokens_us = TOKENS_MAX_US, .since_us = clock_mono_us() };
	}
	return *at;
}

/* A share as it counts in the sums: taken out, changed, put in again. */
static void add(struct concurrency *c, const struct share *s, int64_t sign)
{
	if (s->reserved >= 0) {
		c->reserved += sign * s->reserved;
		return;
	}
	c->provisioned += sign * s->provisioned;
	c->unreserved_running += sign * (s->running - s->running_provisioned);
}

void concurrency_reserve(struct concurrency *c, int64_t function, int64_t reserved)
{
	struct share *s = take_share(c, function);

	add(c, s, -1);
	s->reserved = reserved < 0 ? -1 : reserved;
	add(c, s, 1);
	s->forgotten = false;
}

void concurrency_provision(struct concurrency *c, int64_t function, int64_t count)
{
	struct share *s = take_share(c, function);

	add(c, s, -1);
	s->provisioned = count;
	add(c, s, 1);
}

static void drop(struct share **at)
{
	struct share *s = *at;

	*at = s->next;
	free(s);
}

void concurrency_forget(struct concurrency *c, int64_t function)
{
	struct share **at = place(c, function), *s = *at;

	if (!s)
		return;
	concurrency_provision(c, function, 0);
	concurrency_reserve(c, function, -1);
	s->forgotten = true;
	if (s->running == 0)
		drop(at);
}

static void refill(struct share *s)
{
	int64_t now = clock_mono_us();

	s->tokens_us += now - s->since_us;
	s->since_us = now;
	if (s->tokens_us > TOKENS_MAX_US)
		s->tokens_us = TOKENS_MAX_US;
}

/* For what is not provisioned. */
static int64_t capacity(const struct concurrency *c, const struct share *s)
{
	if (s && s->reserved >= 0)
		return s->reserved - s->provisioned - (s->running - s->running_provisioned);
	return concurrency_unreserved(c) - c->unreserved_running;
}

static enum throttle check(struct concurrency *c, struct share *s)
{
	bool reserved = s->reserved >= 0;

	if (capacity(c, s) <= 0)
		return reserved ? THROTTLE_RESERVED : THROTTLE_ACCOUNT;
	if (s->running < s->grown)
		return THROTTLE_NONE;
	refill(s);
	if (s->tokens_us < TOKEN_US)
		return reserved ? THROTTLE_RESERVED_RATE : THROTTLE_RATE;
	s->tokens_us -= TOKEN_US;
	return THROTTLE_NONE;
}

enum throttle concurrency_enter(struct concurrency *c, int64_t function, bool provisioned)
{
	struct share *s = take_share(c, function);
	enum throttle t = provisioned ? THROTTLE_NONE : check(c, s);

	if (t != THROTTLE_NONE)
		return t;
	s->running++;
	s->running_provisioned += provisioned;
	if (s->running > s->grown)
		s->grown = s->running;
	c->running++;
	c->unreserved_running += s->reserved < 0 && !provisioned;
	return THROTTLE_NONE;
}

void concurrency_leave(struct concurrency *c, int64_t function, bool provisioned)
{
	struct share **at = place(c, function), *s = *at;

	CHECK(s != NULL && s->running > 0);
	s->running--;
	s->running_provisioned -= provisioned;
	c->running--;
	c->unreserved_running -= s->reserved < 0 && !provisioned;
	if (s->forgotten && s->running == 0)
		drop(at);
}

int64_t concurrency_room(const struct concurrency *c, int64_t function)
{
	const struct share *s = find(c, function);
	int64_t room = capacity(c, s), free = s ? s->provisioned - s->running_provisioned : 0;

	return (room < 0 ? 0 : room) + (free < 0 ? 0 : free);
}

int64_t concurrency_running(const struct concurrency *c, int64_t function)
{
	const struct share *s;

	if (function == 0)
		return c->running;
	s = find(c, function);
	return s ? s->running : 0;
}

int64_t concurrency_unreserved(const struct concurrency *c)
{
	int64_t left = c->limit - c->reserved - c->provisioned;

	return left < 0 ? 0 : left;
}
