/* credentials.h - who may ask. One root key so far: random, made at first start,
 * kept in DIR/credentials with mode 0600 and written before the port opens. */
#ifndef PIPELINE_CREDENTIALS_H
#define PIPELINE_CREDENTIALS_H

#include "base/buf.h"
#include "base/str.h"

#define ACCESS_KEY_LENGTH 20
#define SECRET_KEY_LENGTH 40

struct credentials {
	char access_key[ACCESS_KEY_LENGTH + 1];
	char secret_key[SECRET_KEY_LENGTH + 1];
};

/* Reads them, or makes them when the file is not there and `make` is set. E_NOT_FOUND, E_CORRUPT. */
int credentials_load(const char *dir, int make, struct credentials *c);

/* The secret of an access key, or NULL. Loop thread. */
const char *credentials_secret(const struct credentials *c, struct str access_key);

#endif
