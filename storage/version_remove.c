/* Versions that go for good, and what becomes current then. */
#include "base/check.h"
#include "base/err.h"
#include "storage/writing.h"

struct removing {
	struct writing w;
	struct object o;		/* what is told: the version that goes, with the removal's seq */
	struct version v;		/* that goes */
};

/* A row of `version` by its place. */
static int run_row(struct writing *w, enum sql what, int64_t born)
{
	struct query q = db_query(w->db, what);

	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, -born);
	return query_run(&q);
}

static int drop_row(struct writing *w, const struct version *v)
{
	int rc = run_row(w, SQL_VERSION_DELETE, v->o.born);

	return rc < 0 ? rc : writing_trash(w, v->o.extents, v->o.extent_count, v->o.seq);
}

int version_drop_null(struct writing *w)
{
	struct version v;
	int rc = version_find_null(w->db, w->o->bucket, w->o->key, &w->arena, &v);

	return rc == E_NOT_FOUND ? 0 : rc < 0 ? rc : drop_row(w, &v);
}

/* What becomes current. */

/* The first way of making an object that a native function has a rule for. */
static bool find_native_kind(struct writing *w)
{
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		for (int i = 0; i < w->rule_count; i++)
			if (event_is_creation((enum event_kind)kind) && w->rules[i].native &&
			    rule_matches(&w->rules[i], (enum event_kind)kind, w->o->key)) {
				w->kind = (enum event_kind)kind;
				return true;
			}
	return false;
}

static int move_rows(struct writing *w, const struct version *v)
{
	struct query q;
	int rc = 0;

	if (v->o.extent_count > 1) {
		q = db_query(w->db, SQL_MANIFEST_RENAME);
		query_int(&q, 1, v->o.seq);
		query_int(&q, 2, w->o->seq);
		rc = query_run(&q);
	}
	if (rc < 0)
		return rc;
	q = db_query(w->db, SQL_VERSION_RETURN);
	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, -v->o.born);
	query_int(&q, 4, w->o->seq);
	query_int(&q, 5, w->native);
	if ((rc = query_run(&q)) < 0)
		return rc;
	return run_row(w, SQL_VERSION_DELETE, v->o.born);
}

/* Compaction reads objects, then versions: from one to the other it would not see these. Segments that are being emptied stay for this time. */
static int hold_segments(struct db *db, const struct extent *e, int n)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++) {
		struct query q;

		if (e[i].kind != EXTENT_NEEDLE)
			continue;
		q = db_query(db, SQL_SEGMENT_STAY);
		query_int(&q, 1, e[i].seg);
		rc = query_run(&q);
	}
	return rc;
}

/* 1: native functions were told of it; 0: none is for it. */
static int restore(struct removing *r, const struct version *v)
{
	struct object o = v->o;
	struct writing w = { .db = r->w.db, .store = r->w.store, .o = &o, .who = r->w.who, .told = TOLD_NATIVE, .at_ms = r->w.at_ms,
			     .rules = r->w.rules, .rule_count = r->w.rule_count };
	char id[VERSION_ID_MAX + 1];
	int rc;

	w.native = find_native_kind(&w);
	if ((o.seq = db_next_seq(w.db)) < 0)
		return (int)o.seq;
	if ((rc = move_rows(&w, v)) < 0 || (rc = hold_segments(w.db, o.extents, o.extent_count)) < 0)
		goto out;
	if ((rc = writing_journal(&w, JOURNAL_RESTORED, arena_printf(&w.arena, "version id %.*s", STR_ARG(version_id(id, o.born, o.named))))) < 0)
		goto out;
	if (w.native)
		rc = writing_tell(&w);
out:
	writing_end(&w);
	return rc < 0 ? rc : w.native;
}

/* The newest that is left leads now. Native functions are told of what is there, not of what went. */
static int let_next_lead(struct removing *r)
{
	struct writing *w = &r->w;
	struct version next;
	int rc = version_find_newest(w->db, w->o->bucket, w->o->key, &w->arena, &next);

	if (rc < 0)
		return rc == E_NOT_FOUND ? 0 : rc;
	if (next.marker)
		return run_row(w, SQL_VERSION_LEAD, next.o.born);
	if ((rc = restore(r, &next)) < 0)
		return rc;
	w->told = TOLD_CUSTOM;
	w->native = rc == 1;
	return 0;
}

/* Which one it is, by its id. */
static int find(struct removing *r, int64_t born, bool named)
{
	struct writing *w = &r->w;

	if (w->old.exists && w->old.named == named && (!named || w->old.born == born)) {
		r->v = (struct version){ .current = true };
		r->v.o = (struct object){ .seq = w->old.seq, .born = w->old.born, .named = named, .extents = w->old.extents,
					  .extent_count = w->old.extent_count };
		return 0;
	}
	return version_find_named(w->db, w->o->bucket, w->o->key, born, named, &w->arena, &r->v);
}

static int check_match(struct removing *r, struct str if_match)
{
	struct writing *w = &r->w;

	if (!str_is_set(if_match) || r->v.marker)
		return 0;
	if (r->v.current)
		return object_allow(w->db, w->o->bucket, w->o->key, if_match, false);
	return str_eq(if_match, STR("*")) || str_eq(if_match, r->v.o.etag) ? 0 : E_PRECONDITION;
}

static int take_current(struct removing *r)
{
	struct query q = db_query(r->w.db, SQL_OBJECT_DELETE);
	int rc;

	query_int(&q, 1, r->w.o->bucket);
	query_bytes(&q, 2, r->w.o->key);
	rc = query_run(&q);
	return rc < 0 ? rc : writing_trash(&r->w, r->v.o.extents, r->v.o.extent_count, r->v.o.seq);
}

static int take(struct removing *r)
{
	struct writing *w = &r->w;
	bool object = r->v.current && !r->v.marker;
	int rc;

	if (!object) {		/* nothing of what is current hangs on it */
		w->old.exists = false;
		w->told = TOLD_CUSTOM;
	}
	w->o->born = r->v.o.born;
	w->o->named = r->v.o.named;
	rc = object ? take_current(r) : drop_row(w, &r->v);
	if (rc < 0)
		return rc;
	if ((rc = writing_journal(w, JOURNAL_DELETED, arena_printf(&w->arena, "%s %016llX for good%s", r->v.marker ? "delete marker" : "version",
				  (unsigned long long)r->v.o.seq, r->v.current ? "" : ", a noncurrent one"))) < 0)
		return rc;
	if (r->v.current && (rc = let_next_lead(r)) < 0)
		return rc;
	if ((rc = writing_let_go(w)) < 0)
		return rc;
	rc = writing_tell(w);
	return rc < 0 ? rc : 1;
}

int version_remove(struct db *db, struct store *s, int64_t bucket, struct str key, struct str id, struct str if_match, const struct actor *who,
		   struct object_gone *gone)
{
	struct removing r = { .o = { .bucket = bucket, .key = key } };
	int64_t born;
	bool named;
	int rc;

	r.w = (struct writing){ .db = db, .store = s, .o = &r.o, .kind = EVENT_REMOVED_DELETE, .who = who };
	if ((rc = version_parse(id, &born, &named)) < 0 || (rc = writing_begin(&r.w)) < 0)
		goto out;
	if ((rc = find(&r, born, named)) == 0 && (rc = check_match(&r, if_match)) == 0)
		rc = take(&r);
	else if (rc == E_NOT_FOUND && str_is_set(if_match))
		rc = E_PRECONDITION;
	if (gone)
		*gone = rc == 1 ? (struct object_gone){ r.v.marker, r.v.o.born, r.v.o.named } : (struct object_gone){0};
out:
	writing_end(&r.w);
	return rc == E_NOT_FOUND ? 0 : rc;
}

/* A marker that is current goes when there is nothing it hides. */
static int may_expire(struct removing *r)
{
	struct writing *w = &r->w;
	struct query q;
	bool other;
	int rc;

	if (!r->v.current)
		return 1;
	q = db_query(w->db, SQL_VERSION_OTHER);
	query_int(&q, 1, w->o->bucket);
	query_bytes(&q, 2, w->o->key);
	query_int(&q, 3, -r->v.o.born);
	other = query_step(&q) == QUERY_ROW;
	rc = query_end(&q);
	return rc < 0 ? rc : !other;
}

int version_expire(struct db *db, struct store *s, int64_t bucket, struct str key, int64_t born, const struct actor *who)
{
	struct removing r = { .o = { .bucket = bucket, .key = key } };
	int rc;

	r.w = (struct writing){ .db = db, .store = s, .o = &r.o, .kind = EVENT_LIFECYCLE_DELETE, .who = who };
	if ((rc = writing_begin(&r.w)) == 0 && (rc = version_find_at(db, bucket, key, born, &r.w.arena, &r.v)) == 0 &&
	    (rc = may_expire(&r)) == 1)
		rc = take(&r);
	writing_end(&r.w);
	return rc == E_NOT_FOUND ? 0 : rc;
}
