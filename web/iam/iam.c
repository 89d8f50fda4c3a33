#include "web/iam/iam.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "web/auth_words.h"

#define ROOM_PER_BYTE 8		/* fields, documents and their trees take about so much more than the form's text */
#define HOME_REGION STR("us-east-1")	/* IAM has no regions: clients sign for this one, whatever theirs is */

static void release(struct iam *i)
{
	struct room *room = i->room;

	whole_clear(&i->whole);
	buf_clear(&i->out);
	constraints_clear(&i->constraints);
	arena_clear(&i->arena);
	free(i);
	room_leave(room);
}

static void on_gone(struct call *c)
{
	struct iam *i = c->face_state;

	i->call = NULL;
	if (!i->busy)
		release(i);
}

int iam_refuse(struct iam *i, enum iam_code code, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = refusal_note(&i->fault, &i->arena, (int)code, fmt, ap);
	va_end(ap);
	return rc;
}

int iam_refuse_rc(struct iam *i, int rc)
{
	enum iam_code code = iam_error_of(rc);

	if (i->fault.code != IAM_FINE)
		return E_BAD_INPUT;	/* a better reason is known */
	log_warn(rc, "service=%s op=%s", i->service->name, i->op->name);
	return iam_refuse(i, code, NULL);
}

int iam_refuse_auth(struct iam *i, const struct auth *a)
{
	static const enum iam_code codes[AUTH_REFUSALS] = { [AUTH_NO_TOKEN] = IAM_NO_TOKEN, [AUTH_BAD_TOKEN] = IAM_BAD_TOKEN,
		[AUTH_NO_MATCH] = IAM_BAD_SIGNATURE, [AUTH_INCOMPLETE] = IAM_INCOMPLETE };
	const char *message;
	enum auth_refusal why = auth_words(a, i->service->name, &i->arena, &message);

	if (why == AUTH_NO_TOKEN)
		return iam_refuse(i, codes[why], NULL);
	return iam_refuse(i, codes[why], "%s", message);
}

static void on_done(struct errand *e, int rc)
{
	struct iam *i = container_of(e, struct iam, errand);

	i->busy = false;
	if (rc < 0)
		iam_refuse_rc(i, rc);
	if (!i->call)
		release(i);
	else if (rc < 0)
		iam_answer_fault(i);
	else
		iam_answer(i);
}

/* <ActionResponse><ActionResult> what `run` writes </ActionResult><ResponseMetadata/>. */
static int run_and_write(struct iam *i, struct db *db)
{
	int rc;

	i->out.len = 0;		/* the writer may have to apply a change again */
	i->xml = xml_into(&i->out, XML_BARE);
	xml_open(&i->xml, arena_printf(&i->arena, "%sResponse", i->op->name), i->service->xmlns);
	if (i->op->result)
		xml_open(&i->xml, arena_printf(&i->arena, "%sResult", i->op->name), NULL);
	if ((rc = i->op->run(i, db)) < 0)
		return rc;
	if (i->op->result)
		xml_close(&i->xml);
	xml_open(&i->xml, "ResponseMetadata", NULL);
	xml_cstr(&i->xml, "RequestId", i->request_id);
	xml_close(&i->xml);
	xml_close(&i->xml);
	return 0;
}

static int on_run(struct errand *e, struct db *db)
{
	return run_and_write(container_of(e, struct iam, errand), db);
}

static void start(struct iam *i)
{
	i->busy = true;
	i->errand.run = on_run;
	i->errand.done = on_done;
	errand_start(i->m->lanes, &i->errand, i->op->kind);
}

static int verify(struct iam *i, struct str body)
{
	struct auth *a = &i->call->auth;
	struct str region = str_eq(a->region, HOME_REGION) ? HOME_REGION : str_of(i->m->settings.region);

	if (auth_verify(i->call->r, a, &i->m->credentials, region, str_of(i->service->name), body) != AUTH_OK)
		return iam_refuse_auth(i, a);
	return 0;
}

static int find_operation(struct iam *i)
{
	const struct iam_operation *op = i->service->operations;

	if (i->action.n == 0)
		return iam_refuse(i, IAM_MISSING_ACTION, NULL);
	if (!str_eq(i->version, str_of(i->service->version)))
		return iam_refuse(i, IAM_INVALID_ACTION, "Could not find operation %.*s for version %.*s", STR_ARG(i->action),
				  i->version.n ? (int)i->version.n : 9, i->version.n ? i->version.p : "NO_VERSION_SPECIFIED");
	while (op->name && !str_eq(i->action, str_of(op->name)))
		op++;
	if (!op->name || !op->run)
		return iam_refuse(i, IAM_NOT_BUILT, "The action %.*s is not implemented", STR_ARG(i->action));
	i->op = op;
	i->call->op = op->name;
	return 0;
}

/* Nobody signed it, so that the version alone tells whose words to use. */
static int refuse_unsigned(struct iam *i, struct str body)
{
	struct iam_form *form = arena_take(&i->arena, sizeof *form);
	int rc = form_read(i, body, form);

	if (rc < 0)
		return rc;
	if (str_eq(i->version, str_of(iam_service_sts.version)))
		i->service = &iam_service_sts;
	return iam_refuse(i, IAM_NO_TOKEN, NULL);
}

/* The work may outlive the request and its body: form_read copies all of it. A GET has the form in its query: signed links. */
static int read_request(struct iam *i, struct str body)
{
	bool post = str_eq(i->call->r->method, STR("POST"));
	struct iam_form *form = arena_take(&i->arena, sizeof *form);
	int rc;

	if (i->call->auth.kind == AUTH_NONE)
		return refuse_unsigned(i, body);
	if ((rc = verify(i, body)) < 0 || (rc = form_read(i, post ? body : i->call->r->query, form)) < 0 || (rc = find_operation(i)) < 0)
		return rc;
	return form_check(i, form);
}

static void on_body(struct http_request *r, int rc, struct str body)
{
	struct call *c = r->app;
	struct iam *i = c->face_state;

	if (rc == E_TOO_LARGE)
		rc = iam_refuse(i, IAM_BODY_SIZE, "The form is larger than %d bytes", IAM_BODY_MAX);
	else if (rc < 0)
		rc = iam_refuse(i, IAM_BAD_QUERY, "The form did not arrive: %s", err_text(rc));
	else
		rc = read_request(i, body);
	if (rc == 0 && i->op->check)
		rc = i->op->check(i);
	if (rc < 0)
		iam_answer_fault(i);
	else
		start(i);
}

/* 17 letters and digits, as in the ids that AWS makes. */
static void make_id(char to[IAM_ID + 1])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t raw[IAM_ID - 4];

	random_bytes(raw, sizeof raw);
	for (size_t k = 0; k < sizeof raw; k++)
		to[4 + k] = letters[raw[k] & 31];
}

static void serve_as(struct call *c, const struct iam_service *service)
{
	struct iam *i = calloc(1, sizeof *i);

	CHECK(i != NULL);
	i->m = c->m;
	i->call = c;
	i->room = c->room;
	i->service = service;
	i->now_ms = clock_wall_ms();
	i->request_id = arena_dup(&i->arena, str_of(c->id));
	i->constraints.most = CONSTRAINTS_MOST;
	make_id(i->id);
	c->face_state = i;
	c->gone = on_gone;
	room_enter(c->room);
	i->whole.max = IAM_BODY_MAX;
	i->whole.per_byte = ROOM_PER_BYTE;
	i->whole.besides = IAM_PAGE_BYTES;
	i->whole.done = on_body;
	whole_take(&i->whole, c);
}

static void serve_iam(struct call *c)
{
	serve_as(c, &iam_service_iam);
}

/* Of a service of the query protocol, and which one stands in the body: S3 takes no form of this type. */
static bool is_unsigned_form(const struct call *c)
{
	return c->auth.kind == AUTH_NONE && str_eq(c->r->method, STR("POST")) && str_eq(c->r->path, STR("/")) &&
	       str_starts(http_field(c->r, "content-type"), STR("application/x-www-form-urlencoded")) &&
	       !str_is_set(http_field(c->r, "x-amz-target"));
}

static bool wants_iam(const struct call *c)
{
	return str_eq(c->auth.service, STR("iam")) || is_unsigned_form(c);
}

static void serve_sts(struct call *c)
{
	serve_as(c, &iam_service_sts);
}

static bool wants_sts(const struct call *c)
{
	return str_eq(c->auth.service, STR("sts"));
}

const struct face face_iam = { "iam", wants_iam, serve_iam, iam_answer_refusal };
const struct face face_sts = { "sts", wants_sts, serve_sts, iam_answer_refusal };
