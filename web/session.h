/* session.h - who is signed in to the console: a browser that has shown access key and secret key holds a random token in a cookie, and the
 * daemon remembers its digest.
 *
 *     shown the keys -> SIGNED IN --used--> SIGNED IN --idle SESSION_IDLE_MS, signed out, or the daemon's end--> gone
 *
 * In memory only. When SESSIONS_MAX are signed in, the one that was used the longest ago is signed out for the next. Wrong keys are counted per
 * peer: after SESSION_TRIES_MAX in SESSION_TRIES_MS nobody from there may try until that time is over. The counts are few as well; the
 * limit is to make guessing and noise visible, a secret key of 40 random characters does not need it.
 *
 * Times are monotonic milliseconds. Loop thread.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/credentials.h"

#define SESSIONS_MAX 64
#define SESSION_IDLE_MS (12LL * 3600 * 1000)
#define SESSION_TOKEN 64		/* hexadecimal digits */
#define SESSION_TRIES_MAX 10
#define SESSION_TRIES_MS 60000
#define SESSION_PEERS_MAX 64		/* those that tried first are forgotten first */
#define SESSION_PEER 64

struct sessions {			/* {0}: nobody */
	struct session_slot {
		uint8_t digest[32];	/* SHA-256 of the token */
		bool open;
		int64_t used_ms;
	} at[SESSIONS_MAX];
	struct session_tries {
		char peer[SESSION_PEER];
		int count;		/* 0: the slot is free */
		int64_t since_ms;
	} tries[SESSION_PEERS_MAX];
};

/* The root keys only: those that functions get do not sign in. E_PRECONDITION: wrong keys. E_BUSY: too many tries from there; *wait_ms, until when. */
int sessions_open(struct sessions *s, const struct credentials *c, const char *peer, struct str access_key, struct str secret_key,
		  int64_t now_ms, char token[SESSION_TOKEN + 1], int64_t *wait_ms);
bool sessions_use(struct sessions *s, struct str token, int64_t now_ms);	/* signed in? Then for SESSION_IDLE_MS more */
void sessions_close(struct sessions *s, struct str token);	/* accepts one that nobody knows */

#endif
