/* verdict.h - why an environment ended, from what the kernel tells about it. */
#ifndef FUNCTIONS_VERDICT_H
#define FUNCTIONS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "functions/reason.h"

#define VERDICT_MAX 512

struct death {
	/* of waitid */
	int code, status;		/* CLD_*; exit status or signal */
	int64_t cpu_s, peak_kb;
	/* of the host */
	int64_t memory_bytes, cpu_limit_s;	/* 0: no such limit */
	bool refused;			/* it had said WIRE_REFUSED */
	bool oom;			/* its cgroup ran out of memory */
};

/* Reaps. -EAGAIN while it lives. */
int verdict_wait(int pidfd, struct death *d);

/* Never REASON_NONE: nobody is meant to end with an invocation in hand. */
enum reason verdict(const struct death *d, char message[VERDICT_MAX]);

#endif
