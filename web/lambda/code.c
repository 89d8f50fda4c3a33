/* code.c - packages brought in: read from where they are, staged, digested and unpacked. */
#include "web/lambda/code.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/sys.h"
#include "functions/unpack.h"
#include "storage/object.h"

#define PIECE (256 << 10)

static bool has(const struct json_value *source, const char *name)
{
	return str_is_set(json_text(source, name));
}

int code_read(struct lambda *l, const struct json_value *source, struct code *c)
{
	struct str version = json_text(source, "S3ObjectVersion");

	c->zip = json_text(source, "ZipFile");
	c->bucket = json_text(source, "S3Bucket");
	c->key = json_text(source, "S3Key");
	if (has(source, "ImageUri"))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Please don't provide ImageUri when updating a function with packageType Zip.");
	if (str_is_set(c->zip) && (str_is_set(c->bucket) || str_is_set(c->key)))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Please do not provide other FunctionCode parameters when providing a ZipFile.");
	if (!str_is_set(c->zip) && (!str_is_set(c->bucket) || !str_is_set(c->key)))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Please provide a source for function code.");
	if (str_is_set(version) && !str_eq(version, STR("null")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: The "
				     "specified version does not exist.");
	return 0;
}

/* Where bytes are staged to, and what is learnt of them on the way. */
struct staging {
	struct blob blob;
	struct digest digest;
};

static int stage(struct staging *s, const void *p, size_t n)
{
	digest_feed(&s->digest, p, n);
	return blob_write(&s->blob, p, n);
}

/* The text stands in memory of this request's own: in `bytes`, or in the arena when it had escapes. */
static int bring_zip(struct lambda *l, struct code *c, struct staging *s)
{
	char *p = (char *)(uintptr_t)c->zip.p;
	int64_t n = base64_decode_in_place(p, c->zip.n);

	if (n < 0)
		return lambda_refuse(l, LAMBDA_SERIALIZATION, "ZipFile is not valid base64");
	if (n > CODE_ZIP_MAX)
		return lambda_refuse(l, LAMBDA_TOO_LARGE, "Zipped size must be smaller than %d bytes", CODE_ZIP_MAX);
	c->size = n;
	c->zip.n = 0;		/* it is text no more */
	return stage(s, p, (size_t)n);
}

static int refuse_object(struct lambda *l, int rc, bool bucket_missing)
{
	if (rc != E_NOT_FOUND)
		return rc;
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Error occurred while GetObject. S3 Error Code: %s", bucket_missing ?
			     "NoSuchBucket. S3 Error Message: The specified bucket does not exist" :
			     "NoSuchKey. S3 Error Message: The specified key does not exist.");
}

static int copy_file(int fd, int64_t size, struct staging *s)
{
	char *piece = malloc(PIECE);
	int64_t at = 0;
	int rc = 0;

	CHECK(piece != NULL);
	while (rc == 0 && at < size) {
		ssize_t n = sys_pread(fd, piece, PIECE, (uint64_t)at);

		rc = n > 0 ? stage(s, piece, (size_t)n) : n < 0 ? (int)n : E_CORRUPT;
		at += n;
	}
	free(piece);
	return rc;
}

static int bring_object(struct lambda *l, struct db *db, struct code *c, struct staging *s)
{
	struct object o;
	bool bucket_missing;
	int fd, rc = object_get(db, c->bucket, c->key, &l->arena, &o, &bucket_missing);

	if (rc < 0)
		return refuse_object(l, rc, bucket_missing);
	if (o.size > UNPACK_ZIP_MAX)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Unzipped size must be smaller than %d bytes", CODE_BYTES_MAX);
	c->size = o.size;
	if (o.size == 0)
		return 0;
	if ((fd = blob_isolate(store_blobs(l->m->store), o.extents, o.extent_count)) < 0)
		return fd;
	rc = copy_file(fd, o.size, s);
	close(fd);
	return rc;
}

static void name_package(struct code *c, struct staging *s)
{
	uint8_t sum[DIGEST_SIZE_MAX];
	struct buf b = { 0 };

	digest_end(&s->digest, sum);
	hex_encode(c->id, sum, 32);
	base64_encode(&b, sum, 32);
	snprintf(c->sha256, sizeof c->sha256, "%s", b.data);
	buf_clear(&b);
}

static int refuse_verdict(struct lambda *l, const struct unpack_result *r)
{
	bool ours = r->verdict == UNPACK_SHORT || r->verdict == UNPACK_FAILED;

	return lambda_refuse(l, ours ? LAMBDA_SERVICE : LAMBDA_BAD_PARAMETER, "%s", r->message);
}

/* What was unpacked before by somebody whose change never came. */
static int64_t tree_bytes(struct lambda *l, const char *id)
{
	char *paths[] = { arena_printf(&l->arena, "%s/%s", catalog_code_dir(l->m->catalog), id), NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	int64_t bytes = 0;
	FTSENT *e;

	while (tree && (e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_F)
			bytes += e->fts_statp->st_size;
	if (tree)
		fts_close(tree);
	return bytes;
}

static int unpack_staged(struct lambda *l, struct db *db, struct code *c)
{
	const struct catalog *catalog = l->m->catalog;
	struct unpack_result r;
	struct package kept;
	uint64_t first;
	int rc, fd = extent_open(store_blobs(l->m->store), &c->where, &first);

	if (fd < 0)
		return fd;
	CHECK(first == 0);	/* it is a file of its own */
	rc = unpack(catalog_unpacker(catalog), fd, c->size, catalog_code_dir(catalog), str_of(c->id), &r);
	close(fd);
	if (rc < 0)
		return lambda_refuse(l, LAMBDA_SERVICE, "minilab-unpack could not be run: %s", err_text(rc));
	if (r.verdict != UNPACK_OK)
		return refuse_verdict(l, &r);
	c->unpacked = r.bytes;
	if (r.files == 0)	/* it was there already */
		c->unpacked = package_get(db, str_of(c->id), &l->arena, &kept) == 0 ? kept.unpacked : tree_bytes(l, c->id);
	return 0;
}

static int refuse_empty(struct lambda *l)
{
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Uploaded file must be a non-empty zip");
}

static int bring(struct lambda *l, struct db *db, struct code *c)
{
	struct staging s = { .blob = { .fd = -1 } };
	int rc = blob_stage(&s.blob, store_blobs(l->m->store), c->zip.n / 4 * 3);

	digest_begin(&s.digest, DIGEST_SHA256);
	if (rc == 0)
		rc = str_is_set(c->zip) ? bring_zip(l, c, &s) : bring_object(l, db, c, &s);
	if (rc == 0 && c->size == 0)
		rc = refuse_empty(l);
	if (rc < 0) {
		blob_abort(&s.blob);
		return rc;
	}
	name_package(c, &s);
	rc = blob_commit(&s.blob, &c->where);
	return rc < 0 ? rc : unpack_staged(l, db, c);
}

/* Bytes that are kept already keep their file. */
static int keep(struct lambda *l, struct db *db, struct code *c)
{
	struct package p = { .size = c->size, .unpacked = c->unpacked, .extents = &c->where, .extent_count = 1 };
	int rc;

	memcpy(p.id, c->id, sizeof p.id);
	rc = package_add(db, &p);
	c->kept = rc == 0;
	if (rc == E_FULL)
		return lambda_refuse(l, LAMBDA_CODE_STORAGE, "Code storage limit exceeded.");
	return rc == E_EXISTS ? 0 : rc;
}

static int drop(struct lambda *l, struct db *db)
{
	struct code *c = l->state;

	(void)db;
	blob_forget(store_blobs(l->m->store), &c->where);
	return 0;
}

static void on_dropped(struct lambda *l, int rc)
{
	struct code *c = l->state;

	(void)rc;
	lambda_finish(l, c->rc);
}

static void end(struct lambda *l, int rc)
{
	struct code *c = l->state;

	c->rc = rc;
	if (c->where.kind != EXTENT_NONE && (rc < 0 || !c->kept))
		lambda_run(l, drop, on_dropped);
	else
		lambda_finish(l, rc);
}

static int change(struct lambda *l, struct db *db)
{
	struct code *c = l->state;
	int rc = keep(l, db, c);

	return rc < 0 ? rc : c->change(l, db);
}

static int work(struct lambda *l, struct db *db)
{
	struct code *c = l->state;
	int rc = c->look ? c->look(l, db) : 0;

	if (rc == 0)
		rc = bring(l, db, c);
	if (rc == 0 && c->dry)
		rc = c->change(l, db);
	return rc;
}

static void on_worked(struct lambda *l, int rc)
{
	struct code *c = l->state;

	if (rc < 0 || c->dry)
		end(l, rc);
	else
		lambda_commit(l, change, end);
}

void code_serve(struct lambda *l, struct code *c)
{
	l->state = c;
	lambda_run(l, work, on_worked);
}
