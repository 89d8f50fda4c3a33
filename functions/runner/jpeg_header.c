#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

enum {
	SOF0 = 0xc0, SOF2 = 0xc2, DHT = 0xc4, JPG = 0xc8, SOF15 = 0xcf, DAC = 0xcc, RST0 = 0xd0, SOI = 0xd8,
	EOI = 0xd9, SOS = 0xda, APP1 = 0xe1, APP2 = 0xe2, TEM = 0x01
};

static const char *const why_not[] = {
	[0x3] = "lossless", [0x5] = "hierarchical", [0x6] = "hierarchical", [0x7] = "hierarchical",
	[0x9] = "arithmetic-coded", [0xa] = "arithmetic-coded", [0xb] = "arithmetic-coded",
	[0xd] = "arithmetic-coded", [0xe] = "arithmetic-coded", [0xf] = "arithmetic-coded",
};

static const char *space_of(uint32_t components)
{
	return components == 1 ? "gray" : components == 4 ? "cmyk" : "rgb";
}

/* One marker segment, from its length field on. */
static enum reason segment(struct str s, uint32_t marker, struct header *h, char message[SAY_MAX])
{
	struct str data = str_n(s.p + 2, s.n - 2);

	if (marker == APP1 && str_starts(data, STR("Exif\0")))
		h->exif_bytes += (int64_t)data.n;
	if (marker == APP2 && str_starts(data, STR("ICC_PROFILE\0")) && s.n > 16)
		h->profile_bytes += (int64_t)s.n - 16;
	if (marker < SOF0 || marker > SOF15 || marker == DHT || marker == JPG || marker == DAC)
		return REASON_NONE;
	if (why_not[marker & 15])
		return say(message, REASON_UNSUPPORTED, "%s JPEG is not decoded here", why_not[marker & 15]);
	if (s.n >= 8 && byte_at(s, 2) != 8)
		return say(message, REASON_UNSUPPORTED, "JPEG with %u bits per sample is not decoded here", byte_at(s, 2));
	if (h->width == 0) {
		h->height = be16(s, 3);
		h->width = be16(s, 5);
		h->progressive = marker == SOF2;
		h->bits = 8;
		h->space = space_of(byte_at(s, 7));
	}
	return REASON_NONE;
}

/* From a 0xff of any kind to the next marker of a segment: in a scan, past its data, stuffed zeros and
 * restarts. False at the end of the picture or of the file. */
static bool next_marker(struct str p, size_t *at, uint32_t *marker, bool *cut)
{
	*cut = true;
	while (*at < p.n) {
		const char *ff = memchr(p.p + *at, 0xff, p.n - *at);

		if (ff == NULL)
			return false;
		*at = (size_t)(ff - p.p) + 1;
		while (byte_at(p, *at) == 0xff)
			(*at)++;
		if (*at >= p.n)
			return false;
		*marker = byte_at(p, (*at)++);
		if (*marker == 0 || *marker == TEM || (*marker >= RST0 && *marker <= SOI))
			continue;
		*cut = *marker != EOI;
		return *marker != EOI;
	}
	return false;
}

enum reason jpeg_header(struct str p, struct header *h, char message[SAY_MAX])
{
	enum reason why = REASON_NONE;
	uint32_t marker = 0;
	size_t at = 2;

	while (why == REASON_NONE && next_marker(p, &at, &marker, &h->cut)) {
		size_t length = be16(p, at);

		h->cut = at + length > p.n || length < 2;
		if (h->cut)
			break;
		h->chunks++;
		if (marker == SOS)
			h->scans++;
		else
			why = segment(str_n(p.p + at, length), marker, h, message);
		at += length;
	}
	h->progressive |= h->scans > 1;
	h->buffered = h->progressive;
	return why;
}
