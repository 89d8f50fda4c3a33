/* zygote.h - the process of one thread out of which cages are cloned; the daemon's end of it is functions/zygote.h.
 *
 * It makes the tree of files that they share, while it is still root if it was that, and has no others from then on. It gives up
 * root as the runner's zygote does: unless only root may make namespaces here. Where nobody may, it says so and
 * refuses every cage: without namespaces there is none for functions.
 *
 * Making namespaces is most of the time that a cage takes. So once one was asked for, the next is made ahead, as far as it goes without a plan,
 * and waits; whoever asks then gets that. A cage in a cgroup is born in it, and so is not made ahead.
 */
#ifndef SANDBOX_ZYGOTE_H
#define SANDBOX_ZYGOTE_H

#include <stdint.h>

#include "functions/sandbox/tree.h"

_Noreturn void zygote_run(int64_t started_us, const struct tree *t);

#endif
