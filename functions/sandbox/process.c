#include "functions/sandbox/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/sandbox/native.h"
#include "functions/sandbox/words.h"

#define WORDS_MAX SANDBOX_ARGUMENTS_MAX	/* arguments and variables: each takes a byte at least */
#define LENT_MAX 4

static struct {
	pid_t pid;		/* 0: free */
	int64_t id;
} processes[SANDBOX_PROCESSES_MAX];

static int lent[LENT_MAX] = { -1, -1, -1, -1 };	/* by the number that they get */

struct order {
	struct sandbox_wire_exec head;
	const char *path, *directory;
	const char *argv[WORDS_MAX + 2], **envp;	/* envp follows argv's NULL */
};

bool process_lend(int64_t number, int fd)
{
	if (number < 1 || number >= LENT_MAX || fd < 0)
		return false;
	if (lent[number] >= 0)
		close(lent[number]);
	lent[number] = fd;
	return true;
}

static void take_back(void)
{
	for (int i = 0; i < LENT_MAX; i++) {
		if (lent[i] >= 0)
			close(lent[i]);
		lent[i] = -1;
	}
}

static bool read_order(struct order *o, const struct wire_message *m)
{
	struct words w;

	if (!words_open(&w, m, &o->head, sizeof o->head) || o->head.argument_count < 1 || o->head.variable_count < 0 ||
	    o->head.argument_count > WORDS_MAX || o->head.variable_count > WORDS_MAX - o->head.argument_count)
		return false;
	o->path = words_next(&w);
	o->directory = words_next(&w);
	o->envp = o->argv + o->head.argument_count + 1;
	return o->path && o->directory && words_list(&w, o->argv, o->head.argument_count) && words_list(&w, o->envp, o->head.variable_count);
}

static void add_descriptors(posix_spawn_file_actions_t *files)
{
	posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	for (int i = 1; i < LENT_MAX; i++)
		if (lent[i] >= 0)
			posix_spawn_file_actions_adddup2(files, lent[i], i);
	posix_spawn_file_actions_addclosefrom_np(files, lent[LENT_MAX - 1] >= 0 ? LENT_MAX : LENT_MAX - 1);
}

/* The error is that of execve, or of the directory. */
static int start_program(const struct order *o, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	add_descriptors(&files);
	posix_spawn_file_actions_addchdir_np(&files, o->directory);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	error = posix_spawn(pid, o->path, &files, &attr, (char **)(uintptr_t)o->argv, (char **)(uintptr_t)o->envp);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* As an exec would leave it: handlers gone, nothing blocked, and whoever is of the same user may look into it. */
static _Noreturn void become_native(const struct order *o)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	for (int i = 1; i < LENT_MAX; i++)
		if (lent[i] >= 0 && dup2(lent[i], i) < 0)
			_exit(127);
	syscall(SYS_close_range, lent[LENT_MAX - 1] >= 0 ? LENT_MAX : LENT_MAX - 1, ~0U, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "native", 0, 0, 0);
	if (chdir(o->directory) < 0)
		_exit(127);
	environ = (char **)(uintptr_t)o->envp;
	native_run(o->path, o->argv[o->head.argument_count - 1]);
}

static int start_native(const struct order *o, pid_t *pid)
{
	*pid = fork();
	if (*pid == 0)
		become_native(o);
	return *pid < 0 ? errno : 0;
}

int process_start(const struct wire_message *m, int *error)
{
	static struct order o;
	int at = 0, rc = 0;

	while (at < SANDBOX_PROCESSES_MAX && processes[at].pid != 0)
		at++;
	if (at == SANDBOX_PROCESSES_MAX || !read_order(&o, m)) {
		rc = E_BAD_INPUT;
		goto out;
	}
	*error = o.head.native ? start_native(&o, &processes[at].pid) : start_program(&o, &processes[at].pid);
	processes[at].id = m->head.id;
	if (*error)
		processes[at].pid = 0;
out:
	take_back();
	return rc;
}

pid_t process_pid(int64_t id)
{
	for (int i = 0; i < SANDBOX_PROCESSES_MAX; i++)
		if (processes[i].pid != 0 && processes[i].id == id)
			return processes[i].pid;
	return 0;
}

bool process_ended(pid_t pid, int64_t *id)
{
	for (int i = 0; i < SANDBOX_PROCESSES_MAX; i++)
		if (processes[i].pid == pid) {
			processes[i].pid = 0;
			*id = processes[i].id;
			return true;
		}
	return false;
}
