#include "pipeline/settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

#define FILE_LINE_MAX 8192
#define SECTION_MAX 80

enum kind { TEXT, LIST, WORD, INT, BOOL };

static const struct knob {
	const char *name;
	enum kind kind;
	size_t at;
	const char *text;	/* TEXT, LIST, WORD: the default */
	int64_t def, min, max;
	const char *what;
} knobs[] = {
#define ROW_TEXT(field, def, min, max, what) { #field, TEXT, offsetof(struct settings, field), def, 0, min, max, what },
#define ROW_LIST(field, def, min, max, what) { #field, LIST, offsetof(struct settings, field), def, 0, min, max, what },
#define ROW_WORD(field, def, min, max, what) { #field, WORD, offsetof(struct settings, field), def, 0, min, max, what },
#define ROW_INT(field, def, min, max, what) { #field, INT, offsetof(struct settings, field), NULL, def, min, max, what },
#define ROW_BOOL(field, def, min, max, what) { #field, BOOL, offsetof(struct settings, field), NULL, def, min, max, what },
#define X(kind, field, def, min, max, what) ROW_##kind(field, def, min, max, what)
	SETTINGS(X)
#undef X
};

static const struct { const char *name, *word; } choices[] = {
	{ "log_level", "debug" }, { "log_level", "info" }, { "log_level", "warn" }, { "log_level", "error" },
	{ "isolation", "environment" }, { "isolation", "photo" },
};

const char *setting_origin_text(enum setting_origin o)
{
#define X(name, text) text,
	static const char *const texts[] = { SETTING_ORIGINS(X) };
#undef X
	CHECK(o < SETTING_ORIGINS_COUNT);
	return texts[o];
}

#define EACH_KNOB(k) \
	for (const struct knob *k = knobs; k < knobs + sizeof knobs / sizeof *knobs; k++)

static const char **text_of(struct settings *s, const struct knob *k)
{
	return (const char **)((char *)s + k->at);
}

static int64_t *number_of(struct settings *s, const struct knob *k)
{
	return (int64_t *)((char *)s + k->at);
}

static void set_text(struct settings *s, const struct knob *k, struct str value)
{
	free((void *)(uintptr_t)*text_of(s, k));
	*text_of(s, k) = strndup(value.p, value.n);
	CHECK(*text_of(s, k) != NULL);
}

void settings_defaults(struct settings *s)
{
	*s = (struct settings){0};
	EACH_KNOB(k) {
		if (k->text)
			set_text(s, k, str_of(k->text));
		else
			*number_of(s, k) = k->def;
	}
}

void settings_each(const struct settings *s, void (*each)(void *owner, const struct setting_told *s), void *owner)
{
	EACH_KNOB(k) {
		struct setting_told one = { .name = k->name, .what = k->what, .text_default = k->text, .is_switch = k->kind == BOOL,
				       .origin = s->origin[k - knobs],
				       .number_default = k->def, .min = k->min, .max = k->max };

		if (k->text)
			one.text = *(const char *const *)((const char *)s + k->at);
		else
			one.number = *(const int64_t *)((const char *)s + k->at);
		each(owner, &one);
	}
}

void settings_clear(struct settings *s)
{
	EACH_KNOB(k) {
		if (!k->text)
			continue;
		free((void *)(uintptr_t)*text_of(s, k));
		*text_of(s, k) = NULL;
	}
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

static int set_bool(struct settings *s, const struct knob *k, struct str value)
{
	static const struct { struct str word; int means; } words[] = {
		{ { "1", 1 }, 1 }, { { "true", 4 }, 1 }, { { "yes", 3 }, 1 }, { { "on", 2 }, 1 }, { { "", 0 }, 1 },
		{ { "0", 1 }, 0 }, { { "false", 5 }, 0 }, { { "no", 2 }, 0 }, { { "off", 3 }, 0 },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_ieq(value, words[i].word)) {
			*number_of(s, k) = words[i].means;
			return 0;
		}
	}
	return E_BAD_INPUT;
}

static int set_word(struct settings *s, const struct knob *k, struct str value)
{
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (strcmp(choices[i].name, k->name) == 0 && str_eq(value, str_of(choices[i].word))) {
			set_text(s, k, value);
			return 0;
		}
	}
	return E_BAD_INPUT;
}

static int set_lengthy(struct settings *s, const struct knob *k, struct str value)
{
	const char *before = k->kind == LIST ? *text_of(s, k) : "";
	char *grown;

	if ((int64_t)(strlen(before) + value.n) < k->min || (int64_t)(strlen(before) + value.n) > k->max ||
	    memchr(value.p, '\0', value.n))
		return E_BAD_INPUT;
	if (k->kind == TEXT || !*before) {
		set_text(s, k, value);
		return 0;
	}
	CHECK(asprintf(&grown, "%s\n%.*s", before, STR_ARG(value)) >= 0);
	set_text(s, k, str_of(grown));
	free(grown);
	return 0;
}

static int set_one(struct settings *s, const struct knob *k, struct str value)
{
	if (k->kind == BOOL)
		return set_bool(s, k, value);
	if (k->kind == WORD)
		return set_word(s, k, value);
	if (k->kind == INT)
		return str_to_int(value, k->min, k->max, number_of(s, k));
	return set_lengthy(s, k, value);
}

int settings_set(struct settings *s, enum setting_origin from, struct str name, struct str value)
{
	EACH_KNOB(k) {
		int rc;

		if (!same_name(name, k->name))
			continue;
		if ((rc = set_one(s, k, value)) == 0)
			s->origin[k - knobs] = from;
		return rc;
	}
	return E_NOT_FOUND;
}

bool settings_is_switch(struct str name)
{
	EACH_KNOB(k)
		if (k->kind == BOOL && same_name(name, k->name))
			return true;
	return false;
}

/* [watch NAME]: the lines behind it are values of the list `watch`, each with that name before it. */
static int file_section(struct str line, char section[SECTION_MAX])
{
	struct str inner = str_trim(str_n(line.p + 1, line.n - 1)), kind, name;

	if (inner.n == 0 || inner.p[inner.n - 1] != ']')
		return E_BAD_INPUT;
	inner = str_trim(str_n(inner.p, inner.n - 1));
	str_next(&inner, ' ', &kind);
	name = str_trim(inner);
	if (!str_eq(kind, STR("watch")))
		return E_NOT_FOUND;
	if (name.n == 0 || name.n >= SECTION_MAX || memchr(name.p, ' ', name.n))
		return E_BAD_INPUT;
	snprintf(section, SECTION_MAX, "%.*s", STR_ARG(name));
	return 0;
}

static int file_line(struct settings *s, struct str line, char section[SECTION_MAX])
{
	char joined[FILE_LINE_MAX + SECTION_MAX];
	struct str name;

	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (line.p[0] == '[')
		return file_section(line, section);
	if (!memchr(line.p, '=', line.n))
		return E_BAD_INPUT;
	if (section[0]) {
		snprintf(joined, sizeof joined, "%s %.*s", section, STR_ARG(line));
		return settings_set(s, SETTING_FILE, STR("watch"), str_of(joined));
	}
	str_next(&line, '=', &name);
	return settings_set(s, SETTING_FILE, str_trim(name), str_trim(line));
}

int settings_file(struct settings *s, const char *path, char error[256])
{
	char room[FILE_LINE_MAX], section[SECTION_MAX] = "";
	FILE *f = fopen(path, "re");
	int rc = 0, number = 0;

	if (!f) {
		snprintf(error, 256, "%.200s: cannot be read", path);
		return E_NOT_FOUND;
	}
	while (rc == 0 && fgets(room, sizeof room, f)) {
		size_t n = strcspn(room, "\r\n");

		number++;
		rc = file_line(s, str_n(room, n), section);
	}
	fclose(f);
	if (rc < 0)
		snprintf(error, 256, "%.180s:%d: %s", path, number,
			 rc == E_NOT_FOUND ? "no such setting" : "bad value (see `minilab serve --help`)");
	return rc;
}

int settings_environment(struct settings *s, char error[256])
{
	EACH_KNOB(k) {
		char name[64] = "MINILAB_";
		const char *value;

		for (size_t i = 0; k->name[i] && i < sizeof name - 9; i++)
			name[8 + i] = (char)(k->name[i] >= 'a' && k->name[i] <= 'z' ? k->name[i] - 32 : k->name[i]);
		value = getenv(name);
		if (value && settings_set(s, SETTING_ENVIRONMENT, str_of(k->name), str_of(value)) < 0) {
			snprintf(error, 256, "%s=%.100s: bad value (see `minilab serve --help`)", name, value);
			return E_BAD_INPUT;
		}
	}
	return 0;
}

void settings_help(FILE *to)
{
	EACH_KNOB(k) {
		char flag[64];

		snprintf(flag, sizeof flag, "--%s", k->name);
		for (char *c = flag + 2; *c; c++)
			if (*c == '_')
				*c = '-';
		if (k->text)
			fprintf(to, "  %-24s %s [%s]\n", flag, k->what, k->text);
		else if (k->kind == BOOL)
			fprintf(to, "  %-24s %s [%s]\n", flag, k->what, k->def ? "on" : "off");
		else
			fprintf(to, "  %-24s %s [%" PRId64 "; %" PRId64 "..%" PRId64 "]\n", flag, k->what, k->def, k->min, k->max);
	}
}
