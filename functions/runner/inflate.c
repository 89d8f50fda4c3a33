#include "functions/runner/inflate.h"

#include <zlib.h>

#define STEP 16384

static bool begin(z_stream *z, struct str in)
{
	*z = (z_stream){ .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n };
	return in.n <= INT32_MAX && inflateInit(z) == Z_OK;
}

bool inflate_into(struct buf *out, struct str in, size_t most)
{
	size_t n = 0;
	z_stream z;
	int rc = Z_OK;

	if (!begin(&z, in))
		return false;
	while (rc == Z_OK && n <= most) {
		size_t room = most + 1 - n < STEP ? most + 1 - n : STEP;

		z.next_out = (Bytef *)buf_reserve(out, room);
		z.avail_out = (uInt)room;
		rc = inflate(&z, Z_NO_FLUSH);
		buf_wrote(out, room - z.avail_out);
		n += room - z.avail_out;
	}
	inflateEnd(&z);
	return rc == Z_STREAM_END && n <= most;
}

size_t inflate_count(struct str in, size_t most)
{
	Bytef lost[STEP];
	size_t n = 0;
	z_stream z;
	int rc = Z_OK;

	if (!begin(&z, in))
		return 0;
	while (rc == Z_OK && n <= most) {
		size_t room = most + 1 - n < STEP ? most + 1 - n : STEP;

		z.next_out = lost;
		z.avail_out = (uInt)room;
		rc = inflate(&z, Z_NO_FLUSH);
		n += room - z.avail_out;
	}
	inflateEnd(&z);
	return n;
}
