#include "tests/unit/runner/scenes.h"

#include "functions/runner/scale/scale.h"

static double lanczos(double x)
{
	x = fabs(x);
	if (x < 1e-12)
		return 1;
	return x >= 3 ? 0 : sin(M_PI * x) / (M_PI * x) * sin(M_PI * x / 3) / (M_PI * x / 3);
}

/* The reference: one direction of one line, in doubles, straight from the definition in scale.h, with the same boxes. */
static void reference_line(const double *in, int n, double start, double length, double *out, int out_n, int box)
{
	double step = length / out_n, reach = 3 * (step > 1 ? step : 1), unit = (step > 1 ? step : 1) / box;
	int from = start - reach > 0 ? (int)(start - reach) : 0;
	int boxes = (n - from + box - 1) / box;
	double *v = calloc((size_t)boxes, sizeof v[0]), *at = calloc((size_t)boxes, sizeof at[0]);

	for (int j = 0; j < boxes; j++) {
		int count = 0;

		for (int i = from + j * box; i < from + (j + 1) * box && i < n; i++, count++)
			v[j] += in[i];
		v[j] /= count;
		at[j] = (from + j * box + count / 2.0 - from) / box;
	}
	for (int i = 0; i < out_n; i++) {
		double centre = (start + (i + 0.5) * step - from) / box, sum = 0, weights = 0;

		for (int j = 0; j < boxes; j++) {
			double w = lanczos((at[j] - centre) / unit);

			if (j == boxes - 1 && (n - from) % box != 0)
				w *= (double)((n - from) % box) / box;
			sum += w * v[j];
			weights += w;
		}
		out[i] = sum / weights;
	}
	free(v);
	free(at);
}

static int box_of(double length, int out, int leave)
{
	return length / out >= 2 * leave ? (int)(length / out / leave) : 1;
}

/* The whole result in doubles, one band. */
static double *reference(const struct picture *in, int band, const struct image_part *part, int width, int height, bool boxes)
{
	double *middle = calloc((size_t)width * (size_t)in->height, sizeof *middle);
	double *out = calloc((size_t)width * (size_t)height, sizeof *out);
	double *line = calloc((size_t)(in->width + in->height + height), sizeof *line), *column = line + in->height;

	for (int y = 0; y < in->height; y++) {
		for (int x = 0; x < in->width; x++)
			line[x] = sample(in, x, y, band);
		reference_line(line, in->width, part->left, part->width, middle + (size_t)y * (size_t)width, width,
			       boxes ? box_of(part->width, width, 12) : 1);
	}
	for (int x = 0; x < width; x++) {
		for (int y = 0; y < in->height; y++)
			line[y] = middle[(size_t)y * (size_t)width + (size_t)x];
		reference_line(line, in->height, part->top, part->height, column, height,
			       boxes ? box_of(part->height, height, 3) : 1);
		for (int y = 0; y < height; y++)
			out[(size_t)y * (size_t)width + (size_t)x] = column[y];
	}
	free(middle);
	free(line);
	return out;
}

struct difference {
	double most, mean;
};

static struct difference compare(const struct picture *p, int band, const double *want)
{
	double full = p->depth == 8 ? 255 : 65535;
	struct difference d = { 0, 0 };

	for (int y = 0; y < p->height; y++)
		for (int x = 0; x < p->width; x++) {
			double w = want[(size_t)y * (size_t)p->width + (size_t)x];
			double off = fabs(sample(p, x, y, band) - (w < 0 ? 0 : w > full ? full : w));

			d.most = off > d.most ? off : d.most;
			d.mean += off;
		}
	d.mean /= (double)p->width * p->height;
	return d;
}

/* Rounding to whole levels alone makes 0.5 at most and, where there are enough different values, 0.25 in the mean. */
static void assert_exact(const struct picture *in, const struct image_part *part, int width, int height, const char *what)
{
	struct picture out;

	scale_picture(in, part, width, height, &out);
	for (int b = 0; b < in->bands; b++) {
		double *want = reference(in, b, part, width, height, true), values = fmin(part->width * part->height, width * height);
		struct difference d = compare(&out, b, want);

		if (d.most > 1 || d.mean > 0.255 + 0.6 / sqrt(values))
			fail_msg("%s %dx%dx%d to %dx%d: %.3f at most, %.4f in the mean", what, in->width, in->height, in->bands, width,
				 height, d.most, d.mean);
		free(want);
	}
	picture_clear(&out);
}

static void it_is_within_one_level_of_exact_arithmetic(void **state)
{
	static const int cases[][5] = {
		{ 160, 120, 1, 101, 76 }, { 160, 120, 3, 101, 76 }, { 161, 119, 2, 53, 40 }, { 97, 140, 4, 61, 88 },
		{ 300, 200, 1, 60, 41 }, { 333, 257, 3, 40, 30 }, { 400, 41, 1, 23, 40 }, { 128, 128, 1, 127, 127 },
		{ 64, 48, 3, 32, 24 }, { 500, 30, 1, 1, 1 }, { 30, 500, 3, 20, 6 }, { 2000, 40, 1, 50, 9 }, { 40, 1300, 1, 7, 2 }, { 37, 29, 3, 80, 61 }, { 20, 20, 1, 20, 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int *c = cases[i];
		struct image_part all = { 0, 0, c[0], c[1] };
		struct picture p = scene(c[0], c[1], c[2]), q = noise(c[0], c[1], c[2], false), r = noise(c[0], c[1], c[2], true);

		assert_exact(&p, &all, c[3], c[4], "scene");
		assert_exact(&q, &all, c[3], c[4], "noise");
		assert_exact(&r, &all, c[3], c[4], "black and white");
		picture_clear(&p);
		picture_clear(&q);
		picture_clear(&r);
	}
}

static void sixteen_bits_are_within_one_level_of_theirs(void **state)
{
	static const int cases[][5] = { { 160, 120, 1, 101, 76 }, { 161, 119, 3, 53, 40 }, { 300, 200, 3, 10, 9 }, { 37, 29, 3, 80, 61 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const int *c = cases[i];
		struct image_part all = { 0, 0, c[0], c[1] };
		struct picture p = deep_noise(c[0], c[1], c[2]);

		assert_exact(&p, &all, c[3], c[4], "16 bits");
		picture_clear(&p);
	}
}

static void a_part_may_begin_and_end_inside_of_samples(void **state)
{
	static const struct image_part parts[] = {
		{ 0, 0, 149.5, 99.5 }, { 10.25, 20.75, 80.5, 60.125 }, { 149, 99, 1, 1 }, { 0.5, 0.5, 0.25, 0.25 }, { 60, 10, 90, 90 },
	};
	struct picture p = noise(150, 100, 1, false), rgb = scene(150, 100, 3);

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		assert_exact(&p, &parts[i], 50, 37, "part");
		assert_exact(&rgb, &parts[i], 9, 7, "small part");
		assert_exact(&rgb, &parts[i], 160, 120, "enlarged part");
	}
	picture_clear(&p);
	picture_clear(&rgb);
}

/* Mean structural similarity of squares of 8 x 8, one band. */
static double ssim(const struct picture *p, int band, const double *want)
{
	double sum = 0;
	long n = 0;

	for (int y = 0; y + 8 <= p->height; y += 2)
		for (int x = 0; x + 8 <= p->width; x += 2, n++) {
			double a = 0, b = 0, aa = 0, bb = 0, ab = 0;

			for (int i = 0; i < 64; i++) {
				double v = sample(p, x + i % 8, y + i / 8, band);
				double w = want[(size_t)(y + i / 8) * (size_t)p->width + (size_t)(x + i % 8)];

				a += v / 64;
				b += w / 64;
				aa += v * v / 64;
				bb += w * w / 64;
				ab += v * w / 64;
			}
			sum += (2 * a * b + 6.5025) * (2 * (ab - a * b) + 58.5225) /
			       ((a * a + b * b + 6.5025) * (aa - a * a + bb - b * b + 58.5225));
		}
	return sum / (double)n;
}

static void boxes_cost_nothing_one_could_see(void **state)
{
	static const int factors[] = { 6, 7, 11, 16, 25 };

	(void)state;
	for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
		struct picture p = scene(48 * factors[i] + 5, 32 * factors[i] + 3, 1), out;
		struct image_part all = { 0, 0, p.width, p.height };
		double *want = reference(&p, 0, &all, 48, 32, false), got;

		scale_picture(&p, NULL, 48, 32, &out);
		got = ssim(&out, 0, want);
		if (got < 0.9995)
			fail_msg("to one in %d: SSIM %.5f", factors[i], got);
		picture_clear(&p);
		picture_clear(&out);
		free(want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_is_within_one_level_of_exact_arithmetic),
		T(sixteen_bits_are_within_one_level_of_theirs),
		T(a_part_may_begin_and_end_inside_of_samples),
		T(boxes_cost_nothing_one_could_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
