#include "web/s3/s3.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/log.h"
#include "web/s3/body.h"
#include "web/s3/host.h"
#include "web/s3/operation.h"

static void let_go(struct s3 *s)
{
	struct room *room = s->room;

	if (s->release)
		s->release(s);
	if (s->body)
		body_clear(s->body, room);
	arena_clear(&s->arena);
	free(s);
	room_leave(room);
}

static int run_undo(struct work *w, struct db *db)
{
	struct s3 *s = container_of(w, struct s3, work);

	(void)db;
	s->undo(s);
	return 0;
}

static void on_undone(struct work *w)
{
	let_go(container_of(w, struct s3, work));
}

/* Neither a request nor a lane nor the writer needs it any more. */
static void end(struct s3 *s)
{
	if (!s->undo) {
		let_go(s);
		return;
	}
	s->busy = true;
	s->work = (struct work){ .run = run_undo, .done = on_undone };
	lanes_run(s->m->lanes, &s->work);
}

static int run_work(struct work *w, struct db *db)
{
	struct s3 *s = container_of(w, struct s3, work);

	return s->run(s, db);
}

static void back_on_loop(struct s3 *s, int rc)
{
	s->busy = false;
	if (s->call)
		s->then(s, rc);
	else
		end(s);
}

static void on_work_done(struct work *w)
{
	back_on_loop(container_of(w, struct s3, work), w->rc);
}

void s3_run(struct s3 *s, int (*run)(struct s3 *s, struct db *db), void (*then)(struct s3 *s, int rc))
{
	CHECK(!s->busy);
	s->busy = true;
	s->run = run;
	s->then = then;
	s->work = (struct work){ .run = run_work, .done = on_work_done };
	lanes_run(s->m->lanes, &s->work);
}

static void on_shelved(struct shelf_errand *e, int rc)
{
	back_on_loop(container_of(e, struct s3, shelved), rc);
}

static void on_committed(struct commit *c)
{
	struct s3 *s = container_of(c, struct s3, commit);
	int rc = c->change->rc;

	if (rc == 0) {
		s->undo = NULL;
		minilab_wake(s->m);
		if (s->news)
			s->news(s);
	}
	if (rc == 0 && s->reshelve) {
		s->shelved = (struct shelf_errand){ .bucket = s->bucket, .then = on_shelved };
		shelf_changed(s->m->shelf, &s->shelved);
		return;
	}
	back_on_loop(s, rc);
}

void s3_tell(struct s3 *s, enum feed_what what, struct str key, int64_t seq)
{
	feed_tell(s->m->feed, &(struct feed_event){ .what = what, .at_ms = clock_wall_ms(), .bucket = s->bucket, .key = key, .seq = seq });
}

void s3_commit(struct s3 *s, struct change *c, void (*then)(struct s3 *s, int rc))
{
	CHECK(!s->busy);
	s->busy = true;
	s->then = then;
	s->commit = (struct commit){ .lanes = s->m->lanes, .change = c, .done = on_committed };
	lanes_commit(s->m->lanes, &s->commit);
}

/* All functions share one session's keys, so which of them it was is not known. */
struct str s3_door(struct s3 *s)
{
	const char *session = s->m->credentials.session.access_key;
	bool function = !s->anonymous && session[0] && str_eq(s->auth.access_key, str_of(session));

	return str_of(arena_printf(&s->arena, "S3 %s%s", s->op->name, function ? ", from a function" : ""));
}

void s3_hold(struct s3 *s)
{
	CHECK(!s->busy);
	s->busy = true;
}

void s3_rest(struct s3 *s)
{
	s->busy = false;
	if (!s->call)
		end(s);
}

static void on_gone(struct call *c)
{
	struct s3 *s = c->face_state;

	s->call = NULL;
	if (!s->busy)
		end(s);
}

struct str s3_copy(struct s3 *s, struct str v)
{
	return str_is_set(v) ? arena_str(&s->arena, v) : v;
}

struct str s3_field(struct s3 *s, const char *name)
{
	struct str v = s->form ? params_iget(&s->params, name) : http_field(s->call->r, name);

	if (!str_is_set(v) && (s->auth.kind == AUTH_V4_QUERY || s->auth.kind == AUTH_V2_QUERY))
		v = params_iget(&s->params, name);
	return v;
}

int s3_refuse(struct s3 *s, enum s3_code code, const char *message, const struct fault_extra *extras)
{
	s->fault = (struct fault){ .code = code, .message = message };
	for (; extras && extras->name; extras++) {
		CHECK(s->fault.extras < FAULT_EXTRAS_MAX);
		s->fault.extra[s->fault.extras++] = *extras;
	}
	return E_BAD_INPUT;
}

int s3_refuse_rc(struct s3 *s, int rc)
{
	enum s3_code code = error_of(rc);

	if (error_status(code) >= 500)
		log_warn(rc, "req=%.*s bucket=%s key=%s", STR_ARG(s->actor.request_id), log_quote(s->bucket),
			 log_quote(s->key));
	if (code == S3_NO_SUCH_BUCKET)
		return s3_refuse(s, code, NULL, S3_WITH({ "BucketName", s->bucket }));
	return s3_refuse(s, code, NULL, NULL);
}

static struct str actor_text(struct s3 *s, const char *v)
{
	return arena_str(&s->arena, str_of(v));
}

static struct s3 *s3_open(struct call *c)
{
	struct s3 *s = calloc(1, sizeof *s);

	CHECK(s != NULL);
	s->m = c->m;
	s->call = c;
	s->room = c->room;
	s->auth = c->auth;
	s->actor.request_id = actor_text(s, c->id);
	s->actor.host_id = actor_text(s, c->host_id);
	s->actor.source_ip = actor_text(s, c->r->peer);
	s->actor.trace = arena_str(&s->arena, http_field(c->r, "x-amzn-trace-id"));
	c->face_state = s;
	c->gone = on_gone;
	room_enter(c->room);
	return s;
}

/* "bucket/key", of which the key is what is left; of a host's bucket nothing comes before the key. */
static int parse_bucket(struct s3 *s, struct str *rest)
{
	struct http_request *r = s->call->r;
	struct str part;

	s->bucket = host_bucket(&s->arena, str_of(s->m->settings.domain), http_field(r, "host"));
	s->by_host = str_is_set(s->bucket);
	s->auth.host_bucket = s->bucket;
	if (!s->by_host && rest->n > 0) {
		(void)str_next(rest, '/', &part);
		if (uri_decode(&s->arena, part, false, &s->bucket) < 0)
			return s3_refuse(s, S3_INVALID_URI, NULL, NULL);
	}
	if (str_is_set(s->bucket))
		s->call->bucket = arena_str(&r->arena, s->bucket);
	return 0;
}

/* /bucket/key, both decoded once and not looked at further: "a//b" and "a/../b" are keys. */
static int parse_target(struct s3 *s)
{
	struct http_request *r = s->call->r;
	struct str rest = r->path;

	if (params_parse(&s->arena, r->query, true, &s->params) < 0)
		return s3_refuse(s, S3_INVALID_URI, NULL, NULL);
	if (!str_starts(rest, STR("/")))
		return str_eq(rest, STR("*")) ? 0 : s3_refuse(s, S3_INVALID_URI, NULL, NULL);
	rest = str_n(rest.p + 1, rest.n - 1);
	if (parse_bucket(s, &rest) < 0)
		return E_BAD_INPUT;
	if (!str_is_set(rest) || rest.n == 0)
		return 0;
	if (uri_decode(&s->arena, rest, false, &s->key) < 0 || !utf8_valid(s->key) ||
	    memchr(s->key.p, '\0', s->key.n))
		return s3_refuse(s, S3_INVALID_URI, NULL, NULL);
	s->call->key = arena_str(&r->arena, s->key);
	if (s->key.n > OBJECT_KEY_MAX)
		return s3_refuse(s, S3_KEY_TOO_LONG, NULL,
				 S3_WITH({ "Size", str_of(arena_printf(&s->arena, "%zu", s->key.n)) },
					 { "MaxSizeAllowed", STR("1024") }));
	return 0;
}

/* Nobody may be told more than that he may not, until a policy says otherwise. */
static int admit_anybody(struct s3 *s)
{
	s->anonymous = true;
	s->actor.principal = STR("Anonymous");
	auth_take_payload(s->call->r, &s->auth);
	if (operation_find(s) < 0)
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	return s3_permit(s) < 0 ? E_BAD_INPUT : s3_check_headers(s);
}

static int admit(struct s3 *s)
{
	struct call *c = s->call;
	enum auth_problem p = auth_verify(c->r, &s->auth, &c->m->credentials, str_of(c->m->settings.region), STR("s3"), (struct str){ 0 });

	if (p == AUTH_MISSING)
		return admit_anybody(s);
	if (p != AUTH_OK)
		return s3_refuse_auth(s, p);
	s->actor.principal = str_of(arena_printf(&s->arena, "AWS:%.*s", STR_ARG(s->auth.access_key)));
	return s3_check_headers(s) < 0 || operation_find(s) < 0 ? E_BAD_INPUT : s3_permit(s);
}

static void on_text(struct s3 *s, int rc)
{
	if (rc < 0)
		s3_answer_fault(s);
	else
		s->op->serve(s);
}

static void serve(struct call *c)
{
	struct s3 *s = s3_open(c);
	int rc = parse_target(s);

	if (rc == 0 && str_eq(c->r->method, STR("OPTIONS"))) {	/* a browser asks before it signs */
		cors_ask(s);
		return;
	}
	if (rc < 0 || admit(s) < 0) {
		s3_answer_fault(s);
		return;
	}
	c->op = s->op->name;
	if (s->op->body != BODY_TEXT && s->op->body != BODY_RECEIPT)
		s->op->serve(s);
	else if (body_plan(s, c->m->settings.body_small_max,
			   s->op->body == BODY_TEXT ? BODY_ANY_LENGTH : BODY_UNSUMMED) < 0)
		s3_answer_fault(s);
	else
		body_take(s, on_text);
}

static bool wants(const struct call *c)
{
	(void)c;
	return true;		/* whatever no other face wanted */
}

const struct face face_s3 = { "s3", wants, serve, s3_answer_refusal };
