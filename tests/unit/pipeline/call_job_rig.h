/* call_job_rig.h - what was invoked and what became a dead letter. */
#ifndef TESTS_CALL_JOB_RIG_H
#define TESTS_CALL_JOB_RIG_H

#include "tests/unit/pipeline/functions_rig.h"

static inline int calls_of(const struct rig *r, const char *function)
{
	int n = 0;

	for (int i = 0; i < r->pool.count; i++)
		n += strcmp(r->pool.calls[i].function, function) == 0;
	return n;
}

static inline const struct rig_call *call_of(const struct rig *r, const char *function)
{
	for (int i = 0; i < r->pool.count; i++)
		if (strcmp(r->pool.calls[i].function, function) == 0)
			return &r->pool.calls[i];
	return NULL;
}

struct dead {
	int count, attempts;
	char code[64], message[256];
};

static inline int note_dead(void *owner, const struct job_row *j)
{
	struct dead *d = owner;

	d->count++;
	d->attempts = j->attempts;
	snprintf(d->code, sizeof d->code, "%.*s", STR_ARG(j->code));
	snprintf(d->message, sizeof d->message, "%.*s", STR_ARG(j->message));
	return 0;
}

static inline struct dead dead_of(struct rig *r)
{
	struct dead d = {0};

	assert_int_equal(queue_dead(r->reader, 0, 100, note_dead, &d), 0);
	return d;
}

static inline bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

#endif
