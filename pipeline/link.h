/* link.h - signed links: whoever has one may get one thumbnail, until it expires, without keys.
 *
 *     /_/t/BUCKET/KEY/RENDITION?expires=UNIX&signature=HEX
 *
 *     key       = HMAC-SHA256(secret key of the root, "minilab-link")
 *     signature = HMAC-SHA256(key, "BUCKET/KEY/RENDITION\nUNIX")      64 hexadecimal digits in lower case
 *
 * The names are what they are, not percent-encoded; \n is a line feed; UNIX is in seconds, digits as in the link. So a backend makes links itself:
 *
 *     key = hmac.digest(secret.encode(), b"minilab-link", "sha256")
 *     expires = int(time.time()) + 3600
 *     text = f"{bucket}/{name}/{rendition}\n{expires}"
 *     signature = hmac.new(key, text.encode(), "sha256").hexdigest()
 *     url = f"{endpoint}/_/t/{quote(f'{bucket}/{name}/{rendition}')}?expires={expires}&signature={signature}"
 *
 * GET and HEAD alike. A link can be used any number of times; other root keys end all links. Pure.
 */
#ifndef PIPELINE_LINK_H
#define PIPELINE_LINK_H

#include "base/str.h"

#define LINK_SIGNATURE 64
#define LINK_EXPIRES_MAX 253402300799LL		/* the end of the year 9999 */

struct link_place {
	struct str bucket, key, rendition;
};

void link_sign(const char *secret, const struct link_place *at, int64_t expires, char hex[LINK_SIGNATURE + 1]);

enum link_verdict { LINK_FINE, LINK_MALFORMED, LINK_WRONG, LINK_EXPIRED };

/* `expires` and `signature` as in the link; absent ones are malformed. An expired one that is not signed is LINK_WRONG. */
enum link_verdict link_check(const char *secret, const struct link_place *at, struct str expires, struct str signature, int64_t now_s);

#endif
