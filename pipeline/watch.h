/* watch.h - drop folders: files that land in them become objects, each once, whole, and with its event.
 *
 *     [watch inbox]
 *     dir = /srv/inbox
 *     to = photos/in                  /srv/inbox/2026/a.jpg becomes in/2026/a.jpg in bucket photos
 *
 * When a file is taken: it was closed (the kernel is asked for a lease, which it gives only when nobody writes; where it does not know,
 * because minilab neither owns the file nor is root, or on network mounts, the next two must do), it has not changed for settle_ms, and it ends
 * as its format ends (watch_whole.h). One that does not end so is waited for, unfinished_s, and then taken as it is: a damaged photo is
 * worth more than none; so is one that is to be moved or deleted, when nobody can tell whether it was closed or is all there (raw formats on network
 * mounts). Names that programs use while they copy are left alone (watch_ignore.h). Whatever changed while it was read
 * is put aside and read again.
 *
 * Exactly once: object, event and a line in the ledger (storage/ledger.h) are one transaction. A file with the same inode, size and time of
 * change as its line is not looked at again; one that differs is read, and put only if its content differs. So:
 *
 *     changed in place, replaced     a new version of its object, and without versioning the old one is gone; with keep_both another
 *                                    key, with a number: a-2.jpg. Likewise what else has that key: another folder's file, an upload
 *     renamed, or copied             another key, as a key always tells where the file lies; with skip_same none, if the object
 *                                    of the old name is still there. That goes for whole folders, too
 *     deleted, moved away            nothing: objects stay, also when the whole folder or its mount disappears. One that comes back is known
 *                                    still, for ledger_s at least and as long as its object is there (storage/ledger.h)
 *     another name of it (hard link) as a copy
 *     symbolic links, FIFOs, devices left alone; what they lead to is not looked at
 *     a name that is not UTF-8       the bytes that are not become %XX in the key, and '%' in such a name %25
 *
 * Where a file comes from: notifications (inotify), and a look at the whole folder at start, when notifications were lost, and every scan_s.
 * Without notifications (poll, or the kernel's limit is reached) there are only looks. No clock has to be right.
 *
 * After ingest the file is kept, moved or deleted; only once its object is committed, and only if it is still the file that was read. What
 * a crash cut off is done at the next start.
 *
 * A mount that hangs stops nobody else, but minilab does not stop before it goes on.
 *
 * A file that cannot be read, or not be put, is told once, and tried again after 1 s, 2 s, 4 s ... 5 min.
 *
 * Folders come from the settings, and from watch_add: those are kept in the store until they are removed. Two may not lie in one another, nor
 * in the data directory, nor may a done folder lie in either: what is moved there would be new again. Loop thread.
 */
#ifndef PIPELINE_WATCH_H
#define PIPELINE_WATCH_H

#include "pipeline/errand.h"
#include "pipeline/minilab.h"
#include "pipeline/watch_spec.h"

#define WATCH_FOLDERS_MAX 32

enum watch_state { WATCH_STARTING, WATCH_WATCHING, WATCH_POLLING, WATCH_PARTLY, WATCH_MISSING, WATCH_STATES };

const char *watch_state_text(enum watch_state s);

/* Why it is MISSING or PARTLY, and what to do about it. */
enum watch_blame { BLAME_DIR, BLAME_DONE, BLAME_WATCHES, BLAME_INSTANCES };

struct watch_stats {
	enum watch_state state;
	int rc;				/* MISSING, PARTLY: why */
	enum watch_blame blame;
	bool looking;			/* at all of it, now */
	int64_t looks;			/* at all of it, since the start */
	int64_t files;			/* that the last of them found */
	int64_t folders;		/* that are watched */
	int64_t put, bytes, skipped;	/* since the start; skipped: their content was there already */
	int64_t settling, written, unfinished, failed, taking;	/* now, on their way */
};

struct watch;

/* Where a folder and its done folder really are: links resolved as far as they are there. */
struct watch_place {
	char dir[WATCH_DIR_MAX + 1];
	char done[WATCH_DIR_MAX + 1];	/* "": below dir by its name, or nothing is moved */
};

/* Blocking, before the loop runs: folders of the settings and of the store, which are started. E_BAD_INPUT: the settings are wrong, *error tells. */
int watch_open(struct watch **out, struct minilab *m, char error[WATCH_ERROR_MAX]);
void watch_close(struct watch *w, void (*closed)(void *owner), void *owner);	/* what is being read is left, what is being committed is not */

/* A change of what is kept in the store. It must live until `done`, which never comes from inside the call. */
struct watch_ask {
	struct watch_spec spec;		/* in, owned by the caller: of remove only the name counts; of add "" for one after the folder; out: the name */
	struct str ticket;		/* in, for add: see below */
	void (*done)(struct watch_ask *a, int rc);
	void *owner;
	char error[WATCH_ERROR_MAX];	/* out: a sentence, when it was refused: E_BAD_INPUT, E_EXISTS, E_NOT_FOUND, E_TOO_LARGE */
	/* its own */
	struct errand errand;
	struct buf body;
	struct watch_place place;
	bool nameless;
	struct watch *watch;
};

/* Added, or one of that name told anew, which begins then from the start with its ledger. The folder and the bucket have to be there.
 * E_EXISTS: another folder overlaps it, it is of the settings, or it is being removed.
 *
 * Whoever may name a folder has it read, and its files deleted, as the user that minilab runs as; that is more than the keys are for. So
 * the setting watch_by_keys must allow it, or a ticket: the name of a file, WATCH_TICKET and 32 hexadecimal digits, that was made in the data
 * directory, which shows that who asks may write there. It is used up. E_PRECONDITION without either. */
#define WATCH_TICKET "ticket-"
void watch_add(struct watch *w, struct watch_ask *a);
void watch_remove(struct watch *w, struct watch_ask *a);	/* objects stay; its ledger goes, little by little */

int watch_rescan(struct watch *w, struct str name);	/* all of it is looked through now. E_NOT_FOUND */

/* Sums over all folders of put, bytes, skipped, failed, and (settling) of all others that are on their way. How many folders there are; *missing: of
 * those, that are not there. */
int watch_sum(struct watch *w, struct watch_stats *sum, int *missing);

/* Members "folders":[...] of an object that is open: what each was told and how it is. */
void watch_gather(struct watch *w, struct json *j);

#endif
