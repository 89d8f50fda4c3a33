/* thumb_scale - what scaling costs, by kind of vectors, beside libvips and memcpy.
 *
 *   thumb_scale [-n ROUNDS] [-j TEXT] [-k KIND]	jobs with TEXT in their name; only one kind of vectors, and no libvips
 *
 * Jobs: the planes of a 12-megapixel 4:2:0 photo decoded at 1/2 (2016 x 1512 and twice 1008 x 756) to 1280 x 960, 480 x 360 and
 * 160 x 120, each from the one before; single steps of it; RGB, RGBA and 16-bit pictures. CPU ms are medians; the rate is bytes
 * of source and result per second, and how much that is of what memcpy moves (read and written).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vips/vips.h>

#include "functions/runner/image.h"
#include "functions/runner/scale/lanes.h"
#include "functions/runner/scale/scale.h"

#define ROUNDS_MAX 1000

static int rounds = 15;
static const char *only, *jobs = "";

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Smooth waves and texture: arithmetic costs the same for any picture, but clamps must not always hit. */
static struct picture scene(int width, int height, int bands, int depth, bool alpha)
{
	struct picture p = { .width = width, .height = height, .bands = bands, .depth = depth, .alpha = alpha };
	size_t at = 0;

	picture_alloc(&p);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int b = 0; b < bands; b++, at++) {
				int v = (int)(128 + 60 * sin(x * 0.05 + b) + 40 * cos(y * 0.07) + (x * 7 + y * 13) % 5);

				if (depth == 8)
					((uint8_t *)p.pixels)[at] = (uint8_t)v;
				else
					((uint16_t *)p.pixels)[at] = (uint16_t)(v * 257);
			}
	return p;
}

struct step {
	const struct picture *in;
	struct picture out;
};

static void scale_by(const struct lanes *lanes, const struct picture *in, struct picture *out)
{
	struct scale_spec spec = {
		.in_width = in->width, .in_height = in->height, .bands = in->bands, .alpha = in->alpha, .in_depth = in->depth,
		.out_depth = in->depth, .out_width = out->width, .out_height = out->height, .rows_stay = true,
		.row = scale_to_picture, .owner = out, .lanes = lanes,
	};
	struct scale *s = scale_begin(&spec);

	for (int y = 0; y < scale_rows_wanted(s); y++)
		scale_row(s, picture_row(in, y));
	scale_end(s);
}

static void by_libvips(const struct picture *in, const struct picture *out)
{
	VipsImage *from = vips_image_new_from_memory(in->pixels, picture_row_bytes(in) * (size_t)in->height, in->width, in->height,
						     in->bands, in->depth == 8 ? VIPS_FORMAT_UCHAR : VIPS_FORMAT_USHORT), *to = NULL;
	void *p = NULL;
	size_t n;

	if (vips_resize(from, &to, (double)out->width / in->width, "vscale", (double)out->height / in->height, NULL) != 0 ||
	    (p = vips_image_write_to_memory(to, &n)) == NULL) {
		fprintf(stderr, "thumb_scale: libvips: %s\n", vips_error_buffer());
		exit(1);
	}
	g_free(p);
	g_object_unref(to);
	g_object_unref(from);
}

static size_t bytes_of(const struct picture *p)
{
	return picture_row_bytes(p) * (size_t)p->height;
}

/* `lanes` NULL: libvips. */
static double time_of(struct step *steps, int n, const struct lanes *lanes)
{
	double ms[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		double start = cpu_ms();

		for (int k = 0; k < n; k++)
			if (lanes)
				scale_by(lanes, steps[k].in, &steps[k].out);
			else
				by_libvips(steps[k].in, &steps[k].out);
		ms[i] = cpu_ms() - start;
	}
	qsort(ms, (size_t)rounds, sizeof ms[0], by_value);
	return ms[rounds / 2];
}

/* Bytes read and written per ms. */
static double memcpy_rate(void)
{
	size_t n = 8 << 20;
	char *from = malloc(n), *to = malloc(n);
	double ms[ROUNDS_MAX];

	if (from == NULL || to == NULL)
		exit(1);
	memset(from, 1, n);
	memset(to, 2, n);
	for (int i = 0; i < rounds; i++) {
		double start = cpu_ms();

		memcpy(to, from, n);
		ms[i] = cpu_ms() - start;
		from[i] = to[n - 1];	/* so that it cannot be left out */
	}
	qsort(ms, (size_t)rounds, sizeof ms[0], by_value);
	free(from);
	free(to);
	return 2 * (double)n / ms[rounds / 2];
}

static void measure(const char *name, struct step *steps, int n, double memory)
{
	const struct lanes *const *l = lanes_all();
	double bytes = 0, vips;

	if (!strstr(name, jobs))
		return;
	vips = only ? NAN : time_of(steps, n, NULL);

	for (int k = 0; k < n; k++)
		bytes += (double)(bytes_of(steps[k].in) + bytes_of(&steps[k].out));
	for (; *l; l++) {
		double ms;

		if (only && strcmp(only, (*l)->name) != 0)
			continue;
		ms = time_of(steps, n, *l);
		printf("%-30s %-7s %8.2f ms %8.0f MB/s %5.1f %% of memcpy", name, (*l)->name, ms, bytes / ms / 1e3,
		       100 * bytes / ms / memory);
		if (only)
			printf("\n");
		else
			printf(" %6.1f x libvips\n", vips / ms);
	}
	if (!only)
		printf("%-30s %-7s %8.2f ms\n", name, "libvips", vips);
}

static struct picture empty(int width, int height, const struct picture *like)
{
	struct picture p = { .width = width, .height = height, .bands = like->bands, .depth = like->depth, .alpha = like->alpha };

	picture_alloc(&p);
	return p;
}

/* The nine steps of three planes. */
static void three_sizes(double memory)
{
	static const int sizes[][2] = { { 1280, 960 }, { 480, 360 }, { 160, 120 } };
	struct picture luma = scene(2016, 1512, 1, 8, false), colour = scene(1008, 756, 1, 8, false);
	struct step steps[9];

	for (int k = 0; k < 3; k++)
		for (int i = 0; i < 3; i++) {
			int by = k > 0 ? 2 : 1;

			steps[3 * k + i].in = i > 0 ? &steps[3 * k + i - 1].out : k > 0 ? &colour : &luma;
			steps[3 * k + i].out = empty(sizes[i][0] / by, sizes[i][1] / by, &luma);
		}
	measure("three sizes, planes", steps, 9, memory);
	measure("luma 2016 to 1280", steps, 1, memory);
	measure("luma 1280 to 480", steps + 1, 1, memory);
	measure("luma 480 to 160", steps + 2, 1, memory);
	measure("colour 1008 to 640", steps + 3, 1, memory);
	for (int i = 0; i < 9; i++)
		picture_clear(&steps[i].out);
	picture_clear(&luma);
	picture_clear(&colour);
}

struct kind {
	const char *name;
	int width, height, bands, depth;
	bool alpha;
	int out_width, out_height;
};

static void one_picture(const struct kind *k, double memory)
{
	struct picture in;
	struct step step = { .in = &in };

	if (!strstr(k->name, jobs))
		return;
	in = scene(k->width, k->height, k->bands, k->depth, k->alpha);
	step.out = empty(k->out_width, k->out_height, &in);
	measure(k->name, &step, 1, memory);
	picture_clear(&in);
	picture_clear(&step.out);
}

int main(int argc, char **argv)
{
	static const struct kind kinds[] = {
		{ "RGB 2016x1512 to 1280x960", 2016, 1512, 3, 8, false, 1280, 960 },
		{ "RGB 4032x3024 to 256x192", 4032, 3024, 3, 8, false, 256, 192 },
		{ "RGBA 2016x1512 to 1280x960", 2016, 1512, 4, 8, true, 1280, 960 },
		{ "RGBA 4032x3024 to 256x192", 4032, 3024, 4, 8, true, 256, 192 },
		{ "RGB, 16 bits, 2016 to 1280", 2016, 1512, 3, 16, false, 1280, 960 },
	};
	double memory;
	int c;

	while ((c = getopt(argc, argv, "n:k:j:")) != -1)
		switch (c) {
		case 'n': rounds = (int)strtol(optarg, NULL, 10); break;
		case 'k': only = optarg; break;
		case 'j': jobs = optarg; break;
		default: return 2;
		}
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	memory = memcpy_rate();
	printf("memcpy of 8 MiB: %.0f MB/s read and written\n", memory / 1e3);
	three_sizes(memory);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		one_picture(&kinds[i], memory);
	return 0;
}
