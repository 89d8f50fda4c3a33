#include "pipeline/gallery_row.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

/* Small letters of ASCII only: others are as they are typed. */
static bool contains(struct str in, struct str text)
{
	int first;

	if (text.n == 0)
		return true;
	first = tolower((unsigned char)text.p[0]);
	for (size_t i = 0; i + text.n <= in.n; i++)
		if (tolower((unsigned char)in.p[i]) == first && str_ieq(str_n(in.p + i, text.n), text))
			return true;
	return false;
}

/* JSON has some characters in another form than they were typed in. */
static bool is_as_in_json(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/')
			return false;
	}
	return true;
}

bool gallery_row_may_match(const struct gallery_ask *ask, struct str item)
{
	if (is_as_in_json(ask->text) && !contains(item, ask->text))
		return false;
	if (is_as_in_json(ask->camera) && !contains(item, ask->camera))
		return false;
	return !ask->failed_only || contains(item, STR("failed"));
}

static struct str text_of(const struct json_value *row, const char *name)
{
	return json_text(json_get(row, name), "S");
}

/* ISO dates compare as texts; those asked for may be shorter: a day, a month. */
static bool is_between(struct str date, struct str from, struct str to)
{
	struct str head = { date.p, date.n < to.n ? date.n : to.n };

	return (from.n == 0 || str_cmp(date, from) >= 0) && (to.n == 0 || str_cmp(head, to) <= 0);
}

static bool matches(const struct gallery_ask *ask, const struct json_value *row)
{
	struct str date = text_of(row, "taken_at");

	if (date.n == 0)
		date = text_of(row, "uploaded_at");
	return contains(text_of(row, "key"), ask->text) && contains(text_of(row, "camera"), ask->camera) && is_between(date, ask->from, ask->to) &&
	       (!ask->failed_only || str_eq(text_of(row, "status"), STR("failed")));
}

bool gallery_object_matches(const struct gallery_ask *ask, const struct object *o)
{
	char when[CLOCK_TEXT_MAX];

	return ask->camera.n == 0 && !ask->failed_only && contains(o->key, ask->text) &&
	       is_between(str_of(clock_iso_ms(when, o->mtime_ms)), ask->from, ask->to);
}

static void number(struct json *j, const char *name, const struct json_value *row)
{
	struct str n = json_text(json_get(row, name), "N");

	if (n.n > 0)
		json_raw(j, name, n);
}

static void text(struct json *j, const char *name, const struct json_value *row)
{
	struct str s = text_of(row, name);

	if (s.n > 0)
		json_str(j, name, s);
}

static void thumbs(struct json *j, const struct json_value *row)
{
	const struct json_value *list = json_get(json_get(row, "thumbnails"), "L");

	json_str(j, "bucket", text_of(row, "thumbnails_bucket"));
	json_open(j, "thumbs", '[');
	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next) {
		const struct json_value *map = json_get(v, "M");

		json_open(j, NULL, '{');
		text(j, "name", map);
		text(j, "key", map);
		number(j, "width", map);
		number(j, "height", map);
		json_close(j);
	}
	json_close(j);
}

int gallery_row_write(const struct gallery_ask *ask, struct str item, struct arena *a, struct json *j)
{
	static const char *const texts[] = { "uploaded_at", "thumbhash", "color", "camera", "taken_at", "reason", "message", "sequencer" };
	static const char *const numbers[] = { "size", "width", "height", "read" };
	struct json_value *row;
	bool ready;

	if (json_parse(a, item, &row) < 0)
		return E_BAD_INPUT;
	if (!matches(ask, row))
		return 0;
	ready = str_eq(text_of(row, "status"), STR("done"));
	json_open(j, NULL, '{');
	text(j, "key", row);
	json_cstr(j, "state", ready ? "ready" : "failed");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text(j, texts[i], row);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		number(j, numbers[i], row);
	if (ready)
		thumbs(j, row);
	json_close(j);
	return 1;
}
