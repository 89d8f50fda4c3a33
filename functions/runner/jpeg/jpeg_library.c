#include "functions/runner/jpeg/jpeg_library.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/check.h"
#include "functions/runner/intake.h"

#define SHRINK_MAX 8

struct library {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_source_mgr source;
	jmp_buf escape;
	const struct reading *r;
	struct str file;		/* the photo, or what comes before a fault */
	struct intake intake;
	JSAMPLE *memory;		/* owned: rows on their way */
	JSAMPROW *rows;			/* owned: pointers into it */
	int faulty_rows, last_fault;	/* rows of MCUs with an impossible code, and the last of them */
	double end;			/* part of the picture that was reached when the data ended; 1 else */
	bool ended, begun, done;
	enum reason why;
	char text[JMSG_LENGTH_MAX];	/* libjpeg's complaint */
};

static struct library *library_of(void *jpeg)
{
	return container_of(jpeg, struct library, jpeg);
}

static void on_error(j_common_ptr jpeg)
{
	struct library *l = library_of(jpeg);

	jpeg->err->format_message(jpeg, l->text);
	longjmp(l->escape, 1);
}

/* Of a file with several scans the first one gives all of the picture roughly: from then on nothing is missing. */
static bool is_refining(const struct library *l)
{
	return l->jpeg.input_scan_number > 1;
}

static void reached_the_end(struct library *l)
{
	if (l->end == 1 && l->jpeg.total_iMCU_rows > 0 && !is_refining(l))
		l->end = (double)l->jpeg.input_iMCU_row / l->jpeg.total_iMCU_rows;
}

/* Bytes before a restart marker that no code has used were meant to be something else. */
static bool is_fault(const struct library *l, int code)
{
	return code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC ||
	       (code == JWRN_EXTRANEOUS_DATA && l->jpeg.restart_interval > 0 && l->begun &&
		l->jpeg.input_iMCU_row < l->jpeg.total_iMCU_rows);
}

/* Without restart markers there is no way back into the data once it has ended; else one interval is lost. */
static void on_message(j_common_ptr jpeg, int level)
{
	struct library *l = library_of(jpeg);
	int code = jpeg->err->msg_code, row = (int)l->jpeg.input_iMCU_row;

	if (level >= 0 || !is_fault(l, code))
		return;
	if (l->ended || (code == JWRN_HIT_MARKER && l->jpeg.restart_interval == 0))
		reached_the_end(l);
	else if (l->last_fault != row && !is_refining(l))
		l->faulty_rows++;
	l->last_fault = row;
}

static void on_source(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

/* The file has ended. libjpeg is told that the picture has, and makes do. */
static boolean on_no_more(j_decompress_ptr jpeg)
{
	static const JOCTET end[] = { 0xff, JPEG_EOI };

	library_of(jpeg)->ended = true;
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

static void prepare(struct library *l)
{
	l->jpeg.err = jpeg_std_error(&l->errors);
	l->errors.error_exit = on_error;
	l->errors.emit_message = on_message;
	l->last_fault = -1;
	l->end = 1;
	jpeg_create_decompress(&l->jpeg);
	l->source = (struct jpeg_source_mgr){
		.next_input_byte = (const JOCTET *)l->file.p, .bytes_in_buffer = l->file.n, .init_source = on_source,
		.fill_input_buffer = on_no_more, .skip_input_data = on_skip,
		.resync_to_restart = jpeg_resync_to_restart, .term_source = on_source,
	};
	l->jpeg.src = &l->source;
}

static int shrink_for(const struct library *l)
{
	const struct need *n = &l->r->need;

	for (int shrink = SHRINK_MAX; shrink > 1; shrink /= 2)
		if ((int64_t)l->jpeg.image_width * MARGIN_DEN >= (int64_t)n->width * MARGIN_NUM * shrink &&
		    (int64_t)l->jpeg.image_height * MARGIN_DEN >= (int64_t)n->height * MARGIN_NUM * shrink)
			return shrink;
	return 1;
}

/* What libjpeg is asked to make of what the file has. False: it has something else. */
static bool choose_colors(struct library *l)
{
	struct jpeg_decompress_struct *j = &l->jpeg;

	switch ((int)j->jpeg_color_space) {
	case JCS_YCbCr:
	case JCS_GRAYSCALE:
		j->raw_data_out = TRUE;
		j->out_color_space = j->jpeg_color_space;
		return true;
	case JCS_RGB:
		j->out_color_space = JCS_RGB;
		return true;
	case JCS_CMYK:
	case JCS_YCCK:
		j->out_color_space = JCS_CMYK;
		return true;
	default:
		return false;
	}
}

/* Width that libjpeg may write: whole MCUs. */
static size_t row_bytes(const struct jpeg_decompress_struct *j, const jpeg_component_info *c)
{
	size_t block = (size_t)c->h_samp_factor * (size_t)c->DCT_scaled_size;

	return ((size_t)c->width_in_blocks * (size_t)c->DCT_scaled_size / block + 1) * block + SCALE_OVERREAD +
	       (size_t)j->min_DCT_scaled_size;
}

static struct intake_shape shape_of(const struct jpeg_decompress_struct *j, const jpeg_component_info *c)
{
	double x = (double)c->h_samp_factor * c->DCT_scaled_size / (j->max_h_samp_factor * DCTSIZE);
	double y = (double)c->v_samp_factor * c->DCT_scaled_size / (j->max_v_samp_factor * DCTSIZE);

	return (struct intake_shape){ (int)c->downsampled_width, (int)c->downsampled_height,
				      j->image_width * x, j->image_height * y };
}

static void make_rows(struct library *l, int count, size_t bytes)
{
	l->rows = calloc((size_t)count, sizeof l->rows[0]);
	l->memory = calloc(1, bytes);
	CHECK(l->rows != NULL && l->memory != NULL);
}

/* A row of MCUs at a time: each component has its own number of rows in it. */
static void read_planes(struct library *l, struct master *m)
{
	struct jpeg_decompress_struct *j = &l->jpeg;
	struct intake_shape shape[PLANES_MAX];
	JSAMPARRAY rows[PLANES_MAX];
	JDIMENSION lines = (JDIMENSION)(j->max_v_samp_factor * j->min_DCT_scaled_size);
	size_t bytes = 0;
	int count = 0, n[PLANES_MAX];
	JSAMPLE *at;

	for (int k = 0; k < j->num_components; k++) {
		shape[k] = shape_of(j, &j->comp_info[k]);
		n[k] = j->comp_info[k].v_samp_factor * j->comp_info[k].DCT_scaled_size;
		count += n[k];
		bytes += (size_t)n[k] * row_bytes(j, &j->comp_info[k]);
	}
	make_rows(l, count, bytes);
	at = l->memory;
	count = 0;
	for (int k = 0; k < j->num_components; k++) {
		rows[k] = l->rows + count;
		for (int y = 0; y < n[k]; y++, at += row_bytes(j, &j->comp_info[k]))
			l->rows[count++] = at;
	}
	intake_planes(&l->intake, l->r, m, j->num_components, shape);
	while (j->output_scanline < j->output_height && jpeg_read_raw_data(j, rows, lines) > 0)
		for (int k = 0; k < j->num_components; k++)
			for (int y = 0; y < n[k] && intake_given(&l->intake, k) < shape[k].height; y++)
				intake_row(&l->intake, k, rows[k][y]);
}

static void read_interleaved(struct library *l, struct master *m)
{
	struct jpeg_decompress_struct *j = &l->jpeg;
	struct picture rows = { .width = (int)j->output_width, .height = (int)j->output_height,
				.bands = j->out_color_components, .depth = 8 };
	double scale = (double)j->scale_num / j->scale_denom;
	struct image_part part = { .width = j->image_width * scale, .height = j->image_height * scale };

	make_rows(l, 1, picture_row_bytes(&rows) + SCALE_OVERREAD);
	l->rows[0] = l->memory;
	intake_picture(&l->intake, l->r, m, &rows, &part);
	while (j->output_scanline < j->output_height && jpeg_read_scanlines(j, l->rows, 1) == 1)
		intake_row(&l->intake, 0, l->memory);
	m->colors = rows.bands == 4 ? MASTER_CMYK : MASTER_AS_TOLD;
}

/* Leaves by longjmp when libjpeg gives up. */
static enum reason decode(struct library *l, struct master *m, char message[SAY_MAX])
{
	struct jpeg_decompress_struct *j = &l->jpeg;

	jpeg_read_header(j, TRUE);
	if (j->image_width != l->r->h->width || j->image_height != l->r->h->height)
		return say(message, REASON_DAMAGED, "the file has two sizes");
	if (!choose_colors(l))
		return say(message, REASON_UNSUPPORTED, "JPEG with %d components is not decoded here", j->num_components);
	j->scale_num = 1;
	j->scale_denom = (unsigned int)shrink_for(l);
	l->begun = true;
	jpeg_start_decompress(j);
	if (j->raw_data_out)
		read_planes(l, m);
	else
		read_interleaved(l, m);
	m->width = (int)j->image_width;
	m->height = (int)j->image_height;
	return REASON_NONE;
}

static double part_read(const struct library *l)
{
	double faulty = l->jpeg.total_iMCU_rows > 0 ? (double)l->faulty_rows / l->jpeg.total_iMCU_rows : 0;

	return l->end > faulty ? l->end - faulty : 0;
}

/* l->done stays false when libjpeg gave up, and says so in l->text. */
static void attempt(struct library *l, struct master *m, char message[SAY_MAX])
{
	bool whole = !l->r->h->cut && l->file.n == l->r->photo.n;

	prepare(l);
	if (setjmp(l->escape) == 0) {
		l->why = decode(l, m, message);
		l->done = true;
	}
	if (l->done && l->why == REASON_NONE)
		l->why = intake_end(&l->intake, part_read(l), !whole || l->last_fault >= 0 || l->end < 1, message);
	intake_abort(&l->intake);
	jpeg_destroy_decompress(&l->jpeg);
	free(l->memory);
	free(l->rows);
}

/* The marker segment that libjpeg could not take begins with the last 0xff that it has read. */
static bool cut_before_fault(struct library *l)
{
	size_t n = l->file.n - l->source.bytes_in_buffer;
	const char *at = l->begun && !l->ended ? memrchr(l->file.p, 0xff, n) : NULL;
	struct str before = str_n(l->file.p, at ? (size_t)(at - l->file.p) : 0);

	if (at == NULL)
		return false;
	l->file = before;
	return true;
}

enum reason jpeg_library_read(const struct reading *r, struct master *m, char message[SAY_MAX])
{
	struct library *l = calloc(1, sizeof *l);
	enum reason why;

	CHECK(l != NULL);
	*l = (struct library){ .r = r, .file = r->photo };
	attempt(l, m, message);
	if (!l->done && cut_before_fault(l)) {
		image_clear(&m->image);
		*l = (struct library){ .r = r, .file = l->file };
		attempt(l, m, message);
	}
	why = l->why;
	if (!l->done)
		why = say(message, r->h->cut ? REASON_TRUNCATED : REASON_DAMAGED, "the file cannot be decoded: %s", l->text);
	free(l);
	return why;
}
