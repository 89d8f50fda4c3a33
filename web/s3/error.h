/* error.h - what S3 says when it says no: one line per code. Messages are AWS's where AWS has one.
 *
 * A handler refuses by `return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", s->key }));` on
 * whatever thread has the request; the answer is rendered on the loop by s3_answer_fault (reply.c).
 */
#ifndef S3_ERROR_H
#define S3_ERROR_H

#include "base/str.h"

#define S3_ERRORS(X) \
	X(S3_ACCESS_DENIED,          403, "AccessDenied", "Access Denied") \
	X(S3_ACCESS_FORBIDDEN,       403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.") \
	X(S3_ACL_NOT_SUPPORTED,      400, "AccessControlListNotSupported", "The bucket does not allow ACLs") \
	X(S3_AUTH_HEADER,            400, "AuthorizationHeaderMalformed", "The authorization header is malformed") \
	X(S3_AUTH_QUERY,             400, "AuthorizationQueryParametersError", \
	  "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " \
	  "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.") \
	X(S3_BAD_DIGEST,             400, "BadDigest", "The Content-MD5 you specified did not match what we received.") \
	X(S3_BAD_REQUEST,            400, "BadRequest", "Insufficient information. Origin request header needed.") \
	X(S3_BUCKET_EXISTS,          409, "BucketAlreadyOwnedByYou", \
	  "Your previous request to create the named bucket succeeded and you already own it.") \
	X(S3_BUCKET_NOT_EMPTY,       409, "BucketNotEmpty", "The bucket you tried to delete is not empty") \
	X(S3_CONFLICT,               409, "ConditionalRequestConflict", \
	  "The conditional request cannot succeed due to a conflicting operation against this resource.") \
	X(S3_ENTITY_TOO_LARGE,       400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size") \
	X(S3_ENTITY_TOO_SMALL,       400, "EntityTooSmall", \
	  "Your proposed upload is smaller than the minimum allowed size") \
	X(S3_ILLEGAL_LOCATION,       400, "IllegalLocationConstraintException", \
	  "The location constraint is incompatible for the region specific endpoint this request was sent to.") \
	X(S3_EXPIRED_TOKEN,          400, "ExpiredToken", "The provided token has expired.") \
	X(S3_INCOMPLETE_BODY,        400, "IncompleteBody", \
	  "You did not provide the number of bytes specified by the Content-Length HTTP header") \
	X(S3_INTERNAL,               500, "InternalError", "We encountered an internal error. Please try again.") \
	X(S3_INVALID_ACCESS_KEY,     403, "InvalidAccessKeyId", \
	  "The AWS Access Key Id you provided does not exist in our records.") \
	X(S3_INVALID_ARGUMENT,       400, "InvalidArgument", "Invalid Argument") \
	X(S3_INVALID_BUCKET,         400, "InvalidBucketName", "The specified bucket is not valid.") \
	X(S3_INVALID_LOCATION,       400, "InvalidLocationConstraint", "The specified location-constraint is not valid") \
	X(S3_INVALID_OWNER,          400, "InvalidBucketOwnerAWSAccountID", \
	  "The value of the expected bucket owner parameter must be an AWS Account ID...") \
	X(S3_INVALID_DIGEST,         400, "InvalidDigest", "The Content-MD5 you specified was invalid.") \
	X(S3_INVALID_PART,           400, "InvalidPart", \
	  "One or more of the specified parts could not be found.  The part may not have been uploaded, or the " \
	  "specified entity tag may not match the part's entity tag.") \
	X(S3_INVALID_PART_NUMBER,    416, "InvalidPartNumber", "The requested partnumber is not satisfiable") \
	X(S3_INVALID_PART_ORDER,     400, "InvalidPartOrder", \
	  "The list of parts was not in ascending order. Parts must be ordered by part number.") \
	X(S3_INVALID_POLICY,         400, "InvalidPolicyDocument", \
	  "The content of the form does not meet the conditions specified in the policy document.") \
	X(S3_INVALID_RANGE,          416, "InvalidRange", "The requested range is not satisfiable") \
	X(S3_INVALID_REQUEST,        400, "InvalidRequest", "Invalid Request") \
	X(S3_INVALID_STORAGE_CLASS,  400, "InvalidStorageClass", "The storage class you specified is not valid") \
	X(S3_INVALID_TOKEN,          400, "InvalidToken", "The provided token is malformed or otherwise invalid.") \
	X(S3_INVALID_URI,            400, "InvalidURI", "Couldn't parse the specified URI.") \
	X(S3_KEY_TOO_LONG,           400, "KeyTooLongError", "Your key is too long") \
	X(S3_MALFORMED_ACL,          400, "MalformedACLError", \
	  "The XML you provided was not well-formed or did not validate against our published schema") \
	X(S3_MALFORMED_POLICY,       400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") \
	X(S3_MALFORMED_POST,         400, "MalformedPOSTRequest", \
	  "The body of your POST request is not well-formed multipart/form-data.") \
	X(S3_MALFORMED_TRAILER,      400, "MalformedTrailerError", \
	  "The request contained trailing data that was not well-formed or did not conform to our published schema.") \
	X(S3_MALFORMED_XML,          400, "MalformedXML", \
	  "The XML you provided was not well-formed or did not validate against our published schema") \
	X(S3_MAX_MESSAGE,            400, "MaxMessageLengthExceeded", "Your request was too big") \
	X(S3_MAX_POST,               400, "MaxPostPreDataLengthExceededError", \
	  "Your POST request fields preceding the upload file were too large.") \
	X(S3_METADATA_TOO_LARGE,     400, "MetadataTooLarge", \
	  "Your metadata headers exceed the maximum allowed metadata size") \
	X(S3_METHOD_NOT_ALLOWED,     405, "MethodNotAllowed", \
	  "The specified method is not allowed against this resource.") \
	X(S3_MISSING_HEADER,         400, "MissingSecurityHeader", "Your request was missing a required header") \
	X(S3_MISSING_LENGTH,         411, "MissingContentLength", "You must provide the Content-Length HTTP header.") \
	X(S3_NO_CORS,                404, "NoSuchCORSConfiguration", "The CORS configuration does not exist") \
	X(S3_NO_ENCRYPTION,          404, "ServerSideEncryptionConfigurationNotFoundError", \
	  "The server side encryption configuration was not found") \
	X(S3_NO_LIFECYCLE,           404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist") \
	X(S3_NO_OBJECT_LOCK,         404, "ObjectLockConfigurationNotFoundError", \
	  "Object Lock configuration does not exist for this bucket") \
	X(S3_NO_OWNERSHIP,           404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found") \
	X(S3_NO_POLICY,              404, "NoSuchBucketPolicy", "The bucket policy does not exist") \
	X(S3_NO_PUBLIC_BLOCK,        404, "NoSuchPublicAccessBlockConfiguration", \
	  "The public access block configuration was not found") \
	X(S3_NO_REPLICATION,         404, "ReplicationConfigurationNotFoundError", \
	  "The replication configuration was not found") \
	X(S3_NO_SUCH_BUCKET,         404, "NoSuchBucket", "The specified bucket does not exist") \
	X(S3_NO_SUCH_KEY,            404, "NoSuchKey", "The specified key does not exist.") \
	X(S3_NO_SUCH_UPLOAD,         404, "NoSuchUpload", \
	  "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or " \
	  "completed.") \
	X(S3_NO_TAGS,                404, "NoSuchTagSet", "The TagSet does not exist") \
	X(S3_NO_WEBSITE,             404, "NoSuchWebsiteConfiguration", \
	  "The specified bucket does not have a website configuration") \
	X(S3_NO_SUCH_VERSION,        404, "NoSuchVersion", "The specified version does not exist.") \
	X(S3_ILLEGAL_VERSIONING,     400, "IllegalVersioningConfigurationException", "The Versioning element must be specified") \
	X(S3_INVALID_TAG,            400, "InvalidTag", "The TagKey you have provided is invalid") \
	X(S3_NOT_IMPLEMENTED,        501, "NotImplemented", \
	  "A header you provided implies functionality that is not implemented") \
	X(S3_POST_FILES,             400, "IncorrectNumberOfFilesInPostRequest", \
	  "POST requires exactly one file upload per request.") \
	X(S3_PRECONDITION,           412, "PreconditionFailed", \
	  "At least one of the pre-conditions you specified did not hold") \
	X(S3_REQUEST_TIMEOUT,        400, "RequestTimeout", \
	  "Your socket connection to the server was not read from or written to within the timeout period.") \
	X(S3_SIGNATURE,              403, "SignatureDoesNotMatch", \
	  "The request signature we calculated does not match the signature you provided. Check your key and signing " \
	  "method.") \
	X(S3_SHA256_MISMATCH,        400, "XAmzContentSHA256Mismatch", \
	  "The provided 'x-amz-content-sha256' header does not match what was computed.") \
	X(S3_SKEWED,                 403, "RequestTimeTooSkewed", \
	  "The difference between the request time and the current time is too large.") \
	X(S3_SLOW_DOWN,              503, "SlowDown", "Please reduce your request rate.") \
	X(S3_STORAGE_FULL,           507, "InsufficientStorage", "There is no room left in the data directory.") \
	X(S3_TOO_MANY_BUCKETS,       400, "TooManyBuckets", \
	  "You have attempted to create more buckets than allowed") \
	X(S3_UNEXPECTED_CONTENT,     400, "UnexpectedContent", "This request does not support content") \
	X(S3_UNAVAILABLE,            503, "ServiceUnavailable", "The data directory cannot be written to.")

#define X(name, status, code, message) name,
enum s3_code { S3_FINE, S3_ERRORS(X) S3_CODES };
#undef X

#define FAULT_EXTRAS_MAX 8

struct fault_extra {			/* an element after Code and Message */
	const char *name;
	struct str value;
};

struct fault {
	enum s3_code code;		/* S3_FINE: none */
	const char *message;		/* NULL: the code's own */
	struct fault_extra extra[FAULT_EXTRAS_MAX];
	int extras;
	struct str marker;		/* version id of the delete marker that was found instead; absent: none was */
};

#define S3_WITH(...) (const struct fault_extra[]){ __VA_ARGS__, { NULL, { 0 } } }

int error_status(enum s3_code c);
const char *error_code(enum s3_code c);
const char *error_message(enum s3_code c);

/* What a failure of storage means to a client, when the operation has nothing better to say. */
enum s3_code error_of(int rc);

#endif
