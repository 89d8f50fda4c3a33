/* commands_token.c - `minilab token`: makes, lists and revokes upload tokens in a running daemon. Functions that print what went wrong
 * return an exit status. */
#include "pipeline/commands.h"

#include <string.h>

#include "base/check.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"

struct wish {
	struct arguments rest;
	bool list;
	const char *revoke;
	const char *bucket, *prefix, *types, *label, *size_max, *uses, *expires;
};

/* -- numbers with units -- */

static const struct unit {
	const char *text;
	int64_t worth;
} sizes[] = { { "", 1 }, { "B", 1 }, { "kB", 1000 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { NULL, 0 } },
  times[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 } };

static int read_units(const char *text, const struct unit *units, int64_t *n)
{
	size_t digits = strspn(text, "0123456789");
	int64_t count;

	if (str_to_int(str_n(text, digits), 1, INT32_MAX, &count) < 0)
		return E_BAD_INPUT;
	for (; units->text; units++)
		if (strcmp(text + digits, units->text) == 0) {
			*n = count * units->worth;
			return 0;
		}
	return E_BAD_INPUT;
}

/* -- what was asked for -- */

static bool read_wish(struct wish *w, int argc, char **argv)
{
	const struct arguments *a = &w->rest;
	const struct {
		const char *name, **value;
	} options[] = {
		{ "--bucket", &w->bucket }, { "--prefix", &w->prefix }, { "--types", &w->types }, { "--label", &w->label },
		{ "--size-max", &w->size_max }, { "--uses", &w->uses }, { "--expires", &w->expires }, { "--revoke", &w->revoke },
	};
	const size_t n = sizeof options / sizeof options[0];

	arguments_take(&w->rest, argc, argv);
	for (int i = 0; i < a->count; i++) {
		size_t k = 0;

		if (strcmp(a->values[i], "--list") == 0) {
			w->list = true;
			continue;
		}
		while (k < n && strcmp(a->values[i], options[k].name) != 0)
			k++;
		if (k == n || *options[k].value || ++i == a->count)
			return false;
		*options[k].value = a->values[i];
	}
	return w->revoke ? !w->list && !w->bucket : w->bucket != NULL;
}

static void add(struct buf *path, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(path, "%c%s=", memchr(path->data, '?', path->len) ? '&' : '?', name);
	uri_encode(path, str_of(value), URI_NOTHING);
}

static void add_number(struct buf *path, const char *name, const char *given, int64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)n);
	add(path, name, given ? text : NULL);
}

static int parse(struct buf *answer, struct arena *a, struct json_value **v)
{
	int rc = json_parse(a, str_n(answer->data, answer->len), v);

	return rc < 0 ? complain("the daemon's answer", rc, NULL) : 0;
}

/* -- the three of them; parameters stand in the order of their names, as the client signs them -- */

static int make(const struct wish *w, struct client *c, struct buf *path, struct buf *answer)
{
	struct arena a = {0};
	struct json_value *v;
	int64_t size = 0, expires = 0;
	int status;

	if ((w->size_max && read_units(w->size_max, sizes, &size) < 0) || (w->expires && read_units(w->expires, times, &expires) < 0))
		return command_usage("token");
	buf_puts(path, "/_/tokens");
	add(path, "bucket", w->bucket);
	add_number(path, "expires_s", w->expires, expires);
	add(path, "label", w->label);
	add(path, "prefix", w->prefix);
	add_number(path, "size_max", w->size_max, size);
	add(path, "types", w->types);
	add(path, "uses", w->uses);
	status = command_ask(c, "POST", path->data, w->bucket, answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0)
		printf("id       %.*s\nexpires  %.*s\n%.*s\n", STR_ARG(json_text(v, "id")), STR_ARG(json_text(v, "expires_at")), STR_ARG(json_text(v, "token")));
	arena_clear(&a);
	return status;
}

static void print_token(const struct json_value *t)
{
	struct str prefix = json_text(t, "prefix"), types = json_text(t, "types"), label = json_text(t, "label");
	int64_t uses = json_number(t, "uses", 0);

	printf("%.*s  until %.*s  used %lld", STR_ARG(json_text(t, "id")), STR_ARG(json_text(t, "expires_at")), (long long)json_number(t, "used", 0));
	if (uses > 0)
		printf(" of %lld", (long long)uses);
	printf("  up to %lld bytes", (long long)json_number(t, "size_max", 0));
	if (prefix.n > 0)
		printf("  prefix %.*s", STR_ARG(prefix));
	if (types.n > 0)
		printf("  types %.*s", STR_ARG(types));
	if (label.n > 0)
		printf("  %.*s", STR_ARG(label));
	printf("\n");
}

static int list(const struct wish *w, struct client *c, struct buf *path, struct buf *answer)
{
	struct arena a = {0};
	struct json_value *v;
	const struct json_value *tokens;
	int status;

	buf_puts(path, "/_/tokens");
	add(path, "bucket", w->bucket);
	status = command_ask(c, "GET", path->data, w->bucket, answer);
	if (status == 0 && (status = parse(answer, &a, &v)) == 0) {
		tokens = json_get(v, "tokens");
		for (const struct json_value *t = tokens ? tokens->first : NULL; t; t = t->next)
			print_token(t);
	}
	arena_clear(&a);
	return status;
}

static int take_back(const struct wish *w, struct client *c, struct buf *path, struct buf *answer)
{
	int status;

	buf_puts(path, "/_/tokens/");
	uri_encode(path, str_of(w->revoke), URI_NOTHING);
	status = command_ask(c, "DELETE", path->data, "the token", answer);
	if (status == 0)
		printf("revoked\n");
	return status;
}

int command_token(int argc, char **argv)
{
	struct wish w = {0};
	struct buf path = {0}, answer = {0};
	struct client c;
	int status;

	if (!read_wish(&w, argc, argv))
		return command_usage("token");
	if ((status = command_client(&w.rest, &c)) == 0)
		status = (w.revoke ? take_back : w.list ? list : make)(&w, &c, &path, &answer);
	buf_clear(&path);
	buf_clear(&answer);
	return status;
}
