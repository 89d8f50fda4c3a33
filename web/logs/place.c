#include "web/logs/place.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/codec.h"

#define AT_DIGITS 19
#define ID_DIGITS 36
#define NUMBER_DIGITS 19		/* that an id may really have */

/* The 3 is what such numbers begin with in our century. */
void logs_place_write(char to[PLACE_TEXT + 1], struct place p)
{
	snprintf(to, PLACE_TEXT + 1, "3%0*" PRId64 "%0*" PRId64, AT_DIGITS, p.at_ms, ID_DIGITS, p.id);
}

bool logs_place_read(struct str s, struct place *p)
{
	const char *id = s.p + 1 + AT_DIGITS;

	if (s.n != PLACE_TEXT || s.p[0] != '3')
		return false;
	for (int i = 0; i < ID_DIGITS - NUMBER_DIGITS; i++)
		if (id[i] != '0')
			return false;
	return str_to_int(str_n(s.p + 1, AT_DIGITS), 0, INT64_MAX, &p->at_ms) == 0 &&
	       str_to_int(str_n(id + ID_DIGITS - NUMBER_DIGITS, NUMBER_DIGITS), 0, INT64_MAX - 1, &p->id) == 0;
}

const char *logs_token_write(struct logs *l, struct str text)
{
	struct buf b = {0};
	const char *token;

	base64_encode(&b, text.p, text.n);
	token = arena_dup(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return token;
}

bool logs_token_read(struct logs *l, struct str token, struct str *text)
{
	struct buf b = {0};
	bool fine = base64_decode(&b, token) == 0 && b.len > 0;

	if (fine)
		*text = arena_str(&l->arena, str_n(b.data, b.len));
	buf_clear(&b);
	return fine;
}
