/* GET /_/similar/BUCKET/KEY: near duplicates of one photo. */
#include "pipeline/similar.h"

#include "base/codec.h"
#include "base/err.h"
#include "web/api/local.h"

struct asking {				/* in l->state */
	struct str bucket, key;
	int64_t within;
	char error[SIMILAR_ERROR_MAX];
};

static int gather(struct local *l, struct db *db)
{
	struct asking *k = l->state;

	return similar_gather(db, k->bucket, k->key, (int)k->within, &l->out, k->error);
}

static void on_gathered(struct local *l, int rc)
{
	const struct asking *k = l->state;

	if (rc < 0 && k->error[0])
		local_refuse(l, rc == E_NOT_FOUND ? 404 : 409, rc == E_NOT_FOUND ? "NotFound" : "NoIndex", k->error);
	else
		local_answer_rc(l, rc, NULL);
}

static bool read_target(struct local *l, struct asking *k)
{
	struct str path = l->call->r->path, rest = str_n(path.p + sizeof "/_/similar/" - 1, path.n - (sizeof "/_/similar/" - 1)), part;
	struct str within = params_get(&l->params, "within");

	k->within = SIMILAR_WITHIN;
	if (!str_next(&rest, '/', &part) || !str_is_set(rest) || rest.n == 0)
		return false;
	if (uri_decode(&l->arena, part, false, &k->bucket) < 0 || uri_decode(&l->arena, rest, false, &k->key) < 0)
		return false;
	return within.n == 0 || str_to_int(within, 0, SIMILAR_WITHIN_MAX, &k->within) == 0;
}

void similar_serve(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	if (!read_target(l, k)) {
		local_refuse(l, 400, "InvalidRequest", "The path is /_/similar/BUCKET/KEY, with ?within= 0 to 7.");
		return;
	}
	l->call->bucket = arena_str(&l->call->r->arena, k->bucket);
	l->call->key = arena_str(&l->call->r->arena, k->key);
	local_run(l, gather, on_gathered);
}
