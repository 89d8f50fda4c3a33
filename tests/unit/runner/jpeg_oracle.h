/* jpeg_oracle.h - JPEG files to try the decoder with, and what libjpeg makes of them: for the tests of one program each.
 *
 * libjpeg tells the coefficients. The samples that must come of the wanted ones are inverse.h's, which has a test of its own; at full
 * size libjpeg tells the samples as well.
 */
#ifndef TESTS_UNIT_RUNNER_JPEG_ORACLE_H
#define TESTS_UNIT_RUNNER_JPEG_ORACLE_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/check.h"
#include "functions/runner/jpeg/inverse.h"
#include "functions/runner/jpeg/jpeg.h"

#define ORACLE_UNUSED __attribute__((unused))

/* Planes of samples, as a decoder gives them. */
struct oracle_planes {
	int n;
	struct jpeg_shape shape[JPEG_COMPONENTS_MAX];
	uint8_t *samples[JPEG_COMPONENTS_MAX];	/* owned: width x height */
	int rows[JPEG_COMPONENTS_MAX];		/* given so far */
};

static ORACLE_UNUSED void oracle_lose(struct oracle_planes *p)
{
	for (int i = 0; i < p->n; i++)
		free(p->samples[i]);
	*p = (struct oracle_planes){ 0 };
}

static void oracle_room(struct oracle_planes *p, int i)
{
	CHECK(p->shape[i].width > 0 && p->shape[i].height > 0);
	p->samples[i] = malloc((size_t)p->shape[i].width * (size_t)p->shape[i].height);
	CHECK(p->samples[i]);
}

static void oracle_rows(void *owner, int component, int first, int n, const uint8_t *samples, size_t stride)
{
	struct oracle_planes *p = owner;
	size_t width = (size_t)p->shape[component].width;

	CHECK(first == p->rows[component] && n > 0 && first + n <= p->shape[component].height);
	p->rows[component] += n;
	for (int y = 0; y < n; y++)
		memcpy(p->samples[component] + (size_t)(first + y) * width, samples + (size_t)y * stride, width);
}

/* Ours. */
static ORACLE_UNUSED enum jpeg_end oracle_ours(struct str file, const int shrink[JPEG_COMPONENTS_MAX], struct oracle_planes *p,
					       struct jpeg_result *r)
{
	struct jpeg_sink to = { oracle_rows, p };
	struct jpeg j;
	enum jpeg_end end = jpeg_open(&j, file);

	*p = (struct oracle_planes){ 0 };
	*r = (struct jpeg_result){ 0 };
	if (end == JPEG_COMPLETE) {
		p->n = j.n;
		for (int i = 0; i < j.n; i++) {
			jpeg_shape(&j, i, shrink[i], &p->shape[i]);
			oracle_room(p, i);
		}
		end = jpeg_decode(&j, shrink, &to, r);
		for (int i = 0; i < j.n; i++)
			CHECK(p->rows[i] == (end == JPEG_OTHER ? 0 : p->shape[i].height));
	}
	jpeg_close(&j);
	return end;
}

/* libjpeg. */
struct oracle {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf escape;
	jvirt_barray_ptr *coefficients;
	bool good;	/* it had nothing to complain about */
};

static void oracle_on_error(j_common_ptr jpeg)
{
	longjmp(((struct oracle *)(void *)((char *)jpeg - offsetof(struct oracle, jpeg)))->escape, 1);
}

static void oracle_on_message(j_common_ptr jpeg, int level)
{
	if (level < 0)
		jpeg->err->num_warnings++;
}

static ORACLE_UNUSED void oracle_close(struct oracle *o)
{
	jpeg_destroy_decompress(&o->jpeg);
}

static void oracle_begin(struct oracle *o)
{
	memset(o, 0, sizeof *o);
	o->jpeg.err = jpeg_std_error(&o->errors);
	o->errors.error_exit = oracle_on_error;
	o->errors.emit_message = oracle_on_message;
	jpeg_create_decompress(&o->jpeg);
}

/* oracle_close in every case. */
static ORACLE_UNUSED void oracle_open(struct oracle *o, struct str file)
{
	oracle_begin(o);
	if (setjmp(o->escape) == 0) {
		jpeg_mem_src(&o->jpeg, (const unsigned char *)file.p, file.n);
		jpeg_read_header(&o->jpeg, TRUE);
		o->coefficients = jpeg_read_coefficients(&o->jpeg);
		o->good = o->errors.num_warnings == 0;
	}
}

static void oracle_wanted(JBLOCKROW from, unsigned int blocks, int n, int16_t *to)
{
	for (unsigned int b = 0; b < blocks; b++)
		for (int y = 0; y < n; y++)
			for (int x = 0; x < n; x++)
				*to++ = from[b][y * 8 + x];
}

/* A component at 1/shrink, from its coefficients: of a component that is whole. */
static ORACLE_UNUSED void oracle_component(struct oracle *o, int i, int shrink, struct oracle_planes *p)
{
	jpeg_component_info *c = &o->jpeg.comp_info[i];
	int n = 8 / shrink, row_width = (int)c->width_in_blocks * n;
	int16_t *wanted = calloc(c->width_in_blocks, (size_t)(n * n) * sizeof *wanted);
	uint8_t *rows = malloc((size_t)row_width * (size_t)n);
	uint16_t quantization[64];

	oracle_room(p, i);
	CHECK(wanted && rows && c->quant_table);
	for (int k = 0; k < n * n; k++)
		quantization[k] = c->quant_table->quantval[k / n * 8 + k % n];
	for (int y = 0; y < p->shape[i].height; y++) {
		if (y % n == 0) {
			JBLOCKARRAY a = o->jpeg.mem->access_virt_barray((j_common_ptr)&o->jpeg, o->coefficients[i],
									(JDIMENSION)(y / n), 1, FALSE);

			oracle_wanted(a[0], c->width_in_blocks, n, wanted);
			inverse_row(n, wanted, (int)c->width_in_blocks, quantization, rows, (size_t)row_width);
		}
		memcpy(p->samples[i] + (size_t)y * (size_t)p->shape[i].width, rows + y % n * row_width, (size_t)p->shape[i].width);
	}
	free(wanted);
	free(rows);
}

/* What ours must be, with the same shapes. */
static ORACLE_UNUSED struct oracle_planes oracle_planes(struct oracle *o, const int shrink[JPEG_COMPONENTS_MAX],
							const struct oracle_planes *ours)
{
	struct oracle_planes p = { .n = ours->n };

	CHECK(o->jpeg.num_components == ours->n);
	for (int i = 0; i < p.n; i++) {
		p.shape[i] = ours->shape[i];
		oracle_component(o, i, shrink[i], &p);
	}
	return p;
}

static void oracle_raw_rows(struct oracle *o, struct oracle_planes *p)
{
	struct jpeg_decompress_struct *j = &o->jpeg;
	JSAMPROW at[JPEG_COMPONENTS_MAX][4 * DCTSIZE];
	JSAMPARRAY data[JPEG_COMPONENTS_MAX];

	for (int i = 0; i < p->n; i++) {
		size_t width = (j->comp_info[i].width_in_blocks + 4) * DCTSIZE;
		JSAMPLE *rows = (JSAMPLE *)j->mem->alloc_large((j_common_ptr)j, JPOOL_IMAGE, width * 4 * DCTSIZE);

		for (size_t y = 0; y < 4 * DCTSIZE; y++)
			at[i][y] = rows + y * width;
		data[i] = at[i];
	}
	while (j->output_scanline < j->output_height) {
		jpeg_read_raw_data(j, data, (JDIMENSION)(j->max_v_samp_factor * DCTSIZE));
		for (int i = 0; i < p->n; i++)
			for (int y = 0; y < j->comp_info[i].v_samp_factor * DCTSIZE && p->rows[i] < p->shape[i].height; y++, p->rows[i]++)
				memcpy(p->samples[i] + (size_t)p->rows[i] * (size_t)p->shape[i].width, at[i][y],
				       (size_t)p->shape[i].width);
	}
}

/* libjpeg's own samples in full size, of a file that it can decode; shapes like ours. */
static ORACLE_UNUSED struct oracle_planes oracle_raw(struct str file, const struct oracle_planes *ours)
{
	struct oracle_planes p = { .n = ours->n };
	struct oracle o;

	oracle_begin(&o);
	if (setjmp(o.escape) != 0)
		CHECK(!"libjpeg has given up");
	jpeg_mem_src(&o.jpeg, (const unsigned char *)file.p, file.n);
	jpeg_read_header(&o.jpeg, TRUE);
	CHECK(o.jpeg.num_components == p.n);
	o.jpeg.raw_data_out = TRUE;
	o.jpeg.out_color_space = o.jpeg.jpeg_color_space;
	jpeg_start_decompress(&o.jpeg);
	for (int i = 0; i < p.n; i++) {
		p.shape[i] = ours->shape[i];
		oracle_room(&p, i);
	}
	oracle_raw_rows(&o, &p);
	oracle_close(&o);
	return p;
}

static ORACLE_UNUSED bool oracle_same(const struct oracle_planes *a, const struct oracle_planes *b)
{
	bool same = a->n == b->n;

	for (int i = 0; same && i < a->n; i++)
		same = memcmp(a->samples[i], b->samples[i], (size_t)a->shape[i].width * (size_t)a->shape[i].height) == 0;
	return same;
}

/* A file to make. Zeros stand for: quality 90, factors 1, one pixel, one component. */
struct oracle_file {
	int width, height, n, h[3], v[3], quality, restart;
	bool optimize, wide_tables, rgb;
	const jpeg_scan_info *scans;	/* also non-interleaved sequential ones */
	int n_scans;
	bool progressive;		/* libjpeg's own script */
};

/* Something with flat, smooth and busy places. */
static uint8_t oracle_sample(int x, int y, int component)
{
	uint32_t noise = ((uint32_t)x * 2654435761u ^ (uint32_t)y * 2246822519u ^ (uint32_t)component * 3266489917u) * 668265263u;
	int v = (x * 3 + y * 2 + component * 50) & 511, busy = (x / 24 + y / 40) % 4;

	v = v > 255 ? 511 - v : v;
	if (busy == 0)
		v = component * 40 + 90;
	if (busy == 3)
		v = (v + (int)(noise >> 25)) & 255;
	return (uint8_t)v;
}

static void oracle_write(struct jpeg_compress_struct *c)
{
	JSAMPLE *rows[JPEG_COMPONENTS_MAX] = { NULL };
	JSAMPROW at[JPEG_COMPONENTS_MAX][4 * DCTSIZE];
	JSAMPARRAY data[JPEG_COMPONENTS_MAX];

	for (int i = 0; i < c->num_components; i++) {
		jpeg_component_info *info = &c->comp_info[i];

		rows[i] = malloc((size_t)info->width_in_blocks * DCTSIZE * 4 * DCTSIZE);
		CHECK(rows[i]);
		for (size_t y = 0; y < 4 * DCTSIZE; y++)
			at[i][y] = rows[i] + y * info->width_in_blocks * DCTSIZE;
		data[i] = at[i];
	}
	while (c->next_scanline < c->image_height) {
		int mcu_row = (int)c->next_scanline / (c->max_v_samp_factor * DCTSIZE);

		for (int i = 0; i < c->num_components; i++)
			for (int y = 0; y < c->comp_info[i].v_samp_factor * DCTSIZE; y++)
				for (int x = 0; x < (int)c->comp_info[i].width_in_blocks * DCTSIZE; x++)
					at[i][y][x] = oracle_sample(x, mcu_row * c->comp_info[i].v_samp_factor * DCTSIZE + y, i);
		jpeg_write_raw_data(c, data, (JDIMENSION)(c->max_v_samp_factor * DCTSIZE));
	}
	for (int i = 0; i < c->num_components; i++)
		free(rows[i]);
}

static void oracle_set(struct jpeg_compress_struct *c, const struct oracle_file *f)
{
	c->image_width = (JDIMENSION)(f->width ? f->width : 1);
	c->image_height = (JDIMENSION)(f->height ? f->height : 1);
	c->input_components = f->n ? f->n : 1;
	c->in_color_space = c->input_components == 1 ? JCS_GRAYSCALE : f->rgb ? JCS_RGB : JCS_YCbCr;
	jpeg_set_defaults(c);
	if (f->rgb)
		jpeg_set_colorspace(c, JCS_RGB);
	jpeg_set_quality(c, f->quality ? f->quality : 90, !f->wide_tables);
	if (f->wide_tables)
		c->quant_tbl_ptrs[0]->quantval[0] = 300;
	c->restart_interval = (unsigned int)f->restart;
	c->optimize_coding = f->optimize;
	c->raw_data_in = TRUE;
	for (int i = 0; i < c->num_components; i++) {
		c->comp_info[i].h_samp_factor = f->h[i] ? f->h[i] : 1;
		c->comp_info[i].v_samp_factor = f->v[i] ? f->v[i] : 1;
	}
	if (f->progressive)
		jpeg_simple_progression(c);
	if (f->scans) {
		c->scan_info = f->scans;
		c->num_scans = f->n_scans;
	}
}

/* The caller frees .p. */
static ORACLE_UNUSED struct str oracle_make(const struct oracle_file *f)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *p = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&errors);
	errors.emit_message = oracle_on_message;
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &p, &n);
	oracle_set(&c, f);
	jpeg_start_compress(&c, TRUE);
	oracle_write(&c);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return str_n(p, n);
}

#endif
