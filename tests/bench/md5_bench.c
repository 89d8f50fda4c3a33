/* md5_bench - MB/s on one core of libcrypto's MD5, of each kernel of base/md5_lanes.h, and of digest_feed_lanes with
 * 1, 2, 4, 8 and 16 digests, as storage feeds them: pieces of 64 KB. The processor's time, not the clock's. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/digest.h"
#include "base/md5_lanes.h"

#define EACH ((size_t)512 << 10)	/* bytes a lane */
#define SLICE ((size_t)64 << 10)
#define ROUNDS 25

static uint8_t *bytes;			/* MD5_LANES_MAX of EACH */

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void kernel(const void *of, int lanes)
{
	const struct md5_kernel *k = of;
	struct md5_lane lane[MD5_LANES_MAX] = { 0 };

	for (int i = 0; i < lanes; i++)
		lane[i].p = bytes + (size_t)i * EACH;
	for (size_t at = 0; at < EACH; at += SLICE) {
		k->run(lane, lanes, SLICE / 64);
		for (int i = 0; i < lanes; i++)
			lane[i].p += SLICE;
	}
}

static void digests(const void *of, int lanes)
{
	struct digest d[MD5_LANES_MAX];
	struct digest_piece piece[MD5_LANES_MAX], *pieces[MD5_LANES_MAX];

	(void)of;
	for (int i = 0; i < lanes; i++) {
		digest_begin(&d[i], DIGEST_MD5);
		piece[i] = (struct digest_piece){ &d[i], bytes + (size_t)i * EACH, EACH };
		pieces[i] = &piece[i];
	}
	while (piece[0].n > 0)
		digest_feed_lanes(pieces, lanes, SLICE);
}

static void measure(const char *name, void (*run)(const void *of, int lanes), const void *of, int lanes)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double began = cpu_s(), rate;

		run(of, lanes);
		rate = (double)lanes * (double)EACH / 1e6 / (cpu_s() - began);
		best = rate > best ? rate : best;
	}
	printf("%-10s lanes=%-2d mb_s=%.0f mb_s_lane=%.0f\n", name, lanes, best, best / lanes);
}

int main(void)
{
	bytes = malloc(MD5_LANES_MAX * EACH);
	if (!bytes)
		return 1;
	for (size_t i = 0; i < MD5_LANES_MAX * EACH; i++)
		bytes[i] = (uint8_t)(i * i >> 7);
	for (const struct md5_kernel *const *k = md5_kernels(); *k; k++)
		measure((*k)->name, kernel, *k, (*k)->width);
	for (int lanes = 1; lanes <= MD5_LANES_MAX; lanes *= 2)
		measure(lanes == 1 ? "libcrypto" : "digests", digests, NULL, lanes);
	free(bytes);
	return 0;
}
