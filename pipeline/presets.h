/* presets.h - renditions by name, and which of them a place gets: what the settings `preset` and `renditions` say.
 *
 *     preset = card.jpg=400x300,fill,gravity=attention      a rendition (functions/rendition.h) that is then known by its name
 *     renditions = photos small.webp card.jpg               all photos of bucket photos get these two
 *     renditions = photos/avatars/ avatar.webp=96,fill      those whose key begins so get this one; the longest prefix counts
 *
 * A function's own list is its variable RENDITIONS, which may name presets as well; it counts where no `renditions` does. The
 * function never sees a preset: when it is invoked, RENDITIONS is replaced by the list of the photo's place, and every name that is a
 * preset by what it stands for. A name that is none goes along as it is, and minilab-runner refuses it with a reason.
 * Blanks and '%' in a prefix are written %20 and %25. A preset or place given again replaces the earlier one.
 *
 * NULL is no presets and no places. Read-only after presets_open: any thread.
 */
#ifndef PIPELINE_PRESETS_H
#define PIPELINE_PRESETS_H

#include "base/arena.h"
#include "base/str.h"

#define PRESETS_MAX 64
#define PLACES_MAX 64
#define PRESETS_ERROR_MAX 600

struct presets;

/* From the values of the two settings, one per line. Checks all of it: E_BAD_INPUT, with a sentence for people, and *out is NULL. */
int presets_open(struct presets **out, struct str presets, struct str places, char error[PRESETS_ERROR_MAX]);
void presets_close(struct presets *p);

/* A function's variables (a JSON object of texts) for the photo at this place; `environment` itself when nothing is to be replaced, else in `a`. */
struct str presets_environment(const struct presets *p, struct str environment, struct str bucket, struct str key, struct arena *a);

/* The list that is: of a function whose own is `list`, presets replaced, single blanks between; in `a`. "" where there is none. */
struct str presets_list(const struct presets *p, struct str list, struct str bucket, struct str key, struct arena *a);

/* Every list that photos of a bucket can have, in `a`. The function's own is among them unless all of the bucket is a place. */
#define PRESETS_LISTS_MAX (PLACES_MAX + 1)
int presets_lists(const struct presets *p, struct str list, struct str bucket, struct arena *a, struct str lists[PRESETS_LISTS_MAX]);

/* Whether a function's own RENDITIONS, presets named there included, can be made. E_BAD_INPUT as above. */
int presets_check(const struct presets *p, struct str environment, char error[PRESETS_ERROR_MAX]);

#endif
