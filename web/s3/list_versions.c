/* GET ?versions: all versions and delete markers in the order of keys, newest first in each. */
#include "web/s3/acl.h"
#include "web/s3/version.h"

#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/checksum.h"
#include "web/s3/encoding.h"
#include "web/s3/page.h"

struct list {				/* in s->state */
	struct s3 *s;
	struct str prefix, delimiter, key_marker, id_marker;	/* absent: none */
	int max;
	bool url;
	bool truncated;
	int count;			/* entries and common prefixes */
	struct str last_key, last_id;	/* where the next page begins; the id is absent after a common prefix */
	struct buf entries, commons, out;
	struct xml x_entries, x_commons;
};

static void write_entry(struct list *l, const struct version *v)
{
	struct xml *x = &l->x_entries;
	char when[CLOCK_TEXT_MAX];

	xml_open(x, v->marker ? "DeleteMarker" : "Version", NULL);
	encoded_text(x, "Key", v->o.key, l->url);
	xml_text(x, "VersionId", l->last_id);
	xml_bool(x, "IsLatest", v->current);
	xml_cstr(x, "LastModified", clock_iso_ms(when, v->o.mtime_ms / 1000 * 1000));
	if (!v->marker) {
		xml_text(x, "ETag", s3_quoted(l->s, v->o.etag));
		if (v->o.sum.type != SUM_NONE) {
			xml_cstr(x, "ChecksumAlgorithm", checksum_algorithm(v->o.sum.kind));
			xml_cstr(x, "ChecksumType", checksum_type(v->o.sum.type));
		}
		xml_int(x, "Size", v->o.size);
		xml_cstr(x, "StorageClass", "STANDARD");
	}
	owner_write(l->s, x, "Owner");
	xml_close(x);
}

/* A page that ended inside a common prefix, or with it, told it already. */
static int on_common(struct list *l, struct str common, struct str *skip_to)
{
	struct xml *x = &l->x_commons;

	*skip_to = page_beyond(&l->s->arena, common);
	if (!str_is_set(l->key_marker) || !str_starts(l->key_marker, common)) {
		if ((l->truncated = l->count == l->max))
			return 1;
		l->count++;
		l->last_key = arena_str(&l->s->arena, common);
		l->last_id = (struct str){ 0 };
		xml_open(x, "CommonPrefixes", NULL);
		encoded_text(x, "Prefix", common, l->url);
		xml_close(x);
	}
	return str_is_set(*skip_to) ? 0 : 1;
}

static int on_version(void *owner, const struct version *v, struct str *skip_to)
{
	struct list *l = owner;
	struct str common = page_common(l->prefix, l->delimiter, v->o.key);
	char id[VERSION_ID_MAX + 1];

	if (str_is_set(common))
		return on_common(l, common, skip_to);
	if ((l->truncated = l->count == l->max))
		return 1;
	l->count++;
	l->last_key = arena_str(&l->s->arena, v->o.key);
	l->last_id = arena_str(&l->s->arena, version_id(id, v->o.born, v->o.named));
	write_entry(l, v);
	return 0;
}

static void write_result(struct list *l)
{
	struct xml x = xml_into(&l->out, XML_PROLOG);

	xml_open(&x, "ListVersionsResult", S3_XMLNS);
	xml_text(&x, "Name", l->s->bucket);
	encoded_text(&x, "Prefix", l->prefix, l->url);
	encoded_text(&x, "KeyMarker", l->key_marker, l->url);
	xml_text(&x, "VersionIdMarker", l->id_marker);
	if (l->truncated) {
		encoded_text(&x, "NextKeyMarker", l->last_key, l->url);
		if (str_is_set(l->last_id))
			xml_text(&x, "NextVersionIdMarker", l->last_id);
	}
	xml_int(&x, "MaxKeys", l->max);
	if (l->delimiter.n > 0)
		encoded_text(&x, "Delimiter", l->delimiter, l->url);
	if (l->url)
		xml_cstr(&x, "EncodingType", "url");
	xml_bool(&x, "IsTruncated", l->truncated);
	buf_add(&l->out, l->entries.data ? l->entries.data : "", l->entries.len);
	buf_add(&l->out, l->commons.data ? l->commons.data : "", l->commons.len);
	xml_close(&x);
}

/* Where the page begins: after that version of the key marker, or after all of them. */
static int find_place(struct list *l, struct db *db, struct str *key, int64_t *born)
{
	struct s3 *s = l->s;
	bool named, bucket_missing;
	struct version v;
	char *next;
	int rc;

	*key = l->key_marker;
	*born = 0;
	if (!str_is_set(l->key_marker))
		return 0;
	if (!str_is_set(l->id_marker)) {
		next = arena_take(&s->arena, key->n + 1);	/* the next key possible ends with a zero byte */
		memcpy(next, key->p, key->n);
		*key = str_n(next, key->n + 1);
		return 0;
	}
	if ((rc = version_parse(l->id_marker, born, &named)) < 0 || named)
		return rc;
	/* Was the null version deleted since, then nothing tells where it stood: better twice than never. */
	rc = version_get(db, s->bucket, l->key_marker, l->id_marker, &s->arena, &v, &bucket_missing);
	*born = rc == 0 ? v.o.born : 0;
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int walk(struct s3 *s, struct db *db)
{
	struct list *l = s->state;
	int64_t bucket, born;
	struct str key;
	int rc;

	l->x_entries = xml_into(&l->entries, XML_BARE);
	l->x_commons = xml_into(&l->commons, XML_BARE);
	if ((rc = bucket_find(db, s->bucket, &bucket, NULL)) < 0 || (rc = find_place(l, db, &key, &born)) < 0)
		return s3_refuse_rc(s, rc);
	if (l->max > 0 && (rc = version_list(db, bucket, l->prefix, key, born, on_version, l)) < 0)
		return s3_refuse_rc(s, rc);
	write_result(l);
	return 0;
}

static void on_walked(struct s3 *s, int rc)
{
	struct list *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

static int refuse_marker(struct s3 *s, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", STR("version-id-marker") },
			 { "ArgumentValue", params_get(&s->params, "version-id-marker") }));
}

static int ask(struct s3 *s, struct list *l)
{
	int64_t born;
	bool named;
	int rc;

	l->s = s;
	l->prefix = params_get(&s->params, "prefix");
	l->delimiter = params_get(&s->params, "delimiter");
	l->key_marker = params_get(&s->params, "key-marker");
	l->id_marker = params_get(&s->params, "version-id-marker");
	if ((rc = encoding_asked(s, &l->url)) < 0 || (rc = max_asked(s, "max-keys", &l->max)) < 0)
		return rc;
	if (l->prefix.n > OBJECT_KEY_MAX || l->delimiter.n > OBJECT_KEY_MAX || l->key_marker.n > OBJECT_KEY_MAX)
		return s3_refuse(s, S3_KEY_TOO_LONG, NULL, NULL);
	if (l->key_marker.n == 0)
		l->key_marker = (struct str){ 0 };
	if (!str_is_set(l->id_marker))
		return 0;
	if (!str_is_set(l->key_marker))
		return refuse_marker(s, "A version-id marker cannot be specified without a key marker.");
	if (l->id_marker.n == 0)
		return refuse_marker(s, "A version-id marker cannot be empty.");
	return version_parse(l->id_marker, &born, &named) < 0 ? refuse_marker(s, "Invalid version id specified") : 0;
}

static void release(struct s3 *s)
{
	struct list *l = s->state;

	buf_clear(&l->entries);
	buf_clear(&l->commons);
	buf_clear(&l->out);
}

void list_versions(struct s3 *s)
{
	struct list *l = arena_take(&s->arena, sizeof *l);

	s->state = l;
	s->release = release;
	if (ask(s, l) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, walk, on_walked);
}
