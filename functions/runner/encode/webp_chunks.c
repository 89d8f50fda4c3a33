/* A WebP is a RIFF of chunks: four letters, a length, bytes, and one more to make it even. libwebp writes VP8 or VP8L alone, or behind
 * VP8X, whose flags tell what else there is: profile first, then alpha and picture, EXIF last. Source: RFC 9649. */
#include "functions/runner/encode/formats.h"

#include "base/check.h"
#include "functions/runner/bytes.h"

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8, VP8X_BYTES = 10 };
enum { FLAG_PROFILE = 0x20, FLAG_ALPHA = 0x10, FLAG_EXIF = 0x08 };

static void put_le(struct buf *to, size_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		buf_add(to, &(uint8_t){ (uint8_t)v }, 1);
}

static void put_chunk(struct buf *to, const char *name, struct str bytes)
{
	if (bytes.n == 0)
		return;
	buf_add(to, name, 4);
	put_le(to, bytes.n, 4);
	buf_add(to, bytes.p, bytes.n);
	buf_add(to, "", bytes.n % 2);
}

/* Whether the picture has alpha: VP8X says so, or VP8L in bit 28 of what follows its signature. */
static bool has_alpha(struct str file)
{
	struct str first = str_n(file.p + RIFF_HEAD, file.n - RIFF_HEAD);

	if (str_starts(first, STR("VP8X")))
		return byte_at(first, CHUNK_HEAD) & FLAG_ALPHA;
	return str_starts(first, STR("VP8L")) && le32(first, CHUNK_HEAD + 1) >> 28 & 1;
}

void webp_wrap(struct str file, int width, int height, struct str profile, struct str exif, struct buf *to)
{
	size_t start = to->len, size, head = RIFF_HEAD;

	if (profile.n == 0 && exif.n == 0) {
		buf_add(to, file.p, file.n);
		return;
	}
	CHECK(file.n > RIFF_HEAD + CHUNK_HEAD);
	if (str_starts(str_n(file.p + RIFF_HEAD, 4), STR("VP8X")))
		head += CHUNK_HEAD + VP8X_BYTES;
	buf_add(to, "RIFF\0\0\0\0WEBPVP8X", 16);
	put_le(to, VP8X_BYTES, 4);
	put_le(to, (profile.n > 0 ? FLAG_PROFILE : 0u) | (has_alpha(file) ? FLAG_ALPHA : 0u) | (exif.n > 0 ? FLAG_EXIF : 0u), 4);
	put_le(to, (size_t)width - 1, 3);
	put_le(to, (size_t)height - 1, 3);
	put_chunk(to, "ICCP", profile);
	buf_add(to, file.p + head, file.n - head);
	put_chunk(to, "EXIF", exif);
	size = to->len - start - CHUNK_HEAD;
	for (int i = 0; i < 4; i++)
		to->data[start + 4 + (size_t)i] = (char)(size >> 8 * i);
}
