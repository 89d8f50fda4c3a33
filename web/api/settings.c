/* GET /_/settings: every knob, how it is set, where, and what it is if nobody sets it. What variables of functions are is nobody's business but theirs. */
#include "web/api/local.h"

static void on_setting(void *owner, const struct setting_told *s)
{
	struct json *j = owner;
	bool secret = str_eq(str_of(s->name), STR("variable"));

	json_open(j, NULL, '{');
	json_cstr(j, "name", s->name);
	json_cstr(j, "what", s->what);
	if (s->text) {
		json_cstr(j, "value", secret && s->text[0] ? "(set, not shown)" : s->text);
		json_cstr(j, "default", s->text_default);
	} else if (s->is_switch) {
		json_bool(j, "value", s->number != 0);
		json_bool(j, "default", s->number_default != 0);
	} else {
		json_int(j, "value", s->number);
		json_int(j, "default", s->number_default);
		json_int(j, "min", s->min);
		json_int(j, "max", s->max);
	}
	json_cstr(j, "origin", setting_origin_text(s->origin));
	json_close(j);
}

void settings_serve(struct local *l)
{
	struct json j = json_into(&l->out);

	json_open(&j, NULL, '{');
	json_open(&j, "settings", '[');
	settings_each(&l->m->settings, on_setting, &j);
	json_close(&j);
	json_close(&j);
	local_answer(l, 200, "application/json");
}
