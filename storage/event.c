#include "storage/event.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"

void event_sequencer(char to[SEQUENCER_SIZE], int64_t seq)
{
	snprintf(to, SEQUENCER_SIZE, "%016" PRIX64, (uint64_t)seq);
}

static void write_bucket(struct json *j, const struct event *e)
{
	struct buf arn = {0};

	buf_printf(&arn, "arn:aws:s3:::%.*s", STR_ARG(e->bucket));
	json_open(j, "bucket", '{');
	json_str(j, "name", e->bucket);
	json_open(j, "ownerIdentity", '{');
	json_str(j, "principalId", e->account);
	json_close(j);
	json_cstr(j, "arn", arn.data);
	json_close(j);
	buf_clear(&arn);
}

#define ETAG_OF_NOTHING "d41d8cd98f00b204e9800998ecf8427e"

/* S3 told of these only since version 2.3 of the message. */
static bool is_newer(enum event_kind k)
{
	return event_is_tagging(k) || k == EVENT_LIFECYCLE_DELETE || k == EVENT_LIFECYCLE_MARKER;
}

static bool is_marker(enum event_kind k)
{
	return k == EVENT_REMOVED_MARKER || k == EVENT_LIFECYCLE_MARKER;
}

static void write_object(struct json *j, const struct event *e)
{
	struct buf key = {0};
	char sequencer[SEQUENCER_SIZE];

	uri_encode(&key, e->key, URI_FORM);
	event_sequencer(sequencer, e->seq);
	json_open(j, "object", '{');
	json_str(j, "key", str_n(key.data, key.len));
	if (event_is_creation(e->kind))
		json_int(j, "size", e->size);
	if (is_marker(e->kind))
		json_cstr(j, "eTag", ETAG_OF_NOTHING);
	else if (!event_is_removal(e->kind))
		json_str(j, "eTag", e->etag);
	if (str_is_set(e->version))
		json_str(j, "versionId", e->version);
	if (!event_is_tagging(e->kind))
		json_cstr(j, "sequencer", sequencer);
	json_close(j);
	buf_clear(&key);
}

static void write_who(struct json *j, const struct event *e)
{
	json_open(j, "userIdentity", '{');
	json_str(j, "principalId", e->actor->principal);
	json_close(j);
	json_open(j, "requestParameters", '{');
	json_str(j, "sourceIPAddress", e->actor->source_ip);
	json_close(j);
	json_open(j, "responseElements", '{');
	json_str(j, "x-amz-request-id", e->actor->request_id);
	json_str(j, "x-amz-id-2", e->actor->host_id);
	json_close(j);
}

static void write_backfill(struct json *j, const struct event *e)
{
	if (e->backfill == 0)
		return;
	json_open(j, "minilab", '{');
	json_int(j, "backfill", e->backfill);
	if (e->presets.n > 0)
		json_str(j, "presets", e->presets);
	json_close(j);
}

struct str event_presets(struct str payload, struct arena *a)
{
	struct json_value *v;

	/* Keys in events are percent-encoded, so no key can look like this. */
	if (payload.n == 0 || !memmem(payload.p, payload.n, "\"minilab\":", 10) || json_parse(a, payload, &v) < 0)
		return (struct str){0};
	return json_text(json_get(v, "minilab"), "presets");
}

void event_write(struct buf *to, const struct event *e)
{
	struct json j = json_into(to);
	char at[CLOCK_TEXT_MAX];

	json_open(&j, NULL, '{');
	json_open(&j, "Records", '[');
	json_open(&j, NULL, '{');
	json_cstr(&j, "eventVersion", is_newer(e->kind) ? "2.3" : "2.1");
	json_cstr(&j, "eventSource", "aws:s3");
	json_str(&j, "awsRegion", e->region);
	json_cstr(&j, "eventTime", clock_iso_ms(at, e->at_ms));
	json_cstr(&j, "eventName", event_name(e->kind) + strlen("s3:"));
	write_who(&j, e);
	json_open(&j, "s3", '{');
	json_cstr(&j, "s3SchemaVersion", "1.0");
	json_str(&j, "configurationId", e->rule);
	write_bucket(&j, e);
	write_object(&j, e);
	json_close(&j);
	json_close(&j);
	json_close(&j);
	write_backfill(&j, e);
	json_close(&j);
}
