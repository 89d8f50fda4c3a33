/* request.h - one request to the Runtime API: what the files of this folder share. */
#ifndef RUNTIME_REQUEST_H
#define RUNTIME_REQUEST_H

#include "functions/runtime.h"
#include "web/http/http.h"
#include "web/runtime/api.h"
#include "web/runtime/pace.h"

struct runtime_request;

struct runtime_route {
	const char *method, *path;	/* "{}" stands for a request id */
	void (*serve)(struct runtime_request *q);
};

struct runtime_request {		/* r->app; lives in r's arena */
	struct runtime_api *api;
	struct http_request *r;
	const struct runtime_route *route;
	struct str id;			/* what stood for {} */
	struct runtime_waiter waiter;
	bool parked;			/* the environment has the waiter */
	struct runtime_response response;
	struct flow_source source;
	struct paced paced;
	unsigned held;			/* by whom: bits of invocation.c */
};

/* NULL: it is gone, and with it everybody who waits for an answer. */
static inline struct custom_environment *request_environment(const struct runtime_request *q)
{
	return q->r->tag;
}

/* api.c */
struct flow *runtime_api_flow(struct runtime_api *a);
struct pace *runtime_api_pace(struct runtime_api *a);
void request_answer(struct runtime_request *q, enum runtime_verdict v);
struct http_request *request_begin(struct runtime_request *q, int status);	/* of a JSON answer */
void request_text(struct runtime_request *q, const char *type, struct str text);
void request_wait(struct runtime_request *q, enum runtime_verdict v);	/* of a call with q->waiter */
void request_wait_begin(struct runtime_request *q, void (*deliver)(struct runtime_waiter *w, const struct runtime_event *ev));

/* False: it was answered, or there is nobody left to answer. `rc` as http_body_whole says it. */
bool request_body(struct runtime_request *q, int rc);

/* invocation.c */
void next_serve(struct runtime_request *q);
void response_serve(struct runtime_request *q);
void error_serve(struct runtime_request *q);
void init_error_serve(struct runtime_request *q);

/* extension.c */
void register_serve(struct runtime_request *q);
void event_serve(struct runtime_request *q);
void extension_init_error_serve(struct runtime_request *q);
void extension_exit_error_serve(struct runtime_request *q);
void telemetry_serve(struct runtime_request *q);

#endif
