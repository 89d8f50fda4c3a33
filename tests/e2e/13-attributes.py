"""GetObjectAttributes of objects put whole, in parts, with checksums of all sorts, in versions; pages of parts; what is refused."""
import os

from lib import House, eq, refused, run, test
from wire import Wire

house = House()
wire = Wire(house)
s3 = house.s3
ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
MB5 = 5 << 20
s3.create_bucket(Bucket="box")


def ask(key, names=ALL, **more):
	r = s3.get_object_attributes(Bucket="box", Key=key, ObjectAttributes=names, **more)
	return {k: v for k, v in r.items() if k != "ResponseMetadata"}


def put_in_parts(key, **more):
	upload = s3.create_multipart_upload(Bucket="box", Key=key, **more)["UploadId"]
	parts = []
	for n, size in (1, MB5), (2, MB5 + 1), (3, 7):
		p = s3.upload_part(Bucket="box", Key=key, UploadId=upload, PartNumber=n, Body=os.urandom(size), **more)
		parts.append({k: v for k, v in dict(p, PartNumber=n).items() if k in ("PartNumber", "ETag", "ChecksumSHA256")})
	return s3.complete_multipart_upload(Bucket="box", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


@test
def an_object_put_whole_has_no_parts():
	put = s3.put_object(Bucket="box", Key="whole", Body=b"hello", ChecksumAlgorithm="SHA256")
	head = s3.head_object(Bucket="box", Key="whole")
	eq(ask("whole")["Checksum"]["ChecksumSHA256"], put["ChecksumSHA256"], "checksum")
	eq({k: v for k, v in ask("whole").items() if k != "Checksum"},
	   {"LastModified": head["LastModified"], "ETag": head["ETag"].strip('"'), "StorageClass": "STANDARD", "ObjectSize": 5})


@test
def only_what_was_asked_for_is_told():
	for name in ALL[:2] + ALL[3:]:
		eq(sorted(ask("whole", [name])), sorted(["LastModified", name]), name)


@test
def parts_are_counted_and_those_with_checksums_listed_by_page():
	put_in_parts("plain")
	eq(ask("plain")["ObjectParts"], {"TotalPartsCount": 3}, "of an upload that named no algorithm")
	made = put_in_parts("sums", ChecksumAlgorithm="SHA256")
	got = ask("sums")
	eq((got["ETag"], got["Checksum"]["ChecksumSHA256"], got["ObjectSize"]), (made["ETag"].strip('"'), made["ChecksumSHA256"], 2 * MB5 + 8))
	eq([(p["PartNumber"], p["Size"]) for p in got["ObjectParts"]["Parts"]], [(1, MB5), (2, MB5 + 1), (3, 7)], "parts")
	eq(got["ObjectParts"]["IsTruncated"], False, "all at once, cut off")
	first = ask("sums", MaxParts=2)["ObjectParts"]
	eq((first["IsTruncated"], first["NextPartNumberMarker"], len(first["Parts"])), (True, 2, 2), "the first page")
	last = ask("sums", MaxParts=2, PartNumberMarker=first["NextPartNumberMarker"])["ObjectParts"]
	eq((last["IsTruncated"], [p["PartNumber"] for p in last["Parts"]]), (False, [3]), "the last page")
	eq(ask("sums", PartNumberMarker=99).get("ObjectParts", {}).get("Parts", []), [], "behind the last")


@test
def a_version_can_be_asked_about():
	s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
	old = s3.put_object(Bucket="box", Key="v", Body=b"old")["VersionId"]
	s3.put_object(Bucket="box", Key="v", Body=b"newer")
	eq((ask("v")["ObjectSize"], ask("v", VersionId=old)["ObjectSize"], ask("v", VersionId=old)["VersionId"]), (5, 3, old))


@test
def what_makes_no_sense_is_refused():
	refused(("NoSuchKey", 404), ask, "none")
	for headers in {}, {"x-amz-object-attributes": ""}, {"x-amz-object-attributes": "ETag,Colour"}, \
			{"x-amz-object-attributes": "ObjectParts", "x-amz-max-parts": "x"}:
		a = wire.ask("GET", "/box/whole?attributes", b"", headers)
		eq((a.status, b"<Code>InvalidArgument</Code>" in a.body), (400, True), repr(headers))


run(house)
