#include "functions/runner/knob.h"

#include <inttypes.h>

enum reason knob_text(const struct json_value *env, const char *name, struct str *text, char message[SAY_MAX])
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

static enum reason read_one(const struct json_value *env, const struct knob *k, int64_t *to, char message[SAY_MAX])
{
	struct str text;
	enum reason why;

	*to = k->otherwise;
	why = knob_text(env, k->name, &text, message);
	if (why != REASON_NONE || !str_is_set(text))
		return why;
	if (str_to_int(text, k->min, k->max, to) < 0)
		return say(message, REASON_SETTINGS, "%s is not a number from %" PRId64 " to %" PRId64,
			   k->name, k->min, k->max);
	return REASON_NONE;
}

enum reason knobs_read(const struct json_value *env, const struct knob *knobs, size_t n, void *to, char message[SAY_MAX])
{
	enum reason why = REASON_NONE;

	for (size_t i = 0; i < n && why == REASON_NONE; i++)
		why = read_one(env, &knobs[i], (int64_t *)(void *)((char *)to + knobs[i].at), message);
	return why;
}
