/* runner_look_fuzz.c - ThumbHash, BlurHash, perceptual hash, dominant colour and swatches of any small picture: each has its form,
 * and the same twice. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/codec.h"
#include "functions/runner/look/blurhash.h"
#include "functions/runner/look/color.h"
#include "functions/runner/look/phash.h"
#include "functions/runner/look/swatches.h"
#include "functions/runner/look/thumbhash.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct look {
	struct buf hash;
	char color[COLOR_TEXT_MAX], blur[BLURHASH_TEXT_MAX], perceptual[PHASH_TEXT_MAX];
	struct swatch swatches[SWATCHES_MAX];
	int n;
};

static void look(const struct picture *p, struct look *l)
{
	memset(l, 0, sizeof *l);
	thumbhash(p, &l->hash);
	color_dominant(p, l->color);
	blurhash(p, l->blur);
	phash(p, l->perceptual);
	l->n = swatches(p, l->swatches);
}

static void check_color(const char *c)
{
	CHECK(c[0] == '#' && strlen(c) == 7 && strspn(c + 1, "0123456789abcdef") == 6);
}

static void check_look(const struct look *l)
{
	double sum = 0;

	CHECK(l->hash.len >= 16 && l->hash.len <= 44);
	CHECK(strlen(l->blur) == 28);
	CHECK(strspn(l->perceptual, "0123456789abcdef") == 16);
	check_color(l->color);
	CHECK(l->n >= 0 && l->n <= SWATCHES_MAX);
	for (int i = 0; i < l->n; i++) {
		check_color(l->swatches[i].color);
		CHECK(l->swatches[i].share >= SWATCH_SHARE_MIN);
		sum += l->swatches[i].share;
	}
	CHECK(sum < 1.000001);
}

/* Mostly short, for more of them in the same time. */
static int side(uint8_t b)
{
	return 1 + b % (b < 240 ? 20 : THUMBHASH_SIDE_MAX);
}

/* Width, height and bands, then samples, over and over. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct picture picture = { .depth = 8 };
	struct look once, again;
	size_t size;

	if (n < 4)
		return 0;
	picture.width = side(p[0]);
	picture.height = side(p[1]);
	picture.bands = p[2] % 3 == 0 ? 1 : 2 + p[2] % 3;
	picture.alpha = picture.bands == 4;
	picture_alloc(&picture);
	size = (size_t)picture.height * picture_row_bytes(&picture);
	for (size_t i = 0; i < size; i++)
		((uint8_t *)picture.pixels)[i] = p[3 + i % (n - 3)];
	look(&picture, &once);
	check_look(&once);
	look(&picture, &again);
	CHECK(once.hash.len == again.hash.len && memcmp(once.hash.data, again.hash.data, once.hash.len) == 0);
	CHECK(strcmp(once.blur, again.blur) == 0 && strcmp(once.perceptual, again.perceptual) == 0 && once.n == again.n);
	buf_clear(&once.hash);
	buf_clear(&again.hash);
	picture_clear(&picture);
	return 0;
}
