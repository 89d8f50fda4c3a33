/* Dead letters: a page of them in the order they came into being, and the event of one. */
#include "base/clock.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/function.h"
#include "storage/queue.h"
#include "web/api/local.h"

#define DEAD_PAGE 200
#define EVENT_SHOWN (64 << 10)

struct listing {			/* in l->state */
	struct db *db;
	struct json j;
	struct arena arena;		/* of the row at hand */
	int64_t after;
	int64_t next;
	int count;
};

static int write_subject(struct listing *g, const struct job_row *r)
{
	char bucket[BUCKET_NAME_MAX + 1] = "";
	int rc = bucket_name_of(g->db, r->bucket, bucket);

	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	json_cstr(&g->j, "bucket", bucket);
	json_str(&g->j, "key", r->key);
	return 0;
}

static int write_row(void *owner, const struct job_row *r)
{
	struct listing *g = owner;
	struct function_row row = {0};
	char text[CLOCK_TEXT_MAX];
	int rc = function_get_id(g->db, r->function, &g->arena, &row);

	if (rc < 0 && rc != E_NOT_FOUND)
		return rc;
	json_open(&g->j, NULL, '{');
	json_int(&g->j, "id", r->id);
	json_str(&g->j, "function", rc == 0 ? row.name : STR(""));	/* "": it was deleted */
	json_str(&g->j, "qualifier", r->qualifier);
	json_str(&g->j, "request", r->request);
	json_str(&g->j, "code", r->code);
	json_str(&g->j, "message", r->message);
	json_int(&g->j, "attempts", r->attempts);
	json_cstr(&g->j, "first_at", clock_iso_ms(text, r->first_ms));
	json_cstr(&g->j, "dead_at", clock_iso_ms(text, r->due_ms));
	rc = r->bucket != 0 ? write_subject(g, r) : 0;
	json_close(&g->j);
	arena_clear(&g->arena);
	g->next = r->id;
	g->count++;
	return rc;
}

static int gather(struct local *l, struct db *db)
{
	struct listing *g = l->state;
	struct queue_counts counts;
	int rc;

	g->db = db;
	g->j = json_into(&l->out);
	json_open(&g->j, NULL, '{');
	json_open(&g->j, "dead_letters", '[');
	rc = queue_dead(db, g->after, DEAD_PAGE, write_row, g);
	arena_clear(&g->arena);
	if (rc < 0 || (rc = queue_count(db, &counts)) < 0)
		return rc;
	json_close(&g->j);
	json_int(&g->j, "all", counts.dead);
	json_int(&g->j, "next", g->count == DEAD_PAGE ? g->next : 0);	/* 0: there are no more */
	json_close(&g->j);
	return 0;
}

static int gather_event(struct local *l, struct db *db)
{
	const int64_t *id = l->state;
	struct json j = json_into(&l->out);
	struct arena a = {0};
	struct job_row r;
	int rc = queue_dead_get(db, *id, &a, &r);

	if (rc == 0) {
		size_t shown = r.payload.n < EVENT_SHOWN ? r.payload.n : EVENT_SHOWN;

		json_open(&j, NULL, '{');
		json_str(&j, "event", str_n(r.payload.p, shown));
		json_bool(&j, "cut", shown < r.payload.n);
		json_close(&j);
	}
	arena_clear(&a);
	return rc;
}

static void on_gathered(struct local *l, int rc)
{
	local_answer_rc(l, rc, "There is no such dead letter any more.");
}

void dead_serve(struct local *l)
{
	struct listing *g = arena_take(&l->arena, sizeof *g);
	struct str after = params_get(&l->params, "after");

	l->state = g;
	if (after.n > 0 && str_to_int(after, 0, INT64_MAX, &g->after) < 0)
		local_refuse(l, 400, "InvalidRequest", "?after= is the `next` of the page before.");
	else
		local_run(l, gather, on_gathered);
}

void dead_event_serve(struct local *l)
{
	int64_t *id = arena_take(&l->arena, sizeof *id);

	l->state = id;
	if (str_to_int(params_get(&l->params, "id"), 1, INT64_MAX, id) < 0)
		local_refuse(l, 400, "InvalidRequest", "Give ?id=.");
	else
		local_run(l, gather_event, on_gathered);
}
