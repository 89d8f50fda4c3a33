/* ListParts and ListMultipartUploads. */
#include "storage/upload.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/acl.h"
#include "web/s3/checksum.h"
#include "web/s3/encoding.h"
#include "web/s3/page.h"
#include "web/s3/part.h"

struct parts {				/* in s->state */
	struct s3 *s;
	struct upload upload;
	int64_t after;
	int max, count, last;
	bool more;
	struct buf rows, out;
	struct xml x;			/* of the rows */
};

static int on_part(void *owner, const struct part *p)
{
	struct parts *l = owner;
	struct xml *x = &l->x;
	char when[CLOCK_TEXT_MAX], hex[33];

	if (l->count == l->max) {
		l->more = true;
		return 1;
	}
	l->count++;
	l->last = p->number;
	hex_encode(hex, p->md5, 16);
	xml_open(x, "Part", NULL);
	xml_int(x, "PartNumber", p->number);
	xml_cstr(x, "LastModified", clock_iso_ms(when, p->mtime_ms / 1000 * 1000));
	xml_text(x, "ETag", s3_quoted(l->s, str_of(hex)));
	xml_int(x, "Size", p->size);
	if (l->upload.sum.type != SUM_NONE && p->sum.type != SUM_NONE)
		xml_text(x, checksum_element(p->sum.kind), p->sum.text);
	xml_close(x);
	return 0;
}

static void write_parts(struct parts *l)
{
	struct s3 *s = l->s;
	struct xml x = xml_into(&l->out, XML_PROLOG);

	xml_open(&x, "ListPartsResult", S3_XMLNS);
	xml_text(&x, "Bucket", s->bucket);
	xml_text(&x, "Key", s->key);
	xml_text(&x, "UploadId", l->upload.id);
	owner_write(s, &x, "Initiator");
	owner_write(s, &x, "Owner");
	xml_cstr(&x, "StorageClass", "STANDARD");
	xml_int(&x, "PartNumberMarker", l->after);
	xml_int(&x, "NextPartNumberMarker", l->last);
	xml_int(&x, "MaxParts", l->max);
	xml_bool(&x, "IsTruncated", l->more);
	if (l->upload.sum.type != SUM_NONE) {
		xml_cstr(&x, "ChecksumAlgorithm", checksum_algorithm(l->upload.sum.kind));
		xml_cstr(&x, "ChecksumType", checksum_type(l->upload.sum.type));
	}
	buf_add(&l->out, l->rows.data ? l->rows.data : "", l->rows.len);
	xml_close(&x);
}

static int find_parts(struct s3 *s, struct db *db)
{
	struct parts *l = s->state;
	int rc = upload_look(s, db, &l->upload);

	if (rc < 0)
		return rc;
	l->x = xml_into(&l->rows, XML_BARE);
	if ((rc = part_list(db, l->upload.id, (int)l->after, l->max + 1, on_part, l)) < 0)
		return s3_refuse_rc(s, rc);
	write_parts(l);
	return 0;
}

static void on_parts(struct s3 *s, int rc)
{
	struct parts *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

static void release_parts(struct s3 *s)
{
	struct parts *l = s->state;

	buf_clear(&l->rows);
	buf_clear(&l->out);
}

void upload_parts(struct s3 *s)
{
	struct parts *l = arena_take(&s->arena, sizeof *l);
	struct str after = params_get(&s->params, "part-number-marker");

	s->state = l;
	s->release = release_parts;
	l->s = s;
	if (after.n && str_to_int(after, 0, INT32_MAX, &l->after) < 0) {
		s3_refuse(s, S3_INVALID_ARGUMENT, "Provided part-number-marker not an integer or within integer range",
			  S3_WITH({ "ArgumentName", STR("part-number-marker") }, { "ArgumentValue", after }));
		s3_answer_fault(s);
	} else if (max_asked(s, "max-parts", &l->max) < 0) {
		s3_answer_fault(s);
	} else {
		s3_run(s, find_parts, on_parts);
	}
}

struct uploads {			/* in s->state */
	struct s3 *s;
	struct str prefix, delimiter, key_marker, id_marker;
	bool url, more;
	int max, count;
	struct str last_key, last_id, last_common;
	struct buf rows, commons, out;
	struct xml x, x_commons;
};

/* The part of a key up to the first delimiter after the prefix, as in lists of objects. */
static struct str common_of(const struct uploads *l, struct str key)
{
	const char *from = key.p + l->prefix.n, *at;

	if (l->delimiter.n == 0)
		return (struct str){ 0 };
	at = memmem(from, key.n - l->prefix.n, l->delimiter.p, l->delimiter.n);
	return at ? str_n(key.p, (size_t)(at - key.p) + l->delimiter.n) : (struct str){ 0 };
}

static void add_common(struct uploads *l, struct str common)
{
	l->last_common = arena_str(&l->s->arena, common);
	l->count++;
	xml_open(&l->x_commons, "CommonPrefixes", NULL);
	encoded_text(&l->x_commons, "Prefix", common, l->url);
	xml_close(&l->x_commons);
}

static void add_upload(struct uploads *l, const struct upload *u)
{
	struct xml *x = &l->x;
	char when[CLOCK_TEXT_MAX];

	l->count++;
	xml_open(x, "Upload", NULL);
	encoded_text(x, "Key", u->key, l->url);
	xml_text(x, "UploadId", u->id);
	owner_write(l->s, x, "Initiator");
	owner_write(l->s, x, "Owner");
	xml_cstr(x, "StorageClass", "STANDARD");
	xml_cstr(x, "Initiated", clock_iso_ms(when, u->created_ms / 1000 * 1000));
	if (u->sum.type != SUM_NONE) {
		xml_cstr(x, "ChecksumAlgorithm", checksum_algorithm(u->sum.kind));
		xml_cstr(x, "ChecksumType", checksum_type(u->sum.type));
	}
	xml_close(x);
}

static int on_upload(void *owner, const struct upload *u)
{
	struct uploads *l = owner;
	struct str common = common_of(l, u->key);
	bool told = str_is_set(common) && (str_eq(common, l->last_common) || str_starts(l->key_marker, common));

	if (!told && l->count == l->max) {
		l->more = true;
		return 1;
	}
	if (!told && str_is_set(common))
		add_common(l, common);
	else if (!told)
		add_upload(l, u);
	l->last_key = arena_str(&l->s->arena, u->key);
	l->last_id = arena_str(&l->s->arena, u->id);
	return 0;
}

static void write_uploads(struct uploads *l)
{
	struct xml x = xml_into(&l->out, XML_PROLOG);

	xml_open(&x, "ListMultipartUploadsResult", S3_XMLNS);
	xml_text(&x, "Bucket", l->s->bucket);
	encoded_text(&x, "KeyMarker", l->key_marker, l->url);
	xml_text(&x, "UploadIdMarker", l->id_marker);
	if (l->more) {
		encoded_text(&x, "NextKeyMarker", l->last_key, l->url);
		xml_text(&x, "NextUploadIdMarker", l->last_id);
	}
	encoded_text(&x, "Prefix", l->prefix, l->url);
	if (l->delimiter.n > 0)
		encoded_text(&x, "Delimiter", l->delimiter, l->url);
	if (l->url)
		xml_cstr(&x, "EncodingType", "url");
	xml_int(&x, "MaxUploads", l->max);
	xml_bool(&x, "IsTruncated", l->more);
	buf_add(&l->out, l->rows.data ? l->rows.data : "", l->rows.len);
	buf_add(&l->out, l->commons.data ? l->commons.data : "", l->commons.len);
	xml_close(&x);
}

static int find_uploads(struct s3 *s, struct db *db)
{
	struct uploads *l = s->state;
	int64_t bucket;
	int rc;

	l->x = xml_into(&l->rows, XML_BARE);
	l->x_commons = xml_into(&l->commons, XML_BARE);
	if ((rc = bucket_find(db, s->bucket, &bucket, NULL)) < 0)
		return s3_refuse_rc(s, rc);
	/* With a delimiter one line may stand for many uploads, so all of them have to be seen. */
	rc = l->max == 0 ? 0 : upload_list(db, bucket, l->prefix, l->key_marker, l->id_marker,
					   l->delimiter.n ? UPLOADS_MAX : l->max + 1, on_upload, l);
	if (rc < 0)
		return s3_refuse_rc(s, rc);
	write_uploads(l);
	return 0;
}

static void on_uploads(struct s3 *s, int rc)
{
	struct uploads *l = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &l->out);
}

static void release_uploads(struct s3 *s)
{
	struct uploads *l = s->state;

	buf_clear(&l->rows);
	buf_clear(&l->commons);
	buf_clear(&l->out);
}

void upload_all(struct s3 *s)
{
	struct uploads *l = arena_take(&s->arena, sizeof *l);
	struct str key = params_get(&s->params, "key-marker"), id = params_get(&s->params, "upload-id-marker");

	s->state = l;
	s->release = release_uploads;
	l->s = s;
	l->prefix = params_get(&s->params, "prefix");
	l->delimiter = params_get(&s->params, "delimiter");
	l->key_marker = key.n ? key : (struct str){ 0 };
	l->id_marker = key.n && id.n ? id : (struct str){ 0 };	/* without a key it says nothing */
	if (encoding_asked(s, &l->url) < 0 || max_asked(s, "max-uploads", &l->max) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, find_uploads, on_uploads);
}
