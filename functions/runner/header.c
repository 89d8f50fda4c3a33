#include "functions/runner/header.h"

#include <inttypes.h>

typedef enum reason header_fn(struct str p, struct header *h, char message[SAY_MAX]);

static header_fn *const parsers[FORMATS] = {
	[FORMAT_JPEG] = jpeg_header, [FORMAT_PNG] = png_header, [FORMAT_WEBP] = webp_header,
	[FORMAT_GIF] = gif_header, [FORMAT_TIFF] = tiff_header, [FORMAT_HEIC] = heif_header,
	[FORMAT_AVIF] = heif_header,
};

static int64_t pixels_max(const struct header *h, const struct settings *s, const char **name)
{
	if (h->format == FORMAT_HEIC || h->format == FORMAT_AVIF) {
		*name = h->bits > 8 ? "two thirds of MAX_PIXELS_HEIF, for more than 8 bits" : "MAX_PIXELS_HEIF";
		return h->bits > 8 ? s->max_pixels_heif / 3 * 2 : s->max_pixels_heif;
	}
	if (h->buffered) {
		*name = "MAX_PIXELS_BUFFERED";
		return s->max_pixels_buffered;
	}
	*name = "MAX_PIXELS";
	return s->max_pixels;
}

enum reason header_check(const struct header *h, const struct settings *s, char message[SAY_MAX])
{
	const char *name;
	int64_t most = pixels_max(h, s, &name);

	if (h->width > s->max_side || h->height > s->max_side)
		return say(message, REASON_PIXELS, "the picture is %" PRId64 "x%" PRId64 ", a side may have %" PRId64
			   " (MAX_SIDE)", h->width, h->height, s->max_side);
	if (h->width * h->height > most)
		return say(message, REASON_PIXELS, "the picture is %" PRId64 "x%" PRId64 ", over %" PRId64
			   " pixels (%s)", h->width, h->height, most, name);
	if (h->frames > s->max_frames)
		return say(message, REASON_FRAMES, "there are more than %" PRId64 " frames (MAX_FRAMES)", s->max_frames);
	if (h->scans > s->max_scans)
		return say(message, REASON_SCANS, "there are %" PRId64 " scans, over %" PRId64 " (MAX_SCANS)",
			   h->scans, s->max_scans);
	if (h->profile_bytes > s->max_profile)
		return say(message, REASON_PROFILE, "the colour profile has %" PRId64 " bytes, over %" PRId64
			   " (MAX_PROFILE)", h->profile_bytes, s->max_profile);
	return REASON_NONE;
}

enum reason header_read(struct str photo, const struct settings *s, struct header *h, char message[SAY_MAX])
{
	enum reason why;

	*h = (struct header){ .frames = 1 };
	if ((int64_t)photo.n > s->max_bytes)
		return say(message, REASON_BYTES, "the file has %zu bytes, over %" PRId64 " (MAX_BYTES)",
			   photo.n, s->max_bytes);
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
