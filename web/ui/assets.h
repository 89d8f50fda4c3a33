/* assets.h - the console's pages: files of web/ui/assets, embedded in the program when it is built. */
#ifndef UI_ASSETS_H
#define UI_ASSETS_H

#include "base/str.h"

struct asset {
	const char *name;		/* below /_/ui/; of the page itself "" */
	const char *type;
	const uint8_t *begin, *end;
};

const struct asset *asset_find(struct str name);	/* NULL: there is none */

#endif
