/* place.h - where a line stands among those of its group, as a number of 56 digits that grows with time: an event's id, and what tokens are
 * made of. And tokens that stand for a name. */
#ifndef WEB_LOGS_PLACE_H
#define WEB_LOGS_PLACE_H

#include "web/logs/logs.h"

#define PLACE_TEXT 56

struct place {
	int64_t at_ms, id;
};

void logs_place_write(char to[PLACE_TEXT + 1], struct place p);
bool logs_place_read(struct str s, struct place *p);	/* false: it is none. There is a place after each that is */

/* A text as a token, in the arena, and back; false when it is none. */
const char *logs_token_write(struct logs *l, struct str text);
bool logs_token_read(struct logs *l, struct str token, struct str *text);

#endif
