#include "functions/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "functions/unpack_wire.h"

#define PRIVATE "tmp-"
#define NAME_SIZE 160
#define FD_HIGH 16		/* above those the program has, so that putting them in place overwrites none */

static _Atomic unsigned long last_private;

static void private_name(char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, PRIVATE "%ld-%lu", (long)getpid(), atomic_fetch_add(&last_private, 1));
}

static void name_of(struct str id, char name[NAME_SIZE])
{
	CHECK(id.n > 0 && id.n < NAME_SIZE && id.p[0] != '.' && !memchr(id.p, '/', id.n) && !str_starts(id, STR(PRIVATE)));
	snprintf(name, NAME_SIZE, "%.*s", STR_ARG(id));
}

/* Everything below `name`, and it. Follows no links: what is not a folder is one name. Depth is bounded by what made the tree. */
static int remove_tree(int dir, const char *name)
{
	int fd, rc = 0;
	DIR *d;

	if ((fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return errno == ENOENT ? 0 : errno == ENOTDIR || errno == ELOOP ? sys_unlinkat(dir, name, 0) : -errno;
	if (!(d = fdopendir(fd))) {
		close(fd);
		return -ENOMEM;
	}
	for (struct dirent *e; rc == 0 && (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		rc = e->d_type == DT_DIR || e->d_type == DT_UNKNOWN ? remove_tree(fd, e->d_name) : sys_unlinkat(fd, e->d_name, 0);
	}
	closedir(d);
	return rc < 0 ? rc : sys_unlinkat(dir, name, AT_REMOVEDIR);
}

static int open_dir(const char *path)
{
	return sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

bool unpack_is_ready(const char *code_dir, struct str id)
{
	char name[NAME_SIZE];
	struct stat st;
	int dir = open_dir(code_dir);
	bool ready;

	name_of(id, name);
	ready = dir >= 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (dir >= 0)
		close(dir);
	return ready;
}

/* 0-2 are /dev/null but the last, where a sanitizer may speak. */
static int spawn(const char *program, int64_t size, const int fds[UNPACK_FDS_END], pid_t *pid)
{
	char length[24];
	char *const env[] = { NULL };
	char *const argv[] = { (char *)(uintptr_t)"minilab-unpack", length, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	snprintf(length, sizeof length, "%lld", (long long)size);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_RDWR, 0);
	for (int i = UNPACK_FD_ZIP; i < UNPACK_FDS_END; i++)
		posix_spawn_file_actions_adddup2(&files, fds[i], i);
	posix_spawn_file_actions_addclosefrom_np(&files, UNPACK_FDS_END);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	rc = posix_spawn(pid, program, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

/* The message of the program, which is then gone. False: it died or took too long; the log has how. */
static bool listen_to(pid_t pid, int from, struct unpack_told *told)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	ssize_t n = -1;
	int status = 0;

	while (poll(&p, 1, UNPACK_SECONDS_MAX * 1000) < 0 && errno == EINTR)
		;
	if (p.revents)
		n = read(from, told, sizeof *told);	/* in one piece: it is smaller than PIPE_BUF */
	kill(pid, SIGKILL);	/* of what is left: it has told, or it will not */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n == (ssize_t)sizeof *told && told->verdict < UNPACK_VERDICTS &&
	    told->bytes >= 0 && told->bytes <= UNPACK_BYTES_MAX && told->files >= 0 && told->files <= UNPACK_FILES_MAX)
		return true;
	log_warn(E_CRASHED, "unpack status=%d told=%zd", status, n);
	return false;
}

static int run_program(const char *program, int zip, int64_t size, int dir, struct unpack_told *told)
{
	int fds[UNPACK_FDS_END] = { -1, -1, -1, -1, -1, -1 }, pipes[2] = { -1, -1 }, rc = 0;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	if ((fds[UNPACK_FD_ZIP] = fcntl(zip, F_DUPFD_CLOEXEC, FD_HIGH)) < 0 ||
	    (fds[UNPACK_FD_DIR] = fcntl(dir, F_DUPFD_CLOEXEC, FD_HIGH)) < 0 ||
	    (fds[UNPACK_FD_TOLD] = fcntl(pipes[1], F_DUPFD_CLOEXEC, FD_HIGH)) < 0)
		rc = -errno;
	else
		rc = spawn(program, size, fds, &pid);
	close(pipes[1]);
	for (int i = UNPACK_FD_ZIP; i < UNPACK_FDS_END; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (rc == 0 && !listen_to(pid, pipes[0], told))
		*told = (struct unpack_told){ .verdict = UNPACK_FAILED };
	close(pipes[0]);
	return rc;
}

#define X(name, text) text,
static const char *const texts[UNPACK_VERDICTS] = { UNPACK_TABLE(X) };
#undef X

/* The text with the name of the entry in it, made harmless. */
static void explain(const struct unpack_told *told, struct unpack_result *r)
{
	const char *text = texts[r->verdict], *gap = strstr(text, "%s");
	struct str name = str_n(told->name, strnlen(told->name, sizeof told->name));

	if (gap)
		snprintf(r->message, sizeof r->message, "%.*s%s%s", (int)(gap - text), text, log_quote(name), gap + 2);
	else
		snprintf(r->message, sizeof r->message, "%s", text);
	if (told->error)
		log_warn(-told->error, "unpack verdict=%d at=%s", (int)r->verdict, log_quote(name));
}

/* All of it is on the disk before it has its name, and the name before anybody is told. */
static int put_in_place(int code, int made, const char *from, const char *to)
{
	int rc;

	if (sys_injected("syncfs", &rc))
		return rc;
	if (syncfs(made) < 0)
		return -errno;
	rc = sys_renameat(code, from, to);
	if (rc == -ENOTEMPTY || rc == -EEXIST)
		return 0;	/* somebody else was faster, with the same bytes */
	return rc < 0 ? rc : sys_fsync(code);
}

static int unpack_beside(const char *program, int zip, int64_t size, int code, const char *name, struct unpack_result *r)
{
	struct unpack_told told;
	char beside[NAME_SIZE];
	int made = -1, rc;

	private_name(beside);
	if ((rc = sys_mkdirat(code, beside, 0755)) < 0)
		return rc;
	if ((rc = made = sys_openat(code, beside, O_RDONLY | O_DIRECTORY, 0)) < 0)
		goto out;
	if (fchmod(made, 0755) < 0) {	/* whatever the umask is: functions are other users */
		rc = -errno;
		goto out;
	}
	if ((rc = run_program(program, zip, size, made, &told)) < 0)
		goto out;
	*r = (struct unpack_result){ .verdict = (enum unpack_verdict)told.verdict, .bytes = told.bytes, .files = told.files };
	explain(&told, r);
	if (r->verdict == UNPACK_OK)
		rc = put_in_place(code, made, beside, name);
out:
	if (made >= 0)
		close(made);
	remove_tree(code, beside);	/* when it has not become the other name */
	return rc;
}

int unpack(const char *program, int zip, int64_t size, const char *code_dir, struct str id, struct unpack_result *r)
{
	char name[NAME_SIZE];
	int code, rc = 0;

	*r = (struct unpack_result){0};
	name_of(id, name);
	if (size == 0 || size > UNPACK_ZIP_MAX) {
		r->verdict = size == 0 ? UNPACK_EMPTY : UNPACK_TOO_LARGE;
		explain(&(struct unpack_told){0}, r);
		return 0;
	}
	if ((code = open_dir(code_dir)) < 0)
		return code;
	if (faccessat(code, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		rc = unpack_beside(program, zip, size, code, name, r);
	close(code);
	return rc;
}

/* It loses its name first: what is half removed must not be found. */
int unpack_remove(const char *code_dir, struct str id)
{
	char name[NAME_SIZE], beside[NAME_SIZE];
	int code = open_dir(code_dir), rc;

	if (code < 0)
		return code;
	name_of(id, name);
	private_name(beside);
	if ((rc = sys_renameat(code, name, beside)) == 0)
		rc = remove_tree(code, beside);
	close(code);
	return rc == -ENOENT ? 0 : rc;
}

int unpack_clean(const char *code_dir)
{
	int code = open_dir(code_dir), rc = 0;
	DIR *d;

	if (code < 0)
		return code;
	if (!(d = fdopendir(code))) {
		close(code);
		return -ENOMEM;
	}
	for (struct dirent *e; rc == 0 && (e = readdir(d));)
		if (strncmp(e->d_name, PRIVATE, strlen(PRIVATE)) == 0)
			rc = remove_tree(code, e->d_name);
	closedir(d);
	return rc;
}
