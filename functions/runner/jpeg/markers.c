#include "functions/runner/bytes.h"
#include "functions/runner/jpeg/state.h"

enum {
	TEM = 0x01, SOF0 = 0xc0, SOF1 = 0xc1, SOF2 = 0xc2, DHT = 0xc4, SOF15 = 0xcf, RST0 = 0xd0, SOI = 0xd8, EOI = 0xd9,
	SOS = 0xda, DQT = 0xdb, DRI = 0xdd, DHP = 0xde, APP0 = 0xe0, APP14 = 0xee
};
#define SAMPLE_BITS 8
#define DC_SYMBOL_MAX 15

static int ceil_div(int a, int b)
{
	return (a + b - 1) / b;
}

static enum jpeg_end quantization(struct jpeg *j, struct str s)
{
	while (s.n > 0) {
		uint32_t kind = byte_at(s, 0), wide = kind >> 4, table = kind & 15;
		size_t n = wide ? 1 + 2 * 64 : 1 + 64;

		if (table >= JPEG_TABLES || wide > 1 || s.n < n)
			return JPEG_DAMAGED;
		for (size_t k = 0; k < 64; k++)
			j->state->quantization[table][k] = (uint16_t)(wide ? be16(s, 1 + 2 * k) : byte_at(s, 1 + k));
		j->state->quantization_set[table] = true;
		s = str_n(s.p + n, s.n - n);
	}
	return JPEG_COMPLETE;
}

static enum jpeg_end huffman(struct jpeg *j, struct str s)
{
	while (s.n > 0) {
		uint32_t kind = byte_at(s, 0), table = kind & 15, n = 0;
		struct huffman *h;

		if (table >= JPEG_TABLES || kind >> 4 > 1 || s.n < 1 + HUFFMAN_LENGTH_MAX)
			return JPEG_DAMAGED;
		h = kind >> 4 ? &j->state->ac[table] : &j->state->dc[table];
		for (size_t i = 1; i <= HUFFMAN_LENGTH_MAX; i++)
			n += h->counts[i] = (uint8_t)byte_at(s, i);
		if (n > sizeof h->symbols || s.n < 1 + HUFFMAN_LENGTH_MAX + n)
			return JPEG_DAMAGED;
		memset(h->symbols, 0, sizeof h->symbols);
		memcpy(h->symbols, s.p + 1 + HUFFMAN_LENGTH_MAX, n);
		h->set = true;
		if (!huffman_prepare(h))
			return JPEG_DAMAGED;
		for (uint32_t i = 0; kind >> 4 == 0 && i < n; i++)
			if (h->symbols[i] > DC_SYMBOL_MAX)
				return JPEG_DAMAGED;
		s = str_n(s.p + 1 + HUFFMAN_LENGTH_MAX + n, s.n - 1 - HUFFMAN_LENGTH_MAX - n);
	}
	return JPEG_COMPLETE;
}

static enum jpeg_end frame(struct jpeg *j, struct str s, bool progressive)
{
	struct jpeg_state *st = j->state;
	int n = (int)byte_at(s, 5);

	if (st->got_frame || s.n < 6 || s.n != 6 + 3 * (size_t)n)
		return JPEG_DAMAGED;
	j->height = (int)be16(s, 1);
	j->width = (int)be16(s, 3);
	if (byte_at(s, 0) != SAMPLE_BITS || (n != 1 && n != JPEG_COMPONENTS_MAX) || j->height == 0)
		return JPEG_OTHER;
	if (j->width == 0 || j->width > JPEG_SIDE_MAX || j->height > JPEG_SIDE_MAX)
		return JPEG_DAMAGED;
	for (int i = 0; i < n; i++) {
		uint32_t factors = byte_at(s, 7 + 3 * (size_t)i);
		struct jpeg_component c = {
			.id = (int)byte_at(s, 6 + 3 * (size_t)i), .h = (int)(factors >> 4), .v = (int)(factors & 15),
			.quantization = (int)byte_at(s, 8 + 3 * (size_t)i),
		};

		if (c.h < 1 || c.h > JPEG_FACTOR_MAX || c.v < 1 || c.v > JPEG_FACTOR_MAX)
			return JPEG_DAMAGED;
		st->factor_h = c.h > st->factor_h ? c.h : st->factor_h;
		st->factor_v = c.v > st->factor_v ? c.v : st->factor_v;
		j->component[i] = c;
	}
	j->n = n;
	j->progressive = progressive;
	for (int i = 0; i < n; i++) {
		st->planes[i].blocks_wide = ceil_div(j->width * j->component[i].h, 8 * st->factor_h);
		st->planes[i].blocks_high = ceil_div(j->height * j->component[i].v, 8 * st->factor_v);
	}
	st->got_frame = true;
	return JPEG_COMPLETE;
}

static bool approximates_well(const struct scan_header *h)
{
	return h->last <= 63 && (h->first == 0 ? h->last == 0 : h->last >= h->first && h->n == 1) && h->low <= JPEG_SHIFT_MAX &&
	       (h->high == 0 || h->high == h->low + 1);
}

static enum jpeg_end scan(struct jpeg *j, struct str s)
{
	struct scan_header h = { .n = (int)byte_at(s, 0) };
	int blocks = 0;
	size_t at = 1;

	if (!j->state->got_frame || h.n < 1 || h.n > JPEG_COMPONENTS_MAX || s.n != 4 + 2 * (size_t)h.n)
		return JPEG_DAMAGED;
	for (int i = 0; i < h.n; i++, at += 2) {
		struct scan_component *c = &h.component[i];
		uint32_t tables = byte_at(s, at + 1);
		int index = 0;

		while (index < j->n && j->component[index].id != (int)byte_at(s, at))
			index++;
		for (int k = 0; k < i; k++)
			if (h.component[k].index == index)
				return JPEG_DAMAGED;
		*c = (struct scan_component){ index, (int)(tables >> 4), (int)(tables & 15) };
		if (index == j->n || c->dc_table >= JPEG_TABLES || c->ac_table >= JPEG_TABLES)
			return JPEG_DAMAGED;
		blocks += j->component[index].h * j->component[index].v;
	}
	h.first = (int)byte_at(s, at);
	h.last = (int)byte_at(s, at + 1);
	h.high = (int)(byte_at(s, at + 2) >> 4);
	h.low = (int)(byte_at(s, at + 2) & 15);
	if (!j->progressive && (h.first != 0 || h.last != 63 || h.high != 0 || h.low != 0)) {
		j->state->damaged = true;	/* said wrongly, but there is no choice */
		h.first = h.high = h.low = 0;
		h.last = 63;
	}
	if ((j->progressive && !approximates_well(&h)) || (h.n > 1 && blocks > JPEG_MCU_BLOCKS_MAX))
		return JPEG_DAMAGED;
	h.data = (size_t)(s.p - j->file.p) + s.n;
	j->state->scan = h;
	return JPEG_COMPLETE;
}

/* One marker segment after its length field. */
static enum jpeg_end segment(struct jpeg *j, uint32_t marker, struct str s)
{
	struct jpeg_state *st = j->state;

	switch (marker) {
	case SOF0:
	case SOF1:
	case SOF2:
		return frame(j, s, marker == SOF2);
	case DHT:
		return huffman(j, s);
	case DQT:
		return quantization(j, s);
	case SOS:
		return scan(j, s);
	case DRI:
		st->restart_interval = (int)be16(s, 0);
		return s.n == 2 ? JPEG_COMPLETE : JPEG_DAMAGED;
	case APP0:
		st->got_jfif |= s.n >= 14 && str_starts(s, STR("JFIF\0"));
		return JPEG_COMPLETE;
	case APP14:
		if (s.n >= 12 && str_starts(s, STR("Adobe"))) {
			st->got_adobe = true;
			st->adobe_transform = (int)byte_at(s, 11);
		}
		return JPEG_COMPLETE;
	default:
		/* Other kinds of frames, arithmetic conditions, hierarchies. (A height told late is one that SOF left open.) */
		return (marker > SOF2 && marker <= SOF15) || (marker >= DHP && marker < APP0) ? JPEG_OTHER : JPEG_COMPLETE;
	}
}

/* The next marker segment; JPEG_COMPLETE with *marker EOI has none. */
static enum jpeg_end next(struct jpeg *j, uint32_t *marker, struct str *s)
{
	struct jpeg_state *st = j->state;
	size_t at, length;

	while (be16(j->file, st->at) == 0xffff)
		st->at++;
	at = stream_find_marker(j->file, st->at);
	length = be16(j->file, at + 2);
	*marker = byte_at(j->file, at + 1);
	*s = (struct str){ 0 };
	st->damaged |= at != st->at;
	st->at = at + 2;
	if (*marker == EOI || *marker == TEM)
		return JPEG_COMPLETE;
	if (*marker == SOI)
		return JPEG_DAMAGED;
	if (at + 4 > j->file.n || length > j->file.n - at - 2)
		return JPEG_CUT;
	if (length < 2)
		return JPEG_DAMAGED;
	st->at = at + 2 + length;
	*s = str_n(j->file.p + at + 4, length - 2);
	return JPEG_COMPLETE;
}

enum jpeg_end markers_read(struct jpeg *j)
{
	enum jpeg_end end = JPEG_COMPLETE;
	uint32_t marker = TEM;
	struct str s;

	while (end == JPEG_COMPLETE && marker != SOS && marker != EOI) {
		end = next(j, &marker, &s);
		if (end == JPEG_COMPLETE && marker != EOI && marker != TEM)
			end = segment(j, marker, s);
	}
	j->state->ended = end == JPEG_COMPLETE && marker == EOI;
	return end;
}

int markers_scans(struct jpeg *j, struct scan_header *headers, int max)
{
	size_t at = j->state->at;
	bool damaged = j->state->damaged;
	enum jpeg_end end = JPEG_COMPLETE;
	uint32_t marker = SOS;
	struct str s;
	int n = 0;

	do {
		if (marker == SOS)
			headers[n++] = j->state->scan;
		end = next(j, &marker, &s);
		if (end == JPEG_COMPLETE && marker == SOS)
			end = scan(j, s);
	} while (end == JPEG_COMPLETE && marker != EOI && n < max);
	j->state->scan = headers[0];
	j->state->at = at;
	j->state->damaged = damaged;
	return n;
}
