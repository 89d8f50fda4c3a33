/* pump_parts.h - the pump from the inside: pump.c is its life and its clock, pump_look.c finds who has work, pump_sources.c gives turns,
 * pump_claim.c takes jobs, pump_start.c starts them. */
#ifndef PIPELINE_PUMP_PARTS_H
#define PIPELINE_PUMP_PARTS_H

#include "pipeline/catalog.h"
#include "pipeline/job.h"
#include "pipeline/pump.h"

#define SOURCE_SLOTS 256
#define CLAIM_MAX 64
#define ERROR_PAUSE_MS 1000		/* after a claim that failed */

struct source {				/* one function's jobs */
	struct pump *pump;
	int64_t function;
	struct catalog_query query;	/* what it is, before each claim */
	bool finding;
	/* what was found: */
	bool known, builtin;
	int64_t reserved;		/* -1: none */
	int64_t timeout_ms, memory_mb;
	int running;			/* jobs that have begun, or whose version is looked for */
	int backfilling;		/* of these, jobs of backfills */
	bool backfills;			/* more of them are there, for when there is room */
	bool maybe;			/* something may be due: claim when there is room */
	int64_t next_due_ms;		/* wall; of a built-in one; INT64_MAX: nothing waits */
	struct claim *claim;		/* under way, or NULL */
	struct ticket *waiting, **waiting_tail;	/* claimed ahead, not begun */
	int waiting_count;
	/* of a custom one: how many may run at a time */
	int window;
	int64_t grown_ms;		/* when it last grew; monotonic */
	int64_t run_us;			/* of a job lately */
	struct source *next_slot, *next_builtin;
	struct source *next, *prev;	/* in the pump's list */
};

struct ticket {				/* a claimed job on its way to its start */
	struct source *source;
	struct arena arena;
	struct job_row row;		/* strings in arena */
	struct catalog_query query;
	bool entered, provisioned;	/* concurrency */
	struct catalog_version *version;	/* then: a reference of its own */
	int64_t memory_mb;		/* it counts so much in p->memory_mb */
	struct ticket *next;
};

struct pump {
	struct minilab *m;
	struct source *slots[SOURCE_SLOTS];
	struct source *first, *last;	/* those that have the next turn stand first */
	struct source *builtins;
	bool others;			/* there are other functions: a house that only makes thumbnails never looks for their jobs */
	char stream[64];
	uv_timer_t timer;
	struct look *look;		/* under way, or NULL */
	bool look_again;
	int64_t look_due_ms;		/* wall: when the queue is to be asked again */
	int64_t step_due_ms;		/* wall: when the sources are to be looked at again */
	bool stepping, blocked;		/* blocked: a source waits for room that others have */
	int64_t memory_mb, memory_max_mb;	/* of custom jobs that run; of the machine */
	int window_min;
	bool stopping;
	void (*drained)(void *owner);
	void *drained_owner;
	void (*closed)(void *owner);
	void *closed_owner;
	struct pump_stats stats;
};

/* pump.c */
void pump_due(struct pump *p, int64_t due_ms);	/* the queue is to be asked then */
void pump_step_at(struct pump *p, int64_t due_ms);	/* or no later */
void pump_blocked(struct pump *p);		/* a source waits for room: it is looked at when somebody leaves, and now and then */
void pump_arm(struct pump *p);
void pump_check_drained(struct pump *p);

/* pump_sources.c */
struct source *source_of(struct pump *p, int64_t function);	/* found or made */
void source_step(struct source *s);		/* claims if it may; frees s if nothing is left of it: last use */
void source_last(struct source *s);		/* it had its turn */
void source_is_builtin(struct source *s);	/* it stays */
void source_is_gone(struct source *s);		/* it does not, whatever it was */
void source_free(struct source *s);
void pump_step_all(struct pump *p);

/* pump_look.c */
void look_start(struct pump *p);

/* pump_claim.c */
int claim_room(const struct source *s);
int claim_backfill_room(const struct source *s, int max);
void claim_start(struct source *s);

/* pump_start.c */
void start_claimed(struct source *s, const struct job_row *row);
void start_waiting(struct source *s);		/* as many as may run now */
void start_put_back(struct source *s);		/* at the stop: back to the queue, their attempt not counted */

#endif
