/* setup.h - the default pipeline of a new data directory. Blocking; once, before the port opens. */
#ifndef PIPELINE_SETUP_H
#define PIPELINE_SETUP_H

#include <stdbool.h>

#include "storage/store.h"

/* Makes it at first start; afterwards changes nothing. `near`: its table has the indexes of similar.h. */
int setup_default(struct store *s, bool near);

/* Gives the table of an older start these indexes. Photos that have a row already come into them when they are made again;
 * a table that is gone, or is not the one that was set up, is left alone. */
int setup_near(struct store *s);

#endif
