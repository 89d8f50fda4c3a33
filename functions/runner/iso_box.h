/* iso_box.h - the boxes of ISO media files (HEIC, AVIF): length, four letters, data. ISO 14496-12, 4.2. */
#ifndef RUNNER_ISO_BOX_H
#define RUNNER_ISO_BOX_H

#include "functions/runner/bytes.h"

struct box {
	struct str type, data;
	size_t size;		/* with its head */
};

/* The box at `at` in its surroundings. Length 0 means to the end, and 1 that 8 bytes of length follow. False when there is none, or it
 * ends after what is around it. */
static inline bool box_at(struct str p, size_t at, struct box *b)
{
	uint64_t length, head = 8;

	if (at > p.n || p.n - at < 8)
		return false;
	length = be32(p, at);
	if (length == 1) {
		length = (uint64_t)be32(p, at + 8) << 32 | be32(p, at + 12);
		head = 16;
	} else if (length == 0) {
		length = p.n - at;
	}
	if (length < head || length > p.n - at)
		return false;
	*b = (struct box){ str_n(p.p + at + 4, 4), str_n(p.p + at + head, length - head), length };
	return true;
}

#endif
