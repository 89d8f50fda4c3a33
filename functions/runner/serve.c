#include "functions/runner/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "functions/runner/memory.h"
#include "functions/runner/probe.h"
#include "functions/runner/thumbnail.h"
#include "functions/wire.h"

#define HOST 3
#define CROWDED_PAUSE_NS 2000000
#define CROWDED_TRIES 2500	/* 5 s; its own time limit ends it before, if that is shorter */
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static struct wire_message message;

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0)
			return -errno;
		p += wrote;
		n -= (size_t)wrote;
	}
	return 0;
}

int serve_seal(const void *bytes, size_t n)
{
	int fd = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc;

	if (fd < 0)
		return -errno;
	if ((rc = write_all(fd, bytes, n)) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		rc = -errno;
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

static void refuse(struct result *r, enum reason reason, const char *what, int rc)
{
	r->reason = reason;
	snprintf(r->message, sizeof r->message, "%s: %s", what, err_text(rc));
}

static void make(const struct wire_message *m, const struct json_value *request, struct result *r)
{
	void *photo = NULL;
	size_t n = (size_t)m->head.value;

	if (n > 0) {
		photo = mmap(NULL, n, PROT_READ, MAP_PRIVATE, m->fd, 0);
		if (photo == MAP_FAILED) {
			refuse(r, errno == ENOMEM ? REASON_MEMORY : REASON_SOURCE, "mapping the photo", -errno);
			return;
		}
	}
	r->reason = thumbnail_make(str_n(photo, n), json_get(request, "env"), &r->answer, &r->files, r->message);
	if (photo)
		munmap(photo, n);
}

static int tell_error(int host, const struct result *r)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	int rc;

	json_open(&j, NULL, '{');
	json_cstr(&j, "errorType", reason_code(r->reason));
	json_cstr(&j, "errorMessage", r->message);
	json_close(&j);
	rc = wire_send(host, (struct wire_header){ .kind = WIRE_ERROR, .id = r->id }, str_n(text.data, text.len), -1);
	buf_clear(&text);
	return rc;
}

/* Linux counts the descriptors that a user has on their way through sockets, all processes together, and refuses one more to a process that may have
 * fewer of its own: ours may have few, and custom functions of a root daemon are the same user. They arrive soon. */
static int send_crowded(int host, struct wire_header h, struct str text, int fd)
{
	const struct timespec pause = { .tv_nsec = CROWDED_PAUSE_NS };
	int rc = wire_send(host, h, text, fd);

	for (int i = 0; i < CROWDED_TRIES && rc == -ETOOMANYREFS; i++) {
		nanosleep(&pause, NULL);
		rc = wire_send(host, h, text, fd);
	}
	return rc;
}

static int tell_result(int host, struct result *r)
{
	int fd = -1, rc;

	if (r->answer.len > WIRE_TEXT_MAX) {
		refuse(r, REASON_ANSWER, "the answer", E_TOO_LARGE);
		return tell_error(host, r);
	}
	if (r->files.len > 0 && (fd = serve_seal(r->files.data, r->files.len)) < 0) {
		refuse(r, fd == -EFBIG ? REASON_ANSWER : REASON_MEMORY, "keeping the thumbnails", fd);
		return tell_error(host, r);
	}
	rc = send_crowded(host, (struct wire_header){ .kind = WIRE_RESULT, .value = (int64_t)r->files.len, .id = r->id },
			  str_n(r->answer.data, r->answer.len), fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int tell(int host, struct result *r)
{
	if (r->told)
		return 0;
	if (r->reason == REASON_NONE)
		return tell_result(host, r);
	if (memory_refused() && r->reason != REASON_MEMORY)
		refuse(r, REASON_MEMORY, "an allocation was refused", -ENOMEM);
	return tell_error(host, r);
}

int serve_one(int host, struct wire_message *m, enum probes probes)
{
	struct arena a = {0};
	struct result r = { .id = m->head.id, .probes = probes };
	struct json_value *request;
	int rc = E_BAD_INPUT;

	if (m->head.kind != WIRE_INVOKE || json_parse(&a, str_n(m->text, m->head.length), &request) < 0)
		goto out;
	memory_watch(m->head.id);
	if (!probes || !probe_run(json_get(request, "event"), m->fd, m->head.value, &r))
		make(m, request, &r);
	rc = tell(host, &r);
out:
	if (m->fd >= 0)
		close(m->fd);
	buf_clear(&r.answer);
	buf_clear(&r.files);
	arena_clear(&a);
	return rc;
}

_Noreturn void serve(int64_t init_us, enum probes probes)
{
	int rc = wire_send(HOST, (struct wire_header){ .kind = WIRE_READY, .value = init_us }, (struct str){0}, -1);

	while (rc == 0 && (rc = wire_receive(HOST, &message)) == 0)
		rc = serve_one(HOST, &message, probes);
	_exit(rc == E_CLOSED ? 0 : 1);
}
