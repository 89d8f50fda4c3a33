/* The one empty network that all environments share; and the id maps of user namespaces, its own and theirs. */
#include "functions/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "functions/cage_parts.h"

static uid_t outer_uid;
static gid_t outer_gid;
static bool cut;

int cage_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

void cage_note_ids(void)
{
	outer_uid = geteuid();
	outer_gid = getegid();
}

int cage_map_ids(uid_t uid, gid_t gid)
{
	char text[64];
	int rc;

	/* Who gave up root may not be looked into, and what is in /proc/self belongs to root then. The maps
	 * take a moment; cage_enter ends it. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -errno;
	if ((rc = cage_write_file("/proc/self/setgroups", "deny")) < 0)
		return rc;
	snprintf(text, sizeof text, "%u %u 1", (unsigned)uid, (unsigned)outer_uid);
	if ((rc = cage_write_file("/proc/self/uid_map", text)) < 0)
		return rc;
	snprintf(text, sizeof text, "%u %u 1", (unsigned)gid, (unsigned)outer_gid);
	return cage_write_file("/proc/self/gid_map", text);
}

bool cage_network_is_cut(void)
{
	return cut;
}

/* With the same ids inside as outside, so that the clones' own maps need not know. */
static bool leave(bool userns)
{
	cage_note_ids();
	if (unshare(CLONE_NEWNET | (userns ? CLONE_NEWUSER : 0)) < 0)
		return false;
	return !userns || cage_map_ids(outer_uid, outer_gid) == 0;
}

/* In a child first: a user namespace whose map is refused is a trap. */
static bool can_leave(bool userns)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(leave(userns) ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void cage_cut_network(void)
{
	bool userns = geteuid() != 0;

	cut = cut || (can_leave(userns) && leave(userns));
}
