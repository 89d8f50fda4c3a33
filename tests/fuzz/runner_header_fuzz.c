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
	CHECK(h.width > 0 && h.height > 0 && h.width <= s.limits.width && h.height <= s.limits.height);
	CHECK(h.width * h.height <= s.limits.pixels);
	CHECK(h.frames <= s.limits.frames && h.scans <= s.limits.scans && h.profile_bytes <= s.limits.profile);
	CHECK(h.chunks <= s.limits.chunks && h.text_bytes <= s.limits.text && h.exif_bytes <= s.limits.exif);
	CHECK(h.items <= s.limits.items && h.directories <= s.limits.directories);
	return 0;
}
