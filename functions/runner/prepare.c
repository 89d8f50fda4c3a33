#include <malloc.h>
#include <stdio.h>

#include <jpeglib.h>
#include <lcms2.h>
#include <png.h>
#include <webp/decode.h>

#include "base/check.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/thumbnail.h"

#define WARM_SIDE 64

static int threads(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	int n = -1;

	while (f && n < 0 && fgets(line, sizeof line, f))
		sscanf(line, "Threads: %d", &n);
	if (f)
		fclose(f);
	return n;
}

/* What an environment's first photo would otherwise pay for: tables built, code paged in, symbols bound.
 * Every format that can be written here is made small and read back. */
static void warm_up(void)
{
	static const enum rendition_format formats[] = { RENDITION_JPEG, RENDITION_PNG, RENDITION_WEBP };
	struct image i = { .picture = { .width = WARM_SIDE, .height = WARM_SIDE, .bands = 3, .depth = 8 } };
	struct rendition r = { .quality = 80, .effort = 2 };
	struct encode_extra none = { .profile = { 0 } };
	struct buf answer = { 0 }, files = { 0 };
	char message[512];

	picture_alloc(&i.picture);
	for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
		struct buf photo = { 0 };
		enum reason why;

		r.format = formats[f];
		CHECK(encode(&i, &r, &none, &photo));
		why = thumbnail_make(str_n(photo.data, photo.len), NULL, &answer, &files, message);
		CHECK(why == REASON_NONE);
		buf_clear(&photo);
	}
	buf_clear(&answer);
	buf_clear(&files);
	image_clear(&i);
}

void thumbnail_prepare(void)
{
	/* One arena: in a cage with little address space the 64 MB that each further one reserves are missed. */
	mallopt(M_ARENA_MAX, 1);
	warm_up();
	/* A fork takes one thread along and waits for ever for the others. */
	CHECK(threads() == 1);
}

#define TEXT(x) #x
#define VALUE(x) TEXT(x)

void thumbnail_versions(struct buf *to)
{
	int webp = WebPGetDecoderVersion(), lcms = cmsGetEncodedCMMversion();

	buf_printf(to, "libjpeg-turbo %s\n", VALUE(LIBJPEG_TURBO_VERSION));
	buf_printf(to, "libpng %s\n", png_get_libpng_ver(NULL));
	buf_printf(to, "lcms2 %d.%d\n", lcms / 1000, lcms % 1000 / 10);
	buf_printf(to, "libwebp %d.%d.%d\n", webp >> 16, webp >> 8 & 255, webp & 255);
}
