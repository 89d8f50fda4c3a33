#include "functions/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions/cage_parts.h"

#define MAKE_CHAR (1ULL << 6)
#define MAKE_BLOCK (1ULL << 11)
#define REFER (1ULL << 13)	/* a file to another directory: handled or not, it is refused unless a rule allows it */
#define READ_PARTS (1ULL << 0 | 1ULL << 2 | 1ULL << 3)	/* execute, read files, list directories */
#define OF_FILES (1ULL << 0 | 1ULL << 1 | 1ULL << 2)	/* all that a rule for what is no directory may have */
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

/* What is not there is allowed nobody. */
static int allow_place(int ruleset, const struct landlock_place *p)
{
	struct beneath b = { .rights = p->write ? OF_FILES : READ_PARTS, .parent = open(p->path, O_PATH | O_CLOEXEC) };
	struct stat st;
	int rc = 0;

	if (b.parent < 0)
		return 0;
	if (fstat(b.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		b.rights &= OF_FILES;
	if (syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &b, 0) < 0)
		rc = -errno;
	close(b.parent);
	return rc;
}

int landlock_only(const struct landlock_place *places, size_t n)
{
	int version = landlock_version(), fd, rc = 0;
	struct ruleset r = { .files = version >= 3 ? 0x7fff : 0x3fff, .scoped = version >= 6 ? SCOPES : 0 };

	if (version == 0)
		return -ENOSYS;
	if ((fd = (int)syscall(SYS_landlock_create_ruleset, &r, version >= 6 ? sizeof r : sizeof r.files, 0)) < 0)
		return -errno;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = allow_place(fd, &places[i]);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		rc = -errno;
	close(fd);
	return rc;
}
