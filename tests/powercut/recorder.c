/* recorder.c - a disk that remembers what it was told.
 *
 *     recorder SIZE_MB LOG MOUNTPOINT
 *
 * A FUSE file system of two files. `disk` is a block device's bytes (put losetup on it): every write, discard and
 * flush is appended to LOG. What is written to `mark` is put into the log as it is, between them, so that an
 * acknowledgement has its place in the disk's time. The loop driver turns a file system's flush into fsync here.
 * The log is LOG.part until it is whole, after unmounting.
 */
#define FUSE_USE_VERSION 34
#include <fuse3/fuse.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/powercut/record.h"

static struct {
	pthread_mutex_t lock;	/* the order of the log is the order of the disk */
	uint8_t *bytes;
	uint64_t size;
	FILE *log;
	const char *name;
	char part[4096];
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const names[] = { "/disk", "/mark" };
enum file { DISK, MARK, NO_FILE };

static enum file find(const char *path)
{
	int f = DISK;

	while (f < NO_FILE && strcmp(path, names[f]) != 0)
		f++;
	return (enum file)f;
}

/* A log with a hole in it would prove anything: so a failed write ends the test. */
static void append(enum record_kind kind, uint64_t offset, uint64_t length, const void *data)
{
	struct record r = { .kind = kind, .magic = RECORD_MAGIC, .offset = offset, .length = length };

	if (fwrite(&r, sizeof r, 1, disk.log) != 1 || (data && length && fwrite(data, length, 1, disk.log) != 1))
		abort();
}

static int on_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	enum file f = find(path);

	(void)fi;
	*st = (struct stat){ .st_mode = S_IFREG | 0600, .st_nlink = 1, .st_blksize = 4096 };
	if (strcmp(path, "/") == 0)
		st->st_mode = S_IFDIR | 0700;
	else if (f == DISK)
		st->st_size = (off_t)disk.size;
	else if (f == NO_FILE)
		return -ENOENT;
	return 0;
}

static int on_readdir(const char *path, void *to, fuse_fill_dir_t fill, off_t at, struct fuse_file_info *fi,
		      enum fuse_readdir_flags flags)
{
	(void)path, (void)at, (void)fi, (void)flags;
	for (int f = DISK; f < NO_FILE; f++)
		fill(to, names[f] + 1, NULL, 0, 0);
	return 0;
}

static int on_open(const char *path, struct fuse_file_info *fi)
{
	fi->direct_io = 1;	/* nothing may wait in a page cache in front of the log */
	return find(path) == NO_FILE ? -ENOENT : 0;
}

static int on_read(const char *path, char *to, size_t n, off_t at, struct fuse_file_info *fi)
{
	(void)fi;
	if (find(path) != DISK || (uint64_t)at >= disk.size)
		return 0;
	if (n > disk.size - (uint64_t)at)
		n = disk.size - (uint64_t)at;
	pthread_mutex_lock(&disk.lock);
	memcpy(to, disk.bytes + at, n);
	pthread_mutex_unlock(&disk.lock);
	return (int)n;
}

static int on_write(const char *path, const char *p, size_t n, off_t at, struct fuse_file_info *fi)
{
	enum file f = find(path);

	(void)fi;
	if (f == DISK && (uint64_t)at + n > disk.size)
		return -ENOSPC;
	pthread_mutex_lock(&disk.lock);
	if (f == DISK)
		memcpy(disk.bytes + at, p, n);
	append(f == DISK ? RECORD_WRITE : RECORD_MARK, (uint64_t)at, n, p);
	pthread_mutex_unlock(&disk.lock);
	return (int)n;
}

static int on_fsync(const char *path, int data_only, struct fuse_file_info *fi)
{
	(void)data_only, (void)fi;
	if (find(path) != DISK)
		return 0;
	pthread_mutex_lock(&disk.lock);
	append(RECORD_FLUSH, 0, 0, NULL);
	pthread_mutex_unlock(&disk.lock);
	return 0;
}

static int on_fallocate(const char *path, int mode, off_t at, off_t n, struct fuse_file_info *fi)
{
	(void)mode, (void)fi;
	if (find(path) != DISK || (uint64_t)at + (uint64_t)n > disk.size)
		return -EINVAL;
	pthread_mutex_lock(&disk.lock);
	memset(disk.bytes + at, 0, (size_t)n);
	append(RECORD_DISCARD, (uint64_t)at, (uint64_t)n, NULL);
	pthread_mutex_unlock(&disk.lock);
	return 0;
}

static int on_truncate(const char *path, off_t n, struct fuse_file_info *fi)
{
	(void)path, (void)n, (void)fi;
	return 0;		/* opening with O_TRUNC, which a shell does to `mark` */
}

static void on_destroy(void *unused)
{
	(void)unused;
	if (fclose(disk.log) != 0 || rename(disk.part, disk.name) != 0)
		abort();
}

static const struct fuse_operations operations = {
	.getattr = on_getattr, .readdir = on_readdir, .open = on_open, .read = on_read, .write = on_write,
	.fsync = on_fsync, .fallocate = on_fallocate, .truncate = on_truncate, .destroy = on_destroy,
};

int main(int argc, char **argv)
{
	char *fuse_argv[] = { argv[0], argc == 4 ? argv[3] : NULL, NULL };

	if (argc != 4) {
		fprintf(stderr, "usage: recorder SIZE_MB LOG MOUNTPOINT\n");
		return 2;
	}
	disk.size = strtoull(argv[1], NULL, 10) << 20;
	disk.bytes = mmap(NULL, disk.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	disk.name = argv[2];
	snprintf(disk.part, sizeof disk.part, "%s.part", argv[2]);
	disk.log = fopen(disk.part, "wbe");
	if (disk.bytes == MAP_FAILED || !disk.log) {
		perror("recorder");
		return 1;
	}
	setvbuf(disk.log, NULL, _IOFBF, 8 << 20);
	return fuse_main(2, fuse_argv, &operations, NULL);
}
