/* lambda_native.c - the smallest function in C, for tests/bench/functions.py: answers with what it was asked. */
#include "functions/minilab_native.h"

int handler(const struct minilab_event *e, struct minilab_answer *a);

int handler(const struct minilab_event *e, struct minilab_answer *a)
{
	return minilab_write(a, e->payload, e->payload_length);
}
