/* invoke.h - one invocation of a function, whoever asks: the Lambda API, a function URL, a queued event, a destination.
 *
 *     find (catalog) -> enter (concurrency) -> run (custom pool, or the built-in function's own way) -> log, meter -> done
 *
 * Synchronous ones come from web and go straight on; asynchronous ones are put in the durable queue by invoke_queue, and pump and call_job.h bring
 * them here later. A client that leaves does not end what it began.
 *
 * Loop thread. The struct is the caller's and the house's from invoke_run to `done`, called once and never from inside.
 */
#ifndef PIPELINE_INVOKE_H
#define PIPELINE_INVOKE_H

#include "functions/custom.h"
#include "pipeline/catalog.h"
#include "pipeline/concurrency.h"
#include "storage/queue.h"

#define INVOKE_ASYNC_MAX (1 << 20)	/* payload of an asynchronous invocation */
#define INVOKE_HOPS_MAX 16		/* of one function in one chain of invocations (facts/02 section 8) */
#define TRACE_MAX 512

enum invoke_end { INVOKE_DONE, INVOKE_NOT_FOUND, INVOKE_THROTTLED, INVOKE_LOOP, INVOKE_NOT_READY, INVOKE_FAILED };

struct invoke {
	/* in; texts lent until done */
	struct minilab *m;
	struct str function, qualifier;	/* or: */
	struct catalog_version *version;	/* found already: the caller's reference, who also has entered concurrency */
	struct str request;		/* UUID */
	struct str payload, client_context;
	struct str trace;		/* as received, or absent: one is made */
	struct str arn;			/* as invoked; absent: made of function and qualifier */
	bool async;			/* an attempt of a queued one: for metrics and trace */
	void (*piece)(struct invoke *v, struct str type, const uint8_t *p, size_t n);	/* streamed answers (custom.h); NULL: whole */
	void (*answered)(struct invoke *v);	/* the answer is there, the end is not; NULL: only done. Not called before INVOKE_DONE is sure */
	void (*done)(struct invoke *v);
	/* out */
	enum invoke_end end;
	enum throttle throttle;
	int rc;				/* of INVOKE_FAILED; E_CLOSED: the house is closing */
	const char *why;		/* for people, of INVOKE_NOT_READY and INVOKE_FAILED; else NULL. Good until done returns */
	bool function_error;		/* X-Amz-Function-Error: Unhandled; the payload is the error's */
	struct str answer;		/* good until done returns */
	struct str tail;		/* last 4 KB of the log; good until done returns */
	char executed_version[24];
	char trace_out[TRACE_MAX];
	struct custom_report report;
	/* the house's */
	struct catalog_query query;
	struct custom_invocation custom;
	struct builtin_run *builtin;	/* builtin_run.h */
	struct arena arena;
	struct buf answer_bytes, tail_bytes;
	struct post post;
	bool entered, provisioned, running;
};

void invoke_run(struct invoke *v);
void invoke_cancel(struct invoke *v);	/* nobody listens any more: pieces stop, done still comes */

/* One of that version may run, until invoke_leave with the same. It takes what is provisioned for it first. */
enum throttle invoke_enter(struct minilab *m, struct catalog_version *v, bool *provisioned);
void invoke_leave(struct minilab *m, struct catalog_version *v, bool provisioned);

/* In a change: an asynchronous invocation is put in the queue, durable with it. `function` by id; out: the request id in j->request must be set by the caller. */
struct async_put {
	int64_t function;
	struct str qualifier, request, payload, trace;
};
int invoke_queue(struct db *db, const struct async_put *a);

/* What the trace says about loops: how often that function is in the chain so far; and the header with one more hop. facts/02 section 8. */
int trace_hops(struct str trace, struct str function_arn);
void trace_next(struct str trace, struct str function_arn, char to[TRACE_MAX]);

#endif
