#include "pipeline/watch_drops.h"

#include <stdlib.h>

#include "base/check.h"

#define BUCKETS 8192
#define WAITS (DROP_FAILED + 1)

struct drops {
	struct drop *bucket[BUCKETS];
	struct drop *heap[WATCH_DROPS_MAX];	/* those not held, the first due on top */
	size_t heap_n;
	int count;
	size_t bytes;
	int waiting[WAITS];
};

static struct drop **bucket_of(struct drops *d, const char *path)
{
	uint32_t h = 2166136261u;

	for (const char *c = path; *c; c++)
		h = (h ^ (uint8_t)*c) * 16777619u;
	return &d->bucket[h % BUCKETS];
}

void drops_open(struct drops **out)
{
	struct drops *d = calloc(1, sizeof *d);

	CHECK(d != NULL);
	*out = d;
}

void drops_close(struct drops *d)
{
	if (d)
		drops_clear(d);
	free(d);
}

/* -- the heap -- */

static void put_at(struct drops *d, size_t at, struct drop *it)
{
	d->heap[at] = it;
	it->place = at;
}

static void rise(struct drops *d, size_t at)
{
	struct drop *it = d->heap[at];

	while (at > 0 && d->heap[(at - 1) / 2]->due_ms > it->due_ms) {
		put_at(d, at, d->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put_at(d, at, it);
}

static void sink(struct drops *d, size_t at)
{
	struct drop *it = d->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < d->heap_n && d->heap[child + 1]->due_ms < d->heap[child]->due_ms)
			child++;
		if (child >= d->heap_n || d->heap[child]->due_ms >= it->due_ms)
			break;
		put_at(d, at, d->heap[child]);
		at = child;
	}
	put_at(d, at, it);
}

static void leave_heap(struct drops *d, struct drop *it)
{
	size_t at = it->place;
	struct drop *last = d->heap[--d->heap_n];

	d->waiting[it->wait]--;
	if (last == it)
		return;
	put_at(d, at, last);
	rise(d, at);
	sink(d, last->place);
}

static void enter_heap(struct drops *d, struct drop *it)
{
	d->waiting[it->wait]++;
	put_at(d, d->heap_n++, it);
	rise(d, it->place);
}

/* -- the set -- */

struct drop *drops_find(struct drops *d, const char *path)
{
	struct drop *it = *bucket_of(d, path);

	while (it && strcmp(it->path, path) != 0)
		it = it->next;
	return it;
}

bool drops_full(const struct drops *d)
{
	return d->count >= WATCH_DROPS_MAX || d->bytes >= WATCH_DROPS_BYTES_MAX;
}

int drops_waiting(const struct drops *d, enum drop_wait w)
{
	return d->waiting[w];
}

struct drop *drops_add(struct drops *d, const char *path)
{
	struct drop **bucket = bucket_of(d, path), *it;

	if (drops_full(d))
		return NULL;
	it = calloc(1, sizeof *it);
	CHECK(it != NULL && (it->path = strdup(path)) != NULL);
	d->bytes += strlen(path);
	d->count++;
	it->next = *bucket;
	*bucket = it;
	enter_heap(d, it);
	return it;
}

const struct drop *drops_first(const struct drops *d)
{
	return d->heap_n > 0 ? d->heap[0] : NULL;
}

void drops_hold(struct drops *d, struct drop *it)
{
	CHECK(!it->held);
	leave_heap(d, it);
	it->held = true;
}

void drops_settle(struct drops *d, struct drop *it, enum drop_wait w, int64_t due_ms)
{
	int late = d->waiting[DROP_WRITTEN] + d->waiting[DROP_UNFINISHED] + d->waiting[DROP_FAILED];

	if (!it->held)
		leave_heap(d, it);
	it->held = false;
	it->wait = w;
	it->due_ms = due_ms;
	enter_heap(d, it);
	if (w != DROP_SETTLES && late >= WATCH_DROPS_LATE_MAX)
		drops_remove(d, it);	/* it will be found again */
}

void drops_remove(struct drops *d, struct drop *it)
{
	struct drop **at = bucket_of(d, it->path);

	if (!it->held)
		leave_heap(d, it);
	while (*at != it)
		at = &(*at)->next;
	*at = it->next;
	d->bytes -= strlen(it->path);
	d->count--;
	free(it->path);
	free(it);
}

void drops_clear(struct drops *d)
{
	CHECK((size_t)d->count == d->heap_n);
	while (d->heap_n > 0)
		drops_remove(d, d->heap[d->heap_n - 1]);
}
