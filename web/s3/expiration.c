#include "web/s3/expiration.h"

#include "base/clock.h"
#include "base/codec.h"
#include "pipeline/lifecycle_rule.h"

static const struct lifecycle_rule *find(struct s3 *s, const struct json_value *document, const struct object *o, int64_t *due_ms)
{
	struct lifecycle_thing t = { .key = s->key, .size = o->size, .from_ms = o->mtime_ms };
	struct lifecycle_rules rules;
	struct json_value *tags;

	if (lifecycle_read(&s->arena, document, s->m->settings.lifecycle_day_s * 1000, &rules) < 0)
		return NULL;
	if (rules.tags && str_is_set(o->tags) && json_parse(&s->arena, o->tags, &tags) == 0)
		t.tags = tags;
	return lifecycle_first(&rules, &t, due_ms);
}

void expiration_header(struct s3 *s, const struct object *o)
{
	const struct json_value *document = shelf_get(s->m->shelf, s->bucket, RECORD_BUCKET_LIFECYCLE);
	const struct lifecycle_rule *r;
	char when[CLOCK_TEXT_MAX];
	struct buf id = { 0 };
	int64_t due_ms;

	if (!document || !(r = find(s, document, o, &due_ms)))
		return;
	uri_encode(&id, r->id, URI_NOTHING);
	http_header(s->call->r, "x-amz-expiration", str_of(arena_printf(&s->arena, "expiry-date=\"%s\", rule-id=\"%.*s\"",
			clock_http(when, due_ms), (int)id.len, id.data ? id.data : "")));
	buf_clear(&id);
}
