/* runner_profile_fuzz.c - a stranger's colour profile on a small picture: the result has the promised form, the same once more from
 * what was kept, and a profile that is ignored leaves what there is without one. The first byte picks the kind of picture. */
#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/color/convert.h"
#include "functions/runner/color/icc.h"

#define WIDTH 9
#define HEIGHT 5

static const struct {
	int bands, depth;
	bool alpha;
} kinds[] = {
	{ 3, 8, false }, { 3, 16, false }, { 4, 8, true }, { 4, 16, true }, { 4, 8, false }, { 4, 16, false }, { 1, 8, false },
	{ 1, 16, false }, { 2, 8, true }, { 2, 16, true },
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct picture picture_of(int kind)
{
	struct picture to = { .width = WIDTH, .height = HEIGHT, .bands = kinds[kind].bands, .depth = kinds[kind].depth,
			      .alpha = kinds[kind].alpha };
	size_t bytes;

	picture_alloc(&to);
	bytes = picture_row_bytes(&to) * HEIGHT;
	for (size_t i = 0; i < bytes; i++)
		((uint8_t *)to.pixels)[i] = (uint8_t)(i * 73 + (i >> 3));
	return to;
}

static enum convert_note converted(int kind, struct str profile, struct picture *to)
{
	enum convert_note said;

	*to = picture_of(kind);
	said = convert_to_srgb(to, profile);
	CHECK(to->depth == 8 && to->alpha == kinds[kind].alpha && to->width == WIDTH && to->height == HEIGHT);
	CHECK(to->bands == (kinds[kind].bands == 4 && !to->alpha ? 3 : kinds[kind].bands));
	return said;
}

static bool same(const struct picture *a, const struct picture *b)
{
	return memcmp(a->pixels, b->pixels, picture_row_bytes(a) * HEIGHT) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int kind = n > 0 ? p[0] % (int)(sizeof kinds / sizeof kinds[0]) : 0;
	struct str profile = n > 0 ? str_n(p + 1, n - 1) : str_n(p, 0);
	struct picture once, again, plain;
	enum convert_note said;
	struct icc icc;

	icc_read(profile, &icc);
	CHECK(memchr(icc.name, 0, sizeof icc.name) != NULL);
	said = converted(kind, profile, &once);
	CHECK(converted(kind, profile, &again) == said && same(&once, &again));
	converted(kind, (struct str){ 0 }, &plain);
	CHECK(said != CONVERT_PROFILE_BROKEN || same(&once, &plain));
	picture_clear(&once);
	picture_clear(&again);
	picture_clear(&plain);
	return 0;
}
