#include "functions/runner/settings.h"

#include <stddef.h>

/* Not said: each format has its own default (functions/rendition.h). */
static const struct knob knobs[] = {
#define AT(member) offsetof(struct settings, member)
	{ "QUALITY", AT(quality), 0,  1, 100 },
	{ "EFFORT",  AT(effort),  -1, 0, 6 },
#undef AT
};

static enum reason read_renditions(struct settings *s, struct str list, char message[SAY_MAX])
{
	char error[RENDITION_ERROR_MAX];

	s->renditions_n = rendition_parse_list(list, &(struct rendition_defaults){ (int)s->quality, (int)s->effort }, s->renditions,
					       error);
	return s->renditions_n < 0 ? say(message, REASON_SETTINGS, "RENDITIONS: %s", error) : REASON_NONE;
}

enum reason settings_read(const struct json_value *env, struct settings *s, char message[SAY_MAX])
{
	struct str list;
	enum reason why;

	*s = (struct settings){ 0 };
	why = knobs_read(env, knobs, sizeof knobs / sizeof knobs[0], s, message);
	if (why == REASON_NONE)
		why = limits_read(env, &s->limits, message);
	if (why == REASON_NONE)
		why = wishes_read(env, &s->wishes, message);
	if (why == REASON_NONE)
		why = knob_text(env, "RENDITIONS", &list, message);
	if (why != REASON_NONE)
		return why;
	if (!str_is_set(list))
		list = STR("small.webp=160 medium.webp=480 large.jpg=1280");
	return read_renditions(s, list, message);
}
