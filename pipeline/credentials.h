/* credentials.h - who may ask. One root key: random, made at first start, kept in DIR/credentials with mode 0600 and written
 * before the port opens. And one session's: made anew at every start, kept in memory only, handed to functions; it is good while this
 * daemon runs. Requests signed with it bring its token along. */
#ifndef PIPELINE_CREDENTIALS_H
#define PIPELINE_CREDENTIALS_H

#include "base/buf.h"
#include "base/str.h"

#define ACCESS_KEY_LENGTH 20
#define SECRET_KEY_LENGTH 40
#define SESSION_TOKEN_LENGTH 128

struct credentials {
	char access_key[ACCESS_KEY_LENGTH + 1];
	char secret_key[SECRET_KEY_LENGTH + 1];
	struct session {		/* access_key "": none was made */
		char access_key[ACCESS_KEY_LENGTH + 1];	/* begins with ASIA, as temporary ones do on AWS */
		char secret_key[SECRET_KEY_LENGTH + 1];
		char token[SESSION_TOKEN_LENGTH + 1];
	} session;
};

/* Reads them, or makes them when the file is not there and `make` is set. E_NOT_FOUND, E_CORRUPT. */
int credentials_load(const char *dir, int make, struct credentials *c);

void credentials_make_session(struct credentials *c);

/* The secret of an access key, or NULL. *token: what must come with it; NULL for the root key. Loop thread. */
const char *credentials_secret(const struct credentials *c, struct str access_key, const char **token);

#endif
