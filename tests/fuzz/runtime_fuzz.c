/* runtime_fuzz.c - a runtime that says these bytes to the Runtime API. The first byte decides what the environment says to whatever it is asked, and
 * whether it ends meanwhile. Whatever comes: nothing is said to an environment that is gone, who waits is either told or leaves, a
 * response that was begun ends once, and one that ended well had the length that was announced. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/runtime.h"
#include "web/http/http.h"
#include "web/runtime/api.h"

#define TURNS_MAX 100000
#define TURNS_OF_ENVIRONMENT 4

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum mode { EVENT_WAITS, EVENT_COMES, ENDS_SOON, ENDS_INSIDE, MODES };

struct custom_environment {
	bool attached;
	enum runtime_verdict verdict;
	enum mode mode;
	struct runtime_waiter *waiter;
	struct runtime_response *posting;
	bool holding;
};

static uv_loop_t loop;
static struct runtime_api *api;
static struct flow flow;
static struct custom_environment e;

static void end_environment(void)
{
	e.attached = false;
	e.waiter = NULL;
	e.posting = NULL;
	runtime_api_detach(api, &e);
}

/* What every call of runtime.h is about. */
static enum runtime_verdict said(const struct custom_environment *of)
{
	CHECK(of == &e && e.attached);
	if (e.mode == ENDS_INSIDE)
		end_environment();
	return e.verdict;
}

int runtime_status(enum runtime_verdict v)
{
#define X(name, status, type, message) status,
	static const int all[] = { RUNTIME_TABLE(X) };
#undef X
	return all[v] ? all[v] : 200;
}

const char *runtime_error_type(enum runtime_verdict v)
{
#define X(name, status, type, message) type,
	static const char *const all[] = { RUNTIME_TABLE(X) };
#undef X
	return all[v];
}

void runtime_error_message(enum runtime_verdict v, const struct custom_environment *of, char to[RUNTIME_TEXT_MAX])
{
	CHECK(of == &e && e.attached);
	snprintf(to, RUNTIME_TEXT_MAX, "%d \"\\", (int)v);
}

static void deliver(struct runtime_waiter *w)
{
	struct runtime_event ev = { .body = STR("{}"), .request = STR("id"), .arn = STR("a\r\nb"), .deadline_ms = 1, .event_identifier = STR("x") };

	e.waiter = NULL;
	w->deliver(w, e.verdict % 2 ? NULL : &ev);
}

static enum runtime_verdict park(struct custom_environment *of, struct runtime_waiter *w)
{
	CHECK(w->environment == of && w->deliver);
	if (said(of) != RUNTIME_WAITS)
		return e.verdict;
	if (e.attached && e.mode == EVENT_COMES)
		deliver(w);
	else if (e.attached)
		e.waiter = w;	/* of several the last; the others leave with their connection */
	return RUNTIME_WAITS;
}

enum runtime_verdict runtime_next(struct custom_environment *of, struct runtime_waiter *w)
{
	return park(of, w);
}

enum runtime_verdict runtime_extension_next(struct custom_environment *of, struct str identifier, struct runtime_waiter *w)
{
	(void)identifier;
	return park(of, w);
}

void runtime_leave(struct runtime_waiter *w)
{
	CHECK(w->environment == &e && e.attached);
	if (e.waiter == w)
		e.waiter = NULL;
}

enum runtime_verdict runtime_response_begin(struct custom_environment *of, struct runtime_response *r, struct str request, struct str mode, struct str type)
{
	CHECK(request.n > 0 && !memchr(request.p, '/', request.n));
	(void)mode;
	(void)type;
	if (said(of) != RUNTIME_WAITS)
		return e.verdict == RUNTIME_ACCEPTED ? RUNTIME_OK : e.verdict;
	if (!e.attached)
		return RUNTIME_BAD_STATE;
	r->environment = of;
	r->length = 0;
	e.posting = r;
	return RUNTIME_ACCEPTED;
}

void runtime_response_data(struct runtime_response *r, const uint8_t *p, size_t n)
{
	CHECK(r->environment == &e && e.attached && p && n > 0);
	r->length += (int64_t)n;
	if (r->length % 3 == 0)
		flow_hold(&flow, STR("held"), e.holding = true);
}

enum runtime_verdict runtime_response_end(struct runtime_response *r, int rc, struct str error_type, struct str error_body)
{
	CHECK(r->environment == &e && e.attached);
	CHECK(error_type.n + error_body.n <= RUNTIME_HEAD_MAX);
	r->environment = NULL;
	if (e.posting == r)
		e.posting = NULL;
	return rc ? RUNTIME_TRUNCATED : RUNTIME_ACCEPTED;
}

enum runtime_verdict runtime_error_begin(struct custom_environment *of, struct runtime_response *r, struct str request)
{
	enum runtime_verdict v = runtime_response_begin(of, r, request, (struct str){0}, (struct str){0});

	r->error = v == RUNTIME_ACCEPTED;
	return v;
}

enum runtime_verdict runtime_init_error(struct custom_environment *of, struct str type, struct str body)
{
	CHECK(body.n <= RUNTIME_ERROR_BODY_MAX);
	(void)type;
	return said(of);
}

enum runtime_verdict runtime_register(struct custom_environment *of, struct str name, struct str features, struct str body,
				      char identifier[37], struct buf *answer)
{
	CHECK(body.n <= RUNTIME_ERROR_BODY_MAX);
	(void)features;
	snprintf(identifier, 37, "%.*s", STR_ARG(name));
	buf_add(answer, body.p, body.n);
	return said(of);
}

enum runtime_verdict runtime_extension_error(struct custom_environment *of, struct str identifier, struct str type, struct str body, bool init)
{
	CHECK(body.n <= RUNTIME_ERROR_BODY_MAX);
	(void)identifier;
	(void)type;
	(void)init;
	return said(of);
}

enum runtime_verdict runtime_telemetry(struct custom_environment *of, struct str identifier, struct str body)
{
	CHECK(body.n <= RUNTIME_ERROR_BODY_MAX);
	(void)identifier;
	return said(of);
}

static int connect_to(int listener)
{
	struct sockaddr_un a;
	socklen_t n = sizeof a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && getsockname(listener, (struct sockaddr *)&a, &n) == 0);
	CHECK(connect(fd, (struct sockaddr *)&a, n) == 0);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

/* A socket that listens under a name that the kernel makes up. */
static int attach(uint8_t how)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a.sun_family) == 0 && listen(fd, 8) == 0);
	client = connect_to(fd);
	e = (struct custom_environment){ .attached = true, .verdict = how % RUNTIME_VERDICTS, .mode = how / RUNTIME_VERDICTS % MODES };
	CHECK(runtime_api_attach(api, &e, fd) == 0);
	return client;
}

static bool turn(int client)
{
	char room[4096];
	ssize_t n;

	uv_run(&loop, UV_RUN_NOWAIT);
	if (e.holding)
		flow_hold(&flow, STR("held"), e.holding = false);
	while ((n = read(client, room, sizeof room)) > 0)
		;
	return n == 0 || (n < 0 && errno != EAGAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int client, turns = 0;

	if (!api) {
		CHECK(uv_loop_init(&loop) == 0);
		CHECK(runtime_api_open(&api, &loop, 1, &flow) == 0);
	}
	if (n < 1 || n > 60000)		/* what a socket takes without waiting */
		return 0;
	client = attach(p[0]);
	CHECK(write(client, p + 1, n - 1) == (ssize_t)(n - 1));
	shutdown(client, SHUT_WR);
	while (!turn(client)) {
		CHECK(turns++ < TURNS_MAX);
		if (e.mode == ENDS_SOON && turns == TURNS_OF_ENVIRONMENT && e.attached)
			end_environment();
	}
	for (int i = 0; i < TURNS_OF_ENVIRONMENT; i++)
		turn(client);
	CHECK(!e.waiter && !e.posting && !flow.first);
	if (e.attached)
		end_environment();
	close(client);
	turn(client);
	return 0;
}
