/* bytes.h - numbers in somebody else's file. Reading past the end gives 0, so that a parser only
 * needs to check lengths where it decides something. */
#ifndef RUNNER_BYTES_H
#define RUNNER_BYTES_H

#include <stdint.h>

#include "base/str.h"

static inline uint32_t byte_at(struct str s, size_t at)
{
	return at < s.n ? (unsigned char)s.p[at] : 0;
}

static inline uint32_t be16(struct str s, size_t at)
{
	return byte_at(s, at) << 8 | byte_at(s, at + 1);
}

static inline uint32_t be32(struct str s, size_t at)
{
	return be16(s, at) << 16 | be16(s, at + 2);
}

static inline uint32_t le16(struct str s, size_t at)
{
	return byte_at(s, at) | byte_at(s, at + 1) << 8;
}

static inline uint32_t le24(struct str s, size_t at)
{
	return le16(s, at) | byte_at(s, at + 2) << 16;
}

static inline uint32_t le32(struct str s, size_t at)
{
	return le16(s, at) | le16(s, at + 2) << 16;
}

#endif
