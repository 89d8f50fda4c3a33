#include "pipeline/beside.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void directory_of(char to[PATH_MAX], const char *program)
{
	char *slash;
	ssize_t n;

	if (program && *program) {
		snprintf(to, PATH_MAX, "%s", program);
	} else {
		n = readlink("/proc/self/exe", to, PATH_MAX - 1);
		to[n < 0 ? 0 : n] = '\0';
	}
	slash = strrchr(to, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(to, PATH_MAX, ".");
}

void beside(char to[BESIDE_MAX], const char *program, const char *name)
{
	char dir[PATH_MAX];

	directory_of(dir, program);
	snprintf(to, BESIDE_MAX, "%s/%s", dir, name);
}

void beside_runtimes(char to[BESIDE_MAX], const char *program)
{
	static const char *const places[] = { "runtimes", "../../functions/runtimes" };
	char path[BESIDE_MAX], real[PATH_MAX];

	*to = '\0';
	for (size_t i = 0; i < sizeof places / sizeof places[0] && !*to; i++) {
		beside(path, program, places[i]);
		if (realpath(path, real))
			snprintf(to, BESIDE_MAX, "%s", real);
	}
}

void beside_interpreter(char to[BESIDE_MAX], const char *setting, const char *name)
{
	static const char *const places[] = { "/usr/local/bin", "/usr/bin" };

	snprintf(to, BESIDE_MAX, "%s", setting);
	for (size_t i = 0; i < sizeof places / sizeof places[0] && !*to; i++) {
		snprintf(to, BESIDE_MAX, "%s/%s", places[i], name);
		if (access(to, X_OK) < 0)
			*to = '\0';
	}
}
