#include "tests/lib/t.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/digest_share.h"
#include "base/md5_lanes.h"

#define THREADS 24			/* more than there are lanes */
#define PIECES 12
#define CROWDS 100			/* of which one meets */

struct feeder {
	pthread_t thread;
	enum digest_kind kind;
	uint32_t seed;
	uint8_t sum[DIGEST_SIZE_MAX];
};

static struct str room;
static pthread_barrier_t together;

static uint32_t dice(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*seed * below >> 32);
}

/* The same pieces for the same seed, whoever feeds them. */
static void feed_all(const struct feeder *f, void (*feed)(struct digest *, const void *, size_t), uint8_t *sum)
{
	uint32_t seed = f->seed;
	struct digest d;

	digest_begin(&d, f->kind);
	for (int i = 0; i < PIECES; i++) {
		size_t n = dice(&seed, dice(&seed, 4) ? 300000 : 2000), at = dice(&seed, (uint32_t)(room.n - n));

		feed(&d, room.p + at, n);
	}
	digest_end(&d, sum);
}

static void *run(void *arg)
{
	struct feeder *f = arg;

	pthread_barrier_wait(&together);
	feed_all(f, digest_feed_shared, f->sum);
	return NULL;
}

static void run_together(struct feeder *feeder, int threads, enum digest_kind odd)
{
	assert_int_equal(pthread_barrier_init(&together, NULL, (unsigned)threads), 0);
	for (int i = 0; i < threads; i++) {
		feeder[i] = (struct feeder){ .kind = i % 5 == 4 ? odd : DIGEST_MD5, .seed = (uint32_t)(threads * 100 + i) };
		assert_int_equal(pthread_create(&feeder[i].thread, NULL, run, &feeder[i]), 0);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(feeder[i].thread, NULL);
	pthread_barrier_destroy(&together);
}

static void check(const struct feeder *feeder, int threads)
{
	for (int i = 0; i < threads; i++) {
		uint8_t want[DIGEST_SIZE_MAX];

		feed_all(&feeder[i], digest_feed, want);
		assert_memory_equal(feeder[i].sum, want, digest_size(feeder[i].kind));
	}
}

static void crowd(int threads, enum digest_kind odd)
{
	struct feeder feeder[THREADS];

	run_together(feeder, threads, odd);
	check(feeder, threads);
}

static void crowds_of_any_size_get_the_sums_they_would_get_alone(void **state)
{
	static const int sizes[] = { 1, 2, 3, 4, 5, 8, 16, 17, THREADS };

	(void)state;
	room = t_bytes(400000, 21);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		crowd(sizes[i], DIGEST_MD5);
	free((void *)(uintptr_t)room.p);
}

static void other_digests_pass_through(void **state)
{
	(void)state;
	room = t_bytes(400000, 22);
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		crowd(6, k);
	free((void *)(uintptr_t)room.p);
}

/* Whether this thread slept while it fed one piece all alone. */
static bool waits(void)
{
	struct rusage before, after;
	struct digest d;

	digest_begin(&d, DIGEST_MD5);
	assert_int_equal(getrusage(RUSAGE_THREAD, &before), 0);
	digest_feed_shared(&d, room.p, DIGEST_SHARE_MIN);
	assert_int_equal(getrusage(RUSAGE_THREAD, &after), 0);
	return after.ru_nvcsw > before.ru_nvcsw;
}

/* Until threads really met: where one core does everything in turn it can take several crowds. Their sums are looked at
 * afterwards: that takes longer than the meeting is remembered. */
static void meet(void)
{
	struct feeder feeder[THREADS];
	int crowds = 0;
	bool met;

	do {
		assert_true(crowds++ < CROWDS);
		run_together(feeder, THREADS, DIGEST_MD5);
		met = waits();
		check(feeder, THREADS);
	} while (!met);
}

/* A busy machine makes a thread sleep now and then all by itself. */
static int waits_of(int feeds)
{
	int n = 0;

	for (int i = 0; i < feeds; i++)
		n += waits();
	return n;
}

static void who_met_others_waits_for_them_but_not_for_ever(void **state)
{
	(void)state;
	if (!md5_kernel_for(2))
		skip();
	room = t_bytes(400000, 23);
	meet();
	waits_of(MD5_LANES_MAX);
	assert_in_range(waits_of(100), 0, 20);
	free((void *)(uintptr_t)room.p);
}

static void company_of_long_ago_is_not_waited_for(void **state)
{
	struct feeder feeder[THREADS];
	int waited = 0;

	(void)state;
	if (!md5_kernel_for(2))
		skip();
	room = t_bytes(400000, 24);
	meet();
	for (int i = 0; i < 10; i++) {
		run_together(feeder, THREADS, DIGEST_MD5);
		clock_advance_ms(1000);
		waited += waits();
		check(feeder, THREADS);
	}
	assert_in_range(waited, 0, 2);
	free((void *)(uintptr_t)room.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(crowds_of_any_size_get_the_sums_they_would_get_alone),
		T(other_digests_pass_through),
		T(who_met_others_waits_for_them_but_not_for_ever),
		T(company_of_long_ago_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
