/* courier.h - HTTP requests that go out, many at a time, on one thread of their own.
 *
 *     courier_send --> [resolve, connect to an address that may be reached, POST, answer] --> done on the loop
 *
 * Only http and https, no redirect followed, no proxy of the environment, certificates verified. The address that is connected to is checked
 * itself (address.h), whatever the name said before. Of an answer COURIER_ANSWER_MAX bytes are kept and the rest is not waited for.
 * At most COURIER_SENDING at a time; who has more keeps them.
 *
 * Loop thread. From courier_send to `done` the delivery belongs to the courier.
 */
#ifndef PIPELINE_COURIER_H
#define PIPELINE_COURIER_H

#include "pipeline/lanes.h"

#define COURIER_SENDING 64
#define COURIER_ANSWER_MAX 300
#define COURIER_HEADERS_MAX 8
#define COURIER_HEADER 256
#define COURIER_CONNECT_MS 5000

struct delivery {			/* embed */
	const char *url;		/* lent until done, as the body */
	struct str body;
	char headers[COURIER_HEADERS_MAX][COURIER_HEADER];	/* "Name: value" */
	int header_count;
	bool anywhere;			/* its host is allowed by name: any address */
	int64_t timeout_ms;
	void (*done)(struct delivery *d);
	/* out */
	int rc;				/* 0: there was an answer; E_PRECONDITION the address is not allowed; E_TIMEOUT; E_CLOSED by courier_hurry; else -ECONNREFUSED or the like */
	int status;
	char answer[COURIER_ANSWER_MAX + 1];	/* the beginning of it; or why there was none */
	/* the courier's */
	struct courier *courier;
	struct delivery *next;
	void *handle, *list;
	size_t got;
	bool refused;
	struct post post;
};

/* A URL as the courier would take it. E_BAD_INPUT: it is none with a host, or too long. Any thread. */
struct courier_url {
	char scheme[16], host[256];	/* an IPv6 address in brackets */
	bool has_user;
};
int courier_url_read(struct str url, struct courier_url *u);

struct courier;

int courier_open(struct courier **out, struct lanes *l, struct str allowed);	/* `allowed`: see address.h; lent */
void courier_send(struct courier *c, struct delivery *d);
void courier_hurry(struct courier *c);		/* what is under way ends with E_CLOSED, and so does all that is sent from now on */
void courier_close(struct courier *c);		/* every delivery is done; accepts NULL */

#endif
