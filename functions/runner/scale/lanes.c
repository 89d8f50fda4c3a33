#include "functions/runner/scale/lanes.h"

#include <pthread.h>

static const struct lanes *able[4];

static void look(void)
{
	int n = 0;

	able[n++] = &lanes_plain;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		able[n++] = &lanes_avx2;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
		able[n++] = &lanes_avx512;
#elif defined(__aarch64__)
	able[n++] = &lanes_neon;	/* every one has it */
#endif
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
