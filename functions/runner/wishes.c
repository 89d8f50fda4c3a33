#include "functions/runner/wishes.h"

static const struct knob knobs[] = {
#define AT(member) offsetof(struct wishes, member)
	{ "PHASH",    AT(phash),    1, 0, 1 },
	{ "PALETTE",  AT(palette),  1, 0, 1 },
	{ "BLURHASH", AT(blurhash), 0, 0, 1 },
	{ "SHA256",   AT(sha256),   1, 0, 1 },
#undef AT
};

static const struct {
	struct str word;
	enum gps gps;
} policies[] = { { STR("keep"), GPS_KEEP }, { STR("round"), GPS_ROUND }, { STR("drop"), GPS_DROP } };

static enum reason read_gps(const struct json_value *env, enum gps *to, char message[SAY_MAX])
{
	struct str text;
	enum reason why = knob_text(env, "GPS", &text, message);

	*to = GPS_KEEP;
	if (why != REASON_NONE || !str_is_set(text))
		return why;
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (str_eq(text, policies[i].word)) {
			*to = policies[i].gps;
			return REASON_NONE;
		}
	return say(message, REASON_SETTINGS, "GPS is not keep, round or drop");
}

enum reason wishes_read(const struct json_value *env, struct wishes *w, char message[SAY_MAX])
{
	enum reason why = knobs_read(env, knobs, sizeof knobs / sizeof knobs[0], w, message);

	return why == REASON_NONE ? read_gps(env, &w->gps, message) : why;
}
