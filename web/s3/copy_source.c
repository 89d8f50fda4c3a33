#include "web/s3/copy_source.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest_share.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "web/s3/version.h"

#define COPY_STEP (16 << 20)		/* copied by one lane call */

void copy_source_init(struct copy_source *c)
{
	*c = (struct copy_source){ .blob = { .fd = -1 } };
}

bool copy_source_is_small(const struct copy_source *c)
{
	return c->length <= BLOB_NEEDLE_MAX;
}

void copy_source_undo(struct s3 *s, struct copy_source *c)
{
	blob_abort(&c->blob);
	if (c->where.kind != EXTENT_NONE)
		blob_forget(store_blobs(s->m->store), &c->where);
}

void copy_source_clear(struct copy_source *c)
{
	buf_clear(&c->data);
}

void copy_source_version(struct s3 *s, const struct copy_source *c)
{
	if (c->from.named || c->from.versioned)
		version_header_of(s, "x-amz-copy-source-version-id", c->from.born, c->from.named);
}

/* Asking */

static int bad_source(struct s3 *s, const char *why)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, why, S3_WITH({ "ArgumentName", STR("x-amz-copy-source") }));
}

static int read_version(struct s3 *s, struct copy_source *c, struct str query)
{
	struct params *p = arena_take(&s->arena, sizeof *p);
	int64_t born;
	bool named;

	if (!str_is_set(query))
		return 0;
	if (params_parse(&s->arena, query, true, p) < 0 || p->count != 1 || !str_is_set(c->version = params_get(p, "versionId")) ||
	    version_parse(c->version, &born, &named) < 0)
		return bad_source(s, "Invalid version id specified");
	return 0;
}

/* "/bucket/key?versionId=..", encoded, by some clients as forms are, with '+' for a blank; the slash in front may be missing. */
static int read_source(struct s3 *s, struct copy_source *c)
{
	struct str source = http_field(s->call->r, "x-amz-copy-source"), path, bucket;
	int rc;

	(void)str_next(&source, '?', &path);
	if (uri_decode(&s->arena, path, true, &path) < 0 || !utf8_valid(path) || memchr(path.p, '\0', path.n))
		return bad_source(s, "Invalid copy source encoding");
	if (str_starts(path, STR("/")))
		path = str_n(path.p + 1, path.n - 1);
	(void)str_next(&path, '/', &bucket);
	c->bucket = s3_copy(s, bucket);
	c->key = s3_copy(s, path);
	if (!c->key.n || c->key.n > OBJECT_KEY_MAX)
		return bad_source(s, "Invalid copy source object key");
	if (!bucket_name_valid(c->bucket))
		return bad_source(s, "Invalid copy source bucket name");
	if ((rc = read_version(s, c, source)) < 0)
		return rc;
	if (s3_is_denied(s, str_is_set(c->version) ? "s3:GetObjectVersion" : "s3:GetObject", c->bucket, c->key))
		return s3_refuse(s, S3_ACCESS_DENIED, NULL, NULL);
	return 0;
}

int copy_source_ask(struct s3 *s, struct copy_source *c)
{
	struct http_request *r = s->call->r;

	c->conditions.if_match = s3_copy(s, http_field(r, "x-amz-copy-source-if-match"));
	c->conditions.if_none_match = s3_copy(s, http_field(r, "x-amz-copy-source-if-none-match"));
	c->conditions.if_modified_since = s3_copy(s, http_field(r, "x-amz-copy-source-if-modified-since"));
	c->conditions.if_unmodified_since = s3_copy(s, http_field(r, "x-amz-copy-source-if-unmodified-since"));
	return read_source(s, c);
}

/* On a lane */

int copy_source_find(struct s3 *s, struct db *db, struct copy_source *c)
{
	const char *which = "";
	int rc = version_find_source(s, db, c->bucket, c->key, c->version, &c->from);

	if (rc < 0)
		return rc;
	if (conditions_check(&c->conditions, c->from.etag, c->from.mtime_ms, clock_wall_ms(), &which) == CONDITIONS_HOLD)
		return 0;
	return s3_refuse(s, S3_PRECONDITION, NULL,
			 S3_WITH({ "Condition", str_of(arena_printf(&s->arena, "x-amz-copy-source-%s", which)) }));
}

int copy_source_begin(struct s3 *s, struct copy_source *c, int64_t first, int64_t length, enum digest_kind kind)
{
	int rc = 0;

	if (length > OBJECT_PUT_MAX)
		return s3_refuse(s, S3_INVALID_REQUEST, "The specified copy source is larger than the maximum allowable size "
				 "for a copy source: 5368709120", NULL);
	for (c->skip = (uint64_t)first; c->at < c->from.extent_count && c->skip >= c->from.extents[c->at].len; c->at++)
		c->skip -= c->from.extents[c->at].len;
	c->length = c->left = length;
	c->kind = kind;
	digest_begin(&c->md5, DIGEST_MD5);
	digest_begin(&c->sum, kind);
	if (!copy_source_is_small(c))
		rc = blob_stage(&c->blob, store_blobs(s->m->store), (uint64_t)length);
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

/* A needle is read whole, so that its checksum is looked at, and then cut. */
static int read_extent(struct s3 *s, struct copy_source *c, size_t n)
{
	const struct extent *e = &c->from.extents[c->at];
	bool needle = e->kind == EXTENT_NEEDLE;
	size_t len = needle ? (size_t)e->len : n;
	char *to = buf_reserve(&c->data, len);
	int64_t got = extent_read(store_blobs(s->m->store), e, needle ? 0 : c->skip, to, len);

	if (got != (int64_t)len)
		return got < 0 ? (int)got : E_CORRUPT;
	if (needle && c->skip > 0)
		memmove(to, to + c->skip, n);
	buf_wrote(&c->data, n);
	return 0;
}

/* What is left of the extent, at most COPY_PIECE of it. */
static int64_t copy_piece(struct s3 *s, struct copy_source *c)
{
	uint64_t rest = c->from.extents[c->at].len - c->skip;
	size_t n = rest < COPY_PIECE ? (size_t)rest : COPY_PIECE;
	char *bytes;
	int rc;

	if ((int64_t)n > c->left)
		n = (size_t)c->left;
	if (!copy_source_is_small(c))
		c->data.len = 0;
	if ((rc = read_extent(s, c, n)) < 0)
		return rc;
	bytes = c->data.data + c->data.len - n;
	digest_feed_shared(&c->md5, bytes, n);
	digest_feed(&c->sum, bytes, n);
	if (!copy_source_is_small(c) && (rc = blob_write(&c->blob, bytes, n)) < 0)
		return rc;
	c->skip += n;
	c->left -= (int64_t)n;
	return (int64_t)n;
}

int copy_source_some(struct s3 *s, struct copy_source *c)
{
	int64_t copied = 0, n;
	int rc;

	while (c->left > 0 && copied < COPY_STEP) {
		if (c->at == c->from.extent_count)
			return s3_refuse_rc(s, E_CORRUPT);
		if (c->skip == c->from.extents[c->at].len) {
			c->at++;
			c->skip = 0;
			continue;
		}
		if ((n = copy_piece(s, c)) < 0)
			return s3_refuse_rc(s, (int)n);
		copied += n;
	}
	c->done = c->left == 0;
	if (c->done && !copy_source_is_small(c) && (rc = blob_commit(&c->blob, &c->where)) < 0)
		return s3_refuse_rc(s, rc);
	return 0;
}
