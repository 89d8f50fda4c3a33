/* commands_watch.c - `minilab watch`: gives a drop folder to the daemon of this machine and shows what becomes of its files. Functions that
 * print what went wrong return an exit status. */
#include "pipeline/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "base/sys.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"
#include "pipeline/watch.h"
#include "pipeline/watch_progress.h"

#define POLL_MS 500
#define PAIRS_MAX 24

struct pair {
	char name[32];
	const char *value;		/* borrowed */
};

struct wish {
	struct arguments rest;
	char dir[PATH_MAX];
	const char *action;		/* "add", "remove", "rescan"; NULL: none */
	const char *name;
	bool detach, wait, json;
	const char *lacks;		/* what the command line should say; NULL: it is wrong otherwise */
	struct pair pairs[PAIRS_MAX];	/* of the query */
	int count;
	char ticket[33];
};

/* -- the command line -- */

static bool add_pair(struct wish *w, const char *name, const char *value)
{
	struct pair *p = &w->pairs[w->count];

	if (w->count == PAIRS_MAX || !value || strlen(name) >= sizeof p->name)
		return false;
	snprintf(p->name, sizeof p->name, "%s", name);
	for (char *c = p->name; *c; c++)
		if (*c == '-')
			*c = '_';
	p->value = value;
	w->count++;
	return true;
}

static bool act(struct wish *w, const char *action)
{
	bool again = w->action != NULL;

	w->action = action;
	return !again;
}

static bool take_flag(struct wish *w, const char *flag, const char *value, int *used)
{
	static const struct { const char *flag; size_t at; } switches[] = {
		{ "--detach", offsetof(struct wish, detach) }, { "--wait", offsetof(struct wish, wait) }, { "--json", offsetof(struct wish, json) },
	};

	for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
		if (strcmp(flag, switches[i].flag) == 0)
			return *(bool *)((char *)w + switches[i].at) = true;
	if (strcmp(flag, "--remove") == 0 || strcmp(flag, "--rescan") == 0)
		return act(w, flag + 2);
	if (strncmp(flag, "--", 2) == 0 && watch_option_is_switch(str_of(flag + 2)))
		return add_pair(w, flag + 2, "on");
	*used = 2;
	if (strcmp(flag, "--name") == 0)
		return (w->name = value) != NULL;
	return strncmp(flag, "--", 2) == 0 && watch_option_exists(str_of(flag + 2)) && add_pair(w, flag + 2, value);
}

/* `--flag=value` in two. */
static bool take(struct wish *w, char **argv, int left, int *used)
{
	char *equals = strchr(argv[0], '=');

	*used = 1;
	if (argv[0][0] != '-') {
		bool again = w->dir[0] != '\0';

		snprintf(w->dir, sizeof w->dir, "%s", argv[0]);
		return !again;
	}
	if (!equals)
		return take_flag(w, argv[0], left > 1 ? argv[1] : NULL, used);
	*equals = '\0';
	return take_flag(w, argv[0], equals + 1, used) && (*used = 1);
}

static const char *value_of(const struct wish *w, const char *name)
{
	for (int i = 0; i < w->count; i++)
		if (strcmp(w->pairs[i].name, name) == 0)
			return w->pairs[i].value;
	return NULL;
}

static bool read_wish(struct wish *w, int argc, char **argv)
{
	int used;

	arguments_take(&w->rest, argc, argv);
	for (int i = 0; i < w->rest.count; i += used)
		if (!take(w, w->rest.values + i, w->rest.count - i, &used))
			return false;
	if (w->action)
		return w->dir[0] && w->count == 0 && !w->name;
	if (!w->dir[0])
		return w->count == 0 && !w->name && !w->wait && !w->detach;
	w->action = "add";
	w->lacks = value_of(w, "to") ? NULL : "which bucket are its files for: --to BUCKET/PREFIX?";
	return !w->lacks && !(w->wait && w->detach);
}

/* -- asking -- */

static int by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Once deleted, a photo is nowhere else; a camera gives the same names again and again. */
static void warn_of_replacing(const struct wish *w)
{
	const char *after = value_of(w, "after"), *both = value_of(w, "keep_both");

	if (after && strcmp(after, "delete") == 0 && !both)
		fprintf(stderr, "minilab: %s: a file of a name that was there before replaces its object, which is gone if its bucket keeps no versions; "
			"--keep-both keeps both\n", w->dir);
}

/* In the order of their names, as client_call wants it. */
static void write_path(struct wish *w, struct buf *to)
{
	qsort(w->pairs, (size_t)w->count, sizeof w->pairs[0], by_name);
	buf_puts(to, "/_/watch");
	for (int i = 0; i < w->count; i++) {
		buf_printf(to, "%c%s=", i == 0 ? '?' : '&', w->pairs[i].name);
		uri_encode(to, str_of(w->pairs[i].value), URI_NOTHING);
	}
}

/* The answer as a tree in the arena. */
static int call(struct client *c, const char *method, const char *path, const char *about, struct arena *a, struct json_value **answer)
{
	struct buf text = {0};
	int status = command_ask(c, method, path, about, &text), rc;

	if (status == 0 && (rc = json_parse(a, str_n(text.data, text.len), answer)) < 0)
		status = complain(about, rc, NULL);
	buf_clear(&text);
	return status;
}

/* Shows the daemon that its data directory may be written to by who asks (watch.h). */
static int make_ticket(struct wish *w, char path[PATH_MAX])
{
	uint8_t bytes[16];
	int fd;

	random_bytes(bytes, sizeof bytes);
	hex_encode(w->ticket, bytes, sizeof bytes);
	if (snprintf(path, PATH_MAX, "%s/" WATCH_TICKET "%s", default_data(&w->rest), w->ticket) >= PATH_MAX)
		return -ENAMETOOLONG;
	if ((fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600)) < 0)
		return fd;
	close(fd);
	return 0;
}

/* -- what is done -- */

static const struct json_value *folder_named(const struct json_value *v, struct str name)
{
	const struct json_value *list = json_get(v, "folders"), *f = list ? list->first : NULL;

	while (f && !str_eq(json_text(f, "name"), name))
		f = f->next;
	return f;
}

/* By its name, or by the path of the folder. */
static const struct json_value *folder_meant(const struct json_value *v, const char *text)
{
	const struct json_value *list = json_get(v, "folders"), *f = folder_named(v, str_of(text));
	char *real = realpath(text, NULL);

	if (!f)
		f = list ? list->first : NULL;
	while (f && !str_eq(json_text(f, "name"), str_of(text)) && !str_eq(json_text(f, "dir"), str_of(real ? real : text)))
		f = f->next;
	free(real);
	return f;
}

static int list(struct wish *w, struct client *c)
{
	struct json_value *v;
	struct arena a = {0};
	int status = call(c, "GET", "/_/watch", "drop folders", &a, &v);
	const struct json_value *f = status == 0 && json_get(v, "folders") ? json_get(v, "folders")->first : NULL;
	struct buf text = {0};
	struct json j = json_into(&text);

	if (status == 0 && w->json) {
		json_value(&j, NULL, v);
		printf("%s\n", text.data);
	} else if (status == 0 && !f) {
		printf("no drop folders; `minilab watch DIR --to BUCKET/PREFIX` adds one\n");
	}
	for (; f && !w->json; f = f->next) {
		printf("%.*s -> %.*s\n  ", STR_ARG(json_text(f, "dir")), STR_ARG(json_text(f, "to")));
		watch_progress_print(f, &(struct watch_progress){0});
	}
	buf_clear(&text);
	arena_clear(&a);
	return status;
}

/* Until it is told to leave, or (wait) until nothing is on its way. Exit status. */
static int follow(struct client *c, struct str name, bool wait)
{
	struct watch_progress p = { .terminal = isatty(STDOUT_FILENO) };
	int status = 0;
	bool over = false;

	while (!over) {
		struct json_value *v;
		const struct json_value *f;
		struct arena a = {0};

		over = (status = call(c, "GET", "/_/watch", name.p, &a, &v)) != 0;
		f = over ? NULL : folder_named(v, name);
		if (!over && !f) {
			printf("%s%.*s was removed\n", p.terminal ? "\r\033[K" : "", STR_ARG(name));
			over = true;
			status = wait;
		} else if (f && wait && !watch_progress_looks(f) && watch_progress_left(f) == 0) {
			watch_progress_end(&p, f);
			over = true;
			status = json_number(f, "failed", 0) > 0;
		} else if (f) {
			watch_progress_show(&p, f);
		}
		arena_clear(&a);
		if (!over)
			nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	}
	return status;
}

static int add(struct wish *w, struct client *c)
{
	char ticket[PATH_MAX] = "", real[PATH_MAX];
	struct buf path = {0};
	struct json_value *v;
	struct arena a = {0};
	int rc, status;

	if (!realpath(w->dir, real))
		return complain(w->dir, -errno, NULL);
	if ((rc = make_ticket(w, ticket)) < 0)
		return complain_dir(default_data(&w->rest), rc);
	add_pair(w, "action", "add");
	add_pair(w, "dir", real);
	add_pair(w, "ticket", w->ticket);
	if (w->name)
		add_pair(w, "name", w->name);
	warn_of_replacing(w);
	write_path(w, &path);
	status = call(c, "POST", path.data, w->dir, &a, &v);
	unlink(ticket);		/* where the daemon did not use it up */
	if (status == 0 && w->detach)
		printf("%.*s\n", STR_ARG(json_text(v, "name")));
	else if (status == 0)
		status = follow(c, json_text(v, "name"), w->wait);
	buf_clear(&path);
	arena_clear(&a);
	return status;
}

/* Remove or rescan one that is there. */
static int act_on(struct wish *w, struct client *c)
{
	struct buf path = {0};
	struct json_value *v;
	struct arena a = {0};
	int status = call(c, "GET", "/_/watch", w->dir, &a, &v);
	const struct json_value *f = status == 0 ? folder_meant(v, w->dir) : NULL;

	if (status == 0 && !f) {
		status = complain(w->dir, E_NOT_FOUND, "`minilab watch` lists the drop folders there are");
	} else if (status == 0) {
		add_pair(w, "action", w->action);
		add_pair(w, "name", arena_dup(&a, json_text(f, "name")));
		write_path(w, &path);
		status = call(c, "POST", path.data, w->dir, &a, &v);
	}
	if (status == 0 && w->wait)
		status = follow(c, json_text(v, "name"), true);
	buf_clear(&path);
	arena_clear(&a);
	return status;
}

int command_watch(int argc, char **argv)
{
	struct wish w = {0};
	struct client c;
	int rc;

	if (!read_wish(&w, argc, argv)) {
		int status = command_usage("watch");

		if (w.lacks)
			fprintf(stderr, "\nminilab: %s: %s\n", w.dir, w.lacks);
		return status;
	}
	if ((rc = client_from_dir(&c, default_data(&w.rest))) < 0)
		return complain_dir(default_data(&w.rest), rc);
	if (!w.action)
		return list(&w, &c);
	return strcmp(w.action, "add") == 0 ? add(&w, &c) : act_on(&w, &c);
}
