/* main.c - the program: which command, with which settings. The only file that sees every room. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "functions/programs.h"
#include "pipeline/commands.h"
#include "pipeline/daemon.h"
#include "storage/db.h"
#include "web/web.h"

static int open_door(void **door, struct minilab *m, int *port)
{
	struct web *w = NULL;
	int rc = web_open(&w, m, port);

	*door = w;
	return rc;
}

static void stop_door(void *door, void (*stopped)(void *owner), void *owner)
{
	web_stop(door, stopped, owner);
}

static void attach_door(void *door, struct custom_environment *e, int runtime, int endpoint)
{
	web_attach(door, e, runtime, endpoint);
}

static void detach_door(void *door, struct custom_environment *e)
{
	web_detach(door, e);
}

static void close_door(void *door, void (*closed)(void *owner), void *owner)
{
	web_close(door, closed, owner);
}

static void serve_help(FILE *to)
{
	fprintf(to, "usage: minilab serve [--config FILE] [--SETTING VALUE]...\n\n"
		"Runs the daemon. Settings come from FILE (`name = value` lines; also MINILAB_CONFIG), then from MINILAB_NAME\n"
		"variables, then from flags; the last one wins. [default; bounds]\n\n");
	settings_help(to);
}

static int bad_flag(const char *flag, const char *why)
{
	fprintf(stderr, "minilab: %s: %s (see `minilab serve --help`)\n", flag, why);
	return E_BAD_INPUT;
}

static int take_flag(struct settings *s, int argc, char **argv, int *at)
{
	const char *flag = argv[*at], *equals = strchr(flag, '=');
	struct str name, value;
	int rc;

	if (strncmp(flag, "--", 2) != 0)
		return bad_flag(flag, "not a flag");
	name = equals ? str_n(flag + 2, (size_t)(equals - flag - 2)) : str_of(flag + 2);
	if (equals)
		value = str_of(equals + 1);
	else if (settings_is_switch(name))
		value = STR("on");
	else if (*at + 1 < argc)
		value = str_of(argv[++*at]);
	else
		return bad_flag(flag, "needs a value");
	rc = settings_set(s, SETTING_FLAG, name, value);
	return rc == 0 ? 0 : bad_flag(flag, rc == E_NOT_FOUND ? "no such setting" : "bad value");
}

/* `--config FILE` counts before all other flags, wherever it stands. */
static const char *config_file(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--config") == 0)
			return argv[i + 1];
	return getenv("MINILAB_CONFIG");
}

static int gather_settings(struct settings *s, int argc, char **argv)
{
	const char *file = config_file(argc, argv);
	char error[256] = "";
	int rc = 0;

	if (file)
		rc = settings_file(s, file, error);
	if (rc == 0)
		rc = settings_environment(s, error);
	if (rc < 0)
		fprintf(stderr, "minilab: %s\n", error);
	for (int i = 1; i < argc && rc == 0; i++) {
		if (strcmp(argv[i], "--config") == 0)
			i++;
		else
			rc = take_flag(s, argc, argv, &i);
	}
	return rc;
}

static void set_log_level(const char *name)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			log_set_level((enum log_level)i);
}

static int serve(int argc, char **argv)
{
	static const struct door door = { .open = open_door, .stop = stop_door, .attach = attach_door, .detach = detach_door, .close = close_door };
	struct settings s;
	int rc;

	settings_defaults(&s);
	rc = gather_settings(&s, argc, argv) < 0 ? 2 : 0;
	if (rc == 0) {
		set_log_level(s.log_level);
		sys_fault_from_env();
		rc = daemon_run(&s, &door);
	}
	settings_clear(&s);
	return rc;
}

/* Codecs are in the caged programs; they tell of them themselves. */
static int runner_versions(const char *path, const char *name)
{
	char *const argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)"--versions", NULL };
	int rc, status = 0;
	pid_t pid;

	printf("\n%s\n", name);
	fflush(stdout);
	if ((rc = posix_spawn(&pid, path, NULL, NULL, argv, environ)) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(rc));
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : 1;
}

static int version(void)
{
	char self[4096], path[sizeof self + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	int bad = 0;

	printf("minilab %s\n%s\n", MINILAB_VERSION, db_library());
	if (n < 0)
		return 1;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (int i = 0; i < PROGRAMS; i++) {
		const char *name = program_name((enum program)i);

		snprintf(path, sizeof path, "%s/%s", self, name);
		bad |= runner_versions(path, name);
	}
	return bad;
}

static void help(FILE *to)
{
	fprintf(to, "minilab %s: a photo minilab in a box\n\nusage: minilab COMMAND ...\n\n", MINILAB_VERSION);
	fprintf(to, "  %-12s %-34s %s\n", "serve", "[--SETTING VALUE]...", "run the daemon");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-12s %-34s %s\n", c->name, c->arguments, c->what);
	fprintf(to, "  %-12s %-34s %s\n", "version", "", "versions of minilab and its codecs");
	fprintf(to, "\n`minilab COMMAND --help` tells more. First steps:\n\n"
		"  minilab serve --data ./data --listen 127.0.0.1:9000 --show-keys\n"
		"  eval \"$(minilab credentials --data ./data --export)\"\n"
		"  aws --endpoint-url http://127.0.0.1:9000 s3 cp cat.jpg s3://photos/cat.jpg\n"
		"  minilab explain photos/cat.jpg --data ./data\n");
}

static bool asks_help(int argc, char **argv)
{
	return argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
}

static int run_command(int argc, char **argv)
{
	for (const struct command *c = commands; c->name; c++) {
		if (strcmp(argv[1], c->name) != 0)
			continue;
		if (!asks_help(argc, argv)) {
			log_set_level(LOG_WARN);	/* what it has to say it prints */
			return c->run(argc - 1, argv + 1);
		}
		printf("usage: minilab %s %s\n\n%s", c->name, c->arguments, c->help);
		return 0;
	}
	fprintf(stderr, "minilab: no command `%s`\n\n", argv[1]);
	help(stderr);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0)
		return version();
	if (strcmp(argv[1], "serve") != 0)
		return run_command(argc, argv);
	if (asks_help(argc, argv)) {
		serve_help(stdout);
		return 0;
	}
	return serve(argc - 1, argv + 1);
}
