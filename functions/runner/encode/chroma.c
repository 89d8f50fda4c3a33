#include "functions/runner/encode/formats.h"

#include <stdlib.h>

#include "base/check.h"

static uint8_t *row_of(const struct plane *p, int y)
{
	return p->pixels + (size_t)(y < p->height ? y : p->height - 1) * p->stride;
}

/* At the right and the lower edge of odd sizes a sample covers less: there the last one counts twice. */
static void halve(const struct plane *from, struct plane *to)
{
	for (int y = 0; y < to->height; y++) {
		const uint8_t *a = row_of(from, 2 * y), *b = row_of(from, 2 * y + 1);
		uint8_t *out = to->pixels + (size_t)y * to->stride;

		for (int x = 0; x < from->width / 2; x++)
			out[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) / 4);
		if (from->width % 2)
			out[to->width - 1] = (uint8_t)((a[from->width - 1] + b[from->width - 1] + 1) / 2);
	}
}

const struct planes *half_chroma(const struct planes *p, struct planes *room)
{
	size_t stride, bytes;

	if (!has_full_chroma(p))
		return p;
	*room = *p;
	for (int c = 1; c < PLANES_MAX; c++) {
		room->plane[c].width = planes_half(p->plane[c].width);
		room->plane[c].height = planes_half(p->plane[c].height);
	}
	stride = (size_t)room->plane[1].width + PLANES_SLACK;
	bytes = stride * (size_t)room->plane[1].height;
	room->memory = malloc(2 * bytes);
	CHECK(room->memory != NULL);
	for (int c = 1; c < PLANES_MAX; c++) {
		room->plane[c].stride = stride;
		room->plane[c].pixels = room->memory + (size_t)(c - 1) * bytes;
		halve(&p->plane[c], &room->plane[c]);
	}
	return room;
}
