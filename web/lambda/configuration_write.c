/* configuration_write.c - the document that a request makes of a function: a row per member. */
#include "web/lambda/configuration.h"

#include "base/clock.h"
#include "base/err.h"
#include "pipeline/registry.h"
#include "storage/queue.h"
#include "web/lambda/code.h"
#include "web/lambda/config.h"

struct writing {
	struct lambda *l;
	struct db *db;
	const struct configuration *c;
	struct json j;
	int64_t layer_bytes;
	bool asked;			/* the member being written stands in the request */
	int rc;
};

static struct str text_or(const struct json_value *v, const char *name, const char *otherwise)
{
	struct str s = json_text(v, name);

	return str_is_set(s) ? s : str_of(otherwise);
}

static void write_as_is(struct writing *w, const char *name, const struct json_value *v)
{
	if (v)
		json_value(&w->j, name, v);
}

static void write_filled(struct writing *w, const char *name, const struct json_value *v)
{
	if (v && v->text.n > 0)
		json_str(&w->j, name, v->text);
}

static void write_description(struct writing *w, const char *name, const struct json_value *v)
{
	json_str(&w->j, name, v ? v->text : STR(""));
}

static void write_timeout(struct writing *w, const char *name, const struct json_value *v)
{
	json_raw(&w->j, name, v ? v->text : STR("3"));
}

static void write_memory(struct writing *w, const char *name, const struct json_value *v)
{
	json_raw(&w->j, name, v ? v->text : STR("128"));
}

static void write_ephemeral(struct writing *w, const char *name, const struct json_value *v)
{
	json_open(&w->j, name, '{');
	json_int(&w->j, "Size", json_number(v, "Size", 512));
	json_close(&w->j);
}

static void write_environment(struct writing *w, const char *name, const struct json_value *v)
{
	const struct json_value *variables = json_get(v, "Variables");

	if (!v)
		return;
	json_open(&w->j, name, '{');
	if (variables) {
		json_value(&w->j, "Variables", variables);
	} else {
		json_open(&w->j, "Variables", '{');
		json_close(&w->j);
	}
	json_close(&w->j);
}

static void write_layers(struct writing *w, const char *name, const struct json_value *v)
{
	struct package p;

	if (!v || v->count == 0)
		return;
	if (w->asked) {
		w->rc = layers_write(w->l, w->db, v, &w->j, &w->layer_bytes);
		return;
	}
	for (const struct json_value *i = v->first; i; i = i->next)
		if (package_get(w->db, json_text(i, "Package"), &w->l->arena, &p) == 0)
			w->layer_bytes += p.unpacked;
	json_value(&w->j, name, v);
}

static bool is_outbound(const struct json_value *vpc)
{
	const struct json_value *subnets = json_get(vpc, "SubnetIds");

	for (const struct json_value *s = subnets ? subnets->first : NULL; s; s = s->next)
		if (str_eq(s->text, STR(SUBNET_OUTBOUND)))
			return true;
	return false;
}

static void write_list(struct writing *w, const char *name, const struct json_value *v)
{
	json_open(&w->j, name, '[');
	for (const struct json_value *i = v ? v->first : NULL; i; i = i->next)
		json_str(&w->j, NULL, i->text);
	json_close(&w->j);
}

/* Emptied lists are shown as empty lists ever after, as on AWS. */
static void write_vpc(struct writing *w, const char *name, const struct json_value *v)
{
	const struct json_value *subnets = json_get(v, "SubnetIds"), *both = json_get(v, "Ipv6AllowedForDualStack");

	if (v) {
		json_open(&w->j, name, '{');
		write_list(w, "SubnetIds", subnets);
		write_list(w, "SecurityGroupIds", json_get(v, "SecurityGroupIds"));
		json_cstr(&w->j, "VpcId", subnets && subnets->count > 0 ? "vpc-minilab" : "");
		json_bool(&w->j, "Ipv6AllowedForDualStack", both && both->yes);
		json_close(&w->j);
	}
	json_cstr(&w->j, "Network", is_outbound(v) ? "outbound" : "none");
}

static void write_dead_letter(struct writing *w, const char *name, const struct json_value *v)
{
	struct str arn = json_text(v, "TargetArn");

	if (arn.n > 0)
		json_value(&w->j, name, v);
	if (w->asked)
		w->rc = config_destination(w->l, w->db, arn, true);
}

static void write_tracing(struct writing *w, const char *name, const struct json_value *v)
{
	json_open(&w->j, name, '{');
	json_str(&w->j, "Mode", text_or(v, "Mode", "PassThrough"));
	json_close(&w->j);
}

static void write_logging(struct writing *w, const char *name, const struct json_value *v)
{
	bool json = str_eq(json_text(v, "LogFormat"), STR("JSON"));

	json_open(&w->j, name, '{');
	if (json)
		json_str(&w->j, "ApplicationLogLevel", text_or(v, "ApplicationLogLevel", "INFO"));
	json_cstr(&w->j, "LogFormat", json ? "JSON" : "Text");
	json_str(&w->j, "LogGroup", text_or(v, "LogGroup", arena_printf(&w->l->arena, "/aws/lambda/%.*s", STR_ARG(w->c->name))));
	if (json)
		json_str(&w->j, "SystemLogLevel", text_or(v, "SystemLogLevel", "INFO"));
	json_close(&w->j);
}

static void write_architectures(struct writing *w, const char *name, const struct json_value *v)
{
	json_open(&w->j, name, '[');
	json_str(&w->j, NULL, v && v->first ? v->first->text : STR("x86_64"));
	json_close(&w->j);
}

static void write_package_type(struct writing *w, const char *name, const struct json_value *v)
{
	(void)v;
	json_cstr(&w->j, name, "Zip");
}

static void write_snap_start(struct writing *w, const char *name, const struct json_value *v)
{
	json_open(&w->j, name, '{');
	json_str(&w->j, "ApplyOn", text_or(v, "ApplyOn", "None"));
	json_close(&w->j);
}

enum { CREATE = 1, CONFIGURE = 2, CODE = 4 };	/* which operations may say it */

static const struct part {
	const char *name;
	unsigned who;
	void (*write)(struct writing *w, const char *name, const struct json_value *v);
} parts[] = {
	{ "Runtime", CREATE | CONFIGURE, write_as_is },
	{ "Role", CREATE | CONFIGURE, write_as_is },
	{ "Handler", CREATE | CONFIGURE, write_as_is },
	{ "Description", CREATE | CONFIGURE, write_description },
	{ "Timeout", CREATE | CONFIGURE, write_timeout },
	{ "MemorySize", CREATE | CONFIGURE, write_memory },
	{ "EphemeralStorage", CREATE | CONFIGURE, write_ephemeral },
	{ "Environment", CREATE | CONFIGURE, write_environment },
	{ "Layers", CREATE | CONFIGURE, write_layers },
	{ "VpcConfig", CREATE | CONFIGURE, write_vpc },
	{ "Network", 0, NULL },		/* goes with VpcConfig */
	{ "DeadLetterConfig", CREATE | CONFIGURE, write_dead_letter },
	{ "KMSKeyArn", CREATE | CONFIGURE, write_filled },
	{ "TracingConfig", CREATE | CONFIGURE, write_tracing },
	{ "LoggingConfig", CREATE | CONFIGURE, write_logging },
	{ "Architectures", CREATE | CODE, write_architectures },
	{ "PackageType", 0, write_package_type },
	{ "SnapStart", CREATE | CONFIGURE, write_snap_start },
	{ "CodeSize", 0, NULL },	/* these by write_code and write_end */
	{ "CodeSha256", 0, NULL },
	{ "Package", 0, NULL },
	{ "LastModified", 0, NULL },
	{ "RevisionId", 0, NULL },
};

#define PARTS (sizeof parts / sizeof parts[0])

static void write_part(struct writing *w, const struct part *p)
{
	unsigned now = !w->c->before ? CREATE : w->c->code ? CODE : CONFIGURE;
	const struct json_value *v = p->who & now ? json_get(w->l->body, p->name) : NULL;

	w->asked = v && v->kind != JSON_NULL;
	p->write(w, p->name, w->asked ? v : json_get(w->c->before, p->name));
}

static void write_code(struct writing *w)
{
	const struct code *code = w->c->code;

	if (!code) {
		write_as_is(w, "CodeSize", json_get(w->c->before, "CodeSize"));
		write_as_is(w, "CodeSha256", json_get(w->c->before, "CodeSha256"));
		write_as_is(w, "Package", json_get(w->c->before, "Package"));
		return;
	}
	json_int(&w->j, "CodeSize", code->size);
	json_cstr(&w->j, "CodeSha256", code->sha256);
	json_cstr(&w->j, "Package", code->id);
}

static bool is_part(struct str name)
{
	for (size_t i = 0; i < PARTS; i++)
		if (str_eq(name, str_of(parts[i].name)))
			return true;
	return false;
}

static void write_rest(struct writing *w)
{
	for (const struct json_value *v = w->c->before ? w->c->before->first : NULL; v; v = v->next)
		if (!is_part(v->name)) {
			json_name(&w->j, v->name);
			json_value(&w->j, JSON_NAMED, v);
		}
}

static void write_end(struct writing *w)
{
	char at[CLOCK_TEXT_MAX], id[JOB_REQUEST_ID + 1];

	clock_iso_ms(at, clock_wall_ms());
	queue_request_make(id);
	json_cstr(&w->j, "LastModified", arena_printf(&w->l->arena, "%.23s+0000", at));	/* AWS has this form here, without Z */
	json_cstr(&w->j, "RevisionId", id);
}

static int check_size(struct writing *w)
{
	struct package p = { 0 };
	int64_t bytes = w->layer_bytes;

	if (bytes == 0)
		return 0;	/* code alone was measured when it was unpacked */
	if (w->c->code)
		bytes += w->c->code->unpacked;
	else if (package_get(w->db, json_text(w->c->before, "Package"), &w->l->arena, &p) == 0)
		bytes += p.unpacked;
	if (bytes <= CODE_BYTES_MAX)
		return 0;
	return lambda_refuse(w->l, LAMBDA_BAD_PARAMETER, "Function code combined with layers exceeds the maximum allowed size of %d bytes. The "
			     "actual size is %lld bytes.", CODE_BYTES_MAX, (long long)bytes);
}

int configuration_write(struct lambda *l, struct db *db, const struct configuration *c, struct buf *to)
{
	struct writing w = { .l = l, .db = db, .c = c, .j = json_into(to) };

	json_open(&w.j, NULL, '{');
	for (size_t i = 0; i < PARTS && w.rc == 0; i++)
		if (parts[i].write)
			write_part(&w, &parts[i]);
	write_code(&w);
	write_rest(&w);
	write_end(&w);
	json_close(&w.j);
	return w.rc < 0 ? w.rc : check_size(&w);
}
