#include <malloc.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <vips/vips.h>
#include <webp/decode.h>

#include "base/check.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/general/load.h"
#include "functions/runner/thumbnail.h"

#define WARM_SIDE 64

static void on_log(const char *domain, GLogLevelFlags level, const char *text, void *owner)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)owner;
}

static GLogWriterOutput on_structured_log(GLogLevelFlags level, const GLogField *fields, gsize n, void *owner)
{
	(void)level;
	(void)fields;
	(void)n;
	(void)owner;
	return G_LOG_WRITER_HANDLED;
}

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
	struct picture p = { .width = WARM_SIDE, .height = WARM_SIDE, .bands = 3, .depth = 8 };
	struct buf answer = { 0 }, files = { 0 };
	char message[512];

	picture_alloc(&p);
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct buf photo = { 0 };
		enum reason why;

		encode(&(struct image){ .picture = p }, &(struct rendition){ .format = formats[i], .quality = 80, .effort = 2 },
		       &(struct encode_extra){ .profile = { 0 } }, &photo);
		why = thumbnail_make(str_n(photo.data, photo.len), NULL, &answer, &files, message);
		CHECK(why == REASON_NONE);
		buf_clear(&photo);
	}
	buf_clear(&answer);
	buf_clear(&files);
	picture_clear(&p);
}

void thumbnail_prepare(void)
{
	/* One arena: in a cage with little address space the 64 MB that each further one reserves are missed. */
	mallopt(M_ARENA_MAX, 1);
	/* A damaged photo may cause a warning per row, each some system calls. */
	g_log_set_default_handler(on_log, NULL);
	g_log_set_writer_func(on_structured_log, NULL, NULL);
	CHECK(VIPS_INIT("minilab-runner") == 0);
	vips_cache_set_max(0);
	vips_concurrency_set(1);
	vips_block_untrusted_set(TRUE);
	warm_up();
	/* A fork takes one thread along and waits for ever for the others. */
	CHECK(threads() == 1);
}

#define TEXT(x) #x
#define VALUE(x) TEXT(x)

void thumbnail_versions(struct buf *to)
{
	int webp = WebPGetDecoderVersion();

	buf_printf(to, "libvips %s\n", vips_version_string());
	buf_printf(to, "libjpeg-turbo %s\n", VALUE(LIBJPEG_TURBO_VERSION));
	buf_printf(to, "libpng %s\n", png_get_libpng_ver(NULL));
	buf_printf(to, "libwebp %d.%d.%d\n", webp >> 16, webp >> 8 & 255, webp & 255);
}
