/* Which pages of other origins may use a bucket: the rules as XML, in S3's words where they are none, and the answers to preflights. What
 * rules mean is web/cors.h's. */
#include "web/cors.h"

#include "base/err.h"
#include "base/xml.h"
#include "storage/bucket.h"
#include "web/s3/body.h"
#include "web/s3/document.h"

#define CORS_BYTES_MAX (64 << 10)	/* of the document, as AWS has it */
#define CORS_RULES_MAX 100
#define CORS_ID_MAX 255

/* -- the document -- */

static int malformed(struct s3 *s)
{
	return s3_refuse(s, S3_MALFORMED_XML, NULL, NULL);
}

static int check_method(struct s3 *s, struct str v)
{
	static const char *const methods[] = { "GET", "PUT", "POST", "DELETE", "HEAD" };

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (str_eq(v, str_of(methods[i])))
			return 0;
	return s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "Found unsupported HTTP method in CORS config. Unsupported "
			 "method is %.*s", STR_ARG(v)), NULL);
}

static int stars(struct str v)
{
	int n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] == '*';
	return n;
}

static int check_origin(struct s3 *s, struct str v)
{
	return stars(v) <= 1 ? 0 : s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena,
			"AllowedOrigin \"%.*s\" can not have more than one wildcard.", STR_ARG(v)), NULL);
}

static int check_header(struct s3 *s, struct str v)
{
	return stars(v) <= 1 ? 0 : s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena,
			"AllowedHeader \"%.*s\" can not have more than one wildcard.", STR_ARG(v)), NULL);
}

static int check_exposed(struct s3 *s, struct str v)
{
	return stars(v) == 0 ? 0 : s3_refuse(s, S3_INVALID_REQUEST, arena_printf(&s->arena, "ExposeHeader \"%.*s\" contains wildcard. "
			"We currently do not support wildcard for ExposeHeader.", STR_ARG(v)), NULL);
}

static const struct {
	const char *element, *member;
	bool needed;
	int (*check)(struct s3 *s, struct str v);
} lists[] = {
	{ "AllowedOrigin", "AllowedOrigins", true, check_origin },
	{ "AllowedMethod", "AllowedMethods", true, check_method },
	{ "AllowedHeader", "AllowedHeaders", false, check_header },
	{ "ExposeHeader", "ExposeHeaders", false, check_exposed },
};

#define LISTS (sizeof lists / sizeof lists[0])

static int read_list(struct s3 *s, struct json *j, const struct xml_node *rule, size_t which)
{
	const struct xml_node *n = xml_child(rule, lists[which].element);
	int rc = 0;

	if (!n)
		return lists[which].needed ? malformed(s) : 0;
	json_open(j, lists[which].member, '[');
	for (; n && rc == 0; n = xml_again(n)) {
		struct str v = str_trim(n->text);

		rc = v.n > 0 ? lists[which].check(s, v) : malformed(s);
		json_str(j, NULL, v);
	}
	json_close(j);
	return rc;
}

/* A misspelt element must not be left out of what a rule asks for. */
static int check_elements(struct s3 *s, const struct xml_node *rule)
{
	for (const struct xml_node *n = rule->first; n; n = n->next) {
		bool known = str_eq(n->name, STR("ID")) || str_eq(n->name, STR("MaxAgeSeconds"));

		for (size_t i = 0; i < LISTS; i++)
			known = known || str_eq(n->name, str_of(lists[i].element));
		if (!known)
			return malformed(s);
	}
	return 0;
}

static int read_rule(struct s3 *s, struct json *j, const struct xml_node *rule)
{
	const struct xml_node *age = xml_child(rule, "MaxAgeSeconds");
	struct str id = xml_child_text(rule, "ID");
	int64_t seconds;
	int rc = id.n <= CORS_ID_MAX ? check_elements(s, rule) : malformed(s);

	json_open(j, NULL, '{');
	if (str_is_set(id))
		json_str(j, "Id", id);
	for (size_t i = 0; i < LISTS && rc == 0; i++)
		rc = read_list(s, j, rule, i);
	if (rc == 0 && age && (rc = str_to_int(str_trim(age->text), 0, INT32_MAX, &seconds)) < 0)
		malformed(s);
	else if (rc == 0 && age)
		json_int(j, "MaxAgeSeconds", seconds);
	json_close(j);
	return rc;
}

static int read_rules(struct s3 *s, struct json *j, const struct xml_node *root)
{
	int count = 0, rc = 0;

	for (const struct xml_node *n = root->first; n && rc == 0; n = n->next) {
		if (!str_eq(n->name, STR("CORSRule")) || ++count > CORS_RULES_MAX)
			return malformed(s);
		rc = read_rule(s, j, n);
	}
	return rc < 0 || count > 0 ? rc : malformed(s);
}

static int read_document(struct s3 *s, struct str text, struct buf *to)
{
	struct json j = json_into(to);
	struct xml_node *root;
	int rc;

	if (text.n > CORS_BYTES_MAX)
		return s3_refuse(s, S3_MAX_MESSAGE, NULL, S3_WITH({ "MaxMessageLengthBytes", STR("65536") }));
	if (xml_parse(&s->arena, text, &root) < 0 || !str_eq(root->name, STR("CORSConfiguration")))
		return malformed(s);
	json_open(&j, NULL, '{');
	json_open(&j, "Rules", '[');
	rc = read_rules(s, &j, root);
	json_close(&j);
	json_close(&j);
	return rc;
}

void cors_put(struct s3 *s)
{
	struct buf b = { 0 };

	if (read_document(s, body_text(s->body), &b) < 0)
		s3_answer_fault(s);
	else
		document_put(s, RECORD_BUCKET_CORS, arena_str(&s->arena, str_n(b.data, b.len)), 200);
	buf_clear(&b);
}

static void write_rule(struct xml *x, const struct json_value *rule)
{
	int64_t age = json_number(rule, "MaxAgeSeconds", -1);
	struct str id = json_text(rule, "Id");

	xml_open(x, "CORSRule", NULL);
	if (str_is_set(id))
		xml_text(x, "ID", id);
	for (size_t i = 0; i < LISTS; i++) {
		const struct json_value *list = json_get(rule, lists[i].member);

		for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
			xml_text(x, lists[i].element, v->text);
	}
	if (age >= 0)
		xml_int(x, "MaxAgeSeconds", age);
	xml_close(x);
}

static void on_document(struct s3 *s, const struct json_value *v)
{
	document_answer_rules(s, v, "CORSConfiguration", write_rule, S3_NO_CORS);
}

void cors_get(struct s3 *s)
{
	document_get(s, RECORD_BUCKET_CORS, on_document);
}

void cors_remove(struct s3 *s)
{
	document_delete(s, RECORD_BUCKET_CORS);
}

/* -- preflights -- */

static int forbid(struct s3 *s, const char *message)
{
	struct str method = http_field(s->call->r, "access-control-request-method");

	return s3_refuse(s, S3_ACCESS_FORBIDDEN, message, S3_WITH({ "Method", s3_copy(s, method) },
			 { "ResourceType", s->key.n ? STR("OBJECT") : s->bucket.n ? STR("BUCKET") : STR("SERVICE") }));
}

static int look(struct s3 *s, struct db *db)
{
	int64_t id;

	return bucket_find(db, s->bucket, &id, NULL);
}

static void on_looked(struct s3 *s, int rc)
{
	if (rc < 0 && rc != E_NOT_FOUND)
		s3_refuse_rc(s, rc);
	else
		forbid(s, rc == E_NOT_FOUND ? "CORSResponse: Bucket not found" : NULL);
	s3_answer_fault(s);
}

static int check_asked(struct s3 *s)
{
	struct str method = http_field(s->call->r, "access-control-request-method");

	if (!str_is_set(http_field(s->call->r, "origin")))
		return s3_refuse(s, S3_BAD_REQUEST, NULL, NULL);
	if (!str_is_set(method) || check_method(s, method) < 0)
		return s3_refuse(s, S3_BAD_REQUEST, arena_printf(&s->arena, "Invalid Access-Control-Request-Method: %.*s",
				 STR_ARG(str_is_set(method) ? method : STR("null"))), NULL);
	return 0;
}

void cors_ask(struct s3 *s)
{
	s->call->op = "OptionsObject";
	if (check_asked(s) < 0) {
		s3_answer_fault(s);
		return;
	}
	switch (cors_preflight(s->call, s->bucket)) {
	case CORS_ALLOWED:
		s3_answer_empty(s, 200);
		return;
	case CORS_NOT_ENABLED:
		s3_run(s, look, on_looked);
		return;
	case CORS_NOT_ALLOWED:
		forbid(s, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
		       "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.");
		break;
	case CORS_NO_BUCKET:
	case CORS_NO_ORIGIN:
		forbid(s, NULL);
		break;
	}
	s3_answer_fault(s);
}
