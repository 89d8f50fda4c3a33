/* segment.h - the format of a volume segment, and what can be learnt from the file alone.
 *
 * A segment appears under its name only when all of it is zeros on the disk. From
 * then on only the part after its end is ever written, so what follows the last needle
 * is zero unless a crash tore a group (or the disk is failing): then the segment
 * is not `clean` and nothing is appended to it any more.
 */
#ifndef STORAGE_SEGMENT_H
#define STORAGE_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SEGMENT_PATH_MAX 32
#define NEEDLE_ALIGN 8
#define SEGMENT_BLOCK 4096	/* the size of a segment is a multiple of it */

struct needle_header {			/* little-endian on the disk, native here */
	uint32_t magic;
	uint32_t crc;			/* of what follows in the header */
	uint64_t seq;
	uint32_t size, data_crc;
	uint32_t key_len, key_crc;
};

char *segment_path(char to[SEGMENT_PATH_MAX], uint32_t seg);	/* "vol/00/000000.seg" */

/* Where the next needle starts, from the start of one. */
uint64_t needle_span(uint64_t size, uint64_t key_len);

void needle_header_fill(struct needle_header *to, uint64_t seq, struct str data, struct str key);
bool needle_header_read(struct needle_header *h, const void *bytes);	/* false: not one */

/* Creates segment `seg` of `size` bytes under datadir. A descriptor for writing, or
 * negative; E_CLOSED when *stop became true on the way. */
int segment_make(int datadir, uint32_t seg, uint64_t size, const _Atomic bool *stop);

struct segment_end {
	uint64_t size;			/* of the file */
	uint64_t end;			/* where the next needle goes */
	bool clean;			/* zeros from there on */
};

/* Goes by headers; a needle whose data is torn counts as one, no row names it. */
int segment_scan(int fd, struct segment_end *out);

/* Highest segment number there is. False when there is none. */
int segment_last(int datadir, bool *any, uint32_t *seg);

#endif
