/* error.h - what DynamoDB says when it says no: one line per code. All but the framework's own are 400. */
#ifndef DYNAMODB_ERROR_H
#define DYNAMODB_ERROR_H

#include "web/refusal.h"

#define DYNAMODB_SERVICE "com.amazonaws.dynamodb.v20120810#"
#define DYNAMODB_CORAL "com.amazon.coral.service#"

/* X(name, status, __type, message when there is nothing better to say; NULL: none is sent) */
#define DYNAMODB_ERRORS(X) \
	X(DYNAMODB_VALIDATION,    400, "com.amazon.coral.validate#ValidationException", NULL) \
	X(DYNAMODB_NOT_FOUND,     400, DYNAMODB_SERVICE "ResourceNotFoundException", "Requested resource not found") \
	X(DYNAMODB_IN_USE,        400, DYNAMODB_SERVICE "ResourceInUseException", NULL) \
	X(DYNAMODB_LIMIT,         400, DYNAMODB_SERVICE "LimitExceededException", NULL) \
	X(DYNAMODB_NOT_BUILT,     400, DYNAMODB_SERVICE "NotImplemented", NULL) \
	X(DYNAMODB_INTERNAL,      500, DYNAMODB_SERVICE "InternalServerError", "Internal server error") \
	X(DYNAMODB_FULL,          507, DYNAMODB_SERVICE "InsufficientStorage", "There is no room left in the data directory.") \
	X(DYNAMODB_UNAVAILABLE,   503, DYNAMODB_SERVICE "ServiceUnavailable", "The data directory cannot be written to.") \
	X(DYNAMODB_SERIALIZATION, 400, DYNAMODB_CORAL "SerializationException", NULL) \
	X(DYNAMODB_UNKNOWN,       400, DYNAMODB_CORAL "UnknownOperationException", NULL) \
	X(DYNAMODB_BODY_SIZE,     413, DYNAMODB_CORAL "RequestEntityTooLargeException", NULL) \
	X(DYNAMODB_NO_TOKEN,      400, DYNAMODB_CORAL "MissingAuthenticationTokenException", NULL) \
	X(DYNAMODB_BAD_TOKEN,     400, DYNAMODB_CORAL "UnrecognizedClientException", NULL) \
	X(DYNAMODB_SIGNATURE,     400, DYNAMODB_CORAL "InvalidSignatureException", NULL) \
	X(DYNAMODB_INCOMPLETE,    400, DYNAMODB_CORAL "IncompleteSignatureException", NULL)

#define X(name, status, type, message) name,
enum dynamodb_code { DYNAMODB_FINE, DYNAMODB_ERRORS(X) DYNAMODB_CODES };
#undef X

const struct error_row *dynamodb_error(enum dynamodb_code c);	/* its name with its namespace */
const char *dynamodb_error_name(enum dynamodb_code c);	/* without */

/* What a failure of storage means to a client, when the operation has nothing better to say. */
enum dynamodb_code dynamodb_error_of(int rc);

#endif
