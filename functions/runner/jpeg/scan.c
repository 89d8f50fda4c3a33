#include "functions/runner/jpeg/scan.h"

#define RESTARTS 8	/* they are numbered from 0 to 7, over and over */

/* Components that share tables and shrink share a walk. */
static const struct walk *walk_for(struct jpeg_state *st, const struct huffman *dc, const struct huffman *ac, int wanted, int place)
{
	for (int i = 0; i < place; i++)
		if (st->walks[i].dc == dc && st->walks[i].ac == ac && st->walks[i].wanted == wanted)
			return &st->walks[i];
	walk_build(&st->walks[place], dc, ac, wanted);
	return &st->walks[place];
}

/* The quantization table is the one that stands when a component comes for the first time. */
static bool begin_plane(struct jpeg *j, int index)
{
	struct plane *p = &j->state->planes[index];
	int table = j->component[index].quantization;

	if (p->seen)
		return true;
	p->seen = true;
	if (table >= JPEG_TABLES || !j->state->quantization_set[table])
		return false;
	for (int k = 0; k < 64; k++)
		if (p->order->mask >> k & 1)
			p->quantization[p->order->place[k]] = j->state->quantization[table][k];
	return true;
}

static bool begin_component(struct jpeg *j, struct scan *s, int place)
{
	struct jpeg_state *st = j->state;
	const struct scan_header *h = &st->scan;
	const struct scan_component *c = &h->component[place];
	struct plane *p = &st->planes[c->index];
	const struct huffman *dc = h->first == 0 && h->high == 0 ? &st->dc[c->dc_table] : NULL;
	const struct huffman *ac = h->last > 0 ? &st->ac[c->ac_table] : NULL;
	bool alone = h->n == 1;
	const struct walk *w;

	if (!begin_plane(j, c->index) || (dc && !dc->set) || (ac && !ac->set))
		return false;
	w = walk_for(st, dc, ac, h->high ? 0 : p->n * p->n, place);
	for (int y = 0; y < (alone ? 1 : j->component[c->index].v); y++)
		for (int x = 0; x < (alone ? 1 : j->component[c->index].h); x++)
			s->slot[s->slots++] = (struct slot){
				.walk = w, .plane = p, .n = (int8_t)p->n, .component = (int8_t)c->index,
				.step = (int16_t)(alone ? 1 : j->component[c->index].h),
			};
	return true;
}

static bool begin(struct jpeg *j, struct scan *s)
{
	const struct jpeg_state *st = j->state;
	const struct scan_header *h = &st->scan;

	s->jpeg = j;
	s->stream = &j->state->stream;
	s->first = h->first;
	s->last = h->last;
	s->low = h->low;
	s->slots = 0;
	for (int i = 0; i < h->n; i++)
		if (!begin_component(j, s, i))
			return false;
	if (h->n == 1) {
		s->mcus_wide = st->planes[h->component[0].index].blocks_wide;
		s->mcus_high = st->planes[h->component[0].index].blocks_high;
	} else {
		s->mcus_wide = (j->width + 8 * st->factor_h - 1) / (8 * st->factor_h);
		s->mcus_high = (j->height + 8 * st->factor_v - 1) / (8 * st->factor_v);
	}
	return true;
}

static void begin_interval(struct scan *s)
{
	memset(s->last_dc, 0, sizeof s->last_dc);
	s->end_of_band = 0;
	s->lost = false;
	s->interval_left = s->jpeg->state->restart_interval ? s->jpeg->state->restart_interval : INT32_MAX;
}

/* The rest of the interval is lost. */
static void fault(struct scan *s)
{
	s->lost = true;
	s->damaged |= s->stream->marker != STREAM_FILE_END;
	s->cut |= s->stream->marker == STREAM_FILE_END;
}

static void restart(struct scan *s)
{
	int expected = s->next_restart, found, ahead;

	begin_interval(s);
	s->next_restart = (expected + 1) % RESTARTS;
	if (s->intervals_lost > 0) {
		s->lost = --s->intervals_lost > 0;
		return;
	}
	do {
		found = stream_restart(s->stream);
		ahead = (found - expected + RESTARTS) % RESTARTS;
		s->damaged |= found >= 0 && ahead != 0;
	} while (found >= 0 && (ahead == RESTARTS - 1 || ahead == RESTARTS - 2));
	if (found < 0) {
		fault(s);
	} else if (ahead == 1 || ahead == 2) {
		s->intervals_lost = ahead;
		s->lost = true;
	}
}

/* Where the blocks of a row of MCUs begin. */
static void begin_row(struct scan *s, int row)
{
	const struct plane *before = NULL;
	int k = 0;

	for (int i = 0; i < s->slots; i++) {
		struct slot *slot = &s->slot[i];
		struct plane *p = slot->plane;
		int high = s->slots == 1 ? 1 : s->jpeg->component[slot->component].v, y;
		size_t at;

		k = p == before ? k + 1 : 0;
		before = p;
		y = (p->rows == high ? 0 : row * high) + k / slot->step;
		at = (size_t)y * (size_t)p->stride + (size_t)(k % slot->step);
		slot->block = p->blocks + at * (size_t)(p->n * p->n);
		slot->nonzero = p->nonzero ? p->nonzero + at : NULL;
	}
}

static void pass_by(struct scan *s, int n)
{
	for (int i = 0; i < s->slots; i++) {
		struct slot *slot = &s->slot[i];

		slot->block += n * slot->step * slot->n * slot->n;
		if (slot->nonzero)
			slot->nonzero += n * slot->step;
	}
}

/* False: some of it was lost. */
static bool read_row(struct scan *s)
{
	bool whole = true;

	for (int x = 0, n; x < s->mcus_wide; x += n) {
		int done;

		if (s->interval_left == 0)
			restart(s);
		n = s->mcus_wide - x < s->interval_left ? s->mcus_wide - x : s->interval_left;
		s->interval_left -= n;
		if (s->lost) {
			pass_by(s, n);
			whole = false;
			continue;
		}
		done = s->method(s, n);
		if (done < n) {
			fault(s);
			whole = false;
			/* The slots stand behind the MCU that was not complete. */
			pass_by(s, n - done - 1);
		}
	}
	return whole;
}

bool scan_read(struct jpeg *j, struct scan *s)
{
	struct jpeg_state *st = j->state;

	if (!begin(j, s))
		return false;
	stream_open(s->stream, j->file, st->scan.data);
	begin_interval(s);
	for (int row = 0; row < s->mcus_high; row++) {
		begin_row(s, row);
		s->rows_read += read_row(s);
		if (s->row_done)
			s->row_done(s->owner, row);
	}
	st->at = stream_close(s->stream, j->file);
	st->damaged |= s->damaged | s->stream->spilled;
	return true;
}
