/* cold_start - what a program's zygote costs, what a new execution environment does, and what a warm one.
 *
 *     cold_start RUNNER COUNT
 *
 * Zygote: from pool_open until it is READY, and its memory. Cold: from the pool's asking the zygote until the environment,
 * in its cage, says READY. Warm: an invocation that does nothing, there and back. Memory is what is resident (rss), and that
 * with shared pages divided among those who share them (pss; -1: nobody but root may ask). One line of key=value comes
 * out; the cage's rung is in the log before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
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
	int64_t zygote_us;
	struct memory { int64_t rss_kb, pss_kb; } alone, zygote, environment;	/* the zygote without and with one */
} b;

static struct memory memory_of(pid_t pid)
{
	struct memory m = { -1, -1 };
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	if (!(f = fopen(path, "re")))
		return m;
	while (fgets(line, sizeof line, f)) {
		if (strncmp(line, "Rss:", 4) == 0)
			m.rss_kb = strtoll(line + 4, NULL, 10);
		else if (strncmp(line, "Pss:", 4) == 0)
			m.pss_kb = strtoll(line + 4, NULL, 10);
	}
	fclose(f);
	return m;
}

/* The zygote is the older child, the only environment the other. */
static void read_memory(struct memory *zygote, struct memory *environment)
{
	char path[64], text[256] = "", *rest;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	CHECK((f = fopen(path, "re")) && fgets(text, sizeof text, f));
	fclose(f);
	*zygote = memory_of((pid_t)strtol(text, &rest, 10));
	if (environment)
		*environment = memory_of((pid_t)strtol(rest, NULL, 10));
}

static void on_closed(void *owner)
{
	(void)owner;
}

static void invoke(void)
{
	static struct invocation two[2];	/* one is still finished while the next begins */
	struct invocation *i = &two[b.left & 1];

	*i = b.i;
	pool_invoke(b.pool, i);
}

static void on_done(struct invocation *i)
{
	CHECK(i->rc == 0);
	if (i->init_us > 0)
		b.cold.us[b.cold.n++] = i->init_us;
	else
		b.warm.us[b.warm.n++] = i->duration_us;
	if (--b.left > 0) {
		invoke();
		return;
	}
	if (i->init_us == 0)
		read_memory(&b.zygote, &b.environment);
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
	b.zygote_us = clock_mono_us();
	if ((rc = pool_open(&b.pool, &s)) == 0) {
		b.zygote_us = clock_mono_us() - b.zygote_us;
		read_memory(&b.alone, NULL);
		invoke();
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
	printf("zygote_us=%lld zygote_rss_kb=%lld zygote_alone_pss_kb=%lld zygote_pss_kb=%lld ", (long long)b.zygote_us,
	       (long long)b.zygote.rss_kb, (long long)b.alone.pss_kb, (long long)b.zygote.pss_kb);
	printf("environment_rss_kb=%lld environment_pss_kb=%lld ", (long long)b.environment.rss_kb,
	       (long long)b.environment.pss_kb);
	printf("count=%lld\n", (long long)count);
	return 0;
}
