/* watch_spec.h - what a drop folder is told: one line each. Section in the settings file, flag of `minilab watch`, parameter of
 * the API, document in the store: all come from that line.
 *
 *     [watch inbox]                    --watch 'inbox dir=/srv/inbox' --watch 'inbox to=photos/in'
 *     dir = /srv/inbox                 minilab watch /srv/inbox --to photos/in --name inbox
 *     to = photos/in
 *
 * A spec owns its texts: watch_spec_init, set, check, clear. Any thread.
 */
#ifndef PIPELINE_WATCH_SPEC_H
#define PIPELINE_WATCH_SPEC_H

#include "base/json.h"

#define WATCH_NAME_MAX 64
#define WATCH_DIR_MAX 4000
#define WATCH_ERROR_MAX 256

/* X(kind, field, default, min, max, what); of texts min and max are lengths; word: one of those in watch_spec.c */
#define WATCH_OPTIONS(X) \
	X(TEXT, dir,          "", 0, WATCH_DIR_MAX, "the folder: an absolute path") \
	X(TEXT, to,           "", 0, 1100, "BUCKET/PREFIX: where its files become objects; folders in it become prefixes") \
	X(WORD, after,        "keep", 0, 0, "what becomes of a file that is an object: keep, move or delete") \
	X(TEXT, done,         "done", 1, WATCH_DIR_MAX, "where move moves it to: below the folder, or absolute on the same file system") \
	X(INT,  settle_ms,    2000, 100, 3600000, "a file is taken when it was closed and has not changed for so long") \
	X(INT,  unfinished_s, 60, 0, 86400, "one that does not end as its format ends, or may be written elsewhere before it is to go, is waited for so long") \
	X(INT,  scan_s,       300, 1, 86400, "seconds between two looks at the whole folder, besides notifications") \
	X(BOOL, poll,         0, 0, 1, "no notifications, looks only: for network mounts; then scan_s is 10 at most") \
	X(TEXT, ignore,       "", 0, 4000, "names that are left alone besides those that always are: patterns, blanks between") \
	X(BOOL, skip_same,    0, 0, 1, "content that is an object already is not put again under a new name") \
	X(BOOL, keep_both,    0, 0, 1, "other content under a key that is taken does not replace it, but gets a number: a-2.jpg")

enum watch_after { WATCH_KEEP, WATCH_MOVE, WATCH_DELETE };

struct watch_spec {
	char name[WATCH_NAME_MAX + 1];
#define WATCH_FIELD_TEXT(field) char *field;
#define WATCH_FIELD_WORD(field) enum watch_##field field;
#define WATCH_FIELD_INT(field) int64_t field;
#define WATCH_FIELD_BOOL(field) int64_t field;
#define X(kind, field, def, min, max, what) WATCH_FIELD_##kind(field)
	WATCH_OPTIONS(X)
#undef X
};

void watch_spec_init(struct watch_spec *s);		/* defaults */
void watch_spec_clear(struct watch_spec *s);		/* accepts one all zero */
void watch_spec_copy(struct watch_spec *to, const struct watch_spec *from);

void watch_spec_name(struct watch_spec *s, struct str name);	/* at most WATCH_NAME_MAX; what it may be is checked later */
/* A name out of the path of its folder, for one that was given none. */
void watch_spec_name_after(struct watch_spec *s, const char *dir);

/* One option. Dashes and underscores are the same. E_NOT_FOUND no such option, E_BAD_INPUT; *error is a sentence then. */
int watch_spec_set(struct watch_spec *s, struct str option, struct str value, char error[WATCH_ERROR_MAX]);

/* A whole one: E_BAD_INPUT with a sentence. */
int watch_spec_check(const struct watch_spec *s, char error[WATCH_ERROR_MAX]);

/* Where objects of it go: `to`, apart. The prefix is empty or ends in '/', which is added where it was left out. */
struct str watch_spec_bucket(const struct watch_spec *s);
struct str watch_spec_prefix(const struct watch_spec *s);

/* As members of an object that is open, and back from such an object: numbers and flags may be texts too. */
void watch_spec_write(const struct watch_spec *s, struct json *j);
int watch_spec_read(struct watch_spec *s, const struct json_value *v, char error[WATCH_ERROR_MAX]);

/* The setting `watch`: lines of NAME OPTION=VALUE. Each whole spec in turn, in the order of first mention; `each` copies what it keeps. */
typedef int watch_spec_each_fn(void *owner, const struct watch_spec *s);
int watch_specs_of_settings(struct str lines, watch_spec_each_fn *each, void *owner, char error[WATCH_ERROR_MAX]);

bool watch_option_is_switch(struct str option);		/* a flag that stands alone */
bool watch_option_exists(struct str option);

#endif
