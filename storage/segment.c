#include "storage/segment.h"

#include <assert.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/sys.h"
#include "storage/volume.h"

#define NEEDLE_MAGIC 0x314e4c4du	/* "MLN1" */
#define CHUNK (1 << 20)
#define FRESH "tmp/segment"		/* a segment being zeroed */

static_assert(sizeof(struct needle_header) == NEEDLE_HEADER, "the header has no holes");

char *segment_path(char to[SEGMENT_PATH_MAX], uint32_t seg)
{
	snprintf(to, SEGMENT_PATH_MAX, "vol/%02x/%06x.seg", seg >> 8, seg);
	return to;
}

static char *folder_path(char to[SEGMENT_PATH_MAX], uint32_t seg)
{
	snprintf(to, SEGMENT_PATH_MAX, "vol/%02x", seg >> 8);
	return to;
}

uint64_t needle_span(uint64_t size, uint64_t key_len)
{
	return (NEEDLE_HEADER + size + key_len + NEEDLE_ALIGN - 1) & ~(uint64_t)(NEEDLE_ALIGN - 1);
}

static void swap(struct needle_header *to, const struct needle_header *h)
{
	*to = (struct needle_header){
		.magic = htole32(h->magic), .crc = htole32(h->crc), .seq = htole64(h->seq),
		.size = htole32(h->size), .data_crc = htole32(h->data_crc),
		.key_len = htole32(h->key_len), .key_crc = htole32(h->key_crc),
	};
}

static uint32_t header_crc(const struct needle_header *on_disk)
{
	return crc32c(0, (const char *)on_disk + 8, NEEDLE_HEADER - 8);
}

void needle_header_fill(struct needle_header *to, uint64_t seq, struct str data, struct str key)
{
	struct needle_header h = {
		.magic = NEEDLE_MAGIC, .seq = seq,
		.size = (uint32_t)data.n, .data_crc = crc32c(0, data.p, data.n),
		.key_len = (uint32_t)key.n, .key_crc = crc32c(0, key.p, key.n),
	};

	swap(to, &h);
	to->crc = htole32(header_crc(to));
}

bool needle_header_read(struct needle_header *h, const void *bytes)
{
	struct needle_header raw;

	memcpy(&raw, bytes, sizeof raw);
	swap(h, &raw);
	return h->magic == NEEDLE_MAGIC && h->crc == header_crc(&raw) && h->size <= BLOB_NEEDLE_MAX &&
	       h->key_len <= NEEDLE_KEY_MAX;
}

/* Past the page cache where that is possible: nobody will read these zeros, and 64 MB of
 * dirty pages would hold up every sync of a needle meanwhile. */
static int write_zeros(int datadir, int fd, uint64_t size, const _Atomic bool *stop)
{
	char *zeros = aligned_alloc(SEGMENT_BLOCK, CHUNK);
	int direct = sys_openat(datadir, FRESH, O_WRONLY | O_DIRECT, 0), rc = 0;

	CHECK(zeros != NULL);
	memset(zeros, 0, CHUNK);
	if (direct < 0 && direct != -EINVAL)
		rc = direct;
	for (uint64_t at = 0; at < size && rc == 0; at += CHUNK)
		rc = atomic_load(stop) ? E_CLOSED :
		     sys_pwrite_all(direct >= 0 ? direct : fd, zeros, size - at < CHUNK ? size - at : CHUNK, at);
	if (direct >= 0)
		close(direct);
	free(zeros);
	return rc;
}

static int fill_with_zeros(int datadir, int fd, uint64_t size, const _Atomic bool *stop)
{
	int rc;

	if ((rc = sys_allocate(fd, size)) < 0)	/* tells of a full disk at once */
		return rc;
	if ((rc = write_zeros(datadir, fd, size, stop)) < 0)
		return rc;
	return sys_fdatasync(fd);
}

static int give_name(int datadir, uint32_t seg)
{
	char folder[SEGMENT_PATH_MAX], path[SEGMENT_PATH_MAX];
	int rc;

	folder_path(folder, seg);
	if ((rc = sys_mkdirat(datadir, folder, 0700)) < 0 || (rc = sys_fsync_dir(datadir, "vol")) < 0 ||
	    (rc = sys_renameat(datadir, FRESH, segment_path(path, seg))) < 0)
		return rc;
	return sys_fsync_dir(datadir, folder);
}

int segment_make(int datadir, uint32_t seg, uint64_t size, const _Atomic bool *stop)
{
	int fd, rc;

	fd = sys_openat(datadir, FRESH, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return fd;
	if ((rc = fill_with_zeros(datadir, fd, size, stop)) < 0 || (rc = give_name(datadir, seg)) < 0) {
		close(fd);
		unlinkat(datadir, FRESH, 0);
		return rc;
	}
	return fd;
}

struct walk {
	uint64_t size, end;
	uint64_t seq;			/* of the last needle */
};

/* 1: a needle at w->end, which then moves on; 0: none. */
static int next_needle(int fd, struct walk *w, struct needle_header *h, uint64_t *data_off)
{
	char raw[NEEDLE_HEADER];
	ssize_t got;

	if (w->end + NEEDLE_HEADER > w->size)
		return 0;
	got = sys_pread(fd, raw, sizeof raw, w->end);
	if (got < 0)
		return (int)got;
	if (got < NEEDLE_HEADER || !needle_header_read(h, raw) || h->seq <= w->seq ||
	    w->end + needle_span(h->size, h->key_len) > w->size)
		return 0;
	*data_off = w->end + NEEDLE_HEADER;
	w->end += needle_span(h->size, h->key_len);
	w->seq = h->seq;
	return 1;
}

static int size_of(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*size = (uint64_t)st.st_size;
	return 0;
}

static int all_zeros(int fd, uint64_t from, uint64_t to, bool *yes)
{
	char *chunk = malloc(CHUNK);
	ssize_t got = 0;

	CHECK(chunk != NULL);
	*yes = true;
	while (*yes && from < to) {
		got = sys_pread(fd, chunk, to - from < CHUNK ? to - from : CHUNK, from);
		if (got <= 0)
			break;
		*yes = chunk[0] == 0 && memcmp(chunk, chunk + 1, (size_t)got - 1) == 0;
		from += (uint64_t)got;
	}
	free(chunk);
	return got < 0 ? (int)got : 0;
}

int segment_scan(int fd, struct segment_end *out)
{
	struct needle_header h;
	struct walk w = { 0 };
	uint64_t off;
	int rc;

	if ((rc = size_of(fd, &w.size)) < 0)
		return rc;
	while ((rc = next_needle(fd, &w, &h, &off)) > 0)
		;
	if (rc < 0)
		return rc;
	out->size = w.size;
	out->end = w.end;
	return all_zeros(fd, w.end, w.size, &out->clean);
}

static DIR *open_folder(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

static void last_in(int vol, const char *folder, bool *any, uint32_t *seg)
{
	DIR *d = open_folder(vol, folder);
	unsigned id;
	int end;

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		end = 0;
		if (sscanf(e->d_name, "%6x.seg%n", &id, &end) != 1 || end == 0 || e->d_name[end] != '\0')
			continue;
		if (!*any || id > *seg)
			*seg = id;
		*any = true;
	}
	closedir(d);
}

int segment_last(int datadir, bool *any, uint32_t *seg)
{
	DIR *d = open_folder(datadir, "vol");

	*any = false;
	*seg = 0;
	if (!d)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			last_in(dirfd(d), e->d_name, any, seg);
	closedir(d);
	return 0;
}
