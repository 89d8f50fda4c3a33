#include "functions/sandbox_measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "functions/sandbox_wire.h"

#define SLACK (16LL << 20)	/* process 1, and what the kernel keeps for them all */
#define CPU_MEMORY_MB 1769	/* that are one processor, as on AWS: of the usual weight */
#define CPU_WEIGHT 100
#define CPU_WEIGHT_MAX 10000	/* the kernel's */
#define PROC_MAX 4096

static void set(const char *group, const char *file, int64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	cgroup_set(group, file, text);
}

/* /tmp is of the group's memory, whether we like it or not. The kernel ends one process at a time: process 1 must live to tell. Of
 * the processor it is a share and no limit, where that controller is ours to use: what others leave, a cold start may have. */
int measure_limit(struct cgroup *g, int64_t memory_mb, int64_t tmp_mb, struct cage_limits *l)
{
	int64_t weight = memory_mb * CPU_WEIGHT / CPU_MEMORY_MB;
	int rc;

	l->memory_bytes = ((memory_mb + tmp_mb) << 20) + SLACK;
	if (!g)
		return 0;
	if ((rc = cgroup_make(g, l)) < 0)
		return rc;
	set(l->cgroup, "pids.max", SANDBOX_TASKS_MAX);
	set(l->cgroup, "memory.oom.group", 0);
	set(l->cgroup, "cpu.weight", weight < 1 ? 1 : weight > CPU_WEIGHT_MAX ? CPU_WEIGHT_MAX : weight);
	return 0;
}

static bool slurp(const char *path, char text[PROC_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, PROC_MAX - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static int64_t high_water_kb(int64_t pid)
{
	char path[64], text[PROC_MAX];
	const char *at;

	snprintf(path, sizeof path, "/proc/%lld/status", (long long)pid);
	if (!slurp(path, text) || !(at = strstr(text, "\nVmHWM:")))
		return 0;
	return strtoll(at + strlen("\nVmHWM:"), NULL, 10);
}

int64_t measure_children_kb(pid_t init)
{
	char path[64], list[PROC_MAX];
	int64_t pid, kb, most = 0;
	struct str rest, word;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)init, (int)init);
	if (!slurp(path, list))
		return 0;
	for (rest = str_of(list); str_next(&rest, ' ', &word);)
		if (str_to_int(word, 1, INT32_MAX, &pid) == 0 && (kb = high_water_kb(pid)) > most)
			most = kb;
	return most;
}
