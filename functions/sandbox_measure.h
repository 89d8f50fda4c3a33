/* sandbox_measure.h - memory and processor of a cage, as the kernel limits and counts them. For sandbox.c. */
#ifndef FUNCTIONS_SANDBOX_MEASURE_H
#define FUNCTIONS_SANDBOX_MEASURE_H

#include "functions/cgroup.h"

/* Fills in l, and makes the group for it where `g` is not NULL. 0, or as cgroup_make. */
int measure_limit(struct cgroup *g, int64_t memory_mb, int64_t tmp_mb, struct cage_limits *l);

/* The most that any process started by this one has held so far; 0 when nobody tells. Whatever the cage says of itself. */
int64_t measure_children_kb(pid_t init);

#endif
