#include "functions/sandbox/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "functions/sandbox/etc.h"

#define CGROUPS "/sys/fs/cgroup"

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

int tree_bind(const char *from, const char *to, bool devices)
{
	struct mount_attr a = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | (devices ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_NODEV) };

	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return -errno;
	return result(mount_setattr(AT_FDCWD, to, AT_RECURSIVE, &a, sizeof a));
}

struct making {
	const struct tree *t;
	int code, runtime, langs[TREE_LANGS_MAX];	/* descriptors; -1 */
};

static int open_directory(const char *path, int *fd)
{
	*fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	return path && *fd < 0 ? -errno : 0;
}

static int open_directories(struct making *m)
{
	int rc;

	if ((rc = open_directory(m->t->code, &m->code)) < 0 || (rc = open_directory(m->t->runtime, &m->runtime)) < 0)
		return rc;
	for (int i = 0; i < m->t->lang_count; i++)
		if ((rc = open_directory(m->t->langs[i], &m->langs[i])) < 0)
			return rc;
	return 0;
}

/* The new root is put where a directory is sure to be. */
static int make_base(struct making *m)
{
	static const char *const directories[] = { "view", "code", "runtime", "lang", "proc", "sys", "sys/fs", "sys/fs/cgroup",
		"view/dev", "view/etc", "view/etc/ssl", "view/proc", "view/tmp", "view/opt", "view/var", "view/var/task",
		"view/var/runtime", "view/var/lang", "view/var/lang/bin", "view/var/tmp", "view/home", "view/run", "view/mnt" };

	(void)m;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=8m,nr_inodes=2048,mode=755") < 0 || chdir("/tmp") < 0)
		return -errno;
	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		if (mkdir(directories[i], 0755) < 0)
			return -errno;
	return 0;
}

/* A directory as on the host, or the symbolic link that it is since /usr was merged. */
static int take_system(struct making *m)
{
	static const char *const names[] = { "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32" };

	(void)m;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char from[32], to[32], link[256];
		struct stat st;
		ssize_t n;
		int rc = 0;

		snprintf(from, sizeof from, "/%s", names[i]);
		snprintf(to, sizeof to, "view/%s", names[i]);
		if (lstat(from, &st) < 0)
			continue;
		if (S_ISLNK(st.st_mode)) {
			if ((n = readlink(from, link, sizeof link - 1)) < 0)
				return -errno;
			link[n] = '\0';
			rc = result(symlink(link, to));
		} else if ((rc = result(mkdir(to, 0755))) == 0) {
			rc = tree_bind(from, to, false);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int make_devices(struct making *m)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom" };
	static const char *const links[][2] = { { "/proc/self/fd", "view/dev/fd" }, { "/proc/self/fd/0", "view/dev/stdin" },
		{ "/proc/self/fd/1", "view/dev/stdout" }, { "/proc/self/fd/2", "view/dev/stderr" } };
	int rc;

	(void)m;
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		char from[32], to[32];
		int fd;

		snprintf(from, sizeof from, "/dev/%s", nodes[i]);
		snprintf(to, sizeof to, "view/dev/%s", nodes[i]);
		if ((fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0)
			return -errno;
		close(fd);
		if ((rc = tree_bind(from, to, true)) < 0)
			return rc;
	}
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			return -errno;
	return 0;
}

static int make_etc(struct making *m)
{
	(void)m;
	return etc_make();
}

/* Programs that name the interpreter by AWS's path find the host's. */
static int make_language(struct making *m)
{
	static const char *const programs[] = { "node", "python3" };

	(void)m;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		char from[64], to[64];

		snprintf(from, sizeof from, "/usr/bin/%s", programs[i]);
		snprintf(to, sizeof to, "view/var/lang/bin/%s", programs[i]);
		if (access(from, X_OK) == 0 && symlink(from, to) < 0)
			return -errno;
	}
	return 0;
}

static int bind_descriptor(int fd, const char *to)
{
	char from[64];

	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	return fd < 0 ? 0 : tree_bind(from, to, false);
}

static int take_directories(struct making *m)
{
	int rc;

	if ((rc = bind_descriptor(m->code, "code")) < 0 || (rc = bind_descriptor(m->runtime, "runtime")) < 0)
		return rc;
	for (int i = 0; i < m->t->lang_count; i++) {
		char to[32];

		snprintf(to, sizeof to, "lang/%d", i);
		if (mkdir(to, 0755) < 0)
			return -errno;
		if ((rc = bind_descriptor(m->langs[i], to)) < 0)
			return rc;
	}
	return 0;
}

/* Of cgroups only version 2 is of use, and where it is one mount of its own. */
static int take_kernel(struct making *m)
{
	struct statfs st;

	(void)m;
	if (mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL) < 0)
		return -errno;
	if (statfs(CGROUPS, &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC)
		return result(mount(CGROUPS, "." CGROUPS, NULL, MS_BIND | MS_REC, NULL));
	return 0;
}

static int change_root(struct making *m)
{
	(void)m;
	if (chdir("/tmp") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return result(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL));
}

static const struct step {
	const char *name;
	int (*run)(struct making *m);
} steps[] = {
	{ "directories",  open_directories },
	{ "base",         make_base },
	{ "/usr",         take_system },
	{ "/dev",         make_devices },
	{ "/etc",         make_etc },
	{ "/var/lang",    make_language },
	{ "code",         take_directories },
	{ "/proc",        take_kernel },
	{ "root",         change_root },
};

int tree_make(const struct tree *t, const char **step)
{
	struct making m = { .t = t, .code = -1, .runtime = -1, .langs = { -1, -1 } };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof steps[0]; i++) {
		*step = steps[i].name;
		rc = steps[i].run(&m);
	}
	if (m.code >= 0)
		close(m.code);
	if (m.runtime >= 0)
		close(m.runtime);
	for (int i = 0; i < TREE_LANGS_MAX; i++)
		if (m.langs[i] >= 0)
			close(m.langs[i]);
	return rc;
}
