/* replay.c - the main() of a fuzz target in `make check`: runs every file of a folder through it once,
 * whole, and cut: at every length when it is short, else at so many lengths. A target that dies ends the program. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_MAX (1 << 20)
#define CUTS 250		/* of one file */
#define CUT_MAX 2000		/* files up to this size are tried cut */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* An exact allocation, so that reading one byte too far is seen. */
static void run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int replay(int dir, const char *name)
{
	static uint8_t bytes[SEED_MAX];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	size_t step;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	step = (size_t)n / CUTS + 1;
	run(bytes, (size_t)n);
	for (size_t cut = 0; n <= CUT_MAX && cut < (size_t)n; cut += step)
		run(bytes, cut);
	return 0;
}

int main(int argc, char **argv)
{
	int ran = 0, bad = 0;
	DIR *d;

	if (argc != 2 || !(d = opendir(argv[1]))) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		if (replay(dirfd(d), e->d_name) < 0) {
			printf("not ok %d - seed %s\n", ++ran, e->d_name);
			bad = 1;
		} else {
			printf("ok %d - seed %s\n", ++ran, e->d_name);
		}
		fflush(stdout);
	}
	closedir(d);
	return bad || ran == 0;
}
