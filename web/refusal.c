#include "web/refusal.h"

#include "base/err.h"
#include "web/routes.h"

int refusal_note(struct refusal *r, struct arena *a, int code, const char *fmt, va_list ap)
{
	if (r->code != 0)
		return E_BAD_INPUT;
	r->code = code;
	if (fmt)
		r->message = arena_vprintf(a, REFUSAL_MAX, fmt, ap);
	return E_BAD_INPUT;
}

int error_meaning(const struct error_meaning *table, int rc, int otherwise)
{
	for (; table->rc != 0; table++)
		if (table->rc == rc)
			return table->code;
	return otherwise;
}
