#include "storage/package.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "storage/function.h"
#include "storage/package_row.h"
#include "storage/record.h"
#include "storage/trash.h"

#define CANDIDATES 1024			/* packages that one walk through the documents looks for */

int package_row_read(struct query *q, struct arena *a, struct package *p)
{
	struct str id = col_str(q, 0);

	*p = (struct package){ .size = col_int(q, 1), .unpacked = col_int(q, 2), .created_ms = col_int(q, 3) };
	if (id.n != PACKAGE_ID)
		return E_CORRUPT;
	memcpy(p->id, id.p, PACKAGE_ID);
	return extents_unpack(a, col_str(q, 4), &p->extents, &p->extent_count);
}

int package_get(struct db *db, struct str id, struct arena *a, struct package *p)
{
	struct query q = db_query(db, SQL_PACKAGE_GET);
	int rc = E_NOT_FOUND, end;

	*p = (struct package){0};
	query_text(&q, 1, id);
	if (query_step(&q) == QUERY_ROW)
		rc = package_row_read(&q, a, p);
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int package_total(struct db *db, int64_t *bytes)
{
	struct query q = db_query(db, SQL_PACKAGE_TOTAL);

	*bytes = query_step(&q) == QUERY_ROW ? col_int(&q, 0) : 0;
	return query_end(&q);
}

static int renew(struct db *db, struct str id)
{
	struct query q = db_query(db, SQL_PACKAGE_RENEW);
	int rc;

	query_text(&q, 1, id);
	query_int(&q, 2, clock_wall_ms());
	rc = query_run(&q);
	return rc < 0 ? rc : db_changes(db) == 1 ? E_EXISTS : E_NOT_FOUND;
}

static int add_row(struct db *db, const struct package *p)
{
	struct buf packed = {0};
	struct query q;
	int rc;

	extents_pack(&packed, p->extents, p->extent_count);
	q = db_query(db, SQL_PACKAGE_ADD);
	query_text(&q, 1, str_n(p->id, PACKAGE_ID));
	query_int(&q, 2, p->size);
	query_int(&q, 3, p->unpacked);
	query_int(&q, 4, clock_wall_ms());
	query_bytes(&q, 5, str_n(packed.data, packed.len));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc < 0 ? rc : extents_adopt(db, p->extents, p->extent_count);
}

int package_add(struct db *db, const struct package *p)
{
	int64_t total;
	int rc;

	CHECK(strlen(p->id) == PACKAGE_ID && p->extent_count > 0);
	for (int i = 0; i < p->extent_count; i++)
		CHECK(p->extents[i].kind == EXTENT_FILE);
	if ((rc = renew(db, str_n(p->id, PACKAGE_ID))) != E_NOT_FOUND)
		return rc;
	if ((rc = package_total(db, &total)) < 0)
		return rc;
	return p->size > PACKAGES_BYTES_MAX - total ? E_FULL : add_row(db, p);
}

/* What documents name. */

struct naming {
	package_named_fn *each;
	void *owner;
};

static int name_one(struct naming *n, const char *document, const struct json_value *v)
{
	struct str id = json_text(v, "Package");

	return id.n ? n->each(n->owner, document, id) : 0;
}

static int name_all(struct naming *n, const char *document, struct str text)
{
	const struct json_value *layers;
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, text, &v);

	if (rc < 0) {
		rc = E_CORRUPT;
		goto out;
	}
	rc = name_one(n, document, v);
	layers = json_get(v, "Layers");
	for (const struct json_value *l = layers ? layers->first : NULL; l && rc == 0; l = l->next)
		rc = name_one(n, document, l);
out:
	arena_clear(&a);
	return rc;
}

static int of_function(void *owner, const struct function_row *f)
{
	char document[FUNCTION_NAME_MAX + 32];

	snprintf(document, sizeof document, "function %.*s", STR_ARG(f->name));
	return name_all(owner, document, f->config);
}

static int of_records(struct db *db, struct naming *n)
{
	struct query q = db_query(db, SQL_RECORD_OF_KINDS);
	char document[RECORD_NAME_MAX + 64];
	int rc = 0, end;

	query_int(&q, 1, RECORD_VERSION);
	query_int(&q, 2, RECORD_LAYER_VERSION);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		if (col_int(&q, 0) == 0)
			snprintf(document, sizeof document, "layer %.*s", STR_ARG(col_str(&q, 1)));
		else
			snprintf(document, sizeof document, "version %.*s of function %lld", STR_ARG(col_str(&q, 1)),
				 (long long)col_int(&q, 0));
		rc = name_all(n, document, col_str(&q, 2));
	}
	end = query_end(&q);
	return end < 0 ? end : rc;
}

int package_each_named(struct db *db, package_named_fn *each, void *owner)
{
	struct naming n = { each, owner };
	int rc = function_list(db, of_function, &n);

	return rc < 0 ? rc : of_records(db, &n);
}

/* The sweep. */

struct candidate {
	char id[PACKAGE_ID + 1];
	bool named;
};

struct sweeping {
	struct candidate *list;		/* in the order of ids */
	int count;
};

/* Made later than now means that the clock was set back since. */
static int find_old(struct db *db, struct str after, struct sweeping *s)
{
	struct query q = db_query(db, SQL_PACKAGE_OLD);
	int64_t now = clock_wall_ms();

	s->count = 0;
	query_text(&q, 1, after);
	query_int(&q, 2, now - PACKAGE_GRACE_MS);
	query_int(&q, 3, now + PACKAGE_GRACE_MS);
	query_int(&q, 4, CANDIDATES);
	while (query_step(&q) == QUERY_ROW) {
		struct candidate *c = &s->list[s->count++];

		*c = (struct candidate){0};
		snprintf(c->id, sizeof c->id, "%.*s", STR_ARG(col_str(&q, 0)));
	}
	return query_end(&q);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct candidate *)a)->id, ((const struct candidate *)b)->id);
}

static int mark(void *owner, const char *document, struct str id)
{
	struct sweeping *s = owner;
	struct candidate key = {0}, *c;

	(void)document;
	snprintf(key.id, sizeof key.id, "%.*s", STR_ARG(id));
	c = bsearch(&key, s->list, (size_t)s->count, sizeof *s->list, compare);
	if (c)
		c->named = true;
	return 0;
}

static int remove_one(struct db *db, const char *id)
{
	struct arena a = {0};
	struct package p;
	struct query q;
	int rc;

	if ((rc = package_get(db, str_of(id), &a, &p)) < 0)
		goto out;
	q = db_query(db, SQL_PACKAGE_DELETE);
	query_text(&q, 1, str_of(id));
	if ((rc = query_run(&q)) == 0)
		rc = trash_add(db, p.extents, p.extent_count);
out:
	arena_clear(&a);
	return rc;
}

int package_sweep(struct db *db, int max, package_gone_fn *each, void *owner)
{
	struct sweeping s = { .list = calloc(CANDIDATES, sizeof *s.list) };
	char after[PACKAGE_ID + 1] = "";
	int n = 0, rc;

	CHECK(s.list != NULL);
	do {
		if ((rc = find_old(db, str_of(after), &s)) < 0 || s.count == 0 || (rc = package_each_named(db, mark, &s)) < 0)
			break;
		for (int i = 0; i < s.count && n < max && rc == 0; i++) {
			if (s.list[i].named)
				continue;
			if ((rc = remove_one(db, s.list[i].id)) == 0)
				each(owner, s.list[i].id);
			n++;
		}
		memcpy(after, s.list[s.count - 1].id, sizeof after);
	} while (rc == 0 && n < max && s.count == CANDIDATES);
	free(s.list);
	return rc < 0 ? rc : n;
}
