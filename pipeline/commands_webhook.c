/* commands_webhook.c - `minilab webhook`: sets, shows, tries and removes webhooks of a running daemon, and tells again what they could not be told.
 * Functions that print what went wrong return an exit status. */
#include "pipeline/commands.h"

#include <string.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"

struct ask {
	struct arguments rest;
	const char *verb, *bucket, *url, *events, *secret, *id;
	bool all;
};

static void add(struct buf *path, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(path, "%c%s=", memchr(path->data, '?', path->len) ? '&' : '?', name);
	uri_encode(path, str_of(value), URI_NOTHING);
}

static int parse(struct buf *answer, struct arena *a, struct json_value **v)
{
	int rc = json_parse(a, str_n(answer->data, answer->len), v);

	return rc < 0 ? complain("the daemon's answer", rc, NULL) : 0;
}

static void print_events(const struct json_value *hook)
{
	const struct json_value *events = json_get(hook, "events");

	for (const struct json_value *e = events ? events->first : NULL; e; e = e->next)
		printf("%s%.*s", e == events->first ? "" : ",", STR_ARG(e->text));
}

/* -- what can be asked; parameters stand in the order of their names, as the client signs them -- */

static int set(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	struct arena a = {0};
	struct json_value *v;
	int status;

	buf_puts(path, "/_/webhooks");
	add(path, "bucket", k->bucket);
	add(path, "events", k->events);
	add(path, "secret", k->secret);
	add(path, "url", k->url);
	status = command_ask(c, "PUT", path->data, k->bucket, answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0) {
		printf("bucket  %s\nurl     %.*s\nevents  ", k->bucket, STR_ARG(json_text(v, "url")));
		print_events(v);
		printf("\nsecret  %.*s\n", STR_ARG(json_text(v, "secret")));
	}
	arena_clear(&a);
	return status;
}

static int show(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	const struct json_value *hooks;
	struct arena a = {0};
	struct json_value *v;
	int status;

	buf_puts(path, "/_/webhooks");
	add(path, "bucket", k->bucket);
	status = command_ask(c, "GET", path->data, k->bucket ? k->bucket : "webhooks", answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0) {
		hooks = json_get(v, "webhooks");
		for (const struct json_value *h = hooks ? hooks->first : NULL; h; h = h->next) {
			printf("%.*s  ", STR_ARG(json_text(h, "bucket")));
			print_events(h);
			printf("  %.*s\n", STR_ARG(json_text(h, "url")));
		}
		printf("waiting %lld, dead %lld\n", (long long)json_number(v, "waiting", 0), (long long)json_number(v, "dead", 0));
		if (json_text(v, "oldest_waiting").n)
			printf("the oldest waits since %.*s\n", STR_ARG(json_text(v, "oldest_waiting")));
	}
	arena_clear(&a);
	return status;
}

static int take_away(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	int status;

	buf_puts(path, "/_/webhooks");
	add(path, "bucket", k->bucket);
	status = command_ask(c, "DELETE", path->data, k->bucket, answer);
	if (status == 0)
		printf("removed\n");
	return status;
}

static int try_it(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	struct arena a = {0};
	struct json_value *v;
	int status;

	buf_puts(path, "/_/webhooks/test");
	add(path, "bucket", k->bucket);
	status = command_ask(c, "POST", path->data, k->bucket, answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0)
		printf("ping %lld is on its way; `minilab webhook dead %s` tells when it did not arrive\n", (long long)json_number(v, "id", 0), k->bucket);
	arena_clear(&a);
	return status;
}

static int dead(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	const struct json_value *lines;
	struct arena a = {0};
	struct json_value *v;
	int status;

	buf_puts(path, "/_/webhooks/dead");
	add(path, "bucket", k->bucket);
	status = command_ask(c, "GET", path->data, k->bucket ? k->bucket : "webhooks", answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0) {
		lines = json_get(v, "dead");
		for (const struct json_value *l = lines ? lines->first : NULL; l; l = l->next)
			printf("%lld  %.*s  %.*s  %.*s  %lld attempts  %.*s  %.*s\n", (long long)json_number(l, "id", 0), STR_ARG(json_text(l, "since")),
			       STR_ARG(json_text(l, "type")), STR_ARG(json_text(l, "key")), (long long)json_number(l, "attempts", 0),
			       STR_ARG(json_text(l, "code")), STR_ARG(json_text(l, "message")));
		if (json_get(v, "next"))
			printf("and more\n");
	}
	arena_clear(&a);
	return status;
}

static int redrive(const struct ask *k, struct client *c, struct buf *path, struct buf *answer)
{
	struct arena a = {0};
	struct json_value *v;
	long long count, sum = 0;
	bool more;
	int status;

	buf_puts(path, "/_/webhooks/redrive");
	add(path, "all", k->all ? "1" : NULL);
	add(path, "bucket", k->bucket);
	add(path, "id", k->id);
	do {			/* the daemon does so many in one change */
		answer->len = 0;
		status = command_ask(c, "POST", path->data, "dead lines", answer);
		if (status != 0 || (status = parse(answer, &a, &v)) != 0)
			break;
		count = json_number(v, "redriven", 0);
		more = json_get(v, "more") != NULL;
		sum += count;
		arena_clear(&a);
	} while (more && count > 0);
	if (status == 0 || sum > 0)
		printf("%lld will be told again\n", sum);
	arena_clear(&a);
	return status;
}

static const struct verb {
	const char *name;
	int least, most;		/* arguments that are no options */
	int (*run)(const struct ask *k, struct client *c, struct buf *path, struct buf *answer);
} verbs[] = {
	{ "set", 2, 2, set }, { "show", 0, 1, show }, { "remove", 1, 1, take_away }, { "test", 1, 1, try_it }, { "dead", 0, 1, dead },
	{ "redrive", 0, 1, redrive },
};

static const struct verb *read_ask(struct ask *k, int argc, char **argv)
{
	const struct {
		const char *name, **value;
	} options[] = { { "--events", &k->events }, { "--secret", &k->secret }, { "--id", &k->id } };
	const char *plain[3];
	int n = 0;

	arguments_take(&k->rest, argc, argv);
	for (int i = 0; i < k->rest.count; i++) {
		size_t at = 0;

		while (at < 3 && strcmp(k->rest.values[i], options[at].name) != 0)
			at++;
		if (strcmp(k->rest.values[i], "--all") == 0)
			k->all = true;
		else if (at < 3 && ++i < k->rest.count)
			*options[at].value = k->rest.values[i];
		else if (at < 3 || k->rest.values[i][0] == '-' || n == 3)
			return NULL;
		else
			plain[n++] = k->rest.values[i];
	}
	k->bucket = n > 1 ? plain[1] : NULL;
	k->url = n > 2 ? plain[2] : NULL;
	for (size_t v = 0; n > 0 && v < sizeof verbs / sizeof verbs[0]; v++)
		if (strcmp(plain[0], verbs[v].name) == 0)
			return n - 1 >= verbs[v].least && n - 1 <= verbs[v].most ? &verbs[v] : NULL;
	return NULL;
}

int command_webhook(int argc, char **argv)
{
	struct buf path = {0}, answer = {0};
	struct ask k = {0};
	const struct verb *v = read_ask(&k, argc, argv);
	struct client c;
	int status;

	if (!v || (v->run == redrive && !k.all && !k.id && !k.bucket))
		return command_usage("webhook");
	if ((status = command_client(&k.rest, &c)) == 0)
		status = v->run(&k, &c, &path, &answer);
	buf_clear(&path);
	buf_clear(&answer);
	return status;
}
