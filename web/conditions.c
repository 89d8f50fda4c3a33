#include "web/conditions.h"

#include "base/clock.h"

struct str etag_bare(struct str tag)
{
	tag = str_trim(tag);
	if (str_starts(tag, STR("W/")))
		tag = str_n(tag.p + 2, tag.n - 2);
	if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"')
		tag = str_n(tag.p + 1, tag.n - 2);
	return tag;
}

bool etag_in(struct str list, struct str etag)
{
	struct str one;

	while (str_next(&list, ',', &one)) {
		one = etag_bare(one);
		if (str_eq(one, STR("*")) || str_eq(one, etag))
			return true;
	}
	return false;
}

/* Dates in headers have no milliseconds: compare whole seconds. */
static bool modified_since(struct str header, int64_t mtime_ms, int64_t now_ms, bool *readable)
{
	int64_t since;

	*readable = clock_parse_http(header, &since) == 0 && since <= now_ms;
	return *readable && mtime_ms / 1000 > since / 1000;
}

enum conditions_verdict conditions_check(const struct conditions *c, struct str etag, int64_t mtime_ms, int64_t now_ms,
					 const char **which)
{
	bool readable, modified;

	if (str_is_set(c->if_match)) {
		*which = "If-Match";
		if (!etag_in(c->if_match, etag))
			return CONDITIONS_FAILED;
	} else if (str_is_set(c->if_unmodified_since)) {
		*which = "If-Unmodified-Since";
		if (modified_since(c->if_unmodified_since, mtime_ms, now_ms, &readable))
			return CONDITIONS_FAILED;
	}
	if (str_is_set(c->if_none_match)) {
		*which = "If-None-Match";
		return etag_in(c->if_none_match, etag) ? CONDITIONS_NOT_MODIFIED : CONDITIONS_HOLD;
	}
	if (str_is_set(c->if_modified_since)) {
		*which = "If-Modified-Since";
		modified = modified_since(c->if_modified_since, mtime_ms, now_ms, &readable);
		return readable && !modified ? CONDITIONS_NOT_MODIFIED : CONDITIONS_HOLD;
	}
	return CONDITIONS_HOLD;
}
