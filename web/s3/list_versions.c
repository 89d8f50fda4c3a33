/* GET ?versions: all versions and delete markers in the order of keys, newest first in each. */
#include "web/s3/listing.h"

#include "base/clock.h"
#include "base/err.h"
#include "web/s3/acl.h"
#include "web/s3/page.h"
#include "web/s3/version.h"

struct list {				/* in s->state */
	struct listing listing;
	struct str key_marker, id_marker;	/* absent: none */
	bool truncated;
	int count;			/* entries and common prefixes */
	struct str last_key, last_id;	/* where the next page begins; the id is absent after a common prefix */
};

static void write_entry(struct list *l, const struct version *v)
{
	struct s3 *s = l->listing.s;
	struct xml *x = &l->listing.x;
	char when[CLOCK_TEXT_MAX];

	xml_open(x, v->marker ? "DeleteMarker" : "Version", NULL);
	listing_text(&l->listing, x, "Key", v->o.key);
	xml_text(x, "VersionId", l->last_id);
	xml_bool(x, "IsLatest", v->current);
	xml_cstr(x, "LastModified", clock_iso_ms(when, v->o.mtime_ms / 1000 * 1000));
	if (!v->marker) {
		xml_text(x, "ETag", s3_quoted(s, v->o.etag));
		listing_sum(x, &v->o.sum);
		xml_int(x, "Size", v->o.size);
		xml_cstr(x, "StorageClass", "STANDARD");
	}
	owner_write(s, x, "Owner");
	xml_close(x);
}

/* A page that ended inside a common prefix, or with it, told it already. */
static int on_common(struct list *l, struct str common, struct str *skip_to)
{
	struct arena *a = &l->listing.s->arena;

	*skip_to = page_beyond(a, common);
	if (!str_is_set(l->key_marker) || !str_starts(l->key_marker, common)) {
		if ((l->truncated = l->count == l->listing.max))
			return 1;
		l->count++;
		l->last_key = arena_str(a, common);
		l->last_id = (struct str){ 0 };
		listing_common(&l->listing, common);
	}
	return str_is_set(*skip_to) ? 0 : 1;
}

static int on_version(void *owner, const struct version *v, struct str *skip_to)
{
	struct list *l = owner;
	struct str common = page_common(l->listing.prefix, l->listing.delimiter, v->o.key);
	struct arena *a = &l->listing.s->arena;
	char id[VERSION_ID_MAX + 1];

	if (str_is_set(common))
		return on_common(l, common, skip_to);
	if ((l->truncated = l->count == l->listing.max))
		return 1;
	l->count++;
	l->last_key = arena_str(a, v->o.key);
	l->last_id = arena_str(a, version_id(id, v->o.born, v->o.named));
	write_entry(l, v);
	return 0;
}

static void write_result(struct list *l)
{
	struct xml x = listing_document(&l->listing, "ListVersionsResult");

	xml_text(&x, "Name", l->listing.s->bucket);
	listing_text(&l->listing, &x, "Prefix", l->listing.prefix);
	listing_text(&l->listing, &x, "KeyMarker", l->key_marker);
	xml_text(&x, "VersionIdMarker", l->id_marker);
	if (l->truncated) {
		listing_text(&l->listing, &x, "NextKeyMarker", l->last_key);
		if (str_is_set(l->last_id))
			xml_text(&x, "NextVersionIdMarker", l->last_id);
	}
	xml_int(&x, "MaxKeys", l->listing.max);
	listing_asked(&l->listing, &x);
	xml_bool(&x, "IsTruncated", l->truncated);
	listing_end(&l->listing, &x);
}

/* Where the page begins: after that version of the key marker, or after all of them. */
static int find_place(struct list *l, struct db *db, struct str *key, int64_t *born)
{
	struct s3 *s = l->listing.s;
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

	listing_begin(&l->listing);
	if ((rc = listing_bucket(&l->listing, db, &bucket)) < 0)
		return rc;
	if ((rc = find_place(l, db, &key, &born)) < 0)
		return s3_refuse_rc(s, rc);
	if (l->listing.max > 0 && (rc = version_list(db, bucket, l->listing.prefix, key, born, on_version, l)) < 0)
		return s3_refuse_rc(s, rc);
	write_result(l);
	return 0;
}

static int refuse_marker(struct s3 *s, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", STR("version-id-marker") },
			 { "ArgumentValue", params_get(&s->params, "version-id-marker") }));
}

static int ask_position(struct s3 *s, struct list *l)
{
	int64_t born;
	bool named;

	l->key_marker = params_get(&s->params, "key-marker");
	l->id_marker = params_get(&s->params, "version-id-marker");
	if (l->key_marker.n > OBJECT_KEY_MAX)
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

void list_versions(struct s3 *s)
{
	struct list *l = arena_take(&s->arena, sizeof *l);

	if (listing_open_keys(&l->listing, s, "max-keys") < 0) {
		s3_answer_fault(s);
		return;
	}
	if (l->listing.asked == 0)
		l->listing.asked = ask_position(s, l);
	s3_run(s, walk, listing_answer);
}
