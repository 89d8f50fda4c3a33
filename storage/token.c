#include "storage/token.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"

#define DAY_MS (24LL * 3600 * 1000)
#define PREFIX "mlu_"
#define LETTERS (TOKEN_TEXT - (int)(sizeof PREFIX - 1))		/* of 5 bits each: 215 bits that nobody guesses */

void token_id(struct str text, char id[TOKEN_ID + 1])
{
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, text, sum);
	hex_encode(id, sum, TOKEN_ID / 2);
}

void token_make(char text[TOKEN_TEXT + 1], char id[TOKEN_ID + 1])
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";	/* 32 that nobody mistakes for another */
	uint8_t random[LETTERS];

	random_bytes(random, sizeof random);
	memcpy(text, PREFIX, sizeof PREFIX - 1);
	for (int i = 0; i < LETTERS; i++)
		text[sizeof PREFIX - 1 + (size_t)i] = letters[random[i] % 32];
	text[TOKEN_TEXT] = '\0';
	token_id(str_of(text), id);
}

/* -- rows -- */

static void read_row(struct query *q, struct token *t)
{
	*t = (struct token){ .id = col_str(q, 0), .bucket = col_int(q, 1), .prefix = col_str(q, 2), .label = col_str(q, 3), .types = col_str(q, 4),
			     .size_max = col_int(q, 5), .uses_max = col_int(q, 6), .used = col_int(q, 7), .created_ms = col_int(q, 8),
			     .expires_ms = col_int(q, 9) };
}

static int count(struct db *db, int64_t *n)
{
	struct query q = db_query(db, SQL_TOKEN_COUNT);

	*n = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

int token_add(struct db *db, const struct token *t)
{
	struct query q;
	int64_t n;
	int rc = count(db, &n);

	CHECK(t->label.n <= TOKEN_LABEL_MAX && t->types.n <= TOKEN_TYPES_MAX && t->prefix.n <= OBJECT_KEY_MAX);
	if (rc < 0 || n >= TOKENS_MAX)
		return rc < 0 ? rc : E_TOO_LARGE;
	q = db_query(db, SQL_TOKEN_ADD);
	query_text(&q, 1, t->id);
	query_int(&q, 2, t->bucket);
	query_bytes(&q, 3, t->prefix.n ? t->prefix : STR(""));
	query_text(&q, 4, t->label.n ? t->label : STR(""));
	query_text(&q, 5, t->types.n ? t->types : STR(""));
	query_int(&q, 6, t->size_max);
	query_int(&q, 7, t->uses_max);
	query_int(&q, 8, t->created_ms);
	query_int(&q, 9, t->expires_ms);
	return query_run(&q);
}

int token_get(struct db *db, struct str id, struct arena *a, struct token *t)
{
	struct query q = db_query(db, SQL_TOKEN_GET);
	bool found;
	int rc;

	query_text(&q, 1, id);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		read_row(&q, t);
		t->id = arena_str(a, t->id);
		t->prefix = arena_str(a, t->prefix);
		t->label = arena_str(a, t->label);
		t->types = arena_str(a, t->types);
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int token_revoke(struct db *db, struct str id)
{
	struct query q = db_query(db, SQL_TOKEN_DELETE);
	int rc;

	query_text(&q, 1, id);
	rc = query_run(&q);
	return rc < 0 ? rc : db_changes(db) == 1 ? 0 : E_NOT_FOUND;
}

int token_list(struct db *db, int64_t bucket, int max, token_each_fn *each, void *owner)
{
	struct query q = db_query(db, bucket ? SQL_TOKEN_LIST : SQL_TOKEN_LIST_ALL);
	int rc = 0, end;

	query_int(&q, 1, max);
	if (bucket)
		query_int(&q, 2, bucket);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		struct token t;

		read_row(&q, &t);
		rc = each(owner, &t);
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int token_sweep(struct db *db, int64_t now_ms, int max)
{
	struct query q = db_query(db, SQL_TOKEN_SWEEP);
	int rc;

	query_int(&q, 1, now_ms - DAY_MS);
	query_int(&q, 2, max);
	rc = query_run(&q);
	return rc < 0 ? rc : (int)db_changes(db);
}

int token_drop_bucket(struct db *db, int64_t bucket)
{
	struct query q = db_query(db, SQL_TOKEN_DROP);

	query_int(&q, 1, bucket);
	return query_run(&q);
}

/* -- what it allows -- */

/* "image/jpeg; charset=x" is an image/jpeg. */
static bool allows_type(struct str types, struct str type)
{
	struct str bare, one;

	if (types.n == 0)
		return true;
	if (!str_next(&type, ';', &bare))
		return false;
	bare = str_trim(bare);
	while (str_next(&types, ',', &one)) {
		one = str_trim(one);
		if (str_ends(one, STR("*")) ? bare.n >= one.n - 1 && str_ieq(str_n(bare.p, one.n - 1), str_n(one.p, one.n - 1)) :
		    one.n > 0 && str_ieq(bare, one))
			return true;
	}
	return false;
}

enum token_verdict token_judge(const struct token *t, int64_t bucket, struct str key, int64_t size, struct str type, int64_t now_ms)
{
	if (now_ms >= t->expires_ms)
		return TOKEN_EXPIRED;
	if (t->bucket != bucket)
		return TOKEN_OTHER_BUCKET;
	if (!str_starts(key, t->prefix))
		return TOKEN_OTHER_PREFIX;
	if (t->uses_max > 0 && t->used >= t->uses_max)
		return TOKEN_USED_UP;
	if (size > t->size_max)
		return TOKEN_TOO_LARGE;
	return allows_type(t->types, type) ? TOKEN_FINE : TOKEN_OTHER_TYPE;
}

int token_use(struct db *db, struct str id, int64_t bucket, struct str key, int64_t size, struct str type, enum token_verdict *verdict)
{
	struct arena a = { 0 };
	struct token t;
	struct query q;
	int rc = token_get(db, id, &a, &t);

	*verdict = rc == E_NOT_FOUND ? TOKEN_UNKNOWN : TOKEN_FINE;
	if (rc == 0)
		*verdict = token_judge(&t, bucket, key, size, type, clock_wall_ms());
	if (*verdict != TOKEN_FINE)
		rc = E_PRECONDITION;
	if (rc == 0) {
		q = db_query(db, SQL_TOKEN_USE);
		query_text(&q, 1, id);
		rc = query_run(&q);
	}
	arena_clear(&a);
	return rc;
}
