#include "functions/sandbox/survey.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LENGTH 64
#define TEXT_MAX 4096

static const char stopped[] = "TtZXxD";

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
	int64_t bytes = sum(resident, false);

	return bytes > limit ? sum(share, false) : bytes;
}

int64_t survey_peak(void)
{
	return sum(high_water, true);
}

/* The letter behind the name, which may hold anything, in "pid (name) S ...". */
static bool is_stopped(int pid, int tid)
{
	char path[PATH_LENGTH], text[TEXT_MAX];
	const char *name_end;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
	if (!slurp(path, text))
		return true;		/* gone */
	name_end = strrchr(text, ')');
	return name_end && name_end[1] == ' ' && name_end[2] && strchr(stopped, name_end[2]);
}

static bool threads_stopped(int pid)
{
	char path[PATH_LENGTH];
	bool all = true;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	d = opendir(path);
	for (int tid; all && (tid = next_number(d, 0)) > 0;)
		all = is_stopped(pid, tid);
	if (d)
		closedir(d);
	return all;
}

bool survey_all_stopped(void)
{
	DIR *d = opendir("/proc");
	bool all = true;

	for (int pid; all && (pid = next_number(d, 1)) > 0;)
		all = threads_stopped(pid);
	if (d)
		closedir(d);
	return all;
}
