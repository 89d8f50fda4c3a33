#include "pipeline/watch_progress.h"

#include <stdio.h>

#include "base/clock.h"

#define LINE_MS 5000			/* between two lines where there is no terminal */
#define RATE_SHARE 4			/* what the newest look weighs in the rates shown */

static void print_bytes(FILE *to, double n)
{
	static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
	int unit = 0;

	while (n >= 1000 && unit < 4) {
		n /= 1000;
		unit++;
	}
	fprintf(to, unit == 0 || n >= 100 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}

static int64_t number(const struct json_value *f, const char *name)
{
	return json_number(f, name, 0);
}

bool watch_progress_looks(const struct json_value *f)
{
	const struct json_value *v = json_get(f, "looking");

	return v && v->yes;
}

int64_t watch_progress_left(const struct json_value *f)
{
	return number(f, "settling") + number(f, "written") + number(f, "unfinished") + number(f, "taking");
}

static void print_figures(FILE *to, const struct json_value *f, const struct watch_progress *p)
{
	struct str state = json_text(f, "state"), message = json_text(f, "message");

	fprintf(to, "%.*s: ", STR_ARG(json_text(f, "name")));
	if (!str_eq(state, STR("watching")))
		fprintf(to, "%.*s%s%.*s; ", STR_ARG(state), message.n ? ", " : "", STR_ARG(message));
	fprintf(to, "%lld in (", (long long)number(f, "put"));
	print_bytes(to, (double)number(f, "bytes"));
	fprintf(to, "), %lld waiting", (long long)watch_progress_left(f));
	if (number(f, "written") + number(f, "unfinished") > 0)
		fprintf(to, " (%lld still being written)", (long long)(number(f, "written") + number(f, "unfinished")));
	if (number(f, "skipped") > 0)
		fprintf(to, ", %lld skipped", (long long)number(f, "skipped"));
	fprintf(to, ", %lld failed; ", (long long)number(f, "failed"));
	if (watch_progress_looks(f))
		fprintf(to, "looking");
	else
		fprintf(to, "%lld file%s there", (long long)number(f, "files"), number(f, "files") == 1 ? "" : "s");
	if (p->files_s >= 0.5) {
		fprintf(to, "; %.0f files/s, ", p->files_s);
		print_bytes(to, p->bytes_s);
		fprintf(to, "/s");
	}
}

static void note_rates(struct watch_progress *p, const struct json_value *f)
{
	int64_t now = clock_mono_us() / 1000, put = number(f, "put"), bytes = number(f, "bytes"), ms = now - p->at_ms;

	if (p->at_ms > 0 && ms > 0 && put >= p->put) {
		p->files_s += ((double)(put - p->put) * 1000 / (double)ms - p->files_s) / RATE_SHARE;
		p->bytes_s += ((double)(bytes - p->bytes) * 1000 / (double)ms - p->bytes_s) / RATE_SHARE;
	}
	p->at_ms = now;
	p->put = put;
	p->bytes = bytes;
}

/* Errors that came since the last time, the oldest first. */
static void print_errors(struct watch_progress *p, const struct json_value *errors)
{
	const struct json_value *e = errors ? errors->first : NULL;
	int64_t since = p->error_ms;

	for (int i = errors ? errors->count - 1 : -1; i >= 0; i--) {
		const struct json_value *one = e;

		for (int n = 0; n < i; n++)
			one = one->next;
		if (json_number(one, "at", 0) <= since)
			continue;
		p->error_ms = json_number(one, "at", 0);
		fprintf(stderr, "%s%.*s: %.*s\n", p->terminal ? "\r\033[K" : "", STR_ARG(json_text(one, "path")), STR_ARG(json_text(one, "message")));
	}
}

void watch_progress_show(struct watch_progress *p, const struct json_value *f)
{
	bool due = p->terminal || p->line_ms == 0 || p->at_ms - p->line_ms >= LINE_MS;
	int64_t sum = number(f, "put") + number(f, "skipped") + number(f, "failed") + watch_progress_left(f);

	note_rates(p, f);
	print_errors(p, json_get(f, "errors"));
	if (!due || (!p->terminal && p->line_ms > 0 && sum == p->shown))
		return;
	p->line_ms = p->at_ms;
	p->shown = sum;
	printf(p->terminal ? "\r\033[K" : "");
	print_figures(stdout, f, p);
	printf(p->terminal ? "" : "\n");
	fflush(stdout);
}

void watch_progress_end(struct watch_progress *p, const struct json_value *f)
{
	print_errors(p, json_get(f, "errors"));
	if (p->terminal)
		printf("\r\033[K");
	watch_progress_print(f, p);
}

void watch_progress_print(const struct json_value *f, const struct watch_progress *p)
{
	print_figures(stdout, f, p);
	printf("\n");
	fflush(stdout);
}
