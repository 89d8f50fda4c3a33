/* http.h - an HTTP/1.1 server on libuv and llhttp that knows nothing of us (RFC 9110, 9112).
 *
 * The application is one callback, called when a request's headers are in. It must, then or later on the
 * loop, take the body one way (http_body_*) or none, and answer once (http_reply*).
 *
 *     HEADERS -> on_request -> [BODY: on_data..., on_end] -> reply -> on_done, on_gone -> [next request of the connection]
 *
 * Until on_gone returns the request and its arena live; afterwards neither may be touched. on_gone comes
 * without an answer when the client went away, so work that is under way elsewhere finds out there. No callback
 * comes from inside a call of the application's, except on_request itself for the answers it gives at once.
 *
 * Requests of one connection are handled one at a time, in order (pipelined ones wait in the socket).
 * `Expect: 100-continue` is answered when the application takes the body, so that an early refusal sends no
 * 100. After an answer no more of the body is told; if the answer came before the whole body was read, the rest is
 * drained up to HTTP_DRAIN_MAX, else the connection closes after the answer.
 *
 * Back-pressure: on_data's bytes are lent for the call; http_pause stops reading from the socket until
 * http_resume. A connection holds at most one read of HTTP_READ_SIZE and its headers.
 *
 * Bad input is answered by the server itself through `on_bad` (the application renders it in its protocol's
 * shape): 400 malformed, 408 too slow, 414, 417, 431 over a limit, 501 unknown method or transfer coding,
 * 503 too many connections, 505. What goes wrong in a body after on_request is told to whoever took the body, and
 * answered by the application. A client that closed its sending side still gets its answer, unless the application says
 * that whoever does so has left (leaves_at_eof).
 *
 * Deadlines: header_ms from the first byte of a request to the end of its headers; body_ms for any progress of a
 * body that is wanted or of an answer that goes out; idle_ms between requests. None while the application thinks, be it before
 * an answer or between its pieces: a request may be parked for days.
 *
 * A server may have more listening sockets than its own, or those only. They come and go while it runs (http_adopt); what came
 * by one carries its tag.
 *
 * All on the loop thread. SIGPIPE is ignored from http_open on.
 */
#ifndef WEB_HTTP_HTTP_H
#define WEB_HTTP_HTTP_H

#include <uv.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define HTTP_HEADERS_MAX 128		/* fields of one request */
#define HTTP_LINE_MAX (16 << 10)	/* request line: a key of 1024 bytes, escaped, and a presigned query */
#define HTTP_READ_SIZE (64 << 10)
#define HTTP_DRAIN_MAX (1 << 20)
#define HTTP_TRAILERS_MAX 8		/* of one body; more are ignored */

struct http_field {
	struct str name;		/* as sent */
	struct str value;		/* trimmed */
};

struct http_request {
	struct http_server *server;
	struct arena arena;		/* dies with the request */
	struct str method;
	struct str target;		/* as sent */
	struct str path;		/* before '?', still encoded; of an absolute target the part after the authority */
	struct str query;		/* after '?', absent if none */
	struct http_field fields[HTTP_HEADERS_MAX];
	int field_count;
	bool has_body;
	int64_t content_length;		/* as announced; -1: chunked, or not announced */
	bool keep_alive;
	char peer[64];			/* address without port */
	void *tag;			/* of the socket it came by; NULL: the server's own, or one that is gone since */
	struct http_field *trailers;	/* after the end of a chunked body */
	int trailer_count;
	int64_t started_us;		/* monotonic, first byte */
	void *app;			/* the application's, for this request */
	void (*on_gone)(struct http_request *r);	/* set by the application; may be NULL. The request is over, one way or the
							 * other: exactly once, last call about it */
	/* Set by the application before it answers in pieces; may be NULL: the client has taken all there was, after a time when it had not. */
	void (*on_drained)(struct http_request *r);
	bool leaves_at_eof;		/* set by the application: a client that closes its sending side before the answer, or between its pieces, is gone */
	/* for the log line */
	int status;
	int rc;				/* 0: the answer went out whole; else E_CLOSED, E_TIMEOUT... */
	int64_t bytes_in, bytes_out;	/* of the bodies */
};

/* Case-insensitive; absent if there is none. Several of one name: the first. */
struct str http_field(const struct http_request *r, const char *name);
struct str http_trailer(const struct http_request *r, const char *name);	/* likewise, after on_end */

struct http_spec {			/* copied; on_request, on_bad and on_done are required */
	uv_loop_t *loop;
	const char *address;
	int port;			/* 0: any */
	int connections_max;
	int header_bytes_max;
	int64_t header_ms, body_ms, idle_ms;
	void (*on_request)(void *owner, struct http_request *r);
	/* Renders a refusal of the server's own. `r` may have no method or target yet. */
	void (*on_bad)(void *owner, struct http_request *r, int status, const char *why);
	void (*on_done)(void *owner, struct http_request *r);	/* answered or gone: the log line */
	void *owner;
};

struct http_server;

int http_open(struct http_server **out, const struct http_spec *spec);	/* without a socket of its own: address and port are not looked at */
int http_listen(struct http_server **out, const struct http_spec *spec, int *port);

/* One more socket that listens, of any network namespace; owned from here, also after a failure. At most `max` connections that came by it are
 * open at a time; those over it are told 503, like those over connections_max. */
int http_adopt(struct http_server *s, int fd, void *tag, int max);

/* It listens no more, and its connections end, whatever they are about: their on_gone comes soon, not from in here. The tag is not used
 * any more: it is NULL in requests that are not gone yet. Accepts a tag that was never adopted. */
void http_disown(struct http_server *s, void *tag);

/* Stops accepting; idle connections close, busy ones after their answer, all after drain_ms. Then frees and calls. */
void http_stop(struct http_server *s, int64_t drain_ms, void (*stopped)(void *owner), void *owner);
int http_connections(struct http_server *s);

/* Body, whole: at most `max` bytes (else `done` comes with E_TOO_LARGE, for a 413). `body` lives as long as the
 * request. Other failures as on_end's. `done` comes once, unless an answer is given before. */
typedef void http_body_fn(struct http_request *r, int rc, struct str body);
void http_body_whole(struct http_request *r, size_t max, http_body_fn *done);

/* Body, in pieces. on_end comes once, unless an answer is given before: 0 after the last byte, E_CLOSED (client left),
 * E_TIMEOUT, E_BAD_INPUT (framing); after which no on_data. Neither comes while paused, except E_CLOSED. After
 * E_CLOSED an answer is accepted and goes nowhere. */
struct http_sink {
	void (*on_data)(struct http_request *r, const uint8_t *p, size_t n);
	void (*on_end)(struct http_request *r, int rc);
	/* May be NULL. Where the next bytes shall be read to, so that nobody has to copy them: *n comes as what is left
	 * of the body and goes as what is wanted there, more than 0; NULL: nowhere. on_data may then be given bytes that
	 * are there already, always from its beginning, or others: those that came with the headers, or chunked. */
	uint8_t *(*room)(struct http_request *r, size_t *n);
};
void http_body_stream(struct http_request *r, const struct http_sink *sink);	/* sink is copied */
void http_pause(struct http_request *r);
void http_resume(struct http_request *r);

/* The client is waited for no longer: the end of the body is told, soon, as if body_ms were over. While it is paused it is not the client. */
void http_expire(struct http_request *r);

/* Answers. Headers first; Date, Content-Length, Connection are added here. Names and values are copied; bytes
 * that would end the line are replaced. HEAD gets the headers only, whatever is given. */
void http_status(struct http_request *r, int status);
void http_header(struct http_request *r, const char *name, struct str value);
void http_header_int(struct http_request *r, const char *name, int64_t value);

void http_reply(struct http_request *r, struct str body);	/* copied; empty is Content-Length: 0 (none for 204, 304) */
void http_reply_buf(struct http_request *r, struct buf *body);	/* taken over and emptied: no copy */
void http_reply_head(struct http_request *r, int64_t content_length);	/* HEAD or 304 only; -1: none announced */

/* An answer of unknown length: chunked, or until the connection ends for HTTP/1.0. The headers leave with the first piece, or by themselves
 * before the loop sleeps. Pieces are copied as far as the socket does not take them; who makes them faster than the client takes them looks at
 * http_reply_waiting (bytes that wait in here) and goes on at on_drained. After on_gone none of these may be called; before it, they are
 * accepted from a client that has left, too. */
void http_reply_begin(struct http_request *r);
void http_reply_piece(struct http_request *r, struct str piece);
void http_reply_end(struct http_request *r);
size_t http_reply_waiting(const struct http_request *r);

/* The connection ends here: before an answer, or in its middle, so that the client sees that something is missing. */
void http_break(struct http_request *r);

/* A file's bytes by sendfile(2), never through user space unless they are few and in the page cache. `fd` is owned
 * from here. */
void http_reply_file(struct http_request *r, int fd, uint64_t at, uint64_t n);

/* Several runs of several files, one after the other (multipart objects). `next` opens the one that is due: a
 * descriptor owned from then, its offset and length, or negative to break the connection off. Called on a thread of the
 * server's own, never after on_gone. Bytes beyond content_length are not sent; too few break the connection off. */
typedef int http_run_fn(void *owner, int run, uint64_t *at, uint64_t *n);
void http_reply_runs(struct http_request *r, int64_t content_length, int runs, http_run_fn *next, void *owner);

const char *http_reason(int status);

#endif
