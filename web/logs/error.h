/* error.h - what CloudWatch Logs says when it says no: one line per code. */
#ifndef WEB_LOGS_ERROR_H
#define WEB_LOGS_ERROR_H

#include "web/refusal.h"

/* X(name, status, __type, message when there is nothing better to say; NULL: none is sent) */
#define LOGS_ERRORS(X) \
	X(LOGS_INVALID_PARAMETER, 400, "InvalidParameterException", NULL) \
	X(LOGS_VALIDATION,        400, "ValidationException", NULL) \
	X(LOGS_NO_GROUP,          400, "ResourceNotFoundException", "The specified log group does not exist.") \
	X(LOGS_NO_STREAM,         400, "ResourceNotFoundException", "The specified log stream does not exist.") \
	X(LOGS_NO_RESOURCE,       400, "ResourceNotFoundException", "The specified resource does not exist.") \
	X(LOGS_GROUP_EXISTS,      400, "ResourceAlreadyExistsException", "The specified log group already exists") \
	X(LOGS_STREAM_EXISTS,     400, "ResourceAlreadyExistsException", "The specified log stream already exists") \
	X(LOGS_LIMIT,             400, "LimitExceededException", "Resource limit exceeded.") \
	X(LOGS_TOO_MANY_TAGS,     400, "TooManyTagsException", NULL) \
	X(LOGS_NOT_BUILT,         400, "NotImplemented", NULL) \
	X(LOGS_INTERNAL,          500, "InternalFailure", "The service cannot complete the request.") \
	X(LOGS_FULL,              507, "InsufficientStorage", "There is no room left in the data directory.") \
	X(LOGS_UNAVAILABLE,       503, "ServiceUnavailableException", "The service cannot complete the request.") \
	X(LOGS_SERIALIZATION,     400, "SerializationException", NULL) \
	X(LOGS_UNKNOWN,           400, "UnknownOperationException", NULL) \
	X(LOGS_BODY_SIZE,         413, "RequestEntityTooLargeException", NULL) \
	X(LOGS_NO_SIGNATURE,      400, "MissingAuthenticationTokenException", NULL) \
	X(LOGS_UNKNOWN_KEY,       400, "UnrecognizedClientException", NULL) \
	X(LOGS_BAD_SIGNATURE,     400, "InvalidSignatureException", NULL) \
	X(LOGS_INCOMPLETE,        400, "IncompleteSignatureException", NULL)

#define X(name, status, type, message) name,
enum logs_code { LOGS_FINE, LOGS_ERRORS(X) LOGS_CODES };
#undef X

const struct error_row *logs_error(enum logs_code c);

/* What a failure of storage means to a client, when the operation has nothing better to say. */
enum logs_code logs_error_of(int rc);

#endif
