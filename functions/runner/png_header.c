#include "functions/runner/bytes.h"
#include "functions/runner/header.h"

/* Chunks: length, four letters, data, CRC. IHDR is the first; the walk goes on to IEND to tell whether
 * the file is all there. */
enum reason png_header(struct str p, struct header *h, char message[SAY_MAX])
{
	size_t at = 8;

	(void)message;
	h->cut = true;
	while (at + 12 <= p.n) {
		struct str type = str_n(p.p + at + 4, 4);
		size_t length = be32(p, at);

		if (str_eq(type, STR("IHDR")) && h->width == 0) {
			h->width = be32(p, at + 8);
			h->height = be32(p, at + 12);
			h->buffered = byte_at(p, at + 20) != 0;	/* Adam7 */
		} else if (str_eq(type, STR("iCCP"))) {
			h->profile_bytes = (int64_t)length;
		} else if (str_eq(type, STR("acTL"))) {
			h->frames = be32(p, at + 8);
		}
		at += 12 + length;
		if (str_eq(type, STR("IEND"))) {
			h->cut = at > p.n;
			break;
		}
	}
	return REASON_NONE;
}
