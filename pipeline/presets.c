#include "pipeline/presets.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "functions/rendition.h"

_Static_assert(PRESETS_ERROR_MAX >= RENDITION_ERROR_MAX + 120, "a rendition's fault and the place it stands at");

struct preset {
	struct str name, text;		/* text is NAME=SPEC */
};

struct place {
	struct str where;		/* as written */
	struct str bucket, prefix, list;
};

struct presets {
	struct arena arena;		/* owned: all texts */
	struct preset presets[PRESETS_MAX];
	struct place places[PLACES_MAX];
	int count, places_count;
};

static const struct rendition_defaults defaults = { 0, -1 };

static const struct preset *find_preset(const struct presets *p, struct str name)
{
	for (int i = 0; p && i < p->count; i++)
		if (str_eq(p->presets[i].name, name))
			return &p->presets[i];
	return NULL;
}

static int complain(char error[PRESETS_ERROR_MAX], const char *setting, struct str where, const char *why)
{
	snprintf(error, PRESETS_ERROR_MAX, "%s %.*s: %s", setting, (int)(where.n < 100 ? where.n : 100), where.p, why);
	return E_BAD_INPUT;
}

static int add_preset(struct presets *p, struct str text, char error[PRESETS_ERROR_MAX])
{
	char why[RENDITION_ERROR_MAX];
	struct rendition r;
	int at = 0;

	if (rendition_parse(text, &defaults, &r, why) < 0) {
		snprintf(error, PRESETS_ERROR_MAX, "preset %s", why);
		return E_BAD_INPUT;
	}
	while (at < p->count && !str_eq(p->presets[at].name, r.name))
		at++;
	if (at == PRESETS_MAX)
		return complain(error, "preset", r.name, "there are too many of them");
	p->presets[at].text = arena_str(&p->arena, text);
	p->presets[at].name = str_n(p->presets[at].text.p, r.name.n);
	p->count += at == p->count;
	return 0;
}

/* The names of presets replaced by what they stand for. */
static struct str expand(const struct presets *p, struct str list, struct arena *a)
{
	struct buf to = { 0 };
	struct str word, text;

	while (str_next(&list, ' ', &word)) {
		const struct preset *preset = find_preset(p, word);

		if (word.n == 0)
			continue;
		text = preset ? preset->text : word;
		buf_add(&to, text.p, text.n);
		buf_puts(&to, " ");
	}
	text = arena_str(a, str_n(to.data, to.len));
	buf_clear(&to);
	return text;
}

static int check_list(const struct presets *p, struct str list, char why[RENDITION_ERROR_MAX])
{
	struct rendition r[THUMBNAIL_RENDITIONS_MAX];
	struct arena a = { 0 };
	int rc = rendition_parse_list(expand(p, list, &a), &defaults, r, why);

	arena_clear(&a);
	return rc < 0 ? rc : 0;
}

/* "BUCKET/PREFIX NAME ..." */
static int add_place(struct presets *p, struct str line, char error[PRESETS_ERROR_MAX])
{
	char why[RENDITION_ERROR_MAX];
	struct place place;
	struct str where, key;
	int at = 0;

	str_next(&line, ' ', &where);
	place = (struct place){ .where = arena_str(&p->arena, where), .list = arena_str(&p->arena, line) };
	key = place.where;
	str_next(&key, '/', &place.bucket);
	if (place.bucket.n == 0 || uri_decode(&p->arena, key, false, &place.prefix) < 0)
		return complain(error, "renditions", where, "not BUCKET or BUCKET/PREFIX with %20 for blanks");
	if (check_list(p, place.list, why) < 0)
		return complain(error, "renditions", where, why);
	while (at < p->places_count && !str_eq(p->places[at].where, place.where))
		at++;
	if (at == PLACES_MAX)
		return complain(error, "renditions", where, "there are too many of them");
	p->places[at] = place;
	p->places_count += at == p->places_count;
	return 0;
}

static int read_all(struct presets *p, struct str presets, struct str places, char error[PRESETS_ERROR_MAX])
{
	struct str line, word;
	int rc = 0;

	while (rc == 0 && str_next(&presets, '\n', &line))
		while (rc == 0 && str_next(&line, ' ', &word))
			if (word.n > 0)
				rc = add_preset(p, word, error);
	while (rc == 0 && str_next(&places, '\n', &line)) {
		line = str_trim(line);
		if (line.n > 0)
			rc = add_place(p, line, error);
	}
	return rc;
}

int presets_open(struct presets **out, struct str presets, struct str places, char error[PRESETS_ERROR_MAX])
{
	struct presets *p = calloc(1, sizeof *p);
	int rc;

	CHECK(p != NULL);
	rc = read_all(p, presets, places, error);
	if (rc < 0) {
		presets_close(p);
		p = NULL;
	}
	*out = p;
	return rc;
}

void presets_close(struct presets *p)
{
	if (!p)
		return;
	arena_clear(&p->arena);
	free(p);
}

static const struct place *find_place(const struct presets *p, struct str bucket, struct str key)
{
	const struct place *best = NULL;

	for (int i = 0; i < p->places_count; i++) {
		const struct place *place = &p->places[i];

		if (str_eq(place->bucket, bucket) && str_starts(key, place->prefix) && (!best || place->prefix.n > best->prefix.n))
			best = place;
	}
	return best;
}

struct str presets_environment(const struct presets *p, struct str environment, struct str bucket, struct str key, struct arena *a)
{
	const struct place *place = p ? find_place(p, bucket, key) : NULL;
	struct json_value *v;
	struct buf to = { 0 };
	struct json j = json_into(&to);
	struct str list;

	if (!p || (p->count == 0 && !place) || json_parse(a, environment, &v) < 0)
		return environment;
	list = place ? place->list : json_text(v, "RENDITIONS");
	if (!str_is_set(list))
		return environment;
	json_open(&j, NULL, '{');
	for (const struct json_value *member = v->first; member; member = member->next) {
		if (str_eq(member->name, STR("RENDITIONS")))
			continue;
		json_name(&j, member->name);
		json_value(&j, JSON_NAMED, member);
	}
	json_str(&j, "RENDITIONS", expand(p, list, a));
	json_close(&j);
	list = arena_str(a, str_n(to.data, to.len));
	buf_clear(&to);
	return list;
}

static struct str expand_tidily(const struct presets *p, struct str list, struct arena *a)
{
	struct str s = str_is_set(list) ? str_trim(expand(p, list, a)) : STR("");

	return s.n > 0 ? s : STR("");
}

struct str presets_list(const struct presets *p, struct str list, struct str bucket, struct str key, struct arena *a)
{
	const struct place *place = p ? find_place(p, bucket, key) : NULL;

	return expand_tidily(p, place ? place->list : list, a);
}

int presets_lists(const struct presets *p, struct str list, struct str bucket, struct arena *a, struct str lists[PRESETS_LISTS_MAX])
{
	bool whole = false;
	int n = 0;

	for (int i = 0; p && i < p->places_count; i++) {
		if (!str_eq(p->places[i].bucket, bucket))
			continue;
		whole = whole || p->places[i].prefix.n == 0;
		lists[n++] = expand_tidily(p, p->places[i].list, a);
	}
	if (!whole)
		lists[n++] = expand_tidily(p, list, a);
	return n;
}

int presets_check(const struct presets *p, struct str environment, char error[PRESETS_ERROR_MAX])
{
	char why[RENDITION_ERROR_MAX];
	struct arena a = { 0 };
	struct json_value *v;
	struct str list;
	int rc = 0;

	if (json_parse(&a, environment, &v) == 0) {
		list = json_text(v, "RENDITIONS");
		if (str_is_set(list) && (rc = check_list(p, list, why)) < 0)
			snprintf(error, PRESETS_ERROR_MAX, "RENDITIONS: %s", why);
	}
	arena_clear(&a);
	return rc;
}
