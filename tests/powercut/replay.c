/* replay.c - the disk as a power cut left it.
 *
 *     replay LOG IMAGE SIZE_MB AT SEED HOW
 *
 * makes IMAGE what is on the disk at record AT, and prints the marks before it.
 *
 * Everything before the last flush before AT is there. What was written after that flush was in the disk's cache,
 * and each write of it is kept, lost or torn between sectors at random (HOW = some), or all lost (none), or
 * all kept (all). A disk may do any of these.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/powercut/record.h"

enum how { SOME, NONE, ALL };

struct log {
	const uint8_t *bytes;
	size_t size;
};

struct place {			/* of one record */
	struct record head;
	const uint8_t *data;
	size_t next;
};

static uint64_t seed;

/* splitmix64: the same cut again for the same seed. */
static uint64_t dice(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct log open_log(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct log l;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(name);
	l.size = (size_t)st.st_size;
	l.bytes = mmap(NULL, l.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (l.bytes == MAP_FAILED)
		die(name);
	close(fd);
	return l;
}

static bool has_data(uint32_t kind)
{
	return kind == RECORD_WRITE || kind == RECORD_MARK;
}

static bool next(const struct log *l, struct place *p)
{
	size_t at = p->next;

	if (at + sizeof p->head > l->size)
		return false;
	memcpy(&p->head, l->bytes + at, sizeof p->head);
	p->data = l->bytes + at + sizeof p->head;
	p->next = at + sizeof p->head + (has_data(p->head.kind) ? p->head.length : 0);
	if (p->head.magic != RECORD_MAGIC || p->next > l->size) {
		errno = EINVAL;
		die("damaged log");
	}
	return true;
}

static long last_flush(const struct log *l, long at)
{
	struct place p = { .next = 0 };
	long last = -1;

	for (long i = 0; i < at && next(l, &p); i++)
		if (p.head.kind == RECORD_FLUSH)
			last = i;
	return last;
}

static void put(uint8_t *disk, const struct record *r, const uint8_t *data, uint64_t from, uint64_t n)
{
	if (r->kind == RECORD_DISCARD)
		memset(disk + r->offset + from, 0, n);
	else
		memcpy(disk + r->offset + from, data + from, n);
}

static void put_cached(uint8_t *disk, const struct place *p, enum how how)
{
	uint64_t luck = how == ALL ? 0 : how == NONE ? 9 : dice() % 10;

	if (luck < 4) {
		put(disk, &p->head, p->data, 0, p->head.length);
		return;
	}
	for (uint64_t at = 0; luck < 6 && at < p->head.length; at += SECTOR) {
		uint64_t n = p->head.length - at < SECTOR ? p->head.length - at : SECTOR;

		if (dice() & 1)
			put(disk, &p->head, p->data, at, n);
	}
}

static int cut(const struct log *l, uint8_t *disk, uint64_t size, long at, enum how how)
{
	long flushed = last_flush(l, at);
	struct place p = { .next = 0 };

	for (long i = 0; i < at && next(l, &p); i++) {
		const struct record *r = &p.head;

		if (r->kind == RECORD_MARK) {
			fwrite(p.data, r->length, 1, stdout);
			continue;
		}
		if (r->kind == RECORD_FLUSH || r->offset + r->length > size)
			continue;
		if (i < flushed)
			put(disk, r, p.data, 0, r->length);
		else
			put_cached(disk, &p, how);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static uint8_t *make_image(const char *name, uint64_t size)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	uint8_t *disk;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		die(name);
	disk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (disk == MAP_FAILED)
		die(name);
	close(fd);
	return disk;
}

int main(int argc, char **argv)
{
	static const char *const hows[] = { "some", "none", "all" };
	struct log l;
	uint64_t size;
	int how = SOME;

	while (argc == 7 && how <= ALL && strcmp(argv[6], hows[how]) != 0)
		how++;
	if (argc != 7 || how > ALL) {
		fprintf(stderr, "usage: replay LOG IMAGE SIZE_MB AT SEED some|none|all\n");
		return 2;
	}
	l = open_log(argv[1]);
	size = strtoull(argv[3], NULL, 10) << 20;
	seed = strtoull(argv[5], NULL, 10);
	return cut(&l, make_image(argv[2], size), size, strtol(argv[4], NULL, 10), (enum how)how);
}
