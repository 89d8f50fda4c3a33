/* probe.h - hostile modes, so that tests can see each forbidden thing end in its own reason.
 * Only with --probes, and the event {"probe": NAME}, or a photo that is `minilab-probe {"probe": NAME}`. */
#ifndef RUNNER_PROBE_H
#define RUNNER_PROBE_H

#include "base/json.h"
#include "functions/runner/serve.h"

/* False when the event names no probe. Some do not return. */
bool probe_run(const struct json_value *event, int input, int64_t input_length, struct result *r);

#endif
