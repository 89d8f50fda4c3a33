#include "tests/lib/t.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CRASHED = 137 };	/* sys.c's crash_at */

struct t_state {
	char path[PATH_MAX];
	int dir;
	int fds;	/* open before the test, `dir` included */
};

int t_setup(void **state)
{
	struct t_state *t = calloc(1, sizeof *t);
	const char *tmp = getenv("TMPDIR");

	if (!t)
		return -1;
	snprintf(t->path, sizeof t->path, "%s/minilab-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(t->path) || (t->dir = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		free(t);
		return -1;
	}
	sys_set_fault((struct sys_fault){ 0 });
	t->fds = t_open_fds();
	*state = t;
	return 0;
}

int t_teardown(void **state)
{
	struct t_state *t = *state;
	int left;

	sys_set_fault((struct sys_fault){ 0 });
	left = t_open_fds() - t->fds;
	if (left != 0)
		print_error("%d descriptors more open than before the test\n", left);
	t_wipe(t->dir);
	close(t->dir);
	rmdir(t->path);
	free(t);
	*state = NULL;
	return left == 0 ? 0 : -1;
}

int test_dir(void **state)
{
	return ((struct t_state *)*state)->dir;
}

const char *test_path(void **state)
{
	return ((struct t_state *)*state)->path;
}

bool exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *open_again(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

int t_entries(int dir)
{
	DIR *d = open_again(dir, ".");
	int n = 0;

	if (!d)
		return -1;
	for (struct dirent *e; (e = readdir(d));)
		n += !is_dots(e->d_name);
	closedir(d);
	return n;
}

void t_wipe(int dir)
{
	DIR *d = open_again(dir, ".");

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		int child;

		if (is_dots(e->d_name) || unlinkat(dir, e->d_name, 0) == 0)
			continue;
		child = openat(dir, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue;
		t_wipe(child);
		close(child);
		unlinkat(dir, e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

int t_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1;	/* not counting d's own */

	if (!d)
		return -1;
	for (struct dirent *e; (e = readdir(d));)
		n += !is_dots(e->d_name);
	closedir(d);
	return n;
}

struct str t_bytes(size_t n, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 1;
	char *p = malloc(n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (char)(x >> 11);
	}
	p[n] = '\0';
	return str_n(p, n);
}

bool str_is(struct str s, const char *text)
{
	if (str_is_set(s) && str_eq(s, str_of(text)))
		return true;
	print_error("is \"%.*s\", want \"%s\"\n", STR_ARG(s), text);
	return false;
}

bool t_fault_next(struct t_faults *f)
{
	if (f->n > 0 && !t_faulted(f)) {
		sys_set_fault((struct sys_fault){ 0 });
		return false;
	}
	f->fault.fail_at = ++f->n;
	sys_set_fault(f->fault);
	return true;
}

bool t_faulted(const struct t_faults *f)
{
	return sys_calls() >= f->n;
}

static _Noreturn void be_child(struct sys_fault f, t_body_fn *body, void *arg)
{
	int rc;

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	signal(SIGABRT, SIG_DFL);	/* a sanitizer would turn it into an exit status */
	alarm(60);
	sys_set_fault(f);
	rc = body(arg);
	sys_set_fault((struct sys_fault){ 0 });
	_exit(rc == 0 ? 0 : 3);
}

enum t_end t_child(struct sys_fault f, t_body_fn *body, void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_child(f, body, arg);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return T_FINISHED;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGABRT))
		return T_DIED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CRASHED)
		return T_DIED;
	print_error("child ended with status 0x%x\n", (unsigned)status);
	return T_FAILED;
}

bool t_crash_next(struct t_crashes *c)
{
	enum t_end end;

	if (!c->died)
		return false;
	end = t_child((struct sys_fault){ .crash_at = ++c->n }, c->body, c->arg);
	assert_int_not_equal(end, T_FAILED);
	c->died = end == T_DIED;
	return true;
}

int64_t t_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void t_nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

const char *t_runner(void)
{
	static char path[PATH_MAX];
	const char *given = getenv("MINILAB_RUNNER");
	ssize_t n;

	if (given && *given)
		return given;
	n = readlink("/proc/self/exe", path, sizeof path - 64);
	assert_true(n > 0);
	path[n] = '\0';
	for (int up = 0; up < 4; up++)
		*strrchr(path, '/') = '\0';
	return strncat(path, "/minilab-runner", sizeof path - strlen(path) - 1);
}

const char *t_general(void)
{
	static char path[PATH_MAX + 16];

	snprintf(path, sizeof path, "%s-general", t_runner());
	return path;
}
