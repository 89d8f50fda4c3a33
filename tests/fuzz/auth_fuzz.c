/* auth_fuzz.c - a request's claims about who sent it. First line: path and query; the others: header fields. Nothing that was not
 * signed with the secret may pass. */
#include <string.h>

#include "base/check.h"
#include "web/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void fill(struct http_request *r, struct str text)
{
	struct str line = { 0 }, target = { 0 };

	str_next(&text, '\n', &target);
	r->target = r->path = target;
	r->query = (struct str){ 0 };
	if (target.n > 0 && memchr(target.p, '?', target.n)) {
		r->query = target;
		str_next(&r->query, '?', &r->path);
	}
	while (r->field_count < HTTP_HEADERS_MAX && str_next(&text, '\n', &line)) {
		struct str name = { 0 };

		str_next(&line, ':', &name);
		r->fields[r->field_count++] = (struct http_field){ .name = name,
			.value = str_is_set(line) ? str_trim(line) : STR("") };
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const services[] = { "s3", "dynamodb" };
	struct credentials c = { .access_key = "AKIAIOSFODNN7EXAMPLE" };

	memset(c.secret_key, 'S', SECRET_KEY_LENGTH);
	for (int i = 0; i < 2; i++) {
		struct http_request r = { .method = STR("GET"), .content_length = -1 };
		struct auth a = { 0 };
		enum auth_problem problem;

		fill(&r, str_n(p, n));
		auth_parse(&r, &a);
		problem = auth_verify(&r, &a, &c, STR("us-east-1"), str_of(services[i]), i ? STR("{}") : (struct str){ 0 });
		CHECK(problem != AUTH_OK);
		arena_clear(&r.arena);
	}
	return 0;
}
