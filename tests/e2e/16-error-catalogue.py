"""Each error that a client of S3 can provoke, once on the wire: status, code, message and elements as AWS answers. The texts are AWS's."""
import hashlib
import urllib.parse

from lib import House, eq, run, test
from wire import SIGNED_CHUNKS, TRAILER, UNSIGNED, Wire, crc32, now

house = House()
s3 = house.s3
wire = Wire(house)
s3.create_bucket(Bucket="box")
s3.create_bucket(Bucket="full")
s3.put_object(Bucket="full", Key="k", Body=b"0123456789")
s3.put_object(Bucket="box", Key="k", Body=b"0123456789")
UPLOAD = s3.create_multipart_upload(Bucket="box", Key="u")["UploadId"]
SMALL = [s3.upload_part(Bucket="box", Key="u", UploadId=UPLOAD, PartNumber=n, Body=b"x")["ETag"].strip('"') for n in (1, 2)]


def complete(*parts):
	return ("<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % "".join(
		"<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>" % p for p in parts)).encode()


# method, target, body, headers | status, code, message, elements besides
ROWS = [
	("GET", "/nowhere", b"", {}, 404, "NoSuchBucket", "The specified bucket does not exist", {"BucketName": "nowhere"}),
	("PUT", "/nowhere/k", b"x", {}, 404, "NoSuchBucket", "The specified bucket does not exist", {"BucketName": "nowhere"}),
	("GET", "/box/none", b"", {}, 404, "NoSuchKey", "The specified key does not exist.", {"Key": "none"}),
	("GET", "/box/k?versionId=bad", b"", {}, 400, "InvalidArgument", "Invalid version id specified",
	 {"ArgumentName": "versionId", "ArgumentValue": "bad"}),
	("PUT", "/box/u?partNumber=1&uploadId=none", b"x", {}, 404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be "
	 "invalid, or the upload may have been aborted or completed.", {"UploadId": "none"}),
	("DELETE", "/full", b"", {}, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty", {"BucketName": "full"}),
	("PUT", "/Bad_Name", b"", {}, 400, "InvalidBucketName", "The specified bucket is not valid.", {"BucketName": "Bad_Name"}),
	("GET", "/box/k", b"", {"Range": "bytes=10-"}, 416, "InvalidRange", "The requested range is not satisfiable",
	 {"RangeRequested": "bytes=10-", "ActualObjectSize": "10"}),
	("GET", "/box/k?partNumber=2", b"", {}, 416, "InvalidPartNumber", "The requested partnumber is not satisfiable",
	 {"PartNumberRequested": "2", "ActualPartCount": "1"}),
	("GET", "/box/k", b"", {"If-Match": '"x"'}, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
	 {"Condition": "If-Match"}),
	("PUT", "/box/k", b"x", {"If-None-Match": "*"}, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
	 {"Condition": "If-None-Match"}),
	("PUT", "/box/c", b"", {"x-amz-copy-source": "/box/k", "x-amz-copy-source-if-none-match": '"%s"' % hashlib.md5(b"0123456789").hexdigest()},
	 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {"Condition": "x-amz-copy-source-If-None-Match"}),
	("PUT", "/box/k", b"x", {"If-None-Match": '"x"'}, 501, "NotImplemented", "A header you provided implies functionality that is not implemented",
	 {"Header": "If-None-Match"}),
	("PUT", "/box/n", b"x", {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, 400, "BadDigest",
	 "The Content-MD5 you specified did not match what we received.", {}),
	("PUT", "/box/n", b"x", {"Content-MD5": "bad"}, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.", {}),
	("PUT", "/box/n", b"x", {"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest",
	 "The CRC32 you specified did not match the calculated checksum.", {}),
	("PUT", "/box/n", b"x", {"x-amz-checksum-crc32": "bad"}, 400, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid.", {}),
	("PUT", "/box/u?partNumber=0&uploadId=" + UPLOAD, b"x", {}, 400, "InvalidArgument", "Part number must be an integer between 1 and 10000, "
	 "inclusive", {"ArgumentName": "partNumber", "ArgumentValue": "0"}),
	("POST", "/box/u?uploadId=" + UPLOAD, complete((1, "0" * 32)), {}, 400, "InvalidPart", "One or more of the specified parts could not be found.  "
	 "The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", {"PartNumber": "1", "ETag": "0" * 32}),
	("POST", "/box/u?uploadId=" + UPLOAD, complete((2, SMALL[1]), (1, SMALL[0])), {}, 400, "InvalidPartOrder", "The list of parts was not in "
	 "ascending order. Parts must be ordered by part number.", {"UploadId": UPLOAD}),
	("POST", "/box/u?uploadId=" + UPLOAD, complete((1, SMALL[0]), (2, SMALL[1])), {}, 400, "EntityTooSmall", "Your proposed upload is smaller "
	 "than the minimum allowed size", {"ProposedSize": "1", "MinSizeAllowed": "5242880", "PartNumber": "1"}),
	("GET", "/box?list-type=2&continuation-token=bad", b"", {}, 400, "InvalidArgument", "The continuation token provided is incorrect",
	 {"ArgumentName": "continuation-token"}),
	("GET", "/box?encoding-type=x", b"", {}, 400, "InvalidArgument", "Invalid Encoding Method specified in Request",
	 {"ArgumentName": "encoding-type", "ArgumentValue": "x"}),
	("PUT", "/box/k", b"", {"x-amz-copy-source": "/box/k"}, 400, "InvalidRequest", "This copy request is illegal because it is trying to copy an "
	 "object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.", {}),
	("PUT", "/box?versioning", b"<x/>", {}, 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our "
	 "published schema", {}),
	("PUT", "/box?versioning", b"<VersioningConfiguration/>", {}, 400, "IllegalVersioningConfigurationException",
	 "The Versioning element must be specified", {}),
	("PUT", "/box/n", b"x", {"x-amz-storage-class": "FAST"}, 400, "InvalidStorageClass", "The storage class you specified is not valid",
	 {"StorageClassRequested": "FAST"}),
	("POST", "/box/k", b"", {}, 405, "MethodNotAllowed", "The specified method is not allowed against this resource.",
	 {"Method": "POST", "ResourceType": "OBJECT"}),
	("PUT", "/box/" + "k" * 1025, b"x", {}, 400, "KeyTooLongError", "Your key is too long", {"Size": "1025", "MaxSizeAllowed": "1024"}),
	("PUT", "/box/n", b"x", {"x-amz-meta-a": "v" * 2048}, 400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
	 {"MaxSizeAllowed": "2048"}),
	("GET", "/box?tagging", b"", {}, 404, "NoSuchTagSet", "The TagSet does not exist", {"BucketName": "box"}),
	("GET", "/box?cors", b"", {}, 404, "NoSuchCORSConfiguration", "The CORS configuration does not exist", {"BucketName": "box"}),
	("GET", "/box?policy", b"", {}, 404, "NoSuchBucketPolicy", "The bucket policy does not exist", {"BucketName": "box"}),
	("GET", "/box?lifecycle", b"", {}, 404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", {"BucketName": "box"}),
]

NO_UPLOAD = ("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
HEADER = "A header you provided implies functionality that is not implemented"
ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
ZERO = {"CRC32": "AAAAAA==", "CRC32C": "AAAAAA==", "CRC64NVME": "AAAAAAAAAAA=", "SHA1": "A" * 27 + "=", "SHA256": "A" * 43 + "="}
s3.create_bucket(Bucket="kept")
s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
VERSION = s3.put_object(Bucket="kept", Key="k", Body=b"x")["VersionId"]
MARKER = s3.delete_object(Bucket="kept", Key="k")["VersionId"]
SUMMED = s3.create_multipart_upload(Bucket="box", Key="s", ChecksumAlgorithm="CRC32")["UploadId"]
SUMMED_PART = s3.upload_part(Bucket="box", Key="s", UploadId=SUMMED, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")["ETag"].strip('"')


def tags(*pairs):
	return ("<Tagging><TagSet>%s</TagSet></Tagging>" % "".join("<Tag><Key>%s</Key><Value>%s</Value></Tag>" % p for p in pairs)).encode()


def location(where):
	return ("<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>" % where).encode()


def notification(arn, filter_name="prefix"):
	return ("<NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>%s</CloudFunction><Event>s3:ObjectCreated:*</Event><Filter><S3Key>"
		"<FilterRule><Name>%s</Name><Value>x</Value></FilterRule></S3Key></Filter></CloudFunctionConfiguration></NotificationConfiguration>" % (
			arn, filter_name)).encode()


def lifecycle(inside):
	return ("<LifecycleConfiguration><Rule><Status>Enabled</Status>%s</Rule></LifecycleConfiguration>" % inside).encode()


# Versions, copies and ranges
ROWS += [
	("GET", "/box/k?versionId=" + VERSION, b"", {}, 404, "NoSuchVersion", "The specified version does not exist.",
	 {"Key": "k", "VersionId": VERSION}),
	("GET", "/kept/k", b"", {}, 404, "NoSuchKey", "The specified key does not exist.", {"Key": "k"}),
	("GET", "/kept/k?versionId=" + MARKER, b"", {}, 405, "MethodNotAllowed", "The specified method is not allowed against this resource.",
	 {"Method": "GET", "ResourceType": "DeleteMarker"}),
	("PUT", "/kept/k?tagging&versionId=" + MARKER, tags(("a", "b")), {}, 405, "MethodNotAllowed",
	 "The specified method is not allowed against this resource.", {"Method": "PUT", "ResourceType": "DeleteMarker"}),
	("DELETE", "/kept", b"", {}, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
	 {"BucketName": "kept"}),
	("GET", "/box?versions&version-id-marker=" + VERSION, b"", {}, 400, "InvalidArgument",
	 "A version-id marker cannot be specified without a key marker.", {"ArgumentName": "version-id-marker", "ArgumentValue": VERSION}),
	("PUT", "/box/c", b"", {"x-amz-copy-source": "/kept/k?versionId=" + MARKER}, 400, "InvalidRequest",
	 "The source of a copy request may not specifically refer to a delete marker by version id.", {}),
	("PUT", "/box/c", b"", {"x-amz-copy-source": "nothing"}, 400, "InvalidArgument", "Invalid copy source object key",
	 {"ArgumentName": "x-amz-copy-source"}),
	("PUT", "/box/c", b"", {"x-amz-copy-source": "/box/none"}, 404, "NoSuchKey", "The specified key does not exist.", {"Key": "none"}),
	("PUT", "/box/c", b"", {"x-amz-copy-source": "/nowhere/k"}, 404, "NoSuchBucket", "The specified bucket does not exist", {"BucketName": "nowhere"}),
	("PUT", "/box/u?partNumber=1&uploadId=" + UPLOAD, b"", {"x-amz-copy-source": "/box/k", "x-amz-copy-source-range": "0-1"}, 400, "InvalidArgument",
	 "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes "
	 "to copy", {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": "0-1"}),
	("PUT", "/box/u?partNumber=1&uploadId=" + UPLOAD, b"", {"x-amz-copy-source": "/box/k", "x-amz-copy-source-range": "bytes=0-100"}, 400,
	 "InvalidArgument", "Range specified is not valid for source object of size: 10",
	 {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": "bytes=0-100"}),
	("PUT", "/box/u?partNumber=1&uploadId=" + UPLOAD, b"", {"x-amz-copy-source": "/box/k", "x-amz-copy-source-range": "bytes=100-200"}, 400,
	 "InvalidRequest", "The specified copy range is invalid for the source object size", {}),
	("GET", "/box/k?partNumber=1", b"", {"Range": "bytes=0-1"}, 400, "InvalidRequest",
	 "Cannot specify both Range header and partNumber query parameter", {}),
	("GET", "/box/k", b"", {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 412, "PreconditionFailed",
	 "At least one of the pre-conditions you specified did not hold", {"Condition": "If-Unmodified-Since"}),
	("PUT", "/box/none", b"x", {"If-Match": '"x"'}, 404, "NoSuchKey", "The specified key does not exist.", {"Key": "none"}),
	("PUT", "/box/k", b"x", {"If-Match": "*"}, 501, "NotImplemented", HEADER, {"Header": "If-Match"}),
	("PUT", "/box/k", b"x", {"If-Match": '"x"', "If-None-Match": "*"}, 501, "NotImplemented", HEADER, {"Header": "If-Match,If-None-Match"}),
	("DELETE", "/box/k", b"", {"If-Match": '"x"'}, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
	 {"Condition": "If-Match"}),
] + [("DELETE", "/box/k", b"", {"x-amz-if-match-" + what: "1"}, 501, "NotImplemented", HEADER, {"Header": "x-amz-if-match-" + what})
     for what in ("size", "last-modified-time")]

# Checksums and multipart uploads
ROWS += [("PUT", "/box/n", b"x", {"x-amz-checksum-" + a.lower(): ZERO[a]}, 400, "BadDigest",
	  "The %s you specified did not match the calculated checksum." % a, {}) for a in ALGORITHMS]
ROWS += [("PUT", "/box/n", b"x", {"x-amz-checksum-" + a.lower(): "bad"}, 400, "InvalidRequest",
	  "Value for x-amz-checksum-%s header is invalid." % a.lower(), {}) for a in ALGORITHMS]
ROWS += [("POST", "/box/m?uploads", b"", {"x-amz-checksum-algorithm": a, "x-amz-checksum-type": t}, 400, "InvalidRequest",
	  "The %s checksum type cannot be used with the %s checksum algorithm." % (t, a.lower()), {})
	 for a, t in (("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE"))]
ROWS += [
	("PUT", "/box/n", b"x", {"x-amz-checksum-crc32": ZERO["CRC32"], "x-amz-checksum-sha1": ZERO["SHA1"]}, 400, "InvalidRequest",
	 "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.", {}),
	("POST", "/box/m?uploads", b"", {"x-amz-checksum-type": "COMPOSITE"}, 400, "InvalidRequest",
	 "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.", {}),
	("POST", "/box/m?uploads", b"", {"x-amz-checksum-algorithm": "TEST"}, 400, "InvalidRequest", "Checksum algorithm provided is unsupported. Please try "
	 "again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]", {}),
	("POST", "/box/s?uploadId=" + SUMMED, complete((1, SUMMED_PART)), {}, 400, "InvalidRequest", "The upload was created using a crc32 checksum. The "
	 "complete request must include the checksum for each part. It was missing for part 1 in the request.", {}),
	("POST", "/box/s?uploadId=" + SUMMED, complete((1, SUMMED_PART)).replace(b"</ETag>", b"</ETag><ChecksumCRC32>%s</ChecksumCRC32>" % (
		crc32(b"x").encode())), {"x-amz-checksum-type": "FULL_OBJECT"}, 400, "InvalidRequest", "The upload was "
	 "created using the COMPOSITE checksum mode. The complete request must use the same checksum mode.", {}),
	("PUT", "/box/s?partNumber=2&uploadId=" + SUMMED, b"x", {"x-amz-checksum-sha256": ZERO["SHA256"]}, 400, "InvalidRequest",
	 "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha256", {}),
	("POST", "/box/u?uploadId=" + UPLOAD, b"<CompleteMultipartUpload/>", {}, 400, "InvalidRequest", "You must specify at least one part", {}),
	("POST", "/box/u?uploadId=" + UPLOAD, b"<CompleteMultipartUpload>", {}, 400, "MalformedXML", MALFORMED, {}),
	("POST", "/box/u?uploadId=" + UPLOAD, complete((2, SMALL[1])), {"x-amz-mp-object-size": "5"}, 400, "InvalidRequest",
	 "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 1", {}),
	("POST", "/box/u?uploadId=" + UPLOAD, complete((3, SMALL[1])), {}, 400, "InvalidPart", "One or more of the specified parts could not be found.  The "
	 "part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", {"PartNumber": "3", "UploadId": UPLOAD}),
	("POST", "/box/u?uploadId=none", complete((1, SMALL[0])), {}, 404, "NoSuchUpload", NO_UPLOAD, {"UploadId": "none"}),
	("DELETE", "/box/u?uploadId=none", b"", {}, 404, "NoSuchUpload", NO_UPLOAD, {"UploadId": "none"}),
	("GET", "/box/u?uploadId=none", b"", {}, 404, "NoSuchUpload", NO_UPLOAD, {"UploadId": "none"}),
	("GET", "/box?uploads&key-marker=k&upload-id-marker=none", b"", {}, 400, "InvalidArgument", "Invalid uploadId marker",
	 {"ArgumentName": "upload-id-marker", "ArgumentValue": "none"}),
]

# Tags, documents of buckets, owners, and what was never set
ROWS += [("PUT", target, body, {}, 400, "InvalidTag", message, more) for target, body, message, more in (
	("/box/k?tagging", tags(("a", "1"), ("a", "2")), "Cannot provide multiple Tags with the same key", {"TagKey": "a"}),
	("/box?tagging", tags(("a", "1"), ("a", "2")), "Cannot provide multiple Tags with the same key", {"TagKey": "a"}),
	("/box?tagging", tags(("aws:a", "1")), "System tags cannot be added/updated by requester", {"TagKey": "aws:a"}),
	("/box/k?tagging", tags(("aws:a", "1")), "Your TagKey cannot be prefixed with aws:", {"TagKey": "aws:a"}),
	("/box/k?tagging", tags(("k" * 129, "1")), "The TagKey you have provided is invalid", {"TagKey": "k" * 129}),
	("/box/k?tagging", tags(("a,b", "1")), "The TagKey you have provided is invalid", {"TagKey": "a,b"}),
	("/box/k?tagging", tags(("a", "v" * 257)), "The TagValue you have provided is invalid", {"TagKey": "a", "TagValue": "v" * 257}))]
ROWS += [("PUT", "/box/n", b"x", {"x-amz-tagging": "a=1&a=2"}, 400, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then "
	  "URLEncoded URL query parameters without tag name duplicates.", {"ArgumentName": "x-amz-tagging", "ArgumentValue": "a=1&a=2"})]
ROWS += [(method, "/box?" + what, b"<x>", {}, 400, "MalformedXML", MALFORMED, {}) for method, what in (
	("PUT", "tagging"), ("PUT", "cors"), ("PUT", "lifecycle"), ("PUT", "notification"), ("PUT", "versioning"), ("PUT", "publicAccessBlock"),
	("PUT", "ownershipControls"))]
ROWS += [("GET", "/box?" + what, b"", {}, 404, code, message, {"BucketName": "box"}) for what, code, message in (
	("website", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
	("replication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
	("object-lock", "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"))]
ROWS += [("GET", "/box?versioning", b"", {"x-amz-expected-bucket-owner": owner}, 400, "InvalidBucketOwnerAWSAccountID",
	  "The value of the expected bucket owner parameter must be an AWS Account ID... [%s]" % owner, {})
	 for owner in ("0000", "0000000000020", "abcd", "aa000000000$")]
ROWS += [
	("GET", "/box?versioning", b"", {"x-amz-expected-bucket-owner": "111122223333"}, 403, "AccessDenied", "Access Denied", {}),
	("PUT", "/new", location("eu-west-1"), {}, 400, "IllegalLocationConstraintException", "The eu-west-1 location constraint is incompatible for the "
	 "region specific endpoint this request was sent to.", {}),
	("PUT", "/new", location("bar"), {}, 400, "InvalidLocationConstraint", "The specified location-constraint is not valid", {"LocationConstraint": "bar"}),
	("PUT", "/new", b"", {"x-amz-object-ownership": "RandomValue"}, 400, "InvalidArgument", "Invalid x-amz-object-ownership header: RandomValue",
	 {"ArgumentName": "x-amz-object-ownership"}),
	("GET", "/?bucket-region=eu-east-1", b"", {}, 400, "InvalidArgument", "Argument value eu-east-1 is not a valid AWS Region",
	 {"ArgumentName": "bucket-region"}),
	("PUT", "/box?cors", b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>MYMETHOD</AllowedMethod></CORSRule>"
	 b"</CORSConfiguration>", {}, 400, "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD", {}),
	("PUT", "/box?policy", b"text", {}, 400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", {}),
	("PUT", "/box?policy", b"{}", {}, 400, "MalformedPolicy", "Missing required field Statement", {}),
	("PUT", "/box?notification", notification("not-an-arn"), {}, 400, "InvalidArgument", "The ARN could not be parsed",
	 {"ArgumentName": "CloudFunction", "ArgumentValue": "not-an-arn"}),
	("PUT", "/box?notification", notification("arn:aws:lambda:us-east-1:000000000000:function:none"), {}, 400, "InvalidArgument",
	 "Unable to validate the following destination configurations", {}),
	("PUT", "/box?notification", notification("arn:aws:lambda:us-east-1:000000000000:function:none", "middle"), {}, 400, "InvalidArgument",
	 "filter rule name must be either prefix or suffix", {"ArgumentName": "FilterRule.Name"}),
	("PUT", "/box?lifecycle", lifecycle("<Filter/><Expiration><Date>2030-01-01T00:00:01Z</Date></Expiration>"), {}, 400, "InvalidArgument",
	 "'Date' must be at midnight GMT", {}),
	("PUT", "/box?lifecycle", lifecycle("<Filter><And>%s</And></Filter><Expiration><Days>1</Days></Expiration>" % (2 * (
	 "<Tag><Key>k</Key><Value>v</Value></Tag>"))), {}, 400, "InvalidRequest", "Duplicate Tag Keys are not allowed.", {}),
	("POST", "/box?delete", b"<Delete><Object><Key>k</Key></Object></Delete>", {}, 400, "InvalidRequest",
	 "Missing required header for this request: Content-MD5", {}),
	("PUT", "/box?acl", b"", {}, 400, "MissingSecurityHeader", "Your request was missing a required header", {}),
	("PUT", "/box/k?acl", b"<x/>", {}, 400, "MalformedACLError", MALFORMED, {}),
	("PUT", "/box?acl", b"<x/>", {"x-amz-acl": "private"}, 400, "UnexpectedContent", "This request does not support content", {}),
	("PUT", "/box/n", b"x", {"x-amz-acl": "public-read"}, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs", {}),
	("PUT", "/box/n", b"x", {"x-amz-website-redirect-location": "/"}, 501, "NotImplemented", HEADER, {"Header": "x-amz-website-redirect-location"}),
]


@test
def every_row_of_the_catalogue_is_answered_as_aws_does():
	wrong = []
	for method, target, body, headers, *want, more in ROWS:
		a = wire.ask(method, target, body, headers)
		got = [a.status, a.code, a.text("Message")]
		said = {name: a.text(name) for name in more}
		if (got, said) != (want, more) or not a.text("RequestId") or not a.text("HostId"):
			wrong.append("%s %s: %r %r, want %r %r" % (method, target, got, said, want, more))
	eq(wrong, [])


new, old = house.client("s3", signature_version="s3v4"), house.client("s3", signature_version="s3")
OLD = old.generate_presigned_url("get_object", Params={"Bucket": "box", "Key": "k"}, ExpiresIn=60)


def link(url=None, change=(), drop=()):
	"""A presigned address, with some of its parameters otherwise or not at all."""
	parts = urllib.parse.urlsplit(url or new.generate_presigned_url("get_object", Params={"Bucket": "box", "Key": "k"}, ExpiresIn=60))
	pairs = [(k, dict(change).get(k, v)) for k, v in urllib.parse.parse_qsl(parts.query) if k not in drop]
	return parts.path + "?" + urllib.parse.urlencode(pairs)


PARAMS = ("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, "
	  "and X-Amz-Expires parameters.")
LINKS = [	# address, headers | status, code, message, elements besides
	(link(drop=(name,)), {}, 400, "AuthorizationQueryParametersError", PARAMS, {}) for name in (
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires", "X-Amz-Signature")] + [
	(link(OLD, drop=(name,)), {}, 403, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters", {})
	for name in ("Signature", "Expires", "AWSAccessKeyId")] + [
	(link(change={"X-Amz-Credential": "x"}), {}, 400, "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; the Credential "
	 'is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".', {}),
	(link(change={"X-Amz-Expires": "604801"}), {}, 400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week (in seconds); that "
	 "is, the given X-Amz-Expires must be less than 604800 seconds", {}),
	(link(change={"X-Amz-Signature": "0" * 64}), {}, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
	 "provided. Check your key and signing method.", {"SignatureProvided": "0" * 64}),
	(link(OLD, change={"Signature": "x"}), {}, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
	 "provided. Check your key and signing method.", {"SignatureProvided": "x"}),
	(link(OLD, change={"Expires": "1000000000"}), {}, 403, "AccessDenied", "Request has expired", {}),
	(link(), {"x-amz-meta-a": "b"}, 403, "AccessDenied", "There were headers present in the request which were not signed",
	 {"HeadersNotSigned": "x-amz-meta-a"}),
	("/box/k", {}, 403, "AccessDenied", "Access Denied", {}),
]


@test
def links_and_requests_that_nobody_signed_well_are_told_why():
	wrong = []
	for target, headers, *want, more in LINKS:
		a = wire.send("GET", target, dict(headers, host=wire.host))
		got = [a.status, a.code, a.text("Message")], {name: a.text(name) for name in more}
		if got != (want, more):
			wrong.append("%s: %r, want %r %r" % (target, got, want, more))
	eq(wrong, [])


@test
def headers_that_do_not_sign_well_are_told_why():
	a = wire.ask("GET", "/box/k", when=now(-1000))
	eq((a.status, a.code, a.text("Message"), a.text("MaxAllowedSkewMilliseconds")),
	   (403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", "900000"))
	a = wire.ask("GET", "/box/k", region="eu-west-1")
	eq((a.status, a.code, a.text("Message"), a.text("Region")), (400, "AuthorizationHeaderMalformed",
	   "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'", "us-east-1"))
	for name, status, code, message in (("key", 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
					    ("secret", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature "
					     "you provided. Check your key and signing method.")):
		other = Wire(house)
		setattr(other, name, "AKIAIOSFODNN7EXAMPLE")
		a = other.ask("GET", "/box/k")
		eq((a.status, a.code, a.text("Message"), a.text("AWSAccessKeyId")), (status, code, message, other.key))


@test
def bodies_that_are_not_as_they_were_announced_are_told_so():
	a = wire.ask("PUT", "/box/n", b"x", payload="0" * 64)
	eq((a.status, a.code, a.text("Message"), a.text("ClientComputedContentSHA256"), a.text("S3ComputedContentSHA256")),
	   (400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", "0" * 64,
	    hashlib.sha256(b"x").hexdigest()))
	short = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	for payload in (SIGNED_CHUNKS, TRAILER):
		a = wire.chunked("/box/n", payload, b"x" * 100, declared=200, trailer=("x-amz-checksum-crc32", crc32(b"x" * 100)) if payload == TRAILER else None)
		eq((a.status, a.code, a.text("Message")), (400, "IncompleteBody", short))
	a = wire.chunked("/box/n", SIGNED_CHUNKS, b"x" * 100, spoil=0)
	eq((a.status, a.code), (403, "SignatureDoesNotMatch"))
	headers = {}
	wire.sign("PUT", "/box/n", headers, UNSIGNED, now())
	a = wire.send("PUT", "/box/n", dict(headers, **{"transfer-encoding": "chunked"}), iter([b"x"]))
	eq((a.status, a.code, a.text("Header")), (501, "NotImplemented", "Transfer-Encoding"))
	a = wire.ask("PUT", "/box/n", b"0\r\n\r\n", {"content-encoding": "aws-chunked"}, payload=TRAILER)
	eq((a.status, a.code, a.text("Message")), (411, "MissingContentLength", "You must provide the Content-Length HTTP header."))


@test
def browsers_are_told_why_they_may_not():
	for target, headers, status, code, message in (
			("/box/k", {}, 400, "BadRequest", "Insufficient information. Origin request header needed."),
			("/box/k", {"origin": "http://a", "access-control-request-method": "PUT"}, 403, "AccessForbidden",
			 "CORSResponse: CORS is not enabled for this bucket."),
			("/nowhere/k", {"origin": "http://a", "access-control-request-method": "PUT"}, 403, "AccessForbidden",
			 "CORSResponse: Bucket not found")):
		a = wire.send("OPTIONS", target, dict(headers, host=wire.host))
		eq((a.status, a.code, a.text("Message")), (status, code, message))


@test
def nothing_of_it_was_put():
	eq(sorted(o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]), ["k"])
	eq(s3.get_object(Bucket="box", Key="k")["Body"].read(), b"0123456789")


run(house)
