/* cold_start - what a new execution environment costs, and what a warm one does.
 *
 *     cold_start RUNNER COUNT
 *
 * Cold: from the pool's asking the zygote until the environment, in its cage, says READY. Warm: an invocation
 * that does nothing, there and back. One line of key=value comes out; the cage's rung is in the log before it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/str.h"
#include "functions/pool.h"

#define COUNT_MAX 100000

struct series {
	int64_t us[COUNT_MAX];
	int n;
};

static struct bench {
	uv_loop_t loop;
	struct pool *pool;
	struct invocation i;
	int left;
	struct series cold, warm;
} b;

static void on_closed(void *owner)
{
	(void)owner;
}

static void on_done(struct invocation *i)
{
	CHECK(i->rc == 0);
	if (i->init_us > 0)
		b.cold.us[b.cold.n++] = i->init_us;
	else
		b.warm.us[b.warm.n++] = i->duration_us;
	if (--b.left > 0)
		pool_invoke(b.pool, i);
	else
		pool_close(b.pool, on_closed, NULL);
}

/* One environment at a time, each replaced after `uses`: no spare hides the cold start. */
static int run(const char *runner, int count, int uses)
{
	const struct pool_spec s = { .loop = &b.loop, .runner_path = runner, .environments_max = 1, .idle_ms = 60000,
				     .uses_max = uses, .probes = true };
	int rc;

	b.left = count;
	b.i = (struct invocation){ .function = "bench", .memory_mb = 256, .timeout_ms = 30000, .input = -1,
				   .request = STR("r"), .event = STR("{\"probe\":\"ok\"}"), .done = on_done };
	CHECK(uv_loop_init(&b.loop) == 0);
	if ((rc = pool_open(&b.pool, &s)) == 0) {
		pool_invoke(b.pool, &b.i);
		uv_run(&b.loop, UV_RUN_DEFAULT);
	}
	CHECK(uv_loop_close(&b.loop) == 0);
	return rc;
}

static int by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, c = *(const int64_t *)y;

	return (a > c) - (a < c);
}

static void print(const char *name, struct series *s)
{
	qsort(s->us, (size_t)s->n, sizeof s->us[0], by_size);
	printf("%s_min_us=%lld %s_median_us=%lld %s_p90_us=%lld ", name, (long long)s->us[0], name,
	       (long long)s->us[s->n / 2], name, (long long)s->us[s->n * 9 / 10]);
}

int main(int argc, char **argv)
{
	int64_t count;

	if (argc != 3 || str_to_int(str_of(argv[2]), 1, COUNT_MAX / 2, &count) < 0) {
		fputs("usage: cold_start RUNNER COUNT\n", stderr);
		return 2;
	}
	if (run(argv[1], (int)count, 1) < 0 || run(argv[1], (int)count, COUNT_MAX) < 0)
		return 1;
	print("cold", &b.cold);
	print("warm", &b.warm);
	printf("count=%lld\n", (long long)count);
	return 0;
}
