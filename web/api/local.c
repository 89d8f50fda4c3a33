#include "web/api/local.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "web/cors.h"

/* Open ones tell numbers, never names, are about signing in, or ask for leave themselves (web/leave.h). A path that ends in '/' stands for all below it. */
static const struct {
	const char *method, *path;
	bool open;
	void (*serve)(struct local *l);
} rows[] = {
	{ "GET",  "/_/health",  true,  health_serve },
	{ "GET",  "/_/metrics", true,  metrics_serve },
	{ "GET",  "/_/explain", false, explain_serve },
	{ "GET",  "/_/logs",    false, logs_serve },
	{ "POST", "/_/retry",   false, retry_serve },
	{ "GET",  "/_/backfill", false, backfill_serve },
	{ "POST", "/_/backfill", false, backfill_act_serve },
	{ "GET",  "/_/backfill/plan", false, backfill_plan_serve },
	{ "GET",  "/_/similar/",  false, similar_serve },
	{ "GET",  "/_/functions", false, functions_serve },
	{ "GET",  "/_/bill",      false, bill_serve },
	{ "GET",  "/_/buckets",   false, buckets_serve },
	{ "GET",  "/_/photos",    false, photos_serve },
	{ "GET",  "/_/o/",        false, object_serve },
	{ "POST", "/_/objects/delete", false, objects_delete_serve },
	{ "GET",  "/_/series",    false, series_serve },
	{ "GET",  "/_/settings",  false, settings_serve },
	{ "GET",  "/_/session",   true,  session_serve },
	{ "POST", "/_/session",   true,  session_open_serve },
	{ "DELETE", "/_/session", true,  session_close_serve },
	{ "GET",  "/_/function",  false, function_serve },
	{ "GET",  "/_/tail",      false, tail_serve },
	{ "POST", "/_/invoke/",   false, invoke_serve },
	{ "GET",  "/_/dead",      false, dead_serve },
	{ "GET",  "/_/dead/event", false, dead_event_serve },
	{ "POST", "/_/dead/redrive", false, redrive_serve },
	{ "GET",  "/_/watch",     false, watch_serve },
	{ "POST", "/_/watch",     false, watch_act_serve },
	{ "POST", "/_/upload/",   true,  upload_serve },
	{ "PUT",  "/_/upload/",   true,  upload_serve },
	{ "OPTIONS", "/_/upload/", true, upload_preflight_serve },
	{ "GET",  "/_/events",    true,  events_serve },
	{ "OPTIONS", "/_/events", true,  events_preflight_serve },
	{ "GET",  "/_/status/",   true,  status_serve },
	{ "OPTIONS", "/_/status/", true, status_preflight_serve },
	{ "POST", "/_/tokens",    false, token_make_serve },
	{ "GET",  "/_/tokens",    false, tokens_serve },
	{ "DELETE", "/_/tokens/", false, token_revoke_serve },
	{ "GET",  "/_/webhooks",  false, webhooks_serve },
	{ "PUT",  "/_/webhooks",  false, webhook_set_serve },
	{ "DELETE", "/_/webhooks", false, webhook_remove_serve },
	{ "POST", "/_/webhooks/test", false, webhook_test_serve },
	{ "GET",  "/_/webhooks/dead", false, webhooks_dead_serve },
	{ "POST", "/_/webhooks/redrive", false, webhooks_redrive_serve },
	{ "GET",  "/_/t/",        true,  thumbnail_serve },
	{ "OPTIONS", "/_/t/",     true,  thumbnail_preflight_serve },
	{ "POST", "/_/tus/",      true,  tus_serve },
	{ "GET",  "/_/tus/",      true,  tus_serve },
	{ "PATCH", "/_/tus/",     true,  tus_serve },
	{ "DELETE", "/_/tus/",    true,  tus_serve },
	{ "OPTIONS", "/_/tus/",   true,  tus_serve },
};

static struct local *parked;	/* loop thread */

void local_park(struct local *l, void (*hurry)(struct local *l))
{
	CHECK(l->busy && !l->parked_at);
	l->hurry = hurry;
	l->next_parked = parked;
	l->parked_at = &parked;
	if (parked)
		parked->parked_at = &l->next_parked;
	parked = l;
}

void local_unpark(struct local *l)
{
	if (!l->parked_at)
		return;
	*l->parked_at = l->next_parked;
	if (l->next_parked)
		l->next_parked->parked_at = l->parked_at;
	l->parked_at = NULL;
}

/* Each leaves the list, now or soon, but nobody else does meanwhile. */
void local_hurry_all(void)
{
	for (struct local *l = parked, *next; l; l = next) {
		next = l->next_parked;
		l->hurry(l);
	}
}

static void end(struct local *l)
{
	struct room *room = l->room;

	if (l->release)
		l->release(l);
	whole_clear(&l->whole);
	buf_clear(&l->out);
	arena_clear(&l->arena);
	free(l);
	room_leave(room);
}

static void back_on_loop(struct local *l, int rc)
{
	l->busy = false;
	if (l->call)
		l->then(l, rc);
	else
		end(l);
}

static int run_work(struct work *w, struct db *db)
{
	struct local *l = container_of(w, struct local, work);

	return l->run(l, db);
}

static void on_work_done(struct work *w)
{
	back_on_loop(container_of(w, struct local, work), w->rc);
}

void local_run(struct local *l, int (*run)(struct local *l, struct db *db), void (*then)(struct local *l, int rc))
{
	CHECK(!l->busy);
	l->busy = true;
	l->run = run;
	l->then = then;
	l->work = (struct work){ .run = run_work, .done = on_work_done };
	lanes_run(l->m->lanes, &l->work);
}

static void on_committed(struct commit *c)
{
	struct local *l = container_of(c, struct local, commit);

	if (c->change->rc == 0)
		minilab_wake(l->m);
	back_on_loop(l, c->change->rc);
}

void local_commit(struct local *l, struct change *c, void (*then)(struct local *l, int rc))
{
	CHECK(!l->busy);
	l->busy = true;
	l->then = then;
	l->commit = (struct commit){ .lanes = l->m->lanes, .change = c, .done = on_committed };
	lanes_commit(l->m->lanes, &l->commit);
}

void local_hold(struct local *l)
{
	CHECK(!l->busy);
	l->busy = true;
}

void local_rest(struct local *l)
{
	l->busy = false;
	if (!l->call)
		end(l);
}

static struct http_request *begin(struct call *c, int status)
{
	struct http_request *r = c->r;

	http_status(r, status);
	http_header(r, "x-amz-request-id", str_of(c->id));
	http_header(r, "Server", STR("minilab"));
	http_header(r, "Cache-Control", STR("no-store"));
	return r;
}

struct http_request *local_begin(struct local *l, int status)
{
	struct http_request *r = begin(l->call, status);

	if (l->for_pages)
		cors_answer(l->call, l->call->bucket, l->expose ? l->expose : "ETag, Location, Retry-After, x-amz-request-id");
	return r;
}

void local_answer(struct local *l, int status, const char *type)
{
	struct http_request *r = local_begin(l, status);

	http_header(r, "Content-Type", str_of(type));
	http_reply_buf(r, &l->out);
}

static void write_refusal(struct buf *to, const char *code, const char *message)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_cstr(&j, "error", code);
	json_cstr(&j, "message", message);
	json_close(&j);
}

void local_refuse(struct local *l, int status, const char *code, const char *message)
{
	l->call->code = code;
	buf_clear(&l->out);
	write_refusal(&l->out, code, message);
	local_answer(l, status, "application/json");
}

void local_refuse_bucket(struct local *l)
{
	local_refuse(l, 404, "NoSuchBucket", "There is no such bucket.");
}

void local_refuse_rc(struct local *l, int rc, const char *missing)
{
	if (rc == E_NOT_FOUND && missing)
		local_refuse(l, 404, "NotFound", missing);
	else if (rc == E_FULL || rc == E_BUSY)
		local_refuse(l, 503, "SlowDown", err_text(rc));
	else
		local_refuse(l, 500, "InternalError", err_text(rc));
}

void local_answer_rc(struct local *l, int rc, const char *missing)
{
	if (rc < 0)
		local_refuse_rc(l, rc, missing);
	else
		local_answer(l, 200, "application/json");
}

static void refuse(struct call *c, int status, const char *why)
{
	struct buf body = { 0 };

	c->code = status == 501 ? "NotImplemented" : "InvalidRequest";
	write_refusal(&body, c->code, why);
	(void)begin(c, status);
	http_header(c->r, "Content-Type", STR("application/json"));
	http_reply_buf(c->r, &body);
}

static void on_gone(struct call *c)
{
	struct local *l = c->face_state;

	l->call = NULL;
	if (!l->busy)
		end(l);
	else if (l->left)
		l->left(l);
}

static struct local *local_open(struct call *c)
{
	struct local *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->m = c->m;
	l->call = c;
	l->room = c->room;
	c->face_state = l;
	c->gone = on_gone;
	room_enter(c->room);
	return l;
}

/* False: it is refused. */
static bool admit(struct local *l, bool changes)
{
	struct call *c = l->call;
	enum auth_problem problem;

	if (local_is_by_cookie(l))
		return local_admit_cookie(l, changes);
	problem = auth_verify(c->r, &c->auth, &c->m->credentials, str_of(c->m->settings.region), STR("s3"), (struct str){ 0 });
	if (problem != AUTH_OK)
		local_refuse_auth(l, problem);
	return problem == AUTH_OK;
}

/* HEAD is GET without content, which the HTTP server leaves away by itself. */
static bool is_method(struct str asked, const char *method)
{
	return str_eq(str_eq(asked, STR("HEAD")) ? STR("GET") : asked, str_of(method));
}

static bool is_at(struct str path, const char *row)
{
	struct str s = str_of(row);

	return s.p[s.n - 1] == '/' ? str_starts(path, s) : str_eq(path, s);
}

static void serve(struct call *c)
{
	struct local *l = local_open(c);
	size_t i, n = sizeof rows / sizeof rows[0];
	bool known = false;

	for (i = 0; i < n; i++) {
		known = known || is_at(c->r->path, rows[i].path);
		if (is_at(c->r->path, rows[i].path) && is_method(c->r->method, rows[i].method))
			break;
	}
	if (i == n) {
		local_refuse(l, known ? 405 : 404, known ? "MethodNotAllowed" : "NotFound",
			     known ? "This path has another method." : "There is nothing at this path.");
		return;
	}
	c->op = rows[i].path + 3;
	if (!rows[i].open && !admit(l, !is_method(c->r->method, "GET")))
		return;
	if (params_parse(&l->arena, c->r->query, true, &l->params) < 0)
		local_refuse(l, 400, "InvalidRequest", "The query is malformed.");
	else
		rows[i].serve(l);
}

/* No bucket's name begins with an underscore. */
static bool wants(const struct call *c)
{
	return str_starts(c->r->path, STR("/_/")) || str_eq(c->r->path, STR("/_"));
}

const struct face face_local = { "local", wants, serve, refuse };
