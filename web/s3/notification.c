#include "web/s3/notification_rules.h"

#include "base/check.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "web/s3/body.h"

struct reading {			/* in s->state */
	struct buf out;
};

static int find_rules(struct s3 *s, struct db *db)
{
	struct reading *g = s->state;
	struct rule *rules;
	int64_t bucket;
	int n, rc;

	if ((rc = bucket_find(db, s->bucket, &bucket, NULL)) < 0 ||
	    (rc = rules_get(db, bucket, &s->arena, &rules, &n)) < 0)
		return s3_refuse_rc(s, rc);
	rules_write(&g->out, rules, n);
	return 0;
}

static void on_rules(struct s3 *s, int rc)
{
	struct reading *g = s->state;

	if (rc < 0)
		s3_answer_fault(s);
	else
		s3_answer_xml(s, 200, &g->out);
}

static void release(struct s3 *s)
{
	buf_clear(&((struct reading *)s->state)->out);
}

void notification_get(struct s3 *s)
{
	s->state = arena_take(&s->arena, sizeof(struct reading));
	s->release = release;
	s3_run(s, find_rules, on_rules);
}

struct setting {			/* in s->state */
	struct change change;
	struct s3 *s;
	struct rules rules;
};

static int refuse_function(struct s3 *s, struct str arn)
{
	return s3_refuse(s, S3_INVALID_ARGUMENT, "Unable to validate the following destination configurations",
			 S3_WITH({ "ArgumentName1", str_of(arena_printf(&s->arena, "%.*s, null", STR_ARG(arn))) },
				 { "ArgumentValue1", str_of(arena_printf(&s->arena, "Not authorized to invoke function "
									 "[%.*s]", STR_ARG(arn))) }));
}

/* The built-in kind leaves a record of its effect, so the rule must know it. */
static bool is_native(struct s3 *s, struct str config)
{
	struct json_value *v;

	return json_parse(&s->arena, config, &v) == 0 && registry_is_builtin(v);
}

static int find_function(struct setting *g, struct db *db, int i)
{
	struct s3 *s = g->s;
	struct rule *r = &g->rules.rule[i];
	struct function_row row;
	struct arn arn;
	int rc;

	CHECK(arn_read(r->arn, &arn));
	if (!str_eq(arn.region, str_of(s->m->settings.region)) || !str_eq(arn.account, str_of(s->m->settings.account)) ||
	    str_is_set(arn.qualifier))
		return refuse_function(s, r->arn);
	rc = function_get(db, g->rules.function[i], &s->arena, &row);
	if (rc == E_NOT_FOUND)
		return refuse_function(s, r->arn);
	if (rc < 0)
		return rc;
	r->function = row.id;
	r->native = is_native(s, row.config);
	return 0;
}

static int apply_rules(struct change *c, struct db *db)
{
	struct setting *g = container_of(c, struct setting, change);
	int64_t bucket;
	int rc = bucket_find(db, g->s->bucket, &bucket, NULL);

	for (int i = 0; i < g->rules.count && rc == 0; i++)
		rc = find_function(g, db, i);
	return rc < 0 ? rc : rules_replace(db, bucket, g->rules.rule, g->rules.count);
}

static void on_set(struct s3 *s, int rc)
{
	if (rc == 0) {
		s3_answer_empty(s, 200);
		return;
	}
	if (s->fault.code == S3_FINE)
		s3_refuse_rc(s, rc);
	s3_answer_fault(s);
}

void notification_put(struct s3 *s)
{
	struct setting *g = arena_take(&s->arena, sizeof *g);

	s->state = g;
	g->s = s;
	g->change.apply = apply_rules;
	if (rules_read(s, body_text(s->body), &g->rules) < 0)
		s3_answer_fault(s);
	else
		s3_commit(s, &g->change, on_set);
}
