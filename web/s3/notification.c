#include "web/s3/notification_rules.h"

#include "base/check.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/registry.h"
#include "pipeline/registry.h"
#include "storage/bucket.h"
#include "storage/record.h"
#include "web/grant.h"
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

/* A version or an alias that is there; none, and $LATEST, always are. */
static int find_qualifier(struct s3 *s, struct db *db, int64_t function, struct str qualifier)
{
	struct str version, body;
	int64_t number;

	if (!str_is_set(qualifier) || str_eq(qualifier, STR("$LATEST")))
		return 0;
	if (str_to_int(qualifier, 1, INT64_MAX, &number) < 0)
		return record_get(db, RECORD_ALIAS, function, qualifier, &s->arena, &body);
	version = str_of(arena_printf(&s->arena, "%010lld", (long long)number));
	return record_get(db, RECORD_VERSION, function, version, &s->arena, &body);
}

/* The function's policy must let S3 invoke it for this bucket. $LATEST has no policy of its own. */
static int may_invoke(struct s3 *s, struct db *db, int64_t function, struct str qualifier)
{
	struct grant g = { .service = STR("s3.amazonaws.com"), .action = STR("lambda:InvokeFunction"),
		.source_arn = str_of(arena_printf(&s->arena, "arn:aws:s3:::%.*s", STR_ARG(s->bucket))),
		.source_account = str_of(s->m->settings.account) };
	struct json_value *policy;
	struct str body;
	int rc;

	if (!str_is_set(qualifier) || str_eq(qualifier, STR("$LATEST")))
		qualifier = STR("");
	if ((rc = record_get(db, RECORD_POLICY, function, qualifier, &s->arena, &body)) < 0 ||
	    (rc = json_parse(&s->arena, body, &policy)) < 0)
		return rc;
	return grant_fits(policy, &g) ? 0 : E_NOT_FOUND;
}

/* The built-in function leaves a record of its effect, so the rule must know it; it needs no permission. */
static int find_function(struct setting *g, struct db *db, int i)
{
	struct s3 *s = g->s;
	struct rule *r = &g->rules.rule[i];
	struct json_value *document;
	struct function_row row;
	struct arn arn;
	int rc;

	CHECK(arn_read(r->arn, &arn));
	if (!str_eq(arn.region, str_of(s->m->settings.region)) || !str_eq(arn.account, str_of(s->m->settings.account)))
		return refuse_function(s, r->arn);
	r->native = false;		/* the writer may have to apply a change again */
	if ((rc = function_get(db, g->rules.function[i], &s->arena, &row)) == 0 &&
	    (rc = find_qualifier(s, db, row.id, arn.qualifier)) == 0 && (rc = json_parse(&s->arena, row.config, &document)) == 0) {
		r->function = row.id;
		r->native = registry_is_builtin(document);
		if (!r->native)
			rc = may_invoke(s, db, row.id, arn.qualifier);
	}
	return rc == E_NOT_FOUND ? refuse_function(s, r->arn) : rc;
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
