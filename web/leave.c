#include "web/leave.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"

static struct str bearer(struct local *l, bool in_query)
{
	struct str header = http_field(l->call->r, "authorization"), scheme;

	if (!str_is_set(header))
		return in_query ? params_get(&l->params, "token") : (struct str){ 0 };
	(void)str_next(&header, ' ', &scheme);
	return str_ieq(scheme, STR("Bearer")) && str_is_set(header) ? str_trim(header) : (struct str){ 0 };
}

static int look_up(struct local *l, struct db *db)
{
	struct leave *to = l->leave;
	char id[TOKEN_ID + 1];
	int rc;

	token_id(to->text, id);
	if ((rc = token_get(db, str_of(id), &l->arena, &to->token)) < 0)
		return rc;
	rc = bucket_find(db, to->bucket_name, &to->bucket, NULL);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static void on_found(struct local *l, int rc)
{
	struct leave *to = l->leave;

	if (rc == E_NOT_FOUND)
		leave_refuse(l, to, TOKEN_UNKNOWN);
	else if (rc < 0)
		local_refuse(l, 500, "InternalError", err_text(rc));
	else
		to->then(l);
}

static void ask_by_token(struct local *l, struct leave *to)
{
	to->by_token = true;
	to->bucket_name = arena_str(&l->arena, l->call->bucket);
	to->text = arena_str(&l->arena, to->text);
	local_run(l, look_up, on_found);
}

static bool is_signed(struct local *l)
{
	struct call *c = l->call;
	enum auth_problem problem = auth_verify(c->r, &c->auth, &c->m->credentials, str_of(c->m->settings.region), STR("s3"), (struct str){ 0 });

	if (problem == AUTH_MISSING)
		local_refuse(l, 401, "NoCredentials", "Sign the request with the keys for service s3, or send an upload token: Authorization: Bearer mlu_...");
	else if (problem != AUTH_OK)
		local_refuse_auth(l, problem);
	return problem == AUTH_OK;
}

void leave_ask(struct local *l, struct leave *to, void (*then)(struct local *l))
{
	bool changes = !str_eq(l->call->r->method, STR("GET")) && !str_eq(l->call->r->method, STR("HEAD"));

	l->leave = to;
	to->then = then;
	to->text = bearer(l, to->in_query);
	if (str_is_set(to->text))
		ask_by_token(l, to);
	else if (local_is_by_cookie(l) ? local_admit_cookie(l, changes) : is_signed(l))
		then(l);
}

/* -- what its limits are called -- */

struct leave_refusal leave_refusal(struct arena *a, const struct token *t, enum token_verdict v)
{
	char when[CLOCK_TEXT_MAX];

	switch (v) {
	case TOKEN_EXPIRED:
		return (struct leave_refusal){ 403, "TokenExpired", arena_printf(a, "The upload token expired at %s.", clock_iso_s(when, t->expires_ms)) };
	case TOKEN_USED_UP:
		return (struct leave_refusal){ 403, "TokenUsedUp", arena_printf(a, "The upload token was for %lld uploads, and all of them were made.",
				(long long)t->uses_max) };
	case TOKEN_OTHER_BUCKET:
		return (struct leave_refusal){ 403, "TokenOtherBucket", "The upload token is for another bucket." };
	case TOKEN_OTHER_PREFIX:
		return (struct leave_refusal){ 403, "TokenOtherPrefix", arena_printf(a, "The upload token is for keys that begin with \"%.*s\".",
				STR_ARG(t->prefix)) };
	case TOKEN_TOO_LARGE:
		return (struct leave_refusal){ 413, "TokenTooLarge", arena_printf(a, "The upload token is for files of up to %lld bytes.",
				(long long)t->size_max) };
	case TOKEN_OTHER_TYPE:
		return (struct leave_refusal){ 415, "TokenOtherType", arena_printf(a, "The upload token is for the types %.*s.", STR_ARG(t->types)) };
	case TOKEN_FINE:
	case TOKEN_UNKNOWN:
		break;
	}
	return (struct leave_refusal){ 403, "InvalidToken", "There is no such upload token, or it was revoked." };
}

void leave_refuse(struct local *l, const struct leave *to, enum token_verdict v)
{
	struct leave_refusal why = leave_refusal(&l->arena, &to->token, v);

	CHECK(v != TOKEN_FINE);
	local_refuse(l, why.status, why.code, why.message);
}

static enum token_verdict judge(const struct leave *to, struct str key, int64_t size, struct str type)
{
	return to->by_token ? token_judge(&to->token, to->bucket, key, size, type, clock_wall_ms()) : TOKEN_FINE;
}

bool leave_allows(struct local *l, const struct leave *to, struct str key, int64_t size, struct str type)
{
	enum token_verdict v = judge(to, key, size, type);

	if (v != TOKEN_FINE)
		leave_refuse(l, to, v);
	return v == TOKEN_FINE;
}

bool leave_shows(struct local *l, const struct leave *to, struct str key)
{
	enum token_verdict v = TOKEN_FINE;

	if (to->by_token && to->token.bucket != to->bucket)
		v = TOKEN_OTHER_BUCKET;
	else if (to->by_token && !str_starts(key, to->token.prefix))
		v = TOKEN_OTHER_PREFIX;
	if (v != TOKEN_FINE)
		leave_refuse(l, to, v);
	return v == TOKEN_FINE;
}
