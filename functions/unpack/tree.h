/* tree.h - what is made below one directory: counted, bounded, never outside of it.
 *
 * Paths are relative and normal: "a/b/c" without empty, "." and ".." parts. Folders on the way are made as they are needed. While
 * files and folders are made there is no symbolic link below the directory, so that no path can lead through one: links come last,
 * those that stay below first, and tree_stays asks the kernel whether they do.
 *
 * Everything made counts as one, whoever asked for it; bytes count when they are written.
 */
#ifndef FUNCTIONS_UNPACK_TREE_H
#define FUNCTIONS_UNPACK_TREE_H

#include <stdint.h>
#include <sys/types.h>

#include "functions/unpack.h"

struct tree {
	int dir;			/* borrowed */
	int64_t bytes_max, made_max, folders_max;
	int64_t bytes, made, folders;	/* so far; folders are counted in `made` too */
	int error;			/* errno of a verdict that comes from one */
	int folder;			/* owned: the one used last; -1 */
	char folder_path[UNPACK_PATH_MAX + 1];
};

void tree_init(struct tree *t, int dir);
void tree_clear(struct tree *t);

/* *fd: open for tree_write, the caller's. */
enum unpack_verdict tree_file(struct tree *t, const char *path, mode_t mode, int *fd);
enum unpack_verdict tree_write(struct tree *t, int fd, const void *p, size_t n);
enum unpack_verdict tree_time(struct tree *t, int fd, int64_t time_s);	/* after the last write */
enum unpack_verdict tree_folder(struct tree *t, const char *path);		/* may be there already, as a folder */
enum unpack_verdict tree_folder_mode(struct tree *t, const char *path, mode_t mode);
enum unpack_verdict tree_link(struct tree *t, const char *path, const char *target);
enum unpack_verdict tree_stays(struct tree *t, const char *path);	/* UNPACK_LINK when it leads out; it may lead nowhere */

#endif
