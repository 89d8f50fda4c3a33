/* dynamodb.h - one request to the DynamoDB face (awsJson1_0), from its body to its answer.
 *
 *     serve --> room for the body --> whole body --> signature --> JSON --> parameters (param.h) --> op->check (loop)
 *           --> op->run (a lane, or the writer when it writes) --> answer
 *
 * An operation is a row of the table in operation.c: its parameters, `check`, which looks at the request alone, and
 * `run`, which looks at the data and writes the answer into `out`. Both refuse by
 * `return dynamodb_refuse(d, CODE, "...")`; what a refused change did is undone.
 *
 * A struct dynamodb lives until the request is over and nobody works for it any more: a client may leave in the
 * middle. So all that the work needs is in `arena`, its own and not the request's; `call` is NULL once the request is over.
 */
#ifndef DYNAMODB_DYNAMODB_H
#define DYNAMODB_DYNAMODB_H

#include "base/json.h"
#include "storage/table.h"
#include "web/dynamodb/error.h"
#include "pipeline/errand.h"
#include "web/param_rules.h"
#include "web/routes.h"
#include "web/whole.h"

struct dynamodb;

struct operation {
	const char *name;
	const struct param_rule *params;	/* ended by a row without name */
	int (*check)(struct dynamodb *d);	/* NULL: nothing but the parameters */
	int (*run)(struct dynamodb *d, struct db *db);	/* NULL: not built */
	enum errand_kind kind;
	int64_t answer_bytes;		/* room the answer may take, beyond a little */
	void (*after)(struct dynamodb *d);	/* after a commit that succeeded; NULL: nothing to do */
};

struct dynamodb {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct room *room;
	struct whole whole;
	struct arena arena;
	const struct operation *op;	/* NULL: unknown */
	const struct json_value *body;
	struct str table;		/* TableName */
	struct buf out;			/* owned; the answer */
	struct refusal fault;
	struct constraints constraints;	/* that are broken */
	void *state;			/* the operation's own, in the arena */
	struct errand errand;
	bool busy;			/* a lane or the writer has it */
};

/* Notes why this request is refused; the first reason stays. Always returns E_BAD_INPUT. Any thread that has `d`. */
int dynamodb_refuse(struct dynamodb *d, enum dynamodb_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int dynamodb_refuse_rc(struct dynamodb *d, int rc);
int dynamodb_refuse_auth(struct dynamodb *d, const struct auth *a);	/* when its signature does not do */

/* Opens d->table. Data operations do not name it when it is missing; table operations do. */
int dynamodb_table(struct dynamodb *d, struct db *db, struct table *t);
int dynamodb_table_named(struct dynamodb *d, struct db *db, struct table *t);

/* reply.c */
void dynamodb_answer(struct dynamodb *d);		/* `out` */
void dynamodb_answer_fault(struct dynamodb *d);
void dynamodb_answer_refusal(struct call *c, int status, const char *why);

/* operation.c */
const struct operation *operation_of(struct str name);	/* NULL: AWS has no such operation */

/* tables_create.c, tables.c */
extern const struct param_rule create_table_params[], table_params[], list_tables_params[], no_params[];
int create_table_check(struct dynamodb *d);
int create_table_run(struct dynamodb *d, struct db *db);
int describe_table_run(struct dynamodb *d, struct db *db);
int list_tables_run(struct dynamodb *d, struct db *db);
int delete_table_run(struct dynamodb *d, struct db *db);
void delete_table_after(struct dynamodb *d);
int describe_endpoints_check(struct dynamodb *d);
int describe_endpoints_run(struct dynamodb *d, struct db *db);
void table_describe(struct dynamodb *d, struct json *j, const char *name, const struct table *t, const char *status);

/* items.c */
extern const struct param_rule put_item_params[], get_item_params[], delete_item_params[];
int put_item_check(struct dynamodb *d);
int put_item_run(struct dynamodb *d, struct db *db);
int key_check(struct dynamodb *d);
int get_item_run(struct dynamodb *d, struct db *db);
int delete_item_run(struct dynamodb *d, struct db *db);

/* query.c */
extern const struct param_rule query_params[], scan_params[];
int query_check(struct dynamodb *d);
int query_table_run(struct dynamodb *d, struct db *db);
int scan_check(struct dynamodb *d);
int scan_run(struct dynamodb *d, struct db *db);

#endif
