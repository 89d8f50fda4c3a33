/* commands_similar.c - `minilab similar`. Functions that print what went wrong return an exit status. */
#include "pipeline/commands.h"

#include <string.h>

#include "base/codec.h"
#include "base/err.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"
#include "pipeline/similar.h"

struct wish {
	struct arguments rest;
	const char *name;
	struct str bucket, key;
	int64_t within;
	bool raw;
};

static bool read_wish(struct wish *w, int argc, char **argv)
{
	const struct arguments *a = &w->rest;

	*w = (struct wish){ .within = SIMILAR_WITHIN };
	arguments_take(&w->rest, argc, argv);
	for (int i = 0; i < a->count; i++) {
		if (strcmp(a->values[i], "--json") == 0) {
			w->raw = true;
		} else if (strcmp(a->values[i], "--within") == 0) {
			if (++i == a->count || str_to_int(str_of(a->values[i]), 0, SIMILAR_WITHIN_MAX, &w->within) < 0)
				return false;
		} else if (w->name || command_split(a->values[i], &w->bucket, &w->key) < 0) {
			return false;
		} else {
			w->name = a->values[i];
		}
	}
	return w->name != NULL;
}

static int locally(const struct wish *w, struct buf *json)
{
	char error[SIMILAR_ERROR_MAX];
	const char *dir = default_data(&w->rest);
	struct store *s = NULL;
	struct db *reader = NULL;
	int status = command_open_reader(dir, &s, &reader), rc;

	if (status == 0 && (rc = similar_gather(reader, w->bucket, w->key, (int)w->within, json, error)) < 0) {
		if (error[0])
			fprintf(stderr, "minilab: %s: %s\n", w->name, error);
		status = error[0] ? COMPLAINED : complain(w->name, rc, NULL);
	}
	db_close(reader);
	store_close(s);
	return status;
}

static int remotely(const struct wish *w, struct buf *json)
{
	struct buf path = {0};
	struct client c;
	int status = command_client(&w->rest, &c);

	if (status != 0)
		return status;
	buf_puts(&path, "/_/similar/");
	uri_encode(&path, w->bucket, URI_NOTHING);
	buf_puts(&path, "/");
	uri_encode(&path, w->key, URI_SLASH);
	buf_printf(&path, "?within=%lld", (long long)w->within);
	status = command_ask(&c, "GET", path.data, w->name, json);
	buf_clear(&path);
	return status;
}

int command_similar(int argc, char **argv)
{
	struct buf json = {0};
	struct wish w;
	int status, rc;

	if (!read_wish(&w, argc, argv))
		return command_usage("similar");
	status = command_local(&w.rest) ? locally(&w, &json) : remotely(&w, &json);
	if (status == 0 && w.raw)
		printf("%s\n", json.data);
	else if (status == 0 && (rc = similar_print(str_n(json.data, json.len), stdout)) < 0)
		status = complain(w.name, rc, NULL);
	buf_clear(&json);
	return status;
}
