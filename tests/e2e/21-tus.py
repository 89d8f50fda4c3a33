"""Resumable uploads by hand-written requests of tus 1.0: every status, what is durable, and who may."""
import base64
import hashlib
import json
import os
import sqlite3
import zlib

from lib import House, eq, photo, run, test, wait_until
from wire import EMPTY, UNSIGNED, Wire, now

house = House(body_ms=1500, tus_expiry_s=3600)
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)
BODY = "application/offset+octet-stream"


def ask(method, path, headers=None, body=b"", token=None, **how):
	headers = dict({"tus-resumable": "1.0.0"}, **(headers or {}))
	if token:
		return wire.send(method, path, dict(headers, authorization="Bearer " + token), body)
	return wire.ask(method, path, body, headers, **how)


def metadata(**pairs):
	return ",".join("%s %s" % (k, base64.b64encode(v.encode()).decode()) for k, v in pairs.items())


def begin(length=None, headers=None, bucket="box", body=b"", token=None, **facts):
	size = {"upload-length": str(length)} if length is not None else {}
	if facts:
		size["upload-metadata"] = metadata(**facts)
	return ask("POST", "/_/tus/" + bucket, dict(size, **(headers or {})), body, token)


def begun(length, **more):
	a = begin(length, **more)
	eq(a.status, 201, a.body)
	return a.headers["location"]


def patch(path, offset, body=b"", headers=None, token=None, **how):
	return ask("PATCH", path, dict({"upload-offset": str(offset), "content-type": BODY}, **(headers or {})), body, token, **how)


def offset(path):
	a = ask("HEAD", path)
	eq(a.status, 200)
	return int(a.headers["upload-offset"])


def error(a):
	return a.status, json.loads(a.body)["error"]


def get(key, bucket="box"):
	return s3.get_object(Bucket=bucket, Key=key)


def cut(path, at, data, announced, headers=None):
	"""A PATCH whose client leaves in the middle."""
	head = wire.head("PATCH", path, dict({"tus-resumable": "1.0.0", "upload-offset": str(at), "content-type": BODY,
					      "content-length": str(announced)}, **(headers or {})), UNSIGNED)
	c = wire.connect()
	c.sendall(head + data)
	return c


@test
def an_upload_goes_on_where_it_was():
	path = begun(11, key="a/{name}", filename="hello.txt", filetype="text/x", who="me")
	a = ask("HEAD", path)
	eq((a.status, a.headers["upload-offset"], a.headers["upload-length"], a.headers["tus-resumable"], a.headers["cache-control"]),
	   (200, "0", "11", "1.0.0", "no-store"))
	eq(a.headers["upload-metadata"], metadata(key="a/{name}", filename="hello.txt", filetype="text/x", who="me"))
	eq(a.headers["minilab-status"], "/_/status/box/a/hello.txt")
	for at, piece in ((0, b"hello"), (5, b" "), (6, b"world")):
		a = patch(path, at, piece)
		eq((a.status, a.headers["upload-offset"], "upload-expires" in a.headers, a.body), (204, str(at + len(piece)), True, b""))
	got = get("a/hello.txt")
	eq((got["Body"].read(), got["ContentType"], got["Metadata"], got["ETag"]), (b"hello world", "text/x", {"who": "me"}, a.headers["etag"]))
	head = wire.ask("HEAD", "/box/a/hello.txt", headers={"x-amz-checksum-mode": "ENABLED"}).headers
	eq((head["x-amz-checksum-crc64nvme"], head["x-amz-checksum-type"]), ("jSnVw/bqjr4=", "FULL_OBJECT"))
	eq(offset(path), 11)
	eq(patch(path, 11).status, 204)		# a client that did not hear the last answer
	eq(error(patch(path, 11, b"x")), (413, "EntityTooLarge"))
	eq(error(patch(path, 6, b"world")), (409, "OffsetMismatch"))
	eq(ask("DELETE", path).status, 204)
	eq(ask("HEAD", path).status, 404)
	eq(get("a/hello.txt")["ContentLength"], 11)


@test
def a_photo_has_one_event_and_its_thumbnails():
	data = photo(640, 480)
	path = begun(len(data), bucket="photos", key="{name}", name="p.jpg")
	eq(house.row("p.jpg"), None)
	eq(patch(path, 0, data[:1000]).status, 204)
	eq(patch(path, 1000, data[1000:]).status, 204)
	house.row_where("p.jpg", width="640")
	eq(house.explain("p.jpg").count("uploaded: tus, "), 1)
	eq(get("p.jpg", "photos")["ContentType"], "image/jpeg")


@test
def bytes_may_come_with_the_creation():
	a = begin(5, {"content-type": BODY}, body=b"hello", key="with")
	eq((a.status, a.headers["upload-offset"], a.headers["etag"]), (201, "5", '"%s"' % hashlib.md5(b"hello").hexdigest()))
	eq(get("with")["Body"].read(), b"hello")
	a = begin(9, {"content-type": BODY}, body=b"hello", key="part")
	eq((a.status, a.headers["upload-offset"]), (201, "5"))
	eq(patch(a.headers["location"], 5, b"wrld").status, 204)
	eq(get("part")["Body"].read(), b"hellowrld")
	eq(error(begin(4, {"content-type": BODY}, body=b"hello")), (413, "EntityTooLarge"))
	eq(error(begin(5, {"content-type": "text/plain"}, body=b"hello")), (415, "UnsupportedMediaType"))
	a = begin(0, key="empty")
	eq((a.status, a.headers["upload-offset"]), (201, "0"))
	eq(get("empty")["ContentLength"], 0)


@test
def a_length_may_come_later():
	a = begin(None, {"upload-defer-length": "1"}, key="later")
	path = a.headers["location"]
	eq((a.status, ask("HEAD", path).headers.get("upload-defer-length")), (201, "1"))
	eq(patch(path, 0, b"abc").status, 204)
	eq(error(patch(path, 3, b"d", {"upload-length": "2"})), (413, "EntityTooLarge"))
	eq(patch(path, 3, b"d", {"upload-length": "6"}).status, 204)
	eq(error(patch(path, 4, b"d", {"upload-length": "7"})), (400, "InvalidRequest"))
	eq(ask("HEAD", path).headers["upload-length"], "6")
	eq(patch(path, 4, b"ef", {"upload-length": "6"}).status, 204)
	eq(get("later")["Body"].read(), b"abcdef")
	path = begin(None, {"upload-defer-length": "1"}, key="later2").headers["location"]
	eq(patch(path, 0, b"abc").status, 204)
	eq(patch(path, 3, b"", {"upload-length": "3"}).status, 204)
	eq(get("later2")["Body"].read(), b"abc")


@test
def what_is_wrong_is_told_and_changes_nothing():
	path = begun(10, key="k")
	for a, want in (
			(ask("POST", "/_/tus/box", {"tus-resumable": "0.2.2", "upload-length": "1"}), (412, "UnsupportedVersion")),
			(wire.ask("PATCH", path, b"x", {"upload-offset": "0", "content-type": BODY}), (412, "UnsupportedVersion")),
			(begin(None), (400, "InvalidRequest")), (begin(-1), (400, "InvalidRequest")), (begin("x"), (400, "InvalidRequest")),
			(begin(1, {"upload-defer-length": "1"}), (400, "InvalidRequest")), (begin(None, {"upload-defer-length": "2"}), (400, "InvalidRequest")),
			(begin(6 << 40), (413, "EntityTooLarge")), (begin(5 << 40), (507, "InsufficientStorage")),
			(begin(1, {"upload-concat": "partial"}), (501, "NotImplemented")), (begin(1, bucket="nowhere"), (404, "NoSuchBucket")),
			(begin(1, {"upload-metadata": "a !"}), (400, "InvalidMetadata")), (begin(1, {"upload-metadata": "a YQ==,a YQ=="}), (400, "InvalidMetadata")),
			(begin(1, {"upload-metadata": "key YQ==,key Yg=="}), (400, "InvalidMetadata")), (begin(1, {"upload-metadata": ",a"}), (400, "InvalidMetadata")),
			(begin(1, {"upload-metadata": "a " + "YWFh" * 1020}), (400, "MetadataTooLarge")),
			(begin(1, {"upload-metadata": "a " + "YWFh" * 2000}), (400, "MetadataTooLarge")),
			(begin(1, key="{nonsense}"), (400, "InvalidKey")), (begin(1, key="k" * 1025), (400, "KeyTooLongError")),
			(patch(path, 1, b"x"), (409, "OffsetMismatch")), (patch(path, "x", b"x"), (400, "InvalidRequest")),
			(patch(path, 0, b"x" * 11), (413, "EntityTooLarge")), (patch(path, 0, b"x", {"content-type": "text/plain"}), (415, "UnsupportedMediaType")),
			(patch(path + "x", 0, b"x"), (404, "NoSuchUpload")), (patch(path.replace("/box/", "/photos/"), 0, b"x"), (404, "NoSuchUpload")),
			(ask("DELETE", path + "x"), (404, "NoSuchUpload")), (ask("PUT", path), (405, "MethodNotAllowed")), (ask("GET", path), (405, "MethodNotAllowed")),
			(ask("POST", path, {"upload-length": "1"}), (405, "MethodNotAllowed")),
			(wire.send("PATCH", path, {"tus-resumable": "1.0.0", "upload-offset": "0", "content-type": BODY}, b"x"), (401, "NoCredentials"))):
		eq(error(a), want)
	eq(ask("HEAD", path + "x").status, 404)
	eq(offset(path), 0)
	chunked = wire.send("PATCH", path, dict(signed_headers(path), **{"transfer-encoding": "chunked"}), iter([b"x" * 5, b"x" * 6]))
	eq(error(chunked), (413, "EntityTooLarge"))
	eq(patch(path, offset(path), b"y" * (10 - offset(path))).status, 204)


def signed_headers(path, at=0):
	headers = {"tus-resumable": "1.0.0", "upload-offset": str(at), "content-type": BODY}
	wire.sign("PATCH", path, headers, UNSIGNED, now())
	return headers


@test
def a_client_without_patch_says_so_in_a_header():
	path = begun(3, key="override")
	eq(ask("POST", path, {"x-http-method-override": "PATCH", "upload-offset": "0", "content-type": BODY}, b"ab").status, 204)
	a = ask("POST", path, {"x-http-method-override": "HEAD"})
	eq((a.status, a.headers["upload-offset"]), (200, "2"))
	eq(ask("POST", path, {"x-http-method-override": "DELETE"}).status, 204)
	eq(ask("HEAD", path).status, 404)


@test
def abilities_are_told_to_anybody():
	a = wire.send("OPTIONS", "/_/tus/box", {})
	eq((a.status, a.headers["tus-version"], a.headers["tus-max-size"], a.headers["tus-checksum-algorithm"], a.headers["tus-extension"]),
	   (204, "1.0.0", str(5 << 40), "sha1,md5,sha256,crc32,crc32c",
	    "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination"))


@test
def a_body_with_a_wrong_checksum_changes_nothing():
	path, data = begun(12, key="sum"), b"hello "
	sums = {"sha1": hashlib.sha1(data).digest(), "md5": hashlib.md5(data).digest(), "sha256": hashlib.sha256(data).digest(),
		"crc32": zlib.crc32(data).to_bytes(4, "big")}
	for name, good in sums.items():
		bad = base64.b64encode(bytes([good[0] ^ 1]) + good[1:]).decode()
		eq(error(patch(path, 0, data, {"upload-checksum": "%s %s" % (name, bad)})), (460, "ChecksumMismatch"))
		eq(offset(path), 0)
	eq(error(patch(path, 0, data, {"upload-checksum": "sha512 YQ=="})), (400, "UnsupportedChecksum"))
	eq(error(patch(path, 0, data, {"upload-checksum": "sha1 YQ=="})), (400, "InvalidChecksum"))
	eq(patch(path, 0, data, {"upload-checksum": "sha1 " + base64.b64encode(sums["sha1"]).decode()}).status, 204)
	# Of a checked body that breaks off nothing is kept, as nobody knows whether it is right.
	checked = {"upload-checksum": "md5 " + base64.b64encode(sums["md5"]).decode()}
	cut(path, 6, data[:3], 6, checked).close()
	wait_until(lambda: patch(path, 6, data, checked).status == 204, "the lock")
	eq(get("sum")["Body"].read(), data * 2)
	path = begun(6, key="signed")
	a = ask("PATCH", path, {"upload-offset": "0", "content-type": BODY}, data, payload=EMPTY)
	eq(error(a), (400, "XAmzContentSHA256Mismatch"))
	eq(offset(path), 0)


@test
def what_came_before_the_client_left_is_kept():
	data = os.urandom(3 << 20)
	path = begun(len(data), key="left")
	cut(path, 0, data[:1 << 20], len(data)).close()
	at = wait_until(lambda: offset(path), "what was sent")
	eq(at <= 1 << 20, True)
	wait_until(lambda: patch(path, offset(path), data[offset(path):offset(path) + 1000]).status == 204, "the lock")
	stalled = cut(path, offset(path), data[offset(path):2 << 20], len(data) - offset(path))
	said = b""
	while b"\r\n\r\n" not in said:
		said += stalled.recv(4096)
	eq(b" 408 " in said.split(b"\r\n")[0], True)
	stalled.close()
	eq(offset(path), 2 << 20)
	eq(patch(path, 2 << 20, data[2 << 20:]).status, 204)
	eq(get("left")["Body"].read() == data, True)


@test
def one_request_at_a_time_feeds_an_upload():
	path = begun(100, key="locked")
	first = cut(path, 0, b"", 100, {"expect": "100-continue"})
	eq(first.recv(4096).split(b" ")[1], b"100")	# its body is being taken
	first.sendall(b"x")
	a = patch(path, 0, b"")
	eq(error(a), (423, "UploadLocked"))
	eq(a.headers["retry-after"], "1")
	# The silent one is cut, what it sent is kept, and the other comes again.
	wait_until(lambda: offset(path) == 1, "the byte of the first")
	wait_until(lambda: patch(path, 1, b"y" * 99).status == 204, "the lock's end")
	eq(get("locked")["Body"].read(), b"x" + b"y" * 99)
	first.close()


@test
def a_large_upload_is_many_durable_pieces():
	data = os.urandom(1 << 20) * 40
	path = begun(len(data), key="large")
	c = cut(path, 0, data[:35 << 20], len(data))
	seen = wait_until(lambda: offset(path), "a piece")	# while the body still comes
	c.close()
	at = wait_until(lambda: (lambda a: a.status == 204 and int(a.headers["upload-offset"]))(patch(path, offset(path))), "the lock's end")
	eq(at >= seen, True)
	eq(patch(path, at, data[at:]).status, 204)
	got = get("large")
	eq(hashlib.md5(got["Body"].read()).digest(), hashlib.md5(data).digest())
	eq("-" in got["ETag"], True)


@test
def a_token_opens_its_own_uploads_and_nothing_else():
	def token(**limits):
		a = wire.ask("POST", "/_/tokens", json.dumps(dict({"bucket": "box"}, **limits)).encode())
		eq(a.status, 201, a.body)
		return json.loads(a.body)["token"]
	small = token(prefix="in/", size_max=10, types="image/*", uses=1)
	for more, want in (({"length": 11, "filetype": "image/x"}, (413, "TokenTooLarge")), ({"length": 1, "filetype": "text/x"}, (415, "TokenOtherType")),
			   ({"length": 1, "bucket": "photos", "filetype": "image/x"}, (403, "TokenOtherBucket")),
			   ({"length": 1, "headers": {"authorization": "Bearer mlu_" + "a" * 43}}, (403, "InvalidToken"))):
		eq(error(begin(token=None if "headers" in more else small, **more) if "headers" not in more else
			 wire.send("POST", "/_/tus/box", dict({"tus-resumable": "1.0.0", "upload-length": "1"}, **more["headers"]))), want)
	first, second = (begun(3, token=small, filename="a.png", filetype="image/png") for _ in range(2))
	eq(patch(first, 0, b"ab", token=small).status, 204)
	eq(error(patch(first, 2, b"c", token=token())), (404, "NoSuchUpload"))
	eq(patch(second, 0, b"ab", token=small).status, 204)
	a = patch(first, 2, b"c", token=small)
	eq((a.status, a.headers["minilab-status"].startswith("/_/status/box/in/")), (204, True))
	eq(error(patch(second, 2, b"c", token=small)), (403, "TokenUsedUp"))
	eq(ask("HEAD", first, token=small).headers["upload-offset"], "3")
	few = token(uses=1)
	answers = [begin(3, token=few, filename="b.png").status for _ in range(11)]
	eq((answers[:9], answers[9:]), ([201] * 9, [403] * 2), "one use and eight that may be begun anew")
	eq(ask("DELETE", second, token=small).status, 204)
	late = token(size_max=4)
	path = begin(None, {"upload-defer-length": "1"}, token=late).headers["location"]
	eq(error(patch(path, 0, b"", {"upload-length": "5"}, token=late)), (413, "TokenTooLarge"))
	eq(error(patch(path, 0, b"abcde", token=late)), (413, "TokenTooLarge"))
	eq(patch(path, 0, b"abc", token=late).status, 204)
	eq(error(patch(path, 3, b"de", token=late)), (413, "TokenTooLarge"))
	eq(ask("HEAD", path, token=late).headers["upload-offset"], "3")
	eq(error(begin(None, {"upload-defer-length": "1", "content-type": BODY}, body=b"abcde", token=late)), (413, "TokenTooLarge"))


@test
def pages_of_other_origins_may_as_the_rules_say():
	preflight = {"origin": "https://a.example", "access-control-request-method": "PATCH", "access-control-request-headers": "tus-resumable,upload-offset"}
	eq(error(wire.send("OPTIONS", "/_/tus/box/x", preflight)), (403, "AccessForbidden"))
	s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["POST", "HEAD"],
									   "AllowedHeaders": ["*"]}]})
	a = wire.send("OPTIONS", "/_/tus/box/x", preflight)
	eq((a.status, "PATCH" in a.headers["access-control-allow-methods"], a.headers["access-control-allow-headers"]),
	   (204, True, "tus-resumable, upload-offset"))
	a = begin(1, {"origin": "https://a.example"})
	exposed = a.headers["access-control-expose-headers"].split(", ")
	eq([h in exposed for h in ("Location", "Upload-Offset", "Upload-Length", "Tus-Resumable", "Minilab-Status")], [True] * 5)


@test
def an_acknowledged_byte_outlives_a_kill():
	data = os.urandom(1 << 20) * 20
	path = begun(len(data), bucket="photos", key="killed")
	for to in (700000, 1 << 20, 18 << 20):
		at = offset(path)
		eq(patch(path, at, data[at:to]).status, 204)
		c = cut(path, to, data[to:to + 600000], len(data) - to)
		house.kill()
		c.close()
		house.start()
		eq(to <= offset(path) <= to + 600000, True)
	at = offset(path)
	eq(patch(path, at, data[at:]).status, 204)
	house.kill()
	house.start()
	eq((offset(path), get("killed", "photos")["Body"].read() == data), (len(data), True))
	eq(house.explain("killed").count("uploaded: "), 1)


@test
def an_expired_upload_is_gone():
	old, empty = begun(3, key="old"), begun(3, key="done")
	eq(patch(empty, 0, b"abc").status, 204)
	house.stop()
	db = sqlite3.connect(house.data + "/meta/meta.db")
	db.execute("UPDATE resumable SET expires = 1 WHERE id = ?", (old.rsplit("/", 1)[1],))
	db.commit()
	db.close()
	house.start()
	eq([ask("HEAD", old).status, patch(old, 0, b"a").status, offset(empty)], [410, 410, 3])


@test
def a_client_may_send_as_many_requests_as_it_likes():
	house.stop()
	house.settings["tus_pieces"] = 5
	house.start()
	data = bytes(i % 251 for i in range(5000))
	where = begun(len(data), key="many")
	pieces = lambda: sqlite3.connect("file:%s/meta/meta.db?mode=ro" % house.data, uri=True).execute(
		"SELECT r.pieces, count(p.number) FROM resumable r JOIN part p ON p.upload = r.id WHERE r.id = ?", (where.rsplit("/", 1)[1],)).fetchone()
	for at in range(0, 4000, 200):
		eq(patch(where, at, data[at:at + 200]).status, 204)
		counted, rows = pieces()
		assert counted == rows <= 5, (counted, rows)
	house.kill()
	house.start()
	eq(offset(where), 4000)
	a = patch(where, 4000, data[4000:])
	eq((a.status, a.headers["etag"][-3:]), (204, '-5"'))
	got = get("many")
	eq(got["Body"].read(), data)
	later = begin(headers={"upload-defer-length": "1"}, key="later").headers["location"]
	for at in range(5):
		eq(patch(later, at, b"x").status, 204)
	eq((patch(later, 5, b"", {"upload-length": "5"}).status, get("later")["Body"].read()), (204, b"xxxxx"))
	s3.put_object(Bucket="box", Key="same", Body=data)
	eq(*(wire.ask("HEAD", "/box/" + key, headers={"x-amz-checksum-mode": "ENABLED"}).headers["x-amz-checksum-crc64nvme"] for key in ("many", "same")))
	house.audit()


@test
def nothing_is_left_of_what_was_broken_off():
	wait_until(lambda: house.cli("audit"), "a clean store")
	eq(s3.list_multipart_uploads(Bucket="box").get("Uploads", []), [])


run(house)
