/* sandbox_rig.h - a loop, a zygote of the real minilab-sandbox and one cage of it, for the sandbox tests.
 *
 * The code directory is the test's own: box_code makes a package in it. The program is the one beside t_runner(). */
#ifndef TESTS_SANDBOX_RIG_H
#define TESTS_SANDBOX_RIG_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/sandbox.h"
#include "tests/lib/t.h"

#define BOX_DEADLINE_S 120	/* only to end a test that hangs */
#define BOX_OUTPUT_MAX 65536

struct box {
	uv_loop_t loop;
	struct zygote *zygote;
	struct zygote_spec spec;
	char code[512], program[4096];
	const char *arguments[10];
	struct sandbox_plan plan;	/* of the next cage */
	const char *outbound;
	struct sandbox *s;		/* NULL: none */
	bool ready, gone, frozen, zygote_closed;
	int listeners[SANDBOX_LISTENERS];
	int exits;			/* told so far */
	int last_exit;			/* its number */
	struct sandbox_exit how;	/* of the last process, or of the cage when it is gone */
	char why[SANDBOX_WHY_MAX];
	char output[BOX_OUTPUT_MAX];	/* of the last box_sh */
};

static inline void box_on_ready(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS])
{
	struct box *b = owner;

	(void)s;
	memcpy(b->listeners, listeners, sizeof b->listeners);
	b->ready = true;
}

static inline void box_on_exited(void *owner, struct sandbox *s, int process, const struct sandbox_exit *how)
{
	struct box *b = owner;

	(void)s;
	b->exits++;
	b->last_exit = process;
	b->how = *how;
}

static inline void box_on_frozen(void *owner, struct sandbox *s)
{
	(void)s;
	((struct box *)owner)->frozen = true;
}

static inline void box_on_gone(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why)
{
	struct box *b = owner;

	assert_ptr_equal(s, b->s);
	b->s = NULL;
	b->gone = true;
	b->how = *how;
	snprintf(b->why, sizeof b->why, "%s", why);
}

static inline void box_on_zygote_closed(void *owner)
{
	((struct box *)owner)->zygote_closed = true;
}

/* libuv keeps a pipe for signals from its first loop on; so that the descriptor count of a test is its own. */
static inline int box_warm_up(void **state)
{
	uv_loop_t loop;

	(void)state;
	return uv_loop_init(&loop) || uv_loop_close(&loop);
}

static inline void box_turn(struct box *b)
{
	uv_run(&b->loop, UV_RUN_NOWAIT);
	t_nap();
}

/* A loop and a zygote; `extra`: one more argument of it, or NULL. */
static inline void box_open(struct box *b, void **state, const char *extra)
{
	const char *slash;

	*b = (struct box){ .listeners = { -1, -1 }, .plan = { .memory_mb = 128, .tmp_mb = 16 } };
	alarm(BOX_DEADLINE_S);
	slash = strrchr(t_runner(), '/');
	snprintf(b->program, sizeof b->program, "%.*s/minilab-sandbox", (int)(slash - t_runner()), t_runner());
	snprintf(b->code, sizeof b->code, "%s/code", test_path(state));
	assert_int_equal(mkdir(b->code, 0755), 0);
	b->arguments[0] = "--code";
	b->arguments[1] = b->code;
	b->arguments[2] = extra;
	b->spec = (struct zygote_spec){ .loop = &b->loop, .name = "minilab-sandbox", .path = b->program,
					.arguments = b->arguments, .rung_max = CAGE_D };
	assert_int_equal(uv_loop_init(&b->loop), 0);
	assert_int_equal(zygote_open(&b->zygote, &b->spec), 0);
}

static inline void box_ask(struct box *b)
{
	const struct sandbox_spec spec = { .loop = &b->loop, .zygote = b->zygote, .plan = b->plan, .program = b->program, .outbound = b->outbound,
					   .owner = b, .ready = box_on_ready,
					   .exited = box_on_exited, .frozen = box_on_frozen, .gone = box_on_gone };

	b->ready = b->gone = b->frozen = false;
	assert_int_equal(sandbox_start(&b->s, &spec), 0);
	assert_false(b->ready || b->gone);
}

static inline void box_start(struct box *b)
{
	box_ask(b);
	while (!b->ready && !b->gone)
		box_turn(b);
	if (b->gone)
		print_message("the cage did not come up: %s\n", b->why);
	assert_true(b->ready);
}

static inline void box_end(struct box *b)
{
	if (b->s)
		sandbox_kill(b->s);
	while (b->s)
		box_turn(b);
	for (int i = 0; i < SANDBOX_LISTENERS; i++) {
		if (b->listeners[i] >= 0)
			close(b->listeners[i]);
		b->listeners[i] = -1;
	}
}

/* Every handle must be gone, which uv_loop_close proves; and every process. */
static inline void box_close(struct box *b)
{
	box_end(b);
	zygote_stop(b->zygote);
	zygote_close(b->zygote, box_on_zygote_closed, b);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_true(b->zygote_closed);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	alarm(0);
}

/* A package of that name with one file; the path of the package, valid until the next call. */
static inline const char *box_code(struct box *b, const char *package, const char *file, const char *text, mode_t mode)
{
	static char path[1024];
	char whole[2048], *slash;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", b->code, package);
	mkdir(path, 0755);
	snprintf(whole, sizeof whole, "%s/%s", path, file);
	for (slash = whole + strlen(path) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0755);
	}
	assert_non_null(f = fopen(whole, "we"));
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(whole, mode), 0);
	return path;
}

/* Starts a program with its output in a file of no name. */
static inline int box_exec(struct box *b, const char *const *argv, int out)
{
	static const char *const envp[] = { "PATH=/usr/bin:/bin", "COLOUR=blue", NULL };
	const struct sandbox_process p = { .path = argv[0], .argv = argv, .envp = envp, .directory = "/tmp", .out = out, .err = out, .log = -1 };

	return sandbox_exec(b->s, &p);
}

static inline int box_output_file(struct box *b)
{
	int fd = open(b->code, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static inline void box_read_output(struct box *b, int out)
{
	ssize_t n = pread(out, b->output, sizeof b->output - 1, 0);

	assert_true(n >= 0);
	b->output[n] = '\0';
	close(out);
}

/* Runs a line of shell in the cage to its end; its exit status, or 128 and the signal. Its output is in b->output. */
static inline int box_sh(struct box *b, const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	int out = box_output_file(b), before = b->exits, number = box_exec(b, argv, out);

	assert_true(number >= 0);
	while (b->s && !(b->exits > before && b->last_exit == number))
		box_turn(b);
	assert_non_null(b->s);
	assert_int_equal(b->how.error, 0);
	box_read_output(b, out);
	return WIFEXITED(b->how.status) ? WEXITSTATUS(b->how.status) : 128 + WTERMSIG(b->how.status);
}

static inline void box_cc(const char *const argv[])
{
	pid_t pid;
	int status;

	assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What this compiler's command makes at `to`. It is run once in the life of a test program, which has one command only: then `to` is a
 * copy, as to compile takes longer than most of what is tested with it. */
static inline void box_compile(const char *to, const char *const argv[])
{
	static char made[256 << 10];
	static size_t n;
	int fd;

	if (n == 0) {
		box_cc(argv);
		assert_true((fd = open(to, O_RDONLY | O_CLOEXEC)) >= 0);
		n = (size_t)read(fd, made, sizeof made);
		assert_true(n > 0 && n < sizeof made);
	} else {
		assert_true((fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755)) >= 0);
		assert_int_equal(write(fd, made, n), n);
	}
	close(fd);
}

#endif
