/* vfs.h - SQLite's system calls, passed through base/sys.h's fault injection.
 *
 * A thin layer over SQLite's own unix VFS for the writer connection. It adds two
 * things: tests can make any write, sync, truncate, open or delete fail or crash,
 * and a failed sync is never reported to SQLite: it is logged and the process
 * aborts, because nothing said about the disk afterwards can be believed.
 */
#ifndef STORAGE_VFS_H
#define STORAGE_VFS_H

/* Registers it once per process and returns its name, for sqlite3_open_v2. */
const char *vfs_register(void);

/* errno of the last call on this thread that failed. sqlite3_system_errno does not know it after COMMIT. */
int vfs_errno(void);

#endif
