/* body.c - the whole body of a small request. Its bytes have room before they are read, until the struct local ends. */
#include "base/check.h"
#include "base/digest.h"
#include "base/err.h"
#include "web/api/local.h"

static void too_large(struct local *l)
{
	local_refuse(l, 413, "TooLarge", arena_printf(&l->arena, "The body has more than %zu bytes.", l->body_max));
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
		l->body = arena_str(&l->arena, body);	/* it may be needed when the request is over */
		l->taken(l);
	}
}

static void read_body(struct local *l)
{
	http_body_whole(l->call->r, l->body_max, on_body);
}

static void on_granted(struct room_guest *g)
{
	read_body(container_of(g, struct local, guest));
}

void local_take_body(struct local *l, size_t max, void (*taken)(struct local *l))
{
	int64_t length = l->call->r->content_length;

	l->taken = taken;
	l->body_max = max;
	if (length > (int64_t)max) {
		too_large(l);
		return;
	}
	l->guest.granted = on_granted;
	if (room_take(l->room, &l->guest, length < 0 ? (int64_t)max : length))
		read_body(l);
}
