/* routes.h - the one table that says which face answers which request (DESIGN section 7). Never by path
 * alone, except /_/: no bucket name starts with an underscore. */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "web/auth.h"
#include "web/flow.h"
#include "web/http/http.h"
#include "web/room.h"
#include "web/session.h"
#include "web/traffic.h"
#include "pipeline/minilab.h"

#define REFUSAL_MAX 65536		/* bytes of a refusal's text, which may quote what was sent; the rest is cut */

struct call {				/* r->app: one request on its way through a face; lives in r's arena */
	struct minilab *m;
	struct http_request *r;
	struct auth auth;
	struct traffic *traffic;	/* borrowed */
	struct room *room;		/* borrowed: where calls that outlive their request are counted */
	struct sessions *sessions;	/* borrowed: who is signed in to the console */
	struct flow *flow;		/* borrowed: streamed answers of functions */
	struct whole *whole;		/* borrowed: its body, when that is taken whole (web/whole.h) */
	char id[17];			/* request id: x-amz-request-id, req= in the log */
	char host_id[49];		/* x-amz-id-2 */
	int face_at;			/* row in the table of faces */
	const char *face, *op;		/* for the log line; "-" when unknown */
	struct str bucket, key;		/* decoded; absent where there is none. Log lines name them */
	const char *code;		/* error code answered, or NULL */
	void *face_state;
	void (*gone)(struct call *c);	/* face's clean-up; called once when the request is over */
};

struct face {
	const char *name;
	bool (*wants)(const struct call *c);
	void (*serve)(struct call *c);
	void (*refuse)(struct call *c, int status, const char *why);	/* a refusal of the HTTP server's own, in this face's shape */
};

/* web/ui, web/api, web/url, web/dynamodb, web/lambda, web/logs, web/iam, web/s3; unbuilt: services that AWS has and minilab has not */
extern const struct face face_ui, face_local, face_url, face_dynamodb, face_lambda, face_logs, face_iam, face_sts, face_unbuilt, face_s3;

const char *routes_face_name(int at);	/* "none" past the last */

void routes_serve(struct call *c);
void routes_refuse(struct call *c, int status, const char *why);

#endif
