/* turn.h - pixels put upright: the eight EXIF orientations, for pixels of any size.
 *
 * An orientation is an exchange of rows and columns, or not, and a mirror along either axis. Where they are exchanged, one side of the
 * copy walks through memory in steps of whole rows; it is done in squares that stay in the cache, and for single bytes
 * in vectors that are woven until columns have become rows.
 */
#ifndef RUNNER_TURN_H
#define RUNNER_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Output pixel (x, y) is source pixel (y, x) when swapped, else (x, y); then counted from the other end where mirrored. */
struct turn {
	bool swap, mirror_x, mirror_y;	/* mirrors are of the source's axes */
};

/* False for 1 and for what is no orientation: nothing is to be done. */
bool turn_of(int orientation, struct turn *t);

/* `width` x `height` pixels of `size` bytes; strides are in bytes. The two do not overlap. */
struct turn_pixels {
	const uint8_t *from;
	size_t from_stride;
	uint8_t *to;
	size_t to_stride;
	int width, height, size;
};
void turn_pixels(const struct turn_pixels *p, const struct turn *t);

#endif
