/* runner_jpeg_fuzz.c - the decoder for small pictures: reads nothing outside, ends, and where libjpeg has no complaint and it has none
 * either, the samples are those that libjpeg's coefficients make. What is wrong with a sequential file is found at every shrink. */
#include "tests/unit/runner/jpeg_oracle.h"

#define PIXELS_MAX (1 << 17)	/* larger ones only take time */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static enum jpeg_end compare(struct oracle *o, struct str file, const int shrink[JPEG_COMPONENTS_MAX])
{
	struct oracle_planes ours, theirs;
	struct jpeg_result r;
	enum jpeg_end end = oracle_ours(file, shrink, &ours, &r);

	CHECK(r.mcu_rows_read >= 0 && r.mcu_rows_read <= r.mcu_rows);
	CHECK(end != JPEG_COMPLETE || r.mcu_rows_read == r.mcu_rows);
	if (end == JPEG_COMPLETE && o->good) {
		theirs = oracle_planes(o, shrink, &ours);
		CHECK(oracle_same(&ours, &theirs));
		oracle_lose(&theirs);
	}
	oracle_lose(&ours);
	return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int shrinks[][JPEG_COMPONENTS_MAX] = { { 8, 8, 8 }, { 4, 4, 4 }, { 2, 2, 2 }, { 1, 1, 1 }, { 1, 2, 8 } };
	struct str file = str_n(p, n);
	enum jpeg_end ends[sizeof shrinks / sizeof shrinks[0]];
	struct oracle o;
	struct jpeg j;

	if (jpeg_open(&j, file) == JPEG_COMPLETE && j.width * (int64_t)j.height <= PIXELS_MAX) {
		oracle_open(&o, file);
		for (size_t i = 0; i < sizeof shrinks / sizeof shrinks[0]; i++)
			ends[i] = compare(&o, file, shrinks[i]);
		/* Every scan of a sequential file is read in any case: so is what is wrong with it. */
		for (size_t i = 1; i < sizeof shrinks / sizeof shrinks[0] && !j.progressive; i++)
			CHECK(ends[i] == ends[0]);
		oracle_close(&o);
	}
	jpeg_close(&j);
	return 0;
}
