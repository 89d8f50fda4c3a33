/* minilab-runner-general: what minilab-runner reads, and GIF, TIFF, HEIC and AVIF. */
#include "functions/runner/general/general.h"
#include "functions/runner/run.h"

int main(int argc, char **argv)
{
	static const struct runner r = { .name = "minilab-runner-general", .general = true, .prepare = general_prepare,
					 .versions = general_versions };

	return run(&r, argc, argv);
}
