/* isolation_loop - what a fresh environment for every photo costs.
 *
 *     isolation_loop RUNNER COUNT FILE
 *
 * The same photo COUNT times through one environment at a time: first reused, then each in its own (pool_spec.isolate). Time
 * is that from the first to the last answer; processor time is of all processes, from the zygote's start to the end
 * of everything. One line of key=value comes out.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/str.h"
#include "functions/pool.h"

#define COUNT_MAX 100000

static struct bench {
	uv_loop_t loop;
	struct pool *pool;
	struct invocation two[2];	/* one is still finished while the next begins */
	const char *runner, *file;
	int left;
	int64_t began_us, wall_us;
} b;

static void on_closed(void *owner)
{
	(void)owner;
}

static void on_done(struct invocation *i);

static void invoke(void)
{
	struct invocation *i = &b.two[b.left & 1];
	struct stat st;

	*i = (struct invocation){ .function = "bench", .memory_mb = 512, .timeout_ms = 60000, .request = STR("r"),
				  .event = STR("{}"), .done = on_done };
	i->input = open(b.file, O_RDONLY | O_CLOEXEC);
	CHECK(i->input >= 0 && fstat(i->input, &st) == 0);
	i->input_length = st.st_size;
	pool_invoke(b.pool, i);
}

static void on_done(struct invocation *i)
{
	if (i->rc < 0) {
		fprintf(stderr, "isolation_loop: %s: %s\n", reason_code(i->reason), i->message);
		exit(1);
	}
	if (--b.left > 0) {
		invoke();
		return;
	}
	b.wall_us = clock_mono_us() - b.began_us;
	pool_close(b.pool, on_closed, NULL);
}

static int64_t cpu_us(int who)
{
	struct rusage u;

	CHECK(getrusage(who, &u) == 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* Microseconds of processor time. */
static int64_t run(int count, bool isolate)
{
	const struct pool_spec s = { .loop = &b.loop, .runner_path = b.runner, .environments_max = 1, .idle_ms = 60000,
				     .uses_max = COUNT_MAX, .isolate = isolate };
	int64_t before = cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN);

	b.left = count;
	CHECK(uv_loop_init(&b.loop) == 0);
	if (pool_open(&b.pool, &s) < 0)
		exit(1);
	b.began_us = clock_mono_us();
	invoke();
	uv_run(&b.loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(&b.loop) == 0);
	return cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN) - before;
}

int main(int argc, char **argv)
{
	static const char *const names[2] = { "reused", "isolated" };
	int64_t count;

	if (argc != 4 || str_to_int(str_of(argv[2]), 1, COUNT_MAX, &count) < 0) {
		fputs("usage: isolation_loop RUNNER COUNT FILE\n", stderr);
		return 2;
	}
	b.runner = argv[1];
	b.file = argv[3];
	for (int i = 0; i < 2; i++) {
		int64_t cpu = run((int)count, i == 1);

		printf("%s_cpu_us=%lld %s_wall_us=%lld ", names[i], (long long)(cpu / count), names[i],
		       (long long)(b.wall_us / count));
	}
	printf("count=%lld\n", (long long)count);
	return 0;
}
