/* attribute.h - typed values as DynamoDB's JSON has them: an object with exactly one member, its type.
 *
 *     {"S":"text"} {"N":"12.5"} {"B":"base64"} {"BOOL":true} {"NULL":true}
 *     {"M":{...}} {"L":[...]} {"SS":["a"]} {"NS":["1"]} {"BS":["QQ=="]}
 */
#ifndef STORAGE_ATTRIBUTE_H
#define STORAGE_ATTRIBUTE_H

#include "base/json.h"

#define ATTRIBUTE_DEPTH_MAX 32		/* maps and lists inside one another */

#define ATTRIBUTE_TABLE(X) X(S) X(N) X(B) X(BOOL) X(NULL) X(M) X(L) X(SS) X(NS) X(BS)

#define X(name) ATTRIBUTE_##name,
enum attribute_type { ATTRIBUTE_TABLE(X) ATTRIBUTE_TYPES };	/* ATTRIBUTE_TYPES: not a typed value */
#undef X

const char *attribute_type_name(enum attribute_type t);		/* "S" */
enum attribute_type attribute_type_find(struct str name);
enum attribute_type attribute_type(const struct json_value *v);

/* Writes the value with its numbers in their one form and adds what DynamoDB counts as its size. E_BAD_INPUT
 * when something in it is not a typed value; E_TOO_LARGE when it is nested deeper than ATTRIBUTE_DEPTH_MAX. */
int attribute_write(struct json *j, const char *name, const struct json_value *v, size_t *size);

#endif
