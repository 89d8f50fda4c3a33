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

static enum reason read_renditions(struct settings *s, struct str list, char message[SAY_MAX])
{
	char error[RENDITION_ERROR_MAX];

	s->renditions_n = rendition_parse_list(list, &(struct rendition_defaults){ (int)s->quality, (int)s->effort }, s->renditions,
					       error);
	return s->renditions_n < 0 ? say(message, REASON_SETTINGS, "RENDITIONS: %s", error) : REASON_NONE;
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
