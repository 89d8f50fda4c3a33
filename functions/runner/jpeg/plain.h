/* plain.h - whether to use the loops that any machine can run where this one has better ones.
 *
 * Never, but for tests: in builds with test hooks they set it, so that the plain loops are tried on machines that have the others.
 */
#ifndef RUNNER_JPEG_PLAIN_H
#define RUNNER_JPEG_PLAIN_H

#include <stdbool.h>

#ifdef MINILAB_TEST_HOOKS
extern bool jpeg_plain;
#else
enum { jpeg_plain = false };
#endif

#endif
