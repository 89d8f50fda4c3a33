#include <string.h>

#include <webp/decode.h>

#include "functions/runner/direct.h"
#include "functions/runner/scale/scale.h"

static bool features(struct str photo, int shrink, WebPDecoderConfig *c, struct picture *whole)
{
	if (!WebPInitDecoderConfig(c) ||
	    WebPGetFeatures((const uint8_t *)photo.p, photo.n, &c->input) != VP8_STATUS_OK || c->input.has_animation)
		return false;
	*whole = (struct picture){
		.width = (c->input.width + shrink - 1) / shrink, .height = (c->input.height + shrink - 1) / shrink,
		.bands = c->input.has_alpha ? 4 : 3, .depth = 8, .alpha = c->input.has_alpha,
	};
	return true;
}

static void aim(WebPDecoderConfig *c, const struct picture *whole, int shrink)
{
	c->options.use_scaling = shrink > 1;
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

bool webp_decode(struct str photo, int shrink, int width, int height, struct picture *out, bool *complete)
{
	WebPDecoderConfig config;
	struct picture whole;
	int rows;
	bool good;

	if (!features(photo, shrink, &config, &whole) || whole.width < width || whole.height < height)
		return false;
	picture_alloc(&whole);
	aim(&config, &whole, shrink);
	rows = decode(photo, &config);
	if (rows < whole.height)
		memset(picture_row(&whole, rows), whole.alpha ? 0 : 0x80,
		       picture_row_bytes(&whole) * (size_t)(whole.height - rows));
	*complete = rows == whole.height;
	good = (int64_t)rows * SALVAGE_PARTS >= whole.height;
	if (good)
		scale_picture(&whole, NULL, width, height, out);
	picture_clear(&whole);
	return good;
}
