/* setup.h - the default pipeline of a new data directory. Blocking; once, before the port opens. */
#ifndef PIPELINE_SETUP_H
#define PIPELINE_SETUP_H

#include "storage/store.h"

/* Makes it at first start; afterwards changes nothing. */
int setup_default(struct store *s);

#endif
