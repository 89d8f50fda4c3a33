#include "functions/sandbox/native.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "functions/minilab_native.h"
#include "functions/sandbox/http.h"

#define API "/2018-06-01/runtime/"
#define PATH_MAX_HERE 512
#define TYPE_MAX 100		/* as minilab_native.h promises */
#define MESSAGE_MAX 1000
#define UNNAMED "Function.Error"

struct call {			/* one invocation */
	struct minilab_answer answer;	/* first: what the handler gets */
	char *out;
	size_t length;
	bool failed;
	char type[TYPE_MAX + 1], message[MESSAGE_MAX + 1];
};

static struct http http;
static struct call call;

/* Past the limit one more byte is kept, so that the daemon sees an answer that is too large and says so. */
static int on_write(struct minilab_answer *a, const void *p, size_t n)
{
	struct call *c = container_of(a, struct call, answer);
	size_t room = HTTP_BODY_MAX + 1 - c->length, taken = n < room ? n : room;

	if (taken > 0)
		memcpy(c->out + c->length, p, taken);
	c->length += taken;
	return c->length > HTTP_BODY_MAX ? -1 : 0;
}

static bool is_type(const char *type)
{
	size_t n = 0;

	while (type && (isalnum((unsigned char)type[n]) || type[n] == '.' || type[n] == '_'))
		n++;
	return type && n > 0 && n <= TYPE_MAX && type[n] == '\0';
}

static int on_fail(struct minilab_answer *a, const char *type, const char *message)
{
	struct call *c = container_of(a, struct call, answer);

	c->failed = true;
	snprintf(c->type, sizeof c->type, "%s", is_type(type) ? type : UNNAMED);
	snprintf(c->message, sizeof c->message, "%s", message ? message : "");
	return -1;
}

static bool post_error(const char *path, const char *type, const char *message)
{
	char headers[TYPE_MAX + 100];
	struct buf text = {0};
	struct json j = json_into(&text);
	bool sent;

	json_open(&j, NULL, '{');
	json_cstr(&j, "errorType", type);
	json_cstr(&j, "errorMessage", message);
	json_open(&j, "stackTrace", '[');
	json_close(&j);
	json_close(&j);
	snprintf(headers, sizeof headers, "Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: %s\r\n", type);
	sent = http_request(&http, path, headers, str_n(text.data, text.len), true);
	buf_clear(&text);
	return sent;
}

/* As other runtimes do: told, printed, and the end. */
static _Noreturn void fail_init(const char *type, const char *message)
{
	fprintf(stderr, "%s: %s\n", type, message);
	fflush(stderr);
	post_error("POST " API "init/error", type, message);
	_exit(1);
}

static minilab_handler *load(const char *path, const char *handler)
{
	const char *colon = strrchr(handler, ':'), *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char message[MESSAGE_MAX + 1];
	union {
		void *object;
		minilab_handler *function;
	} symbol;
	void *library;

	if (!colon || !colon[1]) {
		snprintf(message, sizeof message, "Bad handler '%s'", handler);
		fail_init("Runtime.MalformedHandlerName", message);
	}
	if (!(library = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
		snprintf(message, sizeof message, "Unable to import module '%s': %s", name, dlerror());
		fail_init("Runtime.ImportModuleError", message);
	}
	if (!(symbol.object = dlsym(library, colon + 1))) {
		snprintf(message, sizeof message, "Handler '%s' missing on module '%s'", colon + 1, name);
		fail_init("Runtime.HandlerNotFound", message);
	}
	return symbol.function;
}

static void answer_with(const char *request)
{
	const struct str body = call.length ? str_n(call.out, call.length) : STR("null");
	char path[PATH_MAX_HERE];

	snprintf(path, sizeof path, "POST " API "invocation/%s/%s", request, call.failed ? "error" : "response");
	if (call.failed)
		post_error(path, call.type, call.message);
	else
		http_request(&http, path, "Content-Type: application/json\r\n", body, true);
}

static void serve_one(minilab_handler *handler)
{
	const struct minilab_event e = {
		.size = sizeof e, .payload = http.body, .payload_length = http.body_length,
		.request = http_header(&http, "Lambda-Runtime-Aws-Request-Id"),
		.function_arn = http_header(&http, "Lambda-Runtime-Invoked-Function-Arn"),
		.trace = http_header(&http, "Lambda-Runtime-Trace-Id"),
		.client_context = http_header(&http, "Lambda-Runtime-Client-Context"),
		.deadline_ms = strtoll(http_header(&http, "Lambda-Runtime-Deadline-Ms"), NULL, 10),
	};
	char request[128], message[64];
	size_t received = http.have;
	int rc;

	snprintf(request, sizeof request, "%s", e.request);	/* the answer's answer takes its place */
	call.failed = false;
	call.length = 0;
	rc = handler(&e, &call.answer);
	snprintf(message, sizeof message, "the handler returned %d", rc);
	if (rc != 0 && !call.failed && call.length <= HTTP_BODY_MAX)
		on_fail(&call.answer, UNNAMED, message);
	fflush(stdout);
	answer_with(request);
	http_give_back(http.in, received);
	http_give_back(call.out, call.length);
}

_Noreturn void native_run(const char *path, const char *handler)
{
	const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
	minilab_handler *function;

	setvbuf(stdout, NULL, _IOLBF, 0);
	call.answer = (struct minilab_answer){ .size = sizeof call.answer, .write = on_write, .fail = on_fail };
	call.out = http_pages(HTTP_BODY_MAX + 1);
	if (!call.out || !http_open(&http, address ? address : "127.0.0.1:9001")) {
		fprintf(stderr, "minilab.native: no memory, or AWS_LAMBDA_RUNTIME_API is no address\n");
		_exit(1);
	}
	function = load(path, handler);
	while (http_request(&http, "GET " API "invocation/next", "", (struct str){0}, true) && http.status == 200)
		serve_one(function);
	_exit(1);		/* the daemon is gone, or has had enough of us */
}
