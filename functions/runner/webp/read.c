/* A still WebP by its own library: libvips would copy the whole of it once more, with threads. */
#include <string.h>

#include <webp/decode.h>

#include "functions/runner/intake.h"

static int shrink_for(const struct reading *r, const WebPDecoderConfig *c)
{
	for (int shrink = 8; shrink > 1; shrink /= 2)
		if (c->input.width * MARGIN_DEN >= r->need.width * MARGIN_NUM * shrink &&
		    c->input.height * MARGIN_DEN >= r->need.height * MARGIN_NUM * shrink)
			return shrink;
	return 1;
}

static void aim(WebPDecoderConfig *c, const struct picture *whole)
{
	c->options.use_scaling = whole->width < c->input.width;
	c->options.scaled_width = whole->width;
	c->options.scaled_height = whole->height;
	c->output.colorspace = whole->alpha ? MODE_RGBA : MODE_RGB;
	c->output.is_external_memory = 1;
	c->output.u.RGBA.rgba = whole->pixels;
	c->output.u.RGBA.stride = (int)picture_row_bytes(whole);
	c->output.u.RGBA.size = picture_row_bytes(whole) * (size_t)whole->height;
}

/* The incremental decoder tells how many rows it has finished, whatever then went wrong. */
static int decode(struct str photo, WebPDecoderConfig *c)
{
	WebPIDecoder *decoder = WebPIDecode(NULL, 0, c);
	int rows = 0;

	if (decoder == NULL)
		return 0;
	WebPIAppend(decoder, (const uint8_t *)photo.p, photo.n);
	WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL);
	WebPIDelete(decoder);
	return rows;
}

static enum reason close_intake(struct intake *i, struct picture *whole, int rows, char message[SAY_MAX])
{
	int height = whole->height;

	picture_clear(whole);
	return intake_end(i, (double)rows / height, rows < height, message);
}

enum reason webp_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	WebPDecoderConfig c;
	struct picture whole = { .bands = 3, .depth = 8 };
	struct intake intake;
	int shrink, rows;

	if (!WebPInitDecoderConfig(&c) || WebPGetFeatures((const uint8_t *)r->photo.p, r->photo.n, &c.input) != VP8_STATUS_OK)
		return say(message, REASON_DAMAGED, "the file cannot be decoded: its WebP header makes no sense");
	if (c.input.has_animation)
		return say(message, REASON_ELSEWHERE, "an animated WebP is the general runner's");
	shrink = shrink_for(r, &c);
	whole.width = (c.input.width + shrink - 1) / shrink;
	whole.height = (c.input.height + shrink - 1) / shrink;
	whole.alpha = c.input.has_alpha;
	whole.bands = whole.alpha ? 4 : 3;
	picture_alloc(&whole);
	aim(&c, &whole);
	rows = decode(r->photo, &c);
	intake_picture(&intake, r, m, &whole, NULL);
	for (int y = 0; y < rows; y++)
		intake_row(&intake, 0, picture_row(&whole, y));
	return close_intake(&intake, &whole, rows, message);
}
