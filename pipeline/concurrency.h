/* concurrency.h - how many invocations run at a time: of the account, of each function, and how fast that may grow.
 *
 * facts/01 section 4: account limit CONCURRENCY_ACCOUNT (setting concurrency_max); reserved concurrency is both a guarantee and a cap of a function, and
 * what is reserved is taken from the account; at least CONCURRENCY_UNRESERVED_MIN stay unreserved. What is provisioned is kept for its
 * versions: it counts inside what the function has reserved, or else is taken from the account, and others of the function get the rest. A
 * function's environments grow by at most CONCURRENCY_SCALING in CONCURRENCY_SCALING_MS, refilled continuously.
 *
 * Loop thread; numbers only.
 */
#ifndef PIPELINE_CONCURRENCY_H
#define PIPELINE_CONCURRENCY_H

#include <stdbool.h>
#include <stdint.h>

#define CONCURRENCY_UNRESERVED_MIN 100
#define CONCURRENCY_SCALING 1000
#define CONCURRENCY_SCALING_MS 10000
#define THROTTLE_RETRY_AFTER_S 1	/* the Retry-After of TooManyRequestsException (facts/01 section 2): no environment is sure to be free sooner or later */

/* The Reason of TooManyRequestsException. */
#define THROTTLE_TABLE(X) \
	X(THROTTLE_NONE, "") \
	X(THROTTLE_ACCOUNT, "ConcurrentInvocationLimitExceeded") \
	X(THROTTLE_RESERVED, "ReservedFunctionConcurrentInvocationLimitExceeded") \
	X(THROTTLE_RATE, "FunctionInvocationRateLimitExceeded") \
	X(THROTTLE_RESERVED_RATE, "ReservedFunctionInvocationRateLimitExceeded")
#define X(name, text) name,
enum throttle { THROTTLE_TABLE(X) THROTTLES };
#undef X
const char *throttle_reason(enum throttle t);

struct concurrency;

void concurrency_open(struct concurrency **out, int64_t account_limit);
void concurrency_close(struct concurrency *c);

/* Reserved of a function: -1 none. Forgets it when it is neither reserved nor running. */
void concurrency_reserve(struct concurrency *c, int64_t function, int64_t reserved);
void concurrency_forget(struct concurrency *c, int64_t function);

/* How much of a function is provisioned, all its versions together. */
void concurrency_provision(struct concurrency *c, int64_t function, int64_t count);

/* THROTTLE_NONE: it is in, until concurrency_leave with the same. `provisioned`: its version has provisioned concurrency that is free. */
enum throttle concurrency_enter(struct concurrency *c, int64_t function, bool provisioned);
void concurrency_leave(struct concurrency *c, int64_t function, bool provisioned);
int64_t concurrency_room(const struct concurrency *c, int64_t function);	/* how many more may enter now, of whatever version */
int64_t concurrency_running(const struct concurrency *c, int64_t function);	/* 0: of all */
int64_t concurrency_unreserved(const struct concurrency *c);			/* what is left of the account's limit */

#endif
