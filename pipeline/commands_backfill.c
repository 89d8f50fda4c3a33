/* commands_backfill.c - `minilab backfill`: asks the daemon and shows how far it is. Functions that print what went wrong
 * return an exit status. */
#include "pipeline/commands.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/json.h"
#include "pipeline/backfill.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"

#define POLL_MS 500
#define LINE_MS 5000			/* between two lines where there is no terminal */
#define BAR_WIDTH 30
#define RATE_SHARE 8			/* what the newest of the polls weighs in the rate shown */

struct wish {
	struct arguments rest;
	struct str bucket, prefix;
	bool start, dry_run;
	enum backfill_what what;
	struct buf presets;
	const char *action;		/* "pause", "resume", "cancel", or NULL */
	int64_t rate;			/* 0: as the daemon has it */
};

struct progress {
	bool terminal;
	int64_t id, ended, at_ms, line_ms;
	double rate;			/* photos a second; 0: not known yet */
};

/* The command line */

static bool choose(struct wish *w, enum backfill_what what)
{
	bool again = w->start && w->what != what;

	w->start = true;
	w->what = what;
	return !again;
}

static bool act(struct wish *w, const char *action)
{
	bool again = w->action != NULL;

	w->action = action;
	return !again;
}

static bool add_preset(struct wish *w, const char *name)
{
	if (!name || !*name || strchr(name, ' ') || w->presets.len + strlen(name) + 1 > RENDITION_LIST_NAMES_MAX)
		return false;
	buf_printf(&w->presets, "%s%s", w->presets.len ? " " : "", name);
	return choose(w, BACKFILL_PRESETS);
}

static bool take_flag(struct wish *w, const char *flag, const char *value, int *used)
{
	if (strcmp(flag, "--missing") == 0)
		return choose(w, BACKFILL_MISSING);
	if (strcmp(flag, "--all") == 0)
		return choose(w, BACKFILL_ALL);
	if (strcmp(flag, "--dry-run") == 0)
		return w->dry_run = true;
	if (strcmp(flag, "--pause") == 0 || strcmp(flag, "--resume") == 0 || strcmp(flag, "--cancel") == 0)
		return act(w, flag + 2);
	*used = 2;
	if (strcmp(flag, "--preset") == 0)
		return add_preset(w, value);
	return strcmp(flag, "--rate") == 0 && value && str_to_int(str_of(value), 1, BACKFILL_RATE_MAX, &w->rate) == 0;
}

static bool take_target(struct wish *w, const char *text)
{
	struct str rest = str_of(text);

	if (w->bucket.n > 0)
		return false;
	str_next(&rest, '/', &w->bucket);
	w->prefix = str_is_set(rest) ? rest : STR("");
	return w->bucket.n > 0;
}

static bool read_wish(struct wish *w, int argc, char **argv)
{
	const struct arguments *a = &w->rest;
	int used;

	arguments_take(&w->rest, argc, argv);
	for (int i = 0; i < a->count; i += used) {
		used = 1;
		if (a->values[i][0] != '-' ? !take_target(w, a->values[i]) :
		    !take_flag(w, a->values[i], i + 1 < a->count ? a->values[i + 1] : NULL, &used))
			return false;
	}
	if (w->bucket.n == 0 || (w->action && (w->start || w->dry_run)))
		return false;
	return w->start || !w->dry_run;
}

/* In the order of their names, as client_call wants it. */
static void write_path(const struct wish *w, struct buf *to, const char *path, const char *action)
{
	buf_puts(to, path);
	buf_printf(to, "?%s%s%sbucket=", action ? "action=" : "", action ? action : "", action ? "&" : "");
	uri_encode(to, w->bucket, URI_NOTHING);
	if (w->start) {
		buf_puts(to, "&prefix=");
		uri_encode(to, w->prefix, URI_NOTHING);
		buf_puts(to, "&presets=");
		uri_encode(to, str_n(w->presets.data ? w->presets.data : "", w->presets.len), URI_NOTHING);
	}
	if (w->rate > 0)
		buf_printf(to, "&rate=%lld", (long long)w->rate);
	if (w->start)
		buf_printf(to, "&what=%s", backfill_what_text(w->what));
}

/* The answer as a tree in the arena. */
static int call(const struct wish *w, struct client *c, const char *method, const char *door, const char *action, struct arena *a,
		struct json_value **answer)
{
	struct buf path = {0}, text = {0};
	int status, rc;

	write_path(w, &path, door, action);
	status = command_ask(c, method, path.data, w->bucket.p, &text);
	if (status == 0 && (rc = json_parse(a, str_n(text.data, text.len), answer)) < 0)
		status = complain(w->bucket.p, rc, NULL);
	buf_clear(&path);
	buf_clear(&text);
	return status;
}

/* What people read */

static void print_bytes(int64_t bytes)
{
	static const char *const units[] = { "bytes", "KB", "MB", "GB", "TB" };
	double n = (double)bytes;
	int unit = 0;

	while (n >= 1000 && unit < 4) {
		n /= 1000;
		unit++;
	}
	printf(unit == 0 || n >= 100 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}

static void print_time(FILE *to, int64_t seconds)
{
	if (seconds >= 3600)
		fprintf(to, "%lldh%02lldm", (long long)(seconds / 3600), (long long)(seconds / 60 % 60));
	else
		fprintf(to, "%lldm%02llds", (long long)(seconds / 60), (long long)(seconds % 60));
}

static void print_plan(const struct wish *w, const struct json_value *v)
{
	long long photos = json_number(v, "photos", 0), seconds = json_number(v, "seconds", -1);
	long long without = json_number(v, "without_result", 0);

	printf("%.*s%s%.*s: %lld photo%s to do (", STR_ARG(w->bucket), w->prefix.n ? "/" : "", STR_ARG(w->prefix), photos, photos == 1 ? "" : "s");
	print_bytes(json_number(v, "bytes", 0));
	printf(" to read), %lld current, %lld with an event of their own\n", (long long)json_number(v, "current", 0),
	       (long long)json_number(v, "waiting", 0));
	if (without > 0)
		printf("%lld have no result to put a preset into; --missing does those\n", without);
	if (photos == 0)
		return;
	printf("at most %lld a second; ", (long long)json_number(v, "rate", 0));
	if (seconds < 0) {
		printf("how long one takes is not known before one was made\n");
		return;
	}
	printf("about ");
	print_time(stdout, seconds);
	printf(", as long as one took lately\n");
}

static const struct json_value *newest(const struct json_value *v)
{
	const struct json_value *list = json_get(v, "backfills");

	return list ? list->first : NULL;
}

static bool is_state(const struct json_value *b, const char *state)
{
	return str_eq(json_text(b, "state"), str_of(state));
}

static bool active(const struct json_value *b)
{
	return is_state(b, "running") || is_state(b, "paused");
}

static int64_t ended_of(const struct json_value *b)
{
	return json_number(b, "done", 0) + json_number(b, "failed", 0) + json_number(b, "superseded", 0);
}

static int64_t left_of(const struct json_value *b)
{
	int64_t left = json_number(b, "planned", 0) - ended_of(b);

	return left < 0 || is_state(b, "done") ? 0 : left;
}

static void print_figures(const struct json_value *b, const struct progress *p, FILE *to)
{
	int64_t left = left_of(b);

	fprintf(to, "%lld done, %lld failed, %lld left", (long long)(json_number(b, "done", 0) + json_number(b, "superseded", 0)),
		(long long)json_number(b, "failed", 0), (long long)left);
	if (p->rate > 0 && active(b)) {
		fprintf(to, ", %.1f/s", p->rate);
		if (left > 0) {
			fprintf(to, ", ");
			print_time(to, (int64_t)((double)left / p->rate) + 1);
			fprintf(to, " left");
		}
	}
}

static void print_line(const struct json_value *b, const struct progress *p)
{
	printf("backfill %lld of %.*s (%.*s%s%.*s), %.*s: ", (long long)json_number(b, "id", 0), STR_ARG(json_text(b, "bucket")),
	       STR_ARG(json_text(b, "what")), json_text(b, "presets").n ? " " : "", STR_ARG(json_text(b, "presets")),
	       STR_ARG(json_text(b, "state")));
	print_figures(b, p, stdout);
	printf("\n");
	fflush(stdout);
}

static void print_bar(const struct json_value *b, const struct progress *p)
{
	static const char full[] = "##############################", empty[] = "..............................";
	int64_t all = ended_of(b) + left_of(b);
	int n = all > 0 ? (int)(ended_of(b) * BAR_WIDTH / all) : BAR_WIDTH;

	printf("\r\033[K[%.*s%.*s] %.*s: ", n, full, BAR_WIDTH - n, empty, STR_ARG(json_text(b, "state")));
	print_figures(b, p, stdout);
	fflush(stdout);
}

static void note_rate(struct progress *p, const struct json_value *b)
{
	int64_t now = clock_mono_us() / 1000, ended = ended_of(b);
	double rate;

	if (p->at_ms > 0 && now > p->at_ms) {
		rate = (double)(ended - p->ended) * 1000 / (double)(now - p->at_ms);
		p->rate = p->rate > 0 ? p->rate + (rate - p->rate) / RATE_SHARE : rate;
	}
	p->at_ms = now;
	p->ended = ended;
}

static void show(struct progress *p, const struct json_value *b)
{
	int64_t now = clock_mono_us() / 1000;

	note_rate(p, b);
	if (p->terminal) {
		print_bar(b, p);
	} else if (p->line_ms == 0 || now - p->line_ms >= LINE_MS) {
		print_line(b, p);
		p->line_ms = now;
	}
}

/* Its last words. Exit status: being cancelled by somebody else is a failure. */
static int finish(const struct wish *w, struct progress *p, const struct json_value *b)
{
	if (p->terminal)
		printf("\r\033[K");
	print_line(b, p);
	if (json_number(b, "failed", 0) > 0)
		printf("`minilab explain BUCKET/KEY` tells why one failed, `minilab retry --failed` does them again\n");
	if (is_state(b, "paused"))
		printf("`minilab backfill %.*s --resume` goes on\n", STR_ARG(json_text(b, "bucket")));
	return is_state(b, "cancelled") && !w->action ? 1 : 0;
}

/* Until it is over, or paused. */
static int follow(struct wish *w, struct client *c)
{
	struct progress p = { .terminal = isatty(STDOUT_FILENO) };
	int status;

	w->start = false;
	w->rate = 0;
	for (;;) {
		struct json_value *v;
		const struct json_value *b;
		struct arena a = {0};
		bool over = true;

		status = call(w, c, "GET", "/_/backfill", NULL, &a, &v);
		if (status == 0 && !(b = newest(v))) {
			printf("%.*s had no backfill yet\n", STR_ARG(w->bucket));
		} else if (status == 0) {
			over = !is_state(b, "running");
			if (over)
				status = finish(w, &p, b);
			else
				show(&p, b);
		}
		arena_clear(&a);
		if (over)
			return status;
		nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	}
}

/* What is to be started may be what runs already. */
static bool same(const struct wish *w, const struct json_value *b)
{
	return str_eq(json_text(b, "what"), str_of(backfill_what_text(w->what))) && str_eq(json_text(b, "prefix"), w->prefix) &&
	       str_eq(json_text(b, "presets"), str_n(w->presets.data, w->presets.len));
}

static int start(struct wish *w, struct client *c)
{
	struct json_value *v;
	const struct json_value *b;
	struct arena a = {0};
	int status = call(w, c, "GET", "/_/backfill", NULL, &a, &v);

	b = status == 0 ? newest(v) : NULL;
	if (b && active(b) && !same(w, b)) {
		fprintf(stderr, "minilab: %.*s: backfill %lld (%.*s) is %.*s; `minilab backfill %.*s` shows it, --cancel ends it\n",
			STR_ARG(w->bucket), (long long)json_number(b, "id", 0), STR_ARG(json_text(b, "what")),
			STR_ARG(json_text(b, "state")), STR_ARG(w->bucket));
		status = COMPLAINED;
	} else if (status == 0 && !(b && active(b))) {
		status = call(w, c, "GET", "/_/backfill/plan", NULL, &a, &v);
		if (status == 0)
			print_plan(w, v);
		if (status == 0)
			status = call(w, c, "POST", "/_/backfill", "start", &a, &v);
	}
	arena_clear(&a);
	return status == 0 ? follow(w, c) : status;
}

static int run(struct wish *w, struct client *c)
{
	struct json_value *v;
	struct arena a = {0};
	int status;

	if (w->start && !w->dry_run)
		return start(w, c);
	if (!w->start && !w->action)
		return follow(w, c);
	status = w->action ? call(w, c, "POST", "/_/backfill", w->action, &a, &v) : call(w, c, "GET", "/_/backfill/plan", NULL, &a, &v);
	if (status == 0 && !w->action)
		print_plan(w, v);
	arena_clear(&a);
	return status == 0 && w->action ? follow(w, c) : status;
}

int command_backfill(int argc, char **argv)
{
	struct wish w = {0};
	struct client c;
	int status;

	if (!read_wish(&w, argc, argv))
		status = command_usage("backfill");
	else if ((status = command_client(&w.rest, &c)) == 0)
		status = run(&w, &c);
	buf_clear(&w.presets);
	return status;
}
