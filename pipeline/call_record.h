/* call_record.h - what a destination is told of an asynchronous invocation that ended: facts/02 section 5. */
#ifndef PIPELINE_CALL_RECORD_H
#define PIPELINE_CALL_RECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

/* X(name, text of "condition", code of the dead letter when the function itself said none) */
#define CONDITION_TABLE(X) \
	X(CONDITION_SUCCESS,       "Success",                       "") \
	X(CONDITION_RETRIES,       "RetriesExhausted",              "Function.Error") \
	X(CONDITION_AGE,           "EventAgeExceeded",              "EventAgeExceeded") \
	X(CONDITION_ZERO_RESERVED, "ZeroReservedConcurrency",       "ZeroReservedConcurrency") \
	X(CONDITION_RECURSION,     "RecursiveInvocationTerminated", "RecursiveInvocationTerminated") \
	X(CONDITION_NOT_FOUND,     "ResourceNotFound",              "ResourceNotFound")

#define X(name, text, code) name,
enum condition { CONDITION_TABLE(X) CONDITIONS };
#undef X

const char *condition_text(enum condition c);
const char *condition_code(enum condition c);

struct call_record {
	struct str request, arn;	/* arn: always with a qualifier */
	enum condition condition;
	int invoke_count;
	struct str payload;
	bool ran;			/* else there are no response and no context of one */
	bool function_error;
	struct str version, response;
};

void call_record_write(struct buf *to, const struct call_record *r);

/* The list of dead letters (queue.h) as a target: what failed is kept there, whether another target took it or not. */
#define CALL_LIST "arn:aws:minilab:%s:%s:dead-letters"		/* region, account */
bool call_target_is_list(struct str arn);

/* errorType and errorMessage of a function's error; absent where it does not say. */
void call_error_read(struct str response, struct arena *a, struct str *type, struct str *message);

#endif
