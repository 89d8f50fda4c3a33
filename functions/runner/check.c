#include "functions/runner/check.h"

#include "functions/runner/settings.h"

/* Known variables are texts, so that a number under a known name is refused, and one under another name is left alone. */
static bool is_known(struct str name)
{
	struct json_value number = { .kind = JSON_NUMBER, .name = name, .text = STR("0") };
	struct json_value object = { .kind = JSON_OBJECT, .first = &number };
	struct settings s;
	char message[SAY_MAX];

	return settings_read(&object, &s, message) != REASON_NONE;
}

bool check_variables(struct str json, char message[SAY_MAX])
{
	struct arena a = { 0 };
	struct json_value *v = NULL;
	struct settings s;
	bool good = json_parse(&a, json, &v) == 0;

	message[0] = '\0';
	for (const struct json_value *one = good ? v->first : NULL; one && good; one = one->next) {
		good = is_known(one->name);
		if (!good)
			say(message, REASON_SETTINGS, "%.*s is no variable of the thumbnail function", STR_ARG(one->name));
	}
	good = good && settings_read(v, &s, message) == REASON_NONE;
	arena_clear(&a);
	return good;
}
