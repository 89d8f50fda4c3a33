/* GET /_/status/BUCKET/KEY[?version=]: where a photo stands. */
#include "pipeline/photo_status.h"

#include <stdlib.h>

#include "base/err.h"
#include "web/leave.h"

struct asking {				/* in l->state */
	struct leave leave;
	struct photo_asked ask;
	bool no_bucket;
};

static int gather(struct local *l, struct db *db)
{
	struct asking *k = l->state;
	struct json j = json_into(&l->out);
	enum photo_state state;
	int rc;

	json_open(&j, NULL, '{');
	json_str(&j, "bucket", k->ask.bucket);
	json_str(&j, "key", k->ask.key);
	if (k->ask.seq > 0)
		photo_version_write(&j, "version", k->ask.seq);
	if ((rc = photo_status_write(db, &k->ask, &j, &state, &k->no_bucket)) == 0)
		json_close(&j);
	return rc;
}

static void on_gathered(struct local *l, int rc)
{
	const struct asking *k = l->state;

	if (rc != E_NOT_FOUND)
		local_answer_rc(l, rc, NULL);
	else if (k->no_bucket)
		local_refuse_bucket(l);
	else
		local_refuse(l, 404, "NoSuchKey", "Nothing is known of such an object.");
}

static void on_leave(struct local *l)
{
	struct asking *k = l->state;

	if (leave_shows(l, &k->leave, k->ask.key))
		local_run(l, gather, on_gathered);
}

static bool read_version(struct local *l, struct str text, int64_t *seq)
{
	char hex[17] = "", *end = hex;

	if (!str_is_set(text))
		return true;
	if (text.n == 16) {
		memcpy(hex, text.p, 16);
		*seq = (int64_t)strtoull(hex, &end, 16);
	}
	if (end == hex + 16 && *seq > 0)
		return true;
	local_refuse(l, 400, "InvalidRequest", "?version= is the `version` that the upload was answered with.");
	return false;
}

void status_serve(struct local *l)
{
	struct asking *k = arena_take(&l->arena, sizeof *k);

	l->state = k;
	if (!local_place(l, "/_/status/", TAIL_KEY) || !read_version(l, params_get(&l->params, "version"), &k->ask.seq))
		return;
	k->leave.in_query = true;
	k->ask.bucket = arena_str(&l->arena, l->call->bucket);
	k->ask.key = arena_str(&l->arena, l->call->key);
	leave_ask(l, &k->leave, on_leave);
}
