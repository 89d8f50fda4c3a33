/* placeholder.h - small pictures that stand for a thumbnail that is not there, as PNG: what a ThumbHash remembers of a photo, a plain grey while
 * nothing is known, a cross where nothing will come.
 *
 * A ThumbHash (functions/runner/look/thumbhash.h has the format) is 5 to 40 bytes of our own making, kept in a row that clients may write: nothing of it
 * is trusted. The pictures have at most PLACEHOLDER_SIDE pixels a side and are not compressed. Pure.
 */
#ifndef PIPELINE_PLACEHOLDER_H
#define PIPELINE_PLACEHOLDER_H

#include "base/buf.h"
#include "base/str.h"

#define PLACEHOLDER_SIDE 32

/* The hash in base64. E_BAD_INPUT: it is none, and nothing is appended. */
int placeholder_of_hash(struct str hash, struct buf *png);
void placeholder_plain(struct buf *png);
void placeholder_failed(struct buf *png);

#endif
