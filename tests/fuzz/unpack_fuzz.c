/* unpack_fuzz.c - a zip, as minilab-unpack reads it, with small limits: whatever it says, what is made stays within them and below its
 * directory, and a link that is not for a function's own places leads nowhere else. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/unpack/run.h"

#define BYTES_MAX 4096
#define MADE_MAX 64
#define FOLDERS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static char top[] = "/tmp/minilab-fuzz.XXXXXX";
static char code[sizeof top + 8];
static int64_t found, found_bytes;

static void leave(void)
{
	rmdir(top);
}

static int look(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	CHECK(kind == FTW_F || kind == FTW_D || kind == FTW_SL || kind == FTW_SLN);
	CHECK(strncmp(path, code, strlen(code)) == 0);
	CHECK((st->st_mode & (S_ISUID | S_ISGID | S_ISVTX)) == 0);
	found += where->level > 0;
	found_bytes += kind == FTW_F ? st->st_size : 0;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct unpack_told told;
	struct tree t;
	int dir;

	if (!code[0]) {
		CHECK(mkdtemp(top) != NULL);
		atexit(leave);
		umask(0);
		snprintf(code, sizeof code, "%s/code", top);
	}
	CHECK(mkdir(code, 0755) == 0);
	dir = open(code, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir >= 0);
	tree_init(&t, dir);
	t.bytes_max = BYTES_MAX;
	t.made_max = MADE_MAX;
	t.folders_max = FOLDERS_MAX;
	run(p, n, &t, &told);
	close(dir);
	CHECK(told.verdict < UNPACK_VERDICTS && told.verdict != UNPACK_FAILED);
	CHECK(told.bytes <= BYTES_MAX && told.files <= MADE_MAX);
	found = found_bytes = 0;
	CHECK(nftw(code, look, 16, FTW_PHYS) == 0);
	CHECK(found <= told.files && found_bytes <= told.bytes);
	if (told.verdict == UNPACK_OK)
		CHECK(found == told.files && found_bytes == told.bytes);
	CHECK(unpack_remove(top, STR("code")) == 0);
	return 0;
}
