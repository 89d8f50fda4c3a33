#include "storage/rule.h"

#include "base/check.h"
#include "base/err.h"

static const char *const names[] = {
#define X(name, text) [name] = text,
	EVENT_TABLE(X)
#undef X
};

#define BIT(k) (1u << (k))
#define ALL_CREATED (BIT(EVENT_CREATED_PUT) | BIT(EVENT_CREATED_POST) | BIT(EVENT_CREATED_COPY) | \
		     BIT(EVENT_CREATED_MULTIPART))
#define ALL_REMOVED (BIT(EVENT_REMOVED_DELETE) | BIT(EVENT_REMOVED_MARKER))
#define ALL_TAGGING (BIT(EVENT_TAGGING_PUT) | BIT(EVENT_TAGGING_DELETE))
#define ALL_LIFECYCLE (BIT(EVENT_LIFECYCLE_DELETE) | BIT(EVENT_LIFECYCLE_MARKER))

static const struct {
	struct str text;
	uint32_t set;
} configurable[] = {
#define X(name, text) { STR(text), BIT(name) },
	EVENT_TABLE(X)
#undef X
	{ STR("s3:ObjectCreated:*"), ALL_CREATED },
	{ STR("s3:ObjectRemoved:*"), ALL_REMOVED },
	{ STR("s3:ObjectTagging:*"), ALL_TAGGING },
	{ STR("s3:LifecycleExpiration:*"), ALL_LIFECYCLE },
	{ STR("s3:ObjectRestore:*"), EVENT_SET_SILENT },
	{ STR("s3:ObjectRestore:Post"), EVENT_SET_SILENT },
	{ STR("s3:ObjectRestore:Completed"), EVENT_SET_SILENT },
	{ STR("s3:ObjectRestore:Delete"), EVENT_SET_SILENT },
	{ STR("s3:ReducedRedundancyLostObject"), EVENT_SET_SILENT },
	{ STR("s3:Replication:*"), EVENT_SET_SILENT },
	{ STR("s3:Replication:OperationFailedReplication"), EVENT_SET_SILENT },
	{ STR("s3:Replication:OperationMissedThreshold"), EVENT_SET_SILENT },
	{ STR("s3:Replication:OperationReplicatedAfterThreshold"), EVENT_SET_SILENT },
	{ STR("s3:Replication:OperationNotTracked"), EVENT_SET_SILENT },
	{ STR("s3:LifecycleTransition"), EVENT_SET_SILENT },
	{ STR("s3:IntelligentTiering"), EVENT_SET_SILENT },
	{ STR("s3:ObjectAcl:Put"), EVENT_SET_SILENT },
};

const char *event_name(enum event_kind k)
{
	CHECK(k < EVENT_KINDS);
	return names[k];
}

bool event_is_creation(enum event_kind k)
{
	return (BIT(k) & ALL_CREATED) != 0;
}

bool event_is_removal(enum event_kind k)
{
	return (BIT(k) & (ALL_REMOVED | ALL_LIFECYCLE)) != 0;
}

bool event_is_tagging(enum event_kind k)
{
	return (BIT(k) & ALL_TAGGING) != 0;
}

uint32_t event_set(struct str configured)
{
	for (size_t i = 0; i < sizeof configurable / sizeof configurable[0]; i++)
		if (str_eq(configurable[i].text, configured))
			return configurable[i].set;
	return 0;
}

static int add(struct db *db, int64_t bucket, int ord, const struct rule *r)
{
	struct query q = db_query(db, SQL_RULE_ADD);

	query_int(&q, 1, bucket);
	query_int(&q, 2, ord);
	query_text(&q, 3, r->id);
	query_int(&q, 4, r->function);
	query_text(&q, 5, r->arn);
	query_int(&q, 6, r->native);
	query_int(&q, 7, r->set);
	query_text(&q, 8, r->events);
	query_bytes(&q, 9, r->prefix);
	query_bytes(&q, 10, r->suffix);
	return query_run(&q);
}

int rules_replace(struct db *db, int64_t bucket, const struct rule *rules, int n)
{
	struct query q;
	int rc;

	if (n > RULES_MAX)
		return E_TOO_LARGE;
	q = db_query(db, SQL_RULE_CLEAR);
	query_int(&q, 1, bucket);
	rc = query_run(&q);
	for (int i = 0; i < n && rc == 0; i++)
		rc = add(db, bucket, i, &rules[i]);
	return rc;
}

static void read_row(struct query *q, struct arena *a, struct rule *r)
{
	r->id = arena_str(a, col_str(q, 0));
	r->function = col_int(q, 1);
	r->arn = arena_str(a, col_str(q, 2));
	r->native = col_int(q, 3) != 0;
	r->set = (uint32_t)col_int(q, 4);
	r->events = arena_str(a, col_str(q, 5));
	if (!col_null(q, 6))
		r->prefix = arena_str(a, col_str(q, 6));
	if (!col_null(q, 7))
		r->suffix = arena_str(a, col_str(q, 7));
}

int rules_get(struct db *db, int64_t bucket, struct arena *a, struct rule **rules, int *n)
{
	struct query q = db_query(db, SQL_RULE_LIST);

	*rules = NULL;
	*n = 0;
	query_int(&q, 1, bucket);
	while (query_step(&q) == QUERY_ROW) {
		CHECK(*n < RULES_MAX);
		if (*n == 0)
			*rules = arena_take(a, RULES_MAX * sizeof **rules);
		read_row(&q, a, &(*rules)[(*n)++]);
	}
	return query_end(&q);
}

/* arn:aws:lambda:region:account:function:name, and perhaps :qualifier */
struct str rule_qualifier(const struct rule *r)
{
	struct str rest = r->arn, part = {0};

	for (int i = 0; i < 8; i++)
		if (!str_next(&rest, ':', &part))
			return STR("");
	return part;
}

bool rule_matches(const struct rule *r, enum event_kind kind, struct str key)
{
	uint32_t set = r->set;

	if (r->native && (set & ALL_REMOVED))
		set |= ALL_LIFECYCLE;
	if (r->native)
		set &= ~(uint32_t)ALL_TAGGING;
	return (set & BIT(kind)) != 0 && str_starts(key, r->prefix) && str_ends(key, r->suffix);
}
