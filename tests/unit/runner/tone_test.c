/* tone_test - a high dynamic range on a plain screen. */
#include "tests/lib/t.h"

#include "functions/runner/color/tone.h"

/* One grey or coloured pixel of 16-bit values, mapped. */
static void map(const uint16_t in[3], int transfer, int primaries, uint8_t out[3])
{
	struct picture p = { .width = 1, .height = 1, .bands = 3, .depth = 16 };

	picture_alloc(&p);
	memcpy(p.pixels, in, 6);
	tone_map(&p, transfer, primaries);
	assert_int_equal(p.depth, 8);
	memcpy(out, p.pixels, 3);
	picture_clear(&p);
}

static int grey(uint16_t v, int transfer)
{
	const uint16_t in[3] = { v, v, v };
	uint8_t out[3];

	map(in, transfer, PRIMARIES_BT2020, out);
	assert_in_range(out[0] - out[1] + 1, 0, 2);	/* grey stays grey */
	assert_in_range(out[2] - out[1] + 1, 0, 2);
	return out[1];
}

static uint16_t tenbit(double v)
{
	return (uint16_t)(v * 1023 * 64);
}

/* BT.2408: 203 nits are PQ's 58 % and HLG's 75 %. */
static void paper_white_is_bright_and_not_yet_the_brightest(void **state)
{
	(void)state;
	assert_in_range(grey(tenbit(0.58), TRANSFER_PQ), 230, 250);
	assert_in_range(grey(tenbit(0.75), TRANSFER_HLG), 230, 250);
	assert_true(grey(tenbit(0.75), TRANSFER_PQ) > grey(tenbit(0.58), TRANSFER_PQ));	/* 1000 nits */
	assert_int_equal(grey(65535, TRANSFER_PQ), 255);
}

/* 25 nits are an eighth of white: 99 of 255 by sRGB's curve. PQ: 0.378. */
static void what_is_darker_than_the_knee_keeps_its_light(void **state)
{
	(void)state;
	assert_in_range(grey(tenbit(0.378), TRANSFER_PQ), 97, 102);
	assert_int_equal(grey(0, TRANSFER_PQ), 0);
	assert_int_equal(grey(0, TRANSFER_HLG), 0);
}

static void brighter_is_never_darker(void **state)
{
	(void)state;
	for (int transfer = TRANSFER_PQ; transfer <= TRANSFER_HLG; transfer += TRANSFER_HLG - TRANSFER_PQ)
		for (int v = 0, last = 0; v <= 65535; v += 255) {
			int now = grey((uint16_t)v, transfer);

			assert_true(now >= last);
			last = now;
		}
}

/* A red that only BT.2020 has is more than BT.709 can show; it must stay red, and the same red with BT.709's primaries is less so. */
static void primaries_make_a_difference(void **state)
{
	const uint16_t in[3] = { tenbit(0.5), tenbit(0.4), tenbit(0.4) };
	uint8_t wide[3], narrow[3];

	(void)state;
	map(in, TRANSFER_PQ, PRIMARIES_BT2020, wide);
	map(in, TRANSFER_PQ, PRIMARIES_BT709, narrow);
	assert_true(wide[0] > narrow[0]);
	assert_true(wide[1] < narrow[1]);
	map(in, TRANSFER_PQ, PRIMARIES_P3, wide);
	assert_true(wide[0] > narrow[0]);
}

static void alpha_is_only_narrowed(void **state)
{
	struct picture p = { .width = 1, .height = 1, .bands = 4, .depth = 16, .alpha = true };
	const uint16_t in[4] = { 30000, 30000, 30000, 0x80ff };

	(void)state;
	picture_alloc(&p);
	memcpy(p.pixels, in, 8);
	tone_map(&p, TRANSFER_PQ, PRIMARIES_BT2020);
	assert_int_equal(((uint8_t *)p.pixels)[3], 0x80);
	picture_clear(&p);
}

static void only_pq_and_hlg_need_it(void **state)
{
	(void)state;
	assert_true(tone_is_high(16) && tone_is_high(18));
	assert_false(tone_is_high(TRANSFER_UNTOLD) || tone_is_high(13) || tone_is_high(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paper_white_is_bright_and_not_yet_the_brightest),
		cmocka_unit_test(what_is_darker_than_the_knee_keeps_its_light),
		cmocka_unit_test(brighter_is_never_darker),
		cmocka_unit_test(primaries_make_a_difference),
		cmocka_unit_test(alpha_is_only_narrowed),
		cmocka_unit_test(only_pq_and_hlg_need_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
