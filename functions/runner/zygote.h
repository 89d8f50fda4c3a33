/* zygote.h - the runner's process of one thread, out of which environments are cloned.
 *
 * It has initialised the libraries and nothing else: a clone after libvips has started its threads would hang. It has given
 * up root if it was that, unless its namespaces take root (cage_settle). It holds no secret and three descriptors beside
 * fd 3, the daemon; it ends when that closes or the daemon dies. Its clones are the daemon's children (CLONE_PARENT), so
 * the daemon learns their end first hand.
 */
#ifndef RUNNER_ZYGOTE_H
#define RUNNER_ZYGOTE_H

#include <stdint.h>

#include "functions/runner/serve.h"

_Noreturn void zygote_run(int64_t started_us, enum probes probes);

#endif
