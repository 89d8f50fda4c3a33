/* icc.h - the two things about a colour profile that we want to know ourselves: its name, and whether it
 * is sRGB, in which case converting would cost time and change nothing. */
#ifndef RUNNER_ICC_H
#define RUNNER_ICC_H

#include <stdbool.h>

#include "base/str.h"

#define ICC_NAME_MAX 128

struct icc {
	char name[ICC_NAME_MAX];	/* its description in ASCII; "" if it has none */
	bool is_srgb;
};

/* False when this is no profile. */
bool icc_read(struct str profile, struct icc *icc);

#endif
