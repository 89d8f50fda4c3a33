#include "functions/runner/general/general.h"

#include <libheif/heif.h>
#include <stdlib.h>

#include <vips/vips.h>

#include "base/check.h"
#include "functions/runner/general/avif.h"
#include "functions/runner/general/gif_frames.h"
#include "functions/runner/general/read.h"
#include "functions/runner/thumbnail.h"

/* An animation whose first frame is only a part of its canvas is left to libvips. */
static enum reason any_webp(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	enum reason why = webp_read(r, m, message);

	return why == REASON_ELSEWHERE ? general_read(r, m, message) : why;
}

reader_fn *const readers[FORMATS] = {
	[FORMAT_JPEG] = jpeg_read, [FORMAT_PNG] = png_read, [FORMAT_WEBP] = any_webp, [FORMAT_GIF] = general_read,
	[FORMAT_TIFF] = general_read, [FORMAT_HEIC] = general_read, [FORMAT_AVIF] = general_read,
};

frames_fn *const frame_readers[FORMATS] = { [FORMAT_GIF] = gif_frames, [FORMAT_WEBP] = webp_frames };

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

void general_prepare(void)
{
	/* liborc writes machine code for its loops, and the cage lets nobody make code. */
	setenv("VIPS_NOVECTOR", "1", 1);
	/* A damaged photo may cause a warning per row, each some system calls. */
	g_log_set_default_handler(on_log, NULL);
	g_log_set_writer_func(on_structured_log, NULL, NULL);
	CHECK(VIPS_INIT("minilab-runner-general") == 0);
	vips_cache_set_max(0);
	vips_concurrency_set(1);
	vips_block_untrusted_set(TRUE);
	avif_prepare();		/* without an encoder AVIF is refused, as in minilab-runner */
	thumbnail_prepare();
}

void general_versions(struct buf *to)
{
	thumbnail_versions(to);
	buf_printf(to, "libvips %s\n", vips_version_string());
	buf_printf(to, "libheif %s\n", heif_get_version());
}
