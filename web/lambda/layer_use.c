/* layer_use.c - the layers that a function names: are they there, and do they fit together. */
#include "web/lambda/configuration.h"

#include "base/err.h"
#include "storage/package.h"
#include "web/lambda/layer.h"

static int twice(struct lambda *l, struct str a, struct str b)
{
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Two different versions of the same layer are not allowed to be referenced in the same "
			     "function. %.*s and %.*s are versions of the same layer.", STR_ARG(a), STR_ARG(b));
}

static int check_one(struct lambda *l, const struct json_value *arns, const struct json_value *v, const struct layer_ref *r)
{
	const struct settings *s = &l->m->settings;
	struct layer_ref other;

	if (!str_eq(r->region, str_of(s->region)))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Layers are not in the same region as the function. Layers are expected to be in "
				     "region %s.", s->region);
	if (!str_eq(r->account, str_of(s->account)))
		return lambda_refuse(l, LAMBDA_ACCESS_DENIED, "User: arn:aws:iam::%s:root is not authorized to perform: lambda:GetLayerVersion on "
				     "resource: %.*s because no resource-based policy allows the lambda:GetLayerVersion action", s->account,
				     STR_ARG(v->text));
	for (const struct json_value *o = arns->first; o != v; o = o->next)
		if (layer_ref_parse(o->text, &other) == 0 && str_eq(other.name, r->name))
			return twice(l, o->text, v->text);
	return 0;
}

int layers_check(struct lambda *l, const struct json_value *arns)
{
	struct layer_ref r;
	int rc = 0;

	if (!arns)
		return 0;
	if (arns->count > LAYERS_MAX)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Cannot reference more than %d layers.", LAYERS_MAX);
	for (const struct json_value *v = arns->first; v && rc == 0; v = v->next)
		if ((rc = layer_ref_parse(v->text, &r)) == 0)
			rc = check_one(l, arns, v, &r);
		else
			rc = lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Layer version %.*s does not exist.", STR_ARG(v->text));
	return rc;
}

static int write_one(struct lambda *l, struct db *db, struct str arn, struct json *j, int64_t *bytes)
{
	const struct json_value *document;
	struct layer_ref r;
	struct package p;
	int rc = layer_ref_parse(arn, &r);

	if (rc == 0)
		rc = layer_document(l, db, r.name, r.version, &document);
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Layer version %.*s does not exist.", STR_ARG(arn));
	if (rc < 0 || (rc = package_get(db, json_text(document, "Package"), &l->arena, &p)) < 0)
		return rc;
	*bytes += p.unpacked;
	json_open(j, NULL, '{');
	json_str(j, "Arn", arn);
	json_int(j, "CodeSize", p.size);
	json_cstr(j, "Package", p.id);
	json_close(j);
	return 0;
}

int layers_write(struct lambda *l, struct db *db, const struct json_value *arns, struct json *j, int64_t *bytes)
{
	int rc = 0;

	json_open(j, "Layers", '[');
	for (const struct json_value *v = arns->first; v && rc == 0; v = v->next)
		rc = write_one(l, db, v->text, j, bytes);
	json_close(j);
	return rc;
}
