#include "functions/runner/meta/blocks.h"
#include "functions/runner/meta/ifd.h"

enum tag { XMP = 700, IPTC = 33723, PHOTOSHOP = 34377, ICC_PROFILE = 34675 };

/* The first directory is a page and EXIF's first at once: the whole file is the block. */
void tiff_meta(struct find *f)
{
	struct str photoshop = { 0 };
	struct { uint32_t tag; struct str *to; } wanted[] = {
		{ XMP, &f->m->xmp }, { IPTC, &f->m->iptc }, { PHOTOSHOP, &photoshop }, { ICC_PROFILE, &f->m->icc },
	};
	struct ifd d;
	struct ifd_value v;

	if (!ifd_open(f->photo, &d))
		return;
	f->m->exif = f->photo;
	for (uint32_t i = 0; i < ifd_entries(&d, d.first); i++)
		for (size_t k = 0; ifd_entry(&d, d.first, i, &v) && k < sizeof wanted / sizeof wanted[0]; k++)
			if (v.tag == wanted[k].tag && !str_is_set(*wanted[k].to))
				*wanted[k].to = v.data;
	if (!str_is_set(f->m->iptc))
		f->m->iptc = blocks_iptc(photoshop);
}
