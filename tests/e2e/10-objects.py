"""Objects: put, get, head, delete, ranges, conditions, metadata, copies; what a client sees of each."""
import datetime
import hashlib
import os
import subprocess

from lib import House, Skip, eq, refused, run, test, wait_until
from wire import Wire, now

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)


def put(key, body, **more):
	return s3.put_object(Bucket="box", Key=key, Body=body, **more)


def get(key, **more):
	return s3.get_object(Bucket="box", Key=key, **more)


@test
def what_was_put_comes_back():
	for size in (0, 1, 10000, 65536, 65537, 524288, 524289, 3000000):
		body = os.urandom(size)
		etag = put("k%d" % size, body)["ETag"]
		eq(etag, '"%s"' % hashlib.md5(body).hexdigest(), "ETag of %d bytes" % size)
		answer = get("k%d" % size)
		eq(answer["Body"].read() == body, True, "body of %d bytes" % size)
		eq(answer["ETag"], etag)
		eq(answer["ContentLength"], size)
		eq(s3.head_object(Bucket="box", Key="k%d" % size)["ContentLength"], size)


@test
def keys_are_bytes_and_not_paths():
	for key in ("a b+c/ü.txt", "a//b", "a/../b", "./x", "%41", "q?x=1&y#z", "dir/", "日本/写真.jpg", "'\"<>&\r", "x" * 1024):
		put(key, key.encode())
		eq(get(key)["Body"].read(), key.encode(), "body of " + repr(key[:20]))
		s3.delete_object(Bucket="box", Key=key)
		refused("NoSuchKey", get, key)
	refused(("KeyTooLongError", 400), put, "x" * 1025, b"")


@test
def headers_and_metadata_come_back():
	put("meta", b"x", ContentType="image/jpeg", CacheControl="max-age=5", ContentDisposition='attachment; filename="a.jpg"',
	    ContentEncoding="gzip", ContentLanguage="de", Expires=datetime.datetime(2030, 1, 2, 3, 4, 5),
	    Metadata={"Camera": "X100", "two": "a b"})
	for a in (get("meta"), s3.head_object(Bucket="box", Key="meta")):
		eq(a["ContentType"], "image/jpeg")
		eq(a["CacheControl"], "max-age=5")
		eq(a["ContentDisposition"], 'attachment; filename="a.jpg"')
		eq(a["ContentEncoding"], "gzip")
		eq(a["ContentLanguage"], "de")
		eq(a["Metadata"], {"camera": "X100", "two": "a b"})
		eq(a["Expires"].year, 2030)
	put("plain", b"x")
	eq(get("plain")["ContentType"], "binary/octet-stream")
	a = wire.ask("PUT", "/box/utf8", b"x", {"x-amz-meta-name": "Füße".encode().decode("latin-1")})
	eq(a.status, 200)
	eq(wire.ask("GET", "/box/utf8").headers["x-amz-meta-name"], "=?UTF-8?B?RsO8w59l?=")
	refused(("MetadataTooLarge", 400), put, "big", b"", Metadata={"a": "x" * 2048})


@test
def ranges_are_cut_from_small_and_large_objects():
	for key, size in (("r-small", 1000), ("r-large", 700000)):
		body = os.urandom(size)
		put(key, body)
		for text, want in (("bytes=0-9", body[:10]), ("bytes=5-", body[5:]), ("bytes=-7", body[-7:]),
				   ("bytes=10-%d" % (size + 5), body[10:]), ("bytes=-%d" % (size * 2), body)):
			a = get(key, Range=text)
			eq(a["Body"].read() == want, True, "%s of %s" % (text, key))
			eq(a["ResponseMetadata"]["HTTPStatusCode"], 206)
			first = size - len(want) if text.startswith("bytes=-") else int(text[6:].split("-")[0])
			eq(a["ContentRange"], "bytes %d-%d/%d" % (first, first + len(want) - 1, size))
			eq(s3.head_object(Bucket="box", Key=key, Range=text)["ContentLength"], len(want))
		for text in ("bytes=%d-" % size, "bytes=-0"):
			refused(("InvalidRange", 416), get, key, Range=text)
		for text in ("bytes=0-1,3-4", "bytes=9-1", "lines=1-2", "bytes=a-b"):
			eq(get(key, Range=text)["Body"].read() == body, True, text)


@test
def conditions_on_reads_follow_s3():
	etag = put("cond", b"x")["ETag"]
	past, later = datetime.datetime(2000, 1, 1), datetime.datetime.utcnow() - datetime.timedelta(seconds=0)
	for call in (s3.get_object, s3.head_object):
		name = call.__name__ == "head_object"
		call(Bucket="box", Key="cond", IfMatch=etag)
		call(Bucket="box", Key="cond", IfMatch=etag.strip('"'))
		call(Bucket="box", Key="cond", IfModifiedSince=past)
		call(Bucket="box", Key="cond", IfMatch=etag, IfUnmodifiedSince=past)
		call(Bucket="box", Key="cond", IfNoneMatch='"other"')
		refused("412" if name else "PreconditionFailed", call, Bucket="box", Key="cond", IfMatch='"other"')
		refused("412" if name else "PreconditionFailed", call, Bucket="box", Key="cond", IfUnmodifiedSince=past)
		refused("304", call, Bucket="box", Key="cond", IfNoneMatch=etag)
	a = wire.ask("GET", "/box/cond", headers={"if-none-match": etag})
	eq((a.status, a.body, a.headers["etag"]), (304, b"", etag))


@test
def conditions_on_writes_follow_s3():
	a = wire.ask("PUT", "/box/once", b"1", {"if-none-match": "*"})
	eq(a.status, 200)
	a = wire.ask("PUT", "/box/once", b"2", {"if-none-match": "*"})
	eq((a.status, a.code, a.text("Condition")), (412, "PreconditionFailed", "If-None-Match"))
	a = wire.ask("PUT", "/box/once", b"2", {"if-none-match": '"x"'})
	eq((a.status, a.code), (501, "NotImplemented"))
	etag = get("once")["ETag"]
	a = wire.ask("PUT", "/box/once", b"3", {"if-match": '"0"'})
	eq((a.status, a.code), (412, "PreconditionFailed"))
	eq(wire.ask("PUT", "/box/once", b"3", {"if-match": etag}).status, 200)
	eq(get("once")["Body"].read(), b"3")
	a = wire.ask("PUT", "/box/never", b"3", {"if-match": etag})
	eq((a.status, a.code), (404, "NoSuchKey"))
	eq(wire.ask("DELETE", "/box/once", headers={"if-match": '"0"'}).status, 412)
	eq(wire.ask("DELETE", "/box/once", headers={"if-match": get("once")["ETag"]}).status, 204)


@test
def deleting_is_never_an_error_where_there_is_a_bucket():
	put("d", b"x")
	for _ in range(2):
		eq(s3.delete_object(Bucket="box", Key="d")["ResponseMetadata"]["HTTPStatusCode"], 204)
	refused(("NoSuchBucket", 404), s3.delete_object, Bucket="nowhere", Key="d")


@test
def many_are_deleted_at_once():
	for i in range(5):
		put("m%d" % i, b"x")
	a = s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "m%d" % i} for i in range(7)]})
	eq(sorted(d["Key"] for d in a["Deleted"]), ["m%d" % i for i in range(7)])
	put("m0", b"x")
	a = s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "m0"}, {"Key": "m1", "VersionId": "old"}], "Quiet": True})
	eq("Deleted" in a, False)
	eq([(e["Key"], e["Code"]) for e in a["Errors"]], [("m1", "InvalidArgument")])
	refused("NoSuchKey", get, "m0")
	body = b"<Delete>" + b"".join(b"<Object><Key>%d</Key></Object>" % i for i in range(1001)) + b"</Delete>"
	import base64
	md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
	eq(wire.ask("POST", "/box?delete", body, {"content-md5": md5}).code, "MalformedXML")
	a = wire.ask("POST", "/box?delete", b"<Delete><Object><Key>a</Key></Object></Delete>")
	eq((a.status, a.code), (400, "InvalidRequest"))


@test
def copies_keep_or_replace_what_is_said_about_them():
	for size in (0, 100, 700000):
		body = os.urandom(size)
		put("from ü", body, Metadata={"a": "1"}, ContentType="image/png")
		a = s3.copy_object(Bucket="box", Key="to", CopySource={"Bucket": "box", "Key": "from ü"})
		eq(a["CopyObjectResult"]["ETag"], '"%s"' % hashlib.md5(body).hexdigest())
		b = get("to")
		eq((b["Body"].read() == body, b["Metadata"], b["ContentType"]), (True, {"a": "1"}, "image/png"))
	s3.copy_object(Bucket="box", Key="to", CopySource="box/to", MetadataDirective="REPLACE", Metadata={"b": "2"})
	eq(get("to")["Metadata"], {"b": "2"})
	refused("InvalidRequest", s3.copy_object, Bucket="box", Key="to", CopySource="box/to")
	refused("NoSuchKey", s3.copy_object, Bucket="box", Key="to", CopySource="box/none")
	refused("NoSuchBucket", s3.copy_object, Bucket="box", Key="to", CopySource="nowhere/none")
	refused("PreconditionFailed", s3.copy_object, Bucket="box", Key="x", CopySource="box/to", CopySourceIfMatch='"0"')


@test
def the_command_line_client_moves_files_both_ways():
	path = os.path.join(house.home, "f")
	for size in (10000, 20000000):
		with open(path, "wb") as f:
			f.write(os.urandom(size))
		house.aws("s3", "cp", "--quiet", path, "s3://box/cli/ä %d" % size, fresh=size == 10000)
		house.aws("s3", "cp", "--quiet", "s3://box/cli/ä %d" % size, path + ".back")
		eq(open(path, "rb").read() == open(path + ".back", "rb").read(), True)
	eq("20000000" in house.aws("s3", "ls", "s3://box/cli/"), True)
	house.aws("s3", "cp", "--quiet", "s3://box/cli/ä 10000", "s3://box/cli/copy")
	house.aws("s3", "rm", "--quiet", "--recursive", "s3://box/cli/")
	eq(house.aws("s3", "ls", "s3://box/cli/", check=False).stdout, "")


@test
def a_refused_put_does_not_spoil_the_next_on_its_connection():
	for body in (b"", b"x", b"x" * 100000):
		refused("KeyTooLongError", put, "x" * 1025, body)
		put("next", body)
		eq(get("next")["Body"].read(), body)


@test
def curl_signs_for_itself():
	keys = house.env["AWS_ACCESS_KEY_ID"] + ":" + house.env["AWS_SECRET_ACCESS_KEY"]
	curl = ["curl", "-sf", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", keys]
	path = os.path.join(house.home, "c")
	with open(path, "wb") as f:
		f.write(os.urandom(5000))
	subprocess.run(curl + ["-T", path, house.url + "/box/curl"], check=True)
	out = subprocess.run(curl + [house.url + "/box/curl"], check=True, stdout=subprocess.PIPE).stdout
	eq(out == open(path, "rb").read(), True)


@test
def a_client_that_leaves_in_the_middle_leaves_nothing():
	put("half", b"whole")
	for size in (1000, 9000000):
		s = wire.connect()
		s.sendall(wire.head("PUT", "/box/half", {"content-length": str(size)}, "UNSIGNED-PAYLOAD") + b"x" * (size // 2))
		s.close()
	eq(get("half")["Body"].read(), b"whole")
	files = lambda: {os.path.join(d, f) for d, _, names in os.walk(os.path.join(house.data, "obj")) for f in names}
	before = files()
	s = wire.connect()
	s.sendall(wire.head("PUT", "/box/half", {"content-length": "9000000"}, "UNSIGNED-PAYLOAD") + b"x" * 5000000)
	staged = wait_until(lambda: files() - before, "the staged file")
	s.close()
	wait_until(lambda: not files() & staged, "its end")


@test
def a_refusal_comes_before_the_body_is_sent():
	s = wire.connect()
	s.sendall(wire.head("PUT", "/box/x", {"content-length": "5000000", "expect": "100-continue", "x-amz-acl": "public-read"},
			    "UNSIGNED-PAYLOAD"))
	eq(s.recv(100).split(b"\r\n")[0], b"HTTP/1.1 400 Bad Request")
	s.close()
	s = wire.connect()
	s.sendall(wire.head("PUT", "/box/x", {"content-length": "5", "expect": "100-continue"}, "UNSIGNED-PAYLOAD"))
	eq(s.recv(100).split(b"\r\n")[0], b"HTTP/1.1 100 Continue")
	s.sendall(b"hello")
	eq(s.recv(100).split(b"\r\n")[0], b"HTTP/1.1 200 OK")
	s.close()


run(house)
