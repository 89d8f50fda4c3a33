/* POST /_/objects/delete {"bucket","keys":[]}: objects go as S3 deletes them: in a versioned bucket behind delete markers. */
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/feed.h"
#include "storage/object.h"
#include "web/api/local.h"

#define DELETE_BODY_MAX (2 << 20)	/* DELETE_MAX keys, escaped */

struct asking {				/* in l->state */
	struct object_delete change;
	struct object_key keys[DELETE_MAX];
	int results[DELETE_MAX];
};

static void tell(struct local *l, const struct asking *a)
{
	int64_t now = clock_wall_ms();

	for (int i = 0; i < a->change.count; i++)
		if (a->results[i] == 0)
			feed_tell(l->m->feed, &(struct feed_event){ .what = FEED_DELETED, .at_ms = now, .bucket = a->change.bucket, .key = a->keys[i].key });
}

static void on_deleted(struct local *l, int rc)
{
	const struct asking *a = l->state;
	struct json j = json_into(&l->out);
	int n = 0;

	if (rc < 0) {
		if (rc == E_NOT_FOUND)
			local_refuse_bucket(l);
		else
			local_refuse_rc(l, rc, NULL);
		return;
	}
	tell(l, a);
	for (int i = 0; i < a->change.count; i++)
		n += a->results[i] == 0;
	json_open(&j, NULL, '{');
	json_int(&j, "deleted", n);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

static int read_keys(struct asking *a, const struct json_value *list)
{
	if (!list || list->kind != JSON_ARRAY || list->count == 0 || list->count > DELETE_MAX)
		return E_BAD_INPUT;
	for (const struct json_value *v = list->first; v; v = v->next) {
		if (v->kind != JSON_STRING || v->text.n == 0 || v->text.n > OBJECT_KEY_MAX)
			return E_BAD_INPUT;
		a->keys[a->change.count++].key = v->text;
	}
	return 0;
}

static void on_body(struct local *l)
{
	struct asking *a = arena_take(&l->arena, sizeof *a);
	struct call *c = l->call;
	struct json_value *v;

	l->state = a;
	if (json_parse(&l->arena, l->body, &v) < 0)
		v = NULL;
	object_delete_init(&a->change);
	a->change.store = l->m->store;
	a->change.bucket = json_text(v, "bucket");
	a->change.keys = a->keys;
	a->change.results = a->results;
	a->change.actor = (struct actor){ .principal = STR("AWS:minilab:console"), .source_ip = arena_str(&l->arena, str_of(c->r->peer)),
					  .request_id = arena_str(&l->arena, str_of(c->id)) };
	if (a->change.bucket.n == 0 || read_keys(a, json_get(v, "keys")) < 0)
		local_refuse(l, 400, "InvalidRequest", arena_printf(&l->arena, "Give bucket, and keys, 1 to %d texts.", DELETE_MAX));
	else
		local_commit(l, &a->change.change, on_deleted);
}

void objects_delete_serve(struct local *l)
{
	local_take_body(l, DELETE_BODY_MAX, on_body);
}
