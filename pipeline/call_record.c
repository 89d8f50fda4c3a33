#include "pipeline/call_record.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"

static const struct {
	const char *text, *code;
} conditions[] = {
#define X(name, text, code) [name] = { text, code },
	CONDITION_TABLE(X)
#undef X
};

const char *condition_text(enum condition c)
{
	CHECK(c < CONDITIONS);
	return conditions[c].text;
}

const char *condition_code(enum condition c)
{
	CHECK(c < CONDITIONS);
	return conditions[c].code;
}

/* As it is when it is JSON; a runtime may answer anything, and then it is a text. */
static void embed(struct json *j, const char *name, struct str text)
{
	struct arena a = {0};
	struct json_value *v;

	if (json_parse(&a, text, &v) == 0)
		json_raw(j, name, str_trim(text));
	else
		json_str(j, name, text);
	arena_clear(&a);
}

static void write_response(struct json *j, const struct call_record *r)
{
	json_open(j, "responseContext", '{');
	json_int(j, "statusCode", 200);
	json_str(j, "executedVersion", r->version);
	if (r->function_error)
		json_cstr(j, "functionError", "Unhandled");
	json_close(j);
	embed(j, "responsePayload", r->response);
}

void call_record_write(struct buf *to, const struct call_record *r)
{
	struct json j = json_into(to);
	char at[CLOCK_TEXT_MAX];

	json_open(&j, NULL, '{');
	json_cstr(&j, "version", "1.0");
	json_cstr(&j, "timestamp", clock_iso_ms(at, clock_wall_ms()));
	json_open(&j, "requestContext", '{');
	json_str(&j, "requestId", r->request);
	json_str(&j, "functionArn", r->arn);
	json_cstr(&j, "condition", condition_text(r->condition));
	json_int(&j, "approximateInvokeCount", r->invoke_count);
	json_close(&j);
	embed(&j, "requestPayload", r->payload);
	if (r->ran)
		write_response(&j, r);
	json_close(&j);
}

bool call_target_is_list(struct str arn)
{
	return str_starts(arn, STR("arn:aws:minilab:")) && str_ends(arn, STR(":dead-letters"));
}

void call_error_read(struct str response, struct arena *a, struct str *type, struct str *message)
{
	struct json_value *v;

	*type = *message = (struct str){0};
	if (json_parse(a, response, &v) < 0)
		return;
	*type = json_text(v, "errorType");
	*message = json_text(v, "errorMessage");
}
