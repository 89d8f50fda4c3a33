/* similar.h - near duplicates: photos whose perceptual hashes differ in few bits.
 *
 * A row's "phash" is 64 bits as 16 hexadecimal digits (functions/runner/look/phash.h). Its four bands of 16 bits are attributes of
 * their own, "phash_0" (the first digits) to "phash_3", each the key of an index of the table, "near-0" to "near-3". Two
 * hashes that differ in at most 7 bits have a band that differs in at most one: 7 bits cannot be 2 in each of 4. So all photos
 * within 7 are among those found by 4 x 17 exact look-ups, whatever the table's size. (Manku, Jain, Das Sarma: Detecting
 * Near-Duplicates for Web Crawling, 2007, section 3.)
 *
 * Plain pictures have hashes that many share: a search looks at no more than SIMILAR_LOOK_MAX rows and says when that was
 * not all.
 */
#ifndef PIPELINE_SIMILAR_H
#define PIPELINE_SIMILAR_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/db.h"

#define SIMILAR_BANDS 4
#define SIMILAR_WITHIN_MAX 7
#define SIMILAR_WITHIN 6		/* when not said otherwise */
#define SIMILAR_FOUND_MAX 1000
#define SIMILAR_LOOK_MAX 20000
#define SIMILAR_ERROR_MAX 300

struct similar_bands {
	struct str of[SIMILAR_BANDS];	/* lent by the text */
};
bool similar_bands(struct str phash, struct similar_bands *b);	/* false: not 16 hexadecimal digits, lower case */
const char *similar_attribute(int band);			/* "phash_0" */
const char *similar_index(int band);				/* "near-0" */

/* {"bucket","key","phash","within","photos":[{"bucket","key","phash","distance"}...],"complete":BOOL}, the nearest first. Of the
 * table of the bucket's function. E_NOT_FOUND, E_BAD_INPUT, with a sentence in `error`. Blocking. */
int similar_gather(struct db *db, struct str bucket, struct str key, int within, struct buf *json, char error[SIMILAR_ERROR_MAX]);

/* For people. `json` is what similar_gather wrote. E_BAD_INPUT if it is not. */
int similar_print(struct str json, FILE *to);

#endif
