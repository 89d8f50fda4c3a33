#include "tests/lib/t.h"

#include "base/crc.h"
#include "base/digest.h"

static uint64_t bit_by_bit(uint64_t poly, uint64_t all_ones, uint64_t crc, const uint8_t *p, size_t n)
{
	crc ^= all_ones;
	for (; n > 0; n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ poly : crc >> 1;
	}
	return crc ^ all_ones;
}

static void every_length_agrees_with_the_definition(void **state)
{
	struct str bytes = t_bytes(4096, 1);
	const uint8_t *p = (const uint8_t *)bytes.p;

	(void)state;
	for (size_t n = 0; n < 1500; n++) {
		size_t at = n % 61;
		uint64_t from = n % 3 ? 0x1234567 : 0;

		assert_true(crc64nvme(from, p + at, n) == bit_by_bit(CRC_POLY_NVME, UINT64_MAX, from, p + at, n));
		assert_true(crc32c((uint32_t)from, p + at, n) ==
			    bit_by_bit(CRC_POLY_CASTAGNOLI, UINT32_MAX, from, p + at, n));
		assert_true(crc32_zlib((uint32_t)from, p + at, n) == bit_by_bit(CRC_POLY_ZLIB, UINT32_MAX, from, p + at, n));
	}
	free((void *)(uintptr_t)bytes.p);
}

static void two_runs_join_to_the_crc_of_both(void **state)
{
	static const size_t lengths[] = { 0, 1, 7, 64, 1000, 3000 };
	struct str bytes = t_bytes(4096, 2);

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t n = lengths[i], rest = bytes.n - n;

		assert_true(crc_join(CRC_POLY_NVME, crc64nvme(0, bytes.p, n), crc64nvme(0, bytes.p + n, rest), rest) ==
			    crc64nvme(0, bytes.p, bytes.n));
		assert_true(crc_join(CRC_POLY_CASTAGNOLI, crc32c(0, bytes.p, n), crc32c(0, bytes.p + n, rest), rest) ==
			    crc32c(0, bytes.p, bytes.n));
	}
	free((void *)(uintptr_t)bytes.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_length_agrees_with_the_definition),
		T(two_runs_join_to_the_crc_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
