/* layers.c - layer versions published, looked at and deleted. */
#include "base/clock.h"
#include "base/err.h"
#include "web/lambda/code.h"
#include "web/lambda/layer.h"
#include "web/lambda/runtimes.h"

#define ARCHITECTURES "[x86_64, arm64]"

static const struct member content[] = {
	{ .name = "ZipFile", .kind = MEMBER_TEXT },
	{ .name = "S3Bucket", .kind = MEMBER_TEXT, .min = 3, .max = 63 },
	{ .name = "S3Key", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ .name = "S3ObjectVersion", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ 0 },
};

static const struct member publish_members[] = {
	{ .name = "CompatibleRuntimes", .kind = MEMBER_TEXTS, .max = 15, .values = runtime_values },
	{ .name = "CompatibleArchitectures", .kind = MEMBER_TEXTS, .max = 2, .values = ARCHITECTURES,
	  .each = "Member must satisfy enum value set: " ARCHITECTURES ", Member must not be null" },
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 256 },
	{ .name = "LicenseInfo", .kind = MEMBER_TEXT, .max = 512 },
	{ .name = "Content", .kind = MEMBER_OBJECT, .required = true, .inner = content },
	{ 0 },
};

struct publishing {			/* in l->state; the code first, as code_serve has it */
	struct code code;
	struct layer_ref layer;
};

static void copy(struct json *j, const struct json_value *from, const char *name)
{
	const struct json_value *v = json_get(from, name);

	if (v && v->kind != JSON_NULL)
		json_value(j, name, v);
}

static struct str document_text(struct lambda *l, const struct code *c)
{
	char at[CLOCK_TEXT_MAX];
	struct str description = json_text(l->body, "Description"), s;
	struct buf b = { 0 };
	struct json j = json_into(&b);

	clock_iso_ms(at, clock_wall_ms());
	json_open(&j, NULL, '{');
	json_cstr(&j, "Package", c->id);
	json_int(&j, "CodeSize", c->size);
	json_cstr(&j, "CodeSha256", c->sha256);
	json_cstr(&j, "CreatedDate", arena_printf(&l->arena, "%.23s+0000", at));
	json_str(&j, "Description", str_is_set(description) ? description : STR(""));
	copy(&j, l->body, "CompatibleRuntimes");
	copy(&j, l->body, "CompatibleArchitectures");
	copy(&j, l->body, "LicenseInfo");
	json_close(&j);
	s = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

static int answer(struct lambda *l, struct str name, int64_t version, const struct json_value *document)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_open(&j, "Content", '{');
	json_cstr(&j, "Location", code_link(l, json_text(document, "Package")));
	copy(&j, document, "CodeSha256");
	copy(&j, document, "CodeSize");
	json_close(&j);
	json_cstr(&j, "LayerArn", layer_arn(l, name, 0));
	layer_write(l, &j, name, version, document);
	json_close(&j);
	return 0;
}

/* Lists walk through all versions, and the same bytes published again take no storage of code. */
static int check_room(struct lambda *l, struct db *db)
{
	int64_t n;
	int rc = record_count(db, RECORD_LAYER_VERSION, 0, &n);

	if (rc < 0 || n < LAYER_VERSIONS_MAX)
		return rc;
	return lambda_refuse(l, LAMBDA_CODE_STORAGE, "There are %d layer versions, which is as many as there can be. Delete some that are not used.",
			     LAYER_VERSIONS_MAX);
}

/* The number after the last one ever given, and from now on that. */
static int next_version(struct lambda *l, struct db *db, struct str name, int64_t *version)
{
	struct json_value *v = NULL;
	struct str text;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc = record_get(db, RECORD_LAYER, 0, name, &l->arena, &text);

	if (rc == 0 && json_parse(&l->arena, text, &v) < 0)
		return E_CORRUPT;
	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	*version = json_number(v, "LastVersion", 0) + 1;
	json_open(&j, NULL, '{');
	json_int(&j, "LastVersion", *version);
	json_close(&j);
	rc = record_put(db, RECORD_LAYER, 0, name, str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

static int publish(struct lambda *l, struct db *db)
{
	struct publishing *p = l->state;
	const struct json_value *document;
	struct str name = p->layer.name;
	int64_t version = 0;
	int rc = check_room(l, db);

	if (rc == 0)
		rc = next_version(l, db, name, &version);
	if (rc == 0)
		rc = record_put(db, RECORD_LAYER_VERSION, 0, layer_record_name(l, name, version), document_text(l, &p->code));
	if (rc == 0)
		rc = layer_document(l, db, name, version, &document);
	return rc < 0 ? rc : answer(l, name, version, document);
}

static int check_publish(struct lambda *l)
{
	struct publishing *p = arena_take(&l->arena, sizeof *p);
	int rc;

	constrain_members(l, l->body, "", publish_members);
	if ((rc = layer_target(l, &p->layer)) < 0)
		return rc;
	p->code.look = check_room;
	p->code.change = publish;
	l->state = p;
	return code_read(l, json_get(l->body, "Content"), &p->code);
}

static void serve_publish(struct lambda *l)
{
	struct publishing *p = l->state;

	code_serve(l, &p->code);
}

static int check_version(struct lambda *l)
{
	struct layer_ref *r = arena_take(&l->arena, sizeof *r);

	l->state = r;
	return layer_target(l, r);
}

static int get(struct lambda *l, struct db *db)
{
	const struct layer_ref *r = l->state;
	const struct json_value *document;
	int rc = layer_document(l, db, r->name, r->version, &document);

	return rc < 0 ? rc : answer(l, r->name, r->version, document);
}

static int check_arn(struct lambda *l)
{
	struct layer_ref *r = arena_take(&l->arena, sizeof *r);
	struct str arn = params_get(&l->params, "Arn");
	int rc;

	if (str_is_set(arn))
		constrain_text(l, "arn", arn, 1, 140, &shape_layer_arn);
	else
		constrain_broken(l, "arn", arn, CONSTRAINT_MISSING);
	l->state = r;
	if ((rc = constrain_end(l)) < 0)
		return rc;
	if (layer_ref_parse(arn, r) < 0)
		return lambda_refuse_rc(l, E_NOT_FOUND);
	if (r->version < 1)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Layer Version Cannot be less than 1");
	return str_eq(r->region, str_of(l->m->settings.region)) && str_eq(r->account, str_of(l->m->settings.account)) ? 0 :
		lambda_refuse_rc(l, E_NOT_FOUND);
}

static int delete(struct lambda *l, struct db *db)
{
	const struct layer_ref *r = l->state;
	struct str name = layer_record_name(l, r->name, r->version);
	int rc = record_delete(db, RECORD_LAYER_VERSION, 0, name);

	if (rc == 0)
		rc = record_delete(db, RECORD_LAYER_POLICY, 0, name);
	return rc == E_NOT_FOUND ? 0 : rc;
}

#define LAYERS "/2018-10-31/layers"
#define VERSIONS LAYERS "/{LayerName}/versions"
#define VERSION VERSIONS "/{VersionNumber}"

const struct lambda_operation lambda_layers[] = {
	{ "GetLayerVersionByArn", "GET", LAYERS "?find=LayerVersion", 200, LAMBDA_READS, 0, check_arn, get, NULL, NULL },
	{ "ListLayers", "GET", LAYERS, 200, LAMBDA_READS, 0, layers_list_check, layers_list, NULL, NULL },
	{ "PublishLayerVersion", "POST", VERSIONS, 201, LAMBDA_SERVES, LAMBDA_REQUEST_MAX, check_publish, NULL, serve_publish, NULL },
	{ "ListLayerVersions", "GET", VERSIONS, 200, LAMBDA_READS, 0, layer_versions_check, layer_versions, NULL, NULL },
	{ "GetLayerVersion", "GET", VERSION, 200, LAMBDA_READS, 0, check_version, get, NULL, NULL },
	{ "DeleteLayerVersion", "DELETE", VERSION, 204, LAMBDA_FREES, 0, check_version, delete, NULL, NULL },
	{ "AddLayerVersionPermission", "POST", VERSION "/policy", 201, LAMBDA_WRITES, 0, layer_permit_check, layer_permit, NULL, NULL },
	{ "GetLayerVersionPolicy", "GET", VERSION "/policy", 200, LAMBDA_READS, 0, layer_policy_check, layer_policy, NULL, NULL },
	{ "RemoveLayerVersionPermission", "DELETE", VERSION "/policy/{StatementId}", 204, LAMBDA_FREES, 0, layer_forbid_check, layer_forbid,
	  NULL, NULL },
	{ 0 },
};
