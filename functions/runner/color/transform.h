/* transform.h - what a colour profile makes of a row of pixels; the last few are kept.
 *
 * Making a transform costs 0.2 to 24 ms, so the last TRANSFORMS_KEPT are kept by SHA-256 of the profile (a stranger who could make two
 * profiles of one key would colour the next one's photo) with the kind of picture; those that could not be made as well.
 * A profile is a stranger's: its size was bounded (MAX_PROFILE); programs of any length in it (multi-process elements, which
 * photos do not use) are left out, and only profiles of devices and colour spaces are taken. One thread; never freed.
 */
#ifndef RUNNER_TRANSFORM_H
#define RUNNER_TRANSFORM_H

#include "base/str.h"
#include "functions/runner/picture.h"

#define TRANSFORMS_KEPT 8

struct transform;

/* For pictures like this; NULL when the profile is broken or is for other pictures. Valid until the next call. */
const struct transform *transform_find(struct str profile, const struct picture *like);

/* `n` pixels, as in convert.h; to 8-bit grey or RGB. Alpha in `to` is left as it is. */
void transform_apply(const struct transform *t, const void *from, uint8_t *to, size_t n);

#endif
