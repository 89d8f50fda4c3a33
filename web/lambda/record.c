/* record.c - what is of a function and not of a version of it: one record, whose members belong to several operations. */
#include "web/lambda/lambda.h"

#include "base/err.h"

int lambda_record(struct lambda *l, struct db *db, int64_t function, const struct json_value **record)
{
	struct str text;
	struct json_value *v;
	int rc = record_get(db, RECORD_FUNCTION, function, STR(""), &l->arena, &text);

	if (rc == E_NOT_FOUND)
		text = STR("{}");
	else if (rc < 0)
		return rc;
	if (json_parse(&l->arena, text, &v) < 0 || v->kind != JSON_OBJECT)
		return E_CORRUPT;
	*record = v;
	return 0;
}

int lambda_record_set(struct lambda *l, struct db *db, int64_t function, const char *member, struct str json)
{
	const struct json_value *record;
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc = lambda_record(l, db, function, &record);

	if (rc < 0)
		return rc;
	json_open(&j, NULL, '{');
	for (const struct json_value *m = record->first; m; m = m->next) {
		if (str_eq(m->name, str_of(member)))
			continue;
		json_name(&j, m->name);
		json_value(&j, JSON_NAMED, m);
	}
	if (str_is_set(json))
		json_raw(&j, member, json);
	json_close(&j);
	rc = record_put(db, RECORD_FUNCTION, function, STR(""), str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}
