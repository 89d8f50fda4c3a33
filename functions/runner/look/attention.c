#include "functions/runner/look/attention.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"

#define LEVELS 16		/* of brightness, for entropy */
#define REACH 3			/* pixels around, for entropy */
#define AROUND ((2 * REACH + 1) * (2 * REACH + 1))
#define SKIN_WEIGHT 96		/* beside edges, which go to 255 */
#define SATURATION_MIN 80	/* less colour than this draws nobody */

enum { SIDE = ATTENTION_SIDE_MAX };

struct map {
	int width, height;
	uint8_t luma[SIDE][SIDE];
	uint32_t weight[SIDE][SIDE];
	uint32_t sum[SIDE + 1][SIDE + 1];	/* of the weights above and to the left */
};

/* In 256ths, BT.601. */
static int luma_of(const uint8_t *s, int bands)
{
	return bands == 1 ? s[0] : (77 * s[0] + 150 * s[1] + 29 * s[2] + 128) >> 8;
}

static int luma_at(const struct map *m, int x, int y)
{
	x = x < 0 ? 0 : x >= m->width ? m->width - 1 : x;
	y = y < 0 ? 0 : y >= m->height ? m->height - 1 : y;
	return m->luma[y][x];
}

static uint32_t entropy_at(const struct map *m, int x, int y, const uint32_t information[AROUND + 1])
{
	uint8_t counts[LEVELS] = { 0 };
	uint32_t sum = 0;

	for (int dy = -REACH; dy <= REACH; dy++)
		for (int dx = -REACH; dx <= REACH; dx++)
			counts[luma_at(m, x + dx, y + dy) * LEVELS / 256]++;
	for (int i = 0; i < LEVELS; i++)
		sum += information[counts[i]];
	return sum;
}

/* What n of the AROUND pixels contribute to the entropy, in 64ths of a bit. */
static void weigh_entropy(struct map *m)
{
	uint32_t information[AROUND + 1] = { 0 };

	for (int n = 1; n <= AROUND; n++)
		information[n] = (uint32_t)lrint(64.0 * n / AROUND * log2((double)AROUND / n));
	for (int y = 0; y < m->height; y++)
		for (int x = 0; x < m->width; x++)
			m->weight[y][x] = entropy_at(m, x, y, information);
}

/* Sobel's, a quarter of it. */
static uint32_t edge_at(const struct map *m, int x, int y)
{
	int across = 0, down = 0;

	for (int k = -1; k <= 1; k++) {
		int times = k == 0 ? 2 : 1;

		across += times * (luma_at(m, x + 1, y + k) - luma_at(m, x - 1, y + k));
		down += times * (luma_at(m, x + k, y + 1) - luma_at(m, x + k, y - 1));
	}
	across = abs(across) + abs(down);
	return across > 4 * 255 ? 255 : (uint32_t)across / 4;
}

/* Skin of all tones lies close together in colour, apart in brightness: Chai and Ngan's bounds of Cb and Cr. */
static bool is_skin(const uint8_t *s, int luma)
{
	int cb = 128 + (144 * (s[2] - luma)) / 256, cr = 128 + (183 * (s[0] - luma)) / 256;

	return luma > 40 && cb >= 77 && cb <= 127 && cr >= 133 && cr <= 173;
}

static uint32_t colour_weight(const uint8_t *s, int luma)
{
	int most = s[0] > s[1] ? s[0] : s[1], least = s[0] < s[1] ? s[0] : s[1], saturation;

	most = s[2] > most ? s[2] : most;
	least = s[2] < least ? s[2] : least;
	saturation = most - least;
	return (is_skin(s, luma) ? SKIN_WEIGHT : 0) + (saturation > SATURATION_MIN ? (uint32_t)(saturation - SATURATION_MIN) / 4 : 0);
}

static void weigh_attention(struct map *m, const struct picture *p)
{
	for (int y = 0; y < m->height; y++) {
		const uint8_t *s = picture_row(p, y);

		for (int x = 0; x < m->width; x++, s += p->bands) {
			m->weight[y][x] = edge_at(m, x, y);
			if (p->bands > 1)
				m->weight[y][x] += colour_weight(s, m->luma[y][x]);
		}
	}
}

/* What cannot be seen draws nobody. */
static void hide_transparent(struct map *m, const struct picture *p)
{
	for (int y = 0; y < m->height; y++) {
		const uint8_t *s = picture_row(p, y);

		for (int x = 0; x < m->width; x++)
			m->weight[y][x] = m->weight[y][x] * s[4 * x + 3] / 255;
	}
}

static void weigh(struct map *m, const struct picture *p, enum rendition_gravity how)
{
	m->width = p->width;
	m->height = p->height;
	for (int y = 0; y < m->height; y++)
		for (int x = 0; x < m->width; x++)
			m->luma[y][x] = (uint8_t)luma_of((const uint8_t *)picture_row(p, y) + x * p->bands, p->bands);
	if (how == GRAVITY_ENTROPY)
		weigh_entropy(m);
	else
		weigh_attention(m, p);
	if (p->bands == 4)
		hide_transparent(m, p);
	for (int y = 0; y < m->height; y++)
		for (int x = 0; x < m->width; x++)
			m->sum[y + 1][x + 1] = m->weight[y][x] + m->sum[y][x + 1] + m->sum[y + 1][x] - m->sum[y][x];
}

static uint32_t sum_of(const struct map *m, int left, int top, int width, int height)
{
	return m->sum[top + height][left + width] - m->sum[top][left + width] - m->sum[top + height][left] + m->sum[top][left];
}

static uint64_t score(const struct map *m, int left, int top, int width, int height)
{
	return (uint64_t)sum_of(m, left, top, width, height) +
	       sum_of(m, left + width / 4, top + height / 4, (width + 1) / 2, (height + 1) / 2);
}

static int samples(double part, int all)
{
	int n = (int)lrint(part * all);

	return n < 1 ? 1 : n > all ? all : n;
}

void attention_find(const struct picture *p, enum rendition_gravity how, double width, double height, double *x, double *y)
{
	struct map *m = calloc(1, sizeof *m);
	int w = samples(width, p->width), h = samples(height, p->height), nearest = 0;
	uint64_t best = 0;

	CHECK(m != NULL && p->width <= SIDE && p->height <= SIDE && p->depth == 8 && p->bands != 2);
	weigh(m, p, how);
	*x = *y = 0.5;
	for (int top = 0; top <= p->height - h; top++)
		for (int left = 0; left <= p->width - w; left++) {
			uint64_t here = score(m, left, top, w, h);
			int distance = abs(2 * left + w - p->width) + abs(2 * top + h - p->height);

			if (here == 0 || here < best || (here == best && distance >= nearest))
				continue;
			best = here;
			nearest = distance;
			*x = (left + w / 2.0) / p->width;
			*y = (top + h / 2.0) / p->height;
		}
	free(m);
}
