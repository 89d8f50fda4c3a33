#include "functions/runner/header.h"

#include <inttypes.h>
#include <stddef.h>

typedef enum reason header_fn(struct str p, struct header *h, char message[SAY_MAX]);

static header_fn *const parsers[FORMATS] = {
	[FORMAT_JPEG] = jpeg_header, [FORMAT_PNG] = png_header, [FORMAT_WEBP] = webp_header,
	[FORMAT_GIF] = gif_header, [FORMAT_TIFF] = tiff_header, [FORMAT_HEIC] = heif_header,
	[FORMAT_AVIF] = heif_header,
};

static int64_t pixels_max(const struct header *h, const struct limits *l, const char **name)
{
	if (h->format == FORMAT_HEIC || h->format == FORMAT_AVIF) {
		*name = h->bits > 8 ? "two thirds of MAX_PIXELS_HEIF, for more than 8 bits" : "MAX_PIXELS_HEIF";
		return h->bits > 8 ? l->pixels_heif / 3 * 2 : l->pixels_heif;
	}
	if (h->buffered) {
		*name = "MAX_PIXELS_BUFFERED";
		return l->pixels_buffered;
	}
	*name = "MAX_PIXELS";
	return l->pixels;
}

/* "there are 1001 frames, over 1000 (MAX_FRAMES)" */
static const struct check {
	size_t claim, limit;
	enum reason why;
	const char *before, *after, *name;
} checks[] = {
#define ROW(member, most) offsetof(struct header, member), offsetof(struct limits, most)
	{ ROW(width, width),             REASON_WIDTH,       "the picture is", "pixels wide", "MAX_WIDTH" },
	{ ROW(height, height),           REASON_HEIGHT,      "the picture is", "pixels high", "MAX_HEIGHT" },
	{ ROW(frames, frames),           REASON_FRAMES,      "there are", "frames", "MAX_FRAMES" },
	{ ROW(scans, scans),             REASON_SCANS,       "there are", "scans", "MAX_SCANS" },
	{ ROW(chunks, chunks),           REASON_CHUNKS,      "there are", "chunks or segments", "MAX_CHUNKS" },
	{ ROW(text_bytes, text),         REASON_TEXT,        "the texts have", "bytes or more", "MAX_TEXT" },
	{ ROW(exif_bytes, exif),         REASON_EXIF,        "the EXIF block has", "bytes", "MAX_EXIF" },
	{ ROW(profile_bytes, profile),   REASON_PROFILE,     "the colour profile has", "bytes or more", "MAX_PROFILE" },
	{ ROW(items, items),             REASON_ITEMS,       "there are", "items", "MAX_ITEMS" },
	{ ROW(directories, directories), REASON_DIRECTORIES, "there are", "directories", "MAX_DIRECTORIES" },
#undef ROW
};

enum reason header_check(const struct header *h, const struct settings *s, char message[SAY_MAX])
{
	const struct limits *l = &s->limits;
	const char *name;
	int64_t most = pixels_max(h, l, &name);

	if ((uint64_t)h->width * (uint64_t)h->height > (uint64_t)most)	/* each has at most 32 bits */
		return say(message, REASON_PIXELS, "the picture is %" PRId64 "x%" PRId64 ", over %" PRId64
			   " pixels (%s)", h->width, h->height, most, name);
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		const struct check *c = &checks[i];
		int64_t claim = *(const int64_t *)(const void *)((const char *)h + c->claim);
		int64_t limit = *(const int64_t *)(const void *)((const char *)l + c->limit);

		if (claim > limit)
			return say(message, c->why, "%s %" PRId64 " %s, over %" PRId64 " (%s)", c->before, claim, c->after, limit,
				   c->name);
	}
	return REASON_NONE;
}

enum reason header_read(struct str photo, const struct settings *s, struct header *h, char message[SAY_MAX])
{
	enum reason why;

	*h = (struct header){ .frames = 1 };
	if ((int64_t)photo.n > s->limits.bytes)
		return say(message, REASON_BYTES, "the file has %zu bytes, over %" PRId64 " (MAX_BYTES)",
			   photo.n, s->limits.bytes);
	why = sniff(photo, &h->format, message);
	if (why == REASON_NONE)
		why = parsers[h->format](photo, h, message);
	if (why == REASON_NONE)
		why = header_check(h, s, message);
	if (why == REASON_NONE && (h->width == 0 || h->height == 0))
		why = h->cut ? say(message, REASON_TRUNCATED, "the file ends before the size of its picture is told")
			     : say(message, REASON_DAMAGED, "the file does not tell the size of its picture");
	return why;
}
