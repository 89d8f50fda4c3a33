/* Landlock with every right handled and no rule: no path, no port, no signal leaves. The headers
 * here may be older than the kernel, so the structure and the bits are ours. */
#include "functions/cage_parts.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_QUESTION 1
#define ABI_NETWORK 4
#define ABI_SCOPE 6

struct ruleset {
	uint64_t files, network, scoped;
};

static uint64_t file_rights(int abi)
{
	static const uint64_t rights[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };

	return rights[abi < 5 ? abi : 5];
}

int cage_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ABI_QUESTION);

	return abi < 0 ? 0 : (int)abi;
}

int cage_landlock_deny_all(void)
{
	int abi = cage_landlock_abi();
	struct ruleset r = {
		.files = file_rights(abi),
		.network = abi >= ABI_NETWORK ? 3 : 0,	/* bind, connect */
		.scoped = abi >= ABI_SCOPE ? 3 : 0,	/* abstract sockets, signals */
	};
	size_t size = abi >= ABI_SCOPE ? 24 : abi >= ABI_NETWORK ? 16 : 8;
	int fd, rc = 0;

	if (abi == 0)
		return -ENOSYS;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0)) < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		rc = -errno;
	close(fd);
	return rc;
}
