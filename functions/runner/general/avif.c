#include "functions/runner/general/avif.h"

#include <libheif/heif.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "functions/runner/encode/formats.h"

/* H.273: primaries and curve of sRGB, BT.601's matrix or none. */
enum { PRIMARIES_SRGB = 1, CURVE_SRGB = 13, MATRIX_NONE = 0, MATRIX_601 = 6 };

#define WARM_SIDE 64

struct avif {				/* all owned; NULL: not made yet */
	struct heif_context *file;
	struct heif_encoder *encoder;
	struct heif_image *image;
	struct heif_image_handle *handle;
	struct heif_encoding_options *options;
	struct heif_color_profile_nclx *colours;
};

static bool ok(struct heif_error e)
{
	return e.code == heif_error_Ok;
}

static bool add_plane(struct heif_image *to, enum heif_channel channel, const uint8_t *from, size_t stride, int width, int height,
		      int bytes)
{
	int out_stride;
	uint8_t *out;

	if (channel != heif_channel_interleaved && !ok(heif_image_add_plane(to, channel, width, height, 8)))
		return false;
	out = heif_image_get_plane(to, channel, &out_stride);
	for (int y = 0; out && y < height; y++)
		memcpy(out + (size_t)y * (size_t)out_stride, from + (size_t)y * stride, (size_t)(width * bytes));
	return out != NULL;
}

static bool take_planes(struct avif *a, const struct planes *p, int width, int height)
{
	static const enum heif_channel channels[] = { heif_channel_Y, heif_channel_Cb, heif_channel_Cr };
	enum heif_chroma chroma = p->n == 1 ? heif_chroma_monochrome : has_full_chroma(p) ? heif_chroma_444 : heif_chroma_420;
	bool done = ok(heif_image_create(width, height, p->n == 1 ? heif_colorspace_monochrome : heif_colorspace_YCbCr, chroma, &a->image));

	for (int c = 0; c < p->n && done; c++)
		done = add_plane(a->image, channels[c], p->plane[c].pixels, p->plane[c].stride, p->plane[c].width, p->plane[c].height, 1);
	return done;
}

static bool take_picture(struct avif *a, const struct picture *p)
{
	enum heif_chroma chroma = p->bands == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;

	if (p->bands == 1)
		return take_planes(a, &(struct planes){ .n = 1, .plane = { { p->width, p->height, (size_t)p->width, p->pixels } } },
				   p->width, p->height);
	return ok(heif_image_create(p->width, p->height, heif_colorspace_RGB, chroma, &a->image)) &&
	       ok(heif_image_add_plane(a->image, heif_channel_interleaved, p->width, p->height, p->bands * 8)) &&
	       add_plane(a->image, heif_channel_interleaved, p->pixels, (size_t)(p->width * p->bands), p->width, p->height, p->bands);
}

/* False only when the encoder does not know one of them. */
static bool configure(struct avif *a, const struct rendition *r, bool full_chroma)
{
	struct heif_encoder *e = a->encoder;

	return ok(heif_encoder_set_lossy_quality(e, r->quality)) && ok(heif_encoder_set_lossless(e, r->lossless)) &&
	       ok(heif_encoder_set_parameter_integer(e, "threads", 1)) &&
	       ok(heif_encoder_set_parameter_integer(e, "speed", 9 - r->effort)) &&
	       ok(heif_encoder_set_parameter_string(e, "chroma", full_chroma ? "444" : "420"));
}

static bool tell_colours(struct avif *a, bool identity, const struct encode_extra *extra)
{
	a->colours = heif_nclx_color_profile_alloc();
	a->options = heif_encoding_options_alloc();
	if (!a->colours || !a->options)
		return false;
	a->colours->color_primaries = (enum heif_color_primaries)PRIMARIES_SRGB;
	a->colours->transfer_characteristics = (enum heif_transfer_characteristics)CURVE_SRGB;
	a->colours->matrix_coefficients = (enum heif_matrix_coefficients)(identity ? MATRIX_NONE : MATRIX_601);
	a->colours->full_range_flag = 1;
	a->options->output_nclx_profile = a->colours;
	return ok(heif_image_set_nclx_color_profile(a->image, a->colours)) &&
	       (extra->profile.n == 0 || ok(heif_image_set_raw_color_profile(a->image, "prof", extra->profile.p, extra->profile.n)));
}

static bool add_tags(struct avif *a, const struct encode_extra *extra)
{
	struct buf tags = { 0 };
	bool done;

	tags_write(extra, &tags);
	done = tags.len == 0 || ok(heif_context_add_exif_metadata(a->file, a->handle, tags.data, (int)tags.len));
	buf_clear(&tags);
	return done;
}

static struct heif_error on_bytes(struct heif_context *file, const void *bytes, size_t n, void *to)
{
	(void)file;
	buf_add(to, bytes, n);
	return (struct heif_error){ heif_error_Ok, heif_suberror_Unspecified, "" };
}

static void clear(struct avif *a)
{
	if (a->options)
		heif_encoding_options_free(a->options);
	if (a->colours)
		heif_nclx_color_profile_free(a->colours);
	if (a->handle)
		heif_image_handle_release(a->handle);
	if (a->image)
		heif_image_release(a->image);
	if (a->encoder)
		heif_encoder_release(a->encoder);
	if (a->file)
		heif_context_free(a->file);
}

static bool avif_encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	struct heif_writer writer = { .writer_api_version = 1, .write = on_bytes };
	bool full_chroma = i->planar ? has_full_chroma(&i->planes) && (r->lossless || r->chroma == CHROMA_444)
				     : r->lossless || r->chroma == CHROMA_444;
	struct planes room = { 0 };
	const struct planes *planes = i->planar ? full_chroma ? &i->planes : half_chroma(&i->planes, &room) : NULL;
	struct avif a = { .file = heif_context_alloc() };
	bool done;

	done = a.file && ok(heif_context_get_encoder_for_format(a.file, heif_compression_AV1, &a.encoder)) &&
	       configure(&a, r, full_chroma) &&
	       (planes ? take_planes(&a, planes, image_width(i), image_height(i)) : take_picture(&a, &i->picture)) &&
	       tell_colours(&a, r->lossless && !planes && i->picture.bands > 1, extra) &&
	       ok(heif_context_encode_image(a.file, a.image, a.encoder, a.options, &a.handle)) && add_tags(&a, extra) &&
	       ok(heif_context_write(a.file, &writer, to));
	clear(&a);
	free(room.memory);
	return done;
}

bool avif_prepare(void)
{
	struct image i = { .picture = { .width = WARM_SIDE, .height = WARM_SIDE, .bands = 3, .depth = 8 } };
	struct rendition r = { .format = RENDITION_AVIF, .quality = 50 };
	struct encode_extra none = { .profile = { 0 } };
	struct buf file = { 0 };
	bool done;

	if (!ok(heif_init(NULL)) || !heif_have_encoder_for_format(heif_compression_AV1))
		return false;
	encode_set_avif(avif_encode);
	picture_alloc(&i.picture);
	done = encode(&i, &r, &none, &file);
	picture_clear(&i.picture);
	buf_clear(&file);
	return done;
}
