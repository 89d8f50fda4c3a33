/* rendition_list.h - a photo's list of named renditions (functions/rendition.h has its grammar) as the pipeline sees it: which
 * thumbnails a photo should have, which of the list are asked for, and what list a result has when only those were made.
 *
 * A list is text, its entries NAME=SPEC with single blanks between; names of several are one text likewise. An entry
 * with format=auto makes NAME and one of four endings, as the photo wants it.
 */
#ifndef PIPELINE_RENDITION_LIST_H
#define PIPELINE_RENDITION_LIST_H

#include "base/arena.h"
#include "base/str.h"

#define RENDITION_LIST_MAX 16			/* as functions/rendition.h has it */
#define RENDITION_LIST_KEYS_MAX (4 * RENDITION_LIST_MAX)	/* thumbnails that all of them could have made */
#define RENDITION_LIST_NAMES_MAX 1100		/* bytes of names with blanks between */
#define RENDITION_LIST_ERROR_MAX 400

struct rendition_list {
	int count;
	struct rendition_entry {
		struct str name, text;	/* "a.webp", "a.webp=160"; lent by the list */
		bool any_ending;
	} at[RENDITION_LIST_MAX];
};

/* E_BAD_INPUT with a sentence in `error`. `list` is lent to *p. */
int rendition_list_read(struct str list, struct rendition_list *p, char error[RENDITION_LIST_ERROR_MAX]);

const struct rendition_entry *rendition_list_find(const struct rendition_list *p, struct str name);	/* NULL: it has none of that name */
bool rendition_entry_makes(const struct rendition_entry *p, struct str thumbnail);	/* may a thumbnail of this name be of it? */

/* One name after the other from a text of several; false at the end. */
bool rendition_list_next(struct str *names, struct str *name);

/* Those entries that are named, as a list. "" when there are none. */
struct str rendition_list_pick(const struct rendition_list *p, struct str names, struct arena *a);

/* The keys below `original` that the named entries could have made. Count. */
int rendition_list_keys(const struct rendition_list *p, struct str names, struct str original, struct arena *a, struct str keys[RENDITION_LIST_KEYS_MAX]);

/* What a result of list `was` is made with when the named ones of `p` were put into it. */
struct str rendition_list_merged(const struct rendition_list *p, struct str names, struct str was, struct arena *a);

/* Does a result of list `made` have a thumbnail of every entry? Not known of list "". */
bool rendition_list_covered(const struct rendition_list *p, struct str made);

#endif
