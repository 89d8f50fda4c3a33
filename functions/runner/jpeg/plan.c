#include <stdlib.h>

#include "functions/runner/jpeg/plan.h"

static uint64_t band(const struct scan_header *h)
{
	return (h->last == 63 ? ~0ull : (1ull << (h->last + 1)) - 1) & ~((1ull << h->first) - 1);
}

/* Backwards: `wanted` has what the scans behind this one and the picture need of each component. */
static void plan_scan(struct plan *p, int i, const struct scan_header *h, uint64_t wanted[JPEG_COMPONENTS_MAX])
{
	for (int k = 0; k < h->n; k++)
		p->needed[i] |= (band(h) & wanted[h->component[k].index]) != 0;
	for (int k = 0; k < h->n && p->needed[i] && h->high > 0 && h->first > 0; k++) {
		wanted[h->component[k].index] |= band(h);
		p->refined[h->component[k].index] = true;
	}
}

struct plan *plan_make(struct jpeg *j)
{
	struct plan *p = calloc(1, sizeof *p);
	struct scan_header *headers = calloc(JPEG_SCANS_MAX, sizeof headers[0]);
	uint64_t wanted[JPEG_COMPONENTS_MAX];

	if (p && headers) {
		p->n = markers_scans(j, headers, JPEG_SCANS_MAX);
		for (int c = 0; c < j->n; c++)
			wanted[c] = j->state->planes[c].order->mask;
		for (int i = p->n - 1; i >= 0; i--)
			plan_scan(p, i, &headers[i], wanted);
	} else {
		free(p);
		p = NULL;
	}
	free(headers);
	return p;
}
