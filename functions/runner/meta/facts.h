/* facts.h - what several readers of blocks put into meta.h's facts in the same way. */
#ifndef RUNNER_META_FACTS_H
#define RUNNER_META_FACTS_H

#include "functions/runner/meta/meta.h"
#include "functions/runner/meta/text.h"

/* One more, unless it is there already, empty, or there are enough. */
void facts_keyword(struct facts *f, struct str word, enum text_charset charset);

#endif
