/* Ends what lifecycle rules have to end: what was found by one look, in one change. */
#include "base/check.h"
#include "base/err.h"
#include "pipeline/lifecycle_parts.h"
#include "storage/record.h"
#include "storage/version.h"

static const struct str by = STR("s3.amazonaws.com");

static int end_one(struct lifecycle *l, struct db *db, const struct found *f)
{
	struct actor who = { .principal = by, .source_ip = by };
	int rc;

	switch (f->what) {
	case END_OBJECT:
		return object_expire(db, l->m->store, l->id, f->key, f->seq, &who);
	case END_VERSION:
	case END_MARKER:
		return version_expire(db, l->m->store, l->id, f->key, f->born, &who);
	case END_UPLOAD:
		rc = upload_abort(db, str_of(l->bucket), f->key, f->upload);
		return rc == 0 ? 1 : rc == E_NOT_FOUND ? 0 : rc;
	case ENDINGS:
		break;
	}
	UNREACHABLE();
}

int lifecycle_end(struct change *c, struct db *db)
{
	struct lifecycle *l = container_of(c, struct lifecycle, change);
	struct arena a = {0};
	struct str now;
	int rc = record_get(db, RECORD_BUCKET_LIFECYCLE, l->id, STR(""), &a, &now);
	bool same = rc == 0 && str_eq(now, l->document);

	memset(l->ended, 0, sizeof l->ended);
	arena_clear(&a);
	if (!same)
		return rc == E_NOT_FOUND ? 0 : rc;
	for (int i = 0; i < l->found_count; i++) {
		if ((rc = end_one(l, db, &l->found[i])) < 0)
			return rc;
		l->ended[l->found[i].what] += rc;
	}
	return 0;
}
