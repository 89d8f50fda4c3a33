#include "storage/bucket.h"

#include "base/clock.h"
#include "base/err.h"
#include "storage/record.h"
#include "storage/token.h"
#include "storage/trash.h"
#include "storage/upload.h"
#include "storage/version.h"

/* Reserved by S3 for access points, directory buckets and the like. */
static const struct str reserved_starts[] = { STR("xn--"), STR("sthree-"), STR("amzn-s3-demo-") };
static const struct str reserved_ends[] = { STR("-s3alias"), STR("--ol-s3"), STR(".mrap"), STR("--x-s3"),
	STR("--table-s3") };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Four runs of digits between dots: S3 refuses what looks like an address, whatever the numbers. */
static bool looks_like_ipv4(struct str name)
{
	struct str part;
	int parts = 0;

	while (str_next(&name, '.', &part)) {
		if (part.n == 0 || part.n > 3)
			return false;
		for (size_t i = 0; i < part.n; i++)
			if (part.p[i] < '0' || part.p[i] > '9')
				return false;
		parts++;
	}
	return parts == 4;
}

static bool is_reserved(struct str name)
{
	for (size_t i = 0; i < COUNT(reserved_starts); i++)
		if (str_starts(name, reserved_starts[i]))
			return true;
	for (size_t i = 0; i < COUNT(reserved_ends); i++)
		if (str_ends(name, reserved_ends[i]))
			return true;
	return false;
}

bool bucket_name_valid(struct str name)
{
	if (name.n < BUCKET_NAME_MIN || name.n > BUCKET_NAME_MAX)
		return false;
	if (!is_letter_or_digit(name.p[0]) || !is_letter_or_digit(name.p[name.n - 1]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!is_letter_or_digit(name.p[i]) && name.p[i] != '-' && name.p[i] != '.')
			return false;
		if (name.p[i] == '.' && name.p[i + 1] == '.')	/* the last byte is no dot */
			return false;
	}
	return !looks_like_ipv4(name) && !is_reserved(name);
}

static int count_buckets(struct db *db, int64_t *n)
{
	struct query q = db_query(db, SQL_BUCKET_COUNT);

	if (query_step(&q) == QUERY_ROW)
		*n = col_int(&q, 0);
	return query_end(&q);
}

int bucket_create(struct db *db, struct str name, int64_t *id)
{
	int64_t n = 0, unused;
	struct query q;
	int rc;

	if (!bucket_name_valid(name))
		return E_BAD_INPUT;
	rc = bucket_find(db, name, &unused, NULL);
	if (rc != E_NOT_FOUND)
		return rc < 0 ? rc : E_EXISTS;
	if ((rc = count_buckets(db, &n)) < 0)
		return rc;
	if (n >= BUCKETS_MAX)
		return E_TOO_LARGE;

	/* From the counter of versions, so that an id never comes back: journal lines and waiting jobs
	 * of a deleted bucket must not become those of another. */
	if ((*id = db_next_seq(db)) < 0)
		return (int)*id;
	q = db_query(db, SQL_BUCKET_ADD);
	query_int(&q, 1, *id);
	query_text(&q, 2, name);
	query_int(&q, 3, clock_wall_ms());
	return query_run(&q);
}

struct found {
	int64_t id, created_ms;
	bool versioned;
};

static int find(struct db *db, struct str name, struct found *f)
{
	struct query q = db_query(db, SQL_BUCKET_GET);
	bool found;
	int rc;

	query_text(&q, 1, name);
	found = query_step(&q) == QUERY_ROW;
	if (found)
		*f = (struct found){ col_int(&q, 0), col_int(&q, 1), col_int(&q, 2) != VERSIONING_NONE };
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

int bucket_find(struct db *db, struct str name, int64_t *id, int64_t *created_ms)
{
	struct found f;
	int rc = find(db, name, &f);

	if (rc < 0)
		return rc;
	*id = f.id;
	if (created_ms)
		*created_ms = f.created_ms;
	return 0;
}

int bucket_look(struct db *db, struct str name, int64_t *id, bool *versioned)
{
	struct found f;
	int rc = find(db, name, &f);

	if (rc < 0)
		return rc;
	*id = f.id;
	*versioned = f.versioned;
	return 0;
}

int bucket_name_of(struct db *db, int64_t id, char to[BUCKET_NAME_MAX + 1])
{
	struct query q = db_query(db, SQL_BUCKET_NAME);
	bool found;
	int rc;

	to[0] = '\0';
	query_int(&q, 1, id);
	found = query_step(&q) == QUERY_ROW;
	if (found) {
		struct str name = col_str(&q, 0);

		memcpy(to, name.p, name.n);
		to[name.n] = '\0';
	}
	rc = query_end(&q);
	return rc < 0 ? rc : found ? 0 : E_NOT_FOUND;
}

static int has_objects(struct db *db, int64_t id)
{
	struct query q = db_query(db, SQL_OBJECT_ANY);
	bool any;
	int rc;

	query_int(&q, 1, id);
	any = query_step(&q) == QUERY_ROW;
	rc = query_end(&q);
	return rc < 0 ? rc : any;
}

int bucket_delete(struct db *db, struct str name)
{
	struct query q;
	int64_t id;
	int rc;

	if ((rc = bucket_find(db, name, &id, NULL)) < 0)
		return rc;
	if ((rc = has_objects(db, id)) != 0)
		return rc < 0 ? rc : E_NOT_EMPTY;
	if ((rc = uploads_abort_all(db, id)) < 0)
		return rc;
	if ((rc = rules_replace(db, id, NULL, 0)) < 0)
		return rc;
	if ((rc = record_drop_bucket(db, id)) < 0)
		return rc;
	if ((rc = token_drop_bucket(db, id)) < 0)
		return rc;
	q = db_query(db, SQL_BUCKET_DELETE);
	query_int(&q, 1, id);
	return query_run(&q);
}

int bucket_list(struct db *db, struct str after, struct str prefix, int max, bucket_each_fn *each, void *owner)
{
	struct query q = db_query(db, SQL_BUCKET_LIST);
	bool past = str_is_set(after) && str_cmp(after, prefix) >= 0;
	int rc = 0, end;

	/* One statement for both: everything from the prefix on, or everything after `after`. */
	query_text(&q, 1, past ? after : str_is_set(prefix) ? prefix : STR(""));
	query_int(&q, 2, past);
	query_int(&q, 3, max);
	while (rc == 0 && query_step(&q) == QUERY_ROW) {
		if (!str_starts(col_str(&q, 1), prefix))
			break;
		rc = each(owner, col_int(&q, 0), col_str(&q, 1), col_int(&q, 2));
	}
	end = query_end(&q);
	return end < 0 ? end : rc < 0 ? rc : 0;
}
