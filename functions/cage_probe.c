/* What holds here, found by doing it: a child goes all the way in and tells the step at which it failed; the
 * feature behind that step is left out and another child tries. */
#include "functions/cage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/cage_parts.h"
#include "functions/wire.h"

#define PROBE_OUTPUT 4096

/* Leaves out what failed. False when nothing is left to leave out. */
static bool without(struct cage_features *f, const char *step)
{
	const struct {
		const char *step;
		bool *feature;
	} table[] = {
		{ "clone",        f->userns ? &f->userns : &f->namespaces },	/* it does not say which flag */
		{ "id map",       &f->userns },
		{ "user",         &f->not_root },
		{ "empty root",   &f->pivot },
		{ "landlock",     &f->landlock },
		{ "seccomp",      &f->seccomp },
		{ "no_new_privs", &f->no_new_privs },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].step, step) != 0)
			continue;
		if (!*table[i].feature)
			return false;
		*table[i].feature = false;
		f->pivot = f->pivot && f->namespaces;
		return true;
	}
	return false;
}

static _Noreturn void child(const struct cage_features *f, const struct cage_limits *l, int sock)
{
	const char *step = "";
	int rc = cage_enter(f, l, sock, &step);

	wire_send(3, (struct wire_header){ .kind = rc < 0 ? WIRE_FAILED : WIRE_READY, .value = rc }, str_of(step), -1);
	_exit(0);
}

/* True when a child got all the way in; else `step` tells how far it came. A child that
 * says nothing was ended by the filter. */
static bool attempt(const struct cage_features *f, char *step, size_t size)
{
	struct cage_limits l = { .memory_bytes = 1LL << 30, .output_bytes = PROBE_OUTPUT };
	static struct wire_message m;	/* 64 KB, and this runs alone */
	int s[2], pidfd, rc;
	pid_t pid;

	step[0] = '\0';
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		return false;
	pid = cage_clone(f, &l, false, &pidfd);
	if (pid == 0)
		child(f, &l, s[1]);
	close(s[1]);
	if (pid < 0) {
		close(s[0]);
		snprintf(step, size, "clone");
		return false;
	}
	rc = wire_receive(s[0], &m);
	snprintf(step, size, "%.*s", (int)size - 1, rc < 0 ? "seccomp" : m.text);
	close(s[0]);
	waitpid(pid, NULL, __WALL);
	close(pidfd);
	return rc == 0 && m.head.kind == WIRE_READY;
}

void cage_probe(struct cage_features *f)
{
	char step[32] = "";

	*f = (struct cage_features){
		.userns = geteuid() != 0, .not_root = true, .namespaces = true, .pivot = true, .no_new_privs = true,
		.landlock_abi = cage_landlock_abi(),
		.seccomp = cage_filter() != NULL,
	};
	f->landlock = f->landlock_abi > 0;
	while (!attempt(f, step, sizeof step))
		if (!without(f, step)) {
			f->seccomp = false;	/* not even a bare child comes up */
			break;
		}
	f->rung = cage_rank(f);
}

int cage_prepare(void)
{
	return cage_filter_build();
}
