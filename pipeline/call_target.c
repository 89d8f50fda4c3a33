#include "pipeline/call_target.h"

#include "base/err.h"
#include "pipeline/invoke.h"
#include "storage/function.h"

/* arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]; the parts borrowed. False: it is something else. */
static bool read_arn(struct str arn, struct str *function, struct str *qualifier)
{
	static const char *const fixed[] = { "arn", NULL, "lambda", NULL, NULL, "function" };
	struct str part;

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (!str_next(&arn, ':', &part) || (fixed[i] && !str_eq(part, str_of(fixed[i]))))
			return false;
	if (!str_next(&arn, ':', function) || function->n == 0)
		return false;
	*qualifier = str_is_set(arn) ? arn : STR("");
	return !memchr(qualifier->p, ':', qualifier->n);
}

int call_target_send(struct db *db, struct str target, struct str payload, struct str trace)
{
	struct str function, qualifier;
	char request[JOB_REQUEST_ID + 1];
	struct function_row row;
	struct arena a = {0};
	int rc = read_arn(target, &function, &qualifier) ? function_get(db, function, &a, &row) : E_NOT_FOUND;

	if (rc == 0) {
		queue_request_make(request);
		rc = invoke_queue(db, &(struct async_put){ .function = row.id, .qualifier = qualifier, .request = str_of(request),
							   .payload = payload, .trace = trace });
	}
	arena_clear(&a);
	return rc;
}
