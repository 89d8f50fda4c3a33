#include "functions/runner/png/data.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "base/check.h"

void png_data_open(struct png_data *d, const struct png *p)
{
	*d = (struct png_data){ .file = p->file, .at = p->data };
	d->inflate = malloc(sizeof *d->inflate);
	CHECK(d->inflate != NULL);
	isal_inflate_init(d->inflate);
	d->inflate->avail_in = 0;
}

void png_data_close(struct png_data *d)
{
	free(d->inflate);
	d->inflate = NULL;
}

/* False: there is no more, or what there is cannot be trusted. */
static bool next_chunk(struct png_data *d)
{
	struct png_chunk c;

	if (d->doubtful || !png_chunk_at(d->file, d->at, &c) || !str_eq(c.type, STR("IDAT")))
		return false;
	d->at = c.next;
	if (!c.whole && c.next <= d->file.n) {
		if (c.data.n <= DATA_DOUBTFUL_MAX)
			return false;
		d->doubtful = true;
	}
	d->inflate->next_in = (uint8_t *)(uintptr_t)c.data.p;	/* isa-l forgot const */
	d->inflate->avail_in = (uint32_t)c.data.n;
	return true;
}

/* RFC 1950: method and window, then a sum and flags; a preset dictionary there cannot be. */
static void read_head(struct png_data *d)
{
	uint32_t second = *d->inflate->next_in;

	d->inflate->next_in++;
	d->inflate->avail_in--;
	if (d->head++ == 0) {
		d->before = (uint8_t)second;
		return;
	}
	if ((d->before & 15) != 8 || d->before >> 4 > 7 || (d->before << 8 | second) % 31 != 0 || second & 32)
		d->over = true;
}

/* isa-l keeps what did not fit into the output before, so it is asked once more after the last chunk. */
static void inflate(struct png_data *d)
{
	struct inflate_state *s = d->inflate;
	uint32_t in = s->avail_in, out = s->avail_out;

	if (isal_inflate(s) != ISAL_DECOMP_OK)
		d->over = true;
	else
		d->over = s->block_state == ISAL_BLOCK_FINISH || (d->last && s->avail_in == in && s->avail_out == out);
}

size_t png_data_pull(struct png_data *d, uint8_t *to, size_t n)
{
	struct inflate_state *s = d->inflate;

	CHECK(n <= UINT32_MAX);
	s->next_out = to;
	s->avail_out = (uint32_t)n;
	while (!d->over && s->avail_out > 0) {
		if (s->avail_in == 0 && !d->last)
			d->last = !next_chunk(d);
		if (d->head == 2)
			inflate(d);
		else if (s->avail_in > 0)
			read_head(d);
		else
			d->over = d->last;
	}
	return n - s->avail_out;
}
