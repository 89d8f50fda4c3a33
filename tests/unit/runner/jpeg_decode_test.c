/* Our JPEG decoder beside libjpeg: whatever a file is made of, the samples are the same. */
#include "tests/lib/t.h"

#include "functions/runner/jpeg/plain.h"
#include "tests/unit/runner/jpeg_oracle.h"

static const int shrinks[][JPEG_COMPONENTS_MAX] = { { 8, 8, 8 }, { 4, 4, 4 }, { 2, 2, 2 }, { 2, 4, 8 }, { 8, 2, 4 },
						     { 1, 1, 1 }, { 2, 1, 8 } };
#define SHRINKS (sizeof shrinks / sizeof shrinks[0])

static bool is_full_size(const int shrink[JPEG_COMPONENTS_MAX])
{
	return shrink[0] == 1 && shrink[1] == 1 && shrink[2] == 1;
}

static void assert_same_as_libjpeg(struct str file, const char *what)
{
	struct oracle o;

	oracle_open(&o, file);
	assert_true(o.good);
	for (size_t i = 0; i < SHRINKS; i++) {
		struct oracle_planes ours, theirs;
		struct jpeg_result r;
		enum jpeg_end end = oracle_ours(file, shrinks[i], &ours, &r);

		if (end != JPEG_COMPLETE || r.mcu_rows_read != r.mcu_rows)
			fail_msg("%s at 1/%d: end %d, %d of %d rows", what, shrinks[i][0], end, r.mcu_rows_read, r.mcu_rows);
		theirs = is_full_size(shrinks[i]) ? oracle_raw(file, &ours) : oracle_planes(&o, shrinks[i], &ours);
		if (!oracle_same(&ours, &theirs))
			fail_msg("%s differs at 1/%d", what, shrinks[i][0]);
		oracle_lose(&ours);
		oracle_lose(&theirs);
	}
	oracle_close(&o);
}

static void try_file(const struct oracle_file *f)
{
	struct str file = oracle_make(f);
	char what[200];

	snprintf(what, sizeof what, "%dx%d n=%d %dx%d,%dx%d,%dx%d q=%d restart=%d scans=%d", f->width, f->height, f->n, f->h[0],
		 f->v[0], f->h[1], f->v[1], f->h[2], f->v[2], f->quality, f->restart, f->n_scans);
	assert_same_as_libjpeg(file, what);
	free((void *)file.p);
}

static void every_sampling_is_decoded_as_libjpeg_does(void **state)
{
	static const int factors[][6] = {
		{ 1, 1, 1, 1, 1, 1 }, { 2, 1, 1, 1, 1, 1 }, { 2, 2, 1, 1, 1, 1 }, { 1, 2, 1, 1, 1, 1 }, { 4, 1, 1, 1, 1, 1 },
		{ 1, 4, 1, 1, 1, 1 }, { 3, 1, 1, 1, 1, 1 }, { 2, 2, 2, 1, 1, 2 }, { 2, 2, 2, 1, 2, 1 }, { 1, 1, 2, 2, 1, 1 },
		{ 4, 2, 1, 1, 1, 1 }, { 3, 2, 2, 1, 1, 2 }, { 1, 1, 1, 1, 4, 2 },
	};
	static const int sides[] = { 1, 7, 8, 9, 31, 33, 97 };

	(void)state;
	for (size_t k = 0; k < sizeof factors / sizeof factors[0]; k++)
		for (size_t x = 0; x < sizeof sides / sizeof sides[0]; x++)
			for (size_t y = 0; y < sizeof sides / sizeof sides[0]; y++)
				for (int progressive = 0; progressive < 2; progressive++) {
					struct oracle_file f = { .width = sides[x], .height = sides[y], .n = 3, .progressive = progressive };

					for (int i = 0; i < 3; i++) {
						f.h[i] = factors[k][2 * i];
						f.v[i] = factors[k][2 * i + 1];
					}
					f.restart = (int)(x + y) % 3;
					try_file(&f);
				}
}

static void grey_with_any_factors_is_one_block_after_another(void **state)
{
	(void)state;
	for (int h = 1; h <= 4; h++)
		for (int v = 1; v <= 4; v++)
			for (int progressive = 0; progressive < 2; progressive++)
				try_file(&(struct oracle_file){ .width = 45, .height = 70, .n = 1, .h = { h }, .v = { v },
								.progressive = progressive, .restart = h - 1 });
}

static void every_restart_interval_is_kept(void **state)
{
	static const int intervals[] = { 1, 2, 3, 5, 8, 9, 16, 17, 64, 500, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++)
		for (int progressive = 0; progressive < 2; progressive++)
			try_file(&(struct oracle_file){ .width = 261, .height = 133, .n = 3, .h = { 2 }, .v = { 2 },
							.progressive = progressive, .restart = intervals[i] });
}

static void every_quality_and_kind_of_table_is_read(void **state)
{
	(void)state;
	for (int quality = 1; quality <= 100; quality += 3)
		for (int kind = 0; kind < 4; kind++)
			try_file(&(struct oracle_file){ .width = 130, .height = 90, .n = 3, .h = { 2 }, .quality = quality,
							.optimize = kind & 1, .wide_tables = kind & 2, .rgb = kind == 3 });
}

static void the_longest_sides_are_decoded(void **state)
{
	(void)state;
	for (int progressive = 0; progressive < 2; progressive++) {
		try_file(&(struct oracle_file){ .width = 65500, .height = 3, .n = 3, .h = { 2 }, .v = { 2 }, .progressive = progressive });
		try_file(&(struct oracle_file){ .width = 3, .height = 65500, .n = 3, .h = { 2 }, .v = { 2 }, .progressive = progressive });
	}
}

static void scans_in_any_split_are_put_together(void **state)
{
	static const jpeg_scan_info one_by_one[] = {
		{ 1, { 1 }, 0, 63, 0, 0 }, { 1, { 0 }, 0, 63, 0, 0 }, { 1, { 2 }, 0, 63, 0, 0 },
	};
	static const jpeg_scan_info two_and_one[] = { { 2, { 0, 2 }, 0, 63, 0, 0 }, { 1, { 1 }, 0, 63, 0, 0 } };
	static const jpeg_scan_info no_refining[] = {
		{ 3, { 0, 1, 2 }, 0, 0, 0, 0 }, { 1, { 0 }, 1, 8, 0, 0 }, { 1, { 1 }, 1, 63, 0, 0 }, { 1, { 2 }, 1, 63, 0, 0 },
		{ 1, { 0 }, 9, 63, 0, 0 },
	};
	static const jpeg_scan_info much_refining[] = {
		{ 1, { 0 }, 0, 0, 0, 3 }, { 1, { 2 }, 0, 0, 0, 0 }, { 1, { 0 }, 1, 2, 0, 4 }, { 1, { 1 }, 0, 0, 0, 1 },
		{ 1, { 0 }, 0, 0, 3, 2 }, { 1, { 0 }, 3, 63, 0, 4 }, { 1, { 0 }, 1, 63, 4, 3 }, { 1, { 0 }, 1, 63, 3, 2 },
		{ 1, { 0 }, 1, 20, 2, 1 }, { 1, { 0 }, 21, 63, 2, 1 }, { 1, { 0 }, 1, 63, 1, 0 }, { 1, { 0 }, 0, 0, 2, 1 },
		{ 1, { 1 }, 0, 0, 1, 0 }, { 1, { 0 }, 0, 0, 1, 0 }, { 1, { 1 }, 1, 63, 0, 0 }, { 1, { 2 }, 1, 63, 0, 1 },
		{ 1, { 2 }, 1, 63, 1, 0 },
	};
	static const struct { const jpeg_scan_info *scans; int n; } scripts[] = {
		{ one_by_one, 3 }, { two_and_one, 2 }, { no_refining, 5 }, { much_refining, 17 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
		for (int v = 1; v <= 2; v++)
			for (int restart = 0; restart < 8; restart += 7)
				try_file(&(struct oracle_file){ .width = 203, .height = 110, .n = 3, .h = { 2 }, .v = { v }, .quality = 97,
								.scans = scripts[i].scans, .n_scans = scripts[i].n, .restart = restart });
}

static void only_the_scans_that_are_wanted_are_read(void **state)
{
	struct oracle_file f = { .width = 203, .height = 110, .n = 3, .h = { 2 }, .v = { 2 }, .progressive = true };
	struct str file = oracle_make(&f);
	struct oracle_planes p;
	struct jpeg_result r;

	(void)state;
	assert_int_equal(oracle_ours(file, shrinks[0], &p, &r), JPEG_COMPLETE);
	assert_int_equal(r.scans_read, 2);
	assert_int_equal(r.scans_skipped, 8);
	oracle_lose(&p);
	assert_int_equal(oracle_ours(file, shrinks[3], &p, &r), JPEG_COMPLETE);
	assert_int_equal(r.scans_skipped, 2);	/* those of the component at 1/8 */
	oracle_lose(&p);
	free((void *)file.p);
}

/* libjpeg-turbo's own decoding to 1/8, where it does not choose to give more of some components. */
static void an_eighth_is_what_libjpeg_scales_to(void **state)
{
	(void)state;
	for (int quality = 1; quality <= 100; quality += 11) {
		struct oracle_file f = { .width = 333, .height = 222, .n = 3, .quality = quality };
		struct str file = oracle_make(&f);
		struct oracle_planes ours;
		struct jpeg_result r;
		struct oracle o;
		JSAMPLE line[3][64];
		JSAMPROW row[3] = { line[0], line[1], line[2] };
		JSAMPARRAY data[3] = { &row[0], &row[1], &row[2] };

		assert_int_equal(oracle_ours(file, shrinks[0], &ours, &r), JPEG_COMPLETE);
		oracle_begin(&o);
		jpeg_mem_src(&o.jpeg, (const unsigned char *)file.p, file.n);
		jpeg_read_header(&o.jpeg, TRUE);
		o.jpeg.raw_data_out = TRUE;
		o.jpeg.scale_denom = 8;
		jpeg_start_decompress(&o.jpeg);
		for (int y = 0; y < ours.shape[0].height; y++) {
			assert_int_equal(jpeg_read_raw_data(&o.jpeg, data, 1), 1);
			for (int i = 0; i < 3; i++)
				assert_memory_equal(line[i], ours.samples[i] + y * ours.shape[i].width, (size_t)ours.shape[i].width);
		}
		oracle_close(&o);
		oracle_lose(&ours);
		free((void *)file.p);
	}
}

#ifdef MINILAB_TEST_HOOKS
static int plain_on(void **state)
{
	(void)state;
	jpeg_plain = true;
	return 0;
}

static int plain_off(void **state)
{
	(void)state;
	jpeg_plain = false;
	return 0;
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_sampling_is_decoded_as_libjpeg_does),
		T(grey_with_any_factors_is_one_block_after_another),
		T(every_restart_interval_is_kept),
		T(every_quality_and_kind_of_table_is_read),
		T(the_longest_sides_are_decoded),
		T(scans_in_any_split_are_put_together),
		T(only_the_scans_that_are_wanted_are_read),
		T(an_eighth_is_what_libjpeg_scales_to),
#ifdef MINILAB_TEST_HOOKS
		{ "every_restart_interval_is_kept_by_plain_loops", every_restart_interval_is_kept, plain_on, plain_off, NULL },
		{ "every_quality_and_kind_of_table_is_read_by_plain_loops", every_quality_and_kind_of_table_is_read, plain_on, plain_off, NULL },
		{ "scans_in_any_split_are_put_together_by_plain_loops", scans_in_any_split_are_put_together, plain_on, plain_off, NULL },
		{ "an_eighth_is_what_libjpeg_scales_to_by_plain_loops", an_eighth_is_what_libjpeg_scales_to, plain_on, plain_off, NULL },
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
