/* lookup.c - the URL of that id, its function, and its policy. */
#include "base/err.h"
#include "storage/function.h"
#include "storage/record.h"
#include "web/grant.h"
#include "web/url/request.h"

static int read_record(struct url_request *q, struct db *db, enum record_kind kind, int64_t owner, struct str name, struct json_value **v)
{
	struct str body;
	int rc = record_get(db, kind, owner, name, &q->arena, &body);

	return rc < 0 ? rc : json_parse(&q->arena, body, v);
}

/* A statement about the URL is enough. AWS wants a second one, about the function, for URLs made since October 2025; here those that were made
 * before and those made after are alike. */
static int read_policy(struct url_request *q, struct db *db, int64_t function, struct str alias)
{
	const struct grant anybody = { .action = STR("lambda:InvokeFunctionUrl"), .url_auth = STR("NONE"), .via_url = true };
	struct json_value *policy;
	int rc = read_record(q, db, RECORD_POLICY, function, alias, &policy);

	q->granted = rc == 0 && grant_fits(policy, &anybody);
	return rc == E_NOT_FOUND ? 0 : rc;
}

struct str url_id_of(struct str host)
{
	struct str id;

	if (!str_next(&host, '.', &id) || id.n == 0 || !str_is_set(host) || !str_starts(host, STR("lambda-url.")))
		return (struct str){ 0 };
	return id;
}

int url_look_up(struct url_request *q, struct db *db)
{
	struct function_row row;
	struct json_value *id, *url;
	struct str alias;
	int64_t function;
	int rc;

	if ((rc = read_record(q, db, RECORD_URL_ID, 0, q->url_id, &id)) < 0)
		goto out;
	function = json_number(id, "Function", 0);
	alias = json_text(id, "Alias");
	if ((rc = function_get_id(db, function, &q->arena, &row)) < 0 || (rc = read_record(q, db, RECORD_URL, function, alias, &url)) < 0 ||
	    (rc = read_policy(q, db, function, alias)) < 0)
		goto out;
	q->found = true;
	q->function = row.name;
	q->alias = alias.n > 0 ? alias : (struct str){ 0 };
	q->iam = str_eq(json_text(url, "AuthType"), STR("AWS_IAM"));
	q->streams = str_eq(json_text(url, "InvokeMode"), STR("RESPONSE_STREAM"));
	q->cors = json_get(url, "Cors");
	if (q->cors && q->cors->kind != JSON_OBJECT)
		q->cors = NULL;
out:
	return rc == E_NOT_FOUND ? 0 : rc;
}
