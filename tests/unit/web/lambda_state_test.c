/* What a function is shown as: ready, or why it cannot run, told from the request alone. Answers are written on lanes, where the pool of
 * environments must not be looked at: here there is none behind its pointer. */
#include "tests/unit/web/lambda_rig.h"

#define OUTBOUND "{\"Runtime\":\"python3.12\",\"Network\":\"outbound\"}"
#define INSIDE "{\"Runtime\":\"python3.12\",\"Network\":\"none\"}"

static const struct json_value *shown(struct rig *r, const char *text, bool outbound, bool way_out)
{
	static char nothing;
	struct json_value *document, *v;
	struct json j;

	rig_ask(r, "GET", "/2015-03-31/functions/fn", NULL, NULL);
	r->m.custom = (struct custom_pool *)(void *)&nothing;
	r->m.settings.outbound = outbound;
	r->l.sandbox = true;
	r->l.way_out = way_out;
	assert_int_equal(json_parse(&r->l.arena, str_of(text), &document), 0);
	j = json_into(&r->l.out);
	json_open(&j, NULL, '{');
	lambda_write_configuration(&r->l, &j, document, STR("fn"), STR("$LATEST"), (struct str){ 0 }, LAMBDA_SETTLED);
	json_close(&j);
	assert_int_equal(json_parse(&r->l.arena, str_n(r->l.out.data, r->l.out.len), &v), 0);
	return v;
}

static bool is(const struct json_value *v, const char *member, const char *text)
{
	return str_eq(json_text(v, member), str_of(text));
}

static void a_way_out_that_is_not_there_is_told(void **state)
{
	static const struct {
		const char *document;
		bool outbound, way_out;
		const char *state, *reason;
	} cases[] = {
		{ INSIDE, true, false, "Active", NULL },
		{ INSIDE, false, false, "Active", NULL },
		{ OUTBOUND, true, true, "Active", NULL },
		{ OUTBOUND, true, false, "Failed", "The function asks for a way out of its cage, and this host cannot give one (the log of minilab "
		  "says why): while the setting outbound is on it does not run" },
		{ OUTBOUND, false, true, "Active", "The function has no way out of its cage: it asks for one, and the setting outbound is off" },
	};
	struct rig r = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct json_value *v = shown(&r, cases[i].document, cases[i].outbound, cases[i].way_out);

		assert_true(is(v, "State", cases[i].state));
		assert_true(cases[i].reason ? is(v, "StateReason", cases[i].reason) : !json_get(v, "StateReason"));
	}
	rig_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_way_out_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
