/* watch_take.c - one file's way into the store, as a table of steps: each says TAKE_ON, or how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/digest_share.h"
#include "base/err.h"
#include "base/sys.h"
#include "pipeline/feed.h"
#include "pipeline/watch_parts.h"
#include "pipeline/watch_whole.h"
#include "storage/bucket.h"

#define PIECE (256 << 10)
#define NUMBERS_MAX 10000		/* of files whose keys would be the same, with keep_both */

static const enum digest_kind kinds[] = { DIGEST_MD5, DIGEST_CRC64NVME, DIGEST_SHA256 };
#define KINDS (sizeof kinds / sizeof *kinds)

static enum take_outcome failed(struct taking *t, int rc)
{
	t->rc = rc;
	return TAKE_FAILED;
}

static bool is_loose(const struct taking *t)
{
	return t->folder->spec.poll;
}

/* -- steps -- */

static enum take_outcome open_it(struct taking *t)
{
	t->fd = watch_open_beneath(t->folder->top, t->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	switch (t->fd) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:	/* a symbolic link now, it or what it lies in */
	case -EXDEV:
	case -ENXIO:	/* a socket */
		return TAKE_GONE;
	case -EAGAIN:
		return TAKE_WRITTEN;
	default:
		return t->fd < 0 ? failed(t, t->fd) : TAKE_ON;
	}
}

static int look(struct taking *t, struct watch_stamp *s, bool *is_file)
{
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return -errno;
	*s = watch_stamp_of(&st);
	*is_file = S_ISREG(st.st_mode);
	return 0;
}

static enum take_outcome is_as_it_was(struct taking *t)
{
	bool is_file;
	int rc = look(t, &t->now, &is_file);

	if (rc < 0)
		return failed(t, rc);
	if (!is_file)
		return TAKE_GONE;
	return watch_stamp_same(&t->now, &t->stamp, is_loose(t)) ? TAKE_ON : TAKE_CHANGED;
}

static enum take_outcome read_line(struct taking *t)
{
	int rc = ledger_get(t->reader, str_of(t->folder->spec.name), str_of(t->path), &t->arena, &t->was);

	t->has_line = rc == 0;
	t->line = (struct ledger_line){ .folder = str_of(t->folder->spec.name), .path = str_of(t->path), .device = t->now.device,
		.inode = t->now.inode, .size = t->now.size, .mtime_ns = t->now.mtime_ns };
	return rc < 0 && rc != E_NOT_FOUND ? failed(t, rc) : TAKE_ON;
}

/* A file that is to be moved or deleted must be an object, or have been replaced as one; what is kept may be gone there. Size and time alone
 * do not tell that it is the one that was read: what is to go is read again then. */
static enum take_outcome is_known(struct taking *t)
{
	int fate;

	if (!t->has_line || t->written || !watch_stamp_fits(&t->now, &t->was, is_loose(t)))
		return TAKE_ON;
	if (t->folder->spec.after == WATCH_KEEP)
		return TAKE_KNOWN;
	if (is_loose(t) && !t->read)
		return TAKE_ON;
	if ((fate = ledger_fate(t->reader, &t->was)) < 0)
		return failed(t, fate);
	return fate == LEDGER_GONE ? TAKE_ON : TAKE_KNOWN;
}

/* A lease for reading is given only while nobody has it open for writing. It is not kept for a moment, so nobody has to wait for its end. */
static enum take_outcome is_closed(struct taking *t)
{
	if (fcntl(t->fd, F_SETLEASE, F_RDLCK) == 0)
		t->closed = fcntl(t->fd, F_SETLEASE, F_UNLCK) == 0 && !is_loose(t);	/* nobody here: on a network mount others write, too */
	else if (errno == EAGAIN)
		return TAKE_WRITTEN;
	else if (t->unclosed && t->patient)	/* the kernel does not say; notifications did */
		return TAKE_WRITTEN;
	return TAKE_ON;
}

/* Where neither the kernel nor notifications nor the format tell that somebody has written all of it, it may be kept, but not be taken away, which
 * would be under the hands of a writer that pauses. */
static enum take_outcome is_whole(struct taking *t)
{
	enum watch_whole w = t->patient ? watch_whole(t->fd, t->now.size) : WHOLE_YES;

	return w == WHOLE_NO || (w == WHOLE_UNKNOWN && !t->closed && t->folder->spec.after != WATCH_KEEP) ? TAKE_UNFINISHED : TAKE_ON;
}

/* The very file under another name, and not to be put again: it need not be read, unless it is to go. */
static enum take_outcome is_known_elsewhere(struct taking *t)
{
	struct ledger_line other;
	int rc;

	if (!t->folder->spec.skip_same || t->has_line || t->written || is_loose(t) || t->folder->spec.after != WATCH_KEEP)
		return TAKE_ON;
	rc = ledger_find_file(t->reader, &t->line, &t->arena, &other);
	if (rc == E_NOT_FOUND)
		return TAKE_ON;
	if (rc < 0)
		return failed(t, rc);
	memcpy(t->line.hash, other.hash, LEDGER_HASH);
	t->line.state = LEDGER_SAME;
	t->line.bucket = other.bucket;
	t->line.key = other.key;
	t->line.seq = other.seq;
	return TAKE_SAME;
}

struct reading {
	struct digest digest[KINDS];
	char *piece;
	struct blob blob;
	int64_t got;
};

/* Free space is looked at first: what would not be committed later must not take it from others meanwhile. */
static int stage(struct taking *t, struct reading *r)
{
	struct store_health h;

	store_get_health(t->folder->m->store, &h);
	if (h.disk_size > 0 && h.disk_free - t->now.size < t->folder->m->settings.free_floor)
		return E_FULL;
	return blob_stage(&r->blob, store_blobs(t->folder->m->store), (uint64_t)t->now.size);
}

static int feed(struct taking *t, struct reading *r, size_t n)
{
	for (size_t i = 0; i < KINDS; i++)
		digest_feed_shared(&r->digest[i], r->piece, n);
	if (t->data)
		memcpy(t->data + r->got, r->piece, n);
	r->got += (int64_t)n;
	return t->data ? 0 : blob_write(&r->blob, r->piece, n);
}

/* 0, or negative; -ESTALE: it is not as long as it was; E_CLOSED: minilab stops. */
static int read_all(struct taking *t, struct reading *r)
{
	for (;;) {
		ssize_t n = sys_pread(t->fd, r->piece, PIECE, (uint64_t)r->got);
		int rc;

		if (n < 0)
			return (int)n;
		if (r->got + n > t->now.size)
			return -ESTALE;
		if (n == 0)
			return r->got == t->now.size ? 0 : -ESTALE;
		if ((rc = feed(t, r, (size_t)n)) < 0)
			return rc;
		if (atomic_load(&t->folder->stopping))
			return E_CLOSED;
	}
}

static enum take_outcome read_it(struct taking *t)
{
	struct reading r = { .blob = { .fd = -1 } };
	bool small = t->now.size <= BLOB_NEEDLE_MAX;
	int rc = t->now.size > OBJECT_SIZE_MAX ? E_TOO_LARGE : small ? 0 : stage(t, &r);

	if (rc < 0)
		return failed(t, rc);
	r.piece = malloc(PIECE);
	t->data = small ? malloc((size_t)t->now.size + 1) : NULL;
	CHECK(r.piece != NULL && (!small || t->data != NULL));
	for (size_t i = 0; i < KINDS; i++)
		digest_begin(&r.digest[i], kinds[i]);
	rc = read_all(t, &r);
	if (rc == 0 && !small)
		rc = blob_commit(&r.blob, &t->where);
	blob_abort(&r.blob);
	for (size_t i = 0; i < KINDS && rc == 0; i++)
		digest_end(&r.digest[i], t->sum[kinds[i]]);
	free(r.piece);
	memcpy(t->line.hash, t->sum[DIGEST_SHA256], LEDGER_HASH);
	return rc == -ESTALE ? TAKE_CHANGED : rc < 0 ? failed(t, rc) : TAKE_ON;
}

/* Nothing happened to it while it was read, and it still has its name. */
static enum take_outcome is_still_there(struct taking *t)
{
	struct watch_stamp s;
	struct stat st;
	bool is_file;
	int rc = look(t, &s, &is_file);

	if (rc < 0)
		return failed(t, rc);
	if (fstatat(t->folder->top, t->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR ? TAKE_GONE : failed(t, -errno);
	if (!is_loose(t) && ((int64_t)st.st_ino != s.inode || (int64_t)st.st_dev != s.device))
		return TAKE_CHANGED;
	return watch_stamp_same(&t->now, &s, is_loose(t)) ? TAKE_ON : TAKE_CHANGED;
}

/* The content of its line again. A file that is the same one was only touched; another one, with its content, is put if the object is gone. */
static enum take_outcome is_same_content(struct taking *t)
{
	int fate;

	if (!t->has_line || memcmp(t->was.hash, t->line.hash, LEDGER_HASH) != 0)
		return TAKE_ON;
	if ((fate = ledger_fate(t->reader, &t->was)) < 0)
		return failed(t, fate);
	if (fate == LEDGER_GONE || (fate == LEDGER_REPLACED && t->was.inode != t->now.inode))
		return TAKE_ON;
	t->line.state = t->was.state;
	t->line.bucket = t->was.bucket;
	t->line.key = t->was.key;
	t->line.seq = t->was.seq;
	return TAKE_KNOWN;
}

static enum take_outcome is_content_elsewhere(struct taking *t)
{
	struct ledger_line other;
	int rc;

	if (!t->folder->spec.skip_same)
		return TAKE_ON;
	rc = ledger_find_content(t->reader, t->line.folder, t->line.path, t->line.hash, &t->arena, &other);
	if (rc == E_NOT_FOUND)
		return TAKE_ON;
	if (rc < 0)
		return failed(t, rc);
	t->line.state = LEDGER_SAME;
	t->line.bucket = other.bucket;
	t->line.key = other.key;
	t->line.seq = other.seq;
	return TAKE_SAME;
}

/* The first number whose key nobody has. Somebody may still be quicker: then the put is refused, and all is looked at again. */
static int number_it(struct taking *t)
{
	struct str plain = t->line.key;
	int64_t bucket, seq;
	int rc = bucket_find(t->reader, watch_spec_bucket(&t->folder->spec), &bucket, NULL);

	for (int n = 2; rc == 0 && (seq = object_seq(t->reader, bucket, t->line.key)) != 0; n++)
		rc = seq < 0 ? (int)seq : n > NUMBERS_MAX ? E_TOO_LARGE : watch_key_numbered(plain, n, &t->arena, &t->line.key);
	return rc;
}

static enum take_outcome name_it(struct taking *t)
{
	int rc = watch_key(watch_spec_prefix(&t->folder->spec), t->path, &t->arena, &t->line.key);

	if (rc == 0 && t->folder->spec.keep_both)
		rc = number_it(t);
	return rc < 0 ? failed(t, rc) : TAKE_PUT;
}

static enum take_outcome (*const steps[])(struct taking *t) = {
	open_it, is_as_it_was, read_line, is_known, is_closed, is_whole, is_known_elsewhere, read_it, is_still_there, is_same_content,
	is_content_elsewhere, name_it,
};

/* -- commits -- */

/* The loop: what is committed has an end before `after`, so that nobody waits for a disk to learn of it. */
static void on_committed(struct post *p)
{
	struct taking *t = container_of(p, struct taking, post);
	const struct object *o = &t->put.o;

	if (t->rc == 0 && t->outcome == TAKE_PUT) {
		minilab_wake(t->folder->m);
		feed_tell(t->folder->m->feed, &(struct feed_event){ .what = FEED_UPLOADED, .at_ms = o->mtime_ms, .bucket = t->put.bucket,
			.key = o->key, .seq = o->seq });
	}
	hands_give(t->folder, t);
}

/* The writer's thread. */
static void on_change_done(struct change *c)
{
	struct taking *t = c->owner;

	t->rc = c->rc;
	t->committed = true;
	t->post.call = on_committed;
	lanes_post(t->folder->m->lanes, &t->post);
}

static void submit(struct taking *t, struct change *c)
{
	t->change = c;
	c->owner = t;
	c->done = on_change_done;
	store_submit(t->folder->m->store, c);
}

/* What is to go must be an object now, not only when it was looked for. */
static int apply_line(struct change *c, struct db *db)
{
	struct taking *t = container_of(c, struct taking, line_only);
	int fate = t->folder->spec.after == WATCH_KEEP ? LEDGER_STANDS : ledger_fate(db, &t->line);

	if (fate == LEDGER_GONE || (fate == LEDGER_REPLACED && t->outcome == TAKE_SAME))
		return E_PRECONDITION;
	return fate < 0 ? fate : ledger_put(db, &t->line);
}

static void submit_line(struct taking *t)
{
	t->line_only = (struct change){ .apply = apply_line, .always = true };
	submit(t, &t->line_only);
}

/* Another file of the same content may have been committed since it was looked for. */
static int also_line(struct object_put *p, struct db *db)
{
	struct taking *t = p->also_owner;
	struct ledger_line other;

	if (t->folder->spec.skip_same && ledger_find_content(db, t->line.folder, t->line.path, t->line.hash, &t->arena, &other) == 0)
		return E_EXISTS;
	t->line.state = LEDGER_PUT;
	t->line.bucket = p->o.bucket;
	t->line.seq = p->o.seq;
	return ledger_put(db, &t->line);
}

static struct str base64_of(struct taking *t, enum digest_kind k)
{
	struct buf b = {0};
	struct str s;

	base64_encode(&b, t->sum[k], digest_size(k));
	s = arena_str(&t->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}

/* The file, as people can find it again. */
static struct str door_of(struct taking *t)
{
	struct str path;

	(void)watch_key(STR(""), t->path, &t->arena, &path);
	return str_of(arena_printf(&t->arena, "drop folder %s/%.*s", t->folder->spec.dir, STR_ARG(path)));
}

static void submit_put(struct taking *t)
{
	char *md5 = arena_take(&t->arena, 33);
	struct object *o = &t->put.o;

	object_put_init(&t->put);
	hex_encode(md5, t->sum[DIGEST_MD5], 16);
	t->put.store = t->folder->m->store;
	t->put.bucket = watch_spec_bucket(&t->folder->spec);
	t->put.kind = EVENT_CREATED_PUT;
	t->put.actor = (struct actor){ .principal = STR("AWS:minilab:watch"), .source_ip = STR("127.0.0.1"),
		.door = door_of(t) };
	t->put.also = also_line;
	t->put.also_owner = t;
	t->put.if_absent = t->folder->spec.keep_both;
	o->key = t->line.key;
	o->size = t->now.size;
	o->etag = str_of(md5);
	o->sum = (struct checksum){ SUM_FULL, DIGEST_CRC64NVME, base64_of(t, DIGEST_CRC64NVME) };
	o->headers = watch_headers(t->path, t->now.mtime_ns, &t->arena);
	if (t->where.kind != EXTENT_NONE) {
		o->extents = &t->where;
		o->extent_count = 1;
	} else {
		t->needle = (struct needle){ .key = str_of(arena_printf(&t->arena, "%.*s/%.*s", STR_ARG(t->put.bucket), STR_ARG(o->key))),
			.data = str_n(t->data, (size_t)t->now.size) };
		t->put.change.needles = &t->needle;
		t->put.change.needle_count = 1;
	}
	submit(t, &t->put.change);
}

/* -- the whole way -- */

static void close_it(struct taking *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

static void forget_bytes(struct taking *t)
{
	if (t->where.kind != EXTENT_NONE)
		blob_forget(store_blobs(t->folder->m->store), &t->where);
	t->where.kind = EXTENT_NONE;
}

void take_file(struct taking *t)
{
	bool read;

	t->outcome = TAKE_ON;
	t->fd = -1;
	for (size_t i = 0; t->outcome == TAKE_ON; i++)
		t->outcome = steps[i](t);
	close_it(t);
	read = t->data || t->where.kind != EXTENT_NONE;
	if (t->outcome == TAKE_PUT) {
		submit_put(t);
		return;
	}
	forget_bytes(t);
	if (t->outcome == TAKE_SAME || (t->outcome == TAKE_KNOWN && read))
		submit_line(t);
	else
		take_end(t);
}

void take_end(struct taking *t)
{
	if (t->rc < 0) {
		forget_bytes(t);
		t->outcome = t->rc == E_EXISTS || t->rc == E_PRECONDITION ? TAKE_CHANGED : TAKE_FAILED;	/* it is looked at again: something came between */
	} else if (t->outcome == TAKE_PUT || t->outcome == TAKE_SAME || t->outcome == TAKE_KNOWN) {
		if (t->folder->spec.after != WATCH_KEEP && (t->rc = after_do(t->folder, t->path, &t->now)) < 0)
			t->after_failed = true;
	}
	hands_back(t->folder, t);
}

void take_clear(struct taking *t)
{
	free(t->data);
	arena_clear(&t->arena);
	free(t);
}
