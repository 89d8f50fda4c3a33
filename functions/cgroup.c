#include "functions/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

#define FILE_MAX 65536		/* mountinfo of a machine with many mounts */
#define HOST_LEAF "minilab-host"
#define ENVIRONMENT "minilab-environment-"

/* All of a small file as text, or a negated errno. */
static int slurp(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, to + have, size - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0)
		rc = -errno;
	to[have] = '\0';
	close(fd);
	return rc;
}

static int open_to_write(const char *dir, const char *file)
{
	char path[CGROUP_PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	/* The kernel makes the files of a cgroup and no others, O_CREAT or not. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int put(const char *dir, const char *file, const char *text)
{
	int fd = open_to_write(dir, file), rc = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/* When we are root the zygotes are not: they gave that up, and to be born in a group takes the right to write into
 * its list, and into that of the group above it and their own. */
static int lend(const char *dir)
{
	int fd, rc = 0;

	if (geteuid() != 0)
		return 0;
	if ((fd = open_to_write(dir, "cgroup.procs")) < 0)
		return fd;
	if (fchown(fd, (uid_t)-1, CAGE_GID_PLAIN) < 0 || fchmod(fd, 0664) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int get(const char *dir, const char *file, char *to, size_t size)
{
	char path[CGROUP_PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	return slurp(path, to, size);
}

/* The path after "0::" in /proc/self/cgroup. */
static int own_group(const char *root, char *text, struct str *group)
{
	char path[CGROUP_PATH_MAX];
	struct str rest, line;
	int rc;

	snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	if ((rc = slurp(path, text, FILE_MAX)) < 0)
		return rc;
	for (rest = str_of(text); str_next(&rest, '\n', &line);)
		if (str_starts(line, STR("0::/"))) {
			*group = str_n(line.p + 3, line.n - 3);
			return 0;
		}
	return E_NOT_FOUND;
}

/* Field 5 of the line of /proc/self/mountinfo whose type, after " - ", is cgroup2. */
static int mount_point(const char *root, char *text, struct str *at)
{
	char path[CGROUP_PATH_MAX];
	struct str rest, line, word;
	int rc;

	snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
	if ((rc = slurp(path, text, FILE_MAX)) < 0)
		return rc;
	for (rest = str_of(text); str_next(&rest, '\n', &line);) {
		const char *type = memmem(line.p, line.n, " - cgroup2 ", strlen(" - cgroup2 "));

		for (int field = 1; type && str_next(&line, ' ', &word); field++)
			if (field == 5) {
				*at = word;
				return 0;
			}
	}
	return E_NOT_FOUND;
}

static int find_base(struct cgroup *g, const char *root)
{
	char groups[FILE_MAX], mounts[FILE_MAX];
	struct str group, at;
	int rc;

	if ((rc = own_group(root, groups, &group)) < 0 || (rc = mount_point(root, mounts, &at)) < 0)
		return rc;
	if (group.n == 1)
		group.n = 0;	/* the root of a cgroup namespace */
	/* A restart by exec, or a first start that was undone, finds itself in the leaf. */
	if (str_ends(group, STR("/" HOST_LEAF)))
		group.n -= strlen("/" HOST_LEAF);
	rc = snprintf(g->base, sizeof g->base, "%s%.*s%.*s", root, STR_ARG(at), STR_ARG(group));
	return rc < (int)sizeof g->base ? 0 : E_TOO_LARGE;
}

static bool has_word(const char *text, struct str word)
{
	struct str rest = str_n(text, strcspn(text, "\n")), one;

	while (str_next(&rest, ' ', &one))
		if (str_eq(one, word))
			return true;
	return false;
}

/* Directories of environments that a daemon before us left behind are empty by now. */
static void sweep(const struct cgroup *g)
{
	DIR *d = opendir(g->base);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (str_starts(str_of(e->d_name), STR(ENVIRONMENT)))
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d)
		closedir(d);
}

/* A trial, because a read-only mount or a limit on depth shows only now. */
static int try_one(struct cgroup *g)
{
	struct cage_limits l = { .memory_bytes = 64 << 20 };
	int rc = cgroup_make(g, &l);

	cgroup_remove(l.cgroup);
	return rc;
}

int cgroup_open(struct cgroup *g, const char *root)
{
	char leaf[CGROUP_PATH_MAX + 32], controllers[512];
	int rc;

	*g = (struct cgroup){0};
	if ((rc = find_base(g, root)) < 0 || (rc = get(g->base, "cgroup.controllers", controllers, sizeof controllers)) < 0)
		goto out;
	rc = E_NOT_FOUND;
	if (!has_word(controllers, STR("memory")) || !has_word(controllers, STR("pids")))
		goto out;
	snprintf(leaf, sizeof leaf, "%s/" HOST_LEAF, g->base);
	rc = 0;
	if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
		rc = -errno;
	if (rc < 0 || (rc = put(leaf, "cgroup.procs", "0")) < 0)
		goto out;
	put(g->base, "cgroup.subtree_control", "+cpu");		/* a share of the processor is good to have, no more */
	if ((rc = put(g->base, "cgroup.subtree_control", "+memory +pids")) < 0) {
		put(g->base, "cgroup.procs", "0");	/* others live in our group: it was not delegated */
		rmdir(leaf);
		goto out;
	}
	sweep(g);
	if ((rc = lend(g->base)) == 0)
		rc = try_one(g);
out:
	if (rc < 0)
		g->base[0] = '\0';
	return rc;
}

int cgroup_make(struct cgroup *g, struct cage_limits *l)
{
	char number[32];
	int rc;

	snprintf(l->cgroup, sizeof l->cgroup, "%s/" ENVIRONMENT "%lld", g->base, (long long)++g->last);
	if (mkdir(l->cgroup, 0755) < 0) {
		rc = -errno;
		goto out;
	}
	snprintf(number, sizeof number, "%lld", (long long)l->memory_bytes);
	if ((rc = put(l->cgroup, "memory.max", number)) < 0)
		goto out;
	put(l->cgroup, "memory.swap.max", "0");		/* absent without swap accounting */
	put(l->cgroup, "memory.oom.group", "1");
	snprintf(number, sizeof number, "%d", CAGE_THREADS_MAX);
	if ((rc = put(l->cgroup, "pids.max", number)) == 0)
		rc = lend(l->cgroup);
out:
	if (rc < 0) {
		cgroup_remove(l->cgroup);
		l->cgroup[0] = '\0';
	}
	return rc;
}

int64_t cgroup_peak_kb(const char *path)
{
	char text[64];
	int64_t bytes;

	if (get(path, "memory.peak", text, sizeof text) < 0)	/* since Linux 5.19 */
		return -1;
	if (str_to_int(str_n(text, strcspn(text, "\n")), 0, INT64_MAX, &bytes) < 0)
		return -1;
	return bytes / 1024;
}

int64_t cgroup_oom_kills(const char *path)
{
	char text[1024];
	struct str rest, line;
	int64_t kills = 0;

	if (get(path, "memory.events", text, sizeof text) < 0)
		return 0;
	for (rest = str_of(text); str_next(&rest, '\n', &line);)
		if (str_starts(line, STR("oom_kill ")))
			str_to_int(str_n(line.p + strlen("oom_kill "), line.n - strlen("oom_kill ")), 0, INT64_MAX, &kills);
	return kills;
}

bool cgroup_oom_killed(const char *path)
{
	return cgroup_oom_kills(path) > 0;
}

int cgroup_set(const char *path, const char *file, const char *text)
{
	return put(path, file, text);
}

void cgroup_remove(const char *path)
{
	if (path[0])
		rmdir(path);
}
