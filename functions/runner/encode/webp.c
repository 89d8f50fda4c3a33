#include "functions/runner/encode/formats.h"

#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>

#include "base/check.h"

static int on_bytes(const uint8_t *bytes, size_t n, const WebPPicture *p)
{
	buf_add(p->custom_ptr, bytes, n);
	return 1;
}

/* libwebp's nine levels of lossless for the seven of its methods. */
static bool configure(WebPConfig *config, const struct rendition *r)
{
	static const int levels[] = { 0, 1, 3, 4, 6, 7, 9 };

	CHECK(r->effort >= 0 && r->effort < (int)(sizeof levels / sizeof levels[0]));
	if (!WebPConfigPreset(config, WEBP_PRESET_DEFAULT, (float)r->quality))
		return false;
	config->method = r->effort;
	return !r->lossless || WebPConfigLosslessPreset(config, levels[r->effort]);
}

/* GCC makes vectors of plain loops only when told to; clang does so by itself. */
#ifdef __clang__
#define VECTORS
#else
#define VECTORS __attribute__((optimize("O3")))
#endif

/* v * span / 255, rounded: all in 16 bits, and exact for what comes (x / 255 is (x + 1 + x / 256) / 256 below 65535). */
VECTORS
static void narrow_row(const uint8_t *restrict from, uint16_t low, uint16_t span, uint8_t *restrict to, int n)
{
	for (int i = 0; i < n; i++) {
		uint16_t x = (uint16_t)(from[i] * span + 127);

		to[i] = (uint8_t)(low + ((uint16_t)(x + 1 + (x >> 8)) >> 8));
	}
}

/* WebP's video range: 16 to 235 for luma, 16 to 240 for colour. */
static void narrow(const struct plane *from, uint16_t low, uint16_t span, uint8_t *to, int stride)
{
	for (int y = 0; y < from->height; y++, to += stride)
		narrow_row(from->pixels + (size_t)y * from->stride, low, span, to, from->width);
}

static bool take_planes(WebPPicture *to, const struct planes *p)
{
	size_t half = (size_t)planes_half(to->height);
	struct planes room = { 0 };

	if (!WebPPictureAlloc(to))
		return false;
	p = half_chroma(p, &room);
	narrow(&p->plane[0], 16, 219, to->y, to->y_stride);
	if (p->n == 1) {
		memset(to->u, 128, half * (size_t)to->uv_stride);
		memset(to->v, 128, half * (size_t)to->uv_stride);
	} else {
		CHECK(p->plane[1].width == planes_half(to->width) && p->plane[1].height == planes_half(to->height));
		narrow(&p->plane[1], 16, 224, to->u, to->uv_stride);
		narrow(&p->plane[2], 16, 224, to->v, to->uv_stride);
	}
	free(room.memory);
	return true;
}

/* Lossy grey is luma without colour; lossless WebP knows no grey. */
static bool take_grey(WebPPicture *to, const struct picture *p)
{
	size_t n = (size_t)p->width * (size_t)p->height;
	uint8_t *rgb;
	bool ok;

	if (!to->use_argb)
		return take_planes(to, &(struct planes){ .n = 1, .plane = { { p->width, p->height, (size_t)p->width, p->pixels } } });
	rgb = malloc(n * 3);
	CHECK(rgb != NULL);
	for (size_t i = 0; i < n; i++)
		memset(rgb + 3 * i, ((const uint8_t *)p->pixels)[i], 3);
	ok = WebPPictureImportRGB(to, rgb, p->width * 3);
	free(rgb);
	return ok;
}

static bool take_picture(WebPPicture *to, const struct picture *p)
{
	if (p->bands == 1)
		return take_grey(to, p);
	return p->bands == 4 ? WebPPictureImportRGBA(to, p->pixels, p->width * 4) : WebPPictureImportRGB(to, p->pixels, p->width * 3);
}

static bool take(WebPPicture *to, const struct image *i)
{
	struct picture rgb = { 0 };
	bool ok;

	if (i->planar && !to->use_argb)
		return take_planes(to, &i->planes);
	if (!i->planar)
		return take_picture(to, &i->picture);
	planes_to_picture(&i->planes, &rgb);
	ok = take_picture(to, &rgb);
	picture_clear(&rgb);
	return ok;
}

/* The first partition, of modes, holds 512 KB: very large and very restless pictures need more until they are told not to. */
static bool write(WebPConfig *config, WebPPicture *p, struct buf *file)
{
	if (WebPEncode(config, p))
		return true;
	if (p->error_code != VP8_ENC_ERROR_PARTITION0_OVERFLOW)
		return false;
	file->len = 0;
	config->partition_limit = 100;
	return WebPEncode(config, p);
}

bool webp_encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	struct buf file = { 0 }, exif = { 0 };
	WebPConfig config;
	WebPPicture p;
	bool ok;

	ok = WebPPictureInit(&p) && configure(&config, r);
	CHECK(ok);	/* the header's version is the library's, and the values are within bounds */
	p.width = image_width(i);
	p.height = image_height(i);
	p.use_argb = r->lossless;
	p.writer = on_bytes;
	p.custom_ptr = &file;
	tags_write(extra, &exif);
	ok = take(&p, i) && write(&config, &p, &file);
	if (ok)
		webp_wrap(str_n(file.data, file.len), p.width, p.height, extra->profile, str_n(exif.data, exif.len), to);
	WebPPictureFree(&p);
	buf_clear(&file);
	buf_clear(&exif);
	return ok;
}
