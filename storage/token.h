/* token.h - what a backend gives to a browser that must not hold keys: leave to upload into a bucket, within limits.
 *
 * A token is TOKEN_TEXT characters, "mlu_" and random letters; the store keeps its SHA-256 only. Its use is counted in the transaction of the put it allows (object_put.also),
 * so that a count holds whatever is killed.
 */
#ifndef STORAGE_TOKEN_H
#define STORAGE_TOKEN_H

#include "storage/object.h"

#define TOKEN_TEXT 47
#define TOKEN_ID 64			/* hexadecimal digits of its SHA-256 */
#define TOKENS_MAX 100000		/* of one store; expired ones are swept */
#define TOKEN_LABEL_MAX 128
#define TOKEN_TYPES_MAX 512
#define TOKEN_AGE_MAX_S (366LL * 86400)

struct token {
	struct str id;			/* of its text: token_id */
	int64_t bucket;
	struct str prefix;		/* of keys; "": any */
	struct str types;		/* Content-Types, separated by commas, each may end in '*'; "": any */
	struct str label;
	int64_t size_max;		/* of one object */
	int64_t uses_max, used;		/* uses_max 0: any number */
	int64_t created_ms, expires_ms;
};

enum token_verdict { TOKEN_FINE, TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_USED_UP, TOKEN_OTHER_BUCKET, TOKEN_OTHER_PREFIX, TOKEN_TOO_LARGE, TOKEN_OTHER_TYPE };

void token_make(char text[TOKEN_TEXT + 1], char id[TOKEN_ID + 1]);
void token_id(struct str text, char id[TOKEN_ID + 1]);

int token_add(struct db *db, const struct token *t);		/* inside a change; E_TOO_LARGE: TOKENS_MAX */
int token_get(struct db *db, struct str id, struct arena *a, struct token *t);	/* (reader) E_NOT_FOUND */
/* A put of that key, size (-1: not known yet) and type at that time? Without touching the store. */
enum token_verdict token_judge(const struct token *t, int64_t bucket, struct str key, int64_t size, struct str type, int64_t now_ms);
/* Inside the change of the put: judged again and counted. E_PRECONDITION with *verdict. */
int token_use(struct db *db, struct str id, int64_t bucket, struct str key, int64_t size, struct str type, enum token_verdict *verdict);
int token_revoke(struct db *db, struct str id);			/* inside a change; E_NOT_FOUND */
typedef int token_each_fn(void *owner, const struct token *t);
int token_list(struct db *db, int64_t bucket, int max, token_each_fn *each, void *owner);	/* (reader) newest first; bucket 0: of all buckets */
int token_sweep(struct db *db, int64_t now_ms, int max);	/* inside a change: those expired for a day; count */
int token_drop_bucket(struct db *db, int64_t bucket);		/* inside the change that deletes it: another may get its id */

#endif
