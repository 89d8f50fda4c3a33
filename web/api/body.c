/* body.c - the whole body of a small request, until the struct local ends. */
#include "base/digest.h"
#include "base/err.h"
#include "web/api/local.h"

#define ROOM_PER_BYTE 8		/* a parsed body takes about so much more than its text */

static void too_large(struct local *l)
{
	local_refuse(l, 413, "TooLarge", arena_printf(&l->arena, "The body has more than %zu bytes.", l->whole.max));
}

/* A signed request told the body's digest with its signature; one by cookie has none. */
static bool is_as_signed(const struct auth *a, struct str body)
{
	uint8_t sum[DIGEST_SIZE_MAX];

	if (a->kind == AUTH_NONE || a->payload == PAYLOAD_UNSIGNED)
		return true;
	digest_of(DIGEST_SHA256, body, sum);
	return a->payload == PAYLOAD_SHA256 && digest_same(sum, a->payload_sha256, 32);
}

static void on_body(struct http_request *r, int rc, struct str body)
{
	struct call *c = r->app;
	struct local *l = c->face_state;

	if (rc == E_CLOSED)
		return;		/* nobody is left to answer */
	if (rc == E_TOO_LARGE) {
		too_large(l);
	} else if (rc < 0) {
		local_refuse(l, 400, "InvalidRequest", err_text(rc));
	} else if (!is_as_signed(&c->auth, body)) {
		local_refuse(l, 400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
	} else {
		l->body = body;
		l->taken(l);
	}
}

void local_take_body(struct local *l, size_t max, void (*taken)(struct local *l))
{
	l->taken = taken;
	l->whole.max = max;
	l->whole.per_byte = ROOM_PER_BYTE;
	l->whole.done = on_body;
	whole_take(&l->whole, l->call);
}
