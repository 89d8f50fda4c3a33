/* warm.h - which large blobs stay in the page cache.
 *
 * An original is written once, read once soon after, by a function, and seldom again; thumbnails and the database are
 * read all the time. Left alone, the kernel gives all memory there is to the originals of a long burst of uploads. That
 * pushes out what is read often, and each of their pages is memory that nobody used lately: dear where a host has to
 * provide it first (a photo of 3.6 MB: 6 ms of a processor on a virtual machine, and 1 ms in pages that were in use just
 * before).
 *
 *     written --warm_wrote--> WAITS --warm_had--> HAD        either may be dropped from the cache
 *
 * So at most WARM_BYTES_MAX of files are kept there, less on a small machine. For a new one those go that a function has
 * had, the oldest first, then those that nobody asked for in WARM_MS. Where there are none the new one goes at once:
 * those before it have their turn earlier. When it has its own it is read ahead (warm_want).
 *
 * Files of blobs only; needles stay. All of this is hints: nothing here fails, and no byte depends on it. Any thread.
 */
#ifndef STORAGE_WARM_H
#define STORAGE_WARM_H

#include <pthread.h>

#include "storage/blob.h"

#define WARM_BYTES_MAX (128LL << 20)
#define WARM_MEMORY_PARTS 16		/* of a small machine's memory this part at most */
#define WARM_FILES_MAX 256		/* no file is smaller than a needle may be */
#define WARM_MS 60000

struct warm_file {
	uint8_t file[BLOB_FILE_ID];
	uint64_t len;
	int64_t since_ms;		/* monotonic */
	bool had;
};

struct warm {
	pthread_mutex_t lock;
	int datadir;			/* borrowed */
	uint64_t max, held;		/* bytes */
	int count;
	struct warm_file files[WARM_FILES_MAX];		/* the oldest first */
};

void warm_init(struct warm *w, int datadir);
void warm_clear(struct warm *w);

/* A durable file, open as `fd`. */
void warm_wrote(struct warm *w, int fd, const uint8_t file[BLOB_FILE_ID], uint64_t len);

/* Somebody will soon read all of it by `fd`. */
void warm_want(struct warm *w, int fd, const struct extent *e);

/* And has. Accepts any extent. */
void warm_had(struct warm *w, const struct extent *e);

#endif
