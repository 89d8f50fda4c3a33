/* minilab-runner: JPEG, PNG and WebP. */
#include "functions/runner/general/general.h"
#include "functions/runner/run.h"

int main(int argc, char **argv)
{
	static const struct runner r = { .name = "minilab-runner", .prepare = general_prepare, .versions = general_versions };

	return run(&r, argc, argv);
}
