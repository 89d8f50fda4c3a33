/* json_check.h - whether a text is JSON (RFC 8259), and where not: in one pass, without a tree, so that it costs no memory whatever the text is.
 *
 * Unlike json_parse it lets names repeat and takes lone surrogates in escapes, as most readers do: what passes here is handed on as
 * it is, to programs with readers of their own.
 */
#ifndef BASE_JSON_CHECK_H
#define BASE_JSON_CHECK_H

#include "base/str.h"

#define JSON_CHECK_DEPTH_MAX 1000

/* X(name, what was expected there) - the first three are told by the place, the others by a character that is not expected */
#define JSON_FAULTS(X) \
	X(JSON_CUT_SHORT,   "the text ends before its value does") \
	X(JSON_NOT_UTF8,    "a byte that is not UTF-8") \
	X(JSON_TOO_DEEP,    "nested too deep") \
	X(JSON_NO_VALUE,    "a value") \
	X(JSON_NO_TOKEN,    "a word that is none: neither null, true nor false") \
	X(JSON_NO_NAME,     "a name in quotes") \
	X(JSON_NO_COLON,    "a colon after a name") \
	X(JSON_NO_COMMA,    "a comma or the end of the object or array") \
	X(JSON_BAD_NUMBER,  "a digit of a number") \
	X(JSON_BAD_ESCAPE,  "an escape") \
	X(JSON_CONTROL,     "control characters escaped") \
	X(JSON_TRAILING,    "nothing after the value")

#define X(name, what) name,
enum json_fault_kind { JSON_FAULTS(X) JSON_FAULT_KINDS };
#undef X

struct json_fault {
	enum json_fault_kind kind;
	size_t at;			/* offset of the byte that is wrong; of JSON_NO_TOKEN the word's first */
	int line;			/* from 1 on */
	size_t column;			/* likewise, in bytes */
	bool object;			/* the innermost thing that is open is an object; JSON_CUT_SHORT, JSON_NO_COMMA */
};

int json_check(struct str text, struct json_fault *f);	/* E_BAD_INPUT, and then `f` */

#endif
