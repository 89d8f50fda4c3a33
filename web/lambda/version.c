#include "web/lambda/version.h"

#include <stdio.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/queue.h"

/* A document but for what every write changes, and with that description (absent: its own). */
static void write_content(struct json *j, const struct json_value *document, struct str description)
{
	for (const struct json_value *v = document->first; v; v = v->next) {
		if (str_eq(v->name, STR("RevisionId")) || str_eq(v->name, STR("LastModified")))
			continue;
		json_name(j, v->name);
		if (str_is_set(description) && str_eq(v->name, STR("Description")))
			json_str(j, JSON_NAMED, description);
		else
			json_value(j, JSON_NAMED, v);
	}
}

static void digest_content(const struct json_value *document, char hex[65])
{
	uint8_t sum[DIGEST_SIZE_MAX];
	struct buf b = { 0 };
	struct json j = json_into(&b);

	json_open(&j, NULL, '{');
	write_content(&j, document, (struct str){ 0 });
	json_close(&j);
	digest_of(DIGEST_SHA256, str_n(b.data, b.len), sum);
	hex_encode(hex, sum, 32);
	buf_clear(&b);
}

static int write_version(struct lambda *l, struct db *db, const struct function_row *row, const struct json_value *latest, int64_t number,
			 struct str description)
{
	char id[JOB_REQUEST_ID + 1];
	struct buf b = { 0 };
	struct json j = json_into(&b);
	int rc;

	queue_request_make(id);
	json_open(&j, NULL, '{');
	write_content(&j, latest, description);
	json_str(&j, "LastModified", json_text(latest, "LastModified"));
	json_cstr(&j, "RevisionId", id);
	json_close(&j);
	rc = record_put(db, RECORD_VERSION, row->id, lambda_version_name(l, number), str_n(b.data, b.len));
	buf_clear(&b);
	return rc;
}

static int note_published(struct lambda *l, struct db *db, int64_t function, int64_t number, const char *digest)
{
	int rc = lambda_record_set(l, db, function, "LastVersion", str_of(arena_printf(&l->arena, "%lld", (long long)number)));

	return rc < 0 ? rc : lambda_record_set(l, db, function, "Published", str_of(arena_printf(&l->arena, "\"%s\"", digest)));
}

static int load(struct lambda *l, struct db *db, const struct function_row *row, int64_t number, struct version *v)
{
	struct str version;

	v->number = str_of(arena_printf(&l->arena, "%lld", (long long)number));
	return lambda_document(l, db, row, v->number, &version, &v->document);
}

int version_publish(struct lambda *l, struct db *db, const struct function_row *row, struct str description, struct version *v)
{
	const struct json_value *record, *latest;
	struct str version;
	int64_t last, n;
	char digest[65];
	int rc = lambda_record(l, db, row->id, &record);

	if (rc < 0 || (rc = lambda_document(l, db, row, (struct str){ 0 }, &version, &latest)) < 0)
		return rc;
	last = json_number(record, "LastVersion", 0);
	digest_content(latest, digest);
	if (last > 0 && str_eq(json_text(record, "Published"), str_of(digest)) && load(l, db, row, last, v) == 0)
		return 0;
	if ((rc = record_count(db, RECORD_VERSION, row->id, &n)) < 0)
		return rc;
	if (n >= VERSIONS_MAX)
		return lambda_refuse(l, LAMBDA_CODE_STORAGE, "A function has at most %d versions. Delete some that are not used.", VERSIONS_MAX);
	last++;
	if ((rc = write_version(l, db, row, latest, last, description)) < 0 || (rc = note_published(l, db, row->id, last, digest)) < 0)
		return rc;
	return load(l, db, row, last, v);
}

int qualifier_drop(struct db *db, struct arena *a, int64_t function, struct str qualifier)
{
	static const enum record_kind kinds[] = { RECORD_POLICY, RECORD_EVENT_INVOKE, RECORD_URL, RECORD_PROVISIONED };
	struct json_value *url;
	struct str text;
	int rc = record_get(db, RECORD_URL, function, qualifier, a, &text);

	if (rc == 0 && json_parse(a, text, &url) == 0 && str_is_set(json_text(url, "Id")))
		rc = record_delete(db, RECORD_URL_ID, 0, json_text(url, "Id"));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && (rc == 0 || rc == E_NOT_FOUND); i++)
		rc = record_delete(db, kinds[i], function, qualifier);
	return rc == E_NOT_FOUND ? 0 : rc;
}
