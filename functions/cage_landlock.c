/* Landlock with every right handled and no rule, or one: no path but below one directory, no port, no signal leaves. The
 * headers here may be older than the kernel, so the structures and the bits are ours. */
#include "functions/cage_parts.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_QUESTION 1
#define ABI_NETWORK 4
#define ABI_SCOPE 6
#define PATH_BENEATH 1

/* Rights: to write and list files, to make folders, files and symbolic links. Reading files is not among them. */
#define MAKE_TREE (1 << 1 | 1 << 3 | 1 << 7 | 1 << 8 | 1 << 12)

struct ruleset {
	uint64_t files, network, scoped;
};

struct __attribute__((packed)) beneath {
	uint64_t rights;
	int32_t parent;
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

/* The descriptor of a ruleset without rules. */
static int deny(void)
{
	int abi = cage_landlock_abi(), fd;
	struct ruleset r = {
		.files = file_rights(abi),
		.network = abi >= ABI_NETWORK ? 3 : 0,	/* bind, connect */
		.scoped = abi >= ABI_SCOPE ? 3 : 0,	/* abstract sockets, signals */
	};
	size_t size = abi >= ABI_SCOPE ? 24 : abi >= ABI_NETWORK ? 16 : 8;

	if (abi == 0)
		return -ENOSYS;
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	return fd < 0 ? -errno : fd;
}

static int enforce(int ruleset)
{
	int rc = syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;

	close(ruleset);
	return rc;
}

int cage_landlock_deny_all(void)
{
	int fd = deny();

	return fd < 0 ? fd : enforce(fd);
}

int cage_landlock_make_below(int dir)
{
	struct beneath rule = { MAKE_TREE, dir };
	int fd = deny(), rc;

	if (fd < 0)
		return fd;
	if (syscall(SYS_landlock_add_rule, fd, PATH_BENEATH, &rule, 0) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return enforce(fd);
}
