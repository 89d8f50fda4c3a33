/* minilab-runner-general: what minilab-runner reads, and GIF, TIFF, HEIC and AVIF. */
#include "functions/runner/run.h"
#include "functions/runner/thumbnail.h"

int main(int argc, char **argv)
{
	static const struct runner r = { .name = "minilab-runner-general", .general = true, .prepare = thumbnail_prepare,
					 .versions = thumbnail_versions };

	return run(&r, argc, argv);
}
