/* minilab-runner: JPEG, PNG and WebP. It knows no libvips: what it does not read is for minilab-runner-general. */
#include "functions/runner/animation.h"
#include "functions/runner/reader.h"
#include "functions/runner/run.h"
#include "functions/runner/thumbnail.h"

reader_fn *const readers[FORMATS] = { [FORMAT_JPEG] = jpeg_read, [FORMAT_PNG] = png_read, [FORMAT_WEBP] = webp_read };
frames_fn *const frame_readers[FORMATS] = { [FORMAT_WEBP] = webp_frames };

int main(int argc, char **argv)
{
	static const struct runner r = { .name = "minilab-runner", .prepare = thumbnail_prepare, .versions = thumbnail_versions };

	return run(&r, argc, argv);
}
