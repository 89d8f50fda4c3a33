/* serve.h - the invocation that an environment has in hand: its time begins, its event goes out, its answer comes back, it is reported. */
#ifndef CUSTOM_SERVE_H
#define CUSTOM_SERVE_H

#include "functions/custom/life.h"

/* When its time begins: before an init that is part of it, else with serve_begin. */
void serve_start_clock(struct custom_environment *e);

/* BUSY: events for extensions and the runtime. */
void serve_begin(struct custom_environment *e);
void serve_deliver(struct custom_environment *e);	/* the event, to a runtime that waits for it */

void serve_timeout(struct custom_environment *e);	/* its time is over: a fault */
bool serve_is_late(const struct custom_environment *e);

/* The answer is complete: whoever invoked may have it, while the environment is still busy. */
void serve_answered(struct custom_environment *e, enum custom_end end);

/* Ends it, with the fault if there is one: reported, and given back to be settled. */
struct custom_invocation *serve_finish(struct custom_environment *e);

#endif
