/* commands_ask.c - the commands that ask about photos and functions: of the data directory itself, or of the daemon that
 * AWS_ENDPOINT_URL names. Functions here that print what went wrong return an exit status; those that do not, an rc. */
#include "pipeline/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"
#include "pipeline/explain.h"
#include "pipeline/logs.h"
#include "pipeline/retry.h"

/* BUCKET/KEY, apart. */
int command_split(const char *text, struct str *bucket, struct str *key)
{
	struct str rest = str_of(text);

	if (!str_next(&rest, '/', bucket) || !str_is_set(rest) || rest.n == 0 || bucket->n == 0)
		return E_BAD_INPUT;
	*key = rest;
	return 0;
}

/* With --data, or without any AWS_ENDPOINT_URL, the data directory is meant. */
bool command_local(const struct arguments *a)
{
	return a->data || !getenv("AWS_ENDPOINT_URL");
}

int command_open_reader(const char *dir, struct store **s, struct db **reader)
{
	int rc = command_open_store(s, dir, true);

	if (rc == 0)
		rc = store_reader(*s, reader);
	return rc < 0 ? complain_dir(dir, rc) : 0;
}

static void object_path(struct buf *to, const char *door, struct str bucket, struct str key)
{
	buf_printf(to, "%s?bucket=", door);
	uri_encode(to, bucket, URI_NOTHING);
	buf_puts(to, "&key=");
	uri_encode(to, key, URI_NOTHING);
}

int command_ask(struct client *c, const char *method, const char *path, const char *about, struct buf *answer)
{
	int status = client_call(c, method, path, answer);

	return status >= 200 && status < 300 ? 0 : complain_answer(about, c, status, answer);
}

int command_client(const struct arguments *a, struct client *c)
{
	int rc;

	if (!command_local(a))
		return client_from_environment(c) < 0 ? complain_environment() : 0;
	rc = client_from_dir(c, default_data(a));
	return rc < 0 ? complain_dir(default_data(a), rc) : 0;
}

/* explain */

static int explain_locally(const char *dir, const char *name, struct str bucket, struct str key, struct buf *json)
{
	struct store *s = NULL;
	struct db *reader = NULL;
	int status = command_open_reader(dir, &s, &reader), rc;

	if (status == 0 && (rc = explain_gather(reader, bucket, key, json)) < 0)
		status = complain(name, rc, EXPLAIN_NOTHING);
	db_close(reader);
	store_close(s);
	return status;
}

static int explain_remotely(const char *name, struct str bucket, struct str key, struct buf *json)
{
	struct client c;
	struct buf path = {0};
	int status;

	if (client_from_environment(&c) < 0)
		return complain_environment();
	object_path(&path, "/_/explain", bucket, key);
	status = command_ask(&c, "GET", path.data, name, json);
	buf_clear(&path);
	return status;
}

int command_explain(int argc, char **argv)
{
	struct arguments a;
	struct str bucket, key;
	struct buf json = {0};
	int status, rc;
	bool raw;

	arguments_take(&a, argc, argv);
	raw = a.count == 2 && strcmp(a.values[1], "--json") == 0;
	if (a.count != 1 + raw || command_split(a.values[0], &bucket, &key) < 0)
		return command_usage("explain");
	if (command_local(&a))
		status = explain_locally(default_data(&a), a.values[0], bucket, key, &json);
	else
		status = explain_remotely(a.values[0], bucket, key, &json);
	if (status == 0 && raw)
		printf("%s\n", json.data);
	else if (status == 0 && (rc = explain_print(str_n(json.data, json.len), stdout)) < 0)
		status = complain(a.values[0], rc, NULL);
	buf_clear(&json);
	return status;
}

/* retry */

/* Read first: opening for writing would make a store of whatever directory was named. */
static int open_writer(const char *dir, struct store **s)
{
	int rc = command_open_store(s, dir, true);

	store_close(*s);
	*s = NULL;
	return rc < 0 ? rc : command_open_store(s, dir, false);
}

/* An exit status, or E_BUSY: its daemon has the directory. */
static int retry_locally(const char *dir, const char *name, struct retry *r, int64_t *count)
{
	struct store *s = NULL;
	int rc = open_writer(dir, &s);

	if (rc < 0)
		return rc == E_BUSY ? rc : complain_dir(dir, rc);
	do {
		rc = store_run(s, &r->change);
		*count += r->count;
	} while (rc == 0 && !str_is_set(r->bucket) && r->count == RETRY_BATCH);
	store_close(s);
	return rc < 0 ? complain(name, rc, RETRY_NOTHING) : 0;
}

static int retry_remotely(struct client *c, const char *name, const struct retry *r, int64_t *count)
{
	struct buf path = {0}, answer = {0};
	struct arena a = {0};
	struct json_value *v;
	int status, rc;

	if (str_is_set(r->bucket))
		object_path(&path, "/_/retry", r->bucket, r->key);
	else
		buf_puts(&path, "/_/retry?failed=all");
	status = command_ask(c, "POST", path.data, name, &answer);
	if (status == 0 && (rc = json_parse(&a, str_n(answer.data, answer.len), &v)) < 0)
		status = complain(name, rc, NULL);
	else if (status == 0)
		*count = json_number(v, "retried", 0);
	arena_clear(&a);
	buf_clear(&answer);
	buf_clear(&path);
	return status;
}

/* The data directory itself when no daemon holds it, else its daemon. */
static int retry_anyhow(const struct arguments *a, struct retry *r, int64_t *count)
{
	const char *name = a->values[0], *dir = default_data(a);
	struct client c;
	int rc;

	if (!command_local(a))
		return client_from_environment(&c) < 0 ? complain_environment() : retry_remotely(&c, name, r, count);
	if ((rc = retry_locally(dir, name, r, count)) != E_BUSY)
		return rc;
	return client_from_dir(&c, dir) < 0 ? complain_dir(dir, rc) : retry_remotely(&c, name, r, count);
}

int command_retry(int argc, char **argv)
{
	struct arguments a;
	struct retry r = {0};
	int64_t count = 0;
	int status;

	arguments_take(&a, argc, argv);
	if (a.count != 1)
		return command_usage("retry");
	if (strcmp(a.values[0], "--failed") != 0 && command_split(a.values[0], &r.bucket, &r.key) < 0)
		return command_usage("retry");
	retry_init(&r);
	if ((status = retry_anyhow(&a, &r, &count)) == 0)
		printf("%lld dead letter%s will run again\n", (long long)count, count == 1 ? "" : "s");
	return status;
}

/* logs */

static int logs_locally(const char *dir, const char *function)
{
	struct store *s = NULL;
	struct db *reader = NULL;
	struct buf json = {0};
	char next[LOGS_PLACE_MAX] = "";
	int status = command_open_reader(dir, &s, &reader), rc = 0;

	if (status != 0)
		goto out;
	do {
		json.len = 0;
		if ((rc = logs_gather(reader, str_of(function), str_of(next), &json)) == 0)
			rc = logs_print(str_n(json.data, json.len), stdout, next);
	} while (rc == 0 && next[0]);
	if (rc < 0)
		status = complain(function, rc, LOGS_NOTHING);
out:
	buf_clear(&json);
	db_close(reader);
	store_close(s);
	return status;
}

static int logs_remotely(const char *function)
{
	struct buf path = {0}, json = {0};
	struct client c;
	char next[LOGS_PLACE_MAX] = "";
	int status = 0, rc;

	if (client_from_environment(&c) < 0)
		return complain_environment();
	do {
		path.len = json.len = 0;
		buf_printf(&path, "/_/logs?after=%s&function=", next);
		uri_encode(&path, str_of(function), URI_NOTHING);
		status = command_ask(&c, "GET", path.data, function, &json);
		if (status == 0 && (rc = logs_print(str_n(json.data, json.len), stdout, next)) < 0)
			status = complain(function, rc, NULL);
	} while (status == 0 && next[0]);
	buf_clear(&json);
	buf_clear(&path);
	return status;
}

int command_logs(int argc, char **argv)
{
	const char *function = "thumbnail";
	struct arguments a;

	arguments_take(&a, argc, argv);
	if (a.count > 1)
		return command_usage("logs");
	if (a.count == 1)
		function = a.values[0];
	return command_local(&a) ? logs_locally(default_data(&a), function) : logs_remotely(function);
}
