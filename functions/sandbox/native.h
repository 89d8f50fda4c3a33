/* native.h - the runtime client of functions in C (functions/minilab_native.h): opens the shared object and serves the Runtime API for it.
 *
 * Runs in a fork of process 1, whose program it shares; there is no other code of ours in it. Buffers are taken once, so that a warm
 * invocation allocates nothing. Errors of init are reported and end it, as those of every runtime.
 */
#ifndef SANDBOX_NATIVE_H
#define SANDBOX_NATIVE_H

/* `handler`: "path:symbol". */
_Noreturn void native_run(const char *path, const char *handler);

#endif
