/* facts.h - the facts (meta/meta.h) of a photo that libvips has opened: the blocks are those that its loader found. */
#ifndef RUNNER_FACTS_H
#define RUNNER_FACTS_H

#include <vips/vips.h>

#include "functions/runner/meta/meta.h"

void facts_of_vips(VipsImage *image, struct facts *f);

/* Either way of asking has one name. */
#define facts_read(from, f) _Generic((from), VipsImage *: facts_of_vips, default: facts_read)(from, f)

#endif
