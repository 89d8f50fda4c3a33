/* Where a line of a function goes: to its log, and into the tail of the invocation in hand. */
#include "functions/custom/custom_pool.h"
#include "functions/custom/report.h"

void life_log(struct custom_environment *e, int64_t at_ms, struct str text)
{
	const struct custom_spec *s = &e->pool->spec;
	size_t n = text.n < CUSTOM_TAIL ? text.n : CUSTOM_TAIL;

	s->log(s->owner, e->recipe, e->stream, at_ms, text);
	if (!e->invocation || n == 0)
		return;
	buf_add(&e->tail, text.p + text.n - n, n);
	if (text.p[text.n - 1] != '\n')
		buf_add(&e->tail, "\n", 1);
	if (e->tail.len > 4 * CUSTOM_TAIL) {
		memmove(e->tail.data, e->tail.data + e->tail.len - CUSTOM_TAIL, CUSTOM_TAIL);
		e->tail.len = CUSTOM_TAIL;
	}
}

void life_line(void *environment, int64_t at_ms, const char *level, struct str text)
{
	struct custom_environment *e = environment;

	if (!e->recipe->log_json || report_wants(e->recipe, level, text))
		life_log(e, at_ms, text);
}
