#include "storage/warm.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "storage/blobs.h"

struct leaving {			/* found under the lock, dropped without it */
	int count;
	uint8_t files[WARM_FILES_MAX][BLOB_FILE_ID];
};

void warm_init(struct warm *w, int datadir)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t part = pages > 0 ? (uint64_t)pages * (uint64_t)page / WARM_MEMORY_PARTS : WARM_BYTES_MAX;

	pthread_mutex_init(&w->lock, NULL);
	w->datadir = datadir;
	w->max = part < WARM_BYTES_MAX ? part : WARM_BYTES_MAX;
}

void warm_clear(struct warm *w)
{
	pthread_mutex_destroy(&w->lock);
}

static void drop(int fd)
{
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* One that was deleted meanwhile left the cache with its name. */
static void drop_named(struct warm *w, const uint8_t file[BLOB_FILE_ID])
{
	char path[OBJ_PATH_MAX];
	int fd = openat(w->datadir, obj_path(path, file), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	drop(fd);
	close(fd);
}

static struct warm_file *find(struct warm *w, const uint8_t file[BLOB_FILE_ID])
{
	for (int i = 0; i < w->count; i++)
		if (memcmp(w->files[i].file, file, BLOB_FILE_ID) == 0)
			return &w->files[i];
	return NULL;
}

static void add(struct warm *w, const uint8_t file[BLOB_FILE_ID], uint64_t len)
{
	struct warm_file *f = &w->files[w->count++];

	*f = (struct warm_file){ .len = len, .since_ms = clock_mono_ms() };
	memcpy(f->file, file, BLOB_FILE_ID);
	w->held += len;
}

static void leave(struct warm *w, struct warm_file *f, struct leaving *l)
{
	memcpy(l->files[l->count++], f->file, BLOB_FILE_ID);
	w->held -= f->len;
	w->count--;
	memmove(f, f + 1, (size_t)(&w->files[w->count] - f) * sizeof *f);
}

static bool is_had(const struct warm_file *f)
{
	return f->had;
}

static bool is_forgotten(const struct warm_file *f)
{
	return clock_mono_ms() - f->since_ms > WARM_MS;
}

static bool has_room(const struct warm *w, uint64_t len)
{
	return w->count < WARM_FILES_MAX && w->held + len <= w->max;
}

static void make_room(struct warm *w, uint64_t len, bool (*may_go)(const struct warm_file *f), struct leaving *l)
{
	for (int i = 0; i < w->count && !has_room(w, len);)
		if (may_go(&w->files[i]))
			leave(w, &w->files[i], l);
		else
			i++;
}

static void drop_all(struct warm *w, const struct leaving *l)
{
	for (int i = 0; i < l->count; i++)
		drop_named(w, l->files[i]);
}

void warm_wrote(struct warm *w, int fd, const uint8_t file[BLOB_FILE_ID], uint64_t len)
{
	struct leaving l = { 0 };
	bool stays = false;

	if (len <= w->max) {
		pthread_mutex_lock(&w->lock);
		make_room(w, len, is_had, &l);
		make_room(w, len, is_forgotten, &l);
		if ((stays = has_room(w, len)))
			add(w, file, len);
		pthread_mutex_unlock(&w->lock);
	}
	drop_all(w, &l);
	if (!stays)
		drop(fd);
}

/* Even where there is no room: it will have been had soon. */
void warm_want(struct warm *w, int fd, const struct extent *e)
{
	struct warm_file *f;
	bool cold;

	pthread_mutex_lock(&w->lock);
	f = find(w, e->file);
	cold = !f;
	if (f)
		f->since_ms = clock_mono_ms();
	else if (w->count < WARM_FILES_MAX)
		add(w, e->file, e->len);
	pthread_mutex_unlock(&w->lock);
	if (cold)
		posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
}

void warm_had(struct warm *w, const struct extent *e)
{
	struct leaving l = { 0 };
	struct warm_file *f;

	if (e->kind != EXTENT_FILE)
		return;
	pthread_mutex_lock(&w->lock);
	f = find(w, e->file);
	if (f && w->held > w->max)
		leave(w, f, &l);
	else if (f)
		f->had = true;
	pthread_mutex_unlock(&w->lock);
	drop_all(w, &l);
}
