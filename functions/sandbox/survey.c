#include "functions/sandbox/survey.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "functions/sandbox_wire.h"

#define PATH_LENGTH 64
#define TEXT_MAX 4096

static const char stopped[] = "TtZXxD";
static int processes;

/* The file as text; false when the process is gone, or does not let us look. */
static bool slurp(const char *path, char text[TEXT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, TEXT_MAX - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The next directory that is a number, besides our own. 0: no more. */
static int next_number(DIR *d, int besides)
{
	struct dirent *e;

	while (d && (e = readdir(d))) {
		int number = isdigit((unsigned char)e->d_name[0]) ? (int)strtol(e->d_name, NULL, 10) : 0;

		if (number > 0 && number != besides)
			return number;
	}
	return 0;
}

/* Sum over all processes of what `of` tells about one. */
static int64_t sum(int64_t (*of)(int pid), bool most)
{
	DIR *d = opendir("/proc");
	int64_t total = 0, one;

	for (int pid; (pid = next_number(d, 1)) > 0;) {
		one = of(pid);
		if (!most)
			total += one;
		else if (one > total)
			total = one;
	}
	if (d)
		closedir(d);
	return total;
}

/* The second number of statm, which is never refused. */
static int64_t resident(int pid)
{
	char path[PATH_LENGTH], text[TEXT_MAX];
	const char *space;

	processes++;
	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	if (!slurp(path, text) || !(space = strchr(text, ' ')))
		return 0;
	return strtoll(space, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int64_t kb_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoll(at + strlen(name), NULL, 10) * 1024 : -1;
}

/* Who has made itself opaque is counted in full. */
static int64_t share(int pid)
{
	char path[PATH_LENGTH], text[TEXT_MAX];
	int64_t bytes = -1;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
	if (slurp(path, text))
		bytes = kb_after(text, "\nPss:");
	return bytes < 0 ? resident(pid) : bytes;
}

static int64_t high_water(int pid)
{
	char path[PATH_LENGTH], text[TEXT_MAX];
	int64_t bytes = -1;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (slurp(path, text))
		bytes = kb_after(text, "\nVmHWM:");
	return bytes < 0 ? 0 : bytes;
}

int64_t survey_memory(int64_t limit)
{
	int64_t bytes;

	processes = 0;
	bytes = sum(resident, false);
	return bytes > limit ? sum(share, false) : bytes;
}

int64_t survey_peak(void)
{
	return sum(high_water, true);
}

int survey_processes(void)
{
	return processes;
}

/* What stands behind the name, which may hold anything, in "pid (name) S ..."; NULL: it is gone. */
static const char *state_of(int pid, int tid, char text[TEXT_MAX])
{
	char path[PATH_LENGTH];
	const char *name_end;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	if (!slurp(path, text))
		return NULL;
	name_end = strrchr(text, ')');
	return name_end && name_end[1] == ' ' ? name_end + 2 : "";
}

static bool is_stopped(int pid, int tid)
{
	char text[TEXT_MAX];
	const char *state = state_of(pid, tid, text);

	return !state || (*state && strchr(stopped, *state));
}

/* "S parent group session ..."; 0: it is gone. */
static int session_of(int pid)
{
	char text[TEXT_MAX];
	const char *at = state_of(pid, pid, text);

	for (int i = 0; at && i < 3; i++)
		at = (at = strchr(at, ' ')) ? at + 1 : NULL;
	return at ? (int)strtol(at, NULL, 10) : 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int survey_sessions(void)
{
	static int sessions[SANDBOX_TASKS_MAX];
	DIR *d = opendir("/proc");
	int n = 0, distinct = 0;

	for (int pid; n < SANDBOX_TASKS_MAX && (pid = next_number(d, 1)) > 0;)
		if ((sessions[n] = session_of(pid)) > 0)
			n++;
	if (d)
		closedir(d);
	qsort(sessions, (size_t)n, sizeof sessions[0], by_number);
	for (int i = 0; i < n; i++)
		distinct += i == 0 || sessions[i] != sessions[i - 1];
	return distinct;
}

/* False: `each` had enough. */
static bool each_thread_of(int pid, bool (*each)(int pid, int tid))
{
	char path[PATH_LENGTH];
	bool more = true;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	d = opendir(path);
	for (int tid; more && (tid = next_number(d, 0)) > 0;)
		more = each(pid, tid);
	if (d)
		closedir(d);
	return more;
}

static bool each_thread(bool (*each)(int pid, int tid))
{
	DIR *d = opendir("/proc");
	bool more = true;

	for (int pid; more && (pid = next_number(d, 1)) > 0;)
		more = each_thread_of(pid, each);
	if (d)
		closedir(d);
	return more;
}

bool survey_all_stopped(void)
{
	return each_thread(is_stopped);
}

static void (*caller)(int tid);

static bool call(int pid, int tid)
{
	(void)pid;
	caller(tid);
	return true;
}

void survey_each_thread(void (*each)(int tid))
{
	caller = each;
	(void)each_thread(call);
}
