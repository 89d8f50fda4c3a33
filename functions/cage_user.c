/* Whom the zygote and its environments are to the rest of the machine: not root, where that can be had. */
#include "functions/cage.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "functions/cage_parts.h"

int cage_become_plain(uid_t id)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(CAGE_GID_PLAIN, CAGE_GID_PLAIN, CAGE_GID_PLAIN) < 0 ||
	    setresuid(id, id, id) < 0)
		return -errno;
	return 0;
}

/* The change of user takes the capabilities along, unless whoever started us had set bits against that. */
int cage_give_up_root(uid_t id)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = {{0}};
	int rc;

	if ((rc = cage_become_plain(id)) < 0)
		return rc;
	if (syscall(SYS_capset, &head, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

/* Tried in a child, because none of it can be taken back. */
static enum cage_rung rung_as(bool root)
{
	struct cage_features f;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!root && cage_give_up_root(CAGE_UID_PLAIN) < 0)
			_exit(CAGE_E);
		cage_cut_network();
		cage_probe(&f);
		_exit((int)f.rung);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return CAGE_E;
	return (enum cage_rung)WEXITSTATUS(status);
}

void cage_settle(struct cage_features *f)
{
	if (geteuid() == 0) {
		enum cage_rung plain;

		cage_cut_network();
		plain = rung_as(false);
		/* A cgroup is for the host to tell, so B is the best that there is. */
		if (plain <= CAGE_B || plain <= rung_as(true))
			cage_give_up_root(CAGE_UID_PLAIN);		/* if it cannot, neither way leads to a cage */
	}
	cage_cut_network();
	cage_probe(f);
}
