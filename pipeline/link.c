#include "pipeline/link.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/digest.h"

void link_sign(const char *secret, const struct link_place *at, int64_t expires, char hex[LINK_SIGNATURE + 1])
{
	struct buf text = { 0 };
	uint8_t key[32], signature[32];

	hmac_sha256(str_of(secret), STR("minilab-link"), key);
	buf_printf(&text, "%.*s/%.*s/%.*s\n%lld", STR_ARG(at->bucket), STR_ARG(at->key), STR_ARG(at->rendition), (long long)expires);
	hmac_sha256(str_n(key, sizeof key), str_n(text.data, text.len), signature);
	hex_encode(hex, signature, sizeof signature);
	buf_clear(&text);
}

enum link_verdict link_check(const char *secret, const struct link_place *at, struct str expires, struct str signature, int64_t now_s)
{
	char right[LINK_SIGNATURE + 1];
	int64_t until;

	if (signature.n != LINK_SIGNATURE || str_to_int(expires, 1, LINK_EXPIRES_MAX, &until) < 0)
		return LINK_MALFORMED;
	link_sign(secret, at, until, right);
	if (!digest_same(right, signature.p, LINK_SIGNATURE))
		return LINK_WRONG;
	return now_s < until ? LINK_FINE : LINK_EXPIRED;
}
