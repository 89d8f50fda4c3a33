/* code.h - the bytes of a function or layer: from a request or a bucket to a package that is kept and ready to run.
 *
 *     code_read (check) --> code_serve: look (lane) --> staged as a file, digested, unpacked (lane)
 *                           --> kept, and `change`, in one change --> what was staged for nothing dropped (lane) --> lambda_finish
 *
 * A zip that comes with the request is decoded where it stands, in `bytes` of the request. Nothing refers to what was brought until the
 * change commits. It goes on when the client leaves.
 */
#ifndef LAMBDA_CODE_H
#define LAMBDA_CODE_H

#include "storage/blob.h"
#include "storage/package.h"
#include "web/lambda/lambda.h"

#define CODE_ZIP_MAX 52428800		/* bytes of a zip in a request */
#define CODE_BYTES_MAX 262144000	/* unpacked, layers included */
#define CODE_LINK_S 600			/* a link to it is good for */
#define CODE_SHA256_MAX 45

struct code {				/* in the arena */
	struct str zip;			/* base64; absent: from a bucket */
	struct str bucket, key;
	char id[PACKAGE_ID + 1], sha256[CODE_SHA256_MAX];	/* digest in hex and in base64 */
	int64_t size, unpacked;
	struct extent where;		/* EXTENT_NONE: nothing is staged */
	/* code_serve's */
	bool dry;			/* in: nothing is kept, and `change` gets a reader */
	int (*look)(struct lambda *l, struct db *db);	/* in: before the work, whether it is worth it; or NULL */
	int (*change)(struct lambda *l, struct db *db);
	bool kept;			/* what was staged is the package now, else it is to be dropped */
	int rc;
};

/* `source` has ZipFile, or S3Bucket and S3Key. Refuses both, none, and other versions than the one there is. */
int code_read(struct lambda *l, const struct json_value *source, struct code *c);
void code_serve(struct lambda *l, struct code *c);	/* l->state is `c` meanwhile */

/* Where it can be downloaded from for CODE_LINK_S: a presigned URL, signed with the root key. In the arena; any thread that has `l`. */
const char *code_link(struct lambda *l, struct str package);
void code_download(struct lambda *l);	/* serves it */

#endif
