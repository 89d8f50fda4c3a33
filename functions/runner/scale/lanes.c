#include "functions/runner/scale/lanes.h"

#include <pthread.h>

static const struct lanes *able[2];

static void look(void)
{
	int n = 0;

	able[n++] = &lanes_plain;
}

const struct lanes *const *lanes_all(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look);
	return able;
}

const struct lanes *lanes_best(void)
{
	const struct lanes *const *l = lanes_all();

	while (l[1])
		l++;
	return *l;
}
