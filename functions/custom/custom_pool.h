/* custom_pool.h - the pool as its environments see it: what they are made with, and whom they tell. */
#ifndef CUSTOM_POOL_H
#define CUSTOM_POOL_H

#include "functions/custom/life.h"

/* Environments of a recipe that are kept initialised. In the pool's list until its count is 0. */
struct provision {
	struct provision *next;
	struct recipe *recipe;		/* a reference */
	int count;
	bool failed;			/* the last init did */
	int64_t pause_ms, not_before_ms;	/* monotonic: the next try after a failure */
};

#define PROVISION_PAUSE_MS_MIN 1000
#define PROVISION_PAUSE_MS_MAX 300000

/* Where one is in the cage, and the folder on the host that is /var/lang there. */
struct interpreter {
	char path[256];			/* "" for none */
	char lang[256];			/* "": it lives in /usr */
};

enum { CUSTOM_NODE, CUSTOM_PYTHON, CUSTOM_INTERPRETERS };

struct custom_pool {
	struct custom_spec spec;
	struct interpreter interpreters[CUSTOM_INTERPRETERS];
	const char *arguments[12];	/* of the zygote */
	struct zygote *zygote;
	struct cgroup cgroup;
	struct custom_environment *first, *last;	/* used last first */
	struct sandbox *trial;		/* of a way out; NULL when it is over */
	bool outbound;			/* what came of it */
	struct custom_invocation *over;	/* ended without an environment; done is called by on_soon */
	struct provision *provisions;
	uv_timer_t soon;
	uv_timer_t later;		/* the next try of a provision */
	bool closing, zygote_closing;
	int open_handles;
	int64_t spawned, crashed, timed_out;
	void (*closed)(void *owner);
	void *owner;
};

const struct custom_spec *custom_spec_of(const struct custom_environment *e);

/* From life.c. `settled` may invoke again before it returns. */
void custom_settled(struct custom_pool *p, struct custom_invocation *i);
void custom_became_idle(struct custom_environment *e);
void custom_init_failed(struct custom_environment *e);	/* of a provisioned one, which ends */
void custom_gone(struct custom_environment *e);		/* it leaves the list and is freed after */

/* provision.c */
void provision_fill(struct custom_pool *p);
void provision_failed(struct custom_pool *p, const struct recipe *r);
void provision_succeeded(struct custom_pool *p, const struct recipe *r);
void provision_drop(struct custom_pool *p, int64_t function);	/* 0: of all */

/* trial.c: makes a cage that has a way out, once the loop runs, to know whether it can be had; `over` when it has ended. */
void trial_start(struct custom_pool *p);
void custom_trial_over(struct custom_pool *p);

/* Room for one more, made if need be. */
bool custom_has_room(struct custom_pool *p);
void custom_add(struct custom_pool *p, struct custom_environment *e);

#endif
