#include "base/arena.h"

#include <limits.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

#define BLOCK_SIZE 4096		/* first block; later ones double up to BLOCK_LARGE */
#define BLOCK_LARGE (256 << 10)

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) char room[];
};

static struct arena_block *grow(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : BLOCK_SIZE;
	struct arena_block *b;

	if (size > BLOCK_LARGE)
		size = BLOCK_LARGE;
	if (size < n)
		size = n;
	b = malloc(sizeof *b + size);
	CHECK(b != NULL);
	b->size = size;
	b->used = 0;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_take(struct arena *a, size_t n)
{
	size_t rounded = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *b = a->head;
	char *p;

	CHECK(rounded >= n);
	if (!b || b->size - b->used < rounded)
		b = grow(a, rounded);
	p = b->room + b->used;
	b->used += rounded;
	a->used += rounded;
	memset(p, 0, rounded);
	return p;
}

char *arena_dup(struct arena *a, struct str s)
{
	char *p = arena_take(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	return str_is_set(s) ? str_n(arena_dup(a, s), s.n) : s;
}

char *arena_vprintf(struct arena *a, size_t max, const char *fmt, va_list ap)
{
	va_list again;
	size_t n;
	int whole;
	char *p;

	va_copy(again, ap);
	whole = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	CHECK(whole >= 0);
	n = (size_t)whole < max ? (size_t)whole : max;
	p = arena_take(a, n + 1);
	vsnprintf(p, n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, INT_MAX, fmt, ap);
	va_end(ap);
	return p;
}

void arena_clear(struct arena *a)
{
	struct arena_block *b = a->head;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	*a = (struct arena){0};
}
