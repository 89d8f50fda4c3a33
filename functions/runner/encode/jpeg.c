#include "functions/runner/encode/formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/check.h"

/* Tables made for the picture cost a second pass, as long as two or three encodings, and save what the standard ones weigh in the
 * file: 6 % of a photo of 160 pixels for 0.14 ms, 3 % at 256 for 0.28, 1 % at 1280 for 4.5. Up to here they are made. */
#define OPTIMIZE_PIXELS_MAX (160 * 160)

/* What libjpeg writes, straight into the buf. */
struct sink {
	struct jpeg_destination_mgr base;
	struct buf *to;
};
#define SINK_STEP 16384

static void sink_room(struct sink *s)
{
	s->base.next_output_byte = (JOCTET *)buf_reserve(s->to, SINK_STEP);
	s->base.free_in_buffer = SINK_STEP;
}

static void on_sink_begin(j_compress_ptr jpeg)
{
	sink_room((struct sink *)jpeg->dest);
}

static boolean on_sink_full(j_compress_ptr jpeg)
{
	struct sink *s = (struct sink *)jpeg->dest;

	buf_wrote(s->to, SINK_STEP);
	sink_room(s);
	return TRUE;
}

static void on_sink_end(j_compress_ptr jpeg)
{
	struct sink *s = (struct sink *)jpeg->dest;

	buf_wrote(s->to, SINK_STEP - s->base.free_in_buffer);
}

/* Memory is all that libjpeg can lack: sizes and parameters are ours. */
static void on_error(j_common_ptr jpeg)
{
	char text[JMSG_LENGTH_MAX];

	jpeg->err->format_message(jpeg, text);
	check_failed(text, __FILE__, __LINE__, __func__);
}

static void set_sampling(j_compress_ptr jpeg, bool full_chroma)
{
	if (jpeg->num_components == 3)
		jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = full_chroma ? 1 : 2;
}

static void write_markers(j_compress_ptr jpeg, const struct encode_extra *extra)
{
	struct buf exif = { 0 };

	buf_add(&exif, "Exif\0", 6);
	tags_write(extra, &exif);
	if (exif.len > 6)
		jpeg_write_marker(jpeg, JPEG_APP0 + 1, (const JOCTET *)exif.data, (unsigned)exif.len);
	if (extra->profile.n > 0)
		jpeg_write_icc_profile(jpeg, (const JOCTET *)extra->profile.p, (unsigned)extra->profile.n);
	buf_clear(&exif);
}

static void start(j_compress_ptr jpeg, const struct image *i, const struct rendition *r, const struct encode_extra *extra)
{
	bool colour = i->planar ? i->planes.n == 3 : i->picture.bands > 1;

	jpeg->image_width = (JDIMENSION)image_width(i);
	jpeg->image_height = (JDIMENSION)image_height(i);
	jpeg->input_components = colour ? 3 : 1;
	jpeg->in_color_space = !colour ? JCS_GRAYSCALE : i->planar ? JCS_YCbCr : JCS_RGB;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, r->quality, TRUE);
	set_sampling(jpeg, i->planar ? has_full_chroma(&i->planes) : r->chroma == CHROMA_444);
	jpeg->optimize_coding = (int64_t)jpeg->image_width * jpeg->image_height <= OPTIMIZE_PIXELS_MAX;
	if (r->progressive)
		jpeg_simple_progression(jpeg);
	jpeg->raw_data_in = i->planar;
	jpeg_start_compress(jpeg, TRUE);
	write_markers(jpeg, extra);
}

static void flatten(const uint8_t *from, int width, const uint8_t background[4], uint8_t *to)
{
	for (int x = 0; x < width; x++, from += 4)
		for (int b = 0; b < 3; b++)
			*to++ = (uint8_t)((from[b] * from[3] + background[b] * (255 - from[3]) + 127) / 255);
}

static void write_rows(j_compress_ptr jpeg, const struct picture *p, const struct rendition *r)
{
	uint8_t *flat = p->bands == 4 ? malloc((size_t)p->width * 3) : NULL;

	CHECK(p->bands != 4 || flat != NULL);
	for (int y = 0; y < p->height; y++) {
		JSAMPROW row = picture_row(p, y);

		if (flat) {
			flatten(row, p->width, r->background, flat);
			row = flat;
		}
		jpeg_write_scanlines(jpeg, &row, 1);
	}
	free(flat);
}

/* One row of MCUs of a component. libjpeg reads whole blocks: rows whose width is no multiple of eight are copied with their last
 * sample repeated, so that the bytes do not depend on what lies behind it; rows below the last are the last. */
struct strip {
	int rows, padded;		/* rows of a strip; samples of a row as read */
	JSAMPROW row[2 * DCTSIZE];
	uint8_t *copy;			/* owned; NULL: rows are read where they lie */
};

static void strip_begin(struct strip *s, const struct plane *p, const jpeg_component_info *c)
{
	s->rows = c->v_samp_factor * DCTSIZE;
	s->padded = (int)c->width_in_blocks * DCTSIZE;
	if (s->padded != p->width) {
		s->copy = malloc((size_t)s->rows * (size_t)s->padded);
		CHECK(s->copy != NULL);
	}
}

static void strip_fill(struct strip *s, const struct plane *p, int top)
{
	for (int y = 0; y < s->rows; y++) {
		int from = top + y < p->height ? top + y : p->height - 1;
		uint8_t *row = p->pixels + (size_t)from * p->stride;

		s->row[y] = row;
		if (!s->copy)
			continue;
		s->row[y] = s->copy + y * s->padded;
		memcpy(s->row[y], row, (size_t)p->width);
		memset(s->row[y] + p->width, row[p->width - 1], (size_t)(s->padded - p->width));
	}
}

static void write_planes(j_compress_ptr jpeg, const struct planes *p)
{
	struct strip strips[PLANES_MAX] = { { 0 } };
	JSAMPARRAY rows[PLANES_MAX];
	int step = jpeg->max_v_samp_factor * DCTSIZE;

	for (int c = 0; c < p->n; c++) {
		CHECK(p->plane[c].width == (int)jpeg->comp_info[c].downsampled_width);
		strip_begin(&strips[c], &p->plane[c], &jpeg->comp_info[c]);
		rows[c] = strips[c].row;
	}
	for (int y = 0, n = 0; y < (int)jpeg->image_height; y += step, n++) {
		for (int c = 0; c < p->n; c++)
			strip_fill(&strips[c], &p->plane[c], n * strips[c].rows);
		jpeg_write_raw_data(jpeg, rows, (JDIMENSION)step);
	}
	for (int c = 0; c < p->n; c++)
		free(strips[c].copy);
}

bool jpeg_encode(const struct image *i, const struct rendition *r, const struct encode_extra *extra, struct buf *to)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct planes room = { 0 };
	struct image half = { .planar = true };
	struct sink sink = { .base = { .init_destination = on_sink_begin, .empty_output_buffer = on_sink_full,
				       .term_destination = on_sink_end }, .to = to };

	jpeg.err = jpeg_std_error(&errors);
	errors.error_exit = on_error;
	jpeg_create_compress(&jpeg);
	jpeg.dest = &sink.base;
	if (i->planar && r->chroma == CHROMA_420) {
		half.planes = *half_chroma(&i->planes, &room);
		i = &half;
	}
	start(&jpeg, i, r, extra);
	if (i->planar)
		write_planes(&jpeg, &i->planes);
	else
		write_rows(&jpeg, &i->picture, r);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(room.memory);
	return true;
}
