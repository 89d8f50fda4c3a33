/* answer_fuzz.c - a message from a cage that has been taken over: it is refused whole, or what the pool
 * then believes keeps the promises of functions/pool.h. First byte: odd is WIRE_RESULT, even WIRE_ERROR; 2: with an output; 4: of
 * the general program, which has nobody to pass a photo on to. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int sealed(size_t n)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0 && ftruncate(fd, (off_t)n) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct wire_message m;
	struct invocation i = { .output = -1, .program = n > 0 && p[0] & 4 ? PROGRAM_GENERAL : PROGRAM_FAST };
	const char *why;

	if (n < 2 || n - 2 > WIRE_TEXT_MAX)
		return 0;
	m.head = (struct wire_header){ .kind = p[0] & 1 ? WIRE_RESULT : WIRE_ERROR, .length = (uint32_t)n - 2, .value = p[1] };
	memcpy(m.text, p + 2, n - 2);
	m.text[n - 2] = '\0';
	m.fd = p[0] & 2 ? sealed(p[1] & 0x7f) : -1;
	if (answer_take(&i, &m, &why)) {
		CHECK((i.rc == 0) == (i.reason == REASON_NONE));
		CHECK(i.rc == 0 || (i.output == -1 && reason_is(i.reason, REASON_CAGE)));
		CHECK(i.reason != REASON_ELSEWHERE || i.program == PROGRAM_FAST);
		CHECK(!i.degraded || i.rc == 0);
		CHECK((i.output >= 0) == (i.output_length > 0));
		CHECK(memchr(i.message, '\0', sizeof i.message) != NULL);
	} else {
		CHECK(why != NULL && i.answer.len == 0 && i.output == -1 && i.rc == 0 && !i.degraded);
	}
	if (m.fd >= 0)
		close(m.fd);
	if (i.output >= 0)
		close(i.output);
	buf_clear(&i.answer);
	return 0;
}
