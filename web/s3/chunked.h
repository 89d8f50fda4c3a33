/* chunked.h - takes an aws-chunked body apart, however its bytes arrive.
 *
 *     SIZE[;chunk-signature=HEX] CRLF data CRLF ... 0[;chunk-signature=HEX] CRLF
 *     [name:value CRLF]... [x-amz-trailer-signature:HEX CRLF] CRLF
 *
 * Pure: it computes nothing, it tells its owner what it meets, in order: data and chunk for each
 * chunk (the last one is empty), trailer for each line after it. A callback's negative return ends the
 * decoding with that code. Lines may end in LF alone, as some clients' trailers do.
 */
#ifndef S3_CHUNKED_H
#define S3_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define CHUNKED_LINE_MAX 1024
#define CHUNKED_TRAILERS_MAX 16
#define CHUNKED_SIZE_MAX (5ULL << 30)

struct chunked_calls {
	int (*data)(void *owner, const void *p, size_t n);
	int (*chunk)(void *owner, struct str signature);	/* its data is over; signature absent if there was none */
	int (*trailer)(void *owner, struct str name, struct str value);	/* lent for the call */
};

enum chunked_state { CHUNKED_SIZE, CHUNKED_DATA, CHUNKED_DATA_END, CHUNKED_TRAILER, CHUNKED_DONE };

struct chunked {
	const struct chunked_calls *calls;
	void *owner;
	enum chunked_state state;
	uint64_t left;			/* of this chunk's data */
	int trailers;
	char signature[64];
	size_t signature_n;
	char line[CHUNKED_LINE_MAX];
	size_t line_n;
};

void chunked_init(struct chunked *c, const struct chunked_calls *calls, void *owner);
int chunked_feed(struct chunked *c, const void *p, size_t n);	/* E_BAD_INPUT, or a callback's */

/* After the last byte: was that all of it? The closing empty line may be missing. */
bool chunked_complete(const struct chunked *c);

#endif
