#include "functions/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"

#define MAKE_CHAR (1ULL << 6)
#define MAKE_BLOCK (1ULL << 11)
#define REFER (1ULL << 13)	/* a file to another directory: handled or not, it is refused unless a rule allows it */
#define SCOPES 3		/* abstract sockets, signals: since version 6 */
#define PATH_BENEATH 1

struct ruleset {
	uint64_t files, network, scoped;
};

struct beneath {
	uint64_t rights;
	int32_t parent;
} __attribute__((packed));

int landlock_version(void)
{
	int abi = cage_landlock_abi();

	return abi >= 2 ? abi : 0;
}

static int allow_moves(int ruleset)
{
	struct beneath b = { .rights = REFER, .parent = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int rc = 0;

	if (b.parent < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &b, 0) < 0)
		rc = -errno;
	close(b.parent);
	return rc;
}

int landlock_enter(void)
{
	int version = landlock_version(), fd, rc;
	struct ruleset r = { .files = MAKE_CHAR | MAKE_BLOCK | REFER, .scoped = version >= 6 ? SCOPES : 0 };

	if (version == 0)
		return 0;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &r, version >= 6 ? sizeof r : sizeof r.files, 0)) < 0)
		return -errno;
	if ((rc = allow_moves(fd)) == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		rc = -errno;
	close(fd);
	return rc;
}
