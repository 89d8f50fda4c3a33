/* client.h - the command line as a client of a running minilab: one signed request to /_/..., by libcurl.
 *
 * Where to and as whom: the data directory of a running daemon (its `endpoint` and `credentials` files), or
 * AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION. Blocking; command line only.
 */
#ifndef PIPELINE_CLIENT_H
#define PIPELINE_CLIENT_H

#include "base/buf.h"
#include "pipeline/credentials.h"

#define ENDPOINT_MAX 512
#define ANSWER_MAX (64 << 20)

struct client {
	char endpoint[ENDPOINT_MAX];	/* http://host:port */
	char region[64];
	struct credentials credentials;
	char trouble[256];		/* out of client_call: why there was no answer */
};

int client_from_dir(struct client *c, const char *dir);	/* E_NOT_FOUND: no daemon has run here */
int client_from_environment(struct client *c);		/* E_NOT_FOUND: a variable is missing */

/* `method` GET, POST or DELETE without body. Parameters of the query stand in the order of their names: Debian's libcurl signs
 * them as they stand. Status of the answer, or negative when there was none: then
 * c->trouble tells why. */
int client_call(struct client *c, const char *method, const char *path_and_query, struct buf *answer);

/* The daemon says where it listens, for the above. */
int client_write_endpoint(const char *dir, const char *endpoint);

#endif
