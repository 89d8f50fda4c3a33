#include "functions/runner/encode/formats.h"

#include <math.h>

#include "base/check.h"

static struct {
	encode_fn *encode;
	const char *content_type, *ending;
} formats[RENDITION_AUTO] = {
	[RENDITION_WEBP] = { webp_encode, "image/webp", ".webp" },
	[RENDITION_JPEG] = { jpeg_encode, "image/jpeg", ".jpg" },
	[RENDITION_PNG]  = { png_encode,  "image/png",  ".png" },
	[RENDITION_AVIF] = { NULL,        "image/avif", ".avif" },
};

void encode_set_avif(encode_fn *fn)
{
	formats[RENDITION_AVIF].encode = fn;
}

bool encode_can(enum rendition_format format)
{
	return format == RENDITION_AUTO || formats[format].encode != NULL;
}

const char *encode_content_type(enum rendition_format format)
{
	CHECK(format < RENDITION_AUTO);
	return formats[format].content_type;
}

const char *encode_ending(enum rendition_format format)
{
	CHECK(format < RENDITION_AUTO);
	return formats[format].ending;
}

/* What is known of the qualities that were tried. */
struct search {
	int fits, over;			/* the best that fits (0: none yet), the worst that does not */
	double fits_bytes, over_bytes;
};

#define NEAR_ENOUGH 0.97		/* of what is allowed: a higher quality is not looked for */
#define STEEPNESS 1.4			/* bytes grow about so with the quality, as a power of it, where nothing else is known */

/* The next quality to try. Bytes are taken for a power of the quality between two known ones (a secant), or as steep as usual below the first;
 * after a guess that was too large half the quality is tried, so that few tries suffice where that is far from true. */
static int next_quality(const struct search *s, double most, int tries_left)
{
	double aim = log(most * (1 + NEAR_ENOUGH) / 2), guess;

	if (s->fits == 0 && tries_left == 1)
		return 1;
	if (s->fits > 0)
		guess = s->fits * pow((double)s->over / s->fits,
				      (aim - log(s->fits_bytes)) / (log(s->over_bytes) - log(s->fits_bytes)));
	else if (tries_left == ENCODE_TRIES - 1)
		guess = s->over * exp((aim - log(s->over_bytes)) / STEEPNESS);
	else
		guess = s->over / 2.0;
	guess = round(guess);
	return guess < s->fits + 1 ? s->fits + 1 : guess > s->over - 1 ? s->over - 1 : (int)guess;
}

static bool search_done(const struct search *s, double most)
{
	return s->over - s->fits <= 1 || s->fits_bytes >= NEAR_ENOUGH * most;
}

static void swap(struct buf *a, struct buf *b)
{
	struct buf c = *a;

	*a = *b;
	*b = c;
}

/* *best is the first try, too large; then the best, or the smallest when none fits. */
static bool search(encode_fn *fn, const struct image *i, struct rendition r, const struct encode_extra *extra, struct buf *best)
{
	struct search s = { .over = r.quality, .over_bytes = (double)best->len };
	double most = (double)r.bytes_max;
	struct buf tried = { 0 };
	bool ok = true;

	for (int left = ENCODE_TRIES - 1; left > 0 && ok && !search_done(&s, most); left--) {
		size_t bytes;

		r.quality = next_quality(&s, most, left);
		tried.len = 0;
		ok = fn(i, &r, extra, &tried);
		bytes = tried.len;
		if ((int64_t)bytes <= r.bytes_max) {
			s.fits = r.quality;
			s.fits_bytes = (double)bytes;
			swap(best, &tried);
		} else {
			s.over = r.quality;
			s.over_bytes = (double)bytes;
			if (bytes < best->len)
				swap(best, &tried);
		}
	}
	buf_clear(&tried);
	return ok;
}

bool encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	struct buf file = { 0 };
	encode_fn *fn;
	bool ok;

	CHECK(r->format < RENDITION_AUTO);
	CHECK(i->planar || (i->picture.depth == 8 && i->picture.bands != 2 && i->picture.alpha == (i->picture.bands == 4)));
	fn = formats[r->format].encode;
	ok = fn && fn(i, r, extra, &file);
	if (ok && r->bytes_max > 0 && (int64_t)file.len > r->bytes_max)
		ok = search(fn, i, *r, extra, &file);
	if (ok)
		buf_add(to, file.data, file.len);
	buf_clear(&file);
	return ok;
}
