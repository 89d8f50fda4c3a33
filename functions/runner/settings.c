#include "functions/runner/settings.h"

#include <inttypes.h>
#include <stddef.h>

static const struct knob {
	const char *name;
	size_t at;
	int64_t otherwise, min, max;
} knobs[] = {
#define AT(member) offsetof(struct settings, member)
	{ "QUALITY",             AT(quality),             80,        1,    100 },
	{ "EFFORT",              AT(effort),              2,         0,    6 },
	{ "MAX_BYTES",           AT(max_bytes),           256 << 20, 1,    1 << 30 },
	{ "MAX_SIDE",            AT(max_side),            30000,     1,    65535 },
	{ "MAX_PIXELS",          AT(max_pixels),          100000000, 1,    1000000000 },
	{ "MAX_PIXELS_BUFFERED", AT(max_pixels_buffered), 40000000,  1,    1000000000 },
	{ "MAX_PIXELS_HEIF",     AT(max_pixels_heif),     24000000,  1,    1000000000 },
	{ "MAX_FRAMES",          AT(max_frames),          1000,      1,    1000000 },
	{ "MAX_SCANS",           AT(max_scans),           32,        1,    1000 },
	{ "MAX_PROFILE",         AT(max_profile),         4 << 20,   0,    16 << 20 },
#undef AT
};

static const struct {
	const char *ending;
	enum rendition_format format;
} endings[] = {
	{ ".webp", RENDITION_WEBP },
	{ ".jpg",  RENDITION_JPEG },
	{ ".jpeg", RENDITION_JPEG },
	{ ".png",  RENDITION_PNG },
};

static bool name_is_plain(struct str name)
{
	if (name.n > RENDITION_NAME_MAX || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

static bool format_of(struct str name, enum rendition_format *format)
{
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		struct str ending = str_of(endings[i].ending);

		if (name.n > ending.n && str_ends(name, ending)) {
			*format = endings[i].format;
			return true;
		}
	}
	return false;
}

static enum reason add_rendition(struct settings *s, struct str word, char message[SAY_MAX])
{
	struct rendition *r = &s->renditions[s->renditions_n];
	struct str side = word;
	int64_t n;

	if (s->renditions_n == THUMBNAIL_RENDITIONS_MAX)
		return say(message, REASON_SETTINGS, "RENDITIONS has more than %d entries", THUMBNAIL_RENDITIONS_MAX);
	str_next(&side, '=', &r->name);
	if (!str_is_set(side) || r->name.n == 0 || str_to_int(side, 1, RENDITION_SIDE_MAX, &n) < 0)
		return say(message, REASON_SETTINGS, "RENDITIONS: \"%.*s\" is not NAME=SIDE with a side of 1 to %d",
			   STR_ARG(word), RENDITION_SIDE_MAX);
	if (!name_is_plain(r->name) || !format_of(r->name, &r->format))
		return say(message, REASON_SETTINGS, "RENDITIONS: \"%.*s\" is not a name of letters, digits and \"._-\" "
			   "that ends in .webp, .jpg, .jpeg or .png", STR_ARG(r->name));
	for (int i = 0; i < s->renditions_n; i++)
		if (str_eq(s->renditions[i].name, r->name))
			return say(message, REASON_SETTINGS, "RENDITIONS names \"%.*s\" twice", STR_ARG(r->name));
	r->side = (int)n;
	s->renditions_n++;
	return REASON_NONE;
}

static enum reason read_renditions(struct settings *s, struct str list, char message[SAY_MAX])
{
	enum reason why = REASON_NONE;
	struct str word;

	while (why == REASON_NONE && str_next(&list, ' ', &word))
		if (word.n > 0)
			why = add_rendition(s, word, message);
	if (why == REASON_NONE && s->renditions_n == 0)
		why = say(message, REASON_SETTINGS, "RENDITIONS is empty");
	return why;
}

/* Absent is fine; anything but a text is not. */
static enum reason find(const struct json_value *env, const char *name, struct str *text, char message[SAY_MAX])
{
	const struct json_value *v = json_get(env, name);

	*text = (struct str){ 0 };
	if (v == NULL)
		return REASON_NONE;
	if (v->kind != JSON_STRING)
		return say(message, REASON_SETTINGS, "%s is not a text", name);
	*text = v->text;
	return REASON_NONE;
}

static enum reason read_knob(const struct json_value *env, const struct knob *k, int64_t *to, char message[SAY_MAX])
{
	struct str text;
	enum reason why;

	*to = k->otherwise;
	why = find(env, k->name, &text, message);
	if (why != REASON_NONE || !str_is_set(text))
		return why;
	if (str_to_int(text, k->min, k->max, to) < 0)
		return say(message, REASON_SETTINGS, "%s is not a number from %" PRId64 " to %" PRId64,
			   k->name, k->min, k->max);
	return REASON_NONE;
}

enum reason settings_read(const struct json_value *env, struct settings *s, char message[SAY_MAX])
{
	struct str list;
	enum reason why = REASON_NONE;

	*s = (struct settings){ 0 };
	for (size_t i = 0; i < sizeof knobs / sizeof knobs[0] && why == REASON_NONE; i++)
		why = read_knob(env, &knobs[i], (int64_t *)((char *)s + knobs[i].at), message);
	if (why == REASON_NONE)
		why = find(env, "RENDITIONS", &list, message);
	if (why != REASON_NONE)
		return why;
	if (!str_is_set(list))
		list = STR("small.webp=160 medium.webp=480 large.jpg=1280");
	return read_renditions(s, list, message);
}
