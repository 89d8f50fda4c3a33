#include "functions/runner/general/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/general/plain.h"
#include "functions/runner/general/rows.h"
#include "functions/runner/intake.h"

/* The journey of one photo through this file. */
struct job {
	struct reading r;		/* what is needed goes by the size that libvips tells */
	struct master *m;
	VipsImage *image, *plain;	/* owned; as loaded, and in one of few forms */
	VipsFailOn fail_on;
	struct intake intake;
	bool inks;			/* 0 is none, where convert.h has 255 for it */
	uint8_t *line;			/* owned: a row of them turned round */
	bool cut;			/* opened without complaint about its end, or with one */
	int pulled, seen;		/* rows; up to the last that is not transparent */
};

#define COMMON "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", j->fail_on
#define BYTES (void *)j->r.photo.p, j->r.photo.n, &j->image

static int open_webp(struct job *j)
{
	/* in memory: libvips puts large animations into a file, which a cage does not have */
	return vips_webpload_buffer(BYTES, COMMON, "memory", TRUE, NULL);
}

static int open_gif(struct job *j)
{
	return vips_gifload_buffer(BYTES, COMMON, NULL);
}

static int open_tiff(struct job *j)
{
	return vips_tiffload_buffer(BYTES, COMMON, NULL);
}

/* Never the small picture that HEIC files carry along ("thumbnail" stays off). */
static int open_heif(struct job *j)
{
	return vips_heifload_buffer(BYTES, COMMON, NULL);
}

static const struct loader {
	const char *name;
	int (*open)(struct job *j);
} loaders[FORMATS] = {
	[FORMAT_WEBP] = { "webpload_buffer", open_webp },
	[FORMAT_GIF] =  { "gifload_buffer", open_gif },
	[FORMAT_TIFF] = { "tiffload_buffer", open_tiff },
	[FORMAT_HEIC] = { "heifload_buffer", open_heif },
	[FORMAT_AVIF] = { "heifload_buffer", open_heif },
};

static int open_as(struct job *j, VipsFailOn fail_on)
{
	j->fail_on = fail_on;
	vips_error_clear();
	return loaders[j->r.h->format].open(j);
}

/* True when all of it seems to be there. A GIF that is cut short is opened once more, without complaint about its end. */
static bool open_file(struct job *j)
{
	if (open_as(j, VIPS_FAIL_ON_TRUNCATED) == 0)
		return true;
	if (j->r.h->format == FORMAT_GIF)
		open_as(j, VIPS_FAIL_ON_NONE);
	return false;
}

/* The library's own word about the size is held against the limits as the header's was. */
static enum reason claim(struct job *j, char message[SAY_MAX])
{
	struct header h = *j->r.h;

	h.width = j->m->width = j->image->Xsize;
	h.height = j->m->height = j->image->Ysize;
	need_of(j->r.settings, j->r.meta, j->m->width, j->m->height, meta_orientation(j->r.meta), &j->r.need);
	return header_check(&h, j->r.settings, message);
}

static bool is_empty(const uint8_t *row, size_t n)
{
	return row[0] == 0 && memcmp(row, row + 1, n - 1) == 0;
}

static void on_row(void *owner, const void *row)
{
	struct job *j = owner;
	const uint8_t *from = row;

	j->pulled++;
	if (j->cut && !is_empty(from, VIPS_IMAGE_SIZEOF_LINE(j->plain)))
		j->seen = j->pulled;
	if (j->inks)
		for (int i = 0; i < 4 * j->plain->Xsize; i++)
			j->line[i] = (uint8_t)~from[i];
	intake_row(&j->intake, 0, j->inks ? j->line : row);
}

static bool begin(struct job *j)
{
	VipsImage *p = plain_image(j->image);
	struct picture rows;

	if (p == NULL)
		return false;
	j->plain = p;
	rows = (struct picture){
		.width = p->Xsize, .height = p->Ysize, .bands = p->Bands, .alpha = vips_image_hasalpha(p),
		.depth = p->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8,
	};
	j->inks = p->Type == VIPS_INTERPRETATION_CMYK;
	if (j->inks)
		j->m->colors = MASTER_CMYK;
	j->line = malloc((size_t)p->Xsize * 4 + SCALE_OVERREAD);
	CHECK(j->line != NULL);
	intake_picture(&j->intake, &j->r, j->m, &rows, NULL);
	return true;
}

/* The part of the picture that was there, now in the master. What is missing of a GIF was left transparent. */
static double pull(struct job *j)
{
	int rows = rows_pull(j->plain, on_row, j);

	return (double)(j->cut && vips_image_hasalpha(j->plain) ? j->seen : rows) / j->plain->Ysize;
}

static enum reason refuse(const struct job *j, char message[SAY_MAX])
{
	struct str what = str_trim(str_of(vips_error_buffer())), line;

	if (j->r.h->cut)
		return say(message, REASON_TRUNCATED, "the file is cut short; less than a tenth of the picture can be decoded");
	if (!str_next(&what, '\n', &line) || line.n == 0)
		line = STR("no decoder could make a picture of it");
	return say(message, REASON_DAMAGED, "the file cannot be decoded: %.*s", (int)VIPS_MIN(line.n, 300), line.p);
}

static enum reason decode(struct job *j, char message[SAY_MAX])
{
	enum reason why;
	double part;

	j->cut = !open_file(j);
	if (j->image == NULL)
		return refuse(j, message);
	why = claim(j, message);
	if (why != REASON_NONE)
		return why;
	if (!begin(j))
		return refuse(j, message);
	part = pull(j);
	if (part * SALVAGE_PARTS < 1) {
		intake_abort(&j->intake);
		return refuse(j, message);
	}
	return intake_end(&j->intake, part, j->cut || part < 1, message);
}

enum reason general_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	struct job j = { .r = *r, .m = m };
	enum reason why;

	if (vips_type_find("VipsOperation", loaders[r->h->format].name) == 0)
		return say(message, REASON_UNSUPPORTED, "%s is not decoded by the libvips installed here",
			   format_name(r->h->format));
	vips_error_clear();
	why = decode(&j, message);
	free(j.line);
	g_clear_object(&j.plain);
	g_clear_object(&j.image);
	vips_error_clear();
	return why;
}
