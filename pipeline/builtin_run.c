#include "pipeline/builtin_run.h"

#include <stdio.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/json.h"
#include "pipeline/job.h"
#include "pipeline/report.h"
#include "pipeline/result.h"

#define BAD_EVENT "the event is no S3 event with 1 to 100 Records, each with s3.bucket.name and s3.object.key"

static void next(struct builtin_run *b);

static void on_over(struct post *p)
{
	struct builtin_run *b = container_of(p, struct builtin_run, post);

	b->done(b);
}

static void end(struct builtin_run *b)
{
	b->post.call = on_over;
	lanes_post(b->m->lanes, &b->post);
}

/* What was made before stays made; the caller hears of the first failure. */
static void fail(struct builtin_run *b, const char *code, const char *message)
{
	struct json j;

	b->answer.len = 0;
	j = json_into(&b->answer);
	json_open(&j, NULL, '{');
	json_cstr(&j, "errorType", code);
	json_cstr(&j, "errorMessage", message);
	json_str(&j, "requestId", b->request);
	json_close(&j);
	b->error = true;
	end(b);
}

static void add_report(struct builtin_run *b, const struct job_outcome *o)
{
	struct custom_report *r = &b->report;

	r->duration_us += o->run_us;
	r->init_us += o->init_us;
	if (o->memory_peak_kb > r->memory_peak_kb)
		r->memory_peak_kb = o->memory_peak_kb;
	for (int i = 0; i < o->report->count; i++)
		buf_printf(&b->log, "%.*s\n", STR_ARG(str_trim(o->report->lines[i].text)));
}

static void on_settled(void *owner, const struct job_outcome *o)
{
	struct builtin_run *b = owner;

	add_report(b, o);
	if (o->end == JOB_END_LOST) {
		b->cut = true;
		end(b);
	} else if (o->code) {
		b->report.status = strcmp(o->code, reason_code(REASON_TIMEOUT)) == 0 ? "timeout" : "error";
		snprintf(b->report.error_type, sizeof b->report.error_type, "%s", o->code);
		fail(b, o->code, o->message);
	} else {
		if (o->end == JOB_END_DONE)
			result_tell(&b->json, o->result, o->to_bucket, &(struct photo_name){ b->bucket, b->key });
		b->record = b->record->next;
		next(b);
	}
}

/* An event of that record alone, as a rule of its bucket would have made it. */
static struct str event_of(struct builtin_run *b)
{
	struct buf text = {0};
	struct json j = json_into(&text);
	struct str s;

	json_open(&j, NULL, '{');
	json_open(&j, "Records", '[');
	json_value(&j, NULL, b->record);
	json_close(&j);
	json_close(&j);
	s = arena_str(&b->arena, str_n(text.data, text.len));
	buf_clear(&text);
	return s;
}

static bool read_record(struct builtin_run *b)
{
	const struct json_value *s3 = json_get(b->record, "s3");
	struct str key = json_text(json_get(s3, "object"), "key");

	b->bucket = json_text(json_get(s3, "bucket"), "name");
	return b->bucket.n > 0 && key.n > 0 && uri_decode(&b->arena, key, true, &b->key) == 0;
}

/* A removal needs nothing: thumbnails went with their original. */
static bool is_removal(const struct builtin_run *b)
{
	static const struct str starts[] = { STR("ObjectRemoved:"), STR("s3:ObjectRemoved:"), STR("LifecycleExpiration:"),
		STR("s3:LifecycleExpiration:") };
	struct str name = json_text(b->record, "eventName");

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (str_starts(name, starts[i]))
			return true;
	return false;
}

static void next(struct builtin_run *b)
{
	struct job_row row = { .function = b->version->of->id, .attempts = 1, .request = b->request };

	while (b->record && is_removal(b))
		b->record = b->record->next;
	if (!b->record) {
		json_close(&b->json);
		json_close(&b->json);
		end(b);
		return;
	}
	if (!read_record(b)) {
		fail(b, "Runtime.BadEvent", BAD_EVENT);
		return;
	}
	row.key = b->key;
	row.payload = event_of(b);
	job_start(&(struct job_spec){ .m = b->m, .version = catalog_ref(b->version), .row = &row, .bucket = b->bucket, .stream = b->stream,
				      .settled = on_settled, .owner = b });
}

void builtin_run_start(struct builtin_run *b)
{
	const struct json_value *records = NULL;
	struct json_value *v;

	if (json_parse(&b->arena, b->payload, &v) == 0)
		records = json_get(v, "Records");
	if (!records || records->kind != JSON_ARRAY || records->count == 0 || records->count > BUILTIN_RECORDS_MAX) {
		fail(b, "Runtime.BadEvent", BAD_EVENT);
		return;
	}
	b->json = json_into(&b->answer);
	json_open(&b->json, NULL, '{');
	json_open(&b->json, "Thumbnails", '[');
	b->record = records->first;
	next(b);
}

void builtin_run_clear(struct builtin_run *b)
{
	buf_clear(&b->answer);
	buf_clear(&b->log);
	arena_clear(&b->arena);
}
