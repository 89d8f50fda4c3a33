/* watch_parts.h - what the files of one drop folder share (watch_*.c), and nobody else but watch.c.
 *
 * A folder has threads of its own, so that a mount that hangs stops nobody else:
 *
 *     watcher (watch_folder.c)   hears notifications, looks through the tree (watch_look.c), knows what is on its way (watch_drops.h), and
 *                                hands out what is due
 *     hands (watch_hands.c)      open, check and read files and bring them to the store (watch_take.c), then do with them as `after` says
 *
 *     drop due --hands_give--> hand: take_file --> [writer: object, event and ledger line, one transaction] --> [loop: feed, pump]
 *              <------------------------- hands_back <-- hand: after <------------------------------------------
 *
 * A file that is being taken is a struct taking, and one thread's at a time. Everything else that more than one thread uses is under `lock`.
 */
#ifndef PIPELINE_WATCH_PARTS_H
#define PIPELINE_WATCH_PARTS_H

#include <stdatomic.h>

#include "pipeline/minilab.h"
#include "pipeline/watch.h"
#include "pipeline/watch_drops.h"
#include "pipeline/watch_notify.h"
#include "pipeline/watch_walk.h"
#include "storage/ledger.h"
#include "storage/object.h"

#define WATCH_HANDS 2
#define WATCH_FLIGHT_MAX 64		/* files that are being taken at a time */
#define WATCH_FLIGHT_BYTES (16 << 20)	/* of them in memory, of small ones */
#define WATCH_LOOKS_MAX 256		/* folders that wait to be looked through; more become one look at the whole tree */
#define WATCH_ERRORS 16			/* the last ones are kept */
#define WATCH_TOLD_MAX 100		/* files that failed, between two looks at the whole tree; more are only counted */
#define WATCH_WHY_MAX 128
#define WATCH_POLL_S 10			/* between looks where there are no notifications */

enum take_outcome {
	TAKE_ON,			/* the next step */
	TAKE_PUT,			/* an object, or a new version of one */
	TAKE_SAME,			/* its content is an object already, and the folder skips such */
	TAKE_KNOWN,			/* it is the object that it was */
	TAKE_CHANGED, TAKE_WRITTEN, TAKE_UNFINISHED, TAKE_GONE,
	TAKE_FAILED			/* rc */
};

struct taking {
	struct watch_folder *folder;
	struct drop *drop;		/* the watcher's, held; hands see what follows */
	const char *path;		/* lent by it */
	struct watch_stamp stamp;	/* these as in struct drop */
	bool written, unclosed, closed, read;
	bool patient;			/* in: it may still wait for the end of its format */
	enum take_outcome outcome;
	int rc;
	struct watch_stamp now;		/* as it was found */
	int64_t charge;			/* of the bytes in flight */
	/* a hand's */
	struct db *reader;		/* the hand's; lent for the call */
	int fd;
	bool has_line;			/* `was` is its line in the ledger */
	struct ledger_line was, line;
	uint8_t sum[DIGEST_KINDS][DIGEST_SIZE_MAX];
	char *data;			/* owned: of a small file */
	struct extent where;		/* of a large one */
	struct needle needle;
	struct object_put put;
	struct change line_only;
	struct change *change;		/* which of the two was submitted */
	struct arena arena;
	struct post post;
	bool committed;			/* what is left to do is `after` */
	bool after_failed;		/* out: rc is of `after`; the object is there */
	struct taking *next;
};

struct watch_error {
	char *path;
	char text[128];
	int64_t at_ms;			/* wall */
};

struct watch_look {			/* the watcher's: looks at the tree */
	bool active, whole;		/* one is under way; at all of the tree */
	bool wanted;			/* the whole tree, next */
	char *folders[WATCH_LOOKS_MAX];	/* owned: parts of it */
	int folder_count;
	struct watch_walk walk;
	int64_t files;			/* that this look has found */
	int64_t ended, files_there;	/* whole looks, and what the last one found */
	int64_t began_ms, took_ms, next_ms;	/* monotonic */
};

struct watch_folder {
	struct minilab *m;
	struct watch *of;
	struct watch_spec spec;
	struct watch_place place;
	bool of_settings;
	char done_inside[WATCH_DIR_MAX + 1];	/* below the folder, never looked into; "": nowhere there */
	uv_thread_t thread;
	struct db *reader;
	struct watch_hand {
		struct watch_folder *folder;
		uv_thread_t thread;
		bool runs;
		struct db *reader;
	} hand[WATCH_HANDS];
	int wake;			/* an eventfd: something for the watcher */
	atomic_bool stopping;
	uv_mutex_t lock;
	uv_cond_t given;
	/* under lock */
	struct taking *todo, **todo_end;	/* for hands */
	struct taking *back, **back_end;	/* for the watcher */
	bool hands_end;
	bool look_asked;		/* by a person */
	struct watch_stats stats;
	struct watch_error errors[WATCH_ERRORS];
	int error_at;			/* where the next one goes */
	/* the watcher's */
	int top;			/* the folder, open; -1: it is not there. Hands use it while they take */
	int done;			/* the done folder's top, open; -1 */
	int64_t top_device, top_inode, top_retry_ms;
	bool leaving;			/* it is not the one any more */
	struct watch_notify notify;
	struct drops *drops;
	struct watch_look look;
	char *forget_after;		/* owned: the path up to which the ledger was looked through; NULL: from the first */
	int flight;
	int64_t flight_bytes;
	int told_rc;			/* an error that is not of one file: told once, until something is taken */
	int told;			/* files that failed, since the last look began */
	/* the loop's */
	bool removed;			/* its ledger goes, and then its record */
	bool renewed;			/* it is told anew: `then` */
	struct watch_spec then;
	struct watch_place then_place;
	bool runs;			/* its threads do */
	struct errand sweep;
	int swept;			/* lines in the last change */
	struct post ended;
	struct watch_folder *next;
};

/* watch_hands.c */
int hands_start(struct watch_folder *f);
void hands_stop(struct watch_folder *f);	/* nothing is in flight */
void hands_give(struct watch_folder *f, struct taking *t);	/* any thread */
void hands_back(struct watch_folder *f, struct taking *t);	/* a hand: it is over */
struct taking *hands_take_back(struct watch_folder *f);		/* the watcher: all that is over, a chain */
void folder_wake(struct watch_folder *f);			/* any thread */

/* watch_take.c: by a hand. Ends by hands_back; what is committed comes to a hand once more, for take_end. */
void take_file(struct taking *t);
void take_end(struct taking *t);
void take_clear(struct taking *t);

/* watch_object.c: what a file is called as an object. E_TOO_LARGE. Texts in `a`. */
int watch_key(struct str prefix, const char *path, struct arena *a, struct str *key);
int watch_key_numbered(struct str key, int number, struct arena *a, struct str *numbered);	/* before its ending: in/a-2.jpg */
struct str watch_headers(const char *path, int64_t mtime_ns, struct arena *a);

/* watch_after.c: what `after` says, for a file that is an object. 0 also when it is not there any more. */
int after_do(struct watch_folder *f, const char *path, const struct watch_stamp *as_read);
bool after_is_done(int top, const char *path);	/* a folder that files were moved to, whatever `after` is by now */
bool after_is_ours(const char *name);		/* a name that after_do gives a file in between */
void after_resume(struct watch_folder *f, const char *path);	/* which a crash has left: finished, or its own name back. The watcher */

/* watch_look.c: the watcher. */
void look_ask(struct watch_folder *f, const char *folder);	/* NULL: all of it */
void look_step(struct watch_folder *f);		/* some names more; none while there is no room for what it finds */
bool look_can_step(const struct watch_folder *f);
void look_hear(struct watch_folder *f);		/* notifications that came */
void look_end(struct watch_folder *f);

/* watch_forget.c: the watcher. */
void forget_some(struct watch_folder *f);	/* the folder is there, and all of it was looked at */
void forget_end(struct watch_folder *f);

/* watch_folder.c */
void folder_main(void *folder);			/* the watcher */
void folder_note(struct watch_folder *f, const char *path, const struct stat *st, enum notify_what what);	/* a file on its way */
void folder_error(struct watch_folder *f, const char *path, int rc, const char *doing);
void folder_why(const struct watch_folder *f, char to[WATCH_WHY_MAX]);	/* of its state, when that has an rc. Under lock */

/* watch.c: the loop. */
struct watch {
	struct minilab *m;
	char data[WATCH_DIR_MAX + 1];	/* the data directory, links resolved */
	struct watch_folder *first, **end;
	int count;
	void (*closed)(void *owner);	/* set: it is closing */
	void *owner;
	struct post empty;
};

struct watch_folder *watch_find(struct watch *w, struct str name);
void watch_place_find(const struct watch_spec *s, struct watch_place *p);	/* blocking */
int watch_refuse(char error[WATCH_ERROR_MAX], int rc, const char *name, const char *why);	/* rc */
/* May a folder at this place be, besides those there are? `except`: the one that it replaces. */
int watch_check_place(struct watch *w, const struct watch_folder *except, const char *name, const struct watch_place *p, char error[WATCH_ERROR_MAX]);
struct watch_folder *watch_make(struct watch *w, const struct watch_spec *s, const struct watch_place *p, bool of_settings);
int watch_start(struct watch_folder *f);
void watch_stop(struct watch_folder *f);	/* watch_folder_ended comes */
void watch_folder_ended(struct watch_folder *f);
void watch_drop(struct watch_folder *f);	/* its threads do not run */

#endif
