#include "functions/sandbox/carry.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "functions/sandbox/landlock.h"

static const struct landlock_place places[] = {
	{ "/usr", false }, { "/lib", false }, { "/lib64", false }, { "/etc/ld.so.cache", false }, { "/etc/localtime", false },
	{ "/etc/resolv.conf", false }, { "/dev/null", true }, { "/dev/net/tun", true },
};

_Noreturn void carry_run(char **argv)
{
	char *const env[] = { NULL };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_only(places, sizeof places / sizeof places[0]) == 0)
		execve(argv[0], argv, env);
	_exit(126);
}
