/* connection.h - the inside of the HTTP server: what its files share. Nobody outside web/http/ includes this,
 * but the fuzz target.
 *
 * A connection is two half machines:
 *
 *     in:   IN_HEAD -> IN_BODY -> IN_DONE            what comes from the client
 *     out:  OUT_NONE -> OUT_SENDING -> OUT_SENT      the answer
 *
 * Callbacks and the application's calls record a fact, then connection_step moves both as far as they go. It
 * is never entered twice: an application's call kicks the connection, and it is stepped before the loop sleeps. So
 * a request is only ever freed by connection_step, never under the feet of who called.
 *
 * Input is read into the server's one buffer, looked at there, and only what could not be used is kept in the connection.
 * Of a body it is read to where the application wants it, if it says so, and no further than the body goes.
 * An idle connection thus holds no buffer.
 *
 *     OPEN -> [LINGER ->] CLOSING -> freed
 *
 * LINGER: the answer is out, our side is shut down; what the client still sends is thrown away for a while,
 * because closing with unread bytes would reset the connection and take the answer with it.
 */
#ifndef WEB_HTTP_CONNECTION_H
#define WEB_HTTP_CONNECTION_H

#include <llhttp.h>
#include <pthread.h>

#include "web/http/http.h"

#define HTTP_LINGER_MS 2000
#define HTTP_LINGER_MAX (16 << 20)	/* bytes read and dropped so that the client gets to read its answer */
#define HTTP_RETRY_AFTER_S 1		/* what those over the cap are told */
#define HTTP_REFUSED_MAX 64		/* connections over the cap that are still told 503; more are just closed */
#define HTTP_SENDERS 4			/* threads for files */
#define HTTP_SLICE (1 << 20)		/* of a file, before others get their turn */

enum phase { OPEN, LINGER, CLOSING };
enum in_state { IN_HEAD, IN_BODY, IN_DONE };
enum out_state { OUT_NONE, OUT_SENDING, OUT_SENT };
enum taking { BODY_UNTAKEN, BODY_WHOLE, BODY_STREAM, BODY_OVER };	/* OVER: told all, or dropped */

struct exchange {			/* one request; kept by the server for reuse */
	struct http_request r;
	struct connection *c;
	struct exchange *next;
};

struct body {				/* of the request at hand; body.c */
	enum taking taking;
	bool paused;
	bool expected;			/* the client waits for 100 Continue */
	int rc;				/* what will be told at its end */
	int64_t dropped;		/* bytes thrown away */
	size_t overhead;		/* chunk framing and trailers since the last byte of content */
	const char *content_end;	/* in the input at hand */
	struct buf trailer_name, trailer_value;	/* of the one that is being read */
	struct http_sink sink;
	http_body_fn *done;
	size_t max;
	struct buf whole;
};

/* An answer from files; sendfile.c. While `busy` a thread owns all but the last four. */
struct sending {
	int sock;			/* the socket again, or -1: made once, for threads and for `poll` */
	int fd;				/* of the run at hand, or -1 */
	uint64_t at, run_left, left;	/* left: of the whole answer */
	int run, runs;
	http_run_fn *next_run;
	void *owner;
	uint64_t sent;			/* by the last slice */
	bool blocked;			/* it ended because the socket is full */
	int rc;
	struct sending *next;
	bool wanted;			/* a file follows the headers */
	bool busy;
	bool poll_open;
	uv_poll_t poll;
};

/* An answer in pieces; pieces.c. */
struct pieces {
	bool open;			/* begun, and not all of it is out */
	bool ended;			/* no more will come */
	bool chunked, mute;		/* mute: headers only */
	bool writing;			/* c->content is on its way */
	bool behind;			/* something had to wait: on_drained is due */
	struct buf next;		/* waits */
};

struct listener {			/* one socket that listens; owned by the server's list until closed */
	struct http_server *server;
	struct listener *next;
	uv_poll_t poll;
	int fd;
	void *tag;
	int count, max;			/* connections that came by it; max 0: as many as the server takes */
	bool paused;			/* until the next sweep */
};

struct scan {				/* the search for the empty line, over several reads */
	size_t line;			/* start of the line at hand */
	size_t at;			/* looked at up to here */
};

struct connection {
	struct http_server *server;
	struct listener *from;		/* it came by; NULL: that one is closed */
	void *tag;			/* of that one */
	struct connection *next, *prev;
	struct connection *next_ready;
	bool ready, stepping;
	enum phase phase;
	enum in_state in;
	enum out_state out;
	uv_tcp_t tcp;
	uv_write_t write, write_continue;
	uv_shutdown_t shutdown;
	int open_handles;
	char peer[64];

	bool reading, eof;
	bool gone;			/* nothing more can be sent or read; `rc` says why */
	bool close_after;		/* the answer at hand is the last */
	bool broken;			/* what follows in the input means nothing */
	bool skipped_blank;		/* the one empty line allowed before a request */
	int rc;
	int64_t since_ms;		/* last progress of what is being waited for */
	int64_t started_us;		/* first byte of the request */
	size_t queued;			/* write queue when last looked at */

	llhttp_t parser;
	struct scan scan;
	struct str input;		/* unused bytes: in server->room while reading, else in held */
	struct buf held;

	struct exchange *x;		/* the request at hand, or NULL */
	struct body body;
	struct buf fields, head, content;	/* of the answer */
	struct sending file;
	struct pieces pieces;
};

struct http_server {
	struct http_spec spec;
	struct listener *listeners;
	uv_timer_t sweep;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_async_t sent;		/* a slice came back */
	int open_handles;
	bool shortage_told, stopping, closing;
	int64_t stop_at_ms, period_ms;
	void (*stopped)(void *owner);
	void *stopped_owner;

	struct connection *connections;
	int count;
	struct connection *ready;
	struct exchange *spare;
	int spares;
	int64_t date_s;			/* second for which `date` was made */
	char date[48];			/* "Date: ...\r\n" */

	pthread_t threads[HTTP_SENDERS];
	int thread_count;
	pthread_mutex_t lock;		/* for the next three */
	pthread_cond_t some;
	struct sending *due, **due_end, *back;
	bool quit;

	char room[HTTP_READ_SIZE];	/* every read goes here first */
};

static inline struct connection *connection_of(struct http_request *r)
{
	return ((struct exchange *)r)->c;
}

/* server.c */
struct exchange *server_exchange(struct http_server *s);
void server_give_back(struct http_server *s, struct exchange *x);
void server_watch(struct http_server *s);	/* deadlines have to be kept from now on */
void server_left(struct http_server *s);	/* a connection was freed */
void server_closed(struct http_server *s);	/* a handle that it waits for was */

/* listener.c */
bool listeners_resume(struct http_server *s);	/* those that were paused; true: there were some */
void listeners_close(struct http_server *s);

/* connection.c */
void connection_open(struct http_server *s, struct listener *from, int fd, const char *peer, bool over_cap);
void connection_step(struct connection *c);
void connection_kick(struct connection *c);	/* step it soon */
void connection_progress(struct connection *c);	/* the deadline begins anew */
void connection_lost(struct connection *c, int rc);
void connection_close(struct connection *c);
bool connection_idle(const struct connection *c);

/* exchange.c */
bool exchange_head(struct connection *c);	/* true: something changed */
void exchange_refuse(struct connection *c, int status, const char *why);	/* also where there is no request yet */
void exchange_end(struct connection *c, int rc);

/* deadline.c */
void deadline_check(struct connection *c, int64_t now_ms);

/* request.c: headers from bytes. Both return 0 or the status of a refusal. */
int request_scan(struct scan *scan, struct str in, size_t max, size_t *head, const char **why);	/* *head 0: more is needed */
int request_parse(struct connection *c, struct str head, const char **why);
extern const llhttp_settings_t request_callbacks;

/* body.c */
bool body_move(struct connection *c);		/* true: something changed */
bool body_tell(struct connection *c);
uv_buf_t body_room(struct connection *c);	/* the application's, for the next read; len 0: there is none */
void body_fail(struct connection *c, int rc);
void body_drop(struct connection *c);		/* an answer came: what is left is of no interest */
bool body_wanted(const struct connection *c);
int body_on_data(llhttp_t *p, const char *at, size_t n);

/* reply.c */
void reply_begin(struct http_request *r, int64_t length);	/* headers into c->head */
void reply_send(struct connection *c, struct str content);	/* them and the content */
bool reply_bodiless(const struct http_request *r);
void reply_clear(struct connection *c);

/* pieces.c */
void pieces_flush(struct connection *c);
bool pieces_think(const struct connection *c);	/* it is the application that we wait for */

/* sendfile.c: threads start with the first answer that needs them */
void senders_init(struct http_server *s);
void senders_stop(struct http_server *s);
void senders_on_back(uv_async_t *a);
void sending_start(struct connection *c);	/* the headers are out */
void sending_drop(struct connection *c);	/* closes what the answer held open */

#endif
