/* job_hook.c - the webhook of the photo's bucket is told how the job ended, in the change that ends it. */
#include "pipeline/job_parts.h"

#include "base/clock.h"
#include "base/err.h"
#include "pipeline/photo_status.h"
#include "pipeline/shelf.h"
#include "pipeline/webhook.h"

static enum outbox_what what_of(const struct job *j)
{
	return j->reason != REASON_NONE ? OUTBOX_FAILED : OUTBOX_READY;
}

void job_prepare_hook(struct job *j)
{
	struct webhook hook;

	j->hooked = false;
	if (job_is_alone(j) || j->row.backfill != 0 || !j->bucket[0] || j->stale || event_is_removal(j->row.kind))
		return;
	if (webhook_read(shelf_get(j->spec.m->shelf, str_of(j->bucket), RECORD_BUCKET_WEBHOOK), &hook))
		j->hooked = hook.told[what_of(j)];
}

/* What came of it goes along, unless it cannot be told. */
static int write_payload(struct job *j, struct db *db, struct buf *to, bool details)
{
	struct photo_asked asked = { str_of(j->bucket), j->row.key, j->row.seq };
	struct json w = json_into(to);
	char when[CLOCK_TEXT_MAX];
	enum photo_state state;
	bool missing;
	int rc = 0;

	json_open(&w, NULL, '{');
	json_cstr(&w, "type", outbox_word(what_of(j)));
	json_cstr(&w, "time", clock_iso_ms(when, clock_wall_ms()));
	json_cstr(&w, "bucket", j->bucket);
	json_str(&w, "key", j->row.key);
	photo_version_write(&w, "version", j->row.seq);
	json_cstr(&w, "function", j->spec.version->of->name);
	if (details)
		rc = photo_status_write_inside(db, &asked, &w, &state, &missing);
	json_close(&w);
	return rc;
}

static int put(struct job *j, struct db *db, bool details)
{
	struct outbox_line l = { .bucket = j->row.bucket, .key = j->row.key, .seq = j->row.seq, .what = what_of(j) };
	struct buf payload = {0};
	int rc = write_payload(j, db, &payload, details);

	l.payload = str_n(payload.data, payload.len);
	if (rc == 0)
		rc = outbox_put(db, &l, j->spec.m->settings.webhook_waiting_max);
	buf_clear(&payload);
	return rc;
}

int job_hook(struct job *j, struct db *db)
{
	int rc = j->hooked ? put(j, db, true) : 0;

	return rc == E_NOT_FOUND || rc == E_TOO_LARGE ? put(j, db, false) : rc;
}
