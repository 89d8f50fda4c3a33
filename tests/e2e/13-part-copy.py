"""CopyObject and UploadPartCopy: objects and parts out of objects and ranges of them, under conditions; what is refused, as AWS refuses it."""
import hashlib
import os
import urllib.parse

from lib import House, eq, refused, run, test
from wire import Wire

house = House()
s3 = house.s3
wire = Wire(house)
MB = 1 << 20
BIG = os.urandom(13 * MB)
RANGE_FORM = ("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first "
	      "and last bytes to copy")
s3.create_bucket(Bucket="parts")


def put_in_parts(key, data, size, **more):
	upload = s3.create_multipart_upload(Bucket="parts", Key=key, **more)["UploadId"]
	done = []
	for n, at in enumerate(range(0, len(data), size), 1):
		done.append(dict(s3.upload_part(Bucket="parts", Key=key, UploadId=upload, PartNumber=n, Body=data[at:at + size]), PartNumber=n))
	return finish(key, upload, done)


def finish(key, upload, parts):
	keep = ("PartNumber", "ETag", "ChecksumCRC32", "ChecksumSHA256")
	return s3.complete_multipart_upload(Bucket="parts", Key=key, UploadId=upload,
					    MultipartUpload={"Parts": [{k: p[k] for k in keep if k in p} for p in parts]})


def copy_part(upload, number=1, source="parts/big", key="made", **more):
	return s3.upload_part_copy(Bucket="parts", Key=key, UploadId=upload, PartNumber=number, CopySource=source, **more)


def body(key):
	return s3.get_object(Bucket="parts", Key=key)["Body"].read()


def message(answer):
	return answer["Error"]["Message"]


@test
def ranges_across_parts_files_and_needles_are_copied():
	put_in_parts("big", BIG, 6 * MB)			# two of 6 MB and one of 1 MB
	s3.put_object(Bucket="parts", Key="small", Body=b"0123456789")
	upload = s3.create_multipart_upload(Bucket="parts", Key="made")["UploadId"]
	wants = [(3 * MB + 1, 9 * MB), (5 * MB, 11 * MB + 7), (0, 10)]
	done = []
	for n, (first, end) in enumerate(wants[:2], 1):
		r = copy_part(upload, n, CopySourceRange="bytes=%d-%d" % (first, end - 1))["CopyPartResult"]
		eq(r["ETag"].strip('"'), hashlib.md5(BIG[first:end]).hexdigest(), "ETag of part %d" % n)
		done.append({"PartNumber": n, "ETag": r["ETag"]})
	done.append({"PartNumber": 3, "ETag": copy_part(upload, 3, "/parts/small", CopySourceRange="bytes=2-5")["CopyPartResult"]["ETag"]})
	finish("made", upload, done)
	eq(body("made") == BIG[3 * MB + 1:9 * MB] + BIG[5 * MB:11 * MB + 7] + b"2345", True, "the bytes")


@test
def whole_objects_of_any_size_are_copied():
	s3.put_object(Bucket="parts", Key="empty", Body=b"")
	for source, data in ("big", BIG), ("small", b"0123456789"), ("empty", b""):
		upload = s3.create_multipart_upload(Bucket="parts", Key="whole")["UploadId"]
		r = copy_part(upload, source="parts/" + source, key="whole")
		finish("whole", upload, [{"PartNumber": 1, "ETag": r["CopyPartResult"]["ETag"]}])
		eq(body("whole") == data, True, source)


@test
def a_part_that_is_copied_has_the_checksum_that_the_upload_asked_for():
	upload = s3.create_multipart_upload(Bucket="parts", Key="sums", ChecksumAlgorithm="SHA256")["UploadId"]
	r = copy_part(upload, source="parts/small", key="sums")["CopyPartResult"]
	eq(r["ChecksumSHA256"], s3.put_object(Bucket="parts", Key="other", Body=b"0123456789", ChecksumAlgorithm="SHA256")["ChecksumSHA256"])
	eq(s3.list_parts(Bucket="parts", Key="sums", UploadId=upload)["Parts"][0]["ChecksumSHA256"], r["ChecksumSHA256"], "in the list")
	finish("sums", upload, [dict(r, PartNumber=1)])


@test
def a_version_is_copied_and_named():
	s3.create_bucket(Bucket="versions")
	s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
	old = s3.put_object(Bucket="versions", Key="k", Body=b"old")["VersionId"]
	s3.put_object(Bucket="versions", Key="k", Body=b"new")
	upload = s3.create_multipart_upload(Bucket="parts", Key="made")["UploadId"]
	r = copy_part(upload, source={"Bucket": "versions", "Key": "k", "VersionId": old})
	eq((r["CopySourceVersionId"], r["CopyPartResult"]["ETag"].strip('"')), (old, hashlib.md5(b"old").hexdigest()))


@test
def what_does_not_fit_is_refused():
	upload = s3.create_multipart_upload(Bucket="parts", Key="made")["UploadId"]
	small = dict(source="parts/small")
	for bad in "0-5", "bytes=", "bytes=5", "bytes=-5", "bytes=5-", "bytes=6-5", "bytes=0-1,2-3", "bytes=a-b", "bytes=0-99999999999999999999":
		eq(message(refused(("InvalidArgument", 400), copy_part, upload, CopySourceRange=bad, **small)), RANGE_FORM, bad)
	for bad in "bytes=0-10", "bytes=3-99":
		eq(message(refused(("InvalidArgument", 400), copy_part, upload, CopySourceRange=bad, **small)),
		   "Range specified is not valid for source object of size: 10", bad)
	for bad in "bytes=10-10", "bytes=100-200":
		eq(message(refused(("InvalidRequest", 400), copy_part, upload, CopySourceRange=bad, **small)),
		   "The specified copy range is invalid for the source object size", bad)
	for number in 0, 10001:
		refused(("InvalidArgument", 400), copy_part, upload, number, **small)
	refused(("NoSuchKey", 404), copy_part, upload, source="parts/none")
	refused(("NoSuchBucket", 404), copy_part, upload, source="nowhere/none")
	refused(("NoSuchUpload", 404), copy_part, "0" * 32, **small)
	refused(("InvalidArgument", 400), copy_part, upload, source="parts/")


PAST, FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2060 00:00:00 GMT"
# if-match, if-unmodified-since, if-none-match, if-modified-since of the source | the one that fails. S3 looks at them in this order.
CONDITIONS = [
	("x", PAST, "same", "same", "If-Match"), (None, PAST, "same", "same", "If-Unmodified-Since"), (None, None, "same", "same", "If-None-Match"),
	(None, None, None, "same", "If-Modified-Since"), (None, None, "bare", None, "If-None-Match"), ("same", None, "same", None, "If-None-Match"),
	("same", PAST, None, None, None), ("same", PAST, "x", PAST, None), (None, None, "same", PAST, "If-None-Match"),
	(None, None, "x", "same", None), (None, None, None, FUTURE, None), (None, "same", None, PAST, None), (None, FUTURE, None, None, None),
	("bare", "same", "x", PAST, None), ("x", FUTURE, "x", PAST, "If-Match"), ("*", None, None, None, None), (None, None, "*", None, "If-None-Match"),
	(None, "nonsense", None, "nonsense", None), ('"x", "same"', None, None, None, None),
]


@test
def conditions_of_the_source_have_an_order():
	upload = s3.create_multipart_upload(Bucket="parts", Key="made")["UploadId"]
	a = wire.ask("HEAD", "/parts/small")
	etag, modified = a.headers["etag"], a.headers["last-modified"]
	names = ("if-match", "if-unmodified-since", "if-none-match", "if-modified-since")
	for *given, fails in CONDITIONS:
		said = {}
		for name, value in zip(names, given):
			same = modified if name.endswith("since") else etag
			if value is not None:
				said["x-amz-copy-source-" + name] = {"same": same, "bare": etag.strip('"')}.get(value, value.replace('"same"', etag))
		for target in "/parts/conditioned", "/parts/made?partNumber=1&uploadId=" + upload:
			a = wire.ask("PUT", target, headers=dict(said, **{"x-amz-copy-source": "/parts/small"}))
			got = (a.status, a.code, a.text("Condition"))
			eq(got, (412, "PreconditionFailed", "x-amz-copy-source-" + fails) if fails else (200, None, None), "%s %r" % (target, given))


@test
def conditions_of_the_copy_are_those_of_a_put():
	copy = lambda key, **headers: wire.ask("PUT", "/parts/" + key, headers=dict(
		{k.replace("_", "-"): v for k, v in headers.items()}, **{"x-amz-copy-source": "parts/small"}))
	eq(copy("new", if_none_match="*").status, 200)
	a = copy("new", if_none_match="*")
	eq((a.status, a.code, a.text("Condition")), (412, "PreconditionFailed", "If-None-Match"))
	eq(copy("new", if_match=s3.head_object(Bucket="parts", Key="new")["ETag"]).status, 200)
	a = copy("new", if_match='"x"')
	eq((a.status, a.code, a.text("Condition")), (412, "PreconditionFailed", "If-Match"))
	a = copy("never", if_match='"x"')
	eq((a.status, a.code, a.text("Key")), (404, "NoSuchKey", "never"))
	for said, header in (({"if_none_match": '"x"'}, "If-None-Match"), ({"if_match": "*"}, "If-Match"),
			     ({"if_match": '"x"', "if_none_match": "*"}, "If-Match,If-None-Match")):
		a = copy("new", **said)
		eq((a.status, a.code, a.text("Header")), (501, "NotImplemented", header))


@test
def a_source_is_named_in_every_way_that_clients_have():
	keys = ["a b", "a+b", "ä/日.jpg", "%41", "q?x=1", "a//b"]
	for key in keys:
		s3.put_object(Bucket="parts", Key=key, Body=key.encode())
		whole, form = urllib.parse.quote("parts/" + key, safe=""), urllib.parse.quote_plus("parts/" + key)
		for source in urllib.parse.quote("parts/" + key), "/" + urllib.parse.quote("parts/" + key), whole, "%2F" + whole, form:
			a = wire.ask("PUT", "/parts/to", headers={"x-amz-copy-source": source})
			eq((a.status, body("to")), (200, key.encode()), source)
	for source, code, what in (
			("parts", "InvalidArgument", "Invalid copy source object key"), ("parts/", "InvalidArgument", "Invalid copy source object key"),
			("/", "InvalidArgument", "Invalid copy source object key"), ("", "InvalidArgument", "Invalid copy source object key"),
			("parts/" + "k" * 1025, "InvalidArgument", "Invalid copy source object key"),
			("Parts_/k", "InvalidArgument", "Invalid copy source bucket name"), ("parts/%zz", "InvalidArgument", "Invalid copy source encoding"),
			("parts/%ff", "InvalidArgument", "Invalid copy source encoding"), ("parts/a%00", "InvalidArgument", "Invalid copy source encoding"),
			("parts/small?versionId=bad", "InvalidArgument", "Invalid version id specified"),
			("parts/none", "NoSuchKey", None), ("nowhere/none", "NoSuchBucket", None)):
		a = wire.ask("PUT", "/parts/to", headers={"x-amz-copy-source": source})
		eq((a.code, a.text("Message") if what else None, a.text("ArgumentName")), (code, what, "x-amz-copy-source" if what else None), source)


@test
def directives_tell_what_comes_along():
	s3.put_object(Bucket="parts", Key="told", Body=b"x", Metadata={"a": "1"}, ContentType="image/png", Tagging="t=1")
	facts = lambda key: (s3.head_object(Bucket="parts", Key=key)["Metadata"], s3.head_object(Bucket="parts", Key=key)["ContentType"],
			     [(t["Key"], t["Value"]) for t in s3.get_object_tagging(Bucket="parts", Key=key)["TagSet"]])
	old, new = ({"a": "1"}, "image/png", [("t", "1")]), ({"b": "2"}, "text/plain", [("u", "2")])
	for metadata, tagging, want in ((None, None, old), ("COPY", "COPY", old), ("REPLACE", "REPLACE", new), ("COPY", "REPLACE", old[:2] + new[2:]),
					("REPLACE", "COPY", new[:2] + old[2:])):
		more = {k: v for k, v in (("MetadataDirective", metadata), ("TaggingDirective", tagging)) if v}
		s3.copy_object(Bucket="parts", Key="to", CopySource="parts/told", Metadata={"b": "2"}, ContentType="text/plain", Tagging="u=2", **more)
		eq(facts("to"), want, "%s %s" % (metadata, tagging))
	for header, complaint in (("x-amz-metadata-directive", "Unknown metadata directive."), ("x-amz-tagging-directive", "Unknown tagging directive.")):
		for bad in ("", "copy", "MOVE"):
			a = wire.ask("PUT", "/parts/to", headers={"x-amz-copy-source": "parts/told", header: bad})
			eq((a.status, a.code, a.text("Message"), a.text("ArgumentName"), a.text("ArgumentValue")),
			   (400, "InvalidArgument", complaint, header, bad))


@test
def a_copy_onto_itself_must_change_something():
	illegal = "This copy request is illegal because it is trying to copy an object to itself"
	s3.put_object(Bucket="parts", Key="self", Body=b"x", Metadata={"a": "1"})
	for more in {}, {"Metadata": {"b": "2"}}, {"TaggingDirective": "REPLACE", "Tagging": "a=b"}:
		e = refused(("InvalidRequest", 400), s3.copy_object, Bucket="parts", Key="self", CopySource="parts/self", **more)
		eq(message(e).startswith(illegal), True)
	for more, want in (({"StorageClass": "STANDARD"}, {"a": "1"}), ({"MetadataDirective": "REPLACE", "Metadata": {"b": "2"}}, {"b": "2"})):
		s3.copy_object(Bucket="parts", Key="self", CopySource="parts/self", **more)
		eq((s3.head_object(Bucket="parts", Key="self")["Metadata"], body("self")), (want, b"x"))
	old = s3.put_object(Bucket="versions", Key="self", Body=b"old")["VersionId"]
	refused(("InvalidRequest", 400), s3.copy_object, Bucket="versions", Key="self", CopySource="versions/self")
	s3.put_object(Bucket="versions", Key="self", Body=b"new")
	r = s3.copy_object(Bucket="versions", Key="self", CopySource={"Bucket": "versions", "Key": "self", "VersionId": old})
	eq((r["CopySourceVersionId"], s3.get_object(Bucket="versions", Key="self")["Body"].read()), (old, b"old"))
	marker = s3.delete_object(Bucket="versions", Key="self")["VersionId"]
	refused(("NoSuchKey", 404), s3.copy_object, Bucket="parts", Key="to", CopySource="versions/self")
	e = refused(("InvalidRequest", 400), s3.copy_object, Bucket="parts", Key="to", CopySource={"Bucket": "versions", "Key": "self", "VersionId": marker})
	eq(message(e), "The source of a copy request may not specifically refer to a delete marker by version id.")
	refused(("NoSuchVersion", 404), s3.copy_object, Bucket="parts", Key="to", CopySource={"Bucket": "versions", "Key": "none", "VersionId": old})


@test
def a_copy_has_the_checksum_asked_for_or_that_of_its_source():
	for algorithm in "CRC32", "CRC32C", "SHA1", "SHA256":
		want = s3.put_object(Bucket="parts", Key="with", Body=b"0123456789", ChecksumAlgorithm=algorithm)["Checksum" + algorithm]
		for more, source in (({}, "with"), ({"ChecksumAlgorithm": algorithm}, "small")):
			r = s3.copy_object(Bucket="parts", Key="to", CopySource="parts/" + source, **more)
			eq(r["CopyObjectResult"]["Checksum" + algorithm], want, algorithm)
			eq(s3.head_object(Bucket="parts", Key="to", ChecksumMode="ENABLED")["Checksum" + algorithm], want)
	a = wire.ask("PUT", "/parts/to", headers={"x-amz-copy-source": "parts/small", "x-amz-checksum-algorithm": "MD4"})
	eq((a.status, a.code), (400, "InvalidRequest"))


@test
def conditions_of_the_source_hold_for_parts_too():
	upload = s3.create_multipart_upload(Bucket="parts", Key="made")["UploadId"]
	head = s3.head_object(Bucket="parts", Key="small")
	small = dict(source="parts/small")
	for more in dict(CopySourceIfMatch=head["ETag"]), dict(CopySourceIfNoneMatch='"x"'), dict(CopySourceIfUnmodifiedSince=head["LastModified"]):
		copy_part(upload, **small, **more)
	for more in dict(CopySourceIfMatch='"x"'), dict(CopySourceIfNoneMatch=head["ETag"]), dict(CopySourceIfModifiedSince=head["LastModified"]):
		refused(("PreconditionFailed", 412), copy_part, upload, **small, **more)


run(house)
