/* invoke.c - Invoke and InvokeAsync: what is asked is checked, then it runs, or is queued, or neither (DryRun). */
#include "web/lambda/invoke.h"

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/lambda/constraint.h"
#include "web/lambda/payload.h"

#define CONTEXT_MAX 3583		/* bytes of a client context, decoded */
#define OLD_ASYNC_MAX 262144		/* payload of InvokeAsync */

enum invoke_type { INVOKE_SYNC, INVOKE_EVENT, INVOKE_DRY };

struct asking {				/* in l->state */
	struct lambda *l;
	enum invoke_type type;
	bool tail, old;			/* old: InvokeAsync */
	struct str payload, context, trace;
	bool answered;
	struct invoke v;
};

static struct str field(struct lambda *l, const char *name)
{
	return arena_str(&l->arena, http_field(l->call->r, name));
}

int invoke_context(struct lambda *l, struct str *context)
{
	struct str text = http_field(l->call->r, "x-amz-client-context");
	struct buf b = { 0 };
	struct json_value *v;
	int rc = 0;

	if (text.n == 0)
		return 0;
	if (base64_decode(&b, text) < 0 || b.len > CONTEXT_MAX || json_parse(&l->arena, str_n(b.data, b.len), &v) < 0)
		rc = lambda_refuse(l, LAMBDA_BAD_CONTENT, "Client context must be a valid Base64-encoded JSON object of at most %d bytes.",
				   CONTEXT_MAX);
	else
		*context = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

static int read_type(struct lambda *l, struct asking *a)
{
	static const char *const names[] = { [INVOKE_SYNC] = "RequestResponse", [INVOKE_EVENT] = "Event", [INVOKE_DRY] = "DryRun" };
	struct str type = http_field(l->call->r, "x-amz-invocation-type"), log = http_field(l->call->r, "x-amz-log-type");

	if (type.n > 0)
		constrain_enum(l, "invocationType", type, "[Event, RequestResponse, DryRun]");
	if (log.n > 0)
		constrain_enum(l, "logType", log, "[None, Tail]");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_eq(type, str_of(names[i])))
			a->type = (enum invoke_type)i;
	a->tail = str_eq(log, STR("Tail"));
	return constrain_end(l);
}

static int check_size(struct lambda *l, const struct asking *a)
{
	size_t max = a->old ? OLD_ASYNC_MAX : INVOKE_ASYNC_MAX;

	if (a->type != INVOKE_EVENT || a->payload.n <= max)
		return 0;
	return lambda_refuse(l, LAMBDA_TOO_LARGE, "%zu byte payload is too large for the Event invocation type (limit %zu bytes)", a->payload.n, max);
}

static int no_function(struct lambda *l)
{
	struct str qualifier = l->target.qualifier;

	return lambda_no_function(l, str_is_set(qualifier) ? qualifier : STR("$LATEST"));
}

static int find(struct lambda *l, struct db *db, struct function_row *row)
{
	const struct json_value *document;
	struct str version;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == 0)
		rc = lambda_document(l, db, row, l->target.qualifier, &version, &document);
	return rc == E_NOT_FOUND ? no_function(l) : rc;
}

/* DryRun */

static int look(struct lambda *l, struct db *db)
{
	struct function_row row;

	return find(l, db, &row);
}

static void on_looked(struct lambda *l, int rc)
{
	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else
		http_reply(lambda_begin(l, 204, NULL), (struct str){ 0 });
}

void invoke_dry(struct lambda *l)
{
	lambda_run(l, look, on_looked);
}

/* Event: in the queue for good before the answer */

static int queue(struct lambda *l, struct db *db)
{
	struct asking *a = l->state;
	struct function_row row;
	int rc = find(l, db, &row);

	if (rc < 0)
		return rc;
	return invoke_queue(db, &(struct async_put){ .function = row.id, .qualifier = l->target.qualifier, .request = str_of(l->id),
						     .payload = a->payload, .trace = a->trace });
}

static void on_queued(struct lambda *l, int rc)
{
	struct asking *a = l->state;
	struct json j = json_into(&l->out);

	if (rc == 0)
		minilab_wake(l->m);
	if (!l->call)
		return;
	if (rc < 0) {
		lambda_answer_refusal(l);
	} else if (a->old) {
		json_open(&j, NULL, '{');
		json_int(&j, "Status", 202);
		json_close(&j);
		lambda_answer(l);
	} else {
		http_reply(lambda_begin(l, 202, NULL), STR(""));
	}
}

/* RequestResponse */

static void answer(struct asking *a)
{
	struct lambda *l = a->l;
	struct invoke *v = &a->v;
	struct http_request *r = lambda_begin(l, 200, "application/json");
	struct buf tail = { 0 };

	http_header(r, "X-Amz-Executed-Version", str_of(v->executed_version));
	if (v->function_error)
		http_header(r, "X-Amz-Function-Error", STR("Unhandled"));
	if (a->tail) {
		base64_encode(&tail, v->tail.p, v->tail.n);
		http_header(r, "X-Amz-Log-Result", str_n(tail.data, tail.len));
		buf_clear(&tail);
	}
	http_header(r, "x-amzn-Remapped-Content-Length", STR("0"));
	if (v->trace_out[0])
		http_header(r, "X-Amzn-Trace-Id", str_of(v->trace_out));
	http_reply(r, v->answer);
}

static int why_not(struct lambda *l, const struct invoke *v)
{
	switch (v->end) {
	case INVOKE_NOT_FOUND:
		return no_function(l);
	case INVOKE_THROTTLED:
		l->reason = throttle_reason(v->throttle);
		return lambda_refuse(l, LAMBDA_TOO_MANY, "Rate Exceeded.");
	case INVOKE_LOOP:
		return lambda_refuse(l, LAMBDA_RECURSION, "Lambda has detected your function being invoked in a recursive loop with other AWS resources "
				     "and stopped your function's invocation.");
	case INVOKE_NOT_READY:
		return lambda_refuse(l, LAMBDA_NOT_READY, "%s", v->why ? v->why : "The function cannot be run now");
	case INVOKE_FAILED:
	case INVOKE_DONE:
		break;
	}
	return v->why ? lambda_refuse(l, LAMBDA_SERVICE, "%s", v->why) : lambda_refuse_rc(l, v->rc < 0 ? v->rc : E_CLOSED);
}

void invoke_refuse(struct lambda *l, const struct invoke *v)
{
	why_not(l, v);
	lambda_answer_refusal(l);
}

static void on_answered(struct invoke *v)
{
	struct asking *a = container_of(v, struct asking, v);

	if (a->tail || !a->l->call)
		return;		/* the log has its last line when it is done */
	a->answered = true;
	answer(a);
}

static void on_done(struct invoke *v)
{
	struct asking *a = container_of(v, struct asking, v);
	struct lambda *l = a->l;

	if (l->call && !a->answered) {
		if (v->end == INVOKE_DONE)
			answer(a);
		else
			invoke_refuse(l, v);
	}
	lambda_rest(l);
}

/* The room that the body took is given back first: an invocation may take minutes and may want to upload something itself meanwhile. How
 * many payloads there are is bounded by concurrency. */
static void invoke(struct lambda *l)
{
	struct asking *a = l->state;

	lambda_leave_room(l);
	a->v.m = l->m;
	a->v.function = l->target.name;
	a->v.qualifier = l->target.qualifier;
	a->v.request = str_of(l->id);
	a->v.payload = a->payload;
	a->v.client_context = a->context;
	a->v.trace = a->trace;
	a->v.answered = on_answered;
	a->v.done = on_done;
	lambda_work(l);
	invoke_run(&a->v);
}

static void start(struct lambda *l, int rc)
{
	struct asking *a = l->state;

	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else if (a->type == INVOKE_SYNC)
		invoke(l);
	else if (a->type == INVOKE_EVENT)
		lambda_commit(l, queue, on_queued);
	else
		invoke_dry(l);
}

static int check_on_lane(struct lambda *l, struct db *db)
{
	struct asking *a = l->state;

	(void)db;
	return payload_check(l, a->payload);
}

static void serve(struct lambda *l, bool old)
{
	struct asking *a = arena_take(&l->arena, sizeof *a);
	int rc;

	l->state = a;
	a->l = l;
	a->old = old;
	a->type = old ? INVOKE_EVENT : INVOKE_SYNC;
	a->payload = l->raw.n > 0 ? l->raw : STR("{}");
	a->trace = field(l, "x-amzn-trace-id");
	rc = old ? 0 : read_type(l, a);
	if (rc == 0 && !old)
		rc = invoke_context(l, &a->context);
	if (rc == 0)
		rc = check_size(l, a);
	if (rc == 0 && a->payload.n > PAYLOAD_ON_LOOP_MAX)
		lambda_run(l, check_on_lane, start);
	else
		start(l, rc == 0 ? payload_check(l, a->payload) : rc);
}

static void serve_invoke(struct lambda *l)
{
	serve(l, false);
}

static void serve_old_async(struct lambda *l)
{
	serve(l, true);
}

const struct lambda_operation lambda_invokes[] = {
	{ "InvokeFunction", "POST", "/2015-03-31/functions/{FunctionName}/invocations", 200, LAMBDA_SERVES, 0, NULL, NULL, serve_invoke, NULL },
	{ "InvokeAsync", "POST", "/2014-11-13/functions/{FunctionName}/invoke-async", 202, LAMBDA_SERVES, 0, NULL, NULL, serve_old_async, NULL },
	{ 0 },
};
