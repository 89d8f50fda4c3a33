/* codec.h - hexadecimal, base64 (RFC 4648) and percent-encoding (RFC 3986).
 *
 * Decoders are strict: E_BAD_INPUT for anything that the encoder would not have
 * written (base64 padding included). All text goes through buf or caller's room.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

void hex_encode(char *to, const void *p, size_t n);	/* 2n digits, lower case, and a NUL */
int hex_decode(struct str s, void *to, size_t n);	/* exactly 2n digits, either case */

void base64_encode(struct buf *to, const void *p, size_t n);
int base64_decode(struct buf *to, struct str s);
int64_t base64_decode_in_place(char *p, size_t n);	/* bytes there are then, from p on; what was there is spoilt in any case */

/* Which bytes stay as they are besides A-Z a-z 0-9 - _ . ~ */
enum uri_keep {
	URI_NOTHING,	/* query values, SigV4 */
	URI_SLASH,	/* paths */
	URI_FORM,	/* '/' and '*' stay and a blank becomes '+': keys in S3 events and encoding-type=url */
};

void uri_encode(struct buf *to, struct str s, enum uri_keep keep);

/* `plus` says whether '+' means a blank. E_BAD_INPUT for a bad escape. */
int uri_decode(struct arena *a, struct str s, bool plus, struct str *out);

bool utf8_valid(struct str s);
struct str utf8_cut(struct str s, size_t max);	/* at most `max` bytes, not ending in the middle of a character */
size_t utf8_length(struct str s);	/* of the first character; 0 when it is not UTF-8 (RFC 3629) */

#endif
