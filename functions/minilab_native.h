/* minilab_native.h - a function written in C, for the runtime `minilab.native`.
 *
 * The package is a zip with a shared object; the handler setting is "file.symbol": "thumb.handler" is the symbol `handler` of
 * /var/task/thumb.so. The symbol is a function of this kind:
 *
 *     #include <minilab_native.h>
 *
 *     int handler(const struct minilab_event *e, struct minilab_answer *a)
 *     {
 *             return minilab_write(a, e->payload, e->payload_length);
 *     }
 *
 *     cc -shared -fPIC -O2 -I FOLDER_OF_THIS_FILE -o thumb.so thumb.c && zip function.zip thumb.so
 *
 * It is called with one event after the other, always on the same thread. What it keeps in static variables lasts as long as the
 * environment; constructors of the shared object are its init. Threads it has started are frozen with it between two
 * events. Libraries that it needs are the system's, or are found by its own search path: link it with -Wl,-rpath,'$ORIGIN' for those that
 * lie beside it, with -Wl,-rpath,/opt/lib for those of a layer.
 *
 * The answer is what it wrote, JSON as with every function; nothing written is `null`. It returns 0, or anything else for
 * an error: the caller gets what minilab_fail was told, or "Function.Error". What it prints on stdout and stderr is its log.
 * To exit, to crash or to use more memory than it was given ends the environment, as on AWS.
 *
 * Nothing is to be linked: the answer brings its functions along. C and C++.
 */
#ifndef MINILAB_NATIVE_H
#define MINILAB_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything is lent for the call. Texts end with a NUL, the payload does too (not counted in its length). */
struct minilab_event {
	uint32_t size;			/* of this struct: members are only ever added at its end */
	const char *payload;
	size_t payload_length;
	const char *request;		/* its id */
	const char *function_arn;	/* as invoked, with version or alias if one was named */
	const char *trace;		/* X-Amzn-Trace-Id; "" without */
	const char *client_context;	/* JSON; "" without */
	int64_t deadline_ms;		/* since 1970; then the environment is ended */
};

struct minilab_answer {
	uint32_t size;
	/* -1 when the answer would be larger than Lambda's 6 MB: then the caller gets Function.ResponseSizeTooLarge. */
	int (*write)(struct minilab_answer *a, const void *p, size_t n);
	int (*fail)(struct minilab_answer *a, const char *type, const char *message);
};

/* Appends to the answer. 0 or -1. */
static inline int minilab_write(struct minilab_answer *a, const void *p, size_t n)
{
	return a->write(a, p, n);
}

static inline int minilab_puts(struct minilab_answer *a, const char *text)
{
	return a->write(a, text, strlen(text));
}

/* The invocation fails; what was written is dropped. Always -1, so that it can stand behind `return`. `type` is of letters, digits, dots
 * and underscores, at most 100; of the message at most 1000 bytes are kept. */
static inline int minilab_fail(struct minilab_answer *a, const char *type, const char *message)
{
	return a->fail(a, type, message);
}

typedef int minilab_handler(const struct minilab_event *e, struct minilab_answer *a);

#ifdef __cplusplus
}
#endif

#endif
