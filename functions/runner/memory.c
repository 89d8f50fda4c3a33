#include "functions/runner/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "functions/wire.h"

enum { ASLEEP, WATCHING, REFUSED };
static atomic_int state;
static int64_t invocation;

void memory_watch(int64_t id)
{
	invocation = id;
	atomic_store(&state, WATCHING);
}

bool memory_refused(void)
{
	return atomic_load(&state) == REFUSED;
}

/* A sanitizer brings its own allocator, and is not held to a limit either. gcc and clang tell of it in different ways. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

#ifndef SANITIZED

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static void *checked(void *p, size_t n)
{
	int watching = WATCHING;

	if (!p && n > 0 && atomic_compare_exchange_strong(&state, &watching, REFUSED)) {
		int error = errno;

		wire_send(3, (struct wire_header){ .kind = WIRE_REFUSED, .id = invocation }, (struct str){0}, -1);
		errno = error;
	}
	return p;
}

void *malloc(size_t n)
{
	return checked(__libc_malloc(n), n);
}

void *calloc(size_t n, size_t size)
{
	return checked(__libc_calloc(n, size), n && size);
}

void *realloc(void *p, size_t n)
{
	return checked(__libc_realloc(p, n), n);
}

void *memalign(size_t alignment, size_t n)
{
	return checked(__libc_memalign(alignment, n), n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
	void *p = memalign(alignment, n);

	if (!p && n > 0)
		return ENOMEM;
	*out = p;
	return 0;
}

#endif
