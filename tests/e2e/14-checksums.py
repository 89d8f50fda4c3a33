"""Integrity: every checksum and digest is verified, kept and told; aws-chunked bodies in all their forms."""
import base64
import hashlib
import os

from lib import House, eq, refused, run, test
from wire import SIGNED_CHUNKS, SIGNED_TRAILER, TRAILER, UNSIGNED, Wire, crc32

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)
DATA = {n: os.urandom(n) for n in (0, 1, 100, 70000, 600000)}
# Of b"123456789": published check values, and what the standard library computes.
NINE = {"crc32": "y/Q5Jg==", "crc32c": "4waSgw==", "crc64nvme": "rosUhgp5mIg=",
	"sha1": base64.b64encode(hashlib.sha1(b"123456789").digest()).decode(),
	"sha256": base64.b64encode(hashlib.sha256(b"123456789").digest()).decode()}


@test
def each_checksum_is_verified_kept_and_told():
	for name, value in NINE.items():
		header = "x-amz-checksum-" + name
		a = wire.ask("PUT", "/box/" + name, b"123456789", {header: value})
		eq((a.status, a.headers.get(header), a.headers.get("x-amz-checksum-type")), (200, value, "FULL_OBJECT"), name)
		eq(header in wire.ask("GET", "/box/" + name).headers, False)
		a = wire.ask("GET", "/box/" + name, headers={"x-amz-checksum-mode": "ENABLED"})
		eq(a.headers[header], value)
		a = wire.ask("HEAD", "/box/" + name, headers={"x-amz-checksum-mode": "ENABLED"})
		eq(a.headers[header], value)
		a = wire.ask("PUT", "/box/" + name, b"12345678X", {header: value})
		eq((a.status, a.code), (400, "BadDigest"))
		eq(a.text("Message"), "The %s you specified did not match the calculated checksum." % name.upper())
		a = wire.ask("PUT", "/box/" + name, b"123456789", {header: value[:-2]})
		eq((a.status, a.code), (400, "InvalidRequest"))
		eq(wire.ask("GET", "/box/" + name).body, b"123456789")
	eq({o["Key"]: o["ChecksumAlgorithm"] for o in s3.list_objects_v2(Bucket="box")["Contents"]},
	   {n: [n.upper()] for n in NINE})


@test
def without_a_checksum_there_is_one_all_the_same():
	a = wire.ask("PUT", "/box/none", b"123456789")
	eq((a.headers["x-amz-checksum-crc64nvme"], a.headers["x-amz-checksum-type"]), (NINE["crc64nvme"], "FULL_OBJECT"))


@test
def contradictions_are_refused():
	for headers in ({"x-amz-checksum-crc32": NINE["crc32"], "x-amz-checksum-sha1": NINE["sha1"]},
			{"x-amz-checksum-md5": "x"}, {"x-amz-sdk-checksum-algorithm": "CRC32"},
			{"x-amz-sdk-checksum-algorithm": "MD4", "x-amz-checksum-crc32": NINE["crc32"]},
			{"x-amz-trailer": "x-amz-checksum-crc32"}):
		a = wire.ask("PUT", "/box/never", b"123456789", headers)
		eq((a.status, a.code), (400, "InvalidRequest"), repr(headers))
	eq(wire.ask("GET", "/box/never").status, 404)


@test
def md5_and_sha256_are_verified():
	md5 = base64.b64encode(hashlib.md5(b"x").digest()).decode()
	eq(wire.ask("PUT", "/box/m", b"x", {"content-md5": md5}).status, 200)
	a = wire.ask("PUT", "/box/m", b"y", {"content-md5": md5})
	eq((a.status, a.code, a.text("ExpectedDigest")), (400, "BadDigest", hashlib.md5(b"x").hexdigest()))
	eq(wire.ask("PUT", "/box/m", b"x", {"content-md5": "nonsense"}).code, "InvalidDigest")
	for size in (1, 700000):
		a = wire.ask("PUT", "/box/m", b"z" * size, payload=hashlib.sha256(b"other").hexdigest())
		eq((a.status, a.code), (400, "XAmzContentSHA256Mismatch"))
	eq(wire.ask("GET", "/box/m").body, b"x")


@test
def framed_bodies_arrive_however_they_are_cut():
	for payload in (SIGNED_CHUNKS, SIGNED_TRAILER, TRAILER):
		for size, data in DATA.items():
			trailer = None if payload == SIGNED_CHUNKS else ("x-amz-checksum-crc32", crc32(data))
			for split in (None, 7, 65536) if size < 70000 else (None, 9999):
				a = wire.chunked("/box/framed", payload, data, trailer=trailer, split=split)
				eq(a.status, 200, "%s of %d by %r: %s" % (payload, size, split, a.body))
				b = wire.ask("GET", "/box/framed", headers={"x-amz-checksum-mode": "ENABLED"})
				eq(b.body == data, True)
				if trailer:
					eq(b.headers["x-amz-checksum-crc32"], trailer[1])
				eq("content-encoding" in b.headers, False)
	a = wire.chunked("/box/framed", TRAILER, b"abc", trailer=("x-amz-checksum-crc32", crc32(b"abc")), headers={"content-encoding": "aws-chunked,gzip"})
	a = wire.chunked("/box/parts?partNumber=1&uploadId=" + s3.create_multipart_upload(Bucket="box", Key="parts")["UploadId"],
			 TRAILER, DATA[600000], trailer=("x-amz-checksum-crc32", crc32(DATA[600000])), split=1000)
	eq((a.status, a.headers["x-amz-checksum-crc32"]), (200, crc32(DATA[600000])))


@test
def a_spoilt_frame_is_refused_and_nothing_is_kept():
	for size in (100, 600000):
		data = DATA[size]
		for spoil in (0, 1):
			a = wire.chunked("/box/spoilt", SIGNED_CHUNKS, data, spoil=spoil if size > 100 else spoil)
			eq((a.status, a.code), (403, "SignatureDoesNotMatch"))
		a = wire.chunked("/box/spoilt", TRAILER, data, trailer=("x-amz-checksum-crc32", "AAAAAA=="))
		eq((a.status, a.code), (400, "BadDigest"))
		a = wire.chunked("/box/spoilt", SIGNED_TRAILER, data, trailer=("x-amz-checksum-crc32", "AAAAAA=="))
		eq((a.status, a.code), (400, "BadDigest"))
		for declared in (size - 1, size + 1):
			a = wire.chunked("/box/spoilt", SIGNED_CHUNKS, data, declared=declared)
			eq((a.status, a.code), (400, "IncompleteBody"))
	eq(wire.ask("GET", "/box/spoilt").status, 404)
	for body in (b"zz\r\n", b"5\r\nhelloX", b"1" * 2000, b"5\r\nhel"):
		headers = {"x-amz-decoded-content-length": "5", "content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-checksum-crc32"}
		a = wire.ask("PUT", "/box/spoilt", body, headers, payload=TRAILER)
		eq((a.status, a.code), (400, "IncompleteBody"), repr(body))
	a = wire.ask("PUT", "/box/spoilt", b"0\r\n\r\n", {"content-encoding": "aws-chunked"}, payload=TRAILER)
	eq((a.status, a.code), (411, "MissingContentLength"))
	a = wire.ask("PUT", "/box/spoilt", b"5\r\nhello\r\n0\r\n\r\n", {"x-amz-decoded-content-length": "5",
		     "x-amz-trailer": "x-amz-checksum-crc32"}, payload=TRAILER)
	eq((a.status, a.code), (400, "MalformedTrailerError"))


@test
def the_length_must_be_known():
	headers = {}
	wire.sign("PUT", "/box/nolength", headers, UNSIGNED, __import__("wire").now())
	a = wire.send("PUT", "/box/nolength", dict(headers, **{"transfer-encoding": "chunked"}), iter([b"abc"]))
	eq((a.status, a.code, a.text("Header")), (501, "NotImplemented", "Transfer-Encoding"))
	a = wire.ask("PUT", "/box/huge", headers={"content-length": str((5 << 30) + 1)}, payload=UNSIGNED)
	eq((a.status, a.code), (400, "EntityTooLarge"))


run(house)
