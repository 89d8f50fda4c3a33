/* runner_meta_fuzz.c - the blocks of any container and the facts in them: nothing is read outside, and what is told has its form.
 *
 * The first byte chooses: a format, whose file follows; or one of the blocks themselves, so that the parsers behind the
 * containers are reached at once. */
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/codec.h"
#include "functions/runner/meta/meta.h"

#define PROFILE_MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	CHECK(n < size && utf8_valid(str_n(s, n)));
	for (size_t i = 0; i < n; i++)
		CHECK((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
	CHECK(n == 0 || (s[0] != ' ' && s[n - 1] != ' '));
}

static void check_facts(const struct facts *f)
{
	check_text(f->camera, sizeof f->camera);
	check_text(f->lens, sizeof f->lens);
	check_text(f->exposure, sizeof f->exposure);
	check_text(f->taken_at, sizeof f->taken_at);
	check_text(f->title, FACT_MAX);
	check_text(f->caption, FACT_MAX);
	check_text(f->copyright, FACT_MAX);
	check_text(f->artist, FACT_MAX);
	CHECK(f->keywords_n >= 0 && f->keywords_n <= KEYWORDS_MAX);
	for (int i = 0; i < f->keywords_n; i++)
		check_text(f->keywords[i], KEYWORD_MAX);
	CHECK(f->rating >= -1 && f->rating <= 5);
	CHECK(f->iso >= 0 && isfinite(f->aperture) && isfinite(f->focal_length) && isfinite(f->focal_length_35));
	CHECK(fabs(f->latitude) <= 90 && fabs(f->longitude) <= 180 && fabs(f->altitude) < 100000);
}

static void check_meta(struct meta *m)
{
	struct facts f;
	int orientation = meta_orientation(m);

	CHECK(orientation >= 1 && orientation <= 8);
	facts_read(m, &f);
	check_facts(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct meta m = { .upright = false };
	struct str rest, *blocks[] = { &m.exif, &m.xmp, &m.iptc, &m.icc };

	if (n == 0)
		return 0;
	rest = str_n(p + 1, n - 1);
	if (p[0] < FORMATS) {
		meta_find(rest, (enum format)p[0], PROFILE_MAX, &m);
		CHECK(m.xmp.n <= META_XMP_MAX && m.iptc.n <= META_IPTC_MAX && m.icc.n <= PROFILE_MAX);
		CHECK(p[0] == FORMAT_TIFF || m.exif.n <= META_EXIF_MAX);
	} else {
		*blocks[p[0] % 4] = rest;
	}
	check_meta(&m);
	meta_clear(&m);
	return 0;
}
