/* blocks.h - the containers' side of meta.h: who looks for blocks where.
 *
 * One function per format, in FORMAT_meta.c. `m` comes empty; blocks are put there as they are found, the first of a kind wins, and
 * meta_find checks their sizes and beginnings afterwards. Copies go into m->memory, and only within the limits.
 */
#ifndef RUNNER_BLOCKS_H
#define RUNNER_BLOCKS_H

#include "functions/runner/meta/meta.h"

struct find {
	struct str photo;
	int64_t max_profile;
	struct meta *m;
};

void jpeg_meta(struct find *f);
void png_meta(struct find *f);
void webp_meta(struct find *f);
void tiff_meta(struct find *f);
void heif_meta(struct find *f);

/* Of the EXIF of a HEIF, as its item's places say; 0 when it has none. Also for header.h, which looks before anybody reads. */
int64_t heif_exif_bytes(struct str photo);

/* Parts as one block in m->memory; a single part stays where it is. Absent when there are none or over `most` bytes. */
struct str blocks_join(struct meta *m, const struct str *parts, size_t n, size_t most);

/* The IPTC records among the resources that Photoshop keeps ("8BIM"...); absent if there are none. */
struct str blocks_iptc(struct str resources);

#endif
