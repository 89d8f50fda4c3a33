#include "tests/lib/t.h"

#include <math.h>

#include "functions/runner/look/attention.h"

static struct picture ground(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8, .alpha = bands == 4 };

	picture_alloc(&p);
	memset(p.pixels, 128, (size_t)width * (size_t)height * (size_t)bands);
	for (int i = 0; i < width * height && bands == 4; i++)
		((uint8_t *)p.pixels)[4 * i + 3] = 255;
	return p;
}

static void dot(struct picture *p, int x, int y, uint8_t r, uint8_t g, uint8_t b)
{
	const uint8_t v[] = { r, g, b };
	uint8_t *s = (uint8_t *)picture_row(p, y) + x * p->bands;

	for (int k = 0; k < p->bands && k < 3; k++)
		s[k] = v[k];
}

static void texture(struct picture *p, int left, int top, int side)
{
	struct str noise = t_bytes((size_t)(side * side), 7);

	for (int i = 0; i < side * side; i++)
		dot(p, left + i % side, top + i / side, (uint8_t)noise.p[i], (uint8_t)noise.p[i], (uint8_t)noise.p[i]);
	free((void *)(uintptr_t)noise.p);
}

static void disc(struct picture *p, int cx, int cy, int radius, uint8_t r, uint8_t g, uint8_t b)
{
	for (int y = cy - radius; y <= cy + radius; y++)
		for (int x = cx - radius; x <= cx + radius; x++)
			if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius)
				dot(p, x, y, r, g, b);
}

/* Whether the part, as far as it can go, holds (x, y) in its inner half. */
static void expect_inside(const struct picture *p, enum rendition_gravity how, double w, double h, double px, double py)
{
	double x, y;

	attention_find(p, how, w, h, &x, &y);
	if (fabs(x - px) > w / 4 || fabs(y - py) > h / 4)
		fail_msg("%.2f %.2f, not %.2f %.2f", x, y, px, py);
}

static void a_textured_patch_is_found(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++)
		for (int bands = 1; bands <= 4; bands += bands == 1 ? 2 : 1) {
			enum rendition_gravity how = k ? GRAVITY_ENTROPY : GRAVITY_ATTENTION;
			struct picture wide = ground(128, 64, bands), tall = ground(40, 120, bands);

			texture(&wide, 90, 20, 20);
			expect_inside(&wide, how, 0.5, 1, 100 / 128.0, 0.5);
			expect_inside(&wide, how, 0.3, 0.5, 100 / 128.0, 30 / 64.0);
			texture(&tall, 10, 75, 20);
			expect_inside(&tall, how, 1, 1 / 3.0, 0.5, 85 / 120.0);
			picture_clear(&wide);
			picture_clear(&tall);
		}
}

static void a_face_draws_more_than_a_disc_of_another_colour(void **state)
{
	static const uint8_t tones[][3] = { { 224, 172, 140 }, { 141, 92, 66 }, { 90, 56, 40 } };

	(void)state;
	for (int k = 0; k < 6; k++) {
		struct picture p = ground(128, 64, 3);
		const uint8_t *skin = tones[k / 2];
		int face = k % 2 ? 30 : 98, other = 128 - face, luma = (77 * skin[0] + 150 * skin[1] + 29 * skin[2]) >> 8;

		disc(&p, face, 32, 14, skin[0], skin[1], skin[2]);
		disc(&p, other, 32, 14, (uint8_t)luma, (uint8_t)luma, (uint8_t)luma);
		expect_inside(&p, GRAVITY_ATTENTION, 0.4, 1, face / 128.0, 0.5);
		picture_clear(&p);
	}
}

static void a_smooth_sky_has_less_entropy_than_a_wood(void **state)
{
	struct picture p = ground(60, 120, 3);

	(void)state;
	for (int y = 0; y < 120; y++)
		for (int x = 0; x < 60; x++)
			dot(&p, x, y, (uint8_t)(100 + y), (uint8_t)(120 + y), 240);
	texture(&p, 0, 60, 60);
	expect_inside(&p, GRAVITY_ENTROPY, 1, 0.5, 0.5, 0.75);
	picture_clear(&p);
}

static void a_plain_photo_is_cropped_in_the_middle(void **state)
{
	(void)state;
	for (int side = 1; side <= ATTENTION_SIDE_MAX; side += side == 1 ? 6 : 11) {
		struct picture p = ground(side, ATTENTION_SIDE_MAX + 1 - side, 3);
		double x, y;

		for (int k = 0; k < 2; k++) {
			attention_find(&p, k ? GRAVITY_ENTROPY : GRAVITY_ATTENTION, 1 - 0.004 * side, 1, &x, &y);
			assert_true(fabs(x - 0.5) <= 0.5 / side && fabs(y - 0.5) < 1e-9);
		}
		picture_clear(&p);
	}
}

static void what_is_transparent_draws_nobody(void **state)
{
	struct picture p = ground(128, 64, 4);

	(void)state;
	texture(&p, 10, 20, 30);
	for (int y = 0; y < 64; y++)
		for (int x = 0; x < 64; x++)
			((uint8_t *)picture_row(&p, y))[4 * x + 3] = 0;
	disc(&p, 100, 32, 5, 200, 200, 200);
	for (int k = 0; k < 2; k++)
		expect_inside(&p, k ? GRAVITY_ENTROPY : GRAVITY_ATTENTION, 0.4, 1, 100 / 128.0, 0.5);
	picture_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_textured_patch_is_found),
		T(a_face_draws_more_than_a_disc_of_another_colour),
		T(a_smooth_sky_has_less_entropy_than_a_wood),
		T(a_plain_photo_is_cropped_in_the_middle),
		T(what_is_transparent_draws_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
