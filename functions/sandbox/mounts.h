/* mounts.h - the files of one cage: the zygote's tree (tree.h), and in it the package at /var/task, its layers at /opt, our
 * runtime client at /var/runtime, a /tmp and a /proc of its own. Becomes the root; nothing of the host stays in the namespace.
 */
#ifndef SANDBOX_MOUNTS_H
#define SANDBOX_MOUNTS_H

#include "functions/sandbox/plan.h"

/* What is the same for every cage. *has_proc: the kernel let one be mounted; else /proc is empty. Negated errnos. */
int mounts_prepare(bool *has_proc);

int mounts_make(const struct plan *p, const struct tree *t);

/* Layers at `to`, later ones over earlier ones, without an overlay file system: what only one of them has is mounted from there,
 * directories of several are made anew in a tmpfs. Names are below /code. */
int layers_merge(const char *const *names, int count, const char *to);

#endif
