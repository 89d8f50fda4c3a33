/* inflate.h - zlib's compression undone, under a bound: what others wrote small may be a thousand times as large. */
#ifndef RUNNER_INFLATE_H
#define RUNNER_INFLATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* Appends. False when it is damaged, cut, or larger than `most`; then `out` has what came until then. */
bool inflate_into(struct buf *out, struct str in, size_t most);

/* How many bytes it has, as far as it can be read; counting ends after `most` + 1. Takes no memory worth telling. */
size_t inflate_count(struct str in, size_t most);

#endif
