#include "pipeline/watch_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "storage/bucket.h"
#include "storage/object.h"

enum kind { TEXT, WORD, INT, BOOL };

static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
	const char *text;		/* TEXT, WORD: the default */
	int64_t def, min, max;
	const char *what;
} options[] = {
#define ROW_TEXT(field, def, min, max, what) { #field, TEXT, offsetof(struct watch_spec, field), def, 0, min, max, what },
#define ROW_WORD(field, def, min, max, what) { #field, WORD, offsetof(struct watch_spec, field), def, 0, min, max, what },
#define ROW_INT(field, def, min, max, what) { #field, INT, offsetof(struct watch_spec, field), NULL, def, min, max, what },
#define ROW_BOOL(field, def, min, max, what) { #field, BOOL, offsetof(struct watch_spec, field), NULL, def, min, max, what },
#define X(kind, field, def, min, max, what) ROW_##kind(field, def, min, max, what)
	WATCH_OPTIONS(X)
#undef X
};

#define EACH_OPTION(o) \
	for (const struct option *o = options; o < options + sizeof options / sizeof *options; o++)

static const char *const afters[] = { "keep", "move", "delete" };

static char **text_of(const struct watch_spec *s, const struct option *o)
{
	return (char **)((char *)(uintptr_t)s + o->at);
}

static int64_t *number_of(const struct watch_spec *s, const struct option *o)
{
	return (int64_t *)((char *)(uintptr_t)s + o->at);
}

static enum watch_after *word_of(const struct watch_spec *s, const struct option *o)
{
	return (enum watch_after *)((char *)(uintptr_t)s + o->at);
}

static char *dup(struct str s)
{
	char *text = strndup(s.n > 0 ? s.p : "", s.n);

	CHECK(text != NULL);
	return text;
}

void watch_spec_init(struct watch_spec *s)
{
	*s = (struct watch_spec){0};
	EACH_OPTION(o) {
		if (o->kind == TEXT)
			*text_of(s, o) = dup(str_of(o->text));
		else if (o->kind != WORD)	/* the first word is the default */
			*number_of(s, o) = o->def;
	}
}

void watch_spec_clear(struct watch_spec *s)
{
	EACH_OPTION(o)
		if (o->kind == TEXT)
			free(*text_of(s, o));
	*s = (struct watch_spec){0};
}

void watch_spec_copy(struct watch_spec *to, const struct watch_spec *from)
{
	*to = *from;
	EACH_OPTION(o)
		if (o->kind == TEXT)
			*text_of(to, o) = dup(str_of(*text_of(from, o)));
}

static bool same_name(struct str given, const char *name)
{
	if (given.n != strlen(name))
		return false;
	for (size_t i = 0; i < given.n; i++)
		if ((given.p[i] == '-' ? '_' : given.p[i]) != name[i])
			return false;
	return true;
}

static const struct option *find(struct str name)
{
	EACH_OPTION(o)
		if (same_name(name, o->name))
			return o;
	return NULL;
}

static int set_word(enum watch_after *to, struct str value)
{
	for (size_t i = 0; i < sizeof afters / sizeof *afters; i++) {
		if (str_eq(value, str_of(afters[i]))) {
			*to = (enum watch_after)i;
			return 0;
		}
	}
	return E_BAD_INPUT;
}

static int set_bool(int64_t *to, struct str value)
{
	static const struct { const char *word; int means; } words[] = {
		{ "on", 1 }, { "true", 1 }, { "yes", 1 }, { "1", 1 }, { "off", 0 }, { "false", 0 }, { "no", 0 }, { "0", 0 },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_ieq(value, str_of(words[i].word))) {
			*to = words[i].means;
			return 0;
		}
	}
	return E_BAD_INPUT;
}

/* What is meant as a folder there, too, is one: photos/in becomes photos/in/. */
static void end_prefix(char **to)
{
	size_t n = strlen(*to);
	char *ended;

	if (!strchr(*to, '/') || (*to)[n - 1] == '/')
		return;
	CHECK(asprintf(&ended, "%s/", *to) >= 0);
	free(*to);
	*to = ended;
}

static int set(struct watch_spec *s, const struct option *o, struct str value)
{
	if (o->kind == WORD)
		return set_word(word_of(s, o), value);
	if (o->kind == BOOL)
		return set_bool(number_of(s, o), value);
	if (o->kind == INT)
		return str_to_int(value, o->min, o->max, number_of(s, o));
	if ((int64_t)value.n < o->min || (int64_t)value.n > o->max || memchr(value.p ? value.p : "", '\0', value.n))
		return E_BAD_INPUT;
	free(*text_of(s, o));
	*text_of(s, o) = dup(value);
	if (text_of(s, o) == &s->to)
		end_prefix(&s->to);
	return 0;
}

int watch_spec_set(struct watch_spec *s, struct str option, struct str value, char error[WATCH_ERROR_MAX])
{
	const struct option *o = find(option);
	int rc = o ? set(s, o, value) : E_NOT_FOUND;

	if (!o)
		snprintf(error, WATCH_ERROR_MAX, "a drop folder has no option \"%.*s\"", (int)(option.n < 60 ? option.n : 60), option.p);
	else if (rc < 0 && o->kind == INT)
		snprintf(error, WATCH_ERROR_MAX, "%s is a number from %" PRId64 " to %" PRId64, o->name, o->min, o->max);
	else if (rc < 0)
		snprintf(error, WATCH_ERROR_MAX, "%s has a bad value (%s)", o->name, o->what);
	return rc;
}

static bool fits_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static bool good_name(const char *name)
{
	if (!*name || *name == '.')
		return false;
	while (*name && fits_name(*name))
		name++;
	return !*name;
}

static bool good_done(const char *done)
{
	struct str rest = str_of(done), part;

	if (done[0] == '/')
		return done[1] != '\0';
	while (str_next(&rest, '/', &part))
		if (part.n == 0 || str_eq(part, STR(".")) || str_eq(part, STR("..")))
			return false;
	return true;
}

int watch_spec_check(const struct watch_spec *s, char error[WATCH_ERROR_MAX])
{
	const char *why = NULL;

	if (!good_name(s->name))
		why = "a name is letters, digits, and . _ - after the first";
	else if (s->dir[0] != '/' || s->dir[1] == '\0')
		why = "dir is an absolute path, and not all of the machine";
	else if (!bucket_name_valid(watch_spec_bucket(s)))
		why = "to is BUCKET or BUCKET/PREFIX";
	else if (watch_spec_prefix(s).n >= OBJECT_KEY_MAX)
		why = "the prefix in to is too long";
	else if (!good_done(s->done))
		why = "done is a path without . and ..";
	if (why)
		snprintf(error, WATCH_ERROR_MAX, "drop folder %s: %s", s->name, why);
	return why ? E_BAD_INPUT : 0;
}

struct str watch_spec_bucket(const struct watch_spec *s)
{
	return str_n(s->to, strcspn(s->to, "/"));
}

struct str watch_spec_prefix(const struct watch_spec *s)
{
	const char *slash = strchr(s->to, '/');

	return slash ? str_of(slash + 1) : STR("");
}

void watch_spec_write(const struct watch_spec *s, struct json *j)
{
	json_cstr(j, "name", s->name);
	EACH_OPTION(o) {
		if (o->kind == TEXT)
			json_cstr(j, o->name, *text_of(s, o));
		else if (o->kind == WORD)
			json_cstr(j, o->name, afters[*word_of(s, o)]);
		else if (o->kind == INT)
			json_int(j, o->name, *number_of(s, o));
		else
			json_bool(j, o->name, *number_of(s, o) != 0);
	}
}

void watch_spec_name_after(struct watch_spec *s, const char *dir)
{
	size_t end = strlen(dir), start, n = 0;

	while (end > 0 && dir[end - 1] == '/')
		end--;
	for (start = end; start > 0 && dir[start - 1] != '/'; start--)
		;
	while (start < end && dir[start] == '.')
		start++;
	for (; start < end && n < WATCH_NAME_MAX - 8; start++)	/* room for a number */
		s->name[n++] = fits_name(dir[start]) ? dir[start] : '-';
	s->name[n] = '\0';
	if (n == 0)
		snprintf(s->name, sizeof s->name, "folder");
}

void watch_spec_name(struct watch_spec *s, struct str name)
{
	CHECK(name.n <= WATCH_NAME_MAX);
	snprintf(s->name, sizeof s->name, "%.*s", (int)name.n, name.n ? name.p : "");
}

static int set_name(struct watch_spec *s, struct str name, char error[WATCH_ERROR_MAX])
{
	if (name.n == 0 || name.n > WATCH_NAME_MAX || memchr(name.p, '\0', name.n)) {
		snprintf(error, WATCH_ERROR_MAX, "the name of a drop folder has 1 to %d characters", WATCH_NAME_MAX);
		return E_BAD_INPUT;
	}
	watch_spec_name(s, name);
	return 0;
}

int watch_spec_read(struct watch_spec *s, const struct json_value *v, char error[WATCH_ERROR_MAX])
{
	int rc = set_name(s, json_text(v, "name"), error);

	EACH_OPTION(o) {
		const struct json_value *m = json_get(v, o->name);
		struct str text;

		if (rc < 0 || !m)
			continue;
		text = m->kind == JSON_BOOL ? (m->yes ? STR("on") : STR("off")) : m->text;
		if (m->kind != JSON_BOOL && m->kind != JSON_NUMBER && m->kind != JSON_STRING)
			text = STR("\001");
		rc = watch_spec_set(s, str_of(o->name), text, error);
	}
	return rc < 0 ? rc : watch_spec_check(s, error);
}

/* -- the setting -- */

/* NAME OPTION=VALUE */
static bool split(struct str line, struct str *name, struct str *option, struct str *value)
{
	line = str_trim(line);
	if (!str_next(&line, ' ', name) || !str_is_set(line) || !memchr(line.p, '=', line.n))
		return false;
	str_next(&line, '=', option);
	*option = str_trim(*option);
	*value = str_trim(line);
	return true;
}

/* All lines of one name. */
static int gather(struct watch_spec *s, struct str lines, struct str name, char error[WATCH_ERROR_MAX])
{
	struct str line, other, option, value;
	int rc = set_name(s, name, error);

	while (rc == 0 && str_next(&lines, '\n', &line))
		if (split(line, &other, &option, &value) && str_eq(other, name))
			rc = watch_spec_set(s, option, value, error);
	return rc < 0 ? rc : watch_spec_check(s, error);
}

static bool mentioned_before(struct str lines, const char *here, struct str name)
{
	struct str line, other, option, value;

	while (str_next(&lines, '\n', &line) && line.p < here)
		if (split(line, &other, &option, &value) && str_eq(other, name))
			return true;
	return false;
}

int watch_specs_of_settings(struct str lines, watch_spec_each_fn *each, void *owner, char error[WATCH_ERROR_MAX])
{
	struct str rest = lines, line, name, option, value;
	int rc = 0;

	while (rc == 0 && lines.n > 0 && str_next(&rest, '\n', &line)) {
		struct watch_spec s;

		if (!split(line, &name, &option, &value)) {
			snprintf(error, WATCH_ERROR_MAX, "watch is NAME OPTION=VALUE, not %.*s", (int)(line.n < 100 ? line.n : 100), line.p);
			return E_BAD_INPUT;
		}
		if (mentioned_before(lines, line.p, name))
			continue;
		watch_spec_init(&s);
		if ((rc = gather(&s, lines, name, error)) == 0)
			rc = each(owner, &s);
		watch_spec_clear(&s);
	}
	return rc;
}

/* -- the command line -- */

bool watch_option_is_switch(struct str option)
{
	const struct option *o = find(option);

	return o && o->kind == BOOL;
}

bool watch_option_exists(struct str option)
{
	return find(option) != NULL;
}
