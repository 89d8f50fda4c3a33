/* api.h - the HTTP side of the Lambda Runtime API (2018-06-01), Extensions API (2020-01-01), Telemetry API (2022-07-01) and Logs API
 * (2020-08-15). facts/04 is the reference; functions/runtime.h is what answers.
 *
 *     GET next --> runtime_next --> parked --> deliver: the event is the answer
 *     POST response --> runtime_response_begin, _data..., _end --> 202
 *
 * Each environment has a socket of its own that listens inside its cage, so that a request is known by where it came: its tag is the
 * environment, and NULL as soon as that is gone. Nothing is signed here, and there are no deadlines: a frozen process may take days, and how long an
 * invocation may take is the environment's to know.
 *
 * Streamed responses are slowed as AWS does it (pace.h).
 *
 * An event leaves with one write, and nothing is taken on its way but the request's arena. Requests are logged at level debug only.
 *
 * Loop thread.
 */
#ifndef RUNTIME_API_H
#define RUNTIME_API_H

#include <uv.h>

#include "web/flow.h"

#define RUNTIME_CONNECTIONS_MAX 32	/* of one environment: a runtime, ten extensions, and those that open one per request */
#define RUNTIME_HEAD_MAX (512 << 10)	/* request line and headers, or trailers: an error of RUNTIME_ERROR_BODY_MAX in base64 is one of them */
#define RUNTIME_PATIENCE_MS 86400000

struct custom_environment;
struct runtime_api;

/* At most `environments` at a time. `flow`, borrowed: where streamed responses are told. */
int runtime_api_open(struct runtime_api **out, uv_loop_t *loop, int environments, struct flow *flow);

/* `fd` listens, and is owned from here, also after a failure. */
int runtime_api_attach(struct runtime_api *a, struct custom_environment *e, int fd);
void runtime_api_detach(struct runtime_api *a, struct custom_environment *e);	/* its requests end without an answer; no call of runtime.h about it after */

/* Ends the connections that there still are; then frees. All are detached. */
void runtime_api_stop(struct runtime_api *a, void (*stopped)(void *owner), void *owner);

#endif
