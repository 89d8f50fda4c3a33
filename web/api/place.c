/* Which object a path means: /_/DOOR/BUCKET/KEY. Keys may hold everything that S3 allows, and nothing in them is looked at. */
#include "base/codec.h"
#include "pipeline/result.h"
#include "storage/object.h"
#include "web/api/local.h"

static const struct {
	size_t max;
	const char *shape;
} tails[] = {
	[TAIL_KEY_OR_NONE]       = { OBJECT_KEY_MAX, "[/KEY]" },
	[TAIL_KEY]               = { OBJECT_KEY_MAX, "/KEY" },
	[TAIL_KEY_AND_RENDITION] = { OBJECT_KEY_MAX + 1 + RENDITION_NAME_MAX, "/KEY/RENDITION" },
};

bool local_place(struct local *l, const char *door, enum tail tail)
{
	struct call *c = l->call;
	struct str rest = str_n(c->r->path.p + strlen(door), c->r->path.n - strlen(door)), part, bucket, key = STR("");

	(void)str_next(&rest, '/', &part);
	if (part.n == 0 || uri_decode(&c->r->arena, part, false, &bucket) < 0 ||
	    (str_is_set(rest) && uri_decode(&c->r->arena, rest, false, &key) < 0) || !utf8_valid(bucket) || !utf8_valid(key) ||
	    (key.n > 0 && memchr(key.p, '\0', key.n))) {
		local_refuse(l, 400, "InvalidPath", arena_printf(&l->arena, "The path is %sBUCKET%s, in UTF-8 and percent-encoded.", door, tails[tail].shape));
		return false;
	}
	l->for_pages = true;
	c->bucket = bucket;
	if (key.n > 0)
		c->key = key;
	if (key.n > tails[tail].max)
		local_refuse(l, 400, "KeyTooLongError", "A key has at most 1024 bytes.");
	else if (key.n == 0 && tail != TAIL_KEY_OR_NONE)
		local_refuse(l, 400, "InvalidPath", arena_printf(&l->arena, "The path is %sBUCKET%s.", door, tails[tail].shape));
	return key.n <= tails[tail].max && (key.n > 0 || tail == TAIL_KEY_OR_NONE);
}
