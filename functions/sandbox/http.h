/* http.h - just enough of HTTP for a runtime client to talk to the daemon on the loopback: one connection that is kept, requests with a
 * body at hand, answers whose length is told ahead, in a buffer that is taken once.
 *
 * A connection that is lost is opened again with the next request.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/str.h"

#define HTTP_HEAD_MAX 65536
#define HTTP_BODY_MAX 6291556		/* CUSTOM_ANSWER_MAX of custom.h: no payload is larger */
#define HTTP_KEEP_BYTES (256 << 10)	/* of buffers that a rare large payload has filled, no more is held between two */

struct http {
	struct sockaddr_in to;
	char host[64];			/* as the variable has it */
	int fd;				/* -1: none */
	char *in;			/* HTTP_HEAD_MAX + HTTP_BODY_MAX + 1 bytes */
	size_t have;
	/* of the last answer: point into `in`, valid until the next request */
	int status;
	char *head, *head_end, *body;
	size_t body_length;
};

/* `address`: "127.0.0.1:9001". False when it is none, or there is no memory. */
bool http_open(struct http *h, const char *address);

/* `headers`: lines, each with CR LF. False when there was no answer; when `again`, that was tried twice. */
bool http_request(struct http *h, const char *method_and_path, const char *headers, struct str body, bool again);

/* The value of a header of the answer, which gets a NUL for it; "" without. */
const char *http_header(struct http *h, const char *name);

/* Pages for a buffer that is filled as far as it is needed. NULL: none. */
char *http_pages(size_t n);
void http_give_back(char *pages, size_t n);	/* what is beyond HTTP_KEEP_BYTES of n that were used */

#endif
