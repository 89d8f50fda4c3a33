/* request.h - one request to a function URL: what the files of this folder share.
 *
 * It lives until its client is gone or answered, and neither a lane nor the invocation has it any more. What the work needs is its own;
 * `call` is NULL once the request is over.
 */
#ifndef URL_REQUEST_H
#define URL_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "pipeline/invoke.h"
#include "web/flow.h"
#include "web/routes.h"
#include "web/url/url.h"
#include "web/whole.h"

#define URL_BODY_MAX CUSTOM_PAYLOAD_MAX
#define URL_PARAMETERS_MAX 512		/* of a query */
#define URL_PRELUDE_MAX (64 << 10)	/* status and headers of a streamed answer */

struct url_request {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct flow *flow;		/* borrowed */
	struct room *room;
	struct whole whole;
	struct arena arena;
	char id[37];			/* x-amzn-RequestId, and the invocation's */
	char trace[64];
	struct str url_id;
	/* What lookup.c found. */
	bool found;			/* there is such a URL */
	struct str function, alias;	/* alias absent: the function itself */
	bool iam, streams, granted;	/* AuthType, InvokeMode, and whether anybody may call it */
	const struct json_value *cors;	/* NULL: none configured */
	struct buf event;		/* owned */
	struct invoke invoke;
	struct work work;
	bool busy;			/* a lane or the invocation has it */
	/* The answer. */
	bool running;			/* the invocation has it */
	bool answered;			/* headers were given to the connection */
	bool over;			/* all of the answer was */
	bool begun, held, prelude;	/* streamed: headers are out; its runtime waits; `head` is being gathered */
	struct buf head;		/* owned */
};

/* lookup.c: on a lane */
int url_look_up(struct url_request *q, struct db *db);

/* "ID.lambda-url.REGION.anything:PORT": absent when it is none. */
struct str url_id_of(struct str host);

/* event.c: format 2.0. E_TOO_LARGE: more parameters than URL_PARAMETERS_MAX. */
int url_event(struct url_request *q, struct str body);

/* cors.c. True: it was a preflight, and is answered. */
bool url_preflight(struct url_request *q);
void cors_add(struct url_request *q);		/* the headers of any other answer */
bool cors_owns(const struct url_request *q, struct str name);	/* a header that the function does not decide */

/* answer.c */
struct http_request *url_begin(struct url_request *q, int status);
void url_refuse(struct url_request *q, int status, const char *error, const char *message);	/* {"Message": message}; NULL: null */
void url_forbid(struct url_request *q);
void url_fail(struct url_request *q);		/* 502: the function's fault */
int url_take_head(struct url_request *q, const struct json_value *v);	/* status, headers and cookies; E_BAD_INPUT: nothing was taken */
void url_answer(struct url_request *q, struct str answer);		/* what a function returned, whole */

/* stream.c */
void stream_piece(struct invoke *v, struct str type, const uint8_t *p, size_t n);
void stream_end(struct url_request *q, bool failed);
void stream_go(struct url_request *q);		/* nobody has to wait for this client any more */

#endif
