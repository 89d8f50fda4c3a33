#include <stdlib.h>

#include "base/check.h"
#include "functions/runner/jpeg/inverse.h"
#include "functions/runner/jpeg/plan.h"
#include "functions/runner/jpeg/scan.h"
#include "functions/runner/scale/scale.h"

#define ALIGN 64

#ifdef MINILAB_TEST_HOOKS
bool jpeg_plain;
#endif

struct decoding {
	struct jpeg *jpeg;
	const struct jpeg_sink *to;
	uint8_t *samples[JPEG_COMPONENTS_MAX];	/* owned: the rows of a row of MCUs */
	size_t stride[JPEG_COMPONENTS_MAX];
	int rows_known[JPEG_COMPONENTS_MAX];	/* of MCUs, with data for this component */
	int mcu_rows;
	bool cut;
};

static enum jpeg_color color_of(const struct jpeg *j)
{
	const struct jpeg_state *st = j->state;

	if (j->n == 1)
		return JPEG_GREY;
	if (st->got_jfif)
		return JPEG_YCBCR;
	if (st->got_adobe)
		return st->adobe_transform == 0 ? JPEG_RGB : JPEG_YCBCR;
	return j->component[0].id == 'R' && j->component[1].id == 'G' && j->component[2].id == 'B' ? JPEG_RGB : JPEG_YCBCR;
}

enum jpeg_end jpeg_open(struct jpeg *j, struct str file)
{
	enum jpeg_end end;

	*j = (struct jpeg){ .file = file, .state = calloc(1, sizeof *j->state) };
	if (!j->state)
		return JPEG_OTHER;
	if (!str_starts(file, STR("\xff\xd8")))
		return JPEG_DAMAGED;
	j->state->at = 2;
	for (int i = 0; i < JPEG_COMPONENTS_MAX; i++)
		memset(j->state->planes[i].precision, -1, sizeof j->state->planes[i].precision);
	end = markers_read(j);
	if (end == JPEG_COMPLETE && j->state->ended)
		end = JPEG_DAMAGED;
	if (end == JPEG_COMPLETE)
		j->color = color_of(j);
	return end;
}

void jpeg_close(struct jpeg *j)
{
	for (int i = 0; j->state && i < JPEG_COMPONENTS_MAX; i++) {
		free(j->state->planes[i].blocks);
		free(j->state->planes[i].nonzero);
	}
	free(j->state);
	j->state = NULL;
}

void jpeg_shape(const struct jpeg *j, int component, int shrink, struct jpeg_shape *s)
{
	const struct jpeg_component *c = &j->component[component];
	int across = j->state->factor_h * shrink, down = j->state->factor_v * shrink;

	s->exact_width = (double)j->width * c->h / across;
	s->exact_height = (double)j->height * c->v / down;
	s->width = (j->width * c->h + across - 1) / across;
	s->height = (j->height * c->v + down - 1) / down;
}

/* One row of MCUs of a component, from its plane's coefficients to the sink. */
static void give(struct decoding *d, int component, int row)
{
	const struct plane *p = &d->jpeg->state->planes[component];
	int high = d->jpeg->n == 1 ? 1 : d->jpeg->component[component].v, held = p->rows == high ? 0 : row * high;
	int first = row * high * p->n, n = high * p->n;
	struct jpeg_shape shape;

	jpeg_shape(d->jpeg, component, 8 / p->n, &shape);
	if (n > shape.height - first)
		n = shape.height - first;
	for (int y = 0; y * p->n < n; y++)
		inverse_row(p->n, p->blocks + (size_t)(held + y) * (size_t)p->stride * (size_t)(p->n * p->n), p->blocks_wide,
			    p->quantization, d->samples[component] + (size_t)(y * p->n) * d->stride[component],
			    d->stride[component]);
	if (n > 0)
		d->to->rows(d->to->owner, component, first, n, d->samples[component], d->stride[component]);
}

static void give_row(void *owner, int row)
{
	struct decoding *d = owner;

	for (int i = 0; i < d->jpeg->n; i++) {
		struct plane *p = &d->jpeg->state->planes[i];

		give(d, i, row);
		memset(p->blocks, 0, (size_t)p->stride * (size_t)p->rows * (size_t)(p->n * p->n) * sizeof p->blocks[0]);
	}
}

/* Planes and rows. False: more than may be. */
static bool make_room(struct decoding *d, bool whole, const bool refined[JPEG_COMPONENTS_MAX])
{
	struct jpeg *j = d->jpeg;
	uint64_t total = 0;

	for (int i = 0; i < j->n; i++) {
		struct plane *p = &j->state->planes[i];
		int h = j->n == 1 ? 1 : j->component[i].h, v = j->n == 1 ? 1 : j->component[i].v;
		uint64_t blocks, squares = (uint64_t)(p->n * p->n);

		p->stride = (p->blocks_wide + h - 1) / h * h;
		p->rows = whole ? (p->blocks_high + v - 1) / v * v : v;
		d->stride[i] = ((size_t)(p->stride * p->n) + SCALE_OVERREAD + ALIGN - 1) / ALIGN * ALIGN;
		blocks = (uint64_t)p->stride * (uint64_t)p->rows;
		total += blocks * (squares * sizeof(int16_t) + (refined[i] ? sizeof(uint64_t) : 0));
		if (total > JPEG_MEMORY_MAX)
			return false;
		p->blocks = calloc(blocks * squares, sizeof p->blocks[0]);
		p->nonzero = refined[i] ? calloc(blocks, sizeof p->nonzero[0]) : NULL;
		d->samples[i] = calloc((size_t)(v * p->n), d->stride[i]);
		if (!p->blocks || (refined[i] && !p->nonzero) || !d->samples[i])
			return false;
	}
	return true;
}

static bool read_one(struct decoding *d, struct scan *s)
{
	const struct scan_header *h = &d->jpeg->state->scan;

	if (!d->jpeg->progressive)
		s->method = method_sequential;
	else if (h->first == 0)
		s->method = h->high ? method_dc_refine : method_dc_first;
	else
		s->method = h->high ? method_ac_refine : method_ac_first;
	if (!scan_read(d->jpeg, s))
		return false;
	d->cut |= s->cut;
	for (int i = 0; i < h->n && h->first == 0 && h->high == 0; i++) {
		int v = h->n > 1 || d->jpeg->n == 1 ? 1 : d->jpeg->component[h->component[i].index].v;

		d->rows_known[h->component[i].index] = s->rows_read == s->mcus_high ? d->mcu_rows : s->rows_read / v;
	}
	return true;
}

/* All in one scan: rows are given as they come. */
static enum jpeg_end decode_rows(struct decoding *d, struct jpeg_result *r)
{
	struct scan s = { .row_done = give_row, .owner = d };
	enum jpeg_end end;

	if (!make_room(d, false, (const bool[JPEG_COMPONENTS_MAX]){ false }))
		return JPEG_OTHER;
	if (!read_one(d, &s))
		return JPEG_OTHER;
	r->scans_read = 1;
	end = d->cut ? JPEG_CUT : markers_read(d->jpeg);
	/* Another scan, or what is for others, is too late here. */
	if (end == JPEG_OTHER || (end == JPEG_COMPLETE && (d->jpeg->state->damaged || !d->jpeg->state->ended)))
		end = JPEG_DAMAGED;
	return end;
}

/* Whether the scan says what can be said next of its coefficients (T.81 G.1.1.1). */
static bool follows(struct jpeg *j)
{
	const struct scan_header *h = &j->state->scan;
	bool good = true;

	for (int i = 0; i < h->n; i++) {
		struct plane *p = &j->state->planes[h->component[i].index];

		good &= j->progressive ? h->first == 0 || p->precision[0] >= 0 : !p->seen;
		for (int k = h->first; k <= h->last; k++) {
			good &= h->high == (p->precision[k] < 0 ? 0 : p->precision[k]);
			p->precision[k] = (int8_t)h->low;
		}
	}
	return good;
}

/* A table that a scan misses ends the decoding: the rest cannot be trusted. When it is the first one, others may know the table. */
static enum jpeg_end read_scans(struct decoding *d, const struct plan *plan, struct jpeg_result *r)
{
	struct jpeg_state *st = d->jpeg->state;
	enum jpeg_end end = JPEG_COMPLETE;

	for (int i = 0; end == JPEG_COMPLETE && !st->ended; i++) {
		struct scan s = { 0 };

		if (i == plan->n)
			return JPEG_DAMAGED;
		st->damaged |= !follows(d->jpeg);
		if (plan->needed[i]) {
			if (!read_one(d, &s))
				return r->scans_read ? JPEG_DAMAGED : JPEG_OTHER;
			r->scans_read++;
		} else {
			st->at = stream_find_marker(d->jpeg->file, st->scan.data);
			r->scans_skipped++;
		}
		end = d->cut ? JPEG_CUT : markers_read(d->jpeg);
	}
	return end;
}

static enum jpeg_end decode_whole(struct decoding *d, struct jpeg_result *r)
{
	struct jpeg_state *st = d->jpeg->state;
	struct plan *plan = plan_make(d->jpeg);
	enum jpeg_end end;

	if (!plan || !make_room(d, true, plan->refined)) {
		free(plan);
		return JPEG_OTHER;
	}
	end = read_scans(d, plan, r);
	free(plan);
	if (end == JPEG_OTHER && r->scans_read == 0)
		return end;
	for (int i = 0; i < d->jpeg->n; i++)
		st->damaged |= !st->planes[i].seen;
	if (end == JPEG_OTHER || (end == JPEG_COMPLETE && st->damaged))
		end = JPEG_DAMAGED;
	for (int row = 0; row < d->mcu_rows; row++)
		for (int i = 0; i < d->jpeg->n; i++)
			give(d, i, row);
	return end;
}

static const struct walk_order *order_of(int n)
{
	static const struct walk_order *const orders[] = { [1] = &walk_order_1, [2] = &walk_order_2, [4] = &walk_order_4, [8] = &walk_order_8 };

	return orders[n];
}

enum jpeg_end jpeg_decode(struct jpeg *j, const int shrink[JPEG_COMPONENTS_MAX], const struct jpeg_sink *to, struct jpeg_result *r)
{
	struct decoding d = { .jpeg = j, .to = to };
	int down = 8 * (j->n == 1 ? 1 : j->state->factor_v);
	enum jpeg_end end;

	for (int i = 0; i < j->n; i++) {
		CHECK(shrink[i] == 1 || shrink[i] == 2 || shrink[i] == 4 || shrink[i] == 8);
		j->state->planes[i].n = 8 / shrink[i];
		j->state->planes[i].order = order_of(8 / shrink[i]);
	}
	d.mcu_rows = (j->height + down - 1) / down;
	*r = (struct jpeg_result){ .mcu_rows = d.mcu_rows, .mcu_rows_read = d.mcu_rows };
	if (j->progressive || j->state->scan.n < j->n)
		end = decode_whole(&d, r);
	else
		end = decode_rows(&d, r);
	for (int i = 0; i < j->n; i++) {
		if (d.rows_known[i] < r->mcu_rows_read)
			r->mcu_rows_read = d.rows_known[i];
		free(d.samples[i]);
	}
	return end;
}
