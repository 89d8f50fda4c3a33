/* url.c - URLs of functions and of aliases: what they are. Answering at them is web/url/. facts/05 section 9. */
#include "web/url/url.h"

#include "base/clock.h"
#include "base/err.h"
#include "web/lambda/config.h"
#include "web/lambda/items.h"

#define NO_FUNCTION "Function does not exist"
#define HEADERS_MAX 100
#define METHODS_MAX 6
#define MAX_AGE_MAX_S 86400
#define HEADER_TEXT_MAX 1024
#define ORIGIN_TEXT_MAX 253

static const struct member cors_members[] = {
	{ "AllowCredentials", MEMBER_BOOL, false, 0, 0, NULL, NULL, NULL, NULL },
	{ "AllowHeaders", MEMBER_TEXTS, false, 0, HEADERS_MAX, NULL, NULL, NULL, NULL },
	{ "AllowMethods", MEMBER_TEXTS, false, 0, METHODS_MAX, NULL, "[GET, PUT, HEAD, POST, PATCH, DELETE, *]", NULL, NULL },
	{ "AllowOrigins", MEMBER_TEXTS, false, 0, HEADERS_MAX, NULL, NULL, NULL, NULL },
	{ "ExposeHeaders", MEMBER_TEXTS, false, 0, HEADERS_MAX, NULL, NULL, NULL, NULL },
	{ "MaxAge", MEMBER_INT, false, 0, MAX_AGE_MAX_S, NULL, NULL, NULL, NULL },
	{ 0 },
};

static const struct member create_members[] = {
	{ "AuthType", MEMBER_TEXT, true, 0, 0, NULL, "[NONE, AWS_IAM]", NULL, NULL },
	{ "InvokeMode", MEMBER_TEXT, false, 0, 0, NULL, "[BUFFERED, RESPONSE_STREAM]", NULL, NULL },
	{ "Cors", MEMBER_OBJECT, false, 0, 0, NULL, NULL, NULL, cors_members },
	{ 0 },
};

static const struct member update_members[] = {
	{ "AuthType", MEMBER_TEXT, false, 0, 0, NULL, "[NONE, AWS_IAM]", NULL, NULL },
	{ "InvokeMode", MEMBER_TEXT, false, 0, 0, NULL, "[BUFFERED, RESPONSE_STREAM]", NULL, NULL },
	{ "Cors", MEMBER_OBJECT, false, 0, 0, NULL, NULL, NULL, cors_members },
	{ 0 },
};

struct url {				/* as it is kept; strings in the request's arena */
	struct str id, auth, mode, created, modified;
	const struct json_value *cors;	/* NULL: none */
};

static struct str alias_of(const struct lambda *l)
{
	return str_is_set(l->target.qualifier) ? l->target.qualifier : STR("");
}

static int check_target(struct lambda *l)
{
	struct str asked = params_get(&l->params, "Qualifier");

	if (str_is_set(asked))
		constrain_text(l, "qualifier", asked, 1, QUALIFIER_MAX, &shape_url_alias);
	return lambda_target(l);
}

static int check_texts(struct lambda *l, const struct json_value *cors, const char *member, size_t max)
{
	const struct json_value *list = json_get(cors, member);

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (v->text.n == 0 || v->text.n > max)
			return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Texts of %s have 1 to %zu characters.", member, max);
	return 0;
}

static int check_cors(struct lambda *l)
{
	const struct json_value *cors = json_get(l->body, "Cors");
	int rc;

	if ((rc = check_texts(l, cors, "AllowHeaders", HEADER_TEXT_MAX)) < 0 || (rc = check_texts(l, cors, "ExposeHeaders", HEADER_TEXT_MAX)) < 0)
		return rc;
	return check_texts(l, cors, "AllowOrigins", ORIGIN_TEXT_MAX);
}

static int create_check(struct lambda *l)
{
	int rc;

	constrain_members(l, l->body, "", create_members);
	rc = check_target(l);
	return rc < 0 ? rc : check_cors(l);
}

static int update_check(struct lambda *l)
{
	int rc;

	constrain_members(l, l->body, "", update_members);
	rc = check_target(l);
	return rc < 0 ? rc : check_cors(l);
}

static struct str make_id(struct lambda *l)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char *to = arena_take(&l->arena, URL_ID_LEN + 1);
	uint8_t raw[URL_ID_LEN];

	random_bytes(raw, sizeof raw);
	for (int i = 0; i < URL_ID_LEN; i++)
		to[i] = letters[raw[i] & 31];
	return str_n(to, URL_ID_LEN);
}

/* With nine digits of a second, as AWS has them here. */
static struct str now_text(struct lambda *l)
{
	char iso[CLOCK_TEXT_MAX];

	clock_iso_ms(iso, clock_wall_ms());
	return str_of(arena_printf(&l->arena, "%.23s000000Z", iso));
}

static int read_url(struct lambda *l, struct str body, struct url *u)
{
	struct json_value *v;

	if (json_parse(&l->arena, body, &v) < 0)
		return E_CORRUPT;
	*u = (struct url){ json_text(v, "Id"), json_text(v, "AuthType"), json_text(v, "InvokeMode"), json_text(v, "CreationTime"),
		json_text(v, "LastModifiedTime"), json_get(v, "Cors") };
	return 0;
}

static void write_settings(struct json *j, const struct url *u, bool mode)
{
	json_str(j, "AuthType", u->auth);
	if (u->cors)
		json_value(j, "Cors", u->cors);
	json_str(j, "CreationTime", u->created);
	if (mode)
		json_str(j, "InvokeMode", u->mode);
}

static int keep(struct lambda *l, struct db *db, int64_t function, const struct url *u)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	json_str(&j, "Id", u->id);
	write_settings(&j, u, true);
	json_str(&j, "LastModifiedTime", u->modified);
	json_close(&j);
	rc = record_put(db, RECORD_URL, function, alias_of(l), str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

static int keep_id(struct lambda *l, struct db *db, int64_t function, const struct url *u)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	json_open(&j, NULL, '{');
	json_int(&j, "Function", function);
	json_str(&j, "Alias", alias_of(l));
	json_close(&j);
	rc = record_put(db, RECORD_URL_ID, 0, u->id, str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

/* `full`: as everybody but Create shows it. */
static void show(struct lambda *l, struct json *j, struct str alias, const struct url *u, bool full)
{
	char text[URL_TEXT_MAX];

	url_text(l->m, u->id, text);
	json_open(j, NULL, '{');
	json_cstr(j, "FunctionUrl", text);
	json_cstr(j, "FunctionArn", lambda_arn(l, l->target.name, alias.n ? alias : (struct str){ 0 }));
	write_settings(j, u, full || str_is_set(config_text(l, "InvokeMode")));
	if (full)
		json_str(j, "LastModifiedTime", u->modified);
	json_close(j);
}

/* The function, and its alias when one is named. */
static int find_target(struct lambda *l, struct db *db, struct function_row *row)
{
	struct str alias = alias_of(l), body;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == 0 && alias.n)
		rc = record_get(db, RECORD_ALIAS, row->id, alias, &l->arena, &body);
	return rc == E_NOT_FOUND ? lambda_refuse(l, LAMBDA_NOT_FOUND, NO_FUNCTION) : rc;
}

/* An empty one is none. */
static const struct json_value *asked_cors(const struct lambda *l)
{
	const struct json_value *cors = json_get(l->body, "Cors");

	return cors && cors->count > 0 ? cors : NULL;
}

static int create_run(struct lambda *l, struct db *db)
{
	struct str mode = config_text(l, "InvokeMode"), body, now = now_text(l);
	struct url u = { make_id(l), config_text(l, "AuthType"), str_is_set(mode) ? mode : STR("BUFFERED"), now, now, asked_cors(l) };
	struct json j = json_into(&l->out);
	struct function_row row;
	int rc = find_target(l, db, &row);

	if (rc < 0)
		return rc;
	rc = record_get(db, RECORD_URL, row.id, alias_of(l), &l->arena, &body);
	if (rc == 0)
		return lambda_refuse(l, LAMBDA_CONFLICT, "Failed to create function url config for [functionArn = %s]. Error message:  "
				     "FunctionUrlConfig exists for this Lambda function", lambda_arn(l, l->target.name, l->target.qualifier));
	if (rc != E_NOT_FOUND || (rc = keep(l, db, row.id, &u)) < 0 || (rc = keep_id(l, db, row.id, &u)) < 0)
		return rc;
	show(l, &j, alias_of(l), &u, false);
	return 0;
}

/* E_NOT_FOUND: no function, or no URL. */
static int find(struct lambda *l, struct db *db, struct function_row *row, struct url *u)
{
	struct str body;
	int rc = function_get(db, l->target.name, &l->arena, row);

	if (rc == 0)
		rc = record_get(db, RECORD_URL, row->id, alias_of(l), &l->arena, &body);
	return rc < 0 ? rc : read_url(l, body, u);
}

static int get_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct function_row row;
	struct url u;
	int rc = find(l, db, &row, &u);

	if (rc == 0)
		show(l, &j, alias_of(l), &u, true);
	return rc;
}

static int update_run(struct lambda *l, struct db *db)
{
	struct str auth = config_text(l, "AuthType"), mode = config_text(l, "InvokeMode");
	struct json j = json_into(&l->out);
	struct function_row row;
	struct url u;
	int rc;

	if ((rc = find_target(l, db, &row)) < 0 || (rc = find(l, db, &row, &u)) < 0)
		return rc;
	u.auth = str_is_set(auth) ? auth : u.auth;
	u.mode = str_is_set(mode) ? mode : u.mode;
	if (json_get(l->body, "Cors"))
		u.cors = asked_cors(l);
	u.modified = now_text(l);
	if ((rc = keep(l, db, row.id, &u)) < 0)
		return rc;
	show(l, &j, alias_of(l), &u, true);
	return 0;
}

static int delete_run(struct lambda *l, struct db *db)
{
	struct function_row row;
	struct url u;
	int rc;

	if ((rc = find(l, db, &row, &u)) < 0 || (rc = record_delete(db, RECORD_URL, row.id, alias_of(l))) < 0)
		return rc;
	rc = record_delete(db, RECORD_URL_ID, 0, u.id);
	return rc == E_NOT_FOUND ? 0 : rc;
}

struct listing {
	struct lambda *l;
	struct json *j;
	struct items items;
};

/* Markers are aliases behind a colon, since that of the function itself is empty. */
static int list_one(void *owner, const struct record *r)
{
	struct listing *k = owner;
	struct url u;
	int rc;

	if (!items_add(k->l, &k->items, str_of(arena_printf(&k->l->arena, ":%.*s", STR_ARG(r->name)))))
		return 1;
	if ((rc = read_url(k->l, r->body, &u)) < 0)
		return rc;
	show(k->l, k->j, str_n(k->items.last.p + 1, k->items.last.n - 1), &u, true);
	return 0;
}

static int list_run(struct lambda *l, struct db *db)
{
	struct json j = json_into(&l->out);
	struct listing k = { .l = l, .j = &j };
	struct str after = { 0 };
	struct function_row row;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_NOT_FOUND, NO_FUNCTION);
	if (rc < 0)
		return rc;
	items_read(l, &k.items);
	if (str_starts(k.items.marker, STR(":")))
		after = str_n(k.items.marker.p + 1, k.items.marker.n - 1);
	json_open(&j, NULL, '{');
	json_open(&j, "FunctionUrlConfigs", '[');
	rc = record_list(db, RECORD_URL, row.id, after, k.items.max + 1, list_one, &k);
	json_close(&j);
	items_end(&k.items, &j);
	json_close(&j);
	return rc < 0 ? rc : 0;
}

#define URL "/2021-10-31/functions/{FunctionName}/url"

const struct lambda_operation lambda_urls[] = {
	{ "CreateFunctionUrlConfig", "POST", URL, 201, LAMBDA_WRITES, 0, create_check, create_run, NULL, NULL },
	{ "GetFunctionUrlConfig", "GET", URL, 200, LAMBDA_READS, 0, check_target, get_run, NULL, NULL },
	{ "UpdateFunctionUrlConfig", "PUT", URL, 200, LAMBDA_WRITES, 0, update_check, update_run, NULL, NULL },
	{ "DeleteFunctionUrlConfig", "DELETE", URL, 204, LAMBDA_FREES, 0, check_target, delete_run, NULL, NULL },
	{ "ListFunctionUrlConfigs", "GET", URL "s", 200, LAMBDA_READS, 0, items_check, list_run, NULL, NULL },
	{ 0 },
};
