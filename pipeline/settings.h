/* settings.h - every knob there is: one line each. Flag, environment variable, file entry, help text, bounds
 * and default all come from that line: `--listen`, MINILAB_LISTEN, `listen = ...`. Later sources win: file, environment, flag.
 *
 * A list grows by every line and flag that names it; presets.h says what those two mean, watch_spec.h what `watch` does.
 *
 * Limits that clients can run into carry their name in the error or the log.
 */
#ifndef PIPELINE_SETTINGS_H
#define PIPELINE_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* X(kind, field, default, min, max, what); text, list: min and max are lengths; word: one of those in settings.c */
#define SETTINGS(X) \
	X(TEXT, data,              "./data", 1, 4000, "data directory") \
	X(TEXT, listen,            "127.0.0.1:9000", 1, 255, "address:port; port 0 picks a free one") \
	X(TEXT, region,            "us-east-1", 1, 32, "region in ARNs, events and signatures") \
	X(LIST, domain,            "localhost", 0, 4096, "base domain of buckets by host: BUCKET.DOMAIN, BUCKET.s3.DOMAIN, BUCKET.s3.REGION.DOMAIN") \
	X(TEXT, account,           "000000000000", 12, 12, "account id in ARNs") \
	X(WORD, log_level,         "info", 0, 0, "debug, info, warn or error") \
	X(TEXT, runner,            "", 0, 4000, "path of minilab-runner, which has minilab-runner-general beside it; empty: beside minilab") \
	X(INT,  connections_max,   1024, 1, 100000, "open connections; more are refused with 503") \
	X(INT,  header_bytes_max,  65536, 1024, 1048576, "request line and headers together") \
	X(INT,  header_ms,         20000, 100, 600000, "longest wait for the headers of a request") \
	X(INT,  body_ms,           30000, 100, 600000, "longest wait for any progress of a body, either way") \
	X(INT,  idle_ms,           75000, 100, 3600000, "keep-alive without a request") \
	X(INT,  drain_ms,          30000, 0, 3600000, "graceful stop waits this long for running requests") \
	X(INT,  body_small_max,    2097152, 65536, 67108864, "largest JSON or XML body") \
	X(INT,  uploads_memory_max, 268435456, 1048576, 17179869184, "bytes of request bodies held in memory at a time; more wait") \
	X(INT,  readers,           4, 1, 64, "threads for reading and for large files") \
	X(INT,  free_floor,        268435456, 0, 1099511627776, "bytes that uploads leave free on the disk") \
	X(INT,  grace_ms,          60000, 1, 86400000, "deleted bytes stay so long for those who still read them") \
	X(INT,  environments_max,  0, 0, 1000, "execution environments at a time; 0: one per core") \
	X(INT,  environment_idle_ms, 300000, 100, 86400000, "an unused environment ends after") \
	X(INT,  environment_uses,  500, 1, 1000000, "an environment is replaced after so many invocations") \
	X(WORD, isolation,         "environment", 0, 0, "environment: reused for many photos; photo: a fresh one for each") \
	X(INT,  attempt_cpu_ms,    20000, 100, 900000, "processor time of one attempt; a photo that needs more becomes a dead letter") \
	X(INT,  attempt_memory_mb, 10240, 128, 10240, "memory of one attempt, where its function allows more") \
	X(LIST, preset,            "", 0, 65536, "NAME=SPEC: a rendition that can be named, e.g. card.jpg=400x300,fill,quality=75") \
	X(LIST, renditions,        "", 0, 65536, "BUCKET/PREFIX NAME...: what photos there get instead of the function's RENDITIONS") \
	X(LIST, variable,          "", 0, 65536, "NAME=VALUE: a variable of the thumbnail function, e.g. GPS=drop or QUALITY=75") \
	X(TEXT, sandbox,           "", 0, 4000, "path of minilab-sandbox, which has minilab-unpack and runtimes/ beside it; empty: beside minilab") \
	X(TEXT, node,              "", 0, 4000, "Node.js for nodejs functions; empty: the first of /usr/local/bin and /usr/bin") \
	X(TEXT, python,            "", 0, 4000, "Python 3 for python functions; empty: likewise") \
	X(INT,  concurrency_max,   1000, 100, 100000, "invocations of functions at a time, all together") \
	X(INT,  function_environments_max, 1000, 1, 10000, "environments of custom functions at a time") \
	X(INT,  function_idle_ms,  600000, 100, 86400000, "an unused environment of a custom function ends after") \
	X(BOOL, outbound,          0, 0, 1, "functions that are configured so may reach the network") \
	X(BOOL, show_keys,         0, 0, 1, "print the root keys at start") \
	X(BOOL, require_cage,      0, 0, 1, "refuse to start without the full set of namespaces") \
	X(BOOL, probes,            0, 0, 1, "tests only: functions obey {\"probe\": NAME} events") \
	X(INT,  retry_base_ms,     60000, 1, 3600000, "wait before the second attempt; twice that before the third") \
	X(INT,  event_age_s,       21600, 60, 21600, "an event that waited longer becomes a dead letter") \
	X(INT,  backfill_rate,     50, 1, 1000, "photos a second that a backfill does at most, unless it was told its own rate") \
	X(BOOL, near_duplicates,   1, 0, 1, "rows have an index by perceptual hash, for `minilab similar`") \
	X(INT,  tus_pieces,        8000, 2, 9000, "from so many requests on the smallest pieces of a resumable upload are joined before it takes more") \
	X(INT,  tus_expiry_s,      86400, 60, 31536000, "a resumable upload is forgotten when nothing more of it came for so long") \
	X(LIST, webhook_allow,     "", 0, 65536, "HOST, ADDRESS or NETWORK/BITS: not public, and webhooks may go there all the same") \
	X(INT,  webhook_timeout_ms, 10000, 100, 120000, "longest wait for the answer of a webhook") \
	X(INT,  webhook_base_ms,   10000, 10, 3600000, "wait before a webhook is told again; then twice that, and so on") \
	X(INT,  webhook_wait_max_ms, 3600000, 10, 86400000, "the longest such wait") \
	X(INT,  webhook_age_s,     259200, 1, 604800, "what could not be told for so long becomes a dead letter") \
	X(INT,  webhook_waiting_max, 1000000, 10, 100000000, "lines that may wait for one bucket's webhook; one more is a dead letter at once") \
	X(INT,  webhook_dead_max,  1000000, 10, 100000000, "dead letters of all webhooks that are kept; the oldest make room") \
	X(INT,  thumbnail_cache_s, 3600, 0, 31536000, "clients show a thumbnail of /_/t/ again for so long without asking") \
	X(INT,  lifecycle_interval_s, 3600, 1, 86400, "between two looks for what the lifecycle rules of buckets end") \
	X(INT,  lifecycle_day_s,   86400, 1, 86400, "tests only: the days of lifecycle rules are so long") \
	X(INT,  journal_days,      90, 1, 36500, "journal lines are kept so long") \
	X(LIST, watch,             "", 0, 65536, "NAME OPTION=VALUE: of a drop folder, e.g. inbox dir=/srv/inbox; in the file a section [watch NAME]") \
	X(INT,  ledger_s,          7776000, 1, 3153600000, "a file of a drop folder that is gone, and whose object is too, is remembered so long") \
	X(BOOL, watch_by_keys,     0, 0, 1, "who has the keys may add drop folders, also by console: any folder that minilab may read")

/* Where a value comes from; a list that several name, from the last of them. */
#define SETTING_ORIGINS(X) X(SETTING_DEFAULT, "default") X(SETTING_FILE, "file") X(SETTING_ENVIRONMENT, "environment") X(SETTING_FLAG, "flag")
#define X(name, text) name,
enum setting_origin { SETTING_ORIGINS(X) SETTING_ORIGINS_COUNT };
#undef X
const char *setting_origin_text(enum setting_origin o);

#define X(kind, field, def, min, max, what) SETTING_##field,
enum setting_id { SETTINGS(X) SETTINGS_COUNT };
#undef X

struct settings {
#define SETTING_FIELD_TEXT(field) const char *field;
#define SETTING_FIELD_LIST(field) const char *field;	/* values, one per line */
#define SETTING_FIELD_WORD(field) const char *field;
#define SETTING_FIELD_INT(field) int64_t field;
#define SETTING_FIELD_BOOL(field) int64_t field;
#define X(kind, field, def, min, max, what) SETTING_FIELD_##kind(field)
	SETTINGS(X)
#undef X
	enum setting_origin origin[SETTINGS_COUNT];
};

void settings_defaults(struct settings *s);
void settings_clear(struct settings *s);	/* frees texts */

/* One name and value, from there. E_NOT_FOUND, E_BAD_INPUT, or 0. Dashes and underscores are the same. */
int settings_set(struct settings *s, enum setting_origin from, struct str name, struct str value);
/* Lines of `name = value`, # comments. Behind a line [watch NAME], each line is an option of that drop folder, until the next such line. */
int settings_file(struct settings *s, const char *path, char error[256]);
int settings_environment(struct settings *s, char error[256]);

struct setting_told {			/* lent for the call */
	const char *name, *what;
	const char *text, *text_default;	/* NULL: it is a number */
	bool is_switch;
	enum setting_origin origin;
	int64_t number, number_default, min, max;
};
void settings_each(const struct settings *s, void (*each)(void *owner, const struct setting_told *s), void *owner);
bool settings_is_switch(struct str name);	/* a flag that stands alone */
void settings_help(FILE *to);

#endif
