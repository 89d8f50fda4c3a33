#include "pipeline/lifecycle_rule.h"

#include "base/clock.h"
#include "base/err.h"

static int read_rule(const struct json_value *v, struct lifecycle_rule *r)
{
	const struct json_value *marker = json_get(v, "ExpiredObjectDeleteMarker");
	struct str date = json_text(v, "Date");

	*r = (struct lifecycle_rule){
		.id = json_text(v, "Id"), .prefix = json_text(v, "Prefix"), .tags = json_get(v, "Tags"),
		.greater = json_number(v, "ObjectSizeGreaterThan", -1), .less = json_number(v, "ObjectSizeLessThan", -1),
		.days = json_number(v, "Days", 0), .has_date = str_is_set(date), .markers = marker && marker->yes,
		.noncurrent_days = json_number(v, "NoncurrentDays", 0), .newer = json_number(v, "NewerNoncurrentVersions", 0),
		.abort_days = json_number(v, "DaysAfterInitiation", 0),
	};
	return r->has_date ? clock_parse_iso(date, &r->date_ms) : 0;
}

static struct str common(struct str a, struct str b)
{
	size_t n = 0;

	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return str_n(a.p ? a.p : "", n);
}

int lifecycle_read(struct arena *a, const struct json_value *document, int64_t day_ms, struct lifecycle_rules *out)
{
	const struct json_value *list = json_get(document, "Rules");
	int rc = 0;

	*out = (struct lifecycle_rules){ .day_ms = day_ms };
	if (!list || list->kind != JSON_ARRAY || list->count > LIFECYCLE_RULES_MAX)
		return E_BAD_INPUT;
	out->rule = arena_take(a, (size_t)(list->count + 1) * sizeof *out->rule);
	for (const struct json_value *v = list->first; v && rc == 0; v = v->next) {
		const struct json_value *enabled = json_get(v, "Enabled");
		struct lifecycle_rule *r = &out->rule[out->count];

		if (!enabled || !enabled->yes)
			continue;
		rc = read_rule(v, r);
		out->prefix = out->count++ == 0 ? r->prefix : common(out->prefix, r->prefix);
		out->tags = out->tags || r->tags;
	}
	return rc;
}

int64_t lifecycle_due_ms(int64_t from_ms, int64_t days, int64_t day_ms)
{
	return (from_ms / day_ms + days + 1) * day_ms;
}

static bool has_tags(const struct json_value *wanted, const struct json_value *tags)
{
	for (const struct json_value *w = wanted ? wanted->first : NULL; w; w = w->next) {
		const struct json_value *t = tags ? tags->first : NULL;

		while (t && !(str_eq(t->name, w->name) && str_eq(t->text, w->text)))
			t = t->next;
		if (!t)
			return false;
	}
	return true;
}

static bool matches(const struct lifecycle_rule *r, const struct lifecycle_thing *t)
{
	return str_starts(t->key, r->prefix) && (r->greater < 0 || t->size > r->greater) && (r->less < 0 || t->size < r->less) &&
	       has_tags(r->tags, t->tags);
}

static bool is_due(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t days, int64_t now_ms)
{
	return days > 0 && lifecycle_due_ms(t->from_ms, days, r->day_ms) <= now_ms;
}

static bool has_expired(const struct lifecycle_rules *all, const struct lifecycle_rule *r, const struct lifecycle_thing *t, int64_t now_ms)
{
	return is_due(all, t, r->days, now_ms) || (r->has_date && r->date_ms <= now_ms);
}

const struct lifecycle_rule *lifecycle_first(const struct lifecycle_rules *all, const struct lifecycle_thing *t, int64_t *due_ms)
{
	const struct lifecycle_rule *first = NULL;

	for (int i = 0; i < all->count; i++) {
		const struct lifecycle_rule *r = &all->rule[i];
		int64_t due = r->has_date ? r->date_ms : lifecycle_due_ms(t->from_ms, r->days, all->day_ms);

		if ((!r->has_date && r->days == 0) || !matches(r, t) || (first && *due_ms <= due))
			continue;
		first = r;
		*due_ms = due;
	}
	return first;
}

bool lifecycle_ends_object(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms)
{
	for (int i = 0; i < r->count; i++)
		if (has_expired(r, &r->rule[i], t, now_ms) && matches(&r->rule[i], t))
			return true;
	return false;
}

bool lifecycle_ends_noncurrent(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms)
{
	for (int i = 0; i < r->count; i++)
		if (is_due(r, t, r->rule[i].noncurrent_days, now_ms) && t->newer >= r->rule[i].newer && matches(&r->rule[i], t))
			return true;
	return false;
}

bool lifecycle_ends_marker(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms)
{
	for (int i = 0; i < r->count; i++)
		if ((r->rule[i].markers || has_expired(r, &r->rule[i], t, now_ms)) && matches(&r->rule[i], t))
			return true;
	return false;
}

bool lifecycle_ends_upload(const struct lifecycle_rules *r, const struct lifecycle_thing *t, int64_t now_ms)
{
	for (int i = 0; i < r->count; i++)
		if (is_due(r, t, r->rule[i].abort_days, now_ms) && str_starts(t->key, r->rule[i].prefix))
			return true;
	return false;
}
