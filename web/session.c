#include "web/session.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"

static bool over(const struct session_slot *t, int64_t now_ms)
{
	return !t->open || now_ms - t->used_ms >= SESSION_IDLE_MS;
}

/* Digests are compared, all of them and to their ends: the time tells neither how far a guess was right nor how long the right one is. */
static bool same_text(struct str a, const char *b)
{
	uint8_t x[DIGEST_SIZE_MAX], y[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, a, x);
	digest_of(DIGEST_SHA256, str_of(b), y);
	return digest_same(x, y, 32);
}

static bool same_keys(const struct credentials *c, struct str access_key, struct str secret_key)
{
	bool access = same_text(access_key, c->access_key), secret = same_text(secret_key, c->secret_key);

	return access & secret;
}

/* Of this peer; else one that is free or over; else the oldest. */
static struct session_tries *tries_of(struct sessions *s, const char *peer, int64_t now_ms)
{
	struct session_tries *best = &s->tries[0];

	for (struct session_tries *t = s->tries; t < s->tries + SESSION_PEERS_MAX; t++) {
		if (t->count > 0 && now_ms - t->since_ms >= SESSION_TRIES_MS)
			t->count = 0;
		if (t->count > 0 && strcmp(t->peer, peer) == 0)
			return t;
		if (best->count > 0 && (t->count == 0 || t->since_ms < best->since_ms))
			best = t;
	}
	*best = (struct session_tries){ .since_ms = now_ms };
	snprintf(best->peer, sizeof best->peer, "%s", peer);
	return best;
}

static struct session_slot *slot_for_next(struct sessions *s, int64_t now_ms)
{
	struct session_slot *best = &s->at[0];

	for (struct session_slot *t = s->at; t < s->at + SESSIONS_MAX; t++) {
		if (over(t, now_ms))
			return t;
		if (t->used_ms < best->used_ms)
			best = t;
	}
	return best;
}

static void sign_in(struct session_slot *t, int64_t now_ms, char token[SESSION_TOKEN + 1])
{
	uint8_t raw[SESSION_TOKEN / 2], digest[DIGEST_SIZE_MAX];

	random_bytes(raw, sizeof raw);
	hex_encode(token, raw, sizeof raw);
	digest_of(DIGEST_SHA256, str_n(token, SESSION_TOKEN), digest);
	memcpy(t->digest, digest, sizeof t->digest);
	t->open = true;
	t->used_ms = now_ms;
}

int sessions_open(struct sessions *s, const struct credentials *c, const char *peer, struct str access_key, struct str secret_key,
		  int64_t now_ms, char token[SESSION_TOKEN + 1], int64_t *wait_ms)
{
	struct session_tries *t = tries_of(s, peer, now_ms);

	if (t->count >= SESSION_TRIES_MAX) {
		*wait_ms = t->since_ms + SESSION_TRIES_MS - now_ms;
		return E_BUSY;
	}
	if (!same_keys(c, access_key, secret_key)) {
		t->count++;
		return E_PRECONDITION;
	}
	t->count = 0;
	sign_in(slot_for_next(s, now_ms), now_ms, token);
	return 0;
}

static struct session_slot *find(struct sessions *s, struct str token)
{
	uint8_t digest[DIGEST_SIZE_MAX];
	struct session_slot *found = NULL;

	digest_of(DIGEST_SHA256, token, digest);
	for (struct session_slot *t = s->at; t < s->at + SESSIONS_MAX; t++)
		if (t->open && digest_same(t->digest, digest, sizeof t->digest))
			found = t;
	return found;
}

bool sessions_use(struct sessions *s, struct str token, int64_t now_ms)
{
	struct session_slot *t = find(s, token);

	if (!t || over(t, now_ms))
		return false;
	t->used_ms = now_ms;
	return true;
}

void sessions_close(struct sessions *s, struct str token)
{
	struct session_slot *t = find(s, token);

	if (t)
		*t = (struct session_slot){0};
}
