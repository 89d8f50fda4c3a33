"""One key is one key: whatever it is made of, each door stores it as it was meant, or refuses it with its own error and keeps nothing."""
import base64
import collections
import hashlib
import hmac
import json
import re
import time
import unicodedata
import urllib.parse

from lib import House, eq, photo, run, test, wait_until
from wire import UNSIGNED, Wire
import functions

house = House()
s3 = house.s3
wire = Wire(house)
NFC = unicodedata.normalize("NFC", "é/ü.jpg")
PRINTED = ["a b", " lead", "trail ", "+", "a+b", "100%", "%41", "%2F", "a?b=c", "a#b", "a&b;c", "a=b", "it's", 'say "x"', "<b>&amp;</b>", "]]>", "back\\slash",
	   "C:\\a", NFC, unicodedata.normalize("NFD", NFC), "日本/\U0001f4f7.jpg", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u202eright", "\u00a0", "\ufeffbom",
	   "\ufffd", "a\u2028b", "..", ".", "../up", "a/../b", "a/./b", "a//b", "end/", "end//", "_/x", "_/health", "con", "NUL.txt", "dot.", "{date}", "{{x}}", "$x",
	   "${filename}", "~a", "*", "a|b", "`id`", "a,b", "a:b", "a@b", "-rf", "null", "x" * 1024, "é" * 512, "d/" * 512]
LED = ["/lead", "//lead", "/"]			# names S3 lets begin with a slash; the doors that make names out of templates take it off
CONTROLS = ["tab\tx", "line\nx", "cr\rx", "crlf\r\nx", "bell\x07", "\x01", "esc\x1b[31m", "del\x7f", "c1\u0085x", "\ufffe"]
TAKEN = PRINTED + LED + CONTROLS
NEVER = ["x" * 1025, "é" * 512 + "x"]		# too long by a byte
RAW = ["%ff", "a%00b", "%c3%28", "%ed%a0%80", "%c0%af", "%f4%90%80%80"]	# no UTF-8 or a NUL: only a path can say them


def quote(key):
	return urllib.parse.quote(key, safe="/-_.~")


def literal(key):
	"""As a template that means this key."""
	return key.replace("{", "{{")


def form(fields, data, name="f.bin", boundary="XyZ"):
	out = b"".join(b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary.encode(), k.encode(), v.encode()) for k, v in fields)
	out += b'--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--%s--\r\n' % (boundary.encode(), name.encode(), data, boundary.encode())
	return out, {"content-type": "multipart/form-data; boundary=" + boundary}


# Doors: each puts these bytes under this key, and returns the answer that ended it

def put(key, data, bucket):
	return wire.ask("PUT", "/%s/%s" % (bucket, quote(key)), data)


def multipart(key, data, bucket):
	target = "/%s/%s" % (bucket, quote(key))
	a = wire.ask("POST", target + "?uploads=")
	if a.status != 200:
		return a
	number = a.text("UploadId")
	if not set(key) & set("".join(CONTROLS)):	# what XML cannot say as it is
		eq(a.text("Key"), key)
	part = wire.ask("PUT", target + "?partNumber=1&uploadId=" + number, data)
	whole = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>" % part.headers["etag"]
	return wire.ask("POST", target + "?uploadId=" + number, whole.encode())


def copy(key, data, bucket):
	return wire.ask("PUT", "/%s/%s" % (bucket, quote(key)), headers={"x-amz-copy-source": "/%s/%s" % (bucket, quote(key)), "x-amz-metadata-directive": "REPLACE",
									 "x-amz-meta-door": "copy"})


def browser_form(key, data, bucket):
	if "${filename}" in key:
		return None		# means the file's name there
	fields = house.client("s3").generate_presigned_post(bucket, "${filename}", Fields={}, Conditions=[["starts-with", "$key", ""]])["fields"]
	body, headers = form(list(dict(fields, key=key).items()), data)
	return wire.send("POST", "/" + bucket, headers, body)


def rest(key, data, bucket):
	return wire.ask("PUT", "/_/upload/%s/%s" % (bucket, quote(key)), data)


def rest_form(key, data, bucket):
	body, headers = form([("key", literal(key))], data)
	return wire.ask("POST", "/_/upload/" + bucket, body, headers, payload=UNSIGNED)


def tus(key, data, bucket):
	name = base64.b64encode(literal(key).encode()).decode()
	return wire.ask("POST", "/_/tus/" + bucket, data, {"tus-resumable": "1.0.0", "upload-length": str(len(data)), "upload-metadata": "key " + name,
							   "content-type": "application/offset+octet-stream"})


S3 = {"put": put, "multipart": multipart, "copy": copy, "form": browser_form}
OURS = {"rest": rest, "rest form": rest_form, "tus": tus}
GOOD = (200, 201, 202, 204)


def error(a):
	"""In the shape of its protocol."""
	return a.code if a.body.startswith(b"<") else json.loads(a.body)["error"]


def link(key, name):
	"""To one thumbnail of a photo, signed as a backend does (pipeline/link.h)."""
	expires = int(time.time()) + 3600
	derived = hmac.digest(house.env["AWS_SECRET_ACCESS_KEY"].encode(), b"minilab-link", "sha256")
	signature = hmac.new(derived, ("photos/%s/%s\n%d" % (key, name, expires)).encode(), "sha256").hexdigest()
	return "/_/t/photos/%s/%s?expires=%d&signature=%s" % (quote(key), name, expires, signature)


def unescape(text):
	"""Character references of any character, those that XML 1.0 does not have too."""
	named = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
	return re.sub(r"&(#x?)?(\w+);", lambda m: chr(int(m[2], 16 if m[1] == "#x" else 10)) if m[1] else named[m[2]], text)


def listed(bucket, encoded):
	keys, token = [], ""
	while True:
		a = wire.ask("GET", "/%s?list-type=2%s%s" % (bucket, "&encoding-type=url" if encoded else "", token and "&continuation-token=" + urllib.parse.quote(token)))
		eq(a.status, 200)
		text = a.body.decode()
		keys += [urllib.parse.unquote_plus(k) if encoded else unescape(k) for k in re.findall(r"<Key>(.*?)</Key>", text, re.S)]
		more = re.search("<NextContinuationToken>(.*?)</NextContinuationToken>", text)
		if not more:
			return keys
		token = unescape(more[1])


def in_order(keys):
	return sorted(keys, key=lambda k: k.encode())


stored = collections.Counter()		# events that are due, by key
refusals = {}


def through(name, door, key):
	"""Stores it, or tells with what it was refused; then nothing is kept under that name."""
	data = ("%s of %s" % (name, hashlib.md5(key.encode()).hexdigest())).encode()
	if name == "rest" and key.endswith("/"):
		return		# a folder there
	want = key.lstrip("/") if name in ("rest form", "tus") else key
	a = door(key, data, "odd")
	if a is None:
		return
	if a.status not in GOOD:
		refusals[(name, key)] = a.status, error(a)
		return
	if name in OURS and name != "tus":
		eq(json.loads(a.body)["key"], want, "answered key of " + name)
	got = wire.ask("GET", "/odd/" + quote(want))
	if name != "copy":
		eq((got.status, got.body), (200, data), "%r by %s" % (key, name))
	else:
		eq((got.status, got.headers.get("x-amz-meta-door")), (200, "copy"), repr(key))
	stored[want] += 1


@test
def a_key_is_the_same_through_every_door():
	s3.create_bucket(Bucket="odd")
	functions.python(house, "echo", "import json, urllib.parse\ndef handler(event, context):\n  for r in event['Records']:\n"
			 "    print('KEY ' + json.dumps(urllib.parse.unquote_plus(r['s3']['object']['key'], errors='strict')))\n")
	house.functions.add_permission(FunctionName="echo", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::odd")
	s3.put_bucket_notification_configuration(Bucket="odd", NotificationConfiguration={"LambdaFunctionConfigurations": [
		{"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:echo", "Events": ["s3:ObjectCreated:*"]}]})
	for key in TAKEN:
		for name, door in dict(S3, **OURS).items():
			through(name, door, key)
	eq(refusals, {("rest form", "/"): (400, "InvalidKey"), ("tus", "/"): (400, "InvalidKey")})


@test
def it_is_the_same_in_listings():
	want = in_order(stored)
	eq(listed("odd", True), want)
	blot = lambda k: re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe]", "\ufffd", k)	# what XML 1.0 cannot say (base/xml.h); encoding-type=url can
	eq(listed("odd", False), [blot(k) for k in want])
	plain = [k for k in want if not set(k) & set("".join(CONTROLS))]
	for key in plain:		# as a parser of XML reads it
		a = wire.ask("GET", "/odd?list-type=2&max-keys=1&prefix=" + quote(key).replace("/", "%2F"))
		eq((a.text("Contents/Key"), a.text("Prefix")), (key, key))


@test
def it_is_the_same_in_events():
	def heard():
		found, more = collections.Counter(), {}
		while True:
			page = house.logs.filter_log_events(logGroupName="/aws/lambda/echo", **more)
			found.update(json.loads(e["message"].strip()[4:]) for e in page["events"] if e["message"].startswith("KEY "))
			if not page.get("nextToken"):
				return found
			more = {"nextToken": page["nextToken"]}
	wait_until(lambda: sum(heard().values()) >= sum(stored.values()), lambda: "events of %r" % (stored - heard()))
	eq(heard(), stored)


@test
def it_is_the_same_in_rows_and_in_all_that_is_told_of_a_photo():
	data = photo(32, 24)
	some = [k for k in TAKEN if len(k.encode()) < 1000]
	for n, key in enumerate(some):
		eq(list(S3.values())[0](key, data, "photos").status in GOOD, True, repr(key))
	for key in some:
		row = house.row_where(key, status="done")
		eq(row["key"]["S"], key)
		flat = quote(key).replace("/", "%2F")
		told = wire.ask("GET", "/_/explain?bucket=photos&key=" + flat)
		eq((told.status, json.loads(told.body)["key"]), (200, key), told.body)
		told = wire.ask("GET", "/_/status/photos/" + quote(key))
		eq((told.status, json.loads(told.body)["key"], json.loads(told.body)["state"]), (200, key, "ready"))
		for thumbnail in json.loads(told.body)["thumbnails"]:
			there = wire.ask("GET", "/photos-thumbnails/" + quote(thumbnail["key"]))
			name = thumbnail["key"][len(key) + 1:]
			served = wire.ask("GET", "/_/t/photos/%s/%s" % (quote(key), name))
			eq((there.status, served.status, served.body), (200, 200, there.body), thumbnail)
		linked = wire.send("GET", link(key, name), {})
		eq((linked.status, linked.body), (200, there.body), linked.body[:100])
	told = wire.ask("GET", "/_/photos?bucket=photos&limit=200")
	eq(sorted(p["key"] for p in json.loads(told.body)["photos"]), sorted(some))


@test
def a_key_that_leaves_no_room_for_a_thumbnails_name_is_a_failure_that_is_told():
	key = "x" * 1020
	eq(put(key, photo(32, 24), "photos").status, 200)
	house.row_where(key, reason="Result.KeyTooLong")
	at = "/_/t/photos/%s/" % key
	told = wire.ask("GET", at + "small.webp?placeholder=off")
	eq((told.status, json.loads(told.body)["reason"]), (422, "Result.KeyTooLong"))
	for target in ("/_/t/photos/%s/small.webp" % ("x" * 1025), at + "x" * 70):
		a = wire.ask("GET", target)
		eq((a.status, error(a)), (400, "KeyTooLongError"))
	eq(wire.ask("DELETE", "/photos/" + key).status, 204)


@test
def what_cannot_be_a_key_is_refused_by_each_door_in_its_own_words():
	long = {"put": (400, "KeyTooLongError"), "multipart": (400, "KeyTooLongError"), "copy": (400, "KeyTooLongError"), "form": (400, "KeyTooLongError"),
		"rest": (400, "KeyTooLongError"), "rest form": (400, "KeyTooLongError"), "tus": (400, "KeyTooLongError")}
	for name, door in dict(S3, **OURS).items():
		for key in NEVER:
			a = door(key, b"x", "odd")
			eq((name, a.status, error(a)), (name, *long[name]))
	for path in RAW:
		for target, want in (("/odd/", "InvalidURI"), ("/_/upload/odd/", "InvalidPath"), ("/_/status/odd/", "InvalidPath"), ("/_/t/odd/", "InvalidPath")):
			shown = "status" in target or "/t/" in target
			a = wire.ask("GET" if shown else "PUT", target + path + ("/small.webp" if "/t/" in target else ""), b"" if shown else b"x")
			eq((target + path, a.status, error(a)), (target + path, 400, want))
	for raw in (b"\xff", b"a\0b", b"\xc3(", b"\xed\xa0\x80", b""):
		head, kind = form([("key", "KEY")], b"x")
		a = wire.ask("POST", "/_/upload/odd", head.replace(b"KEY", raw), kind, payload=UNSIGNED)
		eq((raw, a.status, error(a)), (raw, 400, "InvalidKey"))
		if not raw:
			continue	# there it is as if none were given
		a = wire.ask("POST", "/_/tus/odd", b"", {"tus-resumable": "1.0.0", "upload-length": "0", "upload-metadata": "key " + base64.b64encode(raw).decode()})
		eq((raw, a.status, error(a)), (raw, 400, "InvalidKey" if b"\0" in raw else "InvalidMetadata"))
	eq(listed("odd", True), in_order(stored))


@test
def it_goes_by_the_same_name():
	keys = in_order(stored)
	said = lambda k: "".join("&#x%x;" % ord(c) if c in "\t\n\r" else {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(c, c) for c in k)
	many = [k for k in keys if not set(k) & set("".join(CONTROLS)) or k in CONTROLS[:4]]
	body = "<Delete>%s</Delete>" % "".join("<Object><Key>%s</Key></Object>" % said(k) for k in many)
	a = wire.ask("POST", "/odd?delete=", body.encode(), {"content-md5": base64.b64encode(hashlib.md5(body.encode()).digest()).decode()})
	eq((a.status, a.body.count(b"<Error>")), (200, 0), a.body)
	for key in set(keys) - set(many):
		eq(wire.ask("DELETE", "/odd/" + quote(key)).status, 204)
	eq(listed("odd", True), [])
	eq(s3.list_multipart_uploads(Bucket="odd").get("Uploads", []), [])
	house.audit()


run(house)
