/* thumb_encode - what writing a thumbnail costs: every encoder, from planes and from pixels, at three sizes.
 *
 *   thumb_encode [-n ROUNDS] JPEG...      CPU ms and bytes per picture, mean over the files; the least of all rounds
 *
 * AVIF is measured where the installed libheif writes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>

#include "base/check.h"
#include "functions/runner/encode/encode.h"
#include "functions/runner/general/avif.h"
#include "functions/runner/sharpen.h"

#define FILES_MAX 64

static const int sides[] = { 160, 480, 1280 };
static bool with_avif;

static const struct encoder {
	const char *name;
	struct rendition how;
} encoders[] = {
	{ "jpeg q80",               { .format = RENDITION_JPEG, .quality = 80 } },
	{ "jpeg q80 4:4:4",         { .format = RENDITION_JPEG, .quality = 80, .chroma = CHROMA_444 } },
	{ "jpeg q80 progressive",   { .format = RENDITION_JPEG, .quality = 80, .progressive = true } },
	{ "jpeg 30% of its bytes",  { .format = RENDITION_JPEG, .quality = 80, .bytes_max = 30 } },
	{ "webp q80 effort 0",      { .format = RENDITION_WEBP, .quality = 80, .effort = 0 } },
	{ "webp q80 effort 2",      { .format = RENDITION_WEBP, .quality = 80, .effort = 2 } },
	{ "webp q80 effort 4",      { .format = RENDITION_WEBP, .quality = 80, .effort = 4 } },
	{ "webp lossless effort 0", { .format = RENDITION_WEBP, .lossless = true, .effort = 0 } },
	{ "png effort 1",           { .format = RENDITION_PNG, .effort = 1 } },
	{ "avif q60 effort 0",      { .format = RENDITION_AVIF, .quality = 60, .effort = 0 } },
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "thumb_encode: %s %s\n", what, name);
	exit(1);
}

/* In RGB, reduced by the decoder as far as leaves the largest size. */
static struct picture read_photo(const char *name)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct picture p = { .bands = 3, .depth = 8 };
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		die("cannot read", name);
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_stdio_src(&jpeg, f);
	jpeg_read_header(&jpeg, TRUE);
	jpeg.out_color_space = JCS_RGB;
	jpeg.scale_num = 4;
	jpeg.scale_denom = 8;
	jpeg_start_decompress(&jpeg);
	p.width = (int)jpeg.output_width;
	p.height = (int)jpeg.output_height;
	picture_alloc(&p);
	while (jpeg.output_scanline < jpeg.output_height) {
		JSAMPROW row = picture_row(&p, (int)jpeg.output_scanline);

		jpeg_read_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	fclose(f);
	return p;
}

static struct image at_side(const struct picture *photo, int side)
{
	int longest = photo->width > photo->height ? photo->width : photo->height;
	struct image from = { .picture = *photo }, to;

	image_scale(&from, NULL, photo->width * side / longest, photo->height * side / longest, true, &to);
	return to;
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One round over all pictures. bytes_max of the table is a percentage. */
static double round_of(const struct encoder *e, const struct image *images, int n, size_t *bytes)
{
	struct encode_extra none = { .profile = { 0 } };
	double start = cpu_ms();

	*bytes = 0;
	for (int i = 0; i < n; i++) {
		struct rendition r = e->how;
		struct buf file = { 0 };

		r.bytes_max = 0;
		memset(r.background, 255, sizeof r.background);
		CHECK(encode(&images[i], &r, &none, &file));
		if (e->how.bytes_max > 0) {
			r.bytes_max = (int64_t)file.len * e->how.bytes_max / 100;
			file.len = 0;
			CHECK(encode(&images[i], &r, &none, &file));
		}
		*bytes += file.len;
		buf_clear(&file);
	}
	return cpu_ms() - start;
}

static void measure(const char *form, const struct image *images, int n, int rounds)
{
	for (size_t k = 0; k < sizeof encoders / sizeof *encoders; k++) {
		double least = 0;
		size_t bytes = 0;

		if (encoders[k].how.format == RENDITION_AVIF && !with_avif)
			continue;
		for (int round = 0; round < rounds; round++) {
			double ms = round_of(&encoders[k], images, n, &bytes);

			least = round == 0 || ms < least ? ms : least;
		}
		printf("  %-24s %-7s cpu_ms=%8.3f bytes=%8zu\n", encoders[k].name, form, least / n, bytes / (size_t)n);
	}
}

static void measure_sharpen(const char *form, struct image *images, int n)
{
	double start = cpu_ms();

	for (int i = 0; i < n; i++)
		sharpen(&images[i], 40);
	printf("  %-24s %-7s cpu_ms=%8.3f\n", "sharpen", form, (cpu_ms() - start) / n);
}

static void at_size(const struct picture *photos, int n, int side, int rounds)
{
	struct image pixels[FILES_MAX], planes[FILES_MAX];

	printf("side %d\n", side);
	for (int i = 0; i < n; i++) {
		pixels[i] = at_side(&photos[i], side);
		planes[i] = (struct image){ .planar = true };
		planes_from_picture(&pixels[i].picture, true, &planes[i].planes);
	}
	measure("planes", planes, n, rounds);
	measure("pixels", pixels, n, rounds);
	measure_sharpen("planes", planes, n);
	measure_sharpen("pixels", pixels, n);
	for (int i = 0; i < n; i++) {
		image_clear(&pixels[i]);
		image_clear(&planes[i]);
	}
}

int main(int argc, char **argv)
{
	struct picture photos[FILES_MAX];
	int rounds = 5, c, n;

	while ((c = getopt(argc, argv, "n:")) != -1)
		rounds = c == 'n' ? (int)strtol(optarg, NULL, 10) : 0;
	n = argc - optind;
	if (n < 1 || n > FILES_MAX || rounds < 1)
		die("usage:", "thumb_encode [-n ROUNDS] JPEG...");
	with_avif = avif_prepare();
	for (int i = 0; i < n; i++)
		photos[i] = read_photo(argv[optind + i]);
	for (size_t s = 0; s < sizeof sides / sizeof *sides; s++)
		at_size(photos, n, sides[s], rounds);
	for (int i = 0; i < n; i++)
		picture_clear(&photos[i]);
	return 0;
}
