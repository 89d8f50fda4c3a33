/* result_row.c - the row of a photo, as DynamoDB's typed JSON. What the cage says goes in only under the
 * names of a table, so that it can never touch the key or the status. */
#include "pipeline/result.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "pipeline/similar.h"

#define FACT_TEXT_MAX 1024
#define FACT_LIST_MAX 64
#define FACT_DIGITS_MAX 30

static const struct fact {
	const char *name;
	enum json_kind kind;
} facts[] = {
	{ "width", JSON_NUMBER }, { "height", JSON_NUMBER }, { "format", JSON_STRING }, { "frames", JSON_NUMBER },
	{ "bit_depth", JSON_NUMBER }, { "color_space", JSON_STRING }, { "icc", JSON_STRING }, { "icc_ignored", JSON_BOOL },
	{ "hdr", JSON_STRING }, { "sha256", JSON_STRING },
	/* what became of it */
	{ "degraded", JSON_BOOL }, { "read", JSON_NUMBER }, { "animation_cut", JSON_BOOL },
	/* how it looks */
	{ "thumbhash", JSON_STRING }, { "blurhash", JSON_STRING }, { "phash", JSON_STRING }, { "color", JSON_STRING },
	{ "palette", JSON_ARRAY },
	/* what it says about itself */
	{ "camera", JSON_STRING }, { "lens", JSON_STRING }, { "exposure", JSON_STRING }, { "aperture", JSON_NUMBER },
	{ "focal_length", JSON_NUMBER }, { "focal_length_35", JSON_NUMBER }, { "iso", JSON_NUMBER }, { "taken_at", JSON_STRING },
	{ "latitude", JSON_NUMBER }, { "longitude", JSON_NUMBER }, { "altitude", JSON_NUMBER }, { "title", JSON_STRING },
	{ "caption", JSON_STRING }, { "keywords", JSON_ARRAY }, { "rating", JSON_NUMBER }, { "copyright", JSON_STRING },
	{ "artist", JSON_STRING },
};

/* Of an entry of "palette". */
static const struct fact shares[] = { { "color", JSON_STRING }, { "share", JSON_NUMBER } };

static void text(struct json *j, const char *name, struct str s)
{
	json_open(j, name, '{');
	json_str(j, "S", s);
	json_close(j);
}

static void number(struct json *j, const char *name, struct str digits)
{
	json_open(j, name, '{');
	json_str(j, "N", digits);
	json_close(j);
}

static void integer(struct json *j, const char *name, int64_t n)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, n);
	number(j, name, str_of(digits));
}

/* A text, a number or a truth of the wanted kind; anything else is left out. */
static void plain(struct json *j, const struct fact *f, const struct json_value *v)
{
	if (!v || v->kind != f->kind || v->text.n > FACT_TEXT_MAX)
		return;
	if (f->kind == JSON_NUMBER && (v->text.n > FACT_DIGITS_MAX || memchr(v->text.p, 'e', v->text.n) || memchr(v->text.p, 'E', v->text.n)))
		return;		/* the table has 38 digits; no fact needs as many */
	if (f->kind == JSON_STRING) {
		text(j, f->name, v->text);
	} else if (f->kind == JSON_NUMBER) {
		number(j, f->name, v->text);
	} else if (f->kind == JSON_BOOL) {
		json_open(j, f->name, '{');
		json_bool(j, "BOOL", v->yes);
		json_close(j);
	}
}

/* Of texts, or of colours with their shares. */
static void list(struct json *j, const char *name, const struct json_value *v)
{
	int n = 0;

	json_open(j, name, '{');
	json_open(j, "L", '[');
	for (const struct json_value *one = v->first; one && n < FACT_LIST_MAX; one = one->next, n++) {
		if (one->kind != JSON_OBJECT) {
			plain(j, &(struct fact){ NULL, JSON_STRING }, one);
			continue;
		}
		json_open(j, NULL, '{');
		json_open(j, "M", '{');
		for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
			plain(j, &shares[i], json_get(one, shares[i].name));
		json_close(j);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void fact(struct json *j, const struct fact *f, const struct json_value *photo)
{
	const struct json_value *v = json_get(photo, f->name);

	if (v && v->kind == JSON_ARRAY && f->kind == JSON_ARRAY)
		list(j, f->name, v);
	else
		plain(j, f, v);
}

static void bands(struct json *j, struct str phash)
{
	struct similar_bands b;

	if (!similar_bands(phash, &b))
		return;
	for (int i = 0; i < SIMILAR_BANDS; i++)
		text(j, similar_attribute(i), b.of[i]);
}

static void thumbnails(struct json *j, const struct result *r)
{
	json_open(j, "thumbnails", '{');
	json_open(j, "L", '[');
	for (int i = 0; i < r->count; i++) {
		const struct rendition *one = &r->renditions[i];

		json_open(j, NULL, '{');
		json_open(j, "M", '{');
		text(j, "name", one->name);
		text(j, "key", one->key);
		text(j, "content_type", one->content_type);
		integer(j, "width", one->width);
		integer(j, "height", one->height);
		integer(j, "size", (int64_t)one->bytes.n);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void original(struct json *j, const struct row_facts *f)
{
	char when[CLOCK_TEXT_MAX];
	struct arena a = {0};
	struct json_value *headers;

	text(j, "key", f->original->key);
	text(j, "origin", f->bucket);
	text(j, "uploaded_at", str_of(clock_iso_ms(when, f->original->mtime_ms)));
	text(j, "etag", f->original->etag);
	integer(j, "size", f->original->size);
	if (json_parse(&a, f->original->headers, &headers) == 0 && json_text(headers, "content-type").n > 0)
		text(j, "content_type", json_text(headers, "content-type"));
	arena_clear(&a);
}

void result_row(struct buf *to, const struct row_facts *f)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	original(&j, f);
	integer(&j, "attempts", f->attempts);
	text(&j, "status", f->reason == REASON_NONE ? STR("done") : STR("failed"));
	if (f->reason != REASON_NONE) {
		text(&j, "reason", str_of(reason_code(f->reason)));
		text(&j, "message", str_of(f->message));
	} else {
		text(&j, "thumbnails_bucket", f->to_bucket);
		thumbnails(&j, f->result);
		for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
			fact(&j, &facts[i], f->result->photo);
		if (f->bands)
			bands(&j, json_text(f->result->photo, "phash"));
	}
	json_close(&j);
}
