#include "functions/runner/zygote.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "functions/cage.h"
#include "functions/runner/serve.h"
#include "functions/wire.h"

#define DAEMON 3

static struct cage_features features;
static struct wire_message message;	/* 64 KB, used by one process at a time */

static _Noreturn void environment(const struct cage_limits *l, int sock, enum probes probes)
{
	int64_t began_us = clock_mono_us();
	const char *step = "";
	int rc = cage_enter(&features, l, sock, &step);

	if (rc < 0) {
		wire_send(3, (struct wire_header){ .kind = WIRE_FAILED, .value = rc }, str_of(step), -1);
		_exit(1);
	}
	serve(clock_mono_us() - began_us, probes);
}

static void spawn(struct wire_message *m, enum probes probes)
{
	struct cage_limits l;
	int pidfd = -1;
	pid_t pid = -EINVAL;

	if (m->head.kind != WIRE_SPAWN || m->head.length != sizeof l || m->fd < 0)
		_exit(1);	/* the daemon does not say such things */
	memcpy(&l, m->text, sizeof l);
	pid = cage_clone(&features, &l, true, &pidfd);
	if (pid == 0)
		environment(&l, m->fd, probes);
	close(m->fd);
	if (pid < 0)
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_FAILED, .value = pid }, STR("clone"), -1);
	else
		wire_send(DAEMON, (struct wire_header){ .kind = WIRE_SPAWNED, .value = pid }, (struct str){0}, pidfd);
	if (pidfd >= 0)
		close(pidfd);
}

_Noreturn void zygote_run(int64_t started_us, enum probes probes)
{
	struct buf text = {0};

	cage_prepare();		/* when it fails, the probe finds no seccomp */
	cage_settle(&features);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);	/* after the change of identity, which clears it */
	cage_describe(&features, &text);
	wire_send(DAEMON, (struct wire_header){ .kind = WIRE_READY, .value = clock_mono_us() - started_us },
		  str_n(text.data, text.len), -1);
	buf_clear(&text);
	while (wire_receive(DAEMON, &message) == 0)
		spawn(&message, probes);
	_exit(0);
}
