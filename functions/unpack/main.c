/* minilab-unpack: one zip, one directory, one answer (unpack_wire.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "base/sys.h"
#include "functions/unpack/lock.h"
#include "functions/unpack/run.h"

#define MEMORY (320 << 20)	/* beside the zip: libraries, and the lists of UNPACK_FILES_MAX entries */

static void failed(struct unpack_told *told, int error, const char *what)
{
	told->verdict = UNPACK_FAILED;
	told->error = error;
	snprintf(told->name, sizeof told->name, "%s", what);
}

static void unpack_all(int64_t size, struct unpack_told *told)
{
	const char *step;
	struct tree t;
	void *zip = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, UNPACK_FD_ZIP, 0);
	int rc;

	if (zip == MAP_FAILED) {
		failed(told, errno, "mapping the zip");
		return;
	}
	if ((rc = lock(UNPACK_FD_DIR, size + MEMORY, &step)) < 0) {
		failed(told, -rc, step);
		return;
	}
	tree_init(&t, UNPACK_FD_DIR);
	run(zip, (size_t)size, &t, told);
}

int main(int argc, char **argv)
{
	struct unpack_told told = {0};
	int64_t size;

	if (argc != 2 || str_to_int(str_of(argv[1]), 1, UNPACK_ZIP_MAX, &size) < 0) {
		fprintf(stderr, "minilab-unpack is started by minilab\n");
		return 2;
	}
	unpack_all(size, &told);
	/* Nothing at exit: there may be a filter that lets only this through. */
	_exit(sys_write_all(UNPACK_FD_TOLD, &told, sizeof told) < 0);
}
