/* watch_object.c - what a file of a drop folder is called as an object, and the headers that it has. */
#include <inttypes.h>

#include "base/codec.h"
#include "base/err.h"
#include "pipeline/media_type.h"
#include "pipeline/watch_parts.h"

/* S3's keys are UTF-8, names of files are bytes. */
static void add_escaped(struct buf *to, const char *path)
{
	struct str rest = str_of(path);

	while (rest.n > 0) {
		size_t n = rest.p[0] == '%' ? 0 : utf8_length(rest);

		if (n == 0)
			buf_printf(to, "%%%02X", (uint8_t)rest.p[0]);
		else
			buf_add(to, rest.p, n);
		n = n ? n : 1;
		rest = str_n(rest.p + n, rest.n - n);
	}
}

int watch_key(struct str prefix, const char *path, struct arena *a, struct str *key)
{
	struct buf b = {0};

	buf_add(&b, prefix.p, prefix.n);
	if (utf8_valid(str_of(path)))
		buf_puts(&b, path);
	else
		add_escaped(&b, path);
	*key = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return key->n > OBJECT_KEY_MAX ? E_TOO_LARGE : 0;
}

int watch_key_numbered(struct str key, int number, struct arena *a, struct str *numbered)
{
	size_t name = key.n, stem = key.n;

	while (name > 0 && key.p[name - 1] != '/')
		name--;
	for (size_t i = key.n; i > name + 1 && stem == key.n; i--)
		if (key.p[i - 1] == '.')
			stem = i - 1;
	*numbered = str_of(arena_printf(a, "%.*s-%d%.*s", (int)stem, key.p, number, (int)(key.n - stem), key.p + stem));
	return numbered->n > OBJECT_KEY_MAX ? E_TOO_LARGE : 0;
}

/* The time of change as rclone and others keep it: seconds since 1970. */
static const char *mtime_text(int64_t ns, struct arena *a)
{
	int64_t s = ns / 1000000000, rest = ns % 1000000000;

	if (rest < 0) {
		rest += 1000000000;
		s--;
	}
	return arena_printf(a, "%" PRId64 ".%09" PRId64, s, rest);
}

struct str watch_headers(const char *path, int64_t mtime_ns, struct arena *a)
{
	struct buf b = {0};
	struct json j = json_into(&b);
	struct str s;

	json_open(&j, NULL, '{');
	json_cstr(&j, "content-type", media_type_of(str_of(path)));
	json_cstr(&j, "x-amz-meta-mtime", mtime_text(mtime_ns, a));
	json_close(&j);
	s = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return s;
}
