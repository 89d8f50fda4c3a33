/* table_key.h - key attributes as bytes that memcmp orders as DynamoDB orders values, and numbers
 * as the one text they have.
 *
 * A number is up to 38 significant decimal digits with a magnitude of 1E-130 to 9.99E+125, so never
 * a double. As a key: a class byte (negative, zero, positive), the exponent in one byte, two digits per byte; all
 * but the class complemented when negative. Strings and binary are themselves. A type byte goes in front, so that
 * every key is greater than "" and less than KEY_BEYOND.
 *
 * An index entry's sort column is `key_part(sort) key_part(table pk) table sk`: entries are unique, their order
 * never changes, and a page can go on after an item that has been deleted meanwhile.
 */
#ifndef STORAGE_TABLE_KEY_H
#define STORAGE_TABLE_KEY_H

#include "base/buf.h"
#include "base/json.h"

#define NUMBER_DIGITS_MAX 38
#define NUMBER_EXPONENT_MIN (-130)
#define NUMBER_EXPONENT_MAX 125
#define NUMBER_TEXT_MAX 180		/* "-0." with 129 zeros and 38 digits, and a NUL */

struct number {
	bool negative;			/* never for zero */
	int exponent;			/* of the first digit: 12 is 1.2E+1 */
	int digits;			/* 0 is zero; the first and the last are not '0' */
	uint8_t digit[NUMBER_DIGITS_MAX];	/* 0..9 */
};

enum number_problem { NUMBER_OK, NUMBER_MALFORMED, NUMBER_OVERFLOW, NUMBER_UNDERFLOW, NUMBER_TOO_PRECISE };

enum number_problem number_parse(struct str s, struct number *n);

/* Plain decimal, no exponent, no superfluous zero: what DynamoDB answers. */
char *number_text(char to[NUMBER_TEXT_MAX], const struct number *n);

#define KEY_BEYOND STR("\xff")

/* Appends the key of a typed value ({"S":"x"}). E_BAD_INPUT when it is not of `type` ('S', 'N', 'B') or is
 * empty; E_TOO_LARGE when the value has more than `max` bytes. */
int key_encode(struct buf *to, char type, const struct json_value *value, size_t max);

/* Makes a key fit to be followed by another one; the order stays. key_part without its end is key_prefix, from
 * which all parts whose key starts so can be found. */
void key_part(struct buf *to, struct str key);
void key_prefix(struct buf *to, struct str key);

/* The least bytes that are greater than everything starting with `key`, in place. */
void key_after_prefix(struct buf *key);

#endif
