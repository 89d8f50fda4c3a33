/* error.h - what DynamoDB says when it says no: one line per code. All but the framework's own are 400. */
#ifndef DYNAMODB_ERROR_H
#define DYNAMODB_ERROR_H

#define DYNAMODB_SERVICE "com.amazonaws.dynamodb.v20120810#"
#define DYNAMODB_CORAL "com.amazon.coral.service#"

#define DYNAMODB_INVALID_SIGNATURE_TEXT \
	"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " \
	"and signing method. Consult the service documentation for details."

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
	X(DYNAMODB_NO_TOKEN,      400, DYNAMODB_CORAL "MissingAuthenticationTokenException", "Missing Authentication Token") \
	X(DYNAMODB_BAD_TOKEN,     400, DYNAMODB_CORAL "UnrecognizedClientException", \
	  "The security token included in the request is invalid.") \
	X(DYNAMODB_SIGNATURE,     400, DYNAMODB_CORAL "InvalidSignatureException", DYNAMODB_INVALID_SIGNATURE_TEXT) \
	X(DYNAMODB_INCOMPLETE,    400, DYNAMODB_CORAL "IncompleteSignatureException", NULL)

#define X(name, status, type, message) name,
enum dynamodb_code { DYNAMODB_FINE, DYNAMODB_ERRORS(X) DYNAMODB_CODES };
#undef X

struct dynamodb_fault {
	enum dynamodb_code code;	/* DYNAMODB_FINE: none */
	const char *message;		/* NULL: the code's own, or none */
};

int dynamodb_error_status(enum dynamodb_code c);
const char *dynamodb_error_type(enum dynamodb_code c);		/* with its namespace */
const char *dynamodb_error_name(enum dynamodb_code c);		/* without */
const char *dynamodb_error_message(enum dynamodb_code c);	/* or NULL */

/* What a failure of storage means to a client, when the operation has nothing better to say. */
enum dynamodb_code dynamodb_error_of(int rc);

#endif
