#include "functions/runner/general/gif_frames.h"

#include <stdlib.h>
#include <string.h>

#include <vips/vips.h>

#include "base/check.h"
#include "functions/runner/general/rows.h"

#define GIF_MS 100		/* of a frame that tells none, as browsers have it */

struct play {
	struct picture frame;		/* owned */
	int *delays;			/* owned: libvips makes its own list anew while it reads */
	int n, number, row;
	frame_fn *on_frame;
	void *owner;
	bool enough;
};

static void on_row(void *owner, const void *row)
{
	struct play *p = owner;

	if (p->enough)
		return;
	memcpy(picture_row(&p->frame, p->row++), row, picture_row_bytes(&p->frame));
	if (p->row < p->frame.height)
		return;
	p->enough = !p->on_frame(p->owner, &p->frame,
				 p->number < p->n && p->delays[p->number] > 10 ? p->delays[p->number] : GIF_MS);
	p->row = 0;
	p->number++;
}

static void copy_delays(VipsImage *image, struct play *p)
{
	int *delays = NULL;

	if (!vips_image_get_typeof(image, "delay") || vips_image_get_array_int(image, "delay", &delays, &p->n) != 0)
		return;
	p->delays = calloc((size_t)p->n, sizeof delays[0]);
	CHECK(p->delays != NULL);
	memcpy(p->delays, delays, (size_t)p->n * sizeof delays[0]);
}

static bool play(VipsImage *image, struct play *p)
{
	bool good;

	copy_delays(image, p);
	p->frame = (struct picture){ .width = image->Xsize, .height = vips_image_get_page_height(image), .bands = image->Bands,
				     .depth = 8, .alpha = vips_image_hasalpha(image) };
	picture_alloc(&p->frame);
	good = rows_pull(image, on_row, p) == image->Ysize || p->enough;
	picture_clear(&p->frame);
	free(p->delays);
	return good;
}

bool gif_frames(struct str photo, int *loops, frame_fn *on_frame, void *owner)
{
	struct play p = { .on_frame = on_frame, .owner = owner };
	VipsImage *image = NULL;
	bool good;

	if (vips_gifload_buffer((void *)photo.p, photo.n, &image, "n", -1, "access", VIPS_ACCESS_SEQUENTIAL, NULL) != 0) {
		vips_error_clear();
		return false;
	}
	if (vips_image_get_typeof(image, "loop"))
		vips_image_get_int(image, "loop", loops);
	good = play(image, &p);
	g_object_unref(image);
	vips_error_clear();
	return good;
}
