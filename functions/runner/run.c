#include "functions/runner/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "functions/runner/check.h"
#include "functions/runner/zygote.h"

static int versions(const struct runner *r)
{
	struct buf text = {0};

	r->prepare();
	r->versions(&text);
	fputs(text.data ? text.data : "", stdout);
	buf_clear(&text);
	return 0;
}

static int check(const char *json)
{
	char message[SAY_MAX];

	if (check_variables(str_of(json), message))
		return 0;
	fprintf(stderr, "minilab: setting variable: %s\n", message);
	return 2;
}

static bool has_daemon(void)
{
	struct stat st;

	return fstat(3, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* When the machine runs out of memory, a decoder goes first. */
static void die_before_the_daemon(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	if (f) {
		fputs("500", f);
		fclose(f);
	}
}

int run(const struct runner *r, int argc, char **argv)
{
	int64_t started_us = clock_mono_us();
	enum probes probes = PROBES_NONE;

	if (argc > 1 && strcmp(argv[1], "--versions") == 0)
		return versions(r);
	if (argc > 2 && strcmp(argv[1], "--check") == 0)
		return check(argv[2]);
	if (argc > 1 && strcmp(argv[1], "--probes") == 0)
		probes = r->general ? PROBES_GENERAL : PROBES_FAST;
	if (!has_daemon()) {
		fprintf(stderr, "%s is started by minilab; it does nothing by itself. --versions lists its codecs.\n", r->name);
		return 2;
	}
	die_before_the_daemon();
	signal(SIGXFSZ, SIG_IGN);	/* too large an answer is an error, as it is for process 1 of a namespace */
	r->prepare();
	zygote_run(started_us, probes);
}
