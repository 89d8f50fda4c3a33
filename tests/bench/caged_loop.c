/* caged_loop - the cost of thumbnails inside: the same work as thumb_loop's, in one warm environment in its cage.
 *
 *     caged_loop RUNNER ROUNDS FILE
 *
 * Processor time and page faults of the environment's process per invocation, as the kernel counts them, the first
 * invocation left out. One line of key=value comes out; the cage's rung is in the log before it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/str.h"
#include "functions/pool.h"

#define ROUNDS_MAX 100000
#define ROUNDS_COLD 2		/* the first finds nothing in place */

struct usage {
	double cpu_ms;
	int64_t faults;
};

static struct bench {
	uv_loop_t loop;
	struct pool *pool;
	struct invocation two[2];	/* one is still finished while the next begins */
	const char *file;
	int rounds, n;
	struct usage before;
	double cpu_ms[ROUNDS_MAX];
	int64_t faults[ROUNDS_MAX];
} b;

/* The pool's only environment: the zygote is the older child. */
static pid_t environment_pid(void)
{
	char path[64], text[256] = "", *rest;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	CHECK((f = fopen(path, "re")) && fgets(text, sizeof text, f));
	fclose(f);
	CHECK(strtol(text, &rest, 10) > 0);
	return (pid_t)strtol(rest, NULL, 10);
}

static struct usage usage_of(pid_t pid)
{
	struct usage u = {0};
	struct timespec t;
	char path[64], text[1024] = "";
	clockid_t clock;
	FILE *f;

	CHECK(clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0);
	u.cpu_ms = 1e3 * (double)t.tv_sec + (double)t.tv_nsec / 1e6;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	CHECK((f = fopen(path, "re")) && fgets(text, sizeof text, f));
	fclose(f);
	CHECK(sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %ld", &u.faults) == 1);
	return u;
}

static void on_closed(void *owner)
{
	(void)owner;
}

static void on_done(struct invocation *i);

static void invoke(void)
{
	struct invocation *i = &b.two[b.n & 1];
	struct stat st;

	*i = (struct invocation){ .function = "bench", .memory_mb = 512, .timeout_ms = 60000,
				  .request = STR("r"), .event = STR("{}"), .done = on_done };
	i->input = open(b.file, O_RDONLY | O_CLOEXEC);
	CHECK(i->input >= 0 && fstat(i->input, &st) == 0);
	i->input_length = st.st_size;
	pool_invoke(b.pool, i);
}

static void on_done(struct invocation *i)
{
	struct usage now = usage_of(environment_pid());

	if (i->rc < 0) {
		fprintf(stderr, "caged_loop: %s: %s\n", reason_code(i->reason), i->message);
		exit(1);
	}
	if (b.n >= ROUNDS_COLD) {
		b.cpu_ms[b.n - ROUNDS_COLD] = now.cpu_ms - b.before.cpu_ms;
		b.faults[b.n - ROUNDS_COLD] = now.faults - b.before.faults;
	}
	b.before = now;
	if (++b.n < b.rounds + ROUNDS_COLD)
		invoke();
	else
		pool_close(b.pool, on_closed, NULL);
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, c = *(const double *)y;

	return (a > c) - (a < c);
}

static int by_count(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, c = *(const int64_t *)y;

	return (a > c) - (a < c);
}

int main(int argc, char **argv)
{
	struct pool_spec s = { .loop = &b.loop, .environments_max = 1, .idle_ms = 60000, .uses_max = ROUNDS_MAX };
	int64_t rounds;

	if (argc != 4 || str_to_int(str_of(argv[2]), 1, ROUNDS_MAX - ROUNDS_COLD, &rounds) < 0) {
		fputs("usage: caged_loop RUNNER ROUNDS FILE\n", stderr);
		return 2;
	}
	s.runner_path = argv[1];
	b.rounds = (int)rounds;
	b.file = argv[3];
	CHECK(uv_loop_init(&b.loop) == 0);
	if (pool_open(&b.pool, &s) < 0)
		return 1;
	invoke();
	uv_run(&b.loop, UV_RUN_DEFAULT);
	qsort(b.cpu_ms, (size_t)b.rounds, sizeof b.cpu_ms[0], by_value);
	qsort(b.faults, (size_t)b.rounds, sizeof b.faults[0], by_count);
	printf("cpu_median_ms=%.2f cpu_min_ms=%.2f faults_median=%lld peak_mb=%lld rounds=%d\n", b.cpu_ms[b.rounds / 2],
	       b.cpu_ms[0], (long long)b.faults[b.rounds / 2], (long long)b.two[0].memory_peak_kb / 1024, b.rounds);
	return 0;
}
