/* runner_png_fuzz.c - a stranger's PNG: what libpng reads, our decoder reads to the same pixels, and whatever it makes of the rest is
 * told honestly. With an odd first byte the chunks' checksums are made right, so that changes in them are not the end of it. */
#include <stdlib.h>

#include "base/crc.h"
#include "functions/runner/bytes.h"
#include "functions/runner/reader.h"
#include "tests/unit/runner/png_pixels.h"

#define SMALL_MAX (1 << 18)	/* pixels; larger ones would only be slow */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void mend(char *p, size_t n)
{
	struct png_chunk c;

	for (size_t at = 8; png_chunk_at(str_n(p, n), at, &c) && c.next <= n; at = c.next) {
		uint32_t crc = crc32_zlib(0, p + at + 4, c.data.n + 4);

		for (size_t i = 0; i < 4; i++)
			p[at + 8 + c.data.n + i] = (char)(crc >> (24 - 8 * i));
	}
}

/* libpng does not look at the last chunk's checksum, and asks for as much memory as a chunk claims to need. */
static bool is_whole(struct str file)
{
	struct png_chunk c;

	for (size_t at = 8; png_chunk_at(file, at, &c); at = c.next) {
		if (c.next > file.n || (str_eq(c.type, STR("IDAT")) && !c.whole))
			return false;
		if (str_eq(c.type, STR("IEND")))
			return true;
	}
	return false;
}

static void compare(struct str file)
{
	struct picture want, own;

	if (!is_whole(file))
		return;
	if (png_pixels_libpng(file, &want)) {
		CHECK(png_pixels_own(file, true, &own));
		CHECK(own.width == want.width && own.height == want.height && own.bands == want.bands &&
		      own.depth == want.depth && own.alpha == want.alpha);
		CHECK(memcmp(own.pixels, want.pixels, picture_row_bytes(&own) * (size_t)own.height) == 0);
		picture_clear(&own);
	}
	picture_clear(&want);
}

static void read(struct str file, bool deep)
{
	struct header h = { .format = FORMAT_PNG, .frames = 1 };
	struct master m = { .degraded = false };
	char message[SAY_MAX] = "";
	struct reading r = { .photo = file, .h = &h };

	if (png_header(file, &h, message) != REASON_NONE || h.width < 1 || h.height < 1 || h.width > SMALL_MAX ||
	    h.height > SMALL_MAX || h.width * h.height > SMALL_MAX)
		return;
	r.need = (struct need){ .width = (int)(h.width + 2) / 3, .height = (int)(h.height + 1) / 2, .deep = deep };
	if (png_read(&r, &m, message) == REASON_NONE) {
		const struct picture *p = &m.image.picture;

		CHECK(p->width == r.need.width && p->height == r.need.height && m.width == h.width && m.height == h.height);
		CHECK(m.degraded ? m.read * SALVAGE_PARTS >= 1 && m.read <= 1 : m.read == 1);
	} else {
		CHECK(message[0] != '\0');
	}
	image_clear(&m.image);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *copy;

	if (n == 0)
		return 0;
	copy = malloc(n);
	CHECK(copy != NULL);
	memcpy(copy, p + 1, n - 1);
	if (p[0] & 1)
		mend(copy, n - 1);
	compare(str_n(copy, n - 1));
	read(str_n(copy, n - 1), p[0] & 2);
	free(copy);
	return 0;
}
