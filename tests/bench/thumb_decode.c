/* thumb_decode - what undoing a JPEG costs: ours beside libjpeg-turbo, at 1/8, 1/4, 1/2 and 1/1, and beside the bare limit of any decoder
 * that reads every coefficient (jpeg_read_coefficients).
 *
 *   thumb_decode [-n ROUNDS] FILE...    median CPU ms per file and their mean; "-" where ours leaves a file to the library
 *
 * libjpeg-turbo's is its raw planes (no upsampling, no colours), as a thumbnail would use them. Both sides throw the samples away.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>

#include "functions/runner/jpeg/jpeg.h"

#define ROUNDS_MAX 1000
#define ROWS_MAX (4 * DCTSIZE)

struct library {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf escape;
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "thumb_decode: %s %s\n", what, name);
	exit(1);
}

static struct str slurp(const char *name)
{
	FILE *f = fopen(name, "rb");
	char *p;
	long n;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		die("cannot read", name);
	rewind(f);
	p = malloc((size_t)n + 1);
	if (p == NULL || fread(p, 1, (size_t)n, f) != (size_t)n)
		die("cannot read", name);
	fclose(f);
	return str_n(p, (size_t)n);
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_error(j_common_ptr jpeg)
{
	longjmp(((struct library *)(void *)jpeg)->escape, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
	(void)jpeg;
	(void)level;
}

static void read_planes(struct jpeg_decompress_struct *j, int shrink)
{
	JSAMPROW at[MAX_COMPONENTS][ROWS_MAX];
	JSAMPARRAY data[MAX_COMPONENTS];
	JDIMENSION lines;

	j->raw_data_out = TRUE;
	j->do_fancy_upsampling = FALSE;
	j->scale_denom = (unsigned int)shrink;
	jpeg_start_decompress(j);
	for (int i = 0; i < j->num_components; i++) {
		size_t width = (size_t)j->comp_info[i].width_in_blocks * DCTSIZE;
		JSAMPLE *p = (JSAMPLE *)j->mem->alloc_large((j_common_ptr)j, JPOOL_IMAGE, width * ROWS_MAX);

		for (size_t y = 0; y < ROWS_MAX; y++)
			at[i][y] = p + y * width;
		data[i] = at[i];
	}
	lines = (JDIMENSION)(j->max_v_samp_factor * j->min_DCT_scaled_size);
	while (j->output_scanline < j->output_height)
		jpeg_read_raw_data(j, data, lines);
}

/* shrink 0: the coefficients. Negative: it fails. */
static double library(struct str file, int shrink)
{
	struct library l;
	double start = cpu_ms();
	volatile bool good = false;

	l.jpeg.err = jpeg_std_error(&l.errors);
	l.errors.error_exit = on_error;
	l.errors.emit_message = on_message;
	jpeg_create_decompress(&l.jpeg);
	if (setjmp(l.escape) == 0) {
		jpeg_mem_src(&l.jpeg, (const unsigned char *)file.p, file.n);
		jpeg_read_header(&l.jpeg, TRUE);
		if (shrink)
			read_planes(&l.jpeg, shrink);
		else
			jpeg_read_coefficients(&l.jpeg);
		good = true;
	}
	jpeg_destroy_decompress(&l.jpeg);
	return good ? cpu_ms() - start : -1;
}

static void on_rows(void *owner, int component, int first, int n, const uint8_t *samples, size_t stride)
{
	(void)component, (void)first, (void)stride;
	*(long *)owner += n + samples[0];
}

static double ours(struct str file, int shrink)
{
	const int shrinks[JPEG_COMPONENTS_MAX] = { shrink, shrink, shrink };
	long seen = 0;
	struct jpeg_sink to = { on_rows, &seen };
	struct jpeg_result r;
	struct jpeg j;
	double start = cpu_ms();
	enum jpeg_end end = jpeg_open(&j, file);

	if (end == JPEG_COMPLETE)
		end = jpeg_decode(&j, shrinks, &to, &r);
	jpeg_close(&j);
	return end == JPEG_COMPLETE ? cpu_ms() - start : -1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* shrink 0: the coefficients. */
static const struct column {
	bool ours;
	int shrink;
} columns[] = {
	{ true, 8 }, { true, 4 }, { true, 2 }, { false, 8 }, { false, 4 }, { false, 2 }, { false, 0 }, { true, 1 }, { false, 1 },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static double one(struct str file, const struct column *c)
{
	return c->ours ? ours(file, c->shrink) : library(file, c->shrink);
}

static void measure(struct str file, int rounds, double medians[COLUMNS])
{
	static double times[COLUMNS][ROUNDS_MAX];

	for (int round = 0; round < rounds; round++)
		for (int c = 0; c < COLUMNS; c++)
			times[c][round] = one(file, &columns[c]);
	for (int c = 0; c < COLUMNS; c++) {
		qsort(times[c], (size_t)rounds, sizeof times[c][0], by_value);
		medians[c] = times[c][rounds / 2];
	}
}

static void line(const double v[COLUMNS], const char *name)
{
	for (int c = 0; c < COLUMNS; c++)
		if (v[c] < 0)
			printf("%8s", "-");
		else
			printf("%8.2f", v[c]);
	printf("  %s\n", name);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	double sums[COLUMNS] = { 0 };
	struct rusage used;
	int rounds = 5, c, n = 0;

	while ((c = getopt(argc, argv, "n:")) != -1)
		rounds = c == 'n' ? (int)strtol(optarg, NULL, 10) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX || optind == argc)
		die("usage:", "thumb_decode [-n ROUNDS] FILE...");
	printf("%24s%24s%8s%8s%8s\n%8s%8s%8s%8s%8s%8s%8s%8s%8s\n", "ours", "libjpeg", "coeffi-", "ours", "libjpeg",
	       "1/8", "1/4", "1/2", "1/8", "1/4", "1/2", "cients", "1/1", "1/1");
	for (int i = optind; i < argc; i++) {
		struct str file = slurp(argv[i]);
		const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		double medians[COLUMNS];

		measure(file, rounds, medians);
		line(medians, name);
		n += medians[0] >= 0;
		for (int k = 0; k < COLUMNS && medians[0] >= 0; k++)
			sums[k] += medians[k];
		free((void *)file.p);
	}
	for (int k = 0; k < COLUMNS; k++)
		sums[k] = n ? sums[k] / n : -1;
	line(sums, "mean of what both decode, cpu ms");
	if (n)
		printf("libjpeg/ours: 1/8 %.2f, 1/4 %.2f, 1/2 %.2f, 1/1 %.2f\n", sums[3] / sums[0], sums[4] / sums[1], sums[5] / sums[2],
		       sums[8] / sums[7]);
	getrusage(RUSAGE_SELF, &used);
	printf("files=%d rounds=%d peak_rss_mb=%ld\n", argc - optind, rounds, used.ru_maxrss / 1024);
	return 0;
}
