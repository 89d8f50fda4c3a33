/* GetObjectAttributes: what x-amz-object-attributes asks about an object, without its bytes. Checksums of single parts are not kept beyond
 * completion, so that a part is told by number and size. docs.aws.amazon.com: GetObjectAttributes. */
#include "web/s3/s3.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/xml.h"
#include "storage/upload.h"
#include "web/s3/checksum.h"
#include "web/s3/page.h"
#include "web/s3/version.h"

struct attributes {			/* in s->state */
	unsigned asked;			/* bits by the rows of `rows` */
	int64_t max, after;		/* of the parts */
	struct object o;
};

static void write_etag(struct xml *x, const struct attributes *a)
{
	xml_text(x, "ETag", a->o.etag);		/* here without quotes */
}

static void write_checksum(struct xml *x, const struct attributes *a)
{
	const struct checksum *sum = &a->o.sum;

	if (sum->type == SUM_NONE)
		return;
	xml_open(x, "Checksum", NULL);
	xml_text(x, checksum_element(sum->kind), sum->text);
	xml_cstr(x, "ChecksumType", checksum_type(sum->type));
	xml_close(x);
}

/* Every extent is one part; those that are listed are the ones after the marker. AWS lists parts of composite checksums only. */
static void write_parts(struct xml *x, const struct attributes *a)
{
	int64_t count = a->o.extent_count, last = a->after + a->max < count ? a->after + a->max : count;

	if (a->o.etag.n <= 32)			/* was put whole */
		return;
	xml_open(x, "ObjectParts", NULL);
	xml_int(x, "PartsCount", count);
	if (a->o.sum.type == SUM_COMPOSITE) {
		xml_int(x, "PartNumberMarker", a->after);
		xml_int(x, "NextPartNumberMarker", last > a->after ? last : 0);
		xml_int(x, "MaxParts", a->max);
		xml_bool(x, "IsTruncated", last < count);
		for (int64_t i = a->after; i < last; i++) {
			xml_open(x, "Part", NULL);
			xml_int(x, "PartNumber", i + 1);
			xml_int(x, "Size", (int64_t)a->o.extents[i].len);
			xml_close(x);
		}
	}
	xml_close(x);
}

static void write_class(struct xml *x, const struct attributes *a)
{
	(void)a;
	xml_cstr(x, "StorageClass", "STANDARD");
}

static void write_size(struct xml *x, const struct attributes *a)
{
	xml_int(x, "ObjectSize", a->o.size);
}

static const struct {
	const char *name;
	void (*write)(struct xml *x, const struct attributes *a);
} rows[] = {
	{ "ETag", write_etag },
	{ "Checksum", write_checksum },
	{ "ObjectParts", write_parts },
	{ "StorageClass", write_class },
	{ "ObjectSize", write_size },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int find(struct s3 *s, struct db *db)
{
	return version_find(s, db, &((struct attributes *)s->state)->o);
}

static void on_found(struct s3 *s, int rc)
{
	const struct attributes *a = s->state;
	struct buf body = { 0 };
	char when[CLOCK_TEXT_MAX];
	struct xml x;

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "GetObjectAttributesResponse", S3_XMLNS);
	for (int i = 0; i < ROWS; i++)
		if (a->asked & 1u << i)
			rows[i].write(&x, a);
	xml_close(&x);
	s3_answer_begin(s, 200);
	http_header(s->call->r, "Content-Type", STR("application/xml"));
	http_header(s->call->r, "Last-Modified", str_of(clock_http(when, a->o.mtime_ms)));
	version_header(s, &a->o);
	http_reply_buf(s->call->r, &body);
}

static int read_names(struct s3 *s, struct attributes *a, struct str list)
{
	struct str one;
	int i;

	while (str_next(&list, ',', &one)) {
		for (i = 0; i < ROWS && !str_eq(str_trim(one), str_of(rows[i].name)); i++)
			;
		if (i == ROWS)
			return s3_refuse(s, S3_INVALID_ARGUMENT, "Invalid attribute name specified.",
					 S3_WITH({ "ArgumentName", STR("x-amz-object-attributes") }, { "ArgumentValue", s3_copy(s, str_trim(one)) }));
		a->asked |= 1u << i;
	}
	return 0;
}

static int read_number(struct s3 *s, const char *header, int64_t otherwise, int64_t *n)
{
	struct str text = http_field(s->call->r, header);

	*n = otherwise;
	if (!str_is_set(text) || str_to_int(text, 0, INT32_MAX, n) == 0)
		return 0;
	return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Provided %s not an integer or within integer range", header),
			 S3_WITH({ "ArgumentName", str_of(header) }, { "ArgumentValue", s3_copy(s, text) }));
}

static int ask(struct s3 *s, struct attributes *a)
{
	struct str list = http_field(s->call->r, "x-amz-object-attributes");
	int rc;

	if (!list.n)
		return s3_refuse(s, S3_INVALID_ARGUMENT, "The x-amz-object-attributes header specifying the attributes to be retrieved is "
				 "either missing or empty", S3_WITH({ "ArgumentName", STR("x-amz-object-attributes") }));
	if ((rc = read_names(s, a, list)) < 0 || (rc = read_number(s, "x-amz-max-parts", PAGE_MAX, &a->max)) < 0)
		return rc;
	if (a->max > PAGE_MAX)
		a->max = PAGE_MAX;
	if ((rc = read_number(s, "x-amz-part-number-marker", 0, &a->after)) < 0)
		return rc;
	if (a->after > PART_MAX)	/* there is none behind */
		a->after = PART_MAX;
	return 0;
}

void object_attributes(struct s3 *s)
{
	struct attributes *a = arena_take(&s->arena, sizeof *a);

	s->state = a;
	if (ask(s, a) < 0)
		s3_answer_fault(s);
	else
		s3_run(s, find, on_found);
}
