#include "functions/verdict.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* Process 1 of a pid namespace cannot be sent SIGABRT by itself: abort(3) ends it by SIGSEGV. */
static const struct {
	int signal;
	enum reason reason;
	const char *text;
} signals[] = {
	{ SIGSYS,  REASON_FORBIDDEN, "a system call that the cage forbids" },
	{ SIGXFSZ, REASON_ANSWER,    "the answer is larger than its limit" },
	{ SIGXCPU, REASON_TIMEOUT,   "the environment used up its processor time" },
	{ SIGTRAP, REASON_MEMORY,    "glib ended the process, which it does when memory or a thread is refused" },
	{ SIGBUS,  REASON_SOURCE,    "bus error: the bytes of the photo could not be read" },
};

/* The raw call, because only it tells the resources as well. __WALL: clones by
 * CLONE_PARENT announce themselves with no signal. */
int verdict_wait(int pidfd, struct death *d)
{
	siginfo_t si = {0};
	struct rusage usage = {0};

	if (syscall(SYS_waitid, P_PIDFD, pidfd, &si, WEXITED | WNOHANG | __WALL, &usage) < 0)
		return -errno;
	if (si.si_pid == 0)
		return -EAGAIN;
	d->code = si.si_code;
	d->status = si.si_status;
	d->cpu_s = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
	d->peak_kb = usage.ru_maxrss;
	return 0;
}

static bool out_of_memory(const struct death *d)
{
	bool at_limit = d->memory_bytes && d->peak_kb >= d->memory_bytes / 1024;

	return d->oom || d->refused || (d->code != CLD_EXITED && d->status != SIGSYS && at_limit);
}

static void describe(const struct death *d, char message[VERDICT_MAX])
{
	if (d->code != CLD_EXITED)
		snprintf(message, VERDICT_MAX, "Runtime exited with error: signal: %s", strsignal(d->status));
	else if (d->status != 0)
		snprintf(message, VERDICT_MAX, "Runtime exited with error: exit status %d", d->status);
	else
		snprintf(message, VERDICT_MAX, "Runtime exited without providing a reason");
}

static void add(char message[VERDICT_MAX], const char *text)
{
	size_t n = strlen(message);

	snprintf(message + n, VERDICT_MAX - n, " (%s)", text);
}

enum reason verdict(const struct death *d, char message[VERDICT_MAX])
{
	describe(d, message);
	if (out_of_memory(d)) {
		add(message, "out of memory");
		return REASON_MEMORY;
	}
	if (d->code == CLD_EXITED)
		return REASON_CRASHED;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (signals[i].signal == d->status) {
			add(message, signals[i].text);
			return signals[i].reason;
		}
	/* The hard limit of processor time kills; the soft one is not felt by process 1. */
	if (d->status == SIGKILL && d->cpu_limit_s && d->cpu_s >= d->cpu_limit_s)
		return REASON_TIMEOUT;
	return REASON_CRASHED;
}
