/* auth_words.h - why a signature does not do, in the words of AWS's framework: what all services but S3 say. */
#ifndef WEB_AUTH_WORDS_H
#define WEB_AUTH_WORDS_H

#include "base/arena.h"
#include "web/auth.h"

/* Each is a code of its own in every service. */
enum auth_refusal { AUTH_NO_TOKEN, AUTH_BAD_TOKEN, AUTH_NO_MATCH, AUTH_INCOMPLETE, AUTH_REFUSALS };

/* `message` lives in the arena, or for ever. `service`: whose scope the signature should have. Any thread. */
enum auth_refusal auth_words(const struct auth *a, const char *service, struct arena *arena, const char **message);

#endif
