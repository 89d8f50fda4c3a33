#include "functions/runtime.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/json.h"
#include "functions/custom/life.h"
#include "functions/custom/serve.h"

#define X(name, status, type, message) { status, type, message },
static const struct {
	int status;
	const char *type, *message;
} verdicts[RUNTIME_VERDICTS] = { RUNTIME_TABLE(X) };
#undef X

/* As AWS's emulator calls them in its messages. */
static const char *const states[] = { "Started", "Started", "Ready", "Running", "InvocationResponse", "RuntimeResponseSentState", "InitError" };

int runtime_status(enum runtime_verdict v)
{
	return verdicts[v].status;
}

const char *runtime_error_type(enum runtime_verdict v)
{
	return verdicts[v].type;
}

void runtime_error_message(enum runtime_verdict v, const struct custom_environment *e, char to[RUNTIME_TEXT_MAX])
{
	if (v == RUNTIME_BAD_STATE)
		snprintf(to, RUNTIME_TEXT_MAX, "State transition from %s to %s failed for runtime. Error: State transition is not allowed",
			 states[e->asked_from], e->asked_to ? e->asked_to : "Ready");
	else
		snprintf(to, RUNTIME_TEXT_MAX, "%s", verdicts[v].message ? verdicts[v].message : "");
}

static enum runtime_verdict refuse(struct custom_environment *e, const char *to)
{
	e->asked_from = e->runtime;
	e->asked_to = to;
	return RUNTIME_BAD_STATE;
}

enum runtime_verdict runtime_next(struct custom_environment *e, struct runtime_waiter *w)
{
	bool may = e->runtime == RUNTIME_STARTED || e->runtime == RUNTIME_RUNNING || e->runtime == RUNTIME_SENT ||
		   (e->runtime == RUNTIME_READY && !e->waiter);

	if (!may)
		return refuse(e, "Ready");
	w->environment = e;
	w->slot = &e->waiter;
	e->waiter = w;
	e->closed_registration = true;
	if (e->runtime == RUNTIME_RUNNING) {
		serve_deliver(e);	/* the same event again */
		return RUNTIME_WAITS;
	}
	e->runtime = RUNTIME_READY;
	life_advance(e);
	return RUNTIME_WAITS;
}

void runtime_leave(struct runtime_waiter *w)
{
	struct runtime_waiter **slot = w->slot;

	if (slot && *slot == w)
		*slot = NULL;
	w->slot = NULL;
}

/* The invocation that such a request may be about: what a process says after its time is not heard. */
static enum runtime_verdict find(struct custom_environment *e, struct str request, const char *to)
{
	if (e->life != LIFE_BUSY || !e->delivered || !str_eq(request, e->invocation->request))
		return RUNTIME_BAD_ID;
	if (e->runtime != RUNTIME_RUNNING)
		return refuse(e, to);
	if (serve_is_late(e)) {
		serve_timeout(e);
		life_advance(e);
		return RUNTIME_BAD_ID;
	}
	return RUNTIME_ACCEPTED;
}

static void answer_error(struct custom_environment *e, enum custom_end end, const char *type, const char *message)
{
	struct custom_invocation *i = e->invocation;
	struct fault f = {0};

	fault_set(&f, end, str_of(type), "%s", message);
	buf_clear(&i->answer);
	fault_write(&f, i->request, &i->answer);
	snprintf(i->report.error_type, sizeof i->report.error_type, "%s", type);
}

enum runtime_verdict runtime_response_begin(struct custom_environment *e, struct runtime_response *r, struct str request, struct str mode,
					    struct str type)
{
	enum runtime_verdict v = find(e, request, "InvocationResponse");

	if (v != RUNTIME_ACCEPTED)
		return v;
	if (mode.n && !str_ieq(mode, STR("streaming"))) {
		answer_error(e, CUSTOM_BAD_MODE, "Runtime.InvalidResponseModeHeader", verdicts[RUNTIME_BAD_MODE].message);
		e->runtime = RUNTIME_SENT;
		serve_answered(e, CUSTOM_BAD_MODE);
		return RUNTIME_BAD_MODE;
	}
	*r = (struct runtime_response){ .environment = e, .streaming = mode.n > 0, .refused = RUNTIME_OK, .generation = e->generation };
	snprintf(e->type, sizeof e->type, "%.*s", STR_ARG(type));
	e->runtime = RUNTIME_RESPONDING;
	return RUNTIME_ACCEPTED;
}

enum runtime_verdict runtime_error_begin(struct custom_environment *e, struct runtime_response *r, struct str request)
{
	enum runtime_verdict v = find(e, request, "InvocationErrorResponse");

	if (v != RUNTIME_ACCEPTED)
		return v;
	*r = (struct runtime_response){ .environment = e, .error = true, .refused = RUNTIME_OK, .generation = e->generation };
	e->runtime = RUNTIME_RESPONDING;
	return RUNTIME_ACCEPTED;
}

/* The process it came from is no more, or the invocation is over. */
static bool is_stale(const struct runtime_response *r)
{
	const struct custom_environment *e = r->environment;

	return r->generation != e->generation || e->life != LIFE_BUSY || e->runtime != RUNTIME_RESPONDING;
}

static bool is_piecewise(const struct runtime_response *r)
{
	return r->streaming && r->environment->invocation->piece;
}

void runtime_response_data(struct runtime_response *r, const uint8_t *p, size_t n)
{
	struct custom_invocation *i;
	int64_t most;

	if (is_stale(r) || r->refused || n == 0)
		return;
	i = r->environment->invocation;
	most = is_piecewise(r) ? CUSTOM_STREAM_MAX : CUSTOM_ANSWER_MAX;
	if ((int64_t)n > most - r->length) {
		r->refused = RUNTIME_TOO_LARGE;
		buf_clear(&i->answer);
		return;
	}
	if (is_piecewise(r))
		i->piece(i, r->length == 0 ? str_of(r->environment->type) : (struct str){0}, p, n);
	else
		buf_add(&i->answer, p, n);
	r->length += (int64_t)n;
}

static void answer_too_large(struct custom_invocation *i)
{
	struct json j = json_into(&i->answer);

	json_open(&j, NULL, '{');
	json_cstr(&j, "errorMessage", "Response payload size exceeded maximum allowed payload size (6291556 bytes).");
	json_cstr(&j, "errorType", "Function.ResponseSizeTooLarge");
	json_close(&j);
	snprintf(i->report.error_type, sizeof i->report.error_type, "Function.ResponseSizeTooLarge");
}

/* Trailers: the stream broke off at the function's end. The error's JSON comes in base64. */
static void answer_trailers(struct custom_environment *e, struct str type, struct str body)
{
	struct custom_invocation *i = e->invocation;

	buf_clear(&i->answer);
	if (base64_decode(&i->answer, body) < 0 || i->answer.len == 0)
		answer_error(e, CUSTOM_ERROR, "Runtime.TruncatedResponse", "the response broke off");
	fault_known_type(type, i->report.error_type);
}

/* Someone who takes pieces gets an answer that came whole as one. */
static void answer_whole(struct custom_environment *e)
{
	struct custom_invocation *i = e->invocation;

	if (!i->piece || i->answer.len == 0)
		return;
	i->piece(i, str_of(e->type), (const uint8_t *)i->answer.data, i->answer.len);
	buf_clear(&i->answer);
}

enum runtime_verdict runtime_response_end(struct runtime_response *r, int rc, struct str error_type, struct str error_body)
{
	struct custom_environment *e = r->environment;

	if (is_stale(r))
		return RUNTIME_BAD_ID;
	e->runtime = RUNTIME_SENT;
	if (serve_is_late(e)) {
		serve_timeout(e);
		life_advance(e);
		return RUNTIME_BAD_ID;
	}
	if (r->refused) {
		answer_too_large(e->invocation);
		serve_answered(e, CUSTOM_TOO_LARGE);
		return r->refused;
	}
	if (rc < 0) {
		/* Perhaps it is dying, and its end tells more: that has until the runtime's next request. */
		answer_error(e, CUSTOM_ERROR, "Runtime.TruncatedResponse", "the response broke off");
		e->invocation->end = CUSTOM_ERROR;
		return RUNTIME_TRUNCATED;
	}
	if (r->error) {
		fault_known_type(error_type, e->invocation->report.error_type);
		serve_answered(e, CUSTOM_ERROR);
		return RUNTIME_ACCEPTED;
	}
	if (error_type.n) {
		answer_trailers(e, error_type, error_body);
		serve_answered(e, CUSTOM_ERROR);
		return RUNTIME_ACCEPTED;
	}
	if (!r->streaming)
		answer_whole(e);
	serve_answered(e, CUSTOM_OK);
	return RUNTIME_ACCEPTED;
}

enum runtime_verdict runtime_init_error(struct custom_environment *e, struct str type, struct str body)
{
	bool large = !str_is_set(body);
	char known[64];

	if (e->runtime != RUNTIME_STARTED || e->life != LIFE_INIT)
		return refuse(e, "InitError");
	fault_known_type(type, known);
	if (large)
		fault_set(&e->fault, CUSTOM_INIT_ERROR, str_of(known), "the error of the init had more than %d bytes", RUNTIME_ERROR_BODY_MAX);
	else
		fault_set_body(&e->fault, CUSTOM_INIT_ERROR, str_of(known), body);
	e->runtime = RUNTIME_INIT_FAILED;
	life_advance(e);
	return large ? RUNTIME_TOO_LARGE : RUNTIME_ACCEPTED;
}
