/* sandbox_cost - what a cage for custom functions costs, without what runs in it.
 *
 *     sandbox_cost SANDBOX COUNT
 *
 * Ready: from sandbox_start to the listening sockets. Run: a static program that does nothing, from sandbox_exec to its exit. Freeze: of one
 * process that runs. Kill: until it is gone. Microseconds; one line of key=value comes out. COUNT cages, one after the other, with PAUSE_MS between
 * them and before each freeze: as long as a zygote takes to make the next one ahead, and a program to run. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "functions/sandbox.h"

#define COUNT_MAX 100000
#define PAUSE_MS 40

enum { ZYGOTE, READY, RUN, FREEZE, KILL, SERIES };
static const char *const names[SERIES] = { "zygote", "ready", "run", "freeze", "kill" };
static const char *const nothing[] = { "/bin/true", NULL }, *const busy[] = { "/bin/sh", "-c", "while :; do :; done", NULL }, *const none[] = { NULL };

static struct bench {
	uv_loop_t loop;
	struct zygote *zygote;
	struct sandbox *s;
	uv_timer_t pause;
	int64_t us[SERIES][COUNT_MAX], began_us;
	int n, left;
} b;

static void begin(uv_timer_t *t);
static void freeze(uv_timer_t *t);

static void end(int which)
{
	b.us[which][b.n] = clock_mono_us() - b.began_us;
	b.began_us = clock_mono_us();
}

static void run(const char *const *argv)
{
	const struct sandbox_process p = { .path = argv[0], .argv = argv, .envp = none, .directory = "/", .out = -1, .err = -1, .log = -1 };

	CHECK(sandbox_exec(b.s, &p) >= 0);
	b.began_us = clock_mono_us();
}

static void on_ready(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS])
{
	(void)owner;
	(void)s;
	end(READY);
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		close(listeners[i]);
	run(nothing);
}

static void on_exited(void *owner, struct sandbox *s, int process, const struct sandbox_exit *how)
{
	(void)owner;
	(void)process;
	(void)s;
	CHECK(how->error == 0);
	end(RUN);
	run(busy);
	uv_timer_start(&b.pause, freeze, PAUSE_MS, 0);
}

static void freeze(uv_timer_t *t)
{
	(void)t;
	b.began_us = clock_mono_us();
	sandbox_freeze(b.s);
}

static void on_frozen(void *owner, struct sandbox *s)
{
	(void)owner;
	end(FREEZE);
	sandbox_kill(s);
}

static void on_zygote_closed(void *owner)
{
	(void)owner;
}

static void on_gone(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why)
{
	(void)owner;
	(void)s;
	(void)how;
	end(KILL);
	if (*why)
		fprintf(stderr, "%s\n", why);
	CHECK(!*why);
	if (++b.n < b.left) {
		uv_timer_start(&b.pause, begin, PAUSE_MS, 0);
	} else {
		uv_close((uv_handle_t *)&b.pause, NULL);
		zygote_stop(b.zygote);
		zygote_close(b.zygote, on_zygote_closed, NULL);
	}
}

static void begin(uv_timer_t *t)
{
	const struct sandbox_spec spec = { .loop = &b.loop, .zygote = b.zygote, .plan = { .memory_mb = 128, .tmp_mb = 512 },
					   .ready = on_ready, .exited = on_exited, .frozen = on_frozen, .gone = on_gone };

	(void)t;
	b.began_us = clock_mono_us();
	CHECK(sandbox_start(&b.s, &spec) == 0);
}

static int by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, c = *(const int64_t *)y;

	return (a > c) - (a < c);
}

int main(int argc, char **argv)
{
	int64_t count;
	struct zygote_spec z = { .loop = &b.loop, .name = "minilab-sandbox", .path = argv[1], .rung_max = CAGE_D };

	if (argc != 3 || str_to_int(str_of(argv[2]), 1, COUNT_MAX, &count) < 0) {
		fputs("usage: sandbox_cost SANDBOX COUNT\n", stderr);
		return 2;
	}
	b.left = (int)count;
	CHECK(uv_loop_init(&b.loop) == 0);
	b.began_us = clock_mono_us();
	if (zygote_open(&b.zygote, &z) < 0)
		return 1;
	end(ZYGOTE);
	uv_timer_init(&b.loop, &b.pause);
	begin(&b.pause);
	uv_run(&b.loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(&b.loop) == 0);
	for (int i = 0; i < SERIES; i++) {
		size_t n = i == ZYGOTE ? 1 : (size_t)b.n;

		qsort(b.us[i], n, sizeof b.us[i][0], by_size);
		printf("%s_median_us=%lld %s_min_us=%lld ", names[i], (long long)b.us[i][n / 2], names[i], (long long)b.us[i][0]);
	}
	printf("count=%d\n", b.n);
	return 0;
}
