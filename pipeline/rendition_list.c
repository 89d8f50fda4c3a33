#include "pipeline/rendition_list.h"

#include "base/buf.h"
#include "base/err.h"
#include "functions/rendition.h"

_Static_assert(RENDITION_LIST_MAX == THUMBNAIL_RENDITIONS_MAX && RENDITION_LIST_ERROR_MAX == RENDITION_ERROR_MAX, "as rendition.h has it");
_Static_assert(RENDITION_LIST_NAMES_MAX >= RENDITION_LIST_MAX * (RENDITION_NAME_MAX + 1), "room for all names");

static const char *const endings[] = { ".webp", ".jpg", ".png", ".avif" };

bool rendition_list_next(struct str *names, struct str *name)
{
	while (str_next(names, ' ', name))
		if (name->n > 0)
			return true;
	return false;
}

static struct str name_of(struct str entry)
{
	struct str name;

	str_next(&entry, '=', &name);
	return name;
}

int rendition_list_read(struct str list, struct rendition_list *p, char error[RENDITION_LIST_ERROR_MAX])
{
	static const struct rendition_defaults defaults = { .quality = 0, .effort = -1 };
	struct rendition r[THUMBNAIL_RENDITIONS_MAX];
	struct str entry;
	int n = rendition_parse_list(list, &defaults, r, error);

	*p = (struct rendition_list){0};
	if (n < 0)
		return n;
	while (p->count < n && rendition_list_next(&list, &entry)) {
		struct rendition_entry *one = &p->at[p->count];

		*one = (struct rendition_entry){ .name = name_of(entry), .text = entry, .any_ending = r[p->count].format == RENDITION_AUTO };
		p->count++;
	}
	return 0;
}

static void add_entry(struct buf *to, struct str entry)
{
	buf_printf(to, "%s%.*s", to->len ? " " : "", STR_ARG(entry));
}

static struct str take(struct buf *b, struct arena *a)
{
	struct str s = b->len ? arena_str(a, str_n(b->data, b->len)) : STR("");

	buf_clear(b);
	return s;
}

const struct rendition_entry *rendition_list_find(const struct rendition_list *p, struct str name)
{
	for (int i = 0; i < p->count; i++)
		if (str_eq(p->at[i].name, name))
			return &p->at[i];
	return NULL;
}

bool rendition_entry_makes(const struct rendition_entry *p, struct str thumbnail)
{
	if (!p->any_ending)
		return str_eq(p->name, thumbnail);
	if (!str_starts(thumbnail, p->name))
		return false;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (str_eq(str_n(thumbnail.p + p->name.n, thumbnail.n - p->name.n), str_of(endings[i])))
			return true;
	return false;
}

struct str rendition_list_pick(const struct rendition_list *p, struct str names, struct arena *a)
{
	const struct rendition_entry *one;
	struct buf b = {0};
	struct str name;

	while (rendition_list_next(&names, &name))
		if ((one = rendition_list_find(p, name)))
			add_entry(&b, one->text);
	return take(&b, a);
}

int rendition_list_keys(const struct rendition_list *p, struct str names, struct str original, struct arena *a, struct str keys[RENDITION_LIST_KEYS_MAX])
{
	const struct rendition_entry *one;
	struct str name;
	int n = 0;

	while (rendition_list_next(&names, &name) && n + 4 <= RENDITION_LIST_KEYS_MAX) {
		if (!(one = rendition_list_find(p, name)))
			continue;
		for (size_t i = 0; i < (one->any_ending ? sizeof endings / sizeof endings[0] : 1); i++)
			keys[n++] = str_of(arena_printf(a, "%.*s/%.*s%s", STR_ARG(original), STR_ARG(name),
							one->any_ending ? endings[i] : ""));
	}
	return n;
}

static struct str entry_of(struct str list, struct str name)
{
	struct str entry;

	while (rendition_list_next(&list, &entry))
		if (str_eq(name_of(entry), name))
			return entry;
	return (struct str){0};
}

static bool is_named(struct str names, struct str name)
{
	struct str one;

	while (rendition_list_next(&names, &one))
		if (str_eq(one, name))
			return true;
	return false;
}

struct str rendition_list_merged(const struct rendition_list *p, struct str names, struct str was, struct arena *a)
{
	struct buf b = {0};
	struct str entry;

	if (was.n == 0)
		return STR("");
	for (int i = 0; i < p->count; i++) {
		entry = is_named(names, p->at[i].name) ? p->at[i].text : entry_of(was, p->at[i].name);
		if (entry.n > 0)
			add_entry(&b, entry);
	}
	while (rendition_list_next(&was, &entry))
		if (!rendition_list_find(p, name_of(entry)))
			add_entry(&b, entry);
	return take(&b, a);
}

bool rendition_list_covered(const struct rendition_list *p, struct str made)
{
	for (int i = 0; i < p->count; i++)
		if (!str_is_set(entry_of(made, p->at[i].name)))
			return false;
	return true;
}
