/* error.h - what IAM and STS say when they say no: one line per code. */
#ifndef IAM_ERROR_H
#define IAM_ERROR_H

#include "web/refusal.h"

/* X(name, code, status, message when there is nothing better to say) */
#define IAM_ERRORS(X) \
	X(IAM_NO_SUCH_ENTITY,   "NoSuchEntity",             404, NULL) \
	X(IAM_EXISTS,           "EntityAlreadyExists",      409, NULL) \
	X(IAM_DELETE_CONFLICT,  "DeleteConflict",           409, NULL) \
	X(IAM_LIMIT,            "LimitExceeded",            409, NULL) \
	X(IAM_MALFORMED_POLICY, "MalformedPolicyDocument",  400, "Syntax errors in policy.") \
	X(IAM_VALIDATION,       "ValidationError",          400, NULL) \
	X(IAM_INVALID_INPUT,    "InvalidInput",             400, NULL) \
	X(IAM_INVALID_ACTION,   "InvalidAction",            400, NULL) \
	X(IAM_MISSING_ACTION,   "MissingAction",            400, "Missing Action") \
	X(IAM_BAD_QUERY,        "MalformedQueryString",     400, "The form is malformed.") \
	X(IAM_NO_TOKEN,         "MissingAuthenticationToken", 403, "Request is missing Authentication Token") \
	X(IAM_BAD_TOKEN,        "InvalidClientTokenId",     403, NULL) \
	X(IAM_BAD_SIGNATURE,    "SignatureDoesNotMatch",    403, NULL) \
	X(IAM_INCOMPLETE,       "IncompleteSignature",      400, NULL) \
	X(IAM_BODY_SIZE,        "RequestEntityTooLarge",    413, NULL) \
	X(IAM_NOT_BUILT,        "NotImplemented",           501, NULL) \
	X(IAM_INTERNAL,         "ServiceFailure",           500, "The request processing has failed because of an unknown error.") \
	X(IAM_UNAVAILABLE,      "ServiceUnavailable",       503, "The data directory cannot be written to.") \
	X(IAM_FULL,             "InsufficientStorage",      507, "There is no room left in the data directory.")

#define X(name, code, status, message) name,
enum iam_code { IAM_FINE, IAM_ERRORS(X) IAM_CODES };
#undef X

const struct error_row *iam_error(enum iam_code c);

/* What a failure of storage means to a client, when the operation has nothing better to say. */
enum iam_code iam_error_of(int rc);

#endif
