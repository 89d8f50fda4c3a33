#include "functions/rendition.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

#define BIT(format) (1u << (format))
#define ANY (BIT(RENDITION_FORMATS) - 1)
#define LOSSY (BIT(RENDITION_WEBP) | BIT(RENDITION_JPEG) | BIT(RENDITION_AVIF) | BIT(RENDITION_AUTO))
#define QUOTED_MAX 80		/* bytes of a wrong text that an error repeats */

static const struct {
	const char *text;
	enum rendition_format format;
} endings[] = {
	{ ".webp", RENDITION_WEBP },
	{ ".jpg",  RENDITION_JPEG },
	{ ".jpeg", RENDITION_JPEG },
	{ ".png",  RENDITION_PNG },
	{ ".avif", RENDITION_AVIF },
};
enum { ENDINGS = sizeof endings / sizeof endings[0], ENDING_MAX = 5 };

static const int effort_max[RENDITION_FORMATS] = {
	[RENDITION_WEBP] = 6, [RENDITION_PNG] = 9, [RENDITION_AVIF] = 9, [RENDITION_AUTO] = 6,
};

/* What can be said once: two options of one slot exclude each other. */
enum slot {
	FIT, GRAVITY, ENLARGE, BACKGROUND, SHARPEN, LINEAR, QUALITY, EFFORT, CHROMA, LOSSLESS, PROGRESSIVE, BYTES, ANIMATED, KEEP,
	FORMAT,
};
#define SAID(slot) (1u << (slot))

struct option {
	const char *word;
	enum slot slot;
	bool (*take)(struct rendition *r, struct str value, int arg);
	int arg;
	unsigned formats;	/* that have a use for it */
	const char *allowed;	/* its values; NULL: it has none */
};

static bool take_fit(struct rendition *r, struct str value, int arg)
{
	(void)value;
	r->fit = (enum rendition_fit)arg;
	return true;
}

static bool take_gravity(struct rendition *r, struct str value, int arg)
{
	static const char *const words[] = {
		[GRAVITY_CENTER] = "center", [GRAVITY_NORTH] = "north", [GRAVITY_NORTHEAST] = "northeast", [GRAVITY_EAST] = "east",
		[GRAVITY_SOUTHEAST] = "southeast", [GRAVITY_SOUTH] = "south", [GRAVITY_SOUTHWEST] = "southwest",
		[GRAVITY_WEST] = "west", [GRAVITY_NORTHWEST] = "northwest", [GRAVITY_ENTROPY] = "entropy",
		[GRAVITY_ATTENTION] = "attention",
	};

	(void)arg;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(value, str_of(words[i]))) {
			r->gravity = (enum rendition_gravity)i;
			return true;
		}
	return false;
}

/* "0", "1", "0.35": up to six decimals. */
static bool read_share(struct str text, double *to)
{
	int64_t whole, decimals = 0;
	double scale = 1;
	struct str first;

	if (!str_next(&text, '.', &first) || str_to_int(first, 0, 1, &whole) < 0)
		return false;
	if (str_is_set(text) && (text.n > 6 || str_to_int(text, 0, 999999, &decimals) < 0))
		return false;
	for (size_t i = 0; i < text.n; i++)
		scale *= 10;
	*to = (double)whole + (double)decimals / scale;
	return *to <= 1;
}

static bool take_focus(struct rendition *r, struct str value, int arg)
{
	struct str x;

	(void)arg;
	str_next(&value, ':', &x);
	r->gravity = GRAVITY_FOCUS;
	return read_share(x, &r->focus_x) && str_is_set(value) && read_share(value, &r->focus_y);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_background(struct rendition *r, struct str value, int arg)
{
	(void)arg;
	if (value.n != 6 && value.n != 8)
		return false;
	for (size_t i = 0; i < value.n; i += 2) {
		int high = hex_digit(value.p[i]), low = hex_digit(value.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		r->background[i / 2] = (uint8_t)(high * 16 + low);
	}
	return true;
}

static bool take_number(struct str value, int min, int max, int *to)
{
	int64_t n;

	if (str_to_int(value, min, max, &n) < 0)
		return false;
	*to = (int)n;
	return true;
}

static bool take_percent(struct rendition *r, struct str value, int arg)
{
	return take_number(value, 1, 100, arg == SHARPEN ? &r->sharpen : &r->quality);
}

static bool take_effort(struct rendition *r, struct str value, int arg)
{
	(void)arg;
	return take_number(value, 0, effort_max[r->format], &r->effort);
}

static bool take_chroma(struct rendition *r, struct str value, int arg)
{
	(void)arg;
	r->chroma = str_eq(value, STR("444")) ? CHROMA_444 : CHROMA_420;
	return r->chroma == CHROMA_444 || str_eq(value, STR("420"));
}

static bool take_bytes(struct rendition *r, struct str value, int arg)
{
	int64_t times = 1;

	(void)arg;
	if (str_ends(value, STR("k"))) {
		times = 1000;
		value.n--;
	}
	if (str_to_int(value, 1, RENDITION_BYTES_MAX, &r->bytes_max) < 0)
		return false;
	r->bytes_max *= times;
	return r->bytes_max <= RENDITION_BYTES_MAX;
}

static bool take_keep(struct rendition *r, struct str value, int arg)
{
	struct str what;

	(void)arg;
	while (str_next(&value, '+', &what)) {
		bool *keep = str_eq(what, STR("profile")) ? &r->keep_profile : str_eq(what, STR("copyright")) ? &r->keep_copyright : NULL;

		if (!keep || *keep)
			return false;
		*keep = true;
	}
	return true;
}

static bool take_flag(struct rendition *r, struct str value, int arg)
{
	(void)value;
	switch (arg) {
	case ENLARGE:     r->enlarge = true; break;
	case LINEAR:      r->linear = true; break;
	case LOSSLESS:    r->lossless = true; break;
	case PROGRESSIVE: r->progressive = true; break;
	default:          r->animated = true; break;
	}
	return true;
}

/* Whether a name's ending contradicts it was seen to before. */
static bool take_format(struct rendition *r, struct str value, int arg)
{
	(void)arg;
	return r->format == RENDITION_AUTO && str_eq(value, STR("auto"));
}

static const struct option options[] = {
	{ "inside",      FIT,         take_fit,        FIT_INSIDE,  ANY, NULL },
	{ "outside",     FIT,         take_fit,        FIT_OUTSIDE, ANY, NULL },
	{ "fill",        FIT,         take_fit,        FIT_FILL,    ANY, NULL },
	{ "exact",       FIT,         take_fit,        FIT_EXACT,   ANY, NULL },
	{ "pad",         FIT,         take_fit,        FIT_PAD,     ANY, NULL },
	{ "gravity",     GRAVITY,     take_gravity,    0, ANY, "center, north, northeast (...), entropy or attention" },
	{ "focus",       GRAVITY,     take_focus,      0, ANY, "X:Y, each from 0 to 1" },
	{ "enlarge",     ENLARGE,     take_flag,       ENLARGE,     ANY, NULL },
	{ "background",  BACKGROUND,  take_background, 0, ANY, "rrggbb or rrggbbaa" },
	{ "sharpen",     SHARPEN,     take_percent,    SHARPEN,     ANY, "1 to 100" },
	{ "linear",      LINEAR,      take_flag,       LINEAR,      ANY, NULL },
	{ "quality",     QUALITY,     take_percent,    QUALITY,     LOSSY, "1 to 100" },
	{ "effort",      EFFORT,      take_effort,     0, ANY & ~BIT(RENDITION_JPEG), "0 to 6, or to 9 for .png and .avif" },
	{ "chroma",      CHROMA,      take_chroma,     0, LOSSY & ~BIT(RENDITION_WEBP), "420 or 444" },
	{ "lossless",    LOSSLESS,    take_flag,       LOSSLESS,    BIT(RENDITION_WEBP) | BIT(RENDITION_AVIF), NULL },
	{ "progressive", PROGRESSIVE, take_flag,       PROGRESSIVE, ANY & ~BIT(RENDITION_WEBP) & ~BIT(RENDITION_AVIF), NULL },
	{ "bytes",       BYTES,       take_bytes,      0, LOSSY, "1 to 67108864, or thousands as 30k" },
	{ "animated",    ANIMATED,    take_flag,       ANIMATED,    BIT(RENDITION_WEBP), NULL },
	{ "keep",        KEEP,        take_keep,       0, ANY, "profile, copyright or profile+copyright" },
	{ "format",      FORMAT,      take_format,     0, BIT(RENDITION_AUTO), "auto" },
};
enum { OPTIONS = sizeof options / sizeof options[0] };

/* What does not go together. Of a row, all of `said` and one of `fits` (0: any) must not meet. */
#define FITS(a) (1u << (a))
static const struct {
	unsigned said, fits;
	const char *why;
} conflicts[] = {
	{ SAID(GRAVITY), FITS(FIT_INSIDE) | FITS(FIT_OUTSIDE) | FITS(FIT_EXACT), "gravity and focus are for fill and pad" },
	{ SAID(LOSSLESS) | SAID(QUALITY), 0, "lossless has no quality" },
	{ SAID(LOSSLESS) | SAID(CHROMA), 0, "lossless has all colour samples" },
	{ SAID(LOSSLESS) | SAID(BYTES), 0, "lossless cannot be made to fit into bytes" },
};

__attribute__((format(printf, 3, 4)))
static int fail(char error[RENDITION_ERROR_MAX], struct str name, const char *fmt, ...)
{
	int n = snprintf(error, RENDITION_ERROR_MAX, "%.*s: ", (int)(name.n < QUOTED_MAX ? name.n : QUOTED_MAX), name.p);
	va_list args;

	va_start(args, fmt);
	vsnprintf(error + n, (size_t)(RENDITION_ERROR_MAX - n), fmt, args);
	va_end(args);
	return E_BAD_INPUT;
}

static int quoted(struct str s)
{
	return (int)(s.n < QUOTED_MAX ? s.n : QUOTED_MAX);
}

static bool name_is_plain(struct str name)
{
	if (name.n == 0 || name.n > RENDITION_NAME_MAX || name.p[0] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

static enum rendition_format format_of(struct str name)
{
	for (int i = 0; i < ENDINGS; i++)
		if (str_ends(name, str_of(endings[i].text)))
			return endings[i].format;
	return RENDITION_AUTO;
}

static bool read_side(struct str text, int *side)
{
	*side = 0;
	return text.n == 0 || take_number(text, 1, RENDITION_SIDE_MAX, side);
}

static bool read_size(struct rendition *r, struct str size)
{
	struct str width;

	str_next(&size, 'x', &width);
	if (!read_side(width, &r->width))
		return false;
	if (!str_is_set(size)) {
		r->height = r->width;
		return r->width > 0;
	}
	return read_side(size, &r->height) && (r->width > 0 || r->height > 0);
}

static int unknown_option(struct str name, struct str word, char error[RENDITION_ERROR_MAX])
{
	char list[240];
	size_t n = 0;

	for (int i = 0; i < OPTIONS; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, " %s%s", options[i].word, options[i].allowed ? "=" : "");
	return fail(error, name, "there is no option \"%.*s\", but:%s", quoted(word), word.p, list);
}

static int take_option(struct rendition *r, struct str text, unsigned *said, char error[RENDITION_ERROR_MAX])
{
	const struct option *o = options;
	struct str word, value = text;

	str_next(&value, '=', &word);
	while (o < options + OPTIONS && !str_eq(word, str_of(o->word)))
		o++;
	if (o == options + OPTIONS)
		return unknown_option(r->name, word, error);
	if (*said & SAID(o->slot))
		return fail(error, r->name, "\"%.*s\" says again what was said", quoted(text), text.p);
	*said |= SAID(o->slot);
	if (!(o->formats & BIT(r->format)))
		return fail(error, r->name, "%s is not for %s", o->word, o->slot == FORMAT ? "a name with a format's ending"
			    : r->format == RENDITION_AUTO ? "format=auto" : "this format");
	if (str_is_set(value) != (o->allowed != NULL))
		return fail(error, r->name, o->allowed ? "%s needs a value: %s" : "%s has no value", o->word, o->allowed);
	if (!o->take(r, value, o->arg))
		return fail(error, r->name, "%s is \"%.*s\", not %s", o->word, quoted(value), value.p, o->allowed);
	return 0;
}

static int check(const struct rendition *r, unsigned said, char error[RENDITION_ERROR_MAX])
{
	if (r->format == RENDITION_AUTO && !(said & SAID(FORMAT)))
		return fail(error, r->name, "the name ends in none of .webp .jpg .jpeg .png .avif, nor is there format=auto");
	if (r->fit > FIT_OUTSIDE && (r->width == 0 || r->height == 0))
		return fail(error, r->name, "%s needs width and height", options[r->fit].word);
	if (r->fit == FIT_PAD && r->gravity > GRAVITY_NORTHWEST)
		return fail(error, r->name, "gravity by content and focus are for fill");
	for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++)
		if ((said & conflicts[i].said) == conflicts[i].said &&
		    (!conflicts[i].fits || conflicts[i].fits & FITS(r->fit)))
			return fail(error, r->name, "%s", conflicts[i].why);
	return 0;
}

static void set_defaults(struct rendition *r, const struct rendition_defaults *d)
{
	bool by_default = r->format == RENDITION_WEBP || r->format == RENDITION_AUTO;

	r->quality = d->quality ? d->quality : r->format == RENDITION_AVIF ? 60 : 80;
	r->effort = by_default ? (d->effort < 0 ? 2 : d->effort) : r->format == RENDITION_PNG;
	memset(r->background, 255, sizeof r->background);
}

int rendition_parse(struct str text, const struct rendition_defaults *d, struct rendition *r, char error[RENDITION_ERROR_MAX])
{
	struct str name, size, word, rest = text;
	unsigned said = 0;
	int rc = 0;

	str_next(&rest, '=', &name);
	*r = (struct rendition){ .name = name, .format = format_of(name) };
	if (!name_is_plain(name) || (r->format == RENDITION_AUTO && name.n > RENDITION_NAME_MAX - ENDING_MAX))
		return fail(error, text, "\"%.*s\" is not a name of at most %d letters, digits and \"._-\" with its ending",
			    quoted(name), name.p, RENDITION_NAME_MAX);
	if (!str_is_set(rest))
		return fail(error, name, "\"=SIZE\" is missing behind the name, and there is no preset of that name");
	set_defaults(r, d);
	str_next(&rest, ',', &size);
	if (!read_size(r, size))
		return fail(error, name, "size is \"%.*s\", not like 160, 400x300, 1200x or x800 with sides of 1 to %d",
			    quoted(size), size.p, RENDITION_SIDE_MAX);
	while (rc == 0 && str_next(&rest, ',', &word))
		rc = take_option(r, word, &said, error);
	return rc < 0 ? rc : check(r, said, error);
}

/* With format=auto each ending may come behind the name. */
static bool names_meet(const struct rendition *a, const struct rendition *b)
{
	if (str_eq(a->name, b->name))
		return true;
	for (int i = 0; i < ENDINGS && a->format == RENDITION_AUTO; i++)
		if (str_starts(b->name, a->name) && str_eq(str_n(b->name.p + a->name.n, b->name.n - a->name.n), str_of(endings[i].text)))
			return true;
	return false;
}

int rendition_parse_list(struct str text, const struct rendition_defaults *d, struct rendition r[THUMBNAIL_RENDITIONS_MAX],
			 char error[RENDITION_ERROR_MAX])
{
	struct str word;
	int n = 0, rc;

	while (str_next(&text, ' ', &word)) {
		if (word.n == 0)
			continue;
		if (n == THUMBNAIL_RENDITIONS_MAX)
			return fail(error, word, "there are more than %d renditions", THUMBNAIL_RENDITIONS_MAX);
		if ((rc = rendition_parse(word, d, &r[n], error)) < 0)
			return rc;
		for (int i = 0; i < n; i++)
			if (names_meet(&r[i], &r[n]) || names_meet(&r[n], &r[i]))
				return fail(error, r[n].name, "the name is given twice, or could be \"%.*s\" with an ending",
					    STR_ARG(r[i].name));
		n++;
	}
	if (n == 0) {
		snprintf(error, RENDITION_ERROR_MAX, "no renditions are named");
		return E_BAD_INPUT;
	}
	return n;
}
