/* ListParts and ListMultipartUploads. */
#include "storage/upload.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "web/s3/acl.h"
#include "web/s3/checksum.h"
#include "web/s3/listing.h"
#include "web/s3/page.h"
#include "web/s3/part.h"

struct parts {				/* in s->state */
	struct listing listing;
	struct upload upload;
	int after, count, last;
	bool more;
};

static int on_part(void *owner, const struct part *p)
{
	struct parts *l = owner;
	struct xml *x = &l->listing.x;
	char when[CLOCK_TEXT_MAX], hex[33];

	if (l->count == l->listing.max) {
		l->more = true;
		return 1;
	}
	l->count++;
	l->last = p->number;
	hex_encode(hex, p->md5, 16);
	xml_open(x, "Part", NULL);
	xml_int(x, "PartNumber", p->number);
	xml_cstr(x, "LastModified", clock_iso_ms(when, p->mtime_ms / 1000 * 1000));
	xml_text(x, "ETag", s3_quoted(l->listing.s, str_of(hex)));
	xml_int(x, "Size", p->size);
	if (l->upload.sum.type != SUM_NONE && p->sum.type != SUM_NONE)
		xml_text(x, checksum_element(p->sum.kind), p->sum.text);
	xml_close(x);
	return 0;
}

static void write_parts(struct parts *l)
{
	struct s3 *s = l->listing.s;
	struct xml x = listing_document(&l->listing, "ListPartsResult");

	xml_text(&x, "Bucket", s->bucket);
	xml_text(&x, "Key", s->key);
	xml_text(&x, "UploadId", l->upload.id);
	owner_write(s, &x, "Initiator");
	owner_write(s, &x, "Owner");
	xml_cstr(&x, "StorageClass", "STANDARD");
	xml_int(&x, "PartNumberMarker", l->after);
	xml_int(&x, "NextPartNumberMarker", l->last);
	xml_int(&x, "MaxParts", l->listing.max);
	xml_bool(&x, "IsTruncated", l->more);
	listing_sum(&x, &l->upload.sum);
	listing_end(&l->listing, &x);
}

static int find_parts(struct s3 *s, struct db *db)
{
	struct parts *l = s->state;
	int rc = upload_look(s, db, &l->upload);

	if (rc < 0)
		return rc;
	listing_begin(&l->listing);
	rc = l->listing.max == 0 ? 0 : part_list(db, l->upload.id, l->after, l->listing.max + 1, on_part, l);
	if (rc < 0)
		return s3_refuse_rc(s, rc);
	write_parts(l);
	return 0;
}

void upload_parts(struct s3 *s)
{
	struct parts *l = arena_take(&s->arena, sizeof *l);

	if (listing_open(&l->listing, s, "max-parts") < 0 || listing_number(s, "part-number-marker", 0, &l->after) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, find_parts, listing_answer);
}

struct uploads {			/* in s->state */
	struct listing listing;
	struct str key_marker, id_marker;
	bool more;
	int count;
	struct str last_key, last_id, last_common;	/* told last; its id is absent when that is a common prefix */
};

static void add_common(struct uploads *l, struct str common)
{
	l->last_key = l->last_common = arena_str(&l->listing.s->arena, common);
	l->last_id = (struct str){ 0 };
	l->count++;
	listing_common(&l->listing, common);
}

static void add_upload(struct uploads *l, const struct upload *u)
{
	struct s3 *s = l->listing.s;
	struct xml *x = &l->listing.x;
	char when[CLOCK_TEXT_MAX];

	l->last_key = arena_str(&s->arena, u->key);
	l->last_id = arena_str(&s->arena, u->id);
	l->count++;
	xml_open(x, "Upload", NULL);
	listing_text(&l->listing, x, "Key", u->key);
	xml_text(x, "UploadId", u->id);
	owner_write(s, x, "Initiator");
	owner_write(s, x, "Owner");
	xml_cstr(x, "StorageClass", "STANDARD");
	xml_cstr(x, "Initiated", clock_iso_ms(when, u->created_ms / 1000 * 1000));
	listing_sum(x, &u->sum);
	xml_close(x);
}

static int on_upload(void *owner, const struct upload *u)
{
	struct uploads *l = owner;
	struct str common = page_common(l->listing.prefix, l->listing.delimiter, u->key);
	bool told = str_is_set(common) && (str_eq(common, l->last_common) || str_starts(l->key_marker, common));

	if (!told && l->count == l->listing.max) {
		l->more = true;
		return 1;
	}
	if (!told && str_is_set(common))
		add_common(l, common);
	else if (!told)
		add_upload(l, u);
	return 0;
}

/* Both markers are always there, as S3 has them: of the last upload, even if no page follows. After a common prefix S3 tells none and cannot be
 * asked for the next page; here the prefix is the marker. */
static void write_uploads(struct uploads *l)
{
	bool told = l->more || str_is_set(l->last_id);
	struct xml x = listing_document(&l->listing, "ListMultipartUploadsResult");

	xml_text(&x, "Bucket", l->listing.s->bucket);
	listing_text(&l->listing, &x, "KeyMarker", l->key_marker);
	xml_text(&x, "UploadIdMarker", l->id_marker);
	listing_text(&l->listing, &x, "NextKeyMarker", told ? l->last_key : STR(""));
	xml_text(&x, "NextUploadIdMarker", l->last_id);
	if (l->listing.prefix.n > 0)
		listing_text(&l->listing, &x, "Prefix", l->listing.prefix);
	listing_asked(&l->listing, &x);
	xml_int(&x, "MaxUploads", l->listing.max);
	xml_bool(&x, "IsTruncated", l->more);
	listing_end(&l->listing, &x);
}

static int find_uploads(struct s3 *s, struct db *db)
{
	struct uploads *l = s->state;
	int64_t bucket;
	int rc;

	listing_begin(&l->listing);
	if ((rc = listing_bucket(&l->listing, db, &bucket)) < 0)
		return rc;
	/* With a delimiter one line may stand for many uploads, so all of them have to be seen. */
	rc = l->listing.max == 0 ? 0 : upload_list(db, bucket, l->listing.prefix, l->key_marker, l->id_marker,
						   l->listing.delimiter.n ? UPLOADS_MAX : l->listing.max + 1, on_upload, l);
	if (rc == E_BAD_INPUT)
		return s3_refuse(s, S3_INVALID_ARGUMENT, "Invalid uploadId marker",
				 S3_WITH({ "ArgumentName", STR("upload-id-marker") }, { "ArgumentValue", l->id_marker }));
	if (rc < 0)
		return s3_refuse_rc(s, rc);
	write_uploads(l);
	return 0;
}

void upload_all(struct s3 *s)
{
	struct uploads *l = arena_take(&s->arena, sizeof *l);
	struct str key = params_get(&s->params, "key-marker"), id = params_get(&s->params, "upload-id-marker");

	l->key_marker = key.n ? key : (struct str){ 0 };
	l->id_marker = key.n && id.n ? id : (struct str){ 0 };	/* without a key it says nothing */
	if (listing_open_keys(&l->listing, s, "max-uploads") < 0)
		s3_answer_fault(s);
	else
		s3_run(s, find_uploads, listing_answer);
}
