/* POST /_/dead/redrive: dead letters run again: {"ids":[1,2]} those, {"all":true} all there are. */
#include "base/check.h"
#include "base/err.h"
#include "pipeline/retry.h"
#include "storage/queue.h"
#include "web/api/local.h"

#define IDS_MAX 1000			/* of one request */
#define IDS_BODY_MAX (32 << 10)

struct asking {				/* in l->state */
	struct change change;
	int64_t ids[IDS_MAX];
	int n;
	struct retry retry;		/* of all */
	int64_t count;
};

static void answer(struct local *l, int64_t count)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_int(&j, "retried", count);
	json_close(&j);
	local_answer(l, 200, "application/json");
}

/* One that is none any more is no failure: somebody else was quicker. */
static int revive(struct change *c, struct db *db)
{
	struct asking *a = container_of(c, struct asking, change);
	int rc = 0;

	a->count = 0;
	for (int i = 0; i < a->n; i++) {
		rc = queue_revive(db, a->ids[i]);
		if (rc < 0 && rc != E_NOT_FOUND)
			return rc;
		a->count += rc == 0;
	}
	return 0;
}

static void on_revived(struct local *l, int rc)
{
	struct asking *a = l->state;

	if (rc < 0)
		local_refuse_rc(l, rc, NULL);
	else
		answer(l, a->count);
}

static void on_some_of_all(struct local *l, int rc)
{
	struct asking *a = l->state;

	a->count += a->retry.count;
	if (rc == 0 && a->retry.count == RETRY_BATCH)
		local_commit(l, &a->retry.change, on_some_of_all);
	else
		on_revived(l, rc);
}

static int read_ids(struct asking *a, const struct json_value *list)
{
	if (!list || list->kind != JSON_ARRAY || list->count == 0 || list->count > IDS_MAX)
		return E_BAD_INPUT;
	for (const struct json_value *v = list->first; v; v = v->next)
		if (v->kind != JSON_NUMBER || str_to_int(v->text, 1, INT64_MAX, &a->ids[a->n++]) < 0)
			return E_BAD_INPUT;
	return 0;
}

static void on_body(struct local *l)
{
	struct asking *a = arena_take(&l->arena, sizeof *a);
	const struct json_value *all;
	struct json_value *v;

	l->state = a;
	if (json_parse(&l->arena, l->body, &v) < 0)
		v = NULL;
	all = json_get(v, "all");
	if (all && all->kind == JSON_BOOL && all->yes) {
		retry_init(&a->retry);
		local_commit(l, &a->retry.change, on_some_of_all);
	} else if (read_ids(a, json_get(v, "ids")) == 0) {
		a->change = (struct change){ .apply = revive, .always = true };
		local_commit(l, &a->change, on_revived);
	} else {
		local_refuse(l, 400, "InvalidRequest", arena_printf(&l->arena, "Give ids, 1 to %d numbers, or all: true.", IDS_MAX));
	}
}

void redrive_serve(struct local *l)
{
	local_take_body(l, IDS_BODY_MAX, on_body);
}
