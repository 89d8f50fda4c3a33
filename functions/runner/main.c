/* minilab-runner: JPEG, PNG and WebP. */
#include "functions/runner/run.h"
#include "functions/runner/thumbnail.h"

int main(int argc, char **argv)
{
	static const struct runner r = { .name = "minilab-runner", .prepare = thumbnail_prepare, .versions = thumbnail_versions };

	return run(&r, argc, argv);
}
