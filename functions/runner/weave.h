/* weave.h - a square of 16 x 16 bytes whose rows become its columns.
 *
 * Four rounds; each weaves row i with row i + 8, byte by byte, into rows 2 i and 2 i + 1 (a card shuffle: four of them move a
 * byte's row number to where its column number was). Vectors of the compiler, which every processor has in some way.
 */
#ifndef RUNNER_WEAVE_H
#define RUNNER_WEAVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WEAVE_SIDE 16

typedef uint8_t weave_row __attribute__((vector_size(WEAVE_SIDE)));

static inline __attribute__((always_inline)) void weave(weave_row v[WEAVE_SIDE])
{
	weave_row to[WEAVE_SIDE];

#pragma GCC unroll 4
	for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
		for (int i = 0; i < WEAVE_SIDE / 2; i++) {
			weave_row a = v[i], b = v[i + WEAVE_SIDE / 2];

			to[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
			to[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
		}
#pragma GCC unroll 16
		for (int i = 0; i < WEAVE_SIDE; i++)
			v[i] = to[i];
	}
}

/* Turned into sixteen rows of memory. */
static inline __attribute__((always_inline)) void weave_out(weave_row v[WEAVE_SIDE], uint8_t *to, size_t stride)
{
	weave(v);
#pragma GCC unroll 16
	for (int i = 0; i < WEAVE_SIDE; i++)
		memcpy(to + (size_t)i * stride, &v[i], sizeof v[i]);
}

#endif
