"""Multipart uploads: parts in any order, again, listed, completed, abandoned; and every way to get it wrong."""
import base64
import binascii
import hashlib
import os
import struct
import time

from botocore.exceptions import BotoCoreError
from lib import House, eq, refused, run, test, wait_until
from wire import Wire, crc32

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)
MB5 = 5 << 20


def begin(key, **more):
	return s3.create_multipart_upload(Bucket="box", Key=key, **more)["UploadId"]


def part(key, upload, number, body, **more):
	return s3.upload_part(Bucket="box", Key=key, UploadId=upload, PartNumber=number, Body=body, **more)


def complete(key, upload, parts, **more):
	return s3.complete_multipart_upload(Bucket="box", Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **more)


def named(number, answer):
	return {"PartNumber": number, "ETag": answer["ETag"]}


@test
def parts_become_one_object():
	one, two, three = os.urandom(MB5), os.urandom(MB5 + 7), os.urandom(10)
	upload = begin("big", ContentType="image/jpeg", Metadata={"a": "b"})
	answers = {n: part("big", upload, n, b) for n, b in ((7, three), (1, one), (2, two))}
	refused("NoSuchKey", s3.get_object, Bucket="box", Key="big")
	done = complete("big", upload, [named(n, answers[n]) for n in (1, 2, 7)])
	etag = hashlib.md5(b"".join(hashlib.md5(b).digest() for b in (one, two, three))).hexdigest()
	eq(done["ETag"], '"%s-3"' % etag)
	eq((done["Bucket"], done["Key"]), ("box", "big"))
	a = s3.get_object(Bucket="box", Key="big")
	whole = one + two + three
	eq(a["Body"].read() == whole, True)
	eq((a["ContentType"], a["Metadata"], a["ETag"]), ("image/jpeg", {"a": "b"}, done["ETag"]))
	for first, last in ((0, 9), (MB5 - 3, MB5 + 3), (2 * MB5 - 1, 2 * MB5 + 16), (MB5 + 1, MB5 + 2)):
		a = s3.get_object(Bucket="box", Key="big", Range="bytes=%d-%d" % (first, last))
		eq(a["Body"].read() == whole[first:last + 1], True, "range %d-%d" % (first, last))
	a = s3.get_object(Bucket="box", Key="big", PartNumber=3)
	eq((a["Body"].read() == three, a["PartsCount"], a["ContentRange"]),
	   (True, 3, "bytes %d-%d/%d" % (2 * MB5 + 7, 2 * MB5 + 16, len(whole))))
	refused("416", s3.head_object, Bucket="box", Key="big", PartNumber=4)


@test
def a_part_may_be_sent_again():
	upload = begin("again")
	part("again", upload, 1, b"first")
	a = part("again", upload, 1, b"second")
	complete("again", upload, [named(1, a)])
	eq(s3.get_object(Bucket="box", Key="again")["Body"].read(), b"second")


@test
def completing_twice_is_told_the_same():
	upload = begin("twice")
	a = part("twice", upload, 1, b"x")
	eq(complete("twice", upload, [named(1, a)])["ETag"], complete("twice", upload, [named(1, a)])["ETag"])
	refused(("NoSuchUpload", 404), complete, "twice", "A" * 32, [named(1, a)])	# never was, whatever its parts are
	other = begin("twice")
	part("twice", other, 1, b"x")
	s3.abort_multipart_upload(Bucket="box", Key="twice", UploadId=other)
	refused(("NoSuchUpload", 404), complete, "twice", other, [named(1, a)])
	s3.put_object(Bucket="box", Key="twice", Body=b"newer")
	refused(("NoSuchUpload", 404), complete, "twice", upload, [named(1, a)])
	eq(s3.get_object(Bucket="box", Key="twice")["Body"].read(), b"newer")


@test
def an_aborted_upload_is_gone():
	upload = begin("gone")
	part("gone", upload, 1, b"x")
	s3.abort_multipart_upload(Bucket="box", Key="gone", UploadId=upload)
	for call in (lambda: part("gone", upload, 1, b"x"), lambda: complete("gone", upload, [{"PartNumber": 1, "ETag": "x"}]),
		     lambda: s3.list_parts(Bucket="box", Key="gone", UploadId=upload),
		     lambda: s3.abort_multipart_upload(Bucket="box", Key="gone", UploadId=upload)):
		refused(("NoSuchUpload", 404), call)
	refused("NoSuchUpload", part, "other", begin("gone"), 1, b"x")


@test
def parts_are_listed_in_pages():
	upload = begin("listed")
	etags = {n: part("listed", upload, n, b"x" * n)["ETag"] for n in (1, 2, 3, 10, 10000)}
	a = s3.list_parts(Bucket="box", Key="listed", UploadId=upload)
	eq([(p["PartNumber"], p["Size"], p["ETag"]) for p in a["Parts"]], [(n, n, etags[n]) for n in sorted(etags)])
	eq(a["IsTruncated"], False)
	seen, marker = [], 0
	while True:
		a = s3.list_parts(Bucket="box", Key="listed", UploadId=upload, MaxParts=2, PartNumberMarker=marker)
		seen += [p["PartNumber"] for p in a.get("Parts", [])]
		if not a["IsTruncated"]:
			break
		marker = a["NextPartNumberMarker"]
	eq(seen, sorted(etags))
	s3.abort_multipart_upload(Bucket="box", Key="listed", UploadId=upload)


@test
def uploads_are_listed_in_pages():
	s3.create_bucket(Bucket="uploads")
	made = []
	for key in ("a/1", "a/2", "b", "b", "c d"):
		made.append((key, s3.create_multipart_upload(Bucket="uploads", Key=key)["UploadId"]))
	a = s3.list_multipart_uploads(Bucket="uploads")
	eq(sorted((u["Key"], u["UploadId"]) for u in a["Uploads"]), sorted(made))
	pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket="uploads", PaginationConfig={"PageSize": 2})
	seen = [(u["Key"], u["UploadId"]) for p in pages for u in p.get("Uploads", [])]
	eq(sorted(seen), sorted(made))
	eq(len(seen), len(made))
	a = s3.list_multipart_uploads(Bucket="uploads", Delimiter="/")
	eq([p["Prefix"] for p in a["CommonPrefixes"]], ["a/"])
	eq([u["Key"] for u in a["Uploads"]], ["b", "b", "c d"])
	a = s3.list_multipart_uploads(Bucket="uploads", Prefix="a/")
	eq([u["Key"] for u in a["Uploads"]], ["a/1", "a/2"])
	s3.delete_bucket(Bucket="uploads")


@test
def wrong_completions_are_refused_and_harm_nothing():
	upload = begin("wrong")
	a, b = part("wrong", upload, 1, b"x" * 10), part("wrong", upload, 2, b"y")
	refused("InvalidPart", complete, "wrong", upload, [{"PartNumber": 1, "ETag": '"%s"' % ("0" * 32)}])
	refused("InvalidPart", complete, "wrong", upload, [named(3, a)])
	refused("InvalidPartOrder", complete, "wrong", upload, [named(2, b), named(1, a)])
	e = refused("EntityTooSmall", complete, "wrong", upload, [named(1, a), named(2, b)])
	eq(e["Error"]["PartNumber"], "1")
	target = "/box/wrong?uploadId=" + upload
	eq(wire.ask("POST", target, b"<CompleteMultipartUpload/>").code, "InvalidRequest")
	eq(wire.ask("POST", target, b"nonsense").code, "MalformedXML")
	eq(wire.ask("POST", target, b"<!DOCTYPE a [<!ENTITY b 'c'>]><CompleteMultipartUpload/>").code, "MalformedXML")
	complete("wrong", upload, [named(2, b)])
	eq(s3.get_object(Bucket="box", Key="wrong")["Body"].read(), b"y")
	for number in (0, 10001):
		refused("InvalidArgument", part, "wrong", begin("wrong"), number, b"x")


@test
def completion_obeys_conditions():
	s3.put_object(Bucket="box", Key="held", Body=b"old")
	upload = begin("held")
	a = part("held", upload, 1, b"new")
	body = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>"
		% a["ETag"]).encode()
	target = "/box/held?uploadId=" + upload
	r = wire.ask("POST", target, body, {"if-none-match": "*"})
	eq((r.status, r.code), (412, "PreconditionFailed"))
	r = wire.ask("POST", target, body, {"if-match": '"0"'})
	eq((r.status, r.code), (412, "PreconditionFailed"))
	r = wire.ask("POST", target, body, {"x-amz-mp-object-size": "4"})
	eq((r.status, r.code), (400, "InvalidRequest"))
	r = wire.ask("POST", target, body, {"if-match": s3.head_object(Bucket="box", Key="held")["ETag"],
					   "x-amz-mp-object-size": "3"})
	eq(r.status, 200)


@test
def a_completion_on_condition_does_not_undo_what_came_meanwhile():
	for how in ("put", "delete"):
		before = s3.put_object(Bucket="box", Key="raced", Body=b"old")["ETag"]
		upload = begin("raced")
		body = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>"
			% part("raced", upload, 1, b"new")["ETag"]).encode()
		target = "/box/raced?uploadId=" + upload
		begun = time.time_ns() // 1000000
		wait_until(lambda: time.time_ns() // 1000000 > begun, "another millisecond than that of its beginning")
		s3.delete_object(Bucket="box", Key="raced")
		r = wire.ask("POST", target, body, {"if-match": before})
		eq((r.status, r.code), (404, "NoSuchKey"))
		headers, condition = {"if-none-match": "*"}, "If-None-Match"
		if how == "put":
			s3.put_object(Bucket="box", Key="raced", Body=b"old")
			headers, condition = {"if-match": before}, "If-Match"
		r = wire.ask("POST", target, body, headers)
		eq((r.status, r.code, r.text("Condition"), r.text("Key")), (409, "ConditionalRequestConflict", condition, "raced"))
		eq(wire.ask("POST", target, body).status, 200)		# without one it is as good as ever
		eq(s3.get_object(Bucket="box", Key="raced")["Body"].read(), b"new")


def crc_of(body):
	return base64.b64encode(struct.pack(">I", binascii.crc32(body))).decode()


@test
def checksums_of_parts_become_the_objects():
	one, two = os.urandom(MB5), os.urandom(99)
	upload = begin("summed", ChecksumAlgorithm="CRC32")
	answers = [part("summed", upload, n, b, ChecksumAlgorithm="CRC32") for n, b in ((1, one), (2, two))]
	eq(answers[0]["ChecksumCRC32"], crc_of(one))
	parts = [dict(named(n, a), ChecksumCRC32=a["ChecksumCRC32"]) for n, a in enumerate(answers, 1)]
	e = refused("InvalidRequest", complete, "summed", upload, [named(n, a) for n, a in enumerate(answers, 1)])
	eq("It was missing for part 1" in e["Error"]["Message"], True)
	wrong = [dict(parts[0], ChecksumCRC32="AAAAAA=="), parts[1]]
	refused("BadDigest", complete, "summed", upload, wrong)
	done = complete("summed", upload, parts)
	raw = b"".join(struct.pack(">I", binascii.crc32(b)) for b in (one, two))
	eq(done["ChecksumCRC32"], crc_of(raw) + "-2")
	eq(s3.head_object(Bucket="box", Key="summed", ChecksumMode="ENABLED")["ChecksumCRC32"], done["ChecksumCRC32"])
	refused("InvalidRequest", part, "summed", begin("summed", ChecksumAlgorithm="SHA256"), 1, b"x", ChecksumAlgorithm="CRC32")


@test
def a_wrong_checksum_of_no_bytes_at_all_is_a_bad_digest():
	a = wire.ask("POST", "/box/none?uploads", headers={"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"})
	target = "/box/none?uploadId=" + a.text("UploadId")
	etag = part("none", a.text("UploadId"), 1, b"")["ETag"].replace('"', "&quot;")
	body = ("<CompleteMultipartUpload><Part><ETag>%s</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
		% etag).encode()
	eq(wire.ask("POST", target, body, {"x-amz-checksum-crc32": "AAAAAQ=="}).code, "BadDigest")
	eq(wire.ask("POST", target, body, {"x-amz-checksum-crc32": "AAAAAA=="}).status, 200)


@test
def a_checksum_of_the_whole_is_joined_from_the_parts():
	one, two = os.urandom(MB5), os.urandom(12345)
	a = wire.ask("POST", "/box/full?uploads", headers={"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"})
	eq(a.headers["x-amz-checksum-type"], "FULL_OBJECT")
	upload = a.text("UploadId")
	etags = [part("full", upload, n, b)["ETag"] for n, b in ((1, one), (2, two))]
	body = ("<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % "".join(
		"<Part><ETag>%s</ETag><PartNumber>%d</PartNumber></Part>" % (e.replace('"', "&quot;"), n)
		for n, e in enumerate(etags, 1))).encode()
	target = "/box/full?uploadId=" + upload
	eq(wire.ask("POST", target, body, {"x-amz-checksum-crc32": "AAAAAA=="}).code, "BadDigest")
	a = wire.ask("POST", target, body, {"x-amz-checksum-crc32": crc32(one + two)})
	eq((a.status, a.text("ChecksumCRC32"), a.text("ChecksumType")), (200, crc32(one + two), "FULL_OBJECT"))
	for algorithm, kind, text in (("SHA256", "FULL_OBJECT", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE", "COMPOSITE")):
		a = wire.ask("POST", "/box/full?uploads", headers={"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind})
		eq((a.status, a.code), (400, "InvalidRequest"))
	a = wire.ask("POST", "/box/full?uploads", headers={"x-amz-checksum-type": "FULL_OBJECT"})
	eq((a.status, a.code), (400, "InvalidRequest"))


@test
def a_small_part_that_is_gone_is_not_sent_as_zeros():
	"""A deleted object's place in its segment is emptied after a while, also under a reader that is still at an earlier part."""
	one, two = os.urandom(MB5), os.urandom(1000)
	upload = begin("zeros")
	complete("zeros", upload, [named(n, part("zeros", upload, n, b)) for n, b in ((1, one), (2, two))])
	for path in (os.path.join(at, name) for at, _, names in os.walk(house.data) for name in names):
		with open(path, "r+b") as f:
			where = f.read().find(two)
			if where < 0:
				continue
			f.seek(where)
			f.write(bytes(len(two)))
			f.flush()
			try:
				got = s3.get_object(Bucket="box", Key="zeros")["Body"].read()
			except BotoCoreError:
				got = b""
			f.seek(where)
			f.write(two)
		eq(len(got) < len(one) + len(two), True, "a whole answer")
		break
	else:
		raise AssertionError("no file holds the part")
	eq(s3.get_object(Bucket="box", Key="zeros")["Body"].read() == one + two, True)


@test
def an_empty_last_part_is_no_range():
	"""There is no Content-Range for no bytes."""
	upload = begin("empty")
	complete("empty", upload, [named(n, part("empty", upload, n, b)) for n, b in ((1, bytes(MB5)), (2, b""))])
	a = wire.ask("GET", "/box/empty?partNumber=2", headers={"x-amz-checksum-mode": "ENABLED"})
	eq((a.status, a.body, a.headers.get("content-range"), a.headers.get("x-amz-mp-parts-count")), (200, b"", None, "2"))
	eq([name for name in a.headers if name.startswith("x-amz-checksum")], [])


run(house)
