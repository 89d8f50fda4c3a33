/* stream.h - the entropy-coded bytes of a scan, a window at a time, without their stuffing.
 *
 * In a scan a 0xff of data is followed by a stuffed 0; anything else after it is a marker. Copying the data into a window
 * without the zeros costs a tenth of a cycle per byte and makes the bit reader branch-free (bits.h). Behind the last byte before a marker lie
 * zeros, as if the data went on (T.81 leaves it open, libjpeg does the same).
 *
 * States: stream_open, then for every MCU: `if (JPEG_UNLIKELY(s.b.p > s.watch) && !stream_more(&s)) fault`, then read freely up
 * to STREAM_MCU_MAX bytes. At a restart interval's end stream_restart, at the scan's end stream_close.
 */
#ifndef RUNNER_JPEG_STREAM_H
#define RUNNER_JPEG_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "functions/runner/jpeg/bits.h"

/* Ten blocks of 64 codes of 16 bits, each with a value of 15 bits, rounded up. */
#define STREAM_MCU_MAX 2560
#define STREAM_WINDOW 16384
#define STREAM_PAD (STREAM_MCU_MAX + 64)	/* zeros behind the end: an MCU more, and what a refill reads ahead */

enum { STREAM_OPEN_END = 0, STREAM_FILE_END = 1 };	/* what stream.marker says instead of a marker */

struct stream {
	struct bits b;
	const uint8_t *watch;		/* b.p beyond it: ask stream_more */
	const uint8_t *next, *end;	/* of the file, not in the window yet */
	size_t n;			/* bytes in the window */
	int marker;			/* what ended the data; `next` is at its 0xff */
	bool spilled;			/* bytes between an interval's last MCU and its marker */
	uint8_t window[STREAM_WINDOW + STREAM_PAD];
};

void stream_open(struct stream *s, struct str file, size_t at);

/* False: more bits were taken than there were before the marker. */
bool stream_more(struct stream *s);

/* Goes to the next marker, whatever lies before it, and past it when it is a restart: then its number, 0 to 7, else -1. */
int stream_restart(struct stream *s);

/* The place in the file from which on the next marker is to be looked for. */
size_t stream_close(struct stream *s, struct str file);

/* Where the next marker is that is neither a restart nor stuffing, or the file's size. */
size_t stream_find_marker(struct str file, size_t at);

#endif
