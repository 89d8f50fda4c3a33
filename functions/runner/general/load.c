#include "functions/runner/general/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/direct.h"
#include "functions/runner/general/rows.h"
#include "functions/runner/general/srgb.h"
#include "functions/runner/scale/scale.h"

/* Leave at least 1.5 times the wanted size for our own kernel: less costs quality, more costs time. */
#define MARGIN_NUM 3
#define MARGIN_DEN 2

struct opening {
	struct str photo;
	VipsFailOn fail_on;
	int shrink;	/* 1, 2, 4 or 8, for those who can decode smaller */
};

#define COMMON "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", o->fail_on
#define BYTES (void *)o->photo.p, o->photo.n, to

static int open_jpeg(const struct opening *o, VipsImage **to)
{
	return vips_jpegload_buffer(BYTES, COMMON, "shrink", o->shrink, NULL);
}

static int open_png(const struct opening *o, VipsImage **to)
{
	return vips_pngload_buffer(BYTES, COMMON, NULL);
}

static int open_webp(const struct opening *o, VipsImage **to)
{
	/* in memory: libvips puts large animations into a file, which a cage does not have */
	return vips_webpload_buffer(BYTES, COMMON, "scale", 1.0 / o->shrink, "memory", TRUE, NULL);
}

static int open_gif(const struct opening *o, VipsImage **to)
{
	return vips_gifload_buffer(BYTES, COMMON, NULL);
}

static int open_tiff(const struct opening *o, VipsImage **to)
{
	return vips_tiffload_buffer(BYTES, COMMON, NULL);
}

/* Never the small picture that HEIC files carry along ("thumbnail" stays off). */
static int open_heif(const struct opening *o, VipsImage **to)
{
	return vips_heifload_buffer(BYTES, COMMON, NULL);
}

static const struct loader {
	const char *name;
	int (*open)(const struct opening *o, VipsImage **to);
	bool shrinks;	/* can decode at 1/2, 1/4, 1/8 */
	bool turned;	/* comes upright already */
} loaders[FORMATS] = {
	[FORMAT_JPEG] = { "jpegload_buffer", open_jpeg, true, false },
	[FORMAT_PNG] =  { "pngload_buffer", open_png, false, false },
	[FORMAT_WEBP] = { "webpload_buffer", open_webp, true, false },
	[FORMAT_GIF] =  { "gifload_buffer", open_gif, false, false },
	[FORMAT_TIFF] = { "tiffload_buffer", open_tiff, false, false },
	[FORMAT_HEIC] = { "heifload_buffer", open_heif, false, true },
	[FORMAT_AVIF] = { "heifload_buffer", open_heif, false, true },
};

bool load_can(enum format f)
{
	CHECK(f < FORMATS);
	return vips_type_find("VipsOperation", loaders[f].name) != 0;
}

static int largest_side(const struct settings *s)
{
	int side = 0;

	for (int i = 0; i < s->renditions_n; i++)
		side = s->renditions[i].width > side ? s->renditions[i].width : side;
	return side;
}

static int shrink_for(const struct header *h, int side)
{
	int64_t longest = h->width > h->height ? h->width : h->height;

	if (!loaders[h->format].shrinks)
		return 1;
	for (int shrink = 8; shrink > 1; shrink /= 2)
		if (longest * MARGIN_DEN >= (int64_t)side * MARGIN_NUM * shrink)
			return shrink;
	return 1;
}

/* The journey of one photo through this file. */
struct job {
	const struct header *h;
	struct opening opening;
	struct scale *scale;
	struct scale_spec spec;
	int rows;			/* given to it */
	int width, height;		/* of the result, before it is turned */
	struct loaded *l;
};

/* The size as stored: by our own header where the decoder shrinks, else as the library says. */
static struct header claim(const struct job *j)
{
	struct header h = *j->h;

	if (j->opening.shrink == 1) {
		h.width = j->l->image->Xsize;
		h.height = j->l->image->Ysize;
	}
	h.profile_bytes = (int64_t)srgb_profile(j->l->image).n;
	return h;
}

static bool open_strict_or_gif(struct job *j)
{
	const struct loader *loader = &loaders[j->h->format];

	if (loader->open(&j->opening, &j->l->image) == 0)
		return true;
	if (j->h->format != FORMAT_GIF)
		return false;
	vips_error_clear();
	j->opening.fail_on = VIPS_FAIL_ON_NONE;
	j->l->degraded = true;
	return loader->open(&j->opening, &j->l->image) == 0;
}

static void on_row(void *owner, const void *row)
{
	struct job *j = owner;

	scale_row(j->scale, row);
	j->rows++;
}

/* Grey, or nothing where the picture has alpha. */
static void fill_rest(struct job *j)
{
	const struct scale_spec *spec = &j->spec;
	size_t n = (size_t)spec->in_width * (size_t)spec->bands * (size_t)(spec->in_depth / 8);
	void *row = malloc(n);

	CHECK(row != NULL);
	memset(row, spec->alpha ? 0 : 0x80, n);
	while (j->rows < spec->in_height)
		on_row(j, row);
	free(row);
	j->l->degraded = true;
}

static bool pull(struct job *j)
{
	VipsImage *plain = srgb_plain(j->l->image);
	struct picture *to = &j->l->picture;
	int rows;

	if (plain == NULL)
		return false;
	*to = (struct picture){ .width = VIPS_MIN(j->width, plain->Xsize), .height = VIPS_MIN(j->height, plain->Ysize),
				.bands = plain->Bands, .alpha = vips_image_hasalpha(plain), .depth = 8 };
	j->spec = (struct scale_spec){
		.in_width = plain->Xsize, .in_height = plain->Ysize, .bands = to->bands, .alpha = to->alpha,
		.in_depth = plain->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8, .out_depth = 8,
		.out_width = to->width, .out_height = to->height, .row = scale_to_picture, .owner = to,
	};
	if (srgb_is_due(plain))
		to->depth = j->spec.out_depth = j->spec.in_depth;
	picture_alloc(to);
	j->scale = scale_begin(&j->spec);
	rows = rows_pull(plain, on_row, j);
	if (rows < j->spec.in_height && (int64_t)rows * SALVAGE_PARTS >= j->spec.in_height)
		fill_rest(j);
	scale_end(j->scale);
	if (j->rows < j->spec.in_height)
		picture_clear(to);
	g_object_unref(plain);
	return to->pixels != NULL;
}

/* libvips first, but for what it would do badly. */
static bool decode(struct job *j, bool opened)
{
	struct str photo = j->opening.photo;
	struct picture *to = &j->l->picture;
	int shrink = j->opening.shrink;
	bool complete = false, done;

	if (j->h->format == FORMAT_WEBP && j->h->frames == 1) {
		done = webp_decode(photo, shrink, j->width, j->height, to, &complete);
		j->l->degraded = !complete;
		return done;
	}
	if (opened && pull(j))
		return true;
	j->l->degraded = true;
	return j->h->format == FORMAT_JPEG && j->h->progressive && jpeg_salvage(photo, shrink, j->width, j->height, to);
}

/* A GIF decoded without complaint about its end: what is not there was left transparent. */
static bool shows_enough(const struct picture *p)
{
	int y = p->alpha ? p->height : 0;
	size_t n = picture_row_bytes(p);

	if (!p->alpha)
		return true;
	while (y > 0) {
		const char *row = picture_row(p, y - 1);

		if (row[0] != 0 || memcmp(row, row + 1, n - 1) != 0)
			break;
		y--;
	}
	return (int64_t)y * SALVAGE_PARTS >= p->height;
}

static enum reason refuse(const struct job *j, char message[SAY_MAX])
{
	struct str what = str_trim(str_of(vips_error_buffer())), line;

	if (j->h->cut)
		return say(message, REASON_TRUNCATED, "the file is cut short; less than a tenth of the picture is there");
	if (!str_next(&what, '\n', &line) || line.n == 0)
		line = STR("no decoder could make a picture of it");
	return say(message, REASON_DAMAGED, "the file cannot be decoded: %.*s", (int)VIPS_MIN(line.n, 300), line.p);
}

static int orientation(const struct job *j)
{
	int o = 1;

	if (loaders[j->h->format].turned || j->l->image == NULL || !vips_image_get_typeof(j->l->image, VIPS_META_ORIENTATION))
		return 1;
	return vips_image_get_int(j->l->image, VIPS_META_ORIENTATION, &o) == 0 ? o : 1;
}

static enum reason finish(struct job *j, const struct header *h, char message[SAY_MAX])
{
	struct loaded *l = j->l;
	int turn = orientation(j);

	if (l->degraded && !shows_enough(&l->picture))
		return refuse(j, message);
	if (l->image && !srgb_convert(&l->picture, l->image))
		return say(message, REASON_DAMAGED, "the colours cannot be converted: %.300s", vips_error_buffer());
	picture_no_grey_alpha(&l->picture);
	picture_turn(&l->picture, turn);
	l->width = (int)(turn >= 5 ? h->height : h->width);
	l->height = (int)(turn >= 5 ? h->width : h->height);
	return REASON_NONE;
}

enum reason load_photo(struct str photo, const struct header *h, const struct settings *s, struct loaded *l,
		       char message[SAY_MAX])
{
	struct job j = { .h = h, .opening = { photo, VIPS_FAIL_ON_TRUNCATED, shrink_for(h, largest_side(s)) }, .l = l };
	struct header claimed = *h;
	enum reason why;
	bool opened;

	if (!load_can(h->format))
		return say(message, REASON_UNSUPPORTED, "%s is not decoded by the libvips installed here",
			   format_name(h->format));
	vips_error_clear();
	opened = open_strict_or_gif(&j);
	if (opened)
		claimed = claim(&j);
	why = header_check(&claimed, s, message);
	if (why != REASON_NONE)
		return why;
	picture_fit((int)claimed.width, (int)claimed.height, largest_side(s), &j.width, &j.height);
	if (!decode(&j, opened))
		return refuse(&j, message);
	return finish(&j, &claimed, message);
}

void loaded_clear(struct loaded *l)
{
	picture_clear(&l->picture);
	g_clear_object(&l->image);
	vips_error_clear();
}
