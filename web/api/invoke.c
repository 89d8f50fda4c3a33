/* POST /_/invoke/NAME[?qualifier=]: one invocation by hand. The answer tells everything about it: what the function said, the end of its log,
 * what it took. A client that leaves does not end it. */
#include "pipeline/invoke.h"

#include "base/codec.h"
#include "base/check.h"
#include "base/err.h"
#include "web/api/local.h"

#define EVENT_MAX (256 << 10)		/* checked on the loop */
#define ANSWER_SHOWN (256 << 10)	/* bytes of an answer that are told */

struct asking {				/* in l->state */
	struct local *l;
	char request[JOB_REQUEST_ID + 1];
	struct invoke v;
};

static const struct {
	int status;
	const char *code, *message;
} refusals[] = {
	[INVOKE_NOT_FOUND] = { 404, "NotFound", "There is no such function, or no such version or alias of it." },
	[INVOKE_THROTTLED] = { 429, "Throttled", NULL },
	[INVOKE_LOOP] = { 409, "RecursiveLoop", "The function is in a loop of invocations." },
	[INVOKE_NOT_READY] = { 409, "NotReady", "The function cannot be run now." },
	[INVOKE_FAILED] = { 500, "InternalError", NULL },
};

static void refuse(struct local *l, const struct invoke *v)
{
	const char *message = v->why ? v->why : refusals[v->end].message;

	if (v->end == INVOKE_THROTTLED)
		message = arena_printf(&l->arena, "There is no room for it now: %s.", throttle_reason(v->throttle));
	local_refuse(l, refusals[v->end].status, refusals[v->end].code, message ? message : err_text(v->rc < 0 ? v->rc : E_CLOSED));
}

static void answer(struct local *l, const struct invoke *v)
{
	struct json j = json_into(&l->out);
	size_t shown = v->answer.n < ANSWER_SHOWN ? v->answer.n : ANSWER_SHOWN;

	json_open(&j, NULL, '{');
	json_str(&j, "request", v->request);
	json_cstr(&j, "executed_version", v->executed_version);
	json_bool(&j, "function_error", v->function_error);
	json_str(&j, "answer", str_n(v->answer.p, shown));
	json_int(&j, "answer_bytes", (int64_t)v->answer.n);
	json_bool(&j, "answer_cut", shown < v->answer.n);
	json_str(&j, "log_tail", v->tail);
	json_real(&j, "duration_ms", (double)v->report.duration_us / 1000);
	json_real(&j, "init_ms", (double)v->report.init_us / 1000);
	json_int(&j, "memory_peak_kb", v->report.memory_peak_kb);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static void on_done(struct invoke *v)
{
	struct asking *a = container_of(v, struct asking, v);
	struct local *l = a->l;

	if (l->call && v->end == INVOKE_DONE)
		answer(l, v);
	else if (l->call)
		refuse(l, v);
	local_rest(l);
}

static void on_event(struct local *l)
{
	struct asking *a = l->state;
	struct json_value *v;
	struct arena scratch = {0};
	int rc = l->body.n > 0 ? json_parse(&scratch, l->body, &v) : 0;

	arena_clear(&scratch);
	if (rc < 0) {
		local_refuse(l, 400, "InvalidEvent", "The event is not JSON.");
		return;
	}
	whole_leave(&l->whole);	/* an invocation may take minutes */
	queue_request_make(a->request);
	a->v.m = l->m;
	a->v.request = str_of(a->request);
	a->v.payload = l->body.n > 0 ? l->body : STR("{}");
	a->v.done = on_done;
	local_hold(l);
	invoke_run(&a->v);
}

void invoke_serve(struct local *l)
{
	struct asking *a = arena_take(&l->arena, sizeof *a);
	struct str path = l->call->r->path, name = str_n(path.p + sizeof "/_/invoke/" - 1, path.n - (sizeof "/_/invoke/" - 1));
	struct str qualifier = params_get(&l->params, "qualifier");

	a->l = l;
	l->state = a;
	if (uri_decode(&l->arena, name, false, &a->v.function) < 0 || a->v.function.n == 0 || a->v.function.n > FUNCTION_NAME_MAX ||
	    qualifier.n > QUALIFIER_MAX) {
		local_refuse(l, 400, "InvalidRequest", "The path is /_/invoke/NAME, with ?qualifier= a version or an alias.");
		return;
	}
	if (qualifier.n > 0)
		a->v.qualifier = qualifier;
	local_take_body(l, EVENT_MAX, on_event);
}
