/* answer.h - the JSON that goes back with the bytes of the renditions (thumbnail.h has its form). */
#ifndef RUNNER_ANSWER_H
#define RUNNER_ANSWER_H

#include "base/buf.h"
#include "functions/runner/look/blurhash.h"
#include "functions/runner/look/phash.h"
#include "functions/runner/look/swatches.h"
#include "functions/runner/meta/meta.h"
#include "functions/runner/header.h"

struct made {			/* one rendition */
	const struct rendition *rendition;
	enum rendition_format format;	/* as it was chosen, where the rendition leaves that open */
	int width, height;
	size_t offset, length;	/* in the bytes of all of them */
};

struct answer {
	struct made made[THUMBNAIL_RENDITIONS_MAX];	/* in the order of the settings */
	int made_n;
	int width, height;	/* of the photo as shown */
	const char *format;
	int bit_depth;		/* of a sample; 0: not known */
	const char *color_space;	/* of the samples as stored: "rgb", "gray", "cmyk", "lab"; NULL: not known */
	int64_t frames;
	bool animation_cut;	/* an animated rendition shows less than the photo */
	bool degraded;
	double read;		/* of a degraded photo: the part that was there, 0 to 1 */
	const char *hdr;	/* "pq", "hlg": the photo has a high dynamic range, the renditions have not; NULL */
	bool profile_ignored;	/* there is one, of no use */
	char sha256[65];	/* of the file; "": not asked for */
	struct buf hash;	/* owned */
	char color[COLOR_TEXT_MAX];
	char blurhash[BLURHASH_TEXT_MAX], phash[PHASH_TEXT_MAX];	/* "": not asked for */
	struct swatch swatches[SWATCHES_MAX];
	int swatches_n;
	struct facts facts;
};

void answer_write(const struct answer *a, struct buf *to);

#endif
