#include "functions/runner/limits.h"

#include "functions/runner/meta/meta.h"

static const struct knob knobs[] = {
#define AT(member) offsetof(struct limits, member)
	{ "MAX_BYTES",           AT(bytes),           256 << 20, 1, 1 << 30 },
	{ "MAX_WIDTH",           AT(width),           30000,     1, 65535 },
	{ "MAX_HEIGHT",          AT(height),          30000,     1, 65535 },
	{ "MAX_PIXELS",          AT(pixels),          100000000, 1, 1000000000 },
	{ "MAX_PIXELS_BUFFERED", AT(pixels_buffered), 40000000,  1, 1000000000 },
	{ "MAX_PIXELS_HEIF",     AT(pixels_heif),     24000000,  1, 1000000000 },
	{ "MAX_FRAMES",          AT(frames),          1000,      1, 1000000 },
	{ "MAX_SCANS",           AT(scans),           32,        1, 1000 },
	{ "MAX_CHUNKS",          AT(chunks),          4000,      8, 1000000 },
	{ "MAX_TEXT",            AT(text),            4 << 20,   0, LIMIT_TEXT_MAX },
	{ "MAX_EXIF",            AT(exif),            1 << 20,   0, META_EXIF_MAX },
	{ "MAX_PROFILE",         AT(profile),         4 << 20,   0, LIMIT_TEXT_MAX },
	{ "MAX_ITEMS",           AT(items),           1000,      1, 65535 },
	{ "MAX_DIRECTORIES",     AT(directories),     1000,      1, 65535 },
	{ "MAX_ANIMATION_FRAMES", AT(animation_frames), 300,       1, 10000 },
	{ "MAX_ANIMATION_MS",     AT(animation_ms),     60000,     1, 3600000 },
	{ "MAX_ANIMATION_PIXELS", AT(animation_pixels), 200000000, 1, 1000000000 },
#undef AT
};

enum reason limits_read(const struct json_value *env, struct limits *l, char message[SAY_MAX])
{
	return knobs_read(env, knobs, sizeof knobs / sizeof knobs[0], l, message);
}
