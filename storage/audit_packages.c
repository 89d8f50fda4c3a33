/* Are the code packages there, as they were given, and all that documents name? */
#include "base/codec.h"
#include "base/err.h"
#include "storage/audit_parts.h"

#define SHA256_SIZE 32

/* What is wrong with a package's bytes, or NULL. */
static const char *wrong_with(struct auditing *a, const struct package *p)
{
	uint8_t sha[DIGEST_SIZE_MAX];
	char id[PACKAGE_ID + 1];
	const char *wrong = NULL;
	struct digest d;
	int64_t n = 0;

	digest_begin(&d, DIGEST_SHA256);
	for (int i = 0; i < p->extent_count && !wrong; i++) {
		wrong = audit_feed(a, &p->extents[i], &d);
		n += (int64_t)p->extents[i].len;
	}
	digest_end(&d, sha);
	hex_encode(id, sha, SHA256_SIZE);
	if (wrong)
		return wrong;
	if (n != p->size)
		return "they are not as many as the row says";
	return str_eq(str_of(id), str_of(p->id)) ? NULL : "they are not those of its SHA-256";
}

int audit_package_row(struct auditing *a, const struct package *p)
{
	int rc = 0;

	for (int i = 0; i < p->extent_count && rc == 0; i++)
		rc = audit_file(a, &p->extents[i], 0, str_of(p->id));
	return rc;
}

/* On a live store it may have gone while we looked. */
int audit_package_bytes(struct auditing *a, const struct package *p)
{
	const char *wrong = wrong_with(a, p);
	struct arena arena = {0};
	struct package now;
	int rc = wrong ? package_get(a->db, str_of(p->id), &arena, &now) : 0;

	arena_clear(&arena);
	if (wrong && rc == 0)
		audit_found(a, "package", 0, str_of(p->id), "its bytes: %s", wrong);
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int check_named(void *owner, const char *document, struct str id)
{
	struct auditing *a = owner;
	struct arena arena = {0};
	struct package p;
	int rc = package_get(a->db, id, &arena, &p);

	arena_clear(&arena);
	if (rc == E_NOT_FOUND)
		audit_found(a, "package", 0, id, "%s names it, and it is not there", document);
	return rc == E_NOT_FOUND || rc == E_CORRUPT ? 0 : rc;
}

int audit_documents(struct auditing *a)
{
	int rc = db_snapshot_begin(a->db);

	if (rc == 0)
		rc = package_each_named(a->db, check_named, a);
	db_snapshot_end(a->db);
	if (rc == E_CORRUPT) {
		audit_found(a, "package", 0, STR(""), "a function's document cannot be read");
		rc = 0;
	}
	return rc;
}
