/* json.h - the one place that writes and reads JSON (RFC 8259).
 *
 * Writing: commas, quotes and escapes are this module's business; callers only
 * name things. Nesting is checked: closing what was not opened aborts.
 *
 *     struct json j = json_into(&body);
 *     json_open(&j, NULL, '{');
 *     json_str(&j, "key", key);
 *     json_int(&j, "size", o->size);
 *     json_close(&j);
 *
 * Reading: json_parse makes a tree in the caller's arena; the text may go away
 * afterwards. Depth, duplicate names and bad UTF-8 are errors (E_BAD_INPUT).
 * Numbers keep their text, so that nothing is lost to a double.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 80	/* an item with 32 nested maps takes 66, and its request a few more */

struct json {
	struct buf *out;
	int depth;
	bool some[JSON_DEPTH_MAX];	/* this level already has a member */
	char close[JSON_DEPTH_MAX];
};

struct json json_into(struct buf *out);

/* `name` is NULL inside an array and at the top. `kind` is '{' or '['. */
void json_open(struct json *j, const char *name, char kind);
void json_close(struct json *j);
void json_str(struct json *j, const char *name, struct str s);	/* bad UTF-8 becomes U+FFFD */
void json_cstr(struct json *j, const char *name, const char *s);
void json_int(struct json *j, const char *name, int64_t n);
void json_real(struct json *j, const char *name, double d);	/* finite; up to 15 digits */
void json_bool(struct json *j, const char *name, bool yes);
void json_null(struct json *j, const char *name);

/* `text` is already JSON and goes in as it is. */
void json_raw(struct json *j, const char *name, struct str text);

/* Same, for a member whose name is bytes from outside. */
void json_name(struct json *j, struct str name);	/* then one value with name JSON_NAMED */
#define JSON_NAMED ((const char *)1)

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
	enum json_kind kind;
	bool yes;			/* JSON_BOOL */
	struct str text;		/* JSON_STRING unescaped; JSON_NUMBER as written */
	struct str name;		/* of this member in its object */
	struct json_value *first;	/* JSON_ARRAY, JSON_OBJECT */
	struct json_value *next;	/* the following member */
	int count;
};

int json_parse(struct arena *a, struct str text, struct json_value **out);
/* For large ones: `text` outlives the tree, and strings without escapes are parts of it, without a NUL behind them. E_TOO_LARGE: it has more
 * than `values_max` values, each of which takes some 100 bytes and may be two of the text. */
int json_parse_lent(struct arena *a, struct str text, int values_max, struct json_value **out);

/* All of these accept NULL and the wrong kind, and say NULL, absent or `otherwise`. */
const struct json_value *json_get(const struct json_value *object, const char *name);
struct str json_text(const struct json_value *object, const char *name);
int64_t json_number(const struct json_value *object, const char *name, int64_t otherwise);

/* A tree back to text, members in their order. */
void json_value(struct json *j, const char *name, const struct json_value *v);

#endif
