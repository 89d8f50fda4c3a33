/* gallery_row.h - a row of a photo's table: is it one that is looked for, and what of it does a gallery show. */
#ifndef PIPELINE_GALLERY_ROW_H
#define PIPELINE_GALLERY_ROW_H

#include "pipeline/gallery.h"
#include "storage/object.h"

/* Without reading it: false only if it cannot. */
bool gallery_row_may_match(const struct gallery_ask *ask, struct str item);

/* 1: it is one, and was written; 0: it is none. E_BAD_INPUT: it is no typed JSON. */
int gallery_row_write(const struct gallery_ask *ask, struct str item, struct arena *a, struct json *j);

/* An object without a row: of filters only those of key and upload date can be told of it. */
bool gallery_object_matches(const struct gallery_ask *ask, const struct object *o);

#endif
