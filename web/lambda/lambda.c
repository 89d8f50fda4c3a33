#include "web/lambda/lambda.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/log.h"
#include "pipeline/webhook.h"
#include "web/auth_words.h"
#include "functions/custom.h"
#include "web/lambda/constraint.h"


static void release(struct lambda *l)
{
	struct room *room = l->room;

	lambda_leave_room(l);
	buf_clear(&l->out);
	buf_clear(&l->bytes);
	constraints_clear(&l->constraints);
	arena_clear(&l->arena);
	free(l);
	room_leave(room);
}

static void on_gone(struct call *c)
{
	struct lambda *l = c->face_state;

	l->call = NULL;
	if (!l->busy)
		release(l);
}

int lambda_refuse(struct lambda *l, enum lambda_code code, const char *fmt, ...)
{
	va_list ap;

	if (l->message)
		return E_BAD_INPUT;
	l->code = code;
	va_start(ap, fmt);
	l->message = arena_vprintf(&l->arena, REFUSAL_MAX, fmt, ap);
	va_end(ap);
	return E_BAD_INPUT;
}

int lambda_refuse_rc(struct lambda *l, int rc)
{
	if (l->message)
		return E_BAD_INPUT;	/* a better reason is known */
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, "The resource you requested does not exist.");
	if (rc == E_TOO_LARGE)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The request is larger than what can be stored.");
	log_warn(rc, "op=%s request=%s", l->op ? l->op->name : "-", l->id);
	if (rc == E_FULL || rc == -ENOSPC)
		return lambda_refuse(l, LAMBDA_SERVICE, "There is no room left in the data directory.");
	return lambda_refuse(l, LAMBDA_SERVICE, "Service exception");
}

int lambda_refuse_auth(struct lambda *l, const struct auth *a)
{
	static const enum lambda_code codes[AUTH_REFUSALS] = { [AUTH_NO_TOKEN] = LAMBDA_NO_SIGNATURE, [AUTH_BAD_TOKEN] = LAMBDA_UNKNOWN_KEY,
		[AUTH_NO_MATCH] = LAMBDA_BAD_SIGNATURE, [AUTH_INCOMPLETE] = LAMBDA_INCOMPLETE };
	const char *message;
	enum auth_refusal why = auth_words(a, "lambda", &l->arena, &message);

	return lambda_refuse(l, codes[why], "%s", message);
}

void lambda_work(struct lambda *l)
{
	CHECK(!l->busy);
	l->busy = true;
}

void lambda_rest(struct lambda *l)
{
	l->busy = false;
	if (!l->call)
		release(l);
}

/* Loop, lane or writer, and back. */

/* What was committed is told before the answer: whoever has that finds what he changed. */
static void on_done(struct errand *e, int rc)
{
	struct lambda *l = container_of(e, struct lambda, errand);

	if (rc == 0 && l->changed)
		catalog_changed(l->m->catalog, l->changed, l->gone);
	if (rc == 0 && l->changed && l->gone)
		webhooks_wake(l->m->webhooks);	/* its events may be dead letters now */
	l->changed = 0;
	l->busy = false;
	l->then(l, rc < 0 ? lambda_refuse_rc(l, rc) : 0);
	if (!l->call && !l->busy)
		release(l);
}

static int on_read(struct errand *e, struct db *db)
{
	struct lambda *l = container_of(e, struct lambda, errand);

	return l->run(l, db);
}

static int on_change(struct errand *e, struct db *db)
{
	struct lambda *l = container_of(e, struct lambda, errand);

	l->out.len = 0;
	l->message = NULL;
	l->changed = 0;
	return l->run(l, db);
}

static void go(struct lambda *l, enum errand_kind kind)
{
	CHECK(!l->busy);
	l->busy = true;
	l->errand.run = kind == ERRAND_READS ? on_read : on_change;
	l->errand.done = on_done;
	errand_start(l->m->lanes, &l->errand, kind);
}

void lambda_run(struct lambda *l, int (*run)(struct lambda *l, struct db *db), void (*then)(struct lambda *l, int rc))
{
	l->run = run;
	l->then = then;
	go(l, ERRAND_READS);
}

void lambda_commit(struct lambda *l, int (*run)(struct lambda *l, struct db *db), void (*then)(struct lambda *l, int rc))
{
	l->run = run;
	l->then = then;
	go(l, l->op->kind == LAMBDA_FREES ? ERRAND_FREES : ERRAND_WRITES);
}

void lambda_finish(struct lambda *l, int rc)
{
	if (rc == 0 && l->op->after)
		l->op->after(l);
	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else
		lambda_answer(l);
}

static void start(struct lambda *l)
{
	switch (l->op->kind) {
	case LAMBDA_READS:
		lambda_run(l, l->op->run, lambda_finish);
		break;
	case LAMBDA_WRITES:
	case LAMBDA_FREES:
		lambda_commit(l, l->op->run, lambda_finish);
		break;
	case LAMBDA_SERVES:
		l->op->serve(l);
		break;
	}
}

/* The request, without any data: what it says, and whether that makes sense. */

static bool has_json(const struct lambda *l)
{
	return l->op->kind != LAMBDA_SERVES || l->op->check;
}

static int parse(struct lambda *l)
{
	struct json_value *v;
	int rc;

	if (l->raw.n == 0 || !has_json(l) || str_eq(str_of(l->op->method), STR("GET")))
		return 0;
	rc = json_parse_lent(&l->arena, l->raw, LAMBDA_VALUES_MAX, &v);
	if (rc == E_TOO_LARGE)
		return lambda_refuse(l, LAMBDA_SERIALIZATION, "The request body has more than %d values", LAMBDA_VALUES_MAX);
	if (rc < 0 || v->kind != JSON_OBJECT)
		return lambda_refuse(l, LAMBDA_SERIALIZATION, "The request body is not a JSON object");
	l->body = v;
	return 0;
}

static int understand(struct lambda *l, struct db *db)
{
	int rc = parse(l);

	(void)db;
	if (rc == 0 && l->op->check)
		rc = l->op->check(l);
	if (rc == 0)
		rc = lambda_target(l);
	return rc == 0 ? constrain_end(l) : rc;
}

static void on_understood(struct lambda *l, int rc)
{
	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else
		start(l);
}

static int verify(struct lambda *l)
{
	struct call *c = l->call;

	if (auth_verify(c->r, &c->auth, &c->m->credentials, str_of(c->m->settings.region), STR("lambda"), l->raw) != AUTH_OK)
		return lambda_refuse_auth(l, &c->auth);
	if (!l->op)
		return lambda_refuse(l, LAMBDA_UNKNOWN_PATH, l->known_path ? "Method not allowed" : "Unknown operation");
	if (!l->op->run && !l->op->serve)
		return lambda_refuse(l, LAMBDA_NOT_IMPLEMENTED, "%s is not implemented", l->op->name);
	return 0;
}

static void on_taken(struct lambda *l, int rc)
{
	if (rc == 0)
		rc = verify(l);
	if (rc < 0)
		lambda_answer_refusal(l);
	else if (l->raw.n > LAMBDA_LARGE && has_json(l))
		lambda_run(l, understand, on_understood);
	else
		on_understood(l, understand(l, NULL));
}

/* The same in the log and in what the client is told: the first half of the UUID is the call's own id. */
static void name_request(struct lambda *l)
{
	const char *id = l->call->id;
	uint8_t more[8];
	char hex[17];

	random_bytes(more, sizeof more);
	hex_encode(hex, more, sizeof more);
	snprintf(l->id, sizeof l->id, "%.8s-%.4s-4%.3s-%c%.3s-%.12s", id, id + 8, id + 13, "89ab"[more[0] & 3], hex + 1, hex + 4);
	for (char *p = l->id; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'F' ? *p | 0x20 : *p);
}

/* A proxy that ends TLS says so. */
static void name_origin(struct lambda *l)
{
	struct str host = http_field(l->call->r, "host"), proto = http_field(l->call->r, "x-forwarded-proto");

	l->origin = arena_printf(&l->arena, "%s://%.*s", str_eq(proto, STR("https")) ? "https" : "http", STR_ARG(host));
}

static struct lambda *open_request(struct call *c)
{
	struct lambda *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->m = c->m;
	l->call = c;
	l->room = c->room;
	l->sandbox = c->m->custom != NULL;
	l->way_out = l->sandbox && custom_has_way_out(c->m->custom);
	c->face_state = l;
	c->gone = on_gone;
	room_enter(c->room);
	name_request(l);
	name_origin(l);
	return l;
}

static void serve(struct call *c)
{
	struct lambda *l = open_request(c);
	int rc = params_parse(&l->arena, c->r->query, true, &l->params);

	if (rc == 0)
		rc = lambda_find(l, c->r->method, c->r->path);
	c->op = l->op ? l->op->name : "-";
	if (rc < 0) {
		lambda_refuse(l, LAMBDA_SERIALIZATION, "The path or the query of the request is malformed");
		lambda_answer_refusal(l);
	} else {
		lambda_take_body(l, on_taken);
	}
}

static bool wants(const struct call *c)
{
	return str_eq(c->auth.service, STR("lambda"));
}

const struct face face_lambda = { "lambda", wants, serve, lambda_answer_bad };
