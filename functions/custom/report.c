#include "functions/custom/report.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/json.h"

#define LINE_MAX_OWN 1024		/* fault messages are the longest part */
#define REQUEST_MAX 64			/* a UUID, in fact */

static const char *const levels[] = { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" };
enum { LEVELS = sizeof levels / sizeof levels[0], DEBUG = 1, INFO, WARN };

static int level_of(struct str s, int otherwise)
{
	for (int i = 0; i < LEVELS; i++)
		if (str_ieq(s, str_of(levels[i])))
			return i;
	return otherwise;
}

int64_t report_billed_ms(const struct custom_report *r)
{
	int64_t us = r->duration_us + (r->provisioned ? 0 : r->init_us);

	return us > 0 ? (us + 999) / 1000 : 1;
}

/* "python3.12" is version 3.12 of python. The number after v is of the house's runtime client. */
static void print_version(const struct recipe *r, char to[128])
{
	struct str s = r->runtime;
	size_t n = 0;

	if (str_ends(s, STR(".x")))
		s.n -= 2;
	while (n < s.n && s.p[n] != '.' && (s.p[n] < '0' || s.p[n] > '9'))
		n++;
	snprintf(to, 128, "%.*s:%.*s.v1", (int)n, s.p, (int)(s.n - n - (n < s.n && s.p[n] == '.')), s.p + n + (n < s.n && s.p[n] == '.'));
}

static void print_version_arn(const struct recipe *r, const char *version, char to[256])
{
	uint8_t sum[DIGEST_SIZE_MAX];
	char hex[65];

	digest_of(DIGEST_SHA256, str_of(version), sum);
	hex_encode(hex, sum, 32);
	snprintf(to, 256, "arn:aws:lambda:%.*s::runtime:%s", STR_ARG(r->region), hex);
}

static void say(struct custom_environment *e, const char *text)
{
	life_log(e, clock_wall_ms(), str_of(text));
}

static struct str request_of(const struct custom_environment *e)
{
	struct str s = e->invocation->request;

	return s.n > REQUEST_MAX ? str_n(s.p, REQUEST_MAX) : s;
}

/* An event of the JSON format: opened with its record, or not wanted at this level. */
struct event {
	struct buf text;
	struct json j;
	int64_t at_ms;
	bool wanted;
};

static void begin_event(struct event *ev, const struct custom_environment *e, int level, const char *type)
{
	char at[CLOCK_TEXT_MAX];

	*ev = (struct event){ .at_ms = clock_wall_ms() };
	ev->j = json_into(&ev->text);
	ev->wanted = level >= level_of(e->recipe->system_level, INFO);
	json_open(&ev->j, NULL, '{');
	json_cstr(&ev->j, "time", clock_iso_ms(at, ev->at_ms));
	json_cstr(&ev->j, "type", type);
	json_open(&ev->j, "record", '{');
}

static void end_event(struct event *ev, struct custom_environment *e)
{
	json_close(&ev->j);
	json_close(&ev->j);
	buf_puts(&ev->text, "\n");
	if (ev->wanted)
		life_log(e, ev->at_ms, str_n(ev->text.data, ev->text.len));
	buf_clear(&ev->text);
}

static const char *initialization(const struct custom_environment *e)
{
	return e->provisioned ? "provisioned-concurrency" : "on-demand";
}

static const char *phase(const struct custom_environment *e)
{
	return e->inside ? "invoke" : "init";
}

static double ms_of(int64_t us)
{
	return (double)us / 1000;
}

void report_init_start(struct custom_environment *e)
{
	char version[128], arn[256], line[LINE_MAX_OWN];
	struct event ev;

	print_version(e->recipe, version);
	print_version_arn(e->recipe, version, arn);
	if (!e->recipe->log_json) {
		snprintf(line, sizeof line, "INIT_START Runtime Version: %s\tRuntime Version ARN: %s\n", version, arn);
		say(e, line);
		return;
	}
	begin_event(&ev, e, INFO, "platform.initStart");
	json_cstr(&ev.j, "initializationType", initialization(e));
	json_cstr(&ev.j, "phase", phase(e));
	json_cstr(&ev.j, "runtimeVersion", version);
	json_cstr(&ev.j, "runtimeVersionArn", arn);
	json_str(&ev.j, "functionName", e->recipe->name);
	json_str(&ev.j, "functionVersion", e->recipe->version);
	end_event(&ev, e);
}

static const char *init_status(const struct fault *f)
{
	return !f->is ? "success" : f->end == CUSTOM_TIMEOUT ? "timeout" : "error";
}

static void init_event(struct custom_environment *e, const char *type, int level, int64_t us)
{
	struct event ev;

	begin_event(&ev, e, level, type);
	json_cstr(&ev.j, "initializationType", initialization(e));
	json_cstr(&ev.j, "phase", phase(e));
	json_cstr(&ev.j, "status", init_status(&e->fault));
	if (e->fault.is && e->fault.end != CUSTOM_TIMEOUT)
		json_cstr(&ev.j, "errorType", e->fault.type);
	if (us >= 0) {
		json_open(&ev.j, "metrics", '{');
		json_real(&ev.j, "durationMs", ms_of(us));
		json_close(&ev.j);
	}
	end_event(&ev, e);
}

void report_init_end(struct custom_environment *e, int64_t us)
{
	const struct fault *f = &e->fault;
	char line[LINE_MAX_OWN];
	bool type = f->is && f->end != CUSTOM_TIMEOUT;

	if (e->recipe->log_json) {
		init_event(e, "platform.initRuntimeDone", DEBUG, -1);
		init_event(e, "platform.initReport", f->is ? WARN : e->provisioned ? INFO : DEBUG, us);
		return;
	}
	if (!f->is && !e->provisioned)
		return;
	snprintf(line, sizeof line, "INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s%s%s\n", ms_of(us), phase(e), init_status(f),
		 type ? "\tError Type: " : "", type ? f->type : "");
	say(e, line);
}

void report_extension(struct custom_environment *e, const struct extension *x)
{
	char line[LINE_MAX_OWN];
	struct event ev;

	if (!e->recipe->log_json) {
		snprintf(line, sizeof line, "EXTENSION\tName: %s\tState: Ready\tEvents: [%s%s%s]\n", x->name, x->invoke ? "INVOKE" : "",
			 x->invoke && x->shutdown ? "," : "", x->shutdown ? "SHUTDOWN" : "");
		say(e, line);
		return;
	}
	begin_event(&ev, e, INFO, "platform.extension");
	json_cstr(&ev.j, "name", x->name);
	json_cstr(&ev.j, "state", "Ready");
	json_open(&ev.j, "events", '[');
	if (x->invoke)
		json_cstr(&ev.j, NULL, "INVOKE");
	if (x->shutdown)
		json_cstr(&ev.j, NULL, "SHUTDOWN");
	json_close(&ev.j);
	end_event(&ev, e);
}

void report_start(struct custom_environment *e)
{
	struct str request = request_of(e);
	char line[LINE_MAX_OWN];
	struct event ev;

	if (!e->recipe->log_json) {
		snprintf(line, sizeof line, "START RequestId: %.*s Version: %.*s\n", STR_ARG(request), STR_ARG(e->recipe->version));
		say(e, line);
		return;
	}
	begin_event(&ev, e, INFO, "platform.start");
	json_str(&ev.j, "requestId", request);
	json_str(&ev.j, "version", e->recipe->version);
	end_event(&ev, e);
}

void report_fault(struct custom_environment *e)
{
	const struct fault *f = &e->fault;
	struct str request = request_of(e);
	char line[LINE_MAX_OWN], at[CLOCK_TEXT_MAX];
	struct buf text = {0};
	struct json j = json_into(&text);
	int64_t now_ms = clock_wall_ms();

	if (f->body.data || f->end == CUSTOM_TIMEOUT)
		return;		/* the runtime has said it, or REPORT does */
	snprintf(line, sizeof line, "RequestId: %.*s Error: %s\n%s\n", STR_ARG(request), f->message, f->type);
	if (!e->recipe->log_json) {
		say(e, line);
		return;
	}
	json_open(&j, NULL, '{');
	json_cstr(&j, "time", clock_iso_ms(at, now_ms));
	json_cstr(&j, "type", "platform.fault");
	json_cstr(&j, "record", line);
	json_close(&j);
	buf_puts(&text, "\n");
	life_log(e, now_ms, str_n(text.data, text.len));
	buf_clear(&text);
}

static void write_text_end(struct custom_environment *e, const struct custom_report *r, int64_t peak_mb)
{
	const struct custom_invocation *i = e->invocation;
	struct str request = request_of(e);
	/* An error that the function told itself is its own affair. */
	bool status = r->status && i->end != CUSTOM_ERROR && i->end != CUSTOM_INIT_ERROR;
	char line[LINE_MAX_OWN];
	int n;

	snprintf(line, sizeof line, "END RequestId: %.*s\n", STR_ARG(request));
	say(e, line);
	n = snprintf(line, sizeof line, "REPORT RequestId: %.*s\tDuration: %.2f ms\tBilled Duration: %lld ms\tMemory Size: %lld MB\tMax Memory Used: %lld MB\t",
		     STR_ARG(request), ms_of(r->duration_us), (long long)report_billed_ms(r), (long long)e->recipe->memory_mb,
		     (long long)peak_mb);
	if (r->init_us > 0)
		n += snprintf(line + n, sizeof line - (size_t)n, "Init Duration: %.2f ms\t", ms_of(r->init_us));
	if (status)
		n += snprintf(line + n, sizeof line - (size_t)n, "Status: %s", r->status);
	if (status && r->error_type[0] && strcmp(r->status, "timeout") != 0)
		n += snprintf(line + n, sizeof line - (size_t)n, "\tError Type: %s", r->error_type);
	snprintf(line + n, sizeof line - (size_t)n, "\n");
	say(e, line);
}

static void write_json_end(struct custom_environment *e, const struct custom_report *r, int64_t peak_mb)
{
	const struct custom_invocation *i = e->invocation;
	struct str request = request_of(e);
	struct event ev;

	begin_event(&ev, e, DEBUG, "platform.runtimeDone");
	json_str(&ev.j, "requestId", request);
	json_cstr(&ev.j, "status", r->status ? r->status : "success");
	json_open(&ev.j, "metrics", '{');
	json_real(&ev.j, "durationMs", ms_of(r->duration_us));
	json_int(&ev.j, "producedBytes", (int64_t)i->answer.len);
	json_close(&ev.j);
	end_event(&ev, e);

	begin_event(&ev, e, r->status ? WARN : INFO, "platform.report");
	json_str(&ev.j, "requestId", request);
	json_open(&ev.j, "metrics", '{');
	json_real(&ev.j, "durationMs", ms_of(r->duration_us));
	json_int(&ev.j, "billedDurationMs", report_billed_ms(r));
	json_int(&ev.j, "memorySizeMB", e->recipe->memory_mb);
	json_int(&ev.j, "maxMemoryUsedMB", peak_mb);
	if (r->init_us > 0)
		json_real(&ev.j, "initDurationMs", ms_of(r->init_us));
	json_close(&ev.j);
	json_cstr(&ev.j, "status", r->status ? r->status : "success");
	if (r->status && r->error_type[0])
		json_cstr(&ev.j, "errorType", r->error_type);
	end_event(&ev, e);
}

void report_end(struct custom_environment *e)
{
	const struct custom_report *r = &e->invocation->report;
	int64_t peak_mb = (r->memory_peak_kb + 1023) / 1024;

	if (e->recipe->log_json)
		write_json_end(e, r, peak_mb);
	else
		write_text_end(e, r, peak_mb);
}

/* Lines that are no JSON objects are not filtered, as they say no level. */
bool report_wants(const struct recipe *r, const char *level, struct str text)
{
	int least = level_of(r->app_level, INFO), is = INFO;
	struct json_value *v;
	struct arena a = {0};

	if (level[0])
		return level_of(str_of(level), INFO) >= least;
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (text.n < 2 || text.p[0] != '{' || text.p[text.n - 1] != '}')
		return true;
	if (json_parse(&a, text, &v) < 0 || v->kind != JSON_OBJECT) {
		arena_clear(&a);
		return true;
	}
	is = level_of(json_text(v, "level"), INFO);
	arena_clear(&a);
	return is >= least;
}
