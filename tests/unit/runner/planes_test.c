#include "tests/lib/t.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "functions/runner/planes.h"

/* Colours that change slowly, with a few hard edges. */
static struct picture scene(int width, int height, int bands)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = 8 };

	picture_alloc(&p);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++) {
				double v = 128 + 70 * sin(x * 0.11 + b) + 50 * cos(y * 0.07 - 2 * b) + (x % 40 < 4 && b == 1 ? 60 : 0);

				((uint8_t *)picture_row(&p, y))[x * bands + b] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
			}
	return p;
}

static struct str jpeg_of(const struct picture *p, int h, int v)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *bytes = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &n);
	c.image_width = (JDIMENSION)p->width;
	c.image_height = (JDIMENSION)p->height;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 95, TRUE);
	c.comp_info[0].h_samp_factor = h;
	c.comp_info[0].v_samp_factor = v;
	jpeg_start_compress(&c, TRUE);
	for (int y = 0; y < p->height; y++) {
		JSAMPROW row = picture_row(p, y);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return str_n((char *)bytes, n);
}

static void begin(struct jpeg_decompress_struct *d, struct jpeg_error_mgr *errors, struct str file)
{
	d->err = jpeg_std_error(errors);
	jpeg_create_decompress(d);
	jpeg_mem_src(d, (const unsigned char *)file.p, file.n);
	jpeg_read_header(d, TRUE);
}

static void end(struct jpeg_decompress_struct *d)
{
	jpeg_finish_decompress(d);
	jpeg_destroy_decompress(d);
}

static struct picture rgb_of(struct str file)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	struct picture p = { .bands = 3, .depth = 8 };

	begin(&d, &errors, file);
	jpeg_start_decompress(&d);
	p.width = (int)d.output_width;
	p.height = (int)d.output_height;
	picture_alloc(&p);
	for (int y = 0; y < p.height; y++) {
		JSAMPROW row = picture_row(&p, y);

		jpeg_read_scanlines(&d, &row, 1);
	}
	end(&d);
	return p;
}

/* libjpeg gives whole blocks: what is beyond the picture is left out. */
static void keep_rows(struct planes *p, const struct jpeg_decompress_struct *d, uint8_t *const *rows, int row)
{
	for (int i = 0; i < 3; i++) {
		const struct plane *q = &p->plane[i];
		int n = 8 * d->comp_info[i].v_samp_factor;
		int first = row * n / (8 * d->max_v_samp_factor);

		for (int y = 0; y < n && first + y < q->height; y++)
			memcpy(q->pixels + (size_t)(first + y) * q->stride, rows[i * 32 + y], (size_t)q->width);
	}
}

static struct planes planes_of(struct str file)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	struct planes p = { .n = 3 };
	uint8_t *rows[3 * 32], *room;
	JSAMPARRAY arrays[3] = { rows, rows + 32, rows + 64 };

	begin(&d, &errors, file);
	d.raw_data_out = TRUE;
	jpeg_start_decompress(&d);
	for (int i = 0; i < 3; i++) {
		p.plane[i].width = (int)d.comp_info[i].downsampled_width;
		p.plane[i].height = (int)d.comp_info[i].downsampled_height;
	}
	planes_alloc(&p);
	room = malloc(96 * 4096);
	for (int i = 0; i < 96; i++)
		rows[i] = room + i * 4096;
	while (d.output_scanline < d.output_height) {
		int row = (int)d.output_scanline;

		jpeg_read_raw_data(&d, arrays, (JDIMENSION)(8 * d.max_v_samp_factor));
		keep_rows(&p, &d, rows, row);
	}
	end(&d);
	free(room);
	return p;
}

struct difference {
	int most;
	double mean;
	double bias[3];		/* mean with its sign, by band */
};

static struct difference compare(const struct picture *a, const struct picture *b)
{
	size_t n = picture_row_bytes(a) * (size_t)a->height;
	struct difference d = { 0 };

	assert_true(a->width == b->width && a->height == b->height && a->bands == b->bands);
	for (size_t i = 0; i < n; i++) {
		int off = ((uint8_t *)a->pixels)[i] - ((uint8_t *)b->pixels)[i];

		d.bias[i % (size_t)a->bands] += off * a->bands / (double)n;
		d.most = abs(off) > d.most ? abs(off) : d.most;
		d.mean += abs(off);
	}
	d.mean /= (double)n;
	return d;
}

static void colours_are_those_of_libjpeg(void **state)
{
	static const struct {
		int h, v, most;
		double mean;
	} cases[] = {
		{ 1, 1, 0, 0 }, { 2, 2, 0, 0 }, { 2, 1, 2, 0.5 }, { 1, 2, 2, 0.5 },
		{ 4, 1, 120, 8 },	/* libjpeg only repeats samples */
	};
	static const int sizes[][2] = { { 97, 61 }, { 64, 64 }, { 1, 1 }, { 2, 3 }, { 16, 1 }, { 1, 17 }, { 200, 33 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
			struct picture p = scene(sizes[k][0], sizes[k][1], 3), want, got;
			struct str file = jpeg_of(&p, cases[i].h, cases[i].v);
			struct planes planes = planes_of(file);
			struct difference d;

			want = rgb_of(file);
			planes_to_picture(&planes, &got);
			d = compare(&want, &got);
			if (p.width <= 4 && cases[i].h > 1) {	/* libjpeg repeats the samples of planes this narrow */
				assert_true(d.most < 40);
			} else if (d.most > cases[i].most || d.mean > cases[i].mean) {

				fail_msg("%dx%d at %d:%d: %d at most, %.3f in the mean", p.width, p.height, cases[i].h, cases[i].v,
					 d.most, d.mean);
			}
			picture_clear(&p);
			picture_clear(&want);
			picture_clear(&got);
			planes_clear(&planes);
			free((void *)file.p);
		}
}

/* From the definition, in doubles; the average of the pixels that sample (x, y) of a plane covers. */
static double wanted(const struct picture *p, int plane, int x, int y, int by)
{
	static const double part[3][3] = { { 0.299, 0.587, 0.114 }, { -0.168736, -0.331264, 0.5 }, { 0.5, -0.418688, -0.081312 } };
	double sum = plane > 0 ? 128 * by * by : 0;

	for (int i = 0; i < by * by; i++) {
		int px = x * by + i % by, py = y * by + i / by;
		const uint8_t *at;

		px = px < p->width ? px : p->width - 1;
		py = py < p->height ? py : p->height - 1;
		at = (uint8_t *)picture_row(p, py) + 3 * px;
		sum += part[plane][0] * at[0] + part[plane][1] * at[1] + part[plane][2] * at[2];
	}
	return sum / (by * by);
}

static void planes_of_a_picture_are_what_jfif_says(void **state)
{
	static const int sizes[][2] = { { 97, 61 }, { 64, 64 }, { 1, 1 }, { 2, 3 }, { 301, 2 } };

	(void)state;
	for (size_t k = 0; k < 2 * sizeof sizes / sizeof sizes[0]; k++) {
		struct picture p = scene(sizes[k / 2][0], sizes[k / 2][1], 3);
		bool half = k % 2 != 0;
		struct planes planes;

		planes_from_picture(&p, half, &planes);
		for (int i = 0; i < 3; i++)
			for (int y = 0; y < planes.plane[i].height; y++)
				for (int x = 0; x < planes.plane[i].width; x++) {
					double v = wanted(&p, i, x, y, half && i > 0 ? 2 : 1);

					assert_true(fabs(planes.plane[i].pixels[(size_t)y * planes.plane[i].stride + (size_t)x] - v) < 0.51);
				}
		picture_clear(&p);
		planes_clear(&planes);
	}
}

static void there_and_back_is_the_same_picture(void **state)
{
	struct picture p = scene(120, 91, 3), grey = scene(50, 40, 1), back;
	struct planes planes;
	struct difference d;

	(void)state;
	planes_from_picture(&p, false, &planes);
	planes_to_picture(&planes, &back);
	d = compare(&p, &back);
	assert_true(d.most <= 2 && d.mean < 0.5);
	planes_clear(&planes);
	picture_clear(&back);
	planes_from_picture(&grey, true, &planes);
	assert_int_equal(planes.n, 1);
	planes_to_picture(&planes, &back);
	assert_memory_equal(back.pixels, grey.pixels, 50 * 40);
	planes_clear(&planes);
	picture_clear(&back);
	picture_clear(&p);
	picture_clear(&grey);
}

/* Where output pixel (x, y) comes from, as EXIF words it: the row and column that 0th row and 0th column show. */
static void source(int orientation, int width, int height, int x, int y, int *from_x, int *from_y)
{
	static const char *const how[9] = { "", "xy", "Xy", "XY", "xY", "yx", "yX", "YX", "Yx" };
	const char *h = how[orientation];
	int along = h[0] == 'x' || h[0] == 'X' ? x : y, down = along == x && h[0] != 'y' && h[0] != 'Y' ? y : x;

	*from_x = h[0] == 'X' || h[0] == 'Y' ? width - 1 - along : along;
	*from_y = h[1] == 'X' || h[1] == 'Y' ? height - 1 - down : down;
}

static void each_orientation_turns_every_sample(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 3, 2 }, { 15, 17 }, { 16, 16 }, { 40, 64 }, { 100, 34 }, { 257, 31 } };

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
		for (int o = 1; o <= 8; o++) {
			int w = sizes[k][0], h = sizes[k][1];
			struct planes p = { .n = 1, .plane = { { .width = w, .height = h } } };
			struct str bytes = t_bytes((size_t)w * (size_t)h, (uint32_t)(w * h));
			const struct plane *q = &p.plane[0];

			planes_alloc(&p);
			for (int y = 0; y < h; y++)
				memcpy(q->pixels + (size_t)y * q->stride, bytes.p + (size_t)y * (size_t)w, (size_t)w);
			planes_turn(&p, o);
			assert_int_equal(q->width, o >= 5 ? h : w);
			assert_int_equal(q->height, o >= 5 ? w : h);
			for (int y = 0; y < q->height; y++)
				for (int x = 0; x < q->width; x++) {
					int from_x, from_y;

					source(o, w, h, x, y, &from_x, &from_y);
					if (q->pixels[(size_t)y * q->stride + (size_t)x] != (uint8_t)bytes.p[from_y * w + from_x])
						fail_msg("orientation %d of %dx%d: wrong at %d, %d", o, w, h, x, y);
				}
			planes_clear(&p);
			free((void *)bytes.p);
		}
}

/* Turning planes and then interleaving them is interleaving and then turning, also where colour samples straddle the border. */
static void colours_turn_with_luma(void **state)
{
	static const int sizes[][2] = { { 64, 48 }, { 65, 49 }, { 64, 49 }, { 3, 3 }, { 1, 5 } };

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
		for (int o = 1; o <= 8; o++) {
			struct picture p = { .width = sizes[k][0], .height = sizes[k][1], .bands = 3, .depth = 8 }, a, b;
			struct difference d;
			struct planes planes;

			picture_alloc(&p);
			for (int i = 0; i < p.width * p.height; i++) {
				((uint8_t *)p.pixels)[3 * i] = (uint8_t)(i % p.width * 3);
				((uint8_t *)p.pixels)[3 * i + 1] = 90;
				((uint8_t *)p.pixels)[3 * i + 2] = (uint8_t)(i / p.width * 4);
			}
			planes_from_picture(&p, true, &planes);
			planes_to_picture(&planes, &a);
			picture_turn(&a, o);
			planes_turn(&planes, o);
			planes_to_picture(&planes, &b);
			d = compare(&a, &b);
			if (d.most > 4 || fabs(d.bias[0]) > 1 || fabs(d.bias[2]) > 1)	/* a shift: 2 */
				fail_msg("orientation %d of %dx%d: %d at most, shifted by %.3f, %.3f", o, p.width, p.height, d.most,
					 d.bias[0], d.bias[2]);
			picture_clear(&p);
			picture_clear(&a);
			picture_clear(&b);
			planes_clear(&planes);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(colours_are_those_of_libjpeg),
		T(planes_of_a_picture_are_what_jfif_says),
		T(there_and_back_is_the_same_picture),
		T(each_orientation_turns_every_sample),
		T(colours_turn_with_luma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
