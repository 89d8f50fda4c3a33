/* runtime.h - the Lambda Runtime, Extensions and Telemetry APIs (facts/04) as one environment sees them, without HTTP: web/runtime/ turns requests
 * into these calls, custom environments answer them. Every call says what to reply; what has to wait has a waiter.
 *
 * Loop thread. No call about an environment after its `detach`.
 */
#ifndef FUNCTIONS_RUNTIME_H
#define FUNCTIONS_RUNTIME_H

#include "functions/custom.h"

#define RUNTIME_ERROR_BODY_MAX (256 << 10)
#define RUNTIME_EXTENSIONS_MAX 10
#define RUNTIME_TEXT_MAX 256

/* X(name, status, errorType, errorMessage) */
#define RUNTIME_TABLE(X) \
	X(RUNTIME_OK,             200, NULL, NULL) \
	X(RUNTIME_ACCEPTED,       202, NULL, NULL) \
	X(RUNTIME_WAITS,            0, NULL, NULL)	/* the waiter is called later */ \
	X(RUNTIME_BAD_ID,         400, "InvalidRequestID", "Invalid request ID") \
	X(RUNTIME_BAD_STATE,      403, "InvalidStateTransition", "State transition from %s to %s failed for runtime. Error: %s") \
	X(RUNTIME_TOO_LARGE,      413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).") \
	X(RUNTIME_TRUNCATED,      400, "TruncatedHTTPRequest", "HTTP request detected as truncated") \
	X(RUNTIME_BAD_MODE,       400, "InvalidFunctionResponseMode", "Invalid function response mode") \
	X(RUNTIME_NO_NAME,        403, "Extension.InvalidExtensionName", "Empty extension name") \
	X(RUNTIME_BAD_EVENT,      403, "Extension.InvalidEventType", "Invalid event type") \
	X(RUNTIME_BAD_REGISTER,   403, "InvalidRequestFormat", "Invalid request format") \
	X(RUNTIME_MANY,           403, "Extension.TooManyExtensions", "Extension limit (10) reached") \
	X(RUNTIME_CLOSED,         403, "Extension.RegistrationClosed", "Extension registration closed already") \
	X(RUNTIME_TWICE,          403, "Extension.InvalidExtensionState", "Extension is already registered") \
	X(RUNTIME_BAD_EXTENSION,  403, "Extension.InvalidExtensionState", "Extension is waiting for an event already, or has failed") \
	X(RUNTIME_NO_IDENTIFIER,  403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header") \
	X(RUNTIME_BAD_IDENTIFIER, 403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier") \
	X(RUNTIME_UNKNOWN,        403, "Extension.UnknownExtensionIdentifier", "Unknown Lambda-Extension-Identifier") \
	X(RUNTIME_NO_ERROR_TYPE,  403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type header is missing") \
	X(RUNTIME_NO_TELEMETRY,   202, "Telemetry.NotSupported", "Telemetry API is not supported")

#define X(name, status, type, message) name,
enum runtime_verdict { RUNTIME_TABLE(X) RUNTIME_VERDICTS };
#undef X

int runtime_status(enum runtime_verdict v);
const char *runtime_error_type(enum runtime_verdict v);		/* NULL for those that are none */
/* `from` and `to` are filled in for RUNTIME_BAD_STATE only: the environment remembers what it was asked. */
void runtime_error_message(enum runtime_verdict v, const struct custom_environment *e, char to[RUNTIME_TEXT_MAX]);

/* An event on its way to the runtime or an extension: headers and body, lent until the call returns. */
struct runtime_event {
	struct str body;
	struct str request, arn, trace, client_context;	/* runtime only; absent ones are not sent */
	int64_t deadline_ms;				/* runtime only */
	struct str event_identifier;			/* extensions only */
};

struct runtime_waiter {			/* embed; the caller's until deliver or runtime_leave */
	void (*deliver)(struct runtime_waiter *w, const struct runtime_event *ev);	/* NULL: the environment ends, close the connection */
	struct custom_environment *environment;
	void *slot;			/* the environment's */
};

/* GET /runtime/invocation/next. RUNTIME_WAITS: deliver comes, perhaps before this returns. */
enum runtime_verdict runtime_next(struct custom_environment *e, struct runtime_waiter *w);
void runtime_leave(struct runtime_waiter *w);			/* its connection is gone */

/* POST /runtime/invocation/ID/response and .../error, in pieces. `mode`, `type`: of the headers, or absent. begin says whether the body is wanted (RUNTIME_ACCEPTED) or
 * what to reply at once; end comes with 0, or E_CLOSED, E_TIMEOUT, E_BAD_INPUT of a body that broke off; the trailers of a stream that failed, or the
 * type of an error. Either may have CUSTOM_ANSWER_MAX bytes, and what has more is RUNTIME_TOO_LARGE and ends the invocation so. */
struct runtime_response {		/* the caller's, from begin to end */
	struct custom_environment *environment;
	bool streaming, error;
	int64_t length;
	enum runtime_verdict refused;	/* RUNTIME_TOO_LARGE, found on the way */
	int64_t generation;		/* the environment's: it may have been reset meanwhile */
};
enum runtime_verdict runtime_response_begin(struct custom_environment *e, struct runtime_response *r, struct str request, struct str mode, struct str type);
enum runtime_verdict runtime_error_begin(struct custom_environment *e, struct runtime_response *r, struct str request);
void runtime_response_data(struct runtime_response *r, const uint8_t *p, size_t n);
enum runtime_verdict runtime_response_end(struct runtime_response *r, int rc, struct str error_type, struct str error_body);

/* `body` absent: it had more than RUNTIME_ERROR_BODY_MAX. */
enum runtime_verdict runtime_init_error(struct custom_environment *e, struct str type, struct str body);

/* Extensions. `body` is the JSON sent. On RUNTIME_OK `identifier` (36 and NUL) and the JSON to answer are filled in. */
enum runtime_verdict runtime_register(struct custom_environment *e, struct str name, struct str features, struct str body,
				      char identifier[37], struct buf *answer);
enum runtime_verdict runtime_extension_next(struct custom_environment *e, struct str identifier, struct runtime_waiter *w);
enum runtime_verdict runtime_extension_error(struct custom_environment *e, struct str identifier, struct str type, struct str body, bool init);
enum runtime_verdict runtime_telemetry(struct custom_environment *e, struct str identifier, struct str body);

#endif
