#include "web/dynamodb/dynamodb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "web/auth_words.h"
#include "web/dynamodb/param.h"

#define TARGET STR("DynamoDB_20120810.")
#define ROOM_PER_BYTE 8		/* a parsed body takes about so much more than its text */

static void release(struct dynamodb *d)
{
	struct room *room = d->room;

	whole_clear(&d->whole);
	buf_clear(&d->out);
	constraints_clear(&d->constraints);
	arena_clear(&d->arena);
	free(d);
	room_leave(room);
}

static void on_gone(struct call *c)
{
	struct dynamodb *d = c->face_state;

	d->call = NULL;
	if (!d->busy)
		release(d);
}

int dynamodb_refuse(struct dynamodb *d, enum dynamodb_code code, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = refusal_note(&d->fault, &d->arena, (int)code, fmt, ap);
	va_end(ap);
	return rc;
}

int dynamodb_refuse_rc(struct dynamodb *d, int rc)
{
	enum dynamodb_code code = dynamodb_error_of(rc);

	if (d->fault.code != DYNAMODB_FINE)
		return E_BAD_INPUT;	/* a better reason is known */
	if (dynamodb_error(code)->status >= 500)
		log_warn(rc, "op=%s table=%s", d->op->name, log_quote(d->table));
	return dynamodb_refuse(d, code, NULL);
}

int dynamodb_refuse_auth(struct dynamodb *d, const struct auth *a)
{
	static const enum dynamodb_code codes[AUTH_REFUSALS] = { [AUTH_NO_TOKEN] = DYNAMODB_NO_TOKEN, [AUTH_BAD_TOKEN] = DYNAMODB_BAD_TOKEN,
		[AUTH_NO_MATCH] = DYNAMODB_SIGNATURE, [AUTH_INCOMPLETE] = DYNAMODB_INCOMPLETE };
	const char *message;
	enum auth_refusal why = auth_words(a, "dynamodb", &d->arena, &message);

	return dynamodb_refuse(d, codes[why], "%s", message);
}

int dynamodb_table(struct dynamodb *d, struct db *db, struct table *t)
{
	int rc = table_open(db, d->table, &d->arena, t);

	return rc < 0 ? dynamodb_refuse_rc(d, rc) : 0;
}

int dynamodb_table_named(struct dynamodb *d, struct db *db, struct table *t)
{
	int rc = table_open(db, d->table, &d->arena, t);

	if (rc == E_NOT_FOUND)
		return dynamodb_refuse(d, DYNAMODB_NOT_FOUND, "Requested resource not found: Table: %.*s not found", STR_ARG(d->table));
	return rc < 0 ? dynamodb_refuse_rc(d, rc) : 0;
}

static void on_done(struct errand *e, int rc)
{
	struct dynamodb *d = container_of(e, struct dynamodb, errand);

	d->busy = false;
	if (rc < 0)
		dynamodb_refuse_rc(d, rc);
	else if (d->op->after)
		d->op->after(d);
	if (!d->call)
		release(d);
	else if (rc < 0)
		dynamodb_answer_fault(d);
	else
		dynamodb_answer(d);
}

static int on_run(struct errand *e, struct db *db)
{
	struct dynamodb *d = container_of(e, struct dynamodb, errand);

	d->out.len = 0;
	return d->op->run(d, db);
}

static void start(struct dynamodb *d)
{
	d->busy = true;
	d->errand.run = on_run;
	d->errand.done = on_done;
	errand_start(d->m->lanes, &d->errand, d->op->kind);
}

static int read_body(struct dynamodb *d, struct str body)
{
	struct http_request *r = d->call->r;
	struct auth *a = &d->call->auth;
	struct json_value *v;

	if (auth_verify(r, a, &d->m->credentials, str_of(d->m->settings.region), STR("dynamodb"), body) != AUTH_OK)
		return dynamodb_refuse_auth(d, a);
	if (!d->op)
		return dynamodb_refuse(d, DYNAMODB_UNKNOWN, NULL);
	if (!d->op->run)
		return dynamodb_refuse(d, DYNAMODB_NOT_BUILT, "%s is not implemented", d->op->name);
	if (json_parse(&d->arena, body, &v) < 0 || v->kind != JSON_OBJECT)
		return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, NULL);
	d->body = v;
	return 0;
}

static int body_problem(struct dynamodb *d, int rc)
{
	if (rc == E_TOO_LARGE)
		return dynamodb_refuse(d, DYNAMODB_BODY_SIZE, "Request body is larger than body_small_max, %lld bytes",
				       (long long)d->m->settings.body_small_max);
	return dynamodb_refuse(d, DYNAMODB_SERIALIZATION, "The request body did not arrive: %s", err_text(rc));
}

static void on_body(struct http_request *r, int rc, struct str body)
{
	struct call *c = r->app;
	struct dynamodb *d = c->face_state;

	rc = rc < 0 ? body_problem(d, rc) : read_body(d, body);
	if (rc == 0)
		rc = dynamodb_param_check(d);
	if (rc == 0 && d->op->check)
		rc = d->op->check(d);
	if (rc < 0)
		dynamodb_answer_fault(d);
	else
		start(d);
}

static struct dynamodb *open_request(struct call *c)
{
	struct dynamodb *d = calloc(1, sizeof *d);

	CHECK(d != NULL);
	d->m = c->m;
	d->call = c;
	d->room = c->room;
	d->constraints.most = CONSTRAINTS_MOST;
	c->face_state = d;
	c->gone = on_gone;
	room_enter(c->room);
	return d;
}

static void serve(struct call *c)
{
	struct str target = http_field(c->r, "x-amz-target");
	struct dynamodb *d = open_request(c);

	if (str_starts(target, TARGET))
		d->op = operation_of(str_n(target.p + TARGET.n, target.n - TARGET.n));
	c->op = d->op ? d->op->name : "-";
	if (!str_eq(c->r->method, STR("POST"))) {
		dynamodb_refuse(d, DYNAMODB_UNKNOWN, NULL);
		dynamodb_answer_fault(d);
		return;
	}
	d->whole.max = (size_t)d->m->settings.body_small_max;
	d->whole.per_byte = ROOM_PER_BYTE;
	d->whole.besides = d->op ? d->op->answer_bytes : 0;
	d->whole.done = on_body;
	whole_take(&d->whole, c);
}

/* DynamoDB Streams share the scope and, not being built, the answer: an unknown operation. */
static bool wants(const struct call *c)
{
	return str_eq(c->auth.service, STR("dynamodb")) || str_starts(http_field(c->r, "x-amz-target"), STR("DynamoDB"));
}

const struct face face_dynamodb = { "dynamodb", wants, serve, dynamodb_answer_refusal };
