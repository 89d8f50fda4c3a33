"""UploadPartCopy: parts out of objects and ranges of them, under conditions; what is refused, as AWS refuses it."""
import hashlib
import os

from lib import House, eq, refused, run, test

house = House()
s3 = house.s3
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
	for bad in "bytes=0-10", "bytes=10-10", "bytes=3-99":
		eq(message(refused(("InvalidArgument", 400), copy_part, upload, CopySourceRange=bad, **small)),
		   "Range specified is not valid for source object of size: 10", bad)
	for number in 0, 10001:
		refused(("InvalidArgument", 400), copy_part, upload, number, **small)
	refused(("NoSuchKey", 404), copy_part, upload, source="parts/none")
	refused(("NoSuchBucket", 404), copy_part, upload, source="nowhere/none")
	refused(("NoSuchUpload", 404), copy_part, "0" * 32, **small)
	refused(("InvalidArgument", 400), copy_part, upload, source="parts/")


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
