/* The names that uploads get. */
#include <ctype.h>
#include <time.h>

#include "base/err.h"
#include "storage/queue.h"
#include "web/api/upload.h"

#define EXT_MAX 8

static const struct {
	const char *ext, *type;
} types[] = {
	{ "jpg", "image/jpeg" }, { "jpeg", "image/jpeg" }, { "png", "image/png" }, { "webp", "image/webp" }, { "gif", "image/gif" },
	{ "tif", "image/tiff" }, { "tiff", "image/tiff" }, { "heic", "image/heic" }, { "heif", "image/heif" }, { "avif", "image/avif" },
	{ "bmp", "image/bmp" }, { "svg", "image/svg+xml" }, { "mp4", "video/mp4" }, { "mov", "video/quicktime" }, { "pdf", "application/pdf" },
	{ "txt", "text/plain" }, { "json", "application/json" },
};
#define TYPES (sizeof types / sizeof types[0])

/* Behind the last dot, if it looks like an ending; else empty. */
static struct str ending(struct str name)
{
	size_t n = 0;

	while (n < name.n && n <= EXT_MAX && isalnum((unsigned char)name.p[name.n - 1 - n]))
		n++;
	if (n == 0 || n > EXT_MAX || n == name.n || name.p[name.n - 1 - n] != '.')
		return STR("");
	return str_n(name.p + name.n - n, n);
}

static const char *type_of(struct str ext)
{
	for (size_t i = 0; i < TYPES; i++)
		if (str_ieq(ext, str_of(types[i].ext)))
			return types[i].type;
	return NULL;
}

/* What clients send who were not told what it is: browsers for unknown files, and curl for --data-binary. */
static bool says_nothing(struct str type)
{
	return type.n == 0 || str_ieq(type, STR("application/octet-stream")) || str_ieq(type, STR("application/x-www-form-urlencoded"));
}

struct str upload_type(struct str sent, struct str name, struct str key)
{
	const char *guess;

	if (!says_nothing(sent))
		return sent;
	if ((guess = type_of(ending(name))) != NULL || (guess = type_of(ending(key))) != NULL)
		return str_of(guess);
	return str_ieq(sent, STR("application/octet-stream")) ? sent : (struct str){ 0 };
}

/* -- variables -- */

struct making {
	struct arena *arena;
	struct str name, type;
	int64_t at_ms;
	struct buf out;
};

static struct tm time_of(const struct making *m)
{
	time_t s = (time_t)(m->at_ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	return tm;
}

static void add_date(struct making *m)
{
	struct tm tm = time_of(m);

	buf_printf(&m->out, "%04d/%02d/%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void add_time(struct making *m)
{
	struct tm tm = time_of(m);

	buf_printf(&m->out, "%02d%02d%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_uuid(struct making *m)
{
	char uuid[JOB_REQUEST_ID + 1];

	queue_request_make(uuid);
	buf_puts(&m->out, uuid);
}

static struct str without_folders(struct str name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
			return str_n(name.p + i, name.n - i);
	return name;
}

static void add_name(struct making *m)
{
	struct str name = without_folders(m->name);
	size_t before = m->out.len;

	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] >= ' ' && name.p[i] != 0x7f)
			buf_add(&m->out, &name.p[i], 1);
	name = str_n(m->out.data + before, m->out.len - before);
	if (name.n == 0 || str_eq(name, STR(".")) || str_eq(name, STR(".."))) {
		m->out.len = before;
		buf_puts(&m->out, "file");
	}
}

static void add_ext(struct making *m)
{
	struct str ext = ending(m->name), bare;
	const char *known = "bin";

	for (size_t i = 0; i < ext.n; i++)
		buf_add(&m->out, &(char){ (char)tolower((unsigned char)ext.p[i]) }, 1);
	if (ext.n > 0)
		return;
	if (str_next(&m->type, ';', &bare))
		for (size_t i = TYPES; i > 0; i--)	/* the first of a type is its usual one */
			if (str_ieq(str_trim(bare), str_of(types[i - 1].type)))
				known = types[i - 1].ext;
	buf_puts(&m->out, known);
}

static const struct {
	struct str name;
	void (*add)(struct making *m);
} variables[] = {
	{ { "date", 4 }, add_date }, { { "time", 4 }, add_time }, { { "uuid", 4 }, add_uuid }, { { "name", 4 }, add_name }, { { "ext", 3 }, add_ext },
};

static int add_variable(struct making *m, struct str name)
{
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
		if (str_eq(name, variables[i].name)) {
			variables[i].add(m);
			return 0;
		}
	return E_BAD_INPUT;
}

static int fill_in(struct making *m, struct str t)
{
	int rc = 0;

	while (t.n > 0 && rc == 0) {
		const char *open = memchr(t.p, '{', t.n), *close;
		size_t plain = open ? (size_t)(open - t.p) : t.n;

		buf_add(&m->out, t.p, plain);
		t = str_n(t.p + plain, t.n - plain);
		if (t.n == 0)
			break;
		if (t.n > 1 && t.p[1] == '{') {
			buf_puts(&m->out, "{");
			t = str_n(t.p + 2, t.n - 2);
			continue;
		}
		if (!(close = memchr(t.p, '}', t.n)))
			return E_BAD_INPUT;
		rc = add_variable(m, str_n(t.p + 1, (size_t)(close - t.p) - 1));
		t = str_n(close + 1, t.n - (size_t)(close - t.p) - 1);
	}
	return rc;
}

int upload_key_make(struct arena *a, struct str template, struct str name, struct str type, int64_t at_ms, struct str *key)
{
	struct making m = { .arena = a, .name = name, .type = type, .at_ms = at_ms };
	int rc = template.n > OBJECT_KEY_MAX ? E_TOO_LARGE : fill_in(&m, template);

	if (rc == 0) {
		struct str made = str_n(m.out.data, m.out.len);

		while (made.n > 0 && made.p[0] == '/')
			made = str_n(made.p + 1, made.n - 1);
		*key = arena_str(a, made);
		rc = made.n == 0 ? E_BAD_INPUT : made.n > OBJECT_KEY_MAX ? E_TOO_LARGE : 0;
	}
	buf_clear(&m.out);
	return rc;
}
