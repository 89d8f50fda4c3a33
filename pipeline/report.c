#include "pipeline/report.h"

#include "base/clock.h"

static const char *status(enum reason r)
{
	return r == REASON_NONE ? "" : r == REASON_TIMEOUT ? "Status: timeout\t" : "Status: error\t";
}

static void add(struct report *r, int64_t at_ms, const char *text)
{
	r->lines[r->count++] = (struct log_line){ .text = str_of(text), .at_ms = at_ms };
}

void report_make(struct report *r, struct arena *a, const struct invocation *i, const char *version)
{
	double ms = (double)i->duration_us / 1000, init_ms = (double)i->init_us / 1000;
	int64_t end_ms = clock_wall_ms();
	const char *init = "";

	*r = (struct report){0};
	add(r, end_ms - i->duration_us / 1000, arena_printf(a, "START RequestId: %.*s Version: %s", STR_ARG(i->request), version));
	if (i->reason != REASON_NONE)
		add(r, end_ms, arena_printf(a, "RequestId: %.*s Error: %s\n%s", STR_ARG(i->request), i->message,
					    reason_code(i->reason)));
	add(r, end_ms, arena_printf(a, "END RequestId: %.*s", STR_ARG(i->request)));
	if (i->init_us > 0)
		init = arena_printf(a, "Init Duration: %.2f ms\t", init_ms);
	add(r, end_ms, arena_printf(a, "REPORT RequestId: %.*s\tDuration: %.2f ms\tBilled Duration: %lld ms\tMemory Size: %lld MB\t"
			    "Max Memory Used: %lld MB\t%s%s", STR_ARG(i->request), ms,
			    (long long)((i->duration_us + i->init_us + 999) / 1000), (long long)i->memory_mb,
			    (long long)((i->memory_peak_kb + 1023) / 1024), init, status(i->reason)));
}
