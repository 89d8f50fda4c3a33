#include "functions/sandbox/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLAIN (MS_NOSUID | MS_NODEV)
#define TEXT_LENGTH 4096

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

/* What is bound has been made read-only in the tree already, and stays so. */
static int bind_below(const char *directory, const char *name, const char *to)
{
	char from[TEXT_LENGTH];

	if (!*name)
		return 0;
	if (snprintf(from, sizeof from, "%s/%s", directory, name) >= (int)sizeof from)
		return -ENAMETOOLONG;
	return result(mount(from, to, NULL, MS_BIND | MS_REC, NULL));
}

/* An overlay names the uppermost first. Relative to /code, for a mount's options are at most a page. */
static int overlay(const char *const *names, int count, const char *to)
{
	char options[TEXT_LENGTH];
	size_t n = (size_t)snprintf(options, sizeof options, "lowerdir=");

	for (int i = count - 1; i >= 0 && n < sizeof options; i--)
		n += (size_t)snprintf(options + n, sizeof options - n, "%s%s", names[i], i > 0 ? ":" : "");
	if (n >= sizeof options)
		return -ENAMETOOLONG;
	if (chdir("/code") < 0)
		return -errno;
	return result(mount("overlay", to, "overlay", MS_RDONLY | PLAIN, options));
}

static int mount_layers(const struct plan *p, const struct tree *t)
{
	const char *to = "/view/opt";
	int rc = -EPERM;

	if (p->limits.layers <= 1)
		return p->limits.layers == 0 ? 0 : bind_below("/code", p->layers[0], to);
	if (!t->no_overlay)
		rc = overlay(p->layers, p->limits.layers, to);
	return rc < 0 ? layers_merge(p->layers, p->limits.layers, to) : 0;
}

/* A page is the least that a file takes, so there are no more files than pages. */
static int mount_tmp(const struct plan *p)
{
	long long kb = (long long)p->limits.tmp_bytes / 1024;
	char options[128];

	snprintf(options, sizeof options, "size=%lldk,nr_inodes=%lld,mode=1777", kb, kb / 4 + 1);
	return result(mount("tmp", "/view/tmp", "tmpfs", PLAIN, options));
}

static int mount_proc(bool *has_proc)
{
	*has_proc = mount("proc", "/view/proc", "proc", PLAIN | MS_NOEXEC, NULL) == 0;
	if (*has_proc)
		return 0;
	return result(mount("none", "/view/proc", "tmpfs", PLAIN | MS_NOEXEC | MS_RDONLY, "size=4k,nr_inodes=2,mode=555"));
}

/* A mount that came with the namespace may not become its root; a bind of it may. */
int mounts_prepare(bool *has_proc)
{
	if (mount("/view", "/view", NULL, MS_BIND | MS_REC, NULL) < 0)
		return -errno;
	return mount_proc(has_proc);
}

/* The file says that nobody is to be asked; see etc.c. */
static int mount_resolver(const struct plan *p)
{
	return p->limits.outbound ? result(mount("/resolv.conf", "/view/etc/resolv.conf", NULL, MS_BIND, NULL)) : 0;
}

static int change_root(void)
{
	if (chdir("/view") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	return result(chdir("/"));
}

static int mount_lang(const struct plan *p)
{
	char name[16];

	if (p->lang < 0)
		return 0;
	snprintf(name, sizeof name, "%d", p->lang);
	return bind_below("/lang", name, "/view/var/lang");
}

int mounts_make(const struct plan *p, const struct tree *t)
{
	int rc;

	if ((rc = bind_below("/code", p->code, "/view/var/task")) < 0 ||
	    (rc = mount_layers(p, t)) < 0 ||
	    (rc = bind_below("/runtime", p->runtime, "/view/var/runtime")) < 0 ||
	    (rc = mount_lang(p)) < 0 ||
	    (rc = mount_resolver(p)) < 0 ||
	    (rc = mount_tmp(p)) < 0)
		return rc;
	return change_root();
}
