#include "pipeline/placeholder.h"

#include <math.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/crc.h"
#include "base/err.h"

#define HASH_MIN 5
#define HASH_MAX 40
#define SIDE PLACEHOLDER_SIDE
#define COEFFICIENTS_MAX 28		/* of a 7x7 triangle */

/* -- PNG: 8 bits, RGBA, rows without filter, one stored block (RFC 1950, 1951) -- */

struct canvas {
	int width, height;
	uint8_t px[SIDE][SIDE][4];
};

static void put32(uint8_t to[4], uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void add32(struct buf *b, uint32_t n)
{
	uint8_t bytes[4];

	put32(bytes, n);
	buf_add(b, bytes, 4);
}

static void add_chunk(struct buf *png, const char type[4], const void *p, size_t n)
{
	add32(png, (uint32_t)n);
	buf_add(png, type, 4);
	buf_add(png, p, n);
	add32(png, crc32_zlib(crc32_zlib(0, type, 4), p, n));
}

static uint32_t adler(const uint8_t *p, size_t n)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < n; i++) {
		a = (a + p[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void write_png(const struct canvas *c, struct buf *png)
{
	enum { HEAD = 7, ROW_MAX = 1 + 4 * SIDE };
	uint8_t data[HEAD + SIDE * ROW_MAX + 4], head[13] = { 0 };
	size_t row = 1 + 4 * (size_t)c->width, n = row * (size_t)c->height;

	put32(head, (uint32_t)c->width);
	put32(head + 4, (uint32_t)c->height);
	head[8] = 8;
	head[9] = 6;
	memcpy(data, (const uint8_t[HEAD]){ 0x78, 0x01, 0x01, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)~n, (uint8_t)(~n >> 8) }, HEAD);
	for (int y = 0; y < c->height; y++) {
		data[HEAD + row * (size_t)y] = 0;
		memcpy(data + HEAD + row * (size_t)y + 1, c->px[y], row - 1);
	}
	put32(data + HEAD + n, adler(data + HEAD, n));
	buf_add(png, "\x89PNG\r\n\x1a\n", 8);
	add_chunk(png, "IHDR", head, sizeof head);
	add_chunk(png, "IDAT", data, HEAD + n + 4);
	add_chunk(png, "IEND", "", 0);
}

/* -- ThumbHash -- */

struct channel {
	int nx, ny;
	double dc, scale;
	double ac[COEFFICIENTS_MAX];
};

enum plane { LUMINANCE, YELLOW_BLUE, RED_GREEN, ALPHA, PLANES };

struct hash {
	struct channel of[PLANES];
	bool alpha;
	int lx, ly;			/* proportions, in waves of luminance */
};

static void read_head(struct hash *h, const uint8_t *p)
{
	uint32_t first = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16, second = (uint32_t)p[3] | (uint32_t)p[4] << 8;
	bool landscape = second >> 15;
	int most, other = (int)(second & 7);

	h->alpha = first >> 23;
	most = h->alpha ? 5 : 7;
	other = other < 1 ? 1 : other > most ? most : other;
	h->lx = landscape ? most : other;
	h->ly = landscape ? other : most;
	h->of[LUMINANCE] = (struct channel){ h->lx > 3 ? h->lx : 3, h->ly > 3 ? h->ly : 3, (first & 63) / 63.0, (first >> 18 & 31) / 31.0, { 0 } };
	h->of[YELLOW_BLUE] = (struct channel){ 3, 3, (first >> 6 & 63) / 31.5 - 1, (second >> 3 & 63) / 63.0 * 1.25, { 0 } };
	h->of[RED_GREEN] = (struct channel){ 3, 3, (first >> 12 & 63) / 31.5 - 1, (second >> 9 & 63) / 63.0 * 1.25, { 0 } };
	h->of[ALPHA] = (struct channel){ 5, 5, 1, 0, { 0 } };
}

/* Colours are scaled up a little, for their steps are coarse. */
static int read_hash(struct hash *h, const uint8_t *p, size_t n)
{
	size_t at = 5, nibble = 0;

	if (n < HASH_MIN)
		return E_BAD_INPUT;
	read_head(h, p);
	if (h->alpha && n > 5) {
		h->of[ALPHA].dc = (p[5] & 15) / 15.0;
		h->of[ALPHA].scale = (p[5] >> 4) / 15.0;
		at = 6;
	} else if (h->alpha) {
		return E_BAD_INPUT;
	}
	for (int k = 0; k < (h->alpha ? PLANES : ALPHA); k++) {
		struct channel *c = &h->of[k];
		int count = 0;

		for (int cy = 0; cy < c->ny; cy++)
			for (int cx = cy == 0; cx * c->ny < c->nx * (c->ny - cy); cx++, nibble++) {
				if (at + nibble / 2 >= n)
					return E_BAD_INPUT;
				c->ac[count++] = ((p[at + nibble / 2] >> (nibble & 1) * 4 & 15) / 7.5 - 1) * c->scale;
			}
	}
	return 0;
}

static double value(const struct channel *c, double x, double y)
{
	double sum = c->dc;
	int i = 0;

	for (int cy = 0; cy < c->ny; cy++)
		for (int cx = cy == 0; cx * c->ny < c->nx * (c->ny - cy); cx++)
			sum += c->ac[i++] * cos(M_PI * cx * x) * cos(M_PI * cy * y) * 2;
	return sum;
}

static uint8_t byte_of(double v)
{
	return (uint8_t)(v <= 0 ? 0 : v >= 1 ? 255 : v * 255 + 0.5);
}

static void paint(const struct hash *h, struct canvas *c)
{
	double longest = h->lx > h->ly ? h->lx : h->ly;

	c->width = (int)(SIDE * h->lx / longest + 0.5);
	c->height = (int)(SIDE * h->ly / longest + 0.5);
	for (int j = 0; j < c->height; j++)
		for (int i = 0; i < c->width; i++) {
			double x = (i + 0.5) / c->width, y = (j + 0.5) / c->height;
			double l = value(&h->of[LUMINANCE], x, y), p = value(&h->of[YELLOW_BLUE], x, y), q = value(&h->of[RED_GREEN], x, y);
			double blue = l - 2.0 / 3 * p, red = (3 * l - blue + q) / 2;
			const double rgba[4] = { red, red - q, blue, h->alpha ? value(&h->of[ALPHA], x, y) : 1 };

			for (int b = 0; b < 4; b++)
				c->px[j][i][b] = byte_of(rgba[b]);
		}
}

int placeholder_of_hash(struct str hash, struct buf *png)
{
	struct canvas c = { 0 };
	struct hash h = { 0 };
	struct buf bytes = { 0 };
	int rc = E_BAD_INPUT;

	if (hash.n == 0 || hash.n > 4 * (HASH_MAX + 2) / 3 || (rc = base64_decode(&bytes, hash)) < 0 ||
	    (rc = read_hash(&h, (const uint8_t *)bytes.data, bytes.len)) < 0)
		goto out;
	paint(&h, &c);
	write_png(&c, png);
out:
	buf_clear(&bytes);
	return rc;
}

/* -- without one -- */

/* Greys that are seen on dark pages and on light ones. */
static void paint_grey(struct canvas *c, bool cross)
{
	*c = (struct canvas){ .width = SIDE, .height = SIDE };
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++) {
			bool on = cross && y >= 10 && y < 22 && x >= 10 && x < 22 && (abs(x - y) < 2 || abs(x + y - SIDE + 1) < 2);

			memset(c->px[y][x], on ? 0x60 : 0xb0, 3);
			c->px[y][x][3] = 255;
		}
}

void placeholder_plain(struct buf *png)
{
	struct canvas c;

	paint_grey(&c, false);
	write_png(&c, png);
}

void placeholder_failed(struct buf *png)
{
	struct canvas c;

	paint_grey(&c, true);
	write_png(&c, png);
}
