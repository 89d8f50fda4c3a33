/* logs.h - one request to the CloudWatch Logs face (awsJson1_1), from its body to its answer: what functions logged (storage/logs.h), for
 * `aws logs`.
 *
 *     serve --> room for the body --> whole body --> signature --> JSON --> parameters (param.h) --> op->check (loop)
 *           --> op->run (a lane, or the writer when it writes) --> answer
 *
 * An operation is a row of the table in operation.c: its parameters, `check`, which looks at the request alone, and `run`, which looks at
 * the data and writes the answer into `out`. Both refuse by `return logs_refuse(l, CODE, "...")`; what a refused change did is undone.
 *
 * A struct logs lives until the request is over and nobody works for it any more: a client may leave in the middle. So all that the work
 * needs is in `arena`, its own and not the request's; `call` is NULL once the request is over.
 */
#ifndef WEB_LOGS_LOGS_H
#define WEB_LOGS_LOGS_H

#include "base/json.h"
#include "storage/logs.h"
#include "web/logs/error.h"
#include "pipeline/errand.h"
#include "web/routes.h"
#include "web/whole.h"

#define LOGS_EVENTS_MAX 10000		/* in one batch or page */
#define LOGS_BATCH_BYTES (1 << 20)	/* of messages and LOG_LINE_OVERHEAD for each, in one batch or page */
#define LOGS_LIST_MAX 50		/* groups or streams in one page */
#define LOGS_PATTERN_MAX 1024

struct logs;
struct param_rule;

struct operation {
	const char *name;
	const struct param_rule *params;	/* ended by a row without name */
	int (*check)(struct logs *l);		/* NULL: nothing but the parameters */
	int (*run)(struct logs *l, struct db *db);	/* NULL: not built */
	enum errand_kind kind;
	int64_t answer_bytes;		/* room the answer may take, beyond a little */
};

struct logs {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct room *room;
	struct whole whole;
	struct arena arena;
	const struct operation *op;	/* NULL: unknown */
	const struct json_value *body;
	struct str group;		/* name of the log group, when one is meant */
	struct buf out;			/* owned; the answer; empty: none is sent */
	struct refusal fault;
	void *state;			/* the operation's own, in the arena */
	struct errand errand;
	bool busy;			/* a lane or the writer has it */
};

/* Notes why this request is refused; the first reason stays. Always returns E_BAD_INPUT. Any thread that has `l`. */
int logs_refuse(struct logs *l, enum logs_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int logs_refuse_rc(struct logs *l, int rc);
int logs_refuse_auth(struct logs *l, const struct auth *a);	/* when its signature does not do */

/* The group, or stream of it, that the request names; refuses when it is not there. */
int logs_find_group(struct logs *l, struct db *db, struct log_group *g);
int logs_find_stream(struct logs *l, struct db *db, const struct log_group *g, struct str name, struct log_stream *s);

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", in the arena. */
const char *logs_group_arn(struct logs *l, struct str name);

/* reply.c */
void logs_answer(struct logs *l);		/* `out` */
void logs_answer_fault(struct logs *l);
void logs_answer_refusal(struct call *c, int status, const char *why);

const struct operation *logs_operation_of(struct str name);	/* NULL: AWS has no such operation */

#endif
