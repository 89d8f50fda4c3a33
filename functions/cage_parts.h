/* cage_parts.h - the pieces of the cage that have a file of their own; for cage*.c, and the programs in functions/sandbox and functions/unpack. */
#ifndef FUNCTIONS_CAGE_PARTS_H
#define FUNCTIONS_CAGE_PARTS_H

#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/types.h>

/* The seccomp program. -ENOSYS when libseccomp cannot make it. */
int cage_filter_build(void);
const struct sock_fprog *cage_filter(void);	/* NULL before it is built */

/* The program of any filter; to->filter is the caller's, for good. */
int cage_filter_export(scmp_filter_ctx c, struct sock_fprog *to);

int cage_landlock_abi(void);			/* 0: none */
int cage_landlock_deny_all(void);
int cage_landlock_make_below(int dir);		/* files, folders and symbolic links may be made below it, and nothing else */

int cage_write_file(const char *path, const char *text);

/* `id` and CAGE_GID_PLAIN, all or none of it; a negated errno where we may not, or the id does not exist in our user namespace. */
int cage_become_plain(uid_t id);

/* The same without a way back: no capabilities, no privileges by exec. */
int cage_give_up_root(uid_t id);

/* Who we are, for cage_map_ids to know in the new user namespace, where we are nobody until it has run. */
void cage_note_ids(void);
int cage_map_ids(uid_t uid, gid_t gid);

/* Moves this process into a network namespace where there is nothing, and a user namespace if that takes one: root
 * needs none. All its clones then share it, instead of making one each: that would be a quarter of a cold start, and
 * as much work for the kernel afterwards. Where it cannot be had nothing changes. */
void cage_cut_network(void);
bool cage_network_is_cut(void);

#endif
