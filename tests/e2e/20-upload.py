"""Photos by REST: bodies and forms, keys, tokens, waiting, status, events; and what is refused. curl, urllib and requests are the clients."""
import base64
import hashlib
import http.client
import os
import random
import socket
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from lib import House, Skip, eq, json, photo, run, test, wait_until
from wire import UNSIGNED, Wire, now

house = House()
wire = Wire(house)
JPEG = photo(320, 240)
AWKWARD = ["a b+c%20&=?#.jpg", "ä/日本/\U0001f4f7.jpg", "../up/./x//y.jpg", "quote\"'`<>\\|.jpg", "{date}", "tab\tand\u00a0more", "x" * 1000]
U = "/_/upload/photos"


class Said:
	def __init__(self, status, headers, body):
		self.status, self.headers, self.body = status, {k.lower(): v for k, v in headers.items()}, body
		self.json = json.loads(body) if body else None

	def __repr__(self):
		return "%d %r" % (self.status, self.body[:400])


def ask(method, target, body=b"", headers=None, **how):
	"""Signed, with the hash of the body."""
	a = wire.ask(method, target, body, headers, **how)
	return Said(a.status, a.headers, a.body)


def bare(method, target, body=None, headers=None, token=None):
	"""Not signed; by urllib."""
	headers = dict(headers or {}, **({"Authorization": "Bearer " + token} if token else {}))
	request = urllib.request.Request(house.url + target, data=body, method=method, headers=dict({"Content-Type": ""}, **headers))
	try:
		with urllib.request.urlopen(request, timeout=60) as f:
			return Said(f.status, f.headers, f.read())
	except urllib.error.HTTPError as e:
		return Said(e.code, e.headers, e.read())


def curl(*args, input=None):
	p = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *args], input=input, stdout=subprocess.PIPE, timeout=60)
	body, _, status = p.stdout.rpartition(b"\n")
	return Said(int(status), {}, body)


def form(parts, boundary="XyZ"):
	"""(name, file name or None, bytes or text), ... -> body and headers."""
	out = b""
	for name, file, value in parts:
		out += ('--%s\r\nContent-Disposition: form-data; name="%s"' % (boundary, name)).encode()
		if file is not None:
			out += ('; filename="%s"' % file).encode()
		out += b"\r\n\r\n" + (value.encode() if isinstance(value, str) else value) + b"\r\n"
	return out + ("--%s--\r\n" % boundary).encode(), {"Content-Type": "multipart/form-data; boundary=" + boundary}


def token(**limits):
	said = ask("POST", "/_/tokens", json.dumps(dict({"bucket": "photos"}, **limits)).encode())
	eq(said.status, 201, repr(said))
	return said.json["token"]


def refused(said, status, code):
	eq((said.status, said.json and said.json.get("error")), (status, code), repr(said))
	assert said.json["message"]


def stored(key, body=JPEG):
	got = house.s3.get_object(Bucket="photos", Key=key)
	eq(hashlib.md5(got["Body"].read()).hexdigest(), hashlib.md5(body).hexdigest(), "content of " + repr(key))
	return got


@test
def a_body_becomes_an_object_and_the_answer_says_which():
	said = ask("PUT", U + "/one.jpg", JPEG, {"x-amz-meta-who": "me", "cache-control": "max-age=1"})
	eq(said.status, 202)
	eq({k: said.json[k] for k in ("bucket", "key", "size", "etag", "status")},
	   {"bucket": "photos", "key": "one.jpg", "size": len(JPEG), "etag": hashlib.md5(JPEG).hexdigest(), "status": "/_/status/photos/one.jpg"})
	eq((said.headers["location"], said.headers["etag"]), ("/_/status/photos/one.jpg", '"%s"' % said.json["etag"]))
	got = stored("one.jpg")
	eq((got["ContentType"], got["Metadata"], got["CacheControl"]), ("image/jpeg", {"who": "me"}, "max-age=1"))
	house.row_where("one.jpg", status="done")


@test
def curl_uploads_signed_and_unsigned_payloads_and_forms():
	path = os.path.join(house.home, "cat.jpg")
	with open(path, "wb") as f:
		f.write(JPEG)
	keys = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", wire.key + ":" + wire.secret]
	for payload in (UNSIGNED, hashlib.sha256(JPEG).hexdigest()):
		said = curl(*keys, "-H", "x-amz-content-sha256: " + payload, "-T", path, house.url + U + "/curl/%s.jpg" % payload[:5])
		eq(said.status, 202, repr(said))
		stored("curl/%s.jpg" % payload[:5])
	refused(curl(*keys, "-H", "x-amz-content-sha256: " + "0" * 64, "-T", path, house.url + U + "/curl/wrong.jpg"), 400, "XAmzContentSHA256Mismatch")
	said = curl(*keys, "-H", "x-amz-content-sha256: " + UNSIGNED, "-F", "key=curl/{name}", "-F", "meta-from=curl", "-F", "file=@" + path, house.url + U)
	eq((said.status, said.json["key"], said.json["name"]), (202, "curl/cat.jpg", "cat.jpg"))
	eq(stored("curl/cat.jpg")["Metadata"], {"from": "curl"})
	said = curl(*keys, "-H", "x-amz-content-sha256: " + UNSIGNED, "-H", "Transfer-Encoding: chunked", "-T", "-", house.url + U + "/curl/piped", input=JPEG * 300)
	eq((said.status, said.json["size"]), (202, len(JPEG) * 300))
	stored("curl/piped", JPEG * 300)


@test
def requests_uploads_many_files_of_one_form():
	try:
		import requests
	except ImportError:
		raise Skip("python3-requests is not installed")
	large = photo(300, 200) + bytes(3 << 20)
	files = [("f", ("s%d.jpg" % i, photo(64, 48, seed=i), "image/jpeg")) for i in range(5)] + [("f", ("large.jpg", large, "image/jpeg")), ("f", ("empty.jpg", b""))]
	said = requests.post(house.url + U, files=files, data={"key": "many/{name}"}, headers={"Authorization": "Bearer " + token(prefix="many/")})
	eq(said.status_code, 202, said.text)
	eq([f["key"] for f in said.json()["files"]], ["many/s%d.jpg" % i for i in range(5)] + ["many/large.jpg", "many/empty.jpg"])
	stored("many/large.jpg", large)
	stored("many/empty.jpg", b"")
	stored("many/s3.jpg", photo(64, 48, seed=3))


@test
def keys_with_every_awkward_character_come_in_and_have_a_status():
	for key in AWKWARD:
		path = urllib.parse.quote(key, safe="/")
		said = ask("PUT", U + "/" + path, JPEG)
		eq((said.status, said.json["key"]), (202, key))
		stored(key)
		eq(ask("GET", said.json["status"]).json["key"], key)
	refused(ask("PUT", U + "/" + "x" * 1025, JPEG), 400, "KeyTooLongError")
	refused(ask("PUT", U + "/%ff", JPEG), 400, "InvalidPath")
	refused(ask("PUT", U + "/a%00b", JPEG), 400, "InvalidPath")


@test
def keys_are_made_from_templates():
	day = time.strftime("%Y/%m/%d", time.gmtime())
	for query, want in (("", day + "/*.jpg"), ("?name=Cat.JPEG", day + "/*.jpeg"), ("?key=in%2F%7Bname%7D&name=..%2Fx%0Ay.png", "in/xy.png"),
			    ("?key=%2F%2F%7Bname%7D&name=..", "file"), ("?key=%7B%7Bx%7D.%7Bext%7D", "{x}.jpg")):
		said = ask("POST", U + query, JPEG, {"content-type": "image/jpeg"})
		eq(said.status, 202, repr(said))
		head, _, tail = want.partition("*")
		assert said.json["key"].startswith(head) and said.json["key"].endswith(tail) and len(said.json["key"]) >= len(want), said.json["key"]
	said = ask("POST", U + "/album/", JPEG, {"content-type": "image/jpeg"})
	assert said.json["key"].startswith("album/" + day + "/"), said.json["key"]
	for query in ("?key=%7Bhash%7D", "?key=%7Bdate", "?key=", "?key=%2F"):
		refused(ask("POST", U + query, JPEG), 400, "InvalidKey")


@test
def waiting_ends_with_the_thumbnails_or_the_reason():
	said = ask("PUT", U + "/wait.jpg?timeout=60&wait=thumbnails", photo(300, 200, seed=9))
	eq((said.status, said.json["state"]), (201, "ready"), repr(said))
	eq([(t["name"], t["width"], t["height"]) for t in said.json["thumbnails"]], [("large.jpg", 300, 200), ("medium.webp", 300, 200), ("small.webp", 160, 107)])
	for t in said.json["thumbnails"]:
		eq(t["bytes"], house.s3.head_object(Bucket=t["bucket"], Key=t["key"])["ContentLength"])
	row = said.json["row"]
	eq((row["width"], row["height"], row["format"]), (300, 200, "jpeg"))
	assert row["thumbhash"] and row["color"].startswith("#")
	said = ask("PUT", U + "/bad.jpg?wait=thumbnails", b"no photo at all")
	eq((said.status, said.json["state"], said.json["reason"]), (422, "failed", "Image.NotAnImage"), repr(said))
	house.s3.create_bucket(Bucket="plain")
	said = ask("PUT", "/_/upload/plain/x.jpg?wait=thumbnails", JPEG)
	eq((said.status, said.json["state"]), (202, "unwatched"), repr(said))
	body, headers = form([("key", None, "w/{name}"), ("f", "a.jpg", JPEG), ("f", "b.jpg", b"nothing")])
	said = ask("POST", U + "?wait=thumbnails", body, headers, payload=UNSIGNED)
	eq((said.status, [f["state"] for f in said.json["files"]]), (207, ["ready", "failed"]), repr(said))


@test
def status_tells_every_state_of_a_version():
	said = ask("GET", "/_/status/photos/wait.jpg").json
	eq((said["state"], said["door"]), ("ready", "REST upload"))
	first = ask("PUT", U + "/st.jpg?wait=thumbnails", JPEG).json["version"]
	ask("PUT", U + "/st.jpg?wait=thumbnails", photo(64, 64))
	eq(ask("GET", "/_/status/photos/st.jpg?version=" + first).json["state"], "superseded")
	house.s3.delete_object(Bucket="photos", Key="st.jpg")
	eq(ask("GET", "/_/status/photos/st.jpg").json["state"], "deleted")
	refused(ask("GET", "/_/status/photos/never.jpg"), 404, "NoSuchKey")
	refused(ask("GET", "/_/status/nowhere/x"), 404, "NoSuchBucket")
	refused(ask("GET", "/_/status/photos/st.jpg?version=1"), 400, "InvalidRequest")
	eq(ask("HEAD", "/_/status/photos/wait.jpg").status, 200)


@test
def tokens_open_what_they_are_for_and_nothing_else():
	t = token(prefix="t/", size_max=len(JPEG), types="image/jpeg,image/p*", uses=2, label="shop")
	put = lambda key, body=JPEG, kind="image/jpeg", t=t: bare("PUT", U + key, body, {"Content-Type": kind}, t)
	refused(put("/else/x.jpg"), 403, "TokenOtherPrefix")
	refused(put("/t/x.jpg", JPEG + b"x"), 413, "TokenTooLarge")
	refused(put("/t/x.gif", kind="image/gif"), 415, "TokenOtherType")
	refused(bare("PUT", "/_/upload/plain/t/x.jpg", JPEG, {"Content-Type": "image/jpeg"}, t), 403, "TokenOtherBucket")
	refused(bare("PUT", "/_/upload/nowhere/t/x.jpg", JPEG, {"Content-Type": "image/jpeg"}, t), 403, "TokenOtherBucket")
	eq(put("/t/x.jpg").status, 202)
	said = bare("POST", U, JPEG, {"Content-Type": "image/png"}, t)
	eq(said.status, 202, repr(said))
	assert said.json["key"].startswith("t/") and said.json["key"].endswith(".png"), said.json
	refused(put("/t/y.jpg"), 403, "TokenUsedUp")
	eq(bare("GET", "/_/status/photos/t/x.jpg", token=t).json["key"], "t/x.jpg")
	eq(bare("GET", "/_/status/photos/t/x.jpg?token=" + t).status, 200)
	refused(bare("GET", "/_/status/photos/wait.jpg", token=t), 403, "TokenOtherPrefix")
	refused(bare("PUT", U + "/t/z.jpg?token=" + t, JPEG), 401, "NoCredentials")
	refused(bare("GET", "/_/explain?bucket=photos&key=t/x.jpg", token=t), 400, "AuthorizationHeaderMalformed")
	refused(put("/t/x.jpg", t="mlu_" + "a" * 43), 403, "InvalidToken")
	refused(put("/t/x.jpg", t=""), 401, "NoCredentials")
	listed = ask("GET", "/_/tokens?bucket=photos").json["tokens"]
	one = next(k for k in listed if k["label"] == "shop")
	eq((one["used"], one["uses"], one["prefix"], "token" in one), (2, 2, "t/", False))
	eq(ask("DELETE", "/_/tokens/" + one["id"]).status, 204)
	refused(ask("DELETE", "/_/tokens/" + one["id"]), 404, "NotFound")
	refused(put("/t/x.jpg"), 403, "InvalidToken")


@test
def a_token_without_a_length_is_held_to_its_size_all_the_same():
	t = token(size_max=100000)
	c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
	c.request("PUT", U + "/grow.jpg", iter([bytes(60000)] * 3), {"Authorization": "Bearer " + t}, encode_chunked=True)
	r = c.getresponse()
	refused(Said(r.status, dict(r.getheaders()), r.read()), 413, "TokenTooLarge")
	c.close()
	eq(ask("GET", "/_/status/photos/grow.jpg").status, 404)


@test
def two_uploads_cannot_share_the_last_use_of_a_token():
	t = token(uses=5)
	said = []
	threads = [threading.Thread(target=lambda i=i: said.append(bare("PUT", U + "/race/%d" % i, JPEG, token=t).status)) for i in range(12)]
	for k in threads:
		k.start()
	for k in threads:
		k.join()
	eq(sorted(said), [202] * 5 + [403] * 7)


@test
def the_command_line_makes_lists_and_revokes_tokens():
	text = house.cli("token", "--bucket", "photos", "--prefix", "cli/", "--size-max", "20MB", "--types", "image/*", "--uses", "1", "--expires", "1h", "--label", "of the cli")
	t = text.splitlines()[-1]
	assert t.startswith("mlu_") and len(t) == 47, text
	eq(bare("PUT", U + "/cli/x.jpg", JPEG, {"Content-Type": "image/jpeg"}, t).status, 202)
	line = next(k for k in house.cli("token", "--list", "--bucket", "photos", online=True).splitlines() if "of the cli" in k)
	assert "used 1 of 1" in line and "up to 20000000 bytes" in line and t not in line, line
	house.cli("token", "--revoke", t)
	refused(bare("PUT", U + "/cli/x.jpg", JPEG, {"Content-Type": "image/jpeg"}, t), 403, "InvalidToken")
	for bad in (["--expires", "1y"], ["--size-max", "0"], ["--bucket"], ["--uses", "1"]):
		eq(house.cli("token", *([] if bad[0] in ("--bucket", "--uses") else ["--bucket", "photos"]), *bad, check=False).returncode, 2)


@test
def the_console_uploads_by_its_cookie_from_its_own_pages_only():
	def by_cookie(method, target, body=b"", **headers):
		c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
		c.request(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})
		r = c.getresponse()
		return Said(r.status, dict(r.getheaders()), r.read())
	ours = {"X_Minilab": "1", "Sec_Fetch_Site": "same-origin"}
	keys = json.dumps({"access_key": wire.key, "secret_key": wire.secret}).encode()
	cookie = by_cookie("POST", "/_/session", keys, **ours).headers["set-cookie"].split(";")[0]
	eq(by_cookie("PUT", U + "/cookie.jpg", JPEG, Cookie=cookie, **ours).status, 202)
	refused(by_cookie("PUT", U + "/cookie2.jpg", JPEG, Cookie=cookie), 403, "CrossSite")
	refused(by_cookie("PUT", U + "/cookie2.jpg", JPEG, Cookie=cookie, X_Minilab="1", Sec_Fetch_Site="cross-site"), 403, "CrossSite")
	eq(by_cookie("GET", "/_/status/photos/cookie.jpg", Cookie=cookie).status, 200)
	refused(by_cookie("PUT", U + "/cookie2.jpg", JPEG, Cookie="minilab_session_%d=x" % house.port, **ours), 401, "SignedOut")


@test
def digests_are_verified():
	sha, md5 = base64.b64encode(hashlib.sha256(JPEG).digest()).decode(), base64.b64encode(hashlib.md5(JPEG).digest()).decode()
	for name, value in (("Content-MD5", md5), ("Digest", "unixsum=1, SHA-256=" + sha), ("Content-Digest", "sha-256=:%s:" % sha), ("x-amz-checksum-sha256", sha)):
		eq(ask("PUT", U + "/digest.jpg", JPEG, {name: value}, payload=UNSIGNED).status, 202, name)
		refused(ask("PUT", U + "/digest-wrong.jpg", JPEG + b"x", {name: value}, payload=UNSIGNED), 400, "BadDigest")
	refused(ask("PUT", U + "/digest-wrong.jpg", JPEG, {"Content-MD5": "x"}), 400, "InvalidDigest")
	refused(ask("PUT", U + "/digest-wrong.jpg", JPEG, {"Digest": "unixsum=1"}), 400, "UnsupportedDigest")
	eq(ask("GET", "/_/status/photos/digest-wrong.jpg").status, 404)


@test
def a_form_signed_with_the_hash_of_its_body_is_kept_only_when_all_of_it_is_right():
	body, headers = form([("key", None, "signed.jpg"), ("f", "a.jpg", JPEG), ("after", None, "x")])
	eq(ask("POST", U, body, headers).json["key"], "signed.jpg")
	stored("signed.jpg")
	body, headers = form([("key", None, "forged.jpg"), ("f", "a.jpg", JPEG)])
	refused(ask("POST", U, body, headers, payload="0" * 64), 400, "XAmzContentSHA256Mismatch")
	eq(ask("GET", "/_/status/photos/forged.jpg").status, 404)
	body, headers = form([("f", "a.jpg", JPEG), ("f", "b.jpg", JPEG)])
	refused(ask("POST", U, body, headers), 400, "InvalidRequest")


@test
def a_form_may_come_in_chunks_of_any_size():
	large = JPEG + bytes(700000)
	body, headers = form([("key", None, "chunks/{name}"), ("f", "a.jpg", JPEG), ("f", "b.jpg", large), ("f", "c.jpg", b"")])
	t = token(prefix="chunks/")
	for size in (7, 1000, 100000):
		c = socket.create_connection(("127.0.0.1", house.port))
		c.settimeout(60)
		c.sendall(("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
			   % (U, t, headers["Content-Type"])).encode() +
			  b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n")
		said = b"".join(iter(lambda: c.recv(1 << 16), b""))
		assert said.startswith(b"HTTP/1.1 202 "), said[:500]
		eq([f["key"] for f in json.loads(said.partition(b"\r\n\r\n")[2])["files"]], ["chunks/a.jpg", "chunks/b.jpg", "chunks/c.jpg"])
		stored("chunks/b.jpg", large)
		house.s3.delete_object(Bucket="photos", Key="chunks/b.jpg")


@test
def bad_forms_are_refused_and_what_was_stored_before_is_told():
	body, headers = form([("f", "cut.jpg", JPEG), ("f", "lost.jpg", JPEG)])
	said = ask("POST", U + "?key=cut%2F%7Bname%7D", body[:-20], headers, payload=UNSIGNED)
	refused(said, 400, "MalformedForm")
	eq([f.get("key") or f["error"] for f in said.json["files"]], ["cut/cut.jpg", "MalformedForm"])
	for parts, code in (([("a", None, "b")], "NoFile"), ([("a", None, "x" * 5000), ("f", "a", b"")], "FieldTooLarge"),
			    ([("meta-a", None, "x" * 2100), ("f", "a", b"")], "MetadataTooLarge"), ([("meta-a b", None, "x"), ("f", "a", b"")], "InvalidRequest"),
			    ([("f", "", b"")], "NoFile"), ([("x", None, "y")] * 1001, "FormTooLarge")):
		body, headers = form(parts)
		refused(ask("POST", U, body, headers, payload=UNSIGNED), 400, code)
	refused(ask("POST", U, b"x", {"Content-Type": "multipart/form-data"}, payload=UNSIGNED), 400, "MalformedForm")
	body, headers = form([("key", None, "same"), ("f", "a", JPEG), ("f", "b", JPEG)])
	said = ask("POST", U, body, headers, payload=UNSIGNED)
	eq((said.status, said.json["files"][1]["error"]), (207, "KeyTaken"), repr(said))


@test
def wrong_requests_get_their_own_answers():
	refused(bare("PUT", U + "/x", JPEG), 401, "NoCredentials")
	refused(ask("PUT", "/_/upload/nowhere/x", JPEG), 404, "NoSuchBucket")
	refused(ask("PUT", "/_/upload/", JPEG), 400, "InvalidPath")
	refused(ask("DELETE", U + "/x"), 405, "MethodNotAllowed")
	refused(ask("PUT", U + "/x?wait=forever", JPEG), 400, "InvalidRequest")
	refused(ask("PUT", U + "/x?timeout=301&wait=thumbnails", JPEG), 400, "InvalidRequest")
	refused(ask("PUT", U + "/x?upload=a%2Fb", JPEG), 400, "InvalidRequest")
	refused(ask("PUT", U + "/x", JPEG, {"x-amz-meta-a": "x" * 2100}), 400, "MetadataTooLarge")
	refused(ask("PUT", U + "/one.jpg", JPEG, {"if-none-match": "*"}), 412, "PreconditionFailed")
	refused(ask("PUT", U + "/x", b"", payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER"), 501, "NotImplemented")
	refused(ask("POST", "/_/tokens", b"[]"), 400, "InvalidRequest")
	refused(ask("POST", "/_/tokens", b'{"bucket":"nowhere"}'), 404, "NoSuchBucket")
	refused(ask("POST", "/_/tokens", b'{"bucket":"photos","expires_s":0}'), 400, "InvalidRequest")
	for types in ("image", ".jpg", "*.jpg", "*/jpeg", "image/*,jpeg", "image/"):
		refused(ask("POST", "/_/tokens", json.dumps({"bucket": "photos", "types": types}).encode()), 400, "InvalidRequest")
	for types in ("", "*", "image/jpeg", "image/*, application/pdf"):
		eq(ask("POST", "/_/tokens", json.dumps({"bucket": "photos", "types": types}).encode()).status, 201)
	c = socket.create_connection(("127.0.0.1", house.port))
	c.sendall(("PUT %s/huge HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (U, token(), 6 << 30)).encode())
	assert c.recv(1000).startswith(b"HTTP/1.1 413 "), "too large"
	c.close()


@test
def pages_of_other_origins_upload_where_the_bucket_lets_them():
	house.s3.put_bucket_cors(Bucket="plain", CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["https://shop.example"], "AllowedMethods": ["POST", "GET"],
		"AllowedHeaders": ["authorization"]}]})
	asks = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
	said = bare("OPTIONS", "/_/upload/plain", headers=asks)
	eq((said.status, said.headers["access-control-allow-origin"]), (204, "https://shop.example"))
	eq(bare("OPTIONS", "/_/upload/plain", headers=dict(asks, Origin="https://evil.example")).status, 403)
	eq(bare("OPTIONS", U, headers=asks).status, 403)
	t = token(bucket="plain")
	said = bare("POST", "/_/upload/plain", JPEG, {"Origin": "https://shop.example"}, t)
	eq((said.status, said.headers["access-control-allow-origin"]), (202, "https://shop.example"))
	said = bare("POST", "/_/upload/plain", JPEG, {"Origin": "https://shop.example"}, "mlu_wrong")
	eq((said.status, said.headers["access-control-allow-origin"]), (403, "https://shop.example"))


class Listener(threading.Thread):
	def __init__(self, query, token=None):
		super().__init__(daemon=True)
		self.heard, self.lines = [], 0
		self.c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
		headers = {"Authorization": "Bearer " + token} if token else {}
		if token is None:
			wire.sign("GET", "/_/events" + query, headers, hashlib.sha256(b"").hexdigest(), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
		self.c.request("GET", "/_/events" + query, headers=headers)
		self.r = self.c.getresponse()
		eq((self.r.status, self.r.getheader("content-type")), (200, "text/event-stream"))
		self.start()

	def run(self):
		name = None
		for line in self.r:
			key, _, value = line.decode().rstrip("\n").partition(": ")
			if key == "event":
				name = value
			elif key == "data":
				self.heard.append((name, json.loads(value)))

	def names(self, key):
		return [n for n, e in self.heard if e.get("key") == key]

	def close(self):
		self.c.sock and self.c.sock.shutdown(socket.SHUT_RDWR)


@test
def who_listens_by_a_token_hears_no_more_when_it_is_revoked():
	kept, revoked = token(prefix="rv/"), token(prefix="rv/")
	ears = Listener("?bucket=photos", token=kept), Listener("?bucket=photos", token=revoked)
	eq(ask("DELETE", "/_/tokens/" + revoked).status, 204)
	ears[1].join(20)
	eq((ears[0].is_alive(), ears[1].is_alive()), (True, False))
	eq(ask("PUT", U + "/rv/a.jpg", JPEG).status, 202)
	wait_until(lambda: ears[0].names("rv/a.jpg"), "the other one to hear")
	ears[0].close()


@test
def events_are_heard_by_bucket_prefix_and_upload():
	everything, prefix, upload = Listener("?bucket=photos"), Listener("?prefix=ev%2F"), Listener("?bucket=photos&upload=mine")
	limited = Listener("?bucket=photos&token=" + token(prefix="ev/a"), token="")
	eq(ask("PUT", U + "/ev/a.jpg?upload=mine&wait=thumbnails", JPEG).status, 201)
	eq(ask("PUT", U + "/other.jpg?wait=thumbnails", JPEG).status, 201)
	eq(ask("PUT", U + "/ev/bad.jpg?wait=thumbnails", b"x").status, 422)
	house.s3.put_object(Bucket="photos", Key="ev/s3.jpg", Body=JPEG)
	house.s3.delete_object(Bucket="photos", Key="ev/s3.jpg")
	wait_until(lambda: "removed" in everything.names("ev/s3.jpg") or "superseded" in everything.names("ev/s3.jpg"), lambda: repr(everything.heard))
	for ear in (everything, prefix, upload, limited):
		wait_until(lambda: "ready" in ear.names("ev/a.jpg"), lambda: repr(ear.heard))
		eq(ear.names("ev/a.jpg"), ["uploaded", "started", "ready"])
	eq(everything.names("other.jpg"), ["uploaded", "started", "ready"])
	eq(everything.names("ev/bad.jpg"), ["uploaded", "started", "failed"])
	failed = [e["reason"] for n, e in everything.heard if n == "failed" and e["key"] == "ev/bad.jpg"]	# others are of tests before this
	eq(failed, ["Image.NotAnImage"])
	assert "uploaded" in everything.names("ev/s3.jpg") and "deleted" in everything.names("ev/s3.jpg"), everything.heard
	for ear in (prefix, upload, limited):
		eq(ear.names("other.jpg"), [])
	eq(upload.names("ev/bad.jpg") + limited.names("ev/bad.jpg"), [])
	for ear in (everything, prefix, upload, limited):
		ear.close()
	refused(bare("GET", "/_/events?bucket=photos"), 401, "NoCredentials")
	refused(bare("GET", "/_/events?bucket=plain", token=token()), 403, "TokenOtherBucket")


@test
def who_listens_by_a_token_hears_no_more_when_it_has_expired():
	t = token(bucket="plain", expires_s=1)
	ear = raw_listener("/_/events?bucket=plain&token=" + t)
	assert ear.recv(12) == b"HTTP/1.1 200", "the beginning"
	wait_until(lambda: bare("PUT", "/_/upload/plain/by-token", b"x", {}, t).status == 403, "the token has expired")
	house.s3.put_object(Bucket="plain", Key="after its end", Body=b"x")
	said = b""
	while not said.endswith(b"0\r\n\r\n"):
		said += ear.recv(65536)
	assert b"after its end" not in said, said
	ear.close()


def raw_listener(target, buffer=None):
	c = socket.socket()
	if buffer:
		c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
	c.settimeout(60)
	c.connect(("127.0.0.1", house.port))
	c.sendall(("GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target).encode())
	return c


@test
def a_listener_that_does_not_read_is_told_how_many_it_missed():
	slow = raw_listener("/_/events?bucket=plain&token=" + token(bucket="plain"), 4096)
	assert slow.recv(12) == b"HTTP/1.1 200", "the beginning"
	for i in range(8):	# a megabyte of events each
		house.s3.delete_objects(Bucket="plain", Delete={"Objects": [{"Key": "%04d" % k + "x" * 900} for k in range(1000)], "Quiet": True})
	said = b""
	while b"event: missed" not in said or not said.endswith(b"\n\n\r\n"):
		said = said[-2000:] + slow.recv(1 << 16)
	missed = json.loads(said.split(b"event: missed\ndata: ")[1].split(b"\n")[0])["count"]
	assert 0 < missed < 8000, missed
	house.s3.delete_object(Bucket="plain", Key="heard again")
	while b"heard again" not in said:
		said = said[-2000:] + slow.recv(1 << 16)
	slow.close()


@test
def not_more_than_500_listen_at_a_time():
	target = "/_/events?bucket=plain&token=" + token(bucket="plain")
	ears = [raw_listener(target) for _ in range(500)]
	for c in ears:
		assert c.recv(12) == b"HTTP/1.1 200", "one of 500"
	refused(bare("GET", target), 503, "TooManyListeners")
	for c in ears:
		c.close()
	wait_until(lambda: raw_listener(target).recv(12) == b"HTTP/1.1 200", "room for another")


@test
def an_upload_that_is_broken_off_leaves_nothing():
	t = token()
	before = sum(len(files) for _, _, files in os.walk(os.path.join(house.data, "obj")))
	for length, sent in ((len(JPEG), 10), (8 << 20, 3 << 20)):
		c = socket.create_connection(("127.0.0.1", house.port))
		c.sendall(("PUT %s/broken HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (U, t, length)).encode() + bytes(sent))
		c.close()
	eq(ask("PUT", U + "/after.jpg?wait=thumbnails", JPEG).status, 201)
	wait_until(lambda: sum(len(files) for _, _, files in os.walk(os.path.join(house.data, "obj"))) == before, "staged files gone")
	eq(ask("GET", "/_/status/photos/broken").status, 404)
	house.audit()


@test
def clients_may_leave_a_form_at_any_byte():
	dice = random.Random(3)
	body, kind = form([("f", "a.jpg", JPEG), ("f", "b.jpg", JPEG + bytes(900000)), ("f", "c", bytes(1 << 20))])
	for i in range(30):
		headers = {k.lower(): v for k, v in kind.items()}
		wire.sign("POST", U, headers, hashlib.sha256(body).hexdigest() if i % 3 == 0 else UNSIGNED, now())
		head = "POST %s HTTP/1.1\r\n%s\r\nContent-Length: %d\r\n\r\n" % (U, "\r\n".join("%s: %s" % k for k in headers.items()), len(body))
		c = socket.create_connection(("127.0.0.1", house.port))
		if i % 2:
			c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		try:
			c.sendall(head.encode() + body[:len(body) if i % 4 == 0 else dice.randrange(len(body))])
		except OSError:
			pass	# it was refused in the middle
		c.close()
	eq(ask("PUT", U + "/after.jpg?wait=thumbnails", JPEG).status, 201)
	house.audit()


@test
def who_listens_or_waits_does_not_hold_up_the_end():
	ear = Listener("?bucket=photos")
	start = time.monotonic()
	house.stop()
	assert time.monotonic() - start < 20, "the end waited for a listener"
	ear.join(10)
	assert not ear.is_alive()


run(house)
