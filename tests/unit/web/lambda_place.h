/* Operations of the Lambda API against a real database: what they find, change and answer. In one change that is never committed. */
#ifndef TESTS_LAMBDA_PLACE_H
#define TESTS_LAMBDA_PLACE_H

#include "storage/function.h"
#include "tests/unit/web/lambda_rig.h"

#define FUNCTION "/2015-03-31/functions/fn"
#define DOCUMENT "{\"Runtime\":\"python3.12\",\"Handler\":\"m.f\",\"Role\":\"r\",\"Description\":\"\",\"Timeout\":%d,\"MemorySize\":128," \
	"\"CodeSha256\":\"x\",\"LastModified\":\"2026-11-24T10:00:00.000+0000\",\"RevisionId\":\"rev-%d\"}"

struct place {
	struct db *db;
	struct rig rig;
	struct arena arena;
	int64_t id;
};

static inline void change_function(struct place *h, int timeout, int revision)
{
	char *text = arena_printf(&h->arena, DOCUMENT, timeout, revision);

	assert_int_equal(function_put(h->db, STR("fn"), str_of(text), &h->id), 0);
}

static inline void open_place(struct place *h, void **state)
{
	*h = (struct place){ 0 };
	assert_int_equal(db_open(&h->db, arena_printf(&h->arena, "%s/meta.db", test_path(state)), DB_WRITER), 0);
	assert_int_equal(db_begin(h->db), 0);
	change_function(h, 3, 1);
}

static inline void close_place(struct place *h)
{
	db_rollback(h->db);
	db_close(h->db);
	rig_clear(&h->rig);
	arena_clear(&h->arena);
}

/* The answer, or NULL when it was refused. */
static inline const struct json_value *ask(struct place *h, const char *method, const char *path, const char *query, const char *body)
{
	struct lambda *l = &h->rig.l;
	struct json_value *v = NULL;

	assert_true(rig_ask(&h->rig, method, path, query, body));
	if ((l->op->check && l->op->check(l) < 0) || lambda_target(l) < 0 || constrain_end(l) < 0 || l->op->run(l, h->db) < 0)
		return NULL;
	if (l->out.len == 0)
		return json_parse(&h->arena, STR("{}"), &v) == 0 ? v : NULL;
	assert_int_equal(json_parse(&h->arena, arena_str(&h->arena, str_n(l->out.data, l->out.len)), &v), 0);
	return v;
}

#endif
