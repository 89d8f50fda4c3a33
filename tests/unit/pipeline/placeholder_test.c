#include "tests/lib/t.h"

#include "base/codec.h"
#include "base/crc.h"
#include "base/err.h"
#include "pipeline/placeholder.h"

#define HEAD (8 + 25 + 8 + 7)		/* signature, IHDR, length and type of IDAT, zlib and block heads */

static uint32_t number(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const uint8_t *pixel(const struct buf *png, uint32_t x, uint32_t y)
{
	const uint8_t *p = (const uint8_t *)png->data;

	assert_true(x < number(p + 16) && y < number(p + 20));
	return p + HEAD + y * (1 + 4 * number(p + 16)) + 1 + 4 * x;
}

static void check_chunks(const struct buf *png)
{
	const uint8_t *p = (const uint8_t *)png->data;
	size_t at = 8;

	assert_memory_equal(p, "\x89PNG\r\n\x1a\n", 8);
	while (at + 12 <= png->len) {
		uint32_t n = number(p + at);

		assert_true(at + 12 + n <= png->len);
		assert_int_equal(number(p + at + 8 + n), crc32_zlib(0, p + at + 4, n + 4));
		at += 12 + n;
	}
	assert_int_equal(at, png->len);
	assert_memory_equal(p + at - 8, "IEND", 4);
}

static int decode(const void *hash, size_t n, struct buf *png)
{
	struct buf text = { 0 };
	int rc;

	base64_encode(&text, hash, n);
	rc = placeholder_of_hash(str_n(text.data, text.len), png);
	buf_clear(&text);
	return rc;
}

/* Luminance 42/63, both differences about 0, no waves: 0x80 in each, but for the steps of the differences. */
static void a_flat_hash_is_one_grey(void **state)
{
	uint8_t hash[24] = { 0 };
	uint32_t first = 42 | 31u << 6 | 32u << 12;
	struct buf png = { 0 };

	(void)state;
	memset(hash + 5, 0x88, sizeof hash - 5);
	for (int i = 0; i < 3; i++)
		hash[i] = (uint8_t)(first >> 8 * i);
	hash[3] = 7;
	assert_int_equal(decode(hash, sizeof hash, &png), 0);
	check_chunks(&png);
	assert_int_equal(number((const uint8_t *)png.data + 16), 32);
	assert_int_equal(number((const uint8_t *)png.data + 20), 32);
	for (uint32_t at = 0; at < 32; at += 31) {
		const uint8_t *p = pixel(&png, at, at);

		assert_in_range(p[0], 170 - 8, 170 + 8);
		assert_in_range(p[1], 170 - 8, 170 + 8);
		assert_in_range(p[2], 170 - 8, 170 + 8);
		assert_int_equal(p[3], 255);
	}
	buf_clear(&png);
}

/* The first wave across, alone and at its largest: bright at the left, dark at the right, the same from top to bottom. Landscape, 7 to 4. */
static void a_wave_across_goes_from_left_to_right(void **state)
{
	uint8_t hash[32] = { 0 };
	uint32_t first = 32 | 31u << 6 | 31u << 12 | 8u << 18, second = 4 | 1u << 15;
	struct buf png = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		hash[i] = (uint8_t)(first >> 8 * i);
	hash[3] = (uint8_t)second;
	hash[4] = (uint8_t)(second >> 8);
	memset(hash + 5, 0x87, sizeof hash - 5);	/* half a step to either side of none */
	hash[5] = 0x8f;
	assert_int_equal(decode(hash, sizeof hash, &png), 0);
	check_chunks(&png);
	assert_int_equal(number((const uint8_t *)png.data + 16), 32);
	assert_int_equal(number((const uint8_t *)png.data + 20), 18);
	for (uint32_t y = 0; y < 18; y += 17) {
		assert_true(pixel(&png, 0, y)[0] > pixel(&png, 15, y)[0] + 40);
		assert_true(pixel(&png, 15, y)[0] > pixel(&png, 31, y)[0] + 40);
	}
	buf_clear(&png);
}

/* Whatever a row says. */
static void what_is_no_hash_is_refused(void **state)
{
	uint8_t hash[41];
	struct buf png = { 0 };

	(void)state;
	memset(hash, 0xff, sizeof hash);
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(decode(hash, n, &png), E_BAD_INPUT);
	assert_int_equal(placeholder_of_hash(STR("%%%%"), &png), E_BAD_INPUT);
	assert_int_equal(placeholder_of_hash((struct str){ 0 }, &png), E_BAD_INPUT);
	assert_int_equal(png.len, 0);
	assert_int_equal(decode(hash, 40, &png), 0);	/* all waves and alpha */
	check_chunks(&png);
	buf_clear(&png);
}

static void there_is_a_picture_without_a_hash_and_another_for_failures(void **state)
{
	struct buf plain = { 0 }, failed = { 0 };

	(void)state;
	placeholder_plain(&plain);
	placeholder_failed(&failed);
	check_chunks(&plain);
	check_chunks(&failed);
	assert_memory_equal(pixel(&plain, 16, 16), pixel(&plain, 0, 0), 4);
	assert_memory_equal(pixel(&failed, 0, 0), pixel(&plain, 0, 0), 4);
	assert_memory_not_equal(pixel(&failed, 16, 16), pixel(&failed, 0, 0), 4);
	buf_clear(&plain);
	buf_clear(&failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_flat_hash_is_one_grey),
		T(a_wave_across_goes_from_left_to_right),
		T(what_is_no_hash_is_refused),
		T(there_is_a_picture_without_a_hash_and_another_for_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
