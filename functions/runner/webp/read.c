/* WebP by its own library, incrementally: what was decoded before a fault is kept.
 *
 * A lossy picture without alpha comes as the planes it consists of, in video range (16 to 235, colours 16 to 240), widened a row at a
 * time. Of an animation the first frame is a WebP in itself when it covers the canvas, as nearly all do; else libvips is to compose it.
 *
 * libwebp scales only to a quarter or less: half takes it longer than all of it does, and then the scaler behind is the better one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/check.h"
#include "functions/runner/intake.h"

#define LOSSY 1			/* WebPBitstreamFeatures.format */

struct work {
	struct str file;	/* or what of it is the first frame */
	WebPDecoderConfig config;
	bool planar;
	int width, height;	/* that libwebp makes */
	uint8_t *pixels;	/* owned; planes one after the other, or interleaved */
	int rows;		/* that it finished */
	struct intake intake;
};

static int shrink_for(const struct reading *r, const WebPDecoderConfig *c)
{
	for (int shrink = 8; shrink >= 4; shrink /= 2)
		if (c->input.width * MARGIN_DEN >= r->need.width * MARGIN_NUM * shrink &&
		    c->input.height * MARGIN_DEN >= r->need.height * MARGIN_NUM * shrink)
			return shrink;
	return 1;
}

static size_t plane_bytes(const struct work *w, int plane)
{
	if (plane == 0)
		return (size_t)w->width * (size_t)w->height;
	return (size_t)planes_half(w->width) * (size_t)planes_half(w->height);
}

static void aim_planes(struct work *w)
{
	WebPYUVABuffer *to = &w->config.output.u.YUVA;
	size_t luma = plane_bytes(w, 0), color = plane_bytes(w, 1);

	w->pixels = malloc(luma + 2 * color);
	CHECK(w->pixels != NULL);
	w->config.output.colorspace = MODE_YUV;
	to->y = w->pixels;
	to->u = to->y + luma;
	to->v = to->u + color;
	to->y_stride = w->width;
	to->u_stride = to->v_stride = planes_half(w->width);
	to->y_size = luma;
	to->u_size = to->v_size = color;
}

static void aim_pixels(struct work *w)
{
	WebPRGBABuffer *to = &w->config.output.u.RGBA;
	int bands = w->config.input.has_alpha ? 4 : 3;

	to->stride = bands * w->width;
	to->size = (size_t)to->stride * (size_t)w->height;
	w->pixels = to->rgba = malloc(to->size);
	CHECK(w->pixels != NULL);
	w->config.output.colorspace = bands == 4 ? MODE_RGBA : MODE_RGB;
}

static void decode(struct work *w)
{
	WebPIDecoder *decoder;
	int last = 0;

	w->config.output.is_external_memory = 1;
	decoder = WebPIDecode(NULL, 0, &w->config);
	if (decoder == NULL)
		return;
	WebPIAppend(decoder, (const uint8_t *)w->file.p, w->file.n);
	if (w->planar)
		WebPIDecGetYUV(decoder, &last, NULL, NULL, NULL, NULL, NULL, NULL);
	else
		WebPIDecGetRGB(decoder, &last, NULL, NULL, NULL);
	w->rows = last;
	WebPIDelete(decoder);
}

/* What lies `span` wide around or above `zero` in video range, 255 wide around or above `to`. */
static uint8_t widened(int v, int zero, int span, int to)
{
	int wide = to + (int)lround((v - zero) * 255.0 / span);

	return (uint8_t)(wide < 0 ? 0 : wide > 255 ? 255 : wide);
}

/* Of colours the last row may stand for one of luma that was not finished. */
static int rows_of(const struct work *w, int plane)
{
	if (plane == 0)
		return w->rows;
	return w->rows == w->height ? planes_half(w->height) : w->rows / 2;
}

/* libwebp scales each plane from all of its samples, of which the last covers half of what others do when luma's number is odd. */
static double exact_half(int whole, int made)
{
	return whole / 2.0 * planes_half(made) / planes_half(whole);
}

static void give_planes(struct work *w, const struct reading *r, struct master *m)
{
	struct intake_shape shape[PLANES_MAX] = {
		{ w->width, w->height, w->width, w->height },
		{ planes_half(w->width), planes_half(w->height), exact_half(w->config.input.width, w->width),
		  exact_half(w->config.input.height, w->height) },
	};
	uint8_t table[2][256], *line = calloc(1, (size_t)w->width + SCALE_OVERREAD);
	const uint8_t *plane = w->pixels;

	CHECK(line != NULL);
	for (int v = 0; v < 256; v++) {
		table[0][v] = widened(v, 16, 219, 0);
		table[1][v] = widened(v, 128, 224, 128);
	}
	shape[2] = shape[1];
	intake_planes(&w->intake, r, m, PLANES_MAX, shape);
	for (int k = 0; k < PLANES_MAX; k++) {
		const uint8_t *from = plane, *wide = table[k > 0];

		for (int y = 0; y < rows_of(w, k); y++, from += shape[k].width) {
			for (int x = 0; x < shape[k].width; x++)
				line[x] = wide[from[x]];
			intake_row(&w->intake, k, line);
		}
		plane += plane_bytes(w, k);
	}
	free(line);
}

static void give_pixels(struct work *w, const struct reading *r, struct master *m)
{
	struct picture rows = { .width = w->width, .height = w->height, .bands = w->config.input.has_alpha ? 4 : 3, .depth = 8,
				.alpha = w->config.input.has_alpha, .pixels = w->pixels };
	char *line = calloc(1, picture_row_bytes(&rows) + SCALE_OVERREAD);

	CHECK(line != NULL);
	intake_picture(&w->intake, r, m, &rows, NULL);
	for (int y = 0; y < w->rows; y++)
		intake_row(&w->intake, 0, memcpy(line, picture_row(&rows, y), picture_row_bytes(&rows)));
	free(line);
}

static enum reason read_still(struct work *w, const struct reading *r, struct master *m, char message[SAY_MAX])
{
	WebPDecoderConfig *c = &w->config;
	int shrink = shrink_for(r, c);

	w->planar = c->input.format == LOSSY && !c->input.has_alpha;
	w->width = (c->input.width + shrink - 1) / shrink;
	w->height = (c->input.height + shrink - 1) / shrink;
	c->options.use_scaling = shrink > 1;
	c->options.scaled_width = w->width;
	c->options.scaled_height = w->height;
	if (w->planar)
		aim_planes(w);
	else
		aim_pixels(w);
	decode(w);
	if (w->planar)
		give_planes(w, r, m);
	else
		give_pixels(w, r, m);
	free(w->pixels);
	m->width = c->input.width;
	m->height = c->input.height;
	return intake_end(&w->intake, (double)w->rows / w->height, w->rows < w->height, message);
}

/* False when there is none that covers the canvas; it may be cut short. */
static bool take_first_frame(struct work *w)
{
	WebPData data = { (const uint8_t *)w->file.p, w->file.n };
	const WebPBitstreamFeatures canvas = w->config.input;
	WebPDemuxState state;
	WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
	WebPIterator frame;
	bool found = demuxer && WebPDemuxGetFrame(demuxer, 1, &frame);

	if (found) {
		w->file = str_n(frame.fragment.bytes, frame.fragment.size);
		found = WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &w->config.input) == VP8_STATUS_OK &&
			frame.x_offset == 0 && frame.y_offset == 0 && w->config.input.width == canvas.width &&
			w->config.input.height == canvas.height;
		WebPDemuxReleaseIterator(&frame);
	}
	WebPDemuxDelete(demuxer);
	return found;
}

enum reason webp_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	struct work w = { .file = r->photo };

	if (!WebPInitDecoderConfig(&w.config) ||
	    WebPGetFeatures((const uint8_t *)r->photo.p, r->photo.n, &w.config.input) != VP8_STATUS_OK)
		return say(message, r->h->cut ? REASON_TRUNCATED : REASON_DAMAGED,
			   "the file cannot be decoded: its WebP header makes no sense");
	if (w.config.input.has_animation && !take_first_frame(&w))
		return say(message, REASON_ELSEWHERE, "an animated WebP whose first frame is a part is the general runner's");
	if (w.config.input.width != r->h->width || w.config.input.height != r->h->height)
		return say(message, REASON_DAMAGED, "the file has two sizes");
	return read_still(&w, r, m, message);
}
