/* The reader: which decoder takes a file, and that it does not show. */
#include "tests/lib/t.h"

#include "functions/runner/jpeg/jpeg_library.h"
#include "tests/unit/runner/jpeg_oracle.h"

static struct master read_by(reader_fn *reader, struct str file, int percent, bool full_chroma)
{
	struct header h = { .format = FORMAT_JPEG, .frames = 1 };
	struct reading r = { .photo = file, .h = &h, .need.full_chroma = full_chroma };
	struct master m = { .degraded = false };
	char message[SAY_MAX] = "";

	assert_int_equal(jpeg_header(file, &h, message), REASON_NONE);
	r.need.width = (int)h.width * percent / 100;
	r.need.height = (int)h.height * percent / 100;
	if (reader(&r, &m, message) != REASON_NONE)
		fail_msg("%s", message);
	return m;
}

static void assert_same_master(const struct master *a, const struct master *b)
{
	const struct planes *p = &a->image.planes, *q = &b->image.planes;

	assert_true(a->image.planar && b->image.planar);
	assert_int_equal(a->degraded, b->degraded);
	assert_true(a->read == b->read);
	assert_int_equal(p->n, q->n);
	for (int k = 0; k < p->n; k++) {
		assert_int_equal(p->plane[k].width, q->plane[k].width);
		assert_int_equal(p->plane[k].height, q->plane[k].height);
		for (int y = 0; y < p->plane[k].height; y++)
			assert_memory_equal(p->plane[k].pixels + (size_t)y * p->plane[k].stride,
					    q->plane[k].pixels + (size_t)y * q->plane[k].stride, (size_t)p->plane[k].width);
	}
}

/* Where nothing is shrunk while it is decoded both decoders give the same samples. */
static void a_photo_that_is_wanted_nearly_whole_is_read_as_the_library_reads_it(void **state)
{
	static const int factors[][2] = { { 1, 1 }, { 2, 1 }, { 2, 2 }, { 1, 2 }, { 4, 1 } };

	(void)state;
	for (size_t k = 0; k < sizeof factors / sizeof factors[0]; k++)
		for (int kind = 0; kind < 8; kind++) {
			struct oracle_file f = { .width = 211, .height = 134, .n = kind & 4 ? 1 : 3, .h = { factors[k][0] },
						 .v = { factors[k][1] }, .progressive = kind & 1 };
			struct str file = oracle_make(&f);
			struct master ours = read_by(jpeg_read, file, kind & 2 ? 100 : 80, kind & 2);
			struct master theirs = read_by(jpeg_library_read, file, kind & 2 ? 100 : 80, kind & 2);

			assert_same_master(&ours, &theirs);
			master_clear(&ours);
			master_clear(&theirs);
			free((void *)file.p);
		}
}

/* A copy without its DHT segments: such files come out of cameras for films, and libjpeg-turbo knows which tables are meant. */
static struct str without_tables(struct str file)
{
	uint8_t *p = malloc(file.n);
	size_t n = 2, at = 2;

	assert_non_null(p);
	memcpy(p, file.p, 2);
	while ((uint8_t)file.p[at + 1] != 0xda) {
		size_t length = 2 + ((size_t)(uint8_t)file.p[at + 2] << 8 | (uint8_t)file.p[at + 3]);

		if ((uint8_t)file.p[at + 1] != 0xc4) {
			memcpy(p + n, file.p + at, length);
			n += length;
		}
		at += length;
	}
	memcpy(p + n, file.p + at, file.n - at);
	return str_n(p, n + file.n - at);
}

static void a_file_without_tables_is_left_to_the_library(void **state)
{
	static const jpeg_scan_info one_by_one[] = { { 1, { 0 }, 0, 63, 0, 0 }, { 1, { 1 }, 0, 63, 0, 0 }, { 1, { 2 }, 0, 63, 0, 0 } };

	(void)state;
	for (int scans = 0; scans <= 3; scans += 3)
		for (int percent = 20; percent <= 100; percent += 40) {
			struct oracle_file f = { .width = 200, .height = 150, .n = 3, .h = { 2 }, .v = { 2 },
						 .scans = scans ? one_by_one : NULL, .n_scans = scans };
			struct str file = oracle_make(&f), bare = without_tables(file);
			struct master want = read_by(jpeg_library_read, file, percent, false);
			struct master got = read_by(jpeg_read, bare, percent, false);

			assert_true(bare.n < file.n);
			assert_same_master(&want, &got);
			master_clear(&want);
			master_clear(&got);
			free((void *)bare.p);
			free((void *)file.p);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_photo_that_is_wanted_nearly_whole_is_read_as_the_library_reads_it),
		T(a_file_without_tables_is_left_to_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
