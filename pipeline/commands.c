#include "pipeline/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/client.h"
#include "pipeline/credentials.h"
#include "pipeline/explain.h"
#include "pipeline/logs.h"
#include "pipeline/retry.h"
#include "storage/audit.h"
#include "storage/store.h"

void arguments_take(struct arguments *a, int argc, char **argv)
{
	*a = (struct arguments){ .values = argv + 1 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
			a->data = argv[++i];
		else if (strncmp(argv[i], "--data=", 7) == 0)
			a->data = argv[i] + 7;
		else
			a->values[a->count++] = argv[i];
	}
}

const char *default_data(const struct arguments *a)
{
	const char *data = getenv("MINILAB_DATA");

	return a->data ? a->data : data ? data : "./data";
}

static int failed(const char *what, int rc)
{
	fprintf(stderr, "minilab: %s: %s\n", what, err_text(rc));
	return 1;
}

static int run_credentials(int argc, char **argv)
{
	struct arguments a;
	struct client c;
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count > 1 || (a.count == 1 && strcmp(a.values[0], "--export") != 0))
		return command_usage("credentials");
	rc = client_from_dir(&c, default_data(&a));
	if (!c.credentials.access_key[0])
		return failed(default_data(&a), rc < 0 ? rc : E_NOT_FOUND);
	if (a.count == 1)
		printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nexport AWS_DEFAULT_REGION=%s\n"
		       "export AWS_ENDPOINT_URL=%s\n", c.credentials.access_key, c.credentials.secret_key, c.region,
		       rc == 0 ? c.endpoint : "http://127.0.0.1:9000");
	else
		printf("access key  %s\nsecret key  %s\nregion      %s\nendpoint    %s\n", c.credentials.access_key,
		       c.credentials.secret_key, c.region, rc == 0 ? c.endpoint : "(not started yet)");
	return 0;
}

/* BUCKET/KEY, apart. */
static int split(const char *text, struct str *bucket, struct str *key)
{
	struct str rest = str_of(text);

	if (!str_next(&rest, '/', bucket) || !str_is_set(rest) || rest.n == 0 || bucket->n == 0)
		return E_BAD_INPUT;
	*key = rest;
	return 0;
}

/* With --data, or without any AWS_ENDPOINT_URL, the data directory is meant. */
static bool local(const struct arguments *a)
{
	return a->data || !getenv("AWS_ENDPOINT_URL");
}

static int open_store(struct store **s, const char *dir, bool read_only)
{
	return store_open(s, &(struct store_spec){ .dir = dir, .read_only = read_only, .region = "us-east-1",
						   .account = "000000000000" });
}

static int explain_locally(const char *dir, struct str bucket, struct str key, struct buf *json)
{
	struct store *s = NULL;
	struct db *reader = NULL;
	int rc = open_store(&s, dir, true);

	if (rc == 0 && (rc = store_reader(s, &reader)) == 0)
		rc = explain_gather(reader, bucket, key, json);
	db_close(reader);
	store_close(s);
	return rc;
}

static void object_path(struct buf *to, const char *door, struct str bucket, struct str key)
{
	buf_printf(to, "%s?bucket=", door);
	uri_encode(to, bucket, URI_NOTHING);
	buf_puts(to, "&key=");
	uri_encode(to, key, URI_NOTHING);
}

static int call_remote(const struct client *c, const char *method, const char *path, struct buf *answer)
{
	int status = client_call(c, method, path, answer);

	if (status == 200)
		return 0;
	if (status < 0)
		return status;
	if (status != 404)
		fprintf(stderr, "minilab: the daemon answered %d: %.*s\n", status, (int)answer->len, answer->len ? answer->data : "");
	return status == 404 ? E_NOT_FOUND : E_BAD_INPUT;
}

static int explain_remotely(struct str bucket, struct str key, struct buf *json)
{
	struct client c;
	struct buf path = {0};
	int rc = client_from_environment(&c);

	if (rc == 0) {
		object_path(&path, "/_/explain", bucket, key);
		rc = call_remote(&c, "GET", path.data, json);
	}
	buf_clear(&path);
	return rc;
}

static int run_explain(int argc, char **argv)
{
	struct arguments a;
	struct str bucket, key;
	struct buf json = {0};
	bool raw;
	int rc;

	arguments_take(&a, argc, argv);
	raw = a.count == 2 && strcmp(a.values[1], "--json") == 0;
	if (a.count != 1 + raw || split(a.values[0], &bucket, &key) < 0)
		return command_usage("explain");
	rc = local(&a) ? explain_locally(default_data(&a), bucket, key, &json) : explain_remotely(bucket, key, &json);
	if (rc < 0)
		failed(a.values[0], rc);
	else if (raw)
		printf("%s\n", json.data);
	else
		rc = explain_print(str_n(json.data, json.len), stdout);
	buf_clear(&json);
	return rc < 0;
}

static int retry_locally(const char *dir, struct retry *r, int64_t *count)
{
	struct store *s = NULL;
	int rc = open_store(&s, dir, false);

	*count = 0;
	while (rc == 0) {
		rc = store_run(s, &r->change);
		*count += r->count;
		if (str_is_set(r->bucket) || r->count < RETRY_BATCH)
			break;
	}
	store_close(s);
	return rc;
}

static int retry_remotely(const struct client *c, const struct retry *r, int64_t *count)
{
	struct buf path = {0}, answer = {0};
	struct arena a = {0};
	struct json_value *v;
	int rc;

	if (str_is_set(r->bucket))
		object_path(&path, "/_/retry", r->bucket, r->key);
	else
		buf_puts(&path, "/_/retry?failed=all");
	rc = call_remote(c, "POST", path.data, &answer);
	if (rc == 0 && (rc = json_parse(&a, str_n(answer.data, answer.len), &v)) == 0)
		*count = json_number(v, "retried", 0);
	arena_clear(&a);
	buf_clear(&answer);
	buf_clear(&path);
	return rc;
}

/* The data directory itself when no daemon holds it, else its daemon. */
static int retry_anyhow(const struct arguments *a, struct retry *r, int64_t *count)
{
	struct client c;
	int rc;

	if (!local(a))
		return (rc = client_from_environment(&c)) < 0 ? rc : retry_remotely(&c, r, count);
	rc = retry_locally(default_data(a), r, count);
	if (rc == E_BUSY && (rc = client_from_dir(&c, default_data(a))) == 0)
		rc = retry_remotely(&c, r, count);
	return rc;
}

static int run_retry(int argc, char **argv)
{
	struct arguments a;
	struct retry r = {0};
	int64_t count = 0;
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count != 1)
		return command_usage("retry");
	if (strcmp(a.values[0], "--failed") != 0 && split(a.values[0], &r.bucket, &r.key) < 0)
		return command_usage("retry");
	retry_init(&r);
	rc = retry_anyhow(&a, &r, &count);
	if (rc < 0)
		return failed(a.values[0], rc);
	printf("%lld dead letter%s will run again\n", (long long)count, count == 1 ? "" : "s");
	return 0;
}

static int run_logs(int argc, char **argv)
{
	struct arguments a;
	struct store *s = NULL;
	struct db *reader = NULL;
	struct str function = STR("thumbnail");
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count > 1)
		return command_usage("logs");
	if (a.count == 1)
		function = str_of(a.values[0]);
	rc = open_store(&s, default_data(&a), true);
	if (rc == 0 && (rc = store_reader(s, &reader)) == 0)
		rc = logs_print(reader, function, stdout);
	db_close(reader);
	store_close(s);
	return rc < 0 ? failed(a.count == 1 ? a.values[0] : default_data(&a), rc) : 0;
}

static void on_finding(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)owner;
	printf("%s %.*s/%.*s: %s\n", code, STR_ARG(bucket), STR_ARG(key), text);
}

static void on_progress(void *owner, const struct audit_totals *t)
{
	(void)owner;
	fprintf(stderr, "\raudit: %lld objects, %lld MB read, %lld findings ", (long long)t->objects,
		(long long)(t->bytes_checked >> 20), (long long)t->findings);
}

static int run_audit(int argc, char **argv)
{
	struct arguments a;
	struct audit_totals t = {0};
	struct store *s = NULL;
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count != 0)
		return command_usage("audit");
	rc = open_store(&s, default_data(&a), true);
	if (rc == 0)
		rc = audit_run(s, on_finding, isatty(STDERR_FILENO) ? on_progress : NULL, NULL, &t);
	store_close(s);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (rc < 0)
		return failed(default_data(&a), rc);
	printf("objects=%lld watched=%lld done=%lld waiting=%lld dead=%lld thumbnails=%lld bytes=%lld findings=%lld\n",
	       (long long)t.objects, (long long)t.watched, (long long)t.done, (long long)t.waiting, (long long)t.dead,
	       (long long)t.renditions, (long long)t.bytes_checked, (long long)t.findings);
	return t.findings > 0;
}

const struct command commands[] = {
	{ "credentials", "[--data DIR] [--export]", "print the root keys", run_credentials,
	  "Prints the root access key, made at first start and kept in DIR/credentials (mode 0600).\n"
	  "  --export   as lines for a shell: eval \"$(minilab credentials --export)\"\n" },
	{ "explain", "BUCKET/KEY [--data DIR] [--json]", "tell the life of one photo", run_explain,
	  "Upload, event, every attempt with its error, result and next action of one object. Reads DIR, also beside a\n"
	  "running daemon; without --data it asks the daemon at AWS_ENDPOINT_URL when that is set.\n" },
	{ "audit", "[--data DIR]", "prove that no event was lost", run_audit,
	  "Walks a data directory and checks that every acknowledged upload under a rule ended as thumbnails and row at\n"
	  "that version, is waiting, or is a dead letter with a reason; that no thumbnail is an orphan; and that all stored\n"
	  "bytes match their checksums. Exit 0: clean. Exit 1: one line per finding.\n" },
	{ "retry", "BUCKET/KEY | --failed [--data DIR]", "run dead letters again", run_retry,
	  "Makes the dead letter of one photo, or all of them, due now with its attempts counted from the start.\n" },
	{ "logs", "[FUNCTION] [--data DIR]", "print what a function's attempts logged", run_logs,
	  "START, errors, END and REPORT lines of `thumbnail` or another function, oldest first, as Lambda writes them.\n" },
	{ 0 },
};

int command_usage(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			fprintf(stderr, "usage: minilab %s %s\n\n%s", c->name, c->arguments, c->help);
	return 2;
}
