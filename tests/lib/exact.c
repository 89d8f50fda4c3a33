#include "tests/lib/exact.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"

#define LOBES 3
#define WINDOW 5		/* samples on either side of the middle one */
#define DEVIATION 1.5

static double *room(size_t n)
{
	double *p = calloc(n ? n : 1, sizeof *p);

	CHECK(p != NULL);
	return p;
}

static void shape(struct exact *e, int width, int height, int bands)
{
	*e = (struct exact){ width, height, bands, room((size_t)width * (size_t)height * (size_t)bands) };
}

void exact_clear(struct exact *e)
{
	free(e->samples);
	*e = (struct exact){ 0 };
}

void exact_picture(const struct picture *in, struct exact *out)
{
	const uint8_t *from = in->pixels;
	size_t n = (size_t)in->width * (size_t)in->height * (size_t)in->bands;

	CHECK(in->depth == 8);
	shape(out, in->width, in->height, in->bands);
	for (size_t i = 0; i < n; i++)
		out->samples[i] = from[i];
}

static double lanczos(double x)
{
	x = fabs(x) * M_PI;
	if (x < 1e-9)
		return 1;
	return x >= LOBES * M_PI ? 0 : sin(x) / x * sin(x / LOBES) / (x / LOBES);
}

/* The weights for one sample of the result: how many, from `*first` on; summed up to one. */
static int weights(double *w, int *first, int at, double step, int n)
{
	double unit = step > 1 ? step : 1, centre = (at + 0.5) * step, sum = 0;
	int last = (int)ceil(centre + LOBES * unit);

	*first = (int)floor(centre - LOBES * unit);
	*first = *first < 0 ? 0 : *first;
	last = last > n ? n : last;
	for (int i = *first; i < last; i++)
		sum += w[i - *first] = lanczos((i + 0.5 - centre) / unit);
	for (int i = *first; i < last; i++)
		w[i - *first] /= sum;
	return last - *first;
}

/* Rows of `in` become as wide as those of `middle`. */
static void across(const struct picture *in, double step, struct exact *middle)
{
	double *w = room((size_t)in->width + 2);
	const uint8_t *pixels = in->pixels;
	int bands = in->bands, first;

	for (int x = 0; x < middle->width; x++) {
		int n = weights(w, &first, x, step, in->width);

		for (int y = 0; y < in->height; y++) {
			const uint8_t *from = pixels + ((size_t)y * (size_t)in->width + (size_t)first) * (size_t)bands;
			double *to = middle->samples + ((size_t)y * (size_t)middle->width + (size_t)x) * (size_t)bands;

			for (int i = 0; i < n; i++)
				for (int b = 0; b < bands; b++)
					to[b] += w[i] * from[i * bands + b];
		}
	}
	free(w);
}

static void down(const struct exact *middle, double step, struct exact *out)
{
	double *w = room((size_t)middle->height + 2);
	size_t row = (size_t)middle->width * (size_t)middle->bands;
	int first;

	for (int y = 0; y < out->height; y++) {
		int n = weights(w, &first, y, step, middle->height);

		for (int i = 0; i < n; i++) {
			const double *from = middle->samples + (size_t)(first + i) * row, weight = w[i];
			double *to = out->samples + (size_t)y * row;

			for (size_t x = 0; x < row; x++)
				to[x] += weight * from[x];
		}
	}
	free(w);
}

void exact_scale(const struct picture *in, double covered_width, double covered_height, int width, int height, struct exact *out)
{
	struct exact middle;

	CHECK(in->depth == 8 && !in->alpha);
	shape(&middle, width, in->height, in->bands);
	shape(out, width, height, in->bands);
	across(in, covered_width / width, &middle);
	down(&middle, covered_height / height, out);
	exact_clear(&middle);
}

static double clipped(double v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

static double *luma(const struct exact *e)
{
	size_t n = (size_t)e->width * (size_t)e->height;
	double *y = room(n);

	for (size_t i = 0; i < n; i++) {
		const double *v = e->samples + i * (size_t)e->bands;

		y[i] = e->bands < 3 ? clipped(v[0]) : 0.299 * clipped(v[0]) + 0.587 * clipped(v[1]) + 0.114 * clipped(v[2]);
	}
	return y;
}

/* Each sample becomes the weighted mean of those around it along one direction; what is outside does not count. */
static void blur_line(double *v, int n, size_t step, double *line)
{
	double weight[WINDOW + 1];

	for (int k = 0; k <= WINDOW; k++)
		weight[k] = exp(-k * k / (2 * DEVIATION * DEVIATION));
	for (int i = 0; i < n; i++)
		line[i] = v[(size_t)i * step];
	for (int i = 0; i < n; i++) {
		double sum = line[i], all = 1;

		for (int k = 1; k <= WINDOW; k++) {
			double before = i >= k ? weight[k] : 0, after = i + k < n ? weight[k] : 0;

			sum += before * line[i >= k ? i - k : i] + after * line[i + k < n ? i + k : i];
			all += before + after;
		}
		v[(size_t)i * step] = sum / all;
	}
}

static void blur(double *v, int width, int height)
{
	double *line = room((size_t)(width > height ? width : height));

	for (int y = 0; y < height; y++)
		blur_line(v + (size_t)y * (size_t)width, width, 1, line);
	for (int x = 0; x < width; x++)
		blur_line(v + x, height, (size_t)width, line);
	free(line);
}

/* The blurred product of two. */
static double *blurred(const double *a, const double *b, int width, int height)
{
	size_t n = (size_t)width * (size_t)height;
	double *to = room(n);

	for (size_t i = 0; i < n; i++)
		to[i] = a[i] * (b ? b[i] : 1);
	blur(to, width, height);
	return to;
}

double exact_ssim(const struct exact *a, const struct exact *b)
{
	const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
	double *x = luma(a), *y = luma(b), sum = 0;
	int w = a->width, h = a->height;
	double *mx = blurred(x, NULL, w, h), *my = blurred(y, NULL, w, h);
	double *xx = blurred(x, x, w, h), *yy = blurred(y, y, w, h), *xy = blurred(x, y, w, h);
	size_t n = (size_t)w * (size_t)h;

	CHECK(b->width == w && b->height == h);
	for (size_t i = 0; i < n; i++) {
		double vx = xx[i] - mx[i] * mx[i], vy = yy[i] - my[i] * my[i], both = xy[i] - mx[i] * my[i];

		sum += (2 * mx[i] * my[i] + c1) * (2 * both + c2) / ((mx[i] * mx[i] + my[i] * my[i] + c1) * (vx + vy + c2));
	}
	free(x), free(y), free(mx), free(my), free(xx), free(yy), free(xy);
	return sum / (double)n;
}

static double light(double v)
{
	v = clipped(v) / 255;
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double lab_curve(double t)
{
	return t > 216 / 24389.0 ? cbrt(t) : (24389 / 27.0 * t + 16) / 116;
}

/* Of sRGB, by the white point of D65. */
static void lab(const double *v, int bands, double to[3])
{
	double r = light(v[0]), g = light(v[bands < 3 ? 0 : 1]), b = light(v[bands < 3 ? 0 : 2]);
	double x = lab_curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
	double y = lab_curve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
	double z = lab_curve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);

	to[0] = 116 * y - 16;
	to[1] = 500 * (x - y);
	to[2] = 200 * (y - z);
}

double exact_delta_e(const struct exact *a, const struct exact *b)
{
	size_t n = (size_t)a->width * (size_t)a->height;
	double sum = 0, p[3], q[3];

	CHECK(b->width == a->width && b->height == a->height);
	for (size_t i = 0; i < n; i++) {
		lab(a->samples + i * (size_t)a->bands, a->bands, p);
		lab(b->samples + i * (size_t)b->bands, b->bands, q);
		sum += sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
	}
	return sum / (double)n;
}
