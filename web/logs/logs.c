#include "web/logs/logs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "web/auth_words.h"
#include "web/logs/param.h"

#define TARGET STR("Logs_20140328.")
#define ROOM_PER_BYTE 8		/* a parsed body takes about so much more than its text */

static void release(struct logs *l)
{
	struct room *room = l->room;

	whole_clear(&l->whole);
	buf_clear(&l->out);
	arena_clear(&l->arena);
	free(l);
	room_leave(room);
}

static void on_gone(struct call *c)
{
	struct logs *l = c->face_state;

	l->call = NULL;
	if (!l->busy)
		release(l);
}

int logs_refuse(struct logs *l, enum logs_code code, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = refusal_note(&l->fault, &l->arena, (int)code, fmt, ap);
	va_end(ap);
	return rc;
}

int logs_refuse_rc(struct logs *l, int rc)
{
	enum logs_code code = logs_error_of(rc);

	if (l->fault.code != LOGS_FINE)
		return E_BAD_INPUT;	/* a better reason is known */
	if (logs_error(code)->status >= 500)
		log_warn(rc, "op=%s group=%s", l->op->name, log_quote(l->group));
	return logs_refuse(l, code, NULL);
}

int logs_refuse_auth(struct logs *l, const struct auth *a)
{
	static const enum logs_code codes[AUTH_REFUSALS] = { [AUTH_NO_TOKEN] = LOGS_NO_SIGNATURE, [AUTH_BAD_TOKEN] = LOGS_UNKNOWN_KEY,
		[AUTH_NO_MATCH] = LOGS_BAD_SIGNATURE, [AUTH_INCOMPLETE] = LOGS_INCOMPLETE };
	const char *message;
	enum auth_refusal why = auth_words(a, "logs", &l->arena, &message);

	return logs_refuse(l, codes[why], "%s", message);
}

int logs_find_group(struct logs *l, struct db *db, struct log_group *g)
{
	int rc = log_group_get(db, l->group, &l->arena, g);

	if (rc == E_NOT_FOUND)
		return logs_refuse(l, LOGS_NO_GROUP, NULL);
	return rc < 0 ? logs_refuse_rc(l, rc) : 0;
}

int logs_find_stream(struct logs *l, struct db *db, const struct log_group *g, struct str name, struct log_stream *s)
{
	int rc = log_stream_get(db, g->id, name, &l->arena, s);

	if (rc == E_NOT_FOUND)
		return logs_refuse(l, LOGS_NO_STREAM, NULL);
	return rc < 0 ? logs_refuse_rc(l, rc) : 0;
}

const char *logs_group_arn(struct logs *l, struct str name)
{
	return arena_printf(&l->arena, "arn:aws:logs:%s:%s:log-group:%.*s", l->m->settings.region, l->m->settings.account, STR_ARG(name));
}

static void on_done(struct errand *e, int rc)
{
	struct logs *l = container_of(e, struct logs, errand);

	l->busy = false;
	if (rc < 0)
		logs_refuse_rc(l, rc);
	if (!l->call)
		release(l);
	else if (rc < 0)
		logs_answer_fault(l);
	else
		logs_answer(l);
}

static int on_run(struct errand *e, struct db *db)
{
	struct logs *l = container_of(e, struct logs, errand);

	l->out.len = 0;
	return l->op->run(l, db);
}

static void start(struct logs *l)
{
	l->busy = true;
	l->errand.run = on_run;
	l->errand.done = on_done;
	errand_start(l->m->lanes, &l->errand, l->op->kind);
}

static int read_body(struct logs *l, struct str body)
{
	struct http_request *r = l->call->r;
	struct auth *a = &l->call->auth;
	struct json_value *v;

	if (auth_verify(r, a, &l->m->credentials, str_of(l->m->settings.region), STR("logs"), body) != AUTH_OK)
		return logs_refuse_auth(l, a);
	if (!l->op)
		return logs_refuse(l, LOGS_UNKNOWN, NULL);
	if (!l->op->run)
		return logs_refuse(l, LOGS_NOT_BUILT, "%s is not implemented", l->op->name);
	if (json_parse(&l->arena, body, &v) < 0 || v->kind != JSON_OBJECT)
		return logs_refuse(l, LOGS_SERIALIZATION, NULL);
	l->body = v;
	return 0;
}

static int body_problem(struct logs *l, int rc)
{
	if (rc == E_TOO_LARGE)
		return logs_refuse(l, LOGS_BODY_SIZE, "Request body is larger than body_small_max, %lld bytes",
				   (long long)l->m->settings.body_small_max);
	return logs_refuse(l, LOGS_SERIALIZATION, "The request body did not arrive: %s", err_text(rc));
}

static void on_body(struct http_request *r, int rc, struct str body)
{
	struct call *c = r->app;
	struct logs *l = c->face_state;

	rc = rc < 0 ? body_problem(l, rc) : read_body(l, body);
	if (rc == 0)
		rc = logs_param_check(l, l->op->params);
	if (rc == 0 && l->op->check)
		rc = l->op->check(l);
	if (rc < 0)
		logs_answer_fault(l);
	else
		start(l);
}

static struct logs *open_request(struct call *c)
{
	struct logs *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->m = c->m;
	l->call = c;
	l->room = c->room;
	c->face_state = l;
	c->gone = on_gone;
	room_enter(c->room);
	return l;
}

static void serve(struct call *c)
{
	struct str target = http_field(c->r, "x-amz-target");
	struct logs *l = open_request(c);

	if (str_starts(target, TARGET))
		l->op = logs_operation_of(str_n(target.p + TARGET.n, target.n - TARGET.n));
	c->op = l->op ? l->op->name : "-";
	if (!str_eq(c->r->method, STR("POST"))) {
		logs_refuse(l, LOGS_UNKNOWN, NULL);
		logs_answer_fault(l);
		return;
	}
	l->whole.max = (size_t)l->m->settings.body_small_max;
	l->whole.per_byte = ROOM_PER_BYTE;
	l->whole.besides = l->op ? l->op->answer_bytes : 0;
	l->whole.done = on_body;
	whole_take(&l->whole, c);
}

static bool wants(const struct call *c)
{
	return str_eq(c->auth.service, STR("logs")) || str_starts(http_field(c->r, "x-amz-target"), TARGET);
}

const struct face face_logs = { "logs", wants, serve, logs_answer_refusal };
