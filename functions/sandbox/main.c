/* minilab-sandbox: cages for custom functions. Started by minilab with the directories that its cages may show:
 *
 *     minilab-sandbox --carry /PATH/OF/slirp4netns ARGUMENT...
 *     minilab-sandbox [--code DIR] [--runtime DIR] [--lang DIR]... [--no-overlay]
 *
 * --no-overlay is for tests: layers are merged as on a kernel that lets no user mount an overlay file system. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "functions/sandbox/carry.h"
#include "functions/sandbox/zygote.h"

static bool take(struct tree *t, const char *name, const char *value)
{
	if (strcmp(name, "--no-overlay") == 0) {
		t->no_overlay = true;
		return true;
	}
	if (!value)
		return false;
	if (strcmp(name, "--code") == 0)
		t->code = value;
	else if (strcmp(name, "--runtime") == 0)
		t->runtime = value;
	else if (strcmp(name, "--lang") == 0 && t->lang_count < TREE_LANGS_MAX)
		t->langs[t->lang_count++] = value;
	else
		return false;
	return true;
}

static bool has_daemon(void)
{
	struct stat st;

	return fstat(3, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* When the machine runs out of memory, a function goes first. */
static void die_before_the_daemon(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	if (f) {
		fputs("500", f);
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	int64_t started_us = clock_mono_us();
	struct tree t = {0};

	if (argc > 2 && strcmp(argv[1], "--carry") == 0)
		carry_run(argv + 2);
	for (int i = 1; i < argc; i++) {
		if (!take(&t, argv[i], argv[i + 1])) {
			fprintf(stderr, "minilab-sandbox: %s is not understood\n", argv[i]);
			return 2;
		}
		i += strcmp(argv[i], "--no-overlay") != 0;
	}
	if (!has_daemon()) {
		fprintf(stderr, "minilab-sandbox is started by minilab; it does nothing by itself.\n");
		return 2;
	}
	umask(022);
	die_before_the_daemon();
	zygote_run(started_us, &t);
}
