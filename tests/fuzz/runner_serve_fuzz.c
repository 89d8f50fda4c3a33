/* runner_serve_fuzz.c - the caged end of the wire: whatever the host says, there is one answer of a form that the daemon believes,
 * or none. First byte: the kind of the message; second: the photo, which is none, empty or no photo. The rest is the
 * text: {"request","event","env"}. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/json.h"
#include "functions/runner/animation.h"
#include "functions/runner/reader.h"
#include "functions/runner/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Photos are other targets' business. */
reader_fn *const readers[FORMATS] = { NULL };
frames_fn *const frame_readers[FORMATS] = { NULL };

static int photo(int64_t *length)
{
	static const char bytes[] = "no photo at all";
	int fd = memfd_create("photo", MFD_CLOEXEC);

	*length = sizeof bytes;
	CHECK(write(fd, bytes, sizeof bytes) == sizeof bytes);
	return fd;
}

static void check_answer(const struct wire_message *m)
{
	struct arena a = {0};
	struct json_value *v;

	CHECK(m->head.kind == WIRE_ERROR && m->head.id == 7 && m->fd == -1);
	CHECK(json_parse(&a, str_n(m->text, m->head.length), &v) == 0);
	CHECK(reason_is(reason_find(json_text(v, "errorType")), REASON_CAGE));
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct wire_message m, answer;
	int s[2], rc;

	if (n < 2 || n - 2 > WIRE_TEXT_MAX)
		return 0;
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s) == 0);
	m.head = (struct wire_header){ .kind = p[0], .length = (uint32_t)n - 2, .id = 7 };
	memcpy(m.text, p + 2, n - 2);
	m.text[n - 2] = '\0';
	m.fd = -1;
	if (p[1] & 1)
		m.fd = photo(&m.head.value);
	if (p[1] & 2)
		m.head.value = p[1] & 4 ? -1 : 0;	/* a length without its descriptor, and the other way round */
	rc = serve_one(s[0], &m, PROBES_NONE);
	if (wire_receive(s[1], &answer) == 0) {
		CHECK(rc == 0);
		check_answer(&answer);
	} else {
		CHECK(rc == E_BAD_INPUT);
	}
	CHECK(wire_receive(s[1], &answer) == -EAGAIN);
	close(s[0]);
	close(s[1]);
	return 0;
}
