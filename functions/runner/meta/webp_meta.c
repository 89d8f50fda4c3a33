#include "functions/runner/bytes.h"
#include "functions/runner/meta/blocks.h"

#define CHUNKS_MAX 100000

/* RIFF chunks: four letters, length, data, padded to even. */
void webp_meta(struct find *f)
{
	struct str p = f->photo;
	size_t at = 12;

	for (int i = 0; i < CHUNKS_MAX && at + 8 <= p.n; i++) {
		struct { struct str type, *to; } wanted[] = {
			{ STR("EXIF"), &f->m->exif }, { STR("XMP "), &f->m->xmp }, { STR("ICCP"), &f->m->icc },
		};
		struct str type = str_n(p.p + at, 4);
		size_t length = le32(p, at + 4);

		if (length > p.n - at - 8)
			break;
		for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
			if (str_eq(type, wanted[k].type) && !str_is_set(*wanted[k].to))
				*wanted[k].to = str_n(p.p + at + 8, length);
		at += 8 + length + (length & 1);
	}
}
