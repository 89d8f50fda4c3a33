/* tree.h - the file system of which every cage gets a copy, made once by the zygote, in a mount namespace of its own.
 *
 *     /view     what a cage will see: the host's /usr and what belongs to it, an /etc and a /dev of a few files; read-only
 *     /code     packages, by name        /runtime  our runtime clients        /lang/N   interpreters that do not live in /usr
 *     /proc     the host's: a kernel lets a new one be mounted only by who can see all of one
 *     /resolv.conf  of cages with a way out; cgroups, where the host has them
 *
 * After tree_make the zygote has no other files: the host's are not mounted in its namespace. A cage is cloned with a copy of that,
 * adds what is its own below /view and makes that its root (mounts.h).
 *
 * Descriptors to the directories are taken before anything is mounted, so they may lie anywhere, also below directories
 * that a user who is not root may not pass.
 */
#ifndef SANDBOX_TREE_H
#define SANDBOX_TREE_H

#include <stdbool.h>

#define TREE_LANGS_MAX 2

struct tree {			/* absolute paths on the host; borrowed */
	const char *code, *runtime;	/* NULL: without */
	const char *langs[TREE_LANGS_MAX];
	int lang_count;
	bool no_overlay;		/* for tests: as on a kernel that does not let a user mount one */
};

/* A negated errno, and at which step. For root, or in a user namespace. */
int tree_make(const struct tree *t, const char **step);

/* Binds with everything below; read-only, no set-id and no devices unless `devices`. */
int tree_bind(const char *from, const char *to, bool devices);

#endif
