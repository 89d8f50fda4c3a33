/* result_fuzz.c - the answer of a cage, which is not believed: whatever it says, the pieces taken from it lie inside
 * its memory. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "pipeline/result.h"

#define OUTPUT 1000

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int make_output(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	CHECK(fd >= 0 && ftruncate(fd, OUTPUT) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct result r = { 0 };
	struct arena a = { 0 };
	int fd = make_output();

	if (result_read(&r, &a, str_n(p, n), fd, OUTPUT, STR("2026/cat.jpg")) == 0) {
		CHECK(r.count >= 0 && r.count <= RENDITIONS_MAX);
		for (int i = 0; i < r.count; i++) {
			const char *from = r.renditions[i].bytes.p;

			CHECK(from >= (char *)r.map && r.renditions[i].bytes.n <= OUTPUT);
			CHECK(from + r.renditions[i].bytes.n <= (char *)r.map + OUTPUT);
			CHECK(str_starts(r.renditions[i].key, STR("2026/cat.jpg/")));
		}
	}
	result_clear(&r);
	close(fd);
	arena_clear(&a);
	return 0;
}
