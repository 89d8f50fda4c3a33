/* health.h - how the house is, gathered for whoever shows it: health, metrics, later the console. */
#ifndef PIPELINE_HEALTH_H
#define PIPELINE_HEALTH_H

#include "functions/custom.h"
#include "functions/pool.h"
#include "pipeline/minilab.h"
#include "pipeline/offer.h"
#include "pipeline/pump.h"
#include "storage/outbox.h"
#include "storage/queue.h"

struct health {
	/* health_look: on a lane */
	struct store_health store;
	struct queue_counts queue;
	struct outbox_counts webhooks;
	struct offer offer;
	/* health_add: on the loop */
	struct pump_stats pump;
	const char *cage;		/* "B (no cgroup: resource limits instead)" */
	int cage_rung;			/* 0 is full */
	bool namespaces, landlock, seccomp, cgroup;
	int idle, busy, waiting;	/* execution environments; invocations that wait for one */
	int64_t spawned, crashed, timed_out;
	struct program_health programs[PROGRAMS];	/* state NULL: the pool is closed */
	struct custom_health custom;	/* state NULL: there is no such pool */
	int64_t running;		/* invocations of all functions */
	int64_t oldest_waiting_ms;	/* age of the oldest event that is not done; 0: none */
	int64_t oldest_webhook_ms;	/* of the oldest line that waits for a webhook */
};

int health_look(struct health *h, const struct minilab *m, struct db *reader);
void health_add(struct health *h, struct minilab *m);

#endif
