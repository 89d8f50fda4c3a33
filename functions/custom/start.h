/* start.h - what an environment is made with: the name of its log stream, a cage and the pipes of its runtime, the runtime's process. */
#ifndef CUSTOM_START_H
#define CUSTOM_START_H

#include "functions/custom/life.h"

void start_name(struct custom_environment *e);

/* `callbacks`: a spec with only those set. What fails is a fault, and the environment is without a cage then. */
void start_cage(struct custom_environment *e, const struct sandbox_spec *callbacks);

void start_runtime(struct custom_environment *e);	/* likewise */

#endif
