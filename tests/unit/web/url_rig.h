/* url_rig.h - the face of function URLs on a server of its own. Storage, lanes and invocations are a few lines; only one program may include it once. */
#ifndef TESTS_UNIT_WEB_URL_RIG_H
#define TESTS_UNIT_WEB_URL_RIG_H

#include "tests/unit/web/http_rig.h"

#include "base/check.h"
#include "base/json.h"
#include "pipeline/invoke.h"
#include "storage/function.h"
#include "storage/record.h"
#include "web/routes.h"
#include "web/url/request.h"

#define ID "abcdefghijklmnopqrstuvwxyz012345"
#define HOST "Host: " ID ".lambda-url.us-east-1.localhost:9000\r\n"
#define ANYBODY "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"lambda:InvokeFunctionUrl\"," \
	"\"Condition\":{\"StringEquals\":{\"lambda:FunctionUrlAuthType\":\"NONE\"}}}]}"
#define URL(members) "{\"Id\":\"" ID "\"," members "}"

static struct {
	struct minilab m;
	struct room room;
	struct flow flow;
	struct traffic traffic;
	const char *url, *policy;
	struct work *work;		/* given and not done */
	struct invoke *running;
	int runs, cancels, done, gone;
	char event[8192], function[32], qualifier[32];
	struct arena arena;
	const struct json_value *parsed;	/* event */
} house;

/* -- what is below -- */

void lanes_run(struct lanes *l, struct work *w)
{
	(void)l;
	assert_null(house.work);
	house.work = w;
}

int record_get(struct db *db, enum record_kind kind, int64_t owner, struct str name, struct arena *a, struct str *body)
{
	const char *text = NULL;

	(void)db;
	if (kind == RECORD_URL_ID && owner == 0 && str_eq(name, STR(ID)))
		text = "{\"Function\":12,\"Alias\":\"live\"}";
	else if (kind == RECORD_URL && owner == 12 && str_eq(name, STR("live")))
		text = house.url;
	else if (kind == RECORD_POLICY && owner == 12 && str_eq(name, STR("live")))
		text = house.policy;
	if (!text)
		return E_NOT_FOUND;
	*body = arena_str(a, str_of(text));
	return 0;
}

int function_get_id(struct db *db, int64_t id, struct arena *a, struct function_row *f)
{
	(void)db;
	(void)a;
	assert_int_equal(id, 12);
	*f = (struct function_row){ .id = 12, .name = STR("f") };
	return 0;
}

void invoke_run(struct invoke *v)
{
	struct json_value *parsed;

	assert_null(house.running);
	house.running = v;
	house.runs++;
	rig_keep(house.event, sizeof house.event, v->payload);
	rig_keep(house.function, sizeof house.function, v->function);
	rig_keep(house.qualifier, sizeof house.qualifier, v->qualifier);
	assert_int_equal(v->request.n, 36);
	assert_true(str_starts(v->trace, STR("Root=1-")));
	arena_clear(&house.arena);
	assert_int_equal(json_parse(&house.arena, v->payload, &parsed), 0);
	house.parsed = parsed;
}

void invoke_cancel(struct invoke *v)
{
	assert_ptr_equal(v, house.running);
	house.cancels++;
}

/* -- rig -- */

static inline void on_gone(struct http_request *r)
{
	struct call *c = r->app;

	house.gone++;
	if (c->gone)
		c->gone(c);
}

static inline struct call *make_call(struct http_request *r)
{
	struct call *c = arena_take(&r->arena, sizeof *c);

	c->m = &house.m;
	c->r = r;
	c->room = &house.room;
	c->flow = &house.flow;
	r->app = c;
	r->on_gone = on_gone;
	return c;
}

static inline void on_request(void *owner, struct http_request *r)
{
	struct call *c = make_call(r);

	(void)owner;
	auth_parse(r, &c->auth);
	assert_true(face_url.wants(c));
	face_url.serve(c);
}

static inline void on_bad(void *owner, struct http_request *r, int status, const char *why)
{
	(void)owner;
	face_url.refuse(make_call(r), status, why);
}

static inline void on_done(void *owner, struct http_request *r)
{
	(void)owner;
	(void)r;
	house.done++;
}

static inline void start(const char *url, const char *policy)
{
	struct http_spec spec = rig_spec();

	memset(&house, 0, sizeof house);
	house.url = url;
	house.policy = policy;
	room_init(&house.room, 100 << 20);
	house.m.port = 9000;
	house.m.settings.region = "us-east-1";
	house.m.settings.account = "123456789012";
	spec.on_request = on_request;
	spec.on_bad = on_bad;
	spec.on_done = on_done;
	rig_start(spec);
}

/* As a lane does. */
static inline void look_up(void)
{
	struct work *w;

	RIG_UNTIL(house.work);
	w = house.work;
	house.work = NULL;
	w->rc = w->run(w, NULL);
	w->done(w);
}

static inline struct client ask(const char *request)
{
	struct client c = client_open();

	client_send(&c, request);
	look_up();
	return c;
}

/* ask, and the function runs. */
static inline struct client call(const char *request)
{
	struct client c = ask(request);

	RIG_UNTIL(house.running);
	return c;
}

static inline void end(enum invoke_end how, bool error, const char *answer)
{
	struct invoke *v = house.running;

	house.running = NULL;
	v->end = how;
	v->function_error = error;
	v->answer = str_of(answer);
	v->done(v);
}

static inline void stop(struct client *c)
{
	if (c)
		client_close(c);
	rig_stop();
	assert_int_equal(house.room.inside, 0);
	assert_int_equal(house.done, house.gone);
	arena_clear(&house.arena);
}

static inline void sees_end(struct client *c, const char *status, const char *body)
{
	char line[32];

	CLIENT_SEES(c, "\r\n\r\n");
	CLIENT_SEES(c, body);
	snprintf(line, sizeof line, "HTTP/1.1 %s ", status);
	assert_true(str_starts(str_of(client_text(c)), str_of(line)));
	assert_true(str_ends(str_n(c->in.data, c->in.len), str_of(body)));
}

#endif
