#include "functions/runner/meta/facts.h"

#include <stdio.h>

#include "functions/runner/color/icc.h"
#include "functions/runner/meta/exif.h"
#include "functions/runner/meta/iptc.h"
#include "functions/runner/meta/xmp.h"

void facts_keyword(struct facts *f, struct str word, enum text_charset charset)
{
	char *to;

	if (f->keywords_n == KEYWORDS_MAX)
		return;
	to = f->keywords[f->keywords_n];
	to[0] = '\0';
	text_put(to, KEYWORD_MAX, word, charset);
	for (int i = 0; i < f->keywords_n; i++)
		if (strcmp(f->keywords[i], to) == 0)
			return;
	if (to[0] != '\0')
		f->keywords_n++;
}

void facts_read(const struct meta *m, struct facts *f)
{
	struct exif exif;
	bool has_exif = exif_open(m->exif, &exif);
	struct icc icc;

	*f = (struct facts){ .has_place = false };
	if (str_is_set(m->icc) && icc_read(m->icc, &icc))
		snprintf(f->profile, sizeof f->profile, "%s", icc.name);
	/* each fills what those before it left open */
	if (has_exif)
		exif_camera(&exif, f);
	xmp_facts(m->xmp, f);
	iptc_texts(m->iptc, f);
	if (has_exif)
		exif_texts(&exif, f);
}

int meta_orientation(const struct meta *m)
{
	struct exif exif;
	int orientation = 0;

	if (!m->upright && exif_open(m->exif, &exif))
		orientation = exif_orientation(&exif);
	return orientation ? orientation : 1;
}
