"""Each error that a client of S3 can provoke, once on the wire: status, code, message and elements as AWS answers. The texts are AWS's."""
import hashlib

from lib import House, eq, run, test
from wire import Wire

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


@test
def nothing_of_it_was_put():
	eq(sorted(o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]), ["k"])
	eq(s3.get_object(Bucket="box", Key="k")["Body"].read(), b"0123456789")


run(house)
