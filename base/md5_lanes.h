/* md5_lanes.h - several MD5s side by side, each in a lane of the processor's vectors.
 *
 * MD5 is a chain: each of its steps waits for the one before, so one sum cannot be had faster. Many can: a vector of
 * w words takes the same step for w sums in the time of one. A kernel is that for one width; which of them can run is
 * the processor's to say. Written from RFC 1321.
 *
 * A lane is four words of state (A B C D) and a run of whole 64-byte blocks, at any address. Padding and lengths are
 * the caller's: base/digest.c, which mixes lanes with libcrypto's MD5.
 */
#ifndef BASE_MD5_LANES_H
#define BASE_MD5_LANES_H

#include <stddef.h>
#include <stdint.h>

#define MD5_LANES_MAX 16

struct md5_lane {
	uint32_t state[4];
	const uint8_t *p;		/* lent for the call */
};

struct md5_kernel {
	const char *name;
	int width;			/* lanes it has; idle ones cost as much */
	void (*run)(struct md5_lane *lane, int n, size_t blocks);	/* 1 <= n <= width */
};

/* Those that this processor can run, the narrowest first, NULL at the end. */
const struct md5_kernel *const *md5_kernels(void);

/* The one for n lanes: the narrowest that holds them, or the widest; NULL when there is none. */
const struct md5_kernel *md5_kernel_for(int n);

#endif
