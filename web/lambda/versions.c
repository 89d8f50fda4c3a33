/* versions.c - PublishVersion and ListVersionsByFunction. */
#include "base/err.h"
#include "web/lambda/function.h"
#include "web/lambda/items.h"
#include "web/lambda/version.h"

static const struct member publish_members[] = {
	{ .name = "CodeSha256", .kind = MEMBER_TEXT },
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 256 },
	{ .name = "RevisionId", .kind = MEMBER_TEXT },
	{ 0 },
};

static int check_publish(struct lambda *l)
{
	constrain_members(l, l->body, "", publish_members);
	return 0;
}

static int check_code(struct lambda *l, const struct json_value *latest)
{
	struct str wanted = json_text(l->body, "CodeSha256"), is = json_text(latest, "CodeSha256");

	if (wanted.n == 0 || str_eq(wanted, is))
		return 0;
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "CodeSHA256 (%.*s) is different from current CodeSHA256 in $LATEST (%.*s). Please try again "
			     "with the CodeSHA256 in $LATEST.", STR_ARG(wanted), STR_ARG(is));
}

static int publish(struct lambda *l, struct db *db)
{
	const struct json_value *latest;
	struct function_row row;
	struct version v;
	struct str version;
	struct json j = json_into(&l->out);
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_no_function(l, (struct str){ 0 });
	if (rc == 0)
		rc = lambda_document(l, db, &row, (struct str){ 0 }, &version, &latest);
	if (rc == 0)
		rc = function_revision(l, latest);
	if (rc == 0)
		rc = check_code(l, latest);
	if (rc == 0)
		rc = version_publish(l, db, &row, json_text(l->body, "Description"), &v);
	if (rc < 0)
		return rc;
	l->changed = row.id;
	json_open(&j, NULL, '{');
	lambda_write_configuration(l, &j, v.document, row.name, v.number, v.number, LAMBDA_PUBLISHED);
	json_close(&j);
	return 0;
}

struct listing {			/* in l->state */
	struct lambda *l;
	struct items page;
	struct str name;
	struct json j;
};

static int check_list(struct lambda *l)
{
	struct listing *li = arena_take(&l->arena, sizeof *li);

	li->l = l;
	items_read(l, &li->page);
	l->state = li;
	return 0;
}

static int show(struct listing *li, struct str marker, struct str version, struct str document)
{
	struct lambda *l = li->l;
	struct json_value *v;

	if (!items_add(l, &li->page, marker))
		return 1;
	if (json_parse(&l->arena, document, &v) < 0)
		return E_CORRUPT;
	json_open(&li->j, NULL, '{');
	lambda_write_configuration(l, &li->j, v, li->name, version, version, LAMBDA_LISTED);
	json_close(&li->j);
	return 0;
}

static int show_version(void *owner, const struct record *r)
{
	struct listing *li = owner;
	struct str number = r->name;

	while (number.n > 1 && *number.p == '0')
		number = str_n(number.p + 1, number.n - 1);
	return show(li, r->name, number, r->body);
}

static int list(struct lambda *l, struct db *db)
{
	struct listing *li = l->state;
	struct function_row row;
	struct str after = li->page.marker;
	int rc = function_get(db, l->target.name, &l->arena, &row);

	if (rc == E_NOT_FOUND)
		return lambda_no_function(l, (struct str){ 0 });
	if (rc < 0)
		return rc;
	li->name = row.name;
	li->j = json_into(&l->out);
	json_open(&li->j, NULL, '{');
	json_open(&li->j, "Versions", '[');
	if (!str_is_set(after))
		rc = show(li, STR("$LATEST"), STR("$LATEST"), row.config);
	else if (str_eq(after, STR("$LATEST")))
		after = (struct str){ 0 };
	if (rc == 0)
		rc = record_list(db, RECORD_VERSION, row.id, after, li->page.max + 1, show_version, li);
	json_close(&li->j);
	items_end(&li->page, &li->j);
	json_close(&li->j);
	return rc < 0 ? rc : 0;
}

#define PATH "/2015-03-31/functions/{FunctionName}/versions"

const struct lambda_operation lambda_versions[] = {
	{ "PublishVersion", "POST", PATH, 201, LAMBDA_WRITES, 0, check_publish, publish, NULL, NULL },
	{ "ListVersionsByFunction", "GET", PATH, 200, LAMBDA_READS, 0, check_list, list, NULL, NULL },
	{ 0 },
};
