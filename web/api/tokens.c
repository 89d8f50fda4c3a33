/* Upload tokens (storage/token.h): POST makes one and tells its text, once; GET lists those of a bucket; DELETE revokes one. What a token is
 * to be for stands in a JSON body, or without a body in the query under the same names. */
#include "base/check.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/token.h"
#include "web/api/local.h"

#define TOKENS_LISTED 1000
#define TOKEN_AGE_S 3600		/* when nothing is said */
#define TOKEN_USES_MAX 1000000000
#define TOKEN_BODY_MAX 8192

struct asking {				/* in l->state */
	struct change change;
	struct str bucket, id;
	struct token token;
	char text[TOKEN_TEXT + 1], id_text[TOKEN_ID + 1];
	int count;
	struct json j;
};

static void refuse(struct local *l, int rc)
{
	if (rc == E_NOT_FOUND)
		local_refuse_bucket(l);
	else if (rc == E_TOO_LARGE)
		local_refuse(l, 409, "TooManyTokens", "There are 100000 upload tokens; revoke some, or wait until some have expired for a day.");
	else
		local_refuse_rc(l, rc, NULL);
}

static void write_token(struct json *j, const struct token *t)
{
	char when[CLOCK_TEXT_MAX];

	json_str(j, "id", t->id);
	json_str(j, "label", t->label);
	json_str(j, "prefix", t->prefix);
	json_str(j, "types", t->types);
	json_int(j, "size_max", t->size_max);
	json_int(j, "uses", t->uses_max);
	json_int(j, "used", t->used);
	json_cstr(j, "created_at", clock_iso_ms(when, t->created_ms));
	json_cstr(j, "expires_at", clock_iso_ms(when, t->expires_ms));
}

/* -- POST /_/tokens -- */

static int add(struct change *c, struct db *db)
{
	struct asking *k = container_of(c, struct asking, change);
	int rc = bucket_find(db, k->bucket, &k->token.bucket, NULL);

	return rc < 0 ? rc : token_add(db, &k->token);
}

static void on_added(struct local *l, int rc)
{
	struct asking *k = l->state;
	struct json j = json_into(&l->out);

	if (rc < 0) {
		refuse(l, rc);
		return;
	}
	json_open(&j, NULL, '{');
	json_cstr(&j, "token", k->text);
	json_str(&j, "bucket", k->bucket);
	write_token(&j, &k->token);
	json_close(&j);
	local_answer(l, 201, "application/json");
}

struct wishes {				/* of the body, or of the query */
	struct str bucket, prefix, types, label, size_max, uses, expires_s;
};

static bool read_number(struct local *l, const char *name, struct str text, int64_t max, int64_t *n)
{
	if (!str_is_set(text) || str_to_int(text, 1, max, n) == 0)
		return true;
	local_refuse(l, 400, "InvalidRequest", arena_printf(&l->arena, "%s is a number from 1 to %lld.", name, (long long)max));
	return false;
}

/* What no Content-Type could ever fit is a mistake: image, .jpg, *.jpg. */
static bool good_types(struct str types)
{
	struct str one;

	while (types.n > 0 && str_next(&types, ',', &one)) {
		bool open = str_ends(str_trim(one), STR("*"));
		const char *star, *slash;

		one = str_trim(one);
		star = one.n > 0 ? memchr(one.p, '*', one.n) : NULL;
		slash = one.n > 0 ? memchr(one.p, '/', one.n) : NULL;
		if (open ? star != one.p + one.n - 1 : star || !slash || slash == one.p || slash == one.p + one.n - 1)
			return false;
	}
	return true;
}

static bool read_texts(struct local *l, const struct wishes *w)
{
	const char *why = w->bucket.n == 0 ? "Say which bucket the token is for." :
			  w->prefix.n > OBJECT_KEY_MAX ? "prefix has at most 1024 bytes." :
			  w->types.n > TOKEN_TYPES_MAX ? "types has at most 512 bytes." :
			  w->label.n > TOKEN_LABEL_MAX ? "label has at most 128 bytes." :
			  !utf8_valid(w->prefix) || !utf8_valid(w->types) || !utf8_valid(w->label) ? "Texts are in UTF-8." :
			  !good_types(w->types) ? "types are Content-Types, separated by commas, each of which may end in *: image/jpeg,image/*." : NULL;

	if (why)
		local_refuse(l, 400, "InvalidRequest", why);
	return !why;
}

static void make(struct local *l, const struct wishes *w)
{
	struct asking *k = l->state;
	struct token *t = &k->token;
	int64_t age_s = TOKEN_AGE_S;

	*t = (struct token){ .prefix = w->prefix, .types = w->types, .label = w->label, .size_max = OBJECT_PUT_MAX, .created_ms = clock_wall_ms() };
	if (!read_texts(l, w) || !read_number(l, "size_max", w->size_max, OBJECT_PUT_MAX, &t->size_max) ||
	    !read_number(l, "uses", w->uses, TOKEN_USES_MAX, &t->uses_max) || !read_number(l, "expires_s", w->expires_s, TOKEN_AGE_MAX_S, &age_s))
		return;
	token_make(k->text, k->id_text);
	t->id = str_of(k->id_text);
	t->expires_ms = t->created_ms + age_s * 1000;
	k->bucket = w->bucket;
	k->change = (struct change){ .apply = add };
	local_commit(l, &k->change, on_added);
}

/* As text, whether it came as one or as a number. */
static struct str member(const struct json_value *v, const char *name)
{
	const struct json_value *m = json_get(v, name);

	return m && (m->kind == JSON_STRING || m->kind == JSON_NUMBER) ? m->text : (struct str){ 0 };
}

static void on_body(struct local *l)
{
	struct json_value *v;

	if (json_parse(&l->arena, l->body, &v) < 0 || v->kind != JSON_OBJECT) {
		local_refuse(l, 400, "InvalidRequest", "The body is a JSON object with bucket, and if wanted prefix, size_max, types, uses, expires_s, label.");
		return;
	}
	make(l, &(struct wishes){ member(v, "bucket"), member(v, "prefix"), member(v, "types"), member(v, "label"), member(v, "size_max"),
				  member(v, "uses"), member(v, "expires_s") });
}

void token_make_serve(struct local *l)
{
	const struct params *p = &l->params;

	l->state = arena_take(&l->arena, sizeof(struct asking));
	if (l->call->r->has_body && l->call->r->content_length != 0)
		local_take_body(l, TOKEN_BODY_MAX, on_body);
	else
		make(l, &(struct wishes){ params_get(p, "bucket"), params_get(p, "prefix"), params_get(p, "types"), params_get(p, "label"),
					  params_get(p, "size_max"), params_get(p, "uses"), params_get(p, "expires_s") });
}

/* -- GET /_/tokens?bucket= -- */

static int list_one(void *owner, const struct token *t)
{
	struct asking *k = owner;

	json_open(&k->j, NULL, '{');
	write_token(&k->j, t);
	json_close(&k->j);
	k->count++;
	return 0;
}

static int list(struct local *l, struct db *db)
{
	struct asking *k = l->state;
	int64_t bucket;
	int rc = bucket_find(db, k->bucket, &bucket, NULL);

	if (rc < 0)
		return rc;
	k->j = json_into(&l->out);
	json_open(&k->j, NULL, '{');
	json_open(&k->j, "tokens", '[');
	rc = token_list(db, bucket, TOKENS_LISTED, list_one, k);
	json_close(&k->j);
	json_bool(&k->j, "more", k->count == TOKENS_LISTED);	/* the newest are shown */
	json_close(&k->j);
	return rc;
}

static void on_listed(struct local *l, int rc)
{
	if (rc < 0)
		refuse(l, rc);
	else
		local_answer(l, 200, "application/json");
}

void tokens_serve(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	k->bucket = params_get(&l->params, "bucket");
	if (k->bucket.n == 0)
		local_refuse(l, 400, "InvalidRequest", "Give ?bucket=.");
	else
		local_run(l, list, on_listed);
}

/* -- DELETE /_/tokens/ID -- */

static int revoke_one(struct change *c, struct db *db)
{
	struct asking *k = container_of(c, struct asking, change);

	return token_revoke(db, k->id);
}

static void on_revoked(struct local *l, int rc)
{
	const struct asking *k = l->state;

	if (rc == E_NOT_FOUND) {
		local_refuse(l, 404, "NotFound", "There is no token with this id.");
	} else if (rc < 0) {
		refuse(l, rc);
	} else {
		events_end_of_token(k->id);
		http_reply(local_begin(l, 204), (struct str){ 0 });
	}
}

/* By the id that lists show, or by the token's own text. */
void token_revoke_serve(struct local *l)
{
	struct str path = l->call->r->path, id = str_n(path.p + sizeof "/_/tokens/" - 1, path.n - (sizeof "/_/tokens/" - 1));
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	if (id.n == TOKEN_TEXT)
		token_id(id, k->id_text);
	k->id = id.n == TOKEN_TEXT ? str_of(k->id_text) : arena_str(&l->arena, id);
	k->change = (struct change){ .apply = revoke_one, .always = true };
	local_commit(l, &k->change, on_revoked);
}
