#include "functions/answer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* NULL when the descriptor holds exactly `length` bytes that nobody can change. */
static const char *check_output(int fd, int64_t length)
{
	struct stat st;
	int seals;

	if (length < 0 || length > INVOKE_OUTPUT_MAX)
		return "the output is larger than its limit";
	if ((length > 0) != (fd >= 0))
		return "the output is missing";
	if (length == 0)
		return NULL;
	if ((seals = fcntl(fd, F_GET_SEALS)) < 0 || (seals & SEALS) != SEALS)
		return "the output is not sealed";
	if (fstat(fd, &st) < 0 || st.st_size != length)
		return "the output has not the announced size";
	return NULL;
}

static bool take_result(struct invocation *i, struct wire_message *m, const char **why)
{
	struct arena a = {0};
	const struct json_value *said;
	struct json_value *v;
	bool degraded;

	if ((*why = check_output(m->fd, m->head.value)))
		return false;
	if (json_parse(&a, str_n(m->text, m->head.length), &v) < 0 || v->kind != JSON_OBJECT)
		*why = "the answer is not a JSON object";
	said = *why ? NULL : json_get(json_get(v, "photo"), "degraded");
	degraded = said && said->kind == JSON_BOOL && said->yes;
	arena_clear(&a);
	if (*why)
		return false;
	i->rc = 0;
	i->reason = REASON_NONE;
	i->degraded = degraded;
	buf_add(&i->answer, m->text, m->head.length);
	i->output = m->fd;
	i->output_length = m->head.value;
	m->fd = -1;
	return true;
}

static bool take_error(struct invocation *i, const struct wire_message *m, const char **why)
{
	struct arena a = {0};
	struct json_value *v;
	enum reason r = REASON_NONE;
	struct str text;

	if (json_parse(&a, str_n(m->text, m->head.length), &v) == 0)
		r = reason_find(json_text(v, "errorType"));
	/* The general program has nobody to pass it on to. */
	if (reason_is(r, REASON_CAGE) && !(r == REASON_ELSEWHERE && i->program == PROGRAM_GENERAL)) {
		text = json_text(v, "errorMessage");
		i->rc = E_BAD_INPUT;
		i->reason = r;
		snprintf(i->message, sizeof i->message, "%.*s", STR_ARG(text));
	} else {
		*why = "the error is none that a cage may report";
	}
	arena_clear(&a);
	return *why == NULL;
}

bool answer_take(struct invocation *i, struct wire_message *m, const char **why)
{
	*why = NULL;
	if (m->head.kind == WIRE_RESULT)
		return take_result(i, m, why);
	if (m->head.kind == WIRE_ERROR)
		return take_error(i, m, why);
	*why = "no answer was due";
	return false;
}
