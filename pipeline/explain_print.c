/* explain_print.c - the life of a photo as lines for people: what it is, what became of it, when what happened. */
#include "pipeline/explain.h"

#include "base/err.h"
#include "base/json.h"

static void print_object(const struct json_value *v, FILE *to)
{
	const struct json_value *o = json_get(v, "object");

	if (o)
		fprintf(to, "object    version %.*s, %lld bytes, uploaded %.*s\n", STR_ARG(json_text(o, "version")),
			(long long)json_number(o, "size", 0), STR_ARG(json_text(o, "uploaded_at")));
	if (o && json_text(o, "door").n)
		fprintf(to, "          came by %.*s\n", STR_ARG(json_text(o, "door")));
	if (!o)
		fprintf(to, "object    does not exist now\n");
}

static void print_result(const struct json_value *v, FILE *to)
{
	const struct json_value *r = json_get(v, "result"), *list = json_get(r, "thumbnails");

	if (!r)
		return;
	fprintf(to, "result    version %.*s, row", STR_ARG(json_text(r, "version")));
	if (json_text(r, "table").n)
		fprintf(to, " in table %.*s", STR_ARG(json_text(r, "table")));
	fprintf(to, ": %.*s\n", STR_ARG(json_text(r, "row")));
	for (const struct json_value *t = list ? list->first : NULL; t; t = t->next) {
		const struct json_value *exists = json_get(t, "exists");

		fprintf(to, "          %.*s/%.*s%s\n", STR_ARG(json_text(t, "bucket")), STR_ARG(json_text(t, "key")),
			exists && exists->yes ? "" : ": missing");
	}
}

static void print_jobs(const struct json_value *v, FILE *to)
{
	const struct json_value *list = json_get(v, "jobs");

	for (const struct json_value *t = list ? list->first : NULL; t; t = t->next) {
		long long backfill = json_number(t, "backfill", 0);

		fprintf(to, "event     %.*s, job %lld: %.*s, attempts %lld", STR_ARG(json_text(t, "event")),
			(long long)json_number(t, "id", 0), STR_ARG(json_text(t, "state")),
			(long long)json_number(t, "attempts", 0));
		fprintf(to, backfill ? ", backfill %lld\n" : "\n", backfill);
		if (str_is_set(json_text(t, "reason")))
			fprintf(to, "          last error %.*s: %.*s\n", STR_ARG(json_text(t, "reason")),
				STR_ARG(json_text(t, "message")));
	}
}

static void print_hooks(const struct json_value *v, FILE *to)
{
	const struct json_value *list = json_get(v, "webhooks");

	for (const struct json_value *t = list ? list->first : NULL; t; t = t->next) {
		long long id = json_number(t, "delivery", 0);
		struct str next = json_text(t, "next_try");

		fprintf(to, "webhook   %.*s, delivery %lld: %.*s, attempts %lld", STR_ARG(json_text(t, "type")), id, STR_ARG(json_text(t, "state")),
			(long long)json_number(t, "attempts", 0));
		if (next.n)
			fprintf(to, ", next try at %.*s\n", STR_ARG(next));
		else
			fprintf(to, "; `minilab webhook redrive --id %lld` tells it again\n", id);
		if (str_is_set(json_text(t, "reason")))
			fprintf(to, "          last error %.*s: %.*s\n", STR_ARG(json_text(t, "reason")), STR_ARG(json_text(t, "message")));
	}
}

static void print_journal(const struct json_value *v, FILE *to)
{
	const struct json_value *list = json_get(v, "journal");
	long long cut = json_number(v, "newest_lines", 0);

	fprintf(to, "life\n");
	if (cut)
		fprintf(to, "  the newest %lld lines:\n", cut);
	for (const struct json_value *t = list ? list->first : NULL; t; t = t->next) {
		struct str detail = json_text(t, "detail"), reason = json_text(t, "reason");

		if (json_text(t, "door").n)
			reason = json_text(t, "door");

		fprintf(to, "  %.*s  %.*s", STR_ARG(json_text(t, "at")), STR_ARG(json_text(t, "what")));
		if (json_number(t, "attempt", 0))
			fprintf(to, " (attempt %lld)", (long long)json_number(t, "attempt", 0));
		if (reason.n)
			fprintf(to, ": %.*s", STR_ARG(reason));
		if (detail.n)
			fprintf(to, "%s %.*s", reason.n ? "," : ":", STR_ARG(detail));
		fprintf(to, "  [version %.*s]\n", STR_ARG(json_text(t, "version")));
	}
}

int explain_print(struct str json, FILE *to)
{
	struct arena a = {0};
	struct json_value *v;
	int rc = json_parse(&a, json, &v);

	if (rc == 0) {
		fprintf(to, "%.*s/%.*s\n", STR_ARG(json_text(v, "bucket")), STR_ARG(json_text(v, "key")));
		print_object(v, to);
		print_result(v, to);
		print_jobs(v, to);
		print_hooks(v, to);
		print_journal(v, to);
		fprintf(to, "next      %.*s\n", STR_ARG(json_text(v, "next")));
	}
	arena_clear(&a);
	return rc;
}
