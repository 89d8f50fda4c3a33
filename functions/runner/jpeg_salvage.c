#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "functions/runner/direct.h"
#include "functions/runner/scale/scale.h"

/* Progressive JPEG: the first scan gives a rough picture of everything, the later ones refine it, so that
 * a file cut in a later scan still shows all of it. */
struct salvage {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_source_mgr source;
	jmp_buf escape;
	struct scale *scale;
	struct picture picture;
	JSAMPLE *row;
	int rows;
	double shown;		/* part of the picture that has data, when the file ended */
	bool ended, good;
};

static void on_error(j_common_ptr jpeg)
{
	longjmp(((struct salvage *)(void *)jpeg)->escape, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
	(void)jpeg;
	(void)level;
}

static void on_source(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

/* The file has ended. libjpeg is told that the picture has, and makes do. */
static boolean on_no_more(j_decompress_ptr jpeg)
{
	static const JOCTET end[] = { 0xff, JPEG_EOI };
	struct salvage *s = (struct salvage *)(void *)jpeg;

	if (!s->ended && jpeg->total_iMCU_rows > 0)
		s->shown = jpeg->input_scan_number > 1 ? 1.0 : (double)jpeg->input_iMCU_row / jpeg->total_iMCU_rows;
	s->ended = true;
	jpeg->src->next_input_byte = end;
	jpeg->src->bytes_in_buffer = sizeof end;
	return TRUE;
}

static void on_skip(j_decompress_ptr jpeg, long n)
{
	struct jpeg_source_mgr *s = jpeg->src;

	if (n <= 0)
		return;
	if ((size_t)n > s->bytes_in_buffer) {
		on_no_more(jpeg);
		return;
	}
	s->next_input_byte += n;
	s->bytes_in_buffer -= (size_t)n;
}

static void begin(struct salvage *s, struct str photo)
{
	s->jpeg.err = jpeg_std_error(&s->errors);
	s->errors.error_exit = on_error;
	s->errors.emit_message = on_message;
	jpeg_create_decompress(&s->jpeg);
	s->source = (struct jpeg_source_mgr){
		.next_input_byte = (const JOCTET *)photo.p, .bytes_in_buffer = photo.n, .init_source = on_source,
		.fill_input_buffer = on_no_more, .skip_input_data = on_skip,
		.resync_to_restart = jpeg_resync_to_restart, .term_source = on_source,
	};
	s->jpeg.src = &s->source;
}

static void decode(struct salvage *s, int width, int height)
{
	struct jpeg_decompress_struct *j = &s->jpeg;
	struct scale_spec spec;
	JSAMPROW row;

	jpeg_start_decompress(j);
	spec = (struct scale_spec){
		.in_width = (int)j->output_width, .in_height = (int)j->output_height, .bands = j->output_components,
		.in_depth = 8, .out_depth = 8, .out_width = width, .out_height = height,
		.row = scale_to_picture, .owner = &s->picture,
	};
	if (spec.in_width < width || spec.in_height < height || (spec.bands != 1 && spec.bands != 3))
		on_error((j_common_ptr)j);
	s->picture = (struct picture){ .width = width, .height = height, .bands = spec.bands, .depth = 8 };
	picture_alloc(&s->picture);
	s->scale = scale_begin(&spec);
	row = s->row = malloc((size_t)spec.in_width * (size_t)spec.bands);
	while (row != NULL && j->output_scanline < j->output_height && jpeg_read_scanlines(j, &row, 1) == 1) {
		scale_row(s->scale, row);
		s->rows++;
	}
}

bool jpeg_salvage(struct str photo, int shrink, int width, int height, struct picture *out)
{
	struct salvage *s = calloc(1, sizeof *s);
	bool good;

	if (s == NULL)
		return false;
	s->shown = 1;
	begin(s, photo);
	if (setjmp(s->escape) == 0) {
		jpeg_read_header(&s->jpeg, TRUE);
		s->jpeg.scale_num = 1;
		s->jpeg.scale_denom = (unsigned int)shrink;
		decode(s, width, height);
		s->good = s->shown * SALVAGE_PARTS >= 1 && s->rows == (int)s->jpeg.output_height;
	}
	good = s->good;
	scale_end(s->scale);
	if (good)
		*out = s->picture;
	else
		picture_clear(&s->picture);
	jpeg_destroy_decompress(&s->jpeg);
	free(s->row);
	free(s);
	return good;
}
