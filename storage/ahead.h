/* ahead.h - which of the claimed jobs have not begun, in memory that outlives the process.
 *
 * A claim counts the attempt before anything runs (queue.h), and jobs are claimed ahead of their turn. When the process is killed, an attempt
 * that was never made must not count, and to tell it apart must not cost a write to the disk. So the jobs that wait are listed in a file
 * that is mapped: its pages stay with the kernel when the process dies. After a power cut they are whatever was written back
 * some time, so a list of another boot is not believed; those attempts count, as do those past AHEAD_MAX. Where no file can be mapped
 * nothing is listed.
 *
 *     claimed --add--> waits --begin--> its attempt counts, whatever happens
 *
 * A job is listed with its lease: what is stale means nothing.
 *
 * Loop thread; ahead_release and ahead_forget while the store opens.
 */
#ifndef STORAGE_AHEAD_H
#define STORAGE_AHEAD_H

#include "storage/db.h"

#define AHEAD_MAX 4096

struct ahead;

void ahead_open(struct ahead **out, int datadir);
void ahead_close(struct ahead *a);		/* accepts NULL */

/* Inside a change: the jobs that the process before had listed go back to the queue, their attempt not counted. Forgotten when that is committed. */
int ahead_release(struct ahead *a, struct db *db);
void ahead_forget(struct ahead *a);

void ahead_add(struct ahead *a, int64_t job, int64_t lease);
void ahead_begin(struct ahead *a, int64_t job);	/* before anything of it runs; accepts one that is not listed */

#endif
