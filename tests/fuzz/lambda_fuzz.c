/* lambda_fuzz.c - a request to the Lambda API, "METHOD PATH?QUERY" and a body after the line: its operation is found, its constraints and names
 * are checked. A function that may be created must have a document that reads back, and the same content twice in a row. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json_check.h"
#include "web/lambda/code.h"
#include "web/lambda/configuration.h"
#include "web/lambda/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const struct json_value *document_of(struct lambda *l, const struct json_value *before)
{
	static const struct code code = { .sha256 = "x", .size = 1 };
	struct configuration c = { .name = l->target.name, .before = before, .code = before ? NULL : &code };
	struct json_value *v;
	struct buf text = { 0 };

	CHECK(configuration_write(l, NULL, &c, &text) == 0);
	CHECK(json_parse(&l->arena, arena_str(&l->arena, str_n(text.data, text.len)), &v) == 0);
	buf_clear(&text);
	return v;
}

/* What is written of what was written changes nothing but time and revision. */
static void create(struct lambda *l)
{
	static const char *const names[] = { "Environment", "LoggingConfig", "VpcConfig", "Network", "Timeout", "SnapStart" };
	const struct json_value *layers = json_get(l->body, "Layers"), *once, *twice;

	if (layers && layers->count > 0)
		return;		/* those are looked up */
	once = document_of(l, NULL);
	l->body = NULL;
	twice = document_of(l, once);
	CHECK(once->count == twice->count);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct buf a = { 0 }, b = { 0 };
		struct json ja = json_into(&a), jb = json_into(&b);
		const struct json_value *va = json_get(once, names[i]), *vb = json_get(twice, names[i]);

		CHECK((va == NULL) == (vb == NULL));
		if (va) {
			json_value(&ja, NULL, va);
			json_value(&jb, NULL, vb);
			CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
		}
		buf_clear(&a);
		buf_clear(&b);
	}
}

static void ask(struct lambda *l, struct str method, struct str path, struct str body)
{
	struct json_value *v;
	int rc = 0;

	if (lambda_find(l, method, path) < 0 || !l->op)
		return;
	if (body.n > 0 && json_parse_lent(&l->arena, body, LAMBDA_VALUES_MAX, &v) == 0 && v->kind == JSON_OBJECT)
		l->body = v;
	if (l->op->check)
		rc = l->op->check(l);
	if (rc == 0)
		rc = lambda_target(l);
	if (rc == 0)
		rc = constrain_end(l);
	CHECK((rc < 0) == (l->message != NULL));
	if (rc == 0 && strstr(l->op->path, "{FunctionName}"))
		CHECK(l->target.name.n > 0);
	if (rc == 0 && str_eq(str_of(l->op->name), STR("CreateFunction")))
		create(l);
}

static void check_payload(struct str body)
{
	struct arena a = { 0 };
	struct json_fault f = { 0 };
	struct json_value *v;
	struct lambda l = { 0 };
	int rc = json_check(body, &f);

	CHECK(rc == 0 || f.at <= body.n);
	if (rc < 0)
		CHECK(payload_check(&l, body) < 0 && l.message);
	if (json_parse(&a, body, &v) == 0)
		CHECK(rc == 0);		/* the other way round not: names may repeat, surrogates be alone */
	arena_clear(&a);
	arena_clear(&l.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct minilab m = { .settings = { .region = "us-east-1", .account = "000000000000" } };
	char *own = malloc(n + 1);
	struct str rest = str_n(memcpy(own, p, n), n), method, path, query;
	struct lambda l = { .m = &m, .origin = "http://h" };

	query = n > 0 && str_next(&rest, '\n', &path) ? path : (struct str){ 0 };
	if (str_is_set(query) && str_is_set(rest)) {
		check_payload(rest);
		str_next(&query, ' ', &method);
		str_next(&query, '?', &path);
		if (params_parse(&l.arena, query, true, &l.params) == 0)
			ask(&l, method, path, rest);
	}
	buf_clear(&l.out);
	constraints_clear(&l.constraints);
	arena_clear(&l.arena);
	free(own);
	return 0;
}
