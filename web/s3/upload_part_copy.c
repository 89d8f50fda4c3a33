/* UploadPartCopy: a part out of an object, or of a range of one. */
#include "storage/upload.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/xml.h"
#include "web/s3/checksum.h"
#include "web/s3/copy_source.h"
#include "web/s3/part.h"
#include "web/s3/put.h"

struct part_copy {			/* in s->state */
	struct s3 *s;
	struct room_guest guest;	/* for the bytes at hand */
	struct copy_source source;
	struct part_put put;
	struct needle needle;
	struct upload upload;
	bool ranged;
	int64_t first, last;		/* of the range */
};

static void undo(struct s3 *s)
{
	copy_source_undo(s, &((struct part_copy *)s->state)->source);
}

static void release(struct s3 *s)
{
	struct part_copy *p = s->state;

	copy_source_clear(&p->source);
	room_give(s->room, &p->guest);
}

static int refuse_range(struct s3 *s, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", STR("x-amz-copy-source-range") },
			 { "ArgumentValue", s3_copy(s, http_field(s->call->r, "x-amz-copy-source-range")) }));
}

/* "bytes=first-last", both said. */
static int read_range(struct s3 *s, struct part_copy *p)
{
	struct str range = http_field(s->call->r, "x-amz-copy-source-range"), first;

	if (!(p->ranged = str_is_set(range)))
		return 0;
	if (str_starts(range, STR("bytes="))) {
		range = str_n(range.p + 6, range.n - 6);
		if (str_next(&range, '-', &first) && str_to_int(first, 0, OBJECT_SIZE_MAX, &p->first) == 0 &&
		    str_to_int(range, p->first, OBJECT_SIZE_MAX, &p->last) == 0)
			return 0;
	}
	return refuse_range(s, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
			    "zero-based offsets of the first and last bytes to copy");
}

static int find(struct s3 *s, struct db *db)
{
	struct part_copy *p = s->state;
	int64_t size;
	int rc = upload_look(s, db, &p->upload);

	if (rc < 0 || (rc = copy_source_find(s, db, &p->source)) < 0)
		return rc;
	size = p->source.from.size;
	if (!p->ranged)
		p->last = size - 1;
	else if (p->first >= size)
		return s3_refuse(s, S3_INVALID_REQUEST, "The specified copy range is invalid for the source object size", NULL);
	else if (p->last >= size)
		return s3_refuse(s, S3_INVALID_ARGUMENT, arena_printf(&s->arena, "Range specified is not valid for source object of size: "
				 "%lld", (long long)size), S3_WITH({ "ArgumentName", STR("x-amz-copy-source-range") },
				 { "ArgumentValue", str_of(arena_printf(&s->arena, "bytes=%lld-%lld", (long long)p->first, (long long)p->last)) }));
	/* An upload that named no algorithm ends with the CRC of the whole, which every part's CRC joins into. */
	return copy_source_begin(s, &p->source, p->first, p->last - p->first + 1,
				 p->upload.sum.type == SUM_NONE ? DIGEST_CRC64NVME : p->upload.sum.kind);
}

static int copy_some(struct s3 *s, struct db *db)
{
	(void)db;
	return copy_source_some(s, &((struct part_copy *)s->state)->source);
}

static void on_put(struct s3 *s, int rc)
{
	struct part_copy *p = s->state;
	const struct part *part = &p->put.part;
	struct buf body = { 0 };
	char when[CLOCK_TEXT_MAX];
	struct xml x;

	if (rc < 0) {
		if (rc == E_NOT_FOUND)
			upload_refuse_missing(s);
		else
			s3_refuse_rc(s, rc);
		s3_answer_fault(s);
		return;
	}
	x = xml_into(&body, XML_PROLOG);
	xml_open(&x, "CopyPartResult", S3_XMLNS);
	xml_text(&x, "ETag", s3_quoted(s, put_etag(s, part->md5)));
	xml_cstr(&x, "LastModified", clock_iso_ms(when, part->mtime_ms / 1000 * 1000));
	if (p->upload.sum.type != SUM_NONE)
		xml_text(&x, checksum_element(part->sum.kind), part->sum.text);
	xml_close(&x);
	s3_answer_begin(s, 200);
	http_header(s->call->r, "Content-Type", STR("application/xml"));
	copy_source_version(s, &p->source);
	http_reply_buf(s->call->r, &body);
}

static void submit(struct s3 *s)
{
	struct part_copy *p = s->state;
	struct copy_source *from = &p->source;
	struct part *part = &p->put.part;
	uint8_t md5[DIGEST_SIZE_MAX], sum[DIGEST_SIZE_MAX];

	digest_end(&from->md5, md5);
	digest_end(&from->sum, sum);
	part->size = from->length;
	memcpy(part->md5, md5, sizeof part->md5);
	part->sum = put_sum(s, from->kind, sum);
	if (!copy_source_is_small(from))
		part->where = from->where;
	else if (part->size > 0)
		put_needle(s, &p->put.change, &p->needle, str_n(from->data.data, from->data.len));
	s3_commit(s, &p->put.change, on_put);
}

static void on_some(struct s3 *s, int rc)
{
	struct part_copy *p = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else if (p->source.done)
		submit(s);
	else
		s3_run(s, copy_some, on_some);
}

static void on_granted(struct room_guest *g)
{
	struct s3 *s = container_of(g, struct part_copy, guest)->s;

	if (s->call)		/* else the client left while it waited, and its undo is under way */
		s3_run(s, find, on_some);
}

static int ask(struct s3 *s, struct part_copy *p)
{
	int64_t number;
	int rc;

	if ((rc = part_number_read(s, params_get(&s->params, "partNumber"), &number)) < 0)
		return rc;
	p->put.part.number = (int)number;
	rc = copy_source_ask(s, &p->source);
	return rc < 0 ? rc : read_range(s, p);
}

void upload_part_copy(struct s3 *s)
{
	struct part_copy *p = arena_take(&s->arena, sizeof *p);

	s->state = p;
	s->undo = undo;
	s->release = release;
	part_put_init(&p->put);
	copy_source_init(&p->source);
	p->s = s;
	p->guest = (struct room_guest){ .use = ROOM_WORK, .granted = on_granted };
	p->put.bucket = s->bucket;
	p->put.key = s->key;
	p->put.upload = params_get(&s->params, "uploadId");
	if (ask(s, p) < 0)
		s3_answer_fault(s);
	else if (room_take(s->room, &p->guest, COPY_PIECE))
		s3_run(s, find, on_some);
}
