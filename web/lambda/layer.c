#include "web/lambda/layer.h"

#include "base/err.h"

int layer_ref_parse(struct str arn, struct layer_ref *r)
{
	struct str piece[8], rest = arn;
	int n = 0;

	while (n < 8 && str_next(&rest, ':', &piece[n]))
		n++;
	if (n != 8 || str_is_set(rest))
		return E_BAD_INPUT;
	*r = (struct layer_ref){ .region = piece[3], .account = piece[4], .name = piece[6] };
	return str_to_int(piece[7], 0, INT64_MAX, &r->version);
}

const char *layer_arn(struct lambda *l, struct str name, int64_t version)
{
	const struct settings *s = &l->m->settings;
	const char *arn = arena_printf(&l->arena, "arn:aws:lambda:%s:%s:layer:%.*s", s->region, s->account, STR_ARG(name));

	return version ? arena_printf(&l->arena, "%s:%lld", arn, (long long)version) : arn;
}

struct str layer_record_name(struct lambda *l, struct str name, int64_t version)
{
	return str_of(arena_printf(&l->arena, "%.*s:%010lld", STR_ARG(name), (long long)version));
}

int64_t layer_record_version(struct str record, struct str name)
{
	int64_t version;

	if (record.n <= name.n + 1 || !str_starts(record, name) || record.p[name.n] != ':')
		return 0;
	return str_to_int(str_n(record.p + name.n + 1, record.n - name.n - 1), 1, INT64_MAX, &version) < 0 ? 0 : version;
}

int layer_document(struct lambda *l, struct db *db, struct str name, int64_t version, const struct json_value **document)
{
	struct json_value *v;
	struct str text;
	int rc = record_get(db, RECORD_LAYER_VERSION, 0, layer_record_name(l, name, version), &l->arena, &text);

	if (rc < 0)
		return rc;
	if (json_parse(&l->arena, text, &v) < 0)
		return E_CORRUPT;
	*document = v;
	return 0;
}

void layer_write(struct lambda *l, struct json *j, struct str name, int64_t version, const struct json_value *document)
{
	static const char *const names[] = { "Description", "CreatedDate", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo" };

	json_cstr(j, "LayerVersionArn", layer_arn(l, name, version));
	json_int(j, "Version", version);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct json_value *v = json_get(document, names[i]);

		if (v)
			json_value(j, names[i], v);
	}
}

/* "NAME", or the ARN of the layer, whose last part it is. */
static int name_of(struct lambda *l, struct str text, struct str *name)
{
	struct str part, rest = text;

	constrain_text(l, "layerName", text, 1, 140, &shape_layer);
	while (str_next(&rest, ':', &part))
		*name = part;
	return constrain_end(l);
}

int layer_target(struct lambda *l, struct layer_ref *r)
{
	struct str number = l->path[1];
	int rc = name_of(l, l->path[0], &r->name);

	if (rc < 0 || !str_is_set(number))
		return rc;
	if (str_starts(number, STR("-")) || str_eq(number, STR("0")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Layer Version Cannot be less than 1");
	if (str_to_int(number, 1, INT64_MAX, &r->version) < 0)
		return lambda_refuse(l, LAMBDA_SERIALIZATION, "STRING_VALUE can not be converted to a Long");
	return 0;
}
