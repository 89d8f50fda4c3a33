/* A request to the Lambda API as its checks see it: settings, a path, a query, a body; no connection and no store. */
#ifndef TESTS_LAMBDA_RIG_H
#define TESTS_LAMBDA_RIG_H

#include "tests/lib/t.h"
#include "web/lambda/constraint.h"

struct rig {
	struct minilab m;
	struct lambda l;
};

static void rig_clear(struct rig *r)
{
	arena_clear(&r->l.arena);
	constraints_clear(&r->l.constraints);
	buf_clear(&r->l.out);
	memset(r, 0, sizeof *r);
}

/* `body` NULL: none. Tells whether there is an operation. */
static bool rig_ask(struct rig *r, const char *method, const char *path, const char *query, const char *body)
{
	struct json_value *v;

	rig_clear(r);
	r->m.settings.region = "us-east-1";
	r->m.settings.account = "000000000000";
	r->m.settings.concurrency_max = 1000;
	r->l.m = &r->m;
	assert_int_equal(params_parse(&r->l.arena, str_of(query), true, &r->l.params), 0);
	assert_int_equal(lambda_find(&r->l, str_of(method), str_of(path)), 0);
	if (body) {
		assert_int_equal(json_parse(&r->l.arena, str_of(body), &v), 0);
		r->l.body = v;
	}
	return r->l.op != NULL;
}

static inline const char *rig_said(const struct rig *r)
{
	return r->l.message ? r->l.message : "";
}

#endif
