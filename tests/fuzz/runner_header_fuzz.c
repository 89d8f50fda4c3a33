/* runner_header_fuzz.c - our own look at a file before any library sees it: it reads nothing outside, and what it lets pass is
 * within the limits. */
#include "base/check.h"
#include "functions/runner/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct settings s;
	struct header h = { 0 };
	char message[SAY_MAX] = "";

	CHECK(settings_read(NULL, &s, message) == REASON_NONE);
	if (header_read(str_n(p, n), &s, &h, message) != REASON_NONE)
		return 0;
	CHECK(h.format < FORMATS);
	CHECK(h.width >= 0 && h.height >= 0 && h.width <= s.max_side && h.height <= s.max_side);
	CHECK(h.width * h.height <= s.max_pixels);
	CHECK(h.frames <= s.max_frames && h.scans <= s.max_scans && h.profile_bytes <= s.max_profile);
	return 0;
}
