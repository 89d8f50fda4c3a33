"""Signatures, tokens and links that are wrong, expired, used before or missing, at every door: each is told in the door's own shape, and nothing changes."""
import base64
import hashlib
import hmac
import json
import time
import urllib.parse

from urllib3.filepost import encode_multipart_formdata

from lib import House, eq, run, test, wait_until
from wire import SIGNED_CHUNKS, SIGNED_TRAILER, UNSIGNED, Wire, crc32, now

house = House()
wire = Wire(house)
s3 = house.client("s3", signature_version="s3v4")
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="there", Body=b"before")
DATA = b"x" * 70000
TRAILER = ("x-amz-checksum-crc32", crc32(DATA))
TUS = {"tus-resumable": "1.0.0"}
NO_TOKEN = "mlu_" + "a" * 43


def make_token(**limits):
	return json.loads(wire.ask("POST", "/_/tokens", json.dumps(dict({"bucket": "box"}, **limits)).encode()).body)


def header(method, target, body=b"", headers=None, spoil=None, path=None, **how):
	"""Signed in the header, and then changed."""
	headers = dict(headers or {})
	body_signed = how.pop("body_signed", body)
	wire.sign(method, target, headers, how.pop("payload", hashlib.sha256(body_signed).hexdigest()), how.pop("when", None) or now(), **how)
	if spoil:
		headers["authorization"] = headers["authorization"].replace(*spoil)
	return wire.send(method, path or target, headers, body)


def spoilt(method, target, body=DATA, headers=None):
	"""The last digit of the signature is another one."""
	def ask():
		h = dict(headers or {})
		wire.sign(method, target, h, hashlib.sha256(body).hexdigest(), now())
		h["authorization"] = h["authorization"][:-1] + ("0" if h["authorization"][-1] != "0" else "1")
		return wire.send(method, target, h, body)
	return ask


def stranger(method, target, body=DATA, headers=None):
	return lambda: header(method, target, body, headers, spoil=(wire.key, "AKIAIOSFODNN7EXAMPLE"))


def late(method, target, body=DATA, headers=None):
	return lambda: header(method, target, body, headers, when=now(-1000))


def again(method, target, elsewhere, body=DATA, headers=None):
	"""What was signed for one place, heard by somebody, sent to another."""
	return lambda: header(method, target, body, headers, path=elsewhere)


def other_body(method, target, headers=None):
	return lambda: header(method, target, DATA, headers, body_signed=DATA + b"y")


def bare(method, target, body=DATA, headers=None):
	return lambda: wire.send(method, target, dict(headers or {}), body)


def by_token(method, target, token, body=DATA, headers=None):
	return bare(method, target, body, dict(headers or {}, authorization="Bearer " + token))


def presigned(change=lambda url: url, method="PUT", expires=60):
	url = s3.generate_presigned_url("put_object", Params={"Bucket": "box", "Key": "there"}, ExpiresIn=expires)
	return lambda: wire.send(method, change(url[len(house.url):]), {}, DATA if method == "PUT" else None)


def expired_link():
	"""Signed an hour ago for a minute."""
	when = now(-3600)
	query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": "%s/%s/%s/s3/aws4_request" % (wire.key, when[:8], wire.region), "X-Amz-Date": when,
		 "X-Amz-Expires": "60", "X-Amz-SignedHeaders": "host"}
	line = urllib.parse.urlencode(sorted(query.items()))
	text = "\n".join(["PUT", "/box/there", line, "host:" + wire.host, "", "host", UNSIGNED])
	scope = "%s/%s/s3/aws4_request" % (when[:8], wire.region)
	to_sign = "\n".join(["AWS4-HMAC-SHA256", when, scope, hashlib.sha256(text.encode()).hexdigest()])
	signature = hmac.new(wire.signing_key(when[:8], wire.region), to_sign.encode(), "sha256").hexdigest()
	return wire.send("PUT", "/box/there?" + line + "&X-Amz-Signature=" + signature, {"host": wire.host}, DATA)


def posted(change=lambda fields: fields, **how):
	def ask():
		fields = dict(s3.generate_presigned_post("box", "there", **how)["fields"])
		body, kind = encode_multipart_formdata(list(change(fields).items()) + [("file", ("x", DATA, "image/x"))])
		return wire.send("POST", "/box", {"content-type": kind}, body)
	return ask


def stale_policy(fields):
	policy = json.loads(base64.b64decode(fields["policy"]))
	policy["expiration"] = "2020-01-01T00:00:00Z"
	text = base64.b64encode(json.dumps(policy).encode()).decode()
	key = wire.signing_key(fields["x-amz-date"][:8], wire.region)
	return dict(fields, **{"policy": text, "x-amz-signature": hmac.new(key, text.encode(), "sha256").hexdigest()})


def spoil_field(name, value):
	return lambda fields: dict(fields, **{name: value})


def without(*names):
	return lambda fields: {k: v for k, v in fields.items() if k not in names}


def thumbnail(expires, change=lambda link: link):
	def ask():
		derived = hmac.digest(wire.secret.encode(), b"minilab-link", "sha256")
		at = int(time.time()) + expires
		signature = hmac.new(derived, ("box/there/small.webp\n%d" % at).encode(), "sha256").hexdigest()
		return wire.send("GET", change("/_/t/box/there/small.webp?expires=%d&signature=%s" % (at, signature)), {})
	return ask


def tus(target):
	return dict(TUS, **{"upload-offset": "0", "content-type": "application/offset+octet-stream"}) if target == "PATCH" else dict(TUS, **{"upload-length": "7"})


MINE = make_token()["token"]
PATH = wire.send("POST", "/_/tus/box?key=there", dict(tus("POST"), authorization="Bearer " + MINE), b"").headers["location"]
revoked = make_token()
eq(wire.ask("DELETE", "/_/tokens/" + revoked["id"]).status, 204)
brief = make_token(expires_s=1)["token"]
used = make_token(uses=1)["token"]
eq(wire.send("PUT", "/_/upload/box/once", {"authorization": "Bearer " + used}, DATA).status, 202)
wait_until(lambda: b"TokenExpired" in by_token("PUT", "/_/upload/box/once", brief)().body, "its second is over")
S3, REST = ("PUT", "/box/there"), ("PUT", "/_/upload/box/there")
TABLE = [
	("S3, wrong",           spoilt(*S3), 403, "SignatureDoesNotMatch"),
	("S3, key unknown",     stranger(*S3), 403, "InvalidAccessKeyId"),
	("S3, late",            late(*S3), 403, "RequestTimeTooSkewed"),
	("S3, elsewhere",       again(*S3, "/box/other"), 403, "SignatureDoesNotMatch"),
	("S3, another body",    other_body(*S3), 400, "XAmzContentSHA256Mismatch"),
	("S3, none",            bare(*S3), 403, "AccessDenied"),
	("S3 delete, wrong",    spoilt("DELETE", "/box/there", b""), 403, "SignatureDoesNotMatch"),
	("link, wrong",         presigned(lambda u: u[:-1] + ("0" if u[-1] != "0" else "1")), 403, "SignatureDoesNotMatch"),
	("link, longer",        presigned(lambda u: u.replace("Expires=60", "Expires=600")), 403, "SignatureDoesNotMatch"),
	("link, another verb",  presigned(method="DELETE"), 403, "SignatureDoesNotMatch"),
	("link, elsewhere",     presigned(lambda u: u.replace("/there", "/other")), 403, "SignatureDoesNotMatch"),
	("link, expired",       expired_link, 403, "AccessDenied"),
	("chunks, one wrong",   lambda: wire.chunked("/box/there", SIGNED_CHUNKS, DATA, spoil=1), 403, "SignatureDoesNotMatch"),
	("chunks, last wrong",  lambda: wire.chunked("/box/there", SIGNED_CHUNKS, DATA, size=70000, spoil=1), 403, "SignatureDoesNotMatch"),
	("chunks with trailer", lambda: wire.chunked("/box/there", SIGNED_TRAILER, DATA, trailer=TRAILER, spoil=0), 403, "SignatureDoesNotMatch"),
	("form, wrong",         posted(spoil_field("x-amz-signature", "0" * 64)), 403, "SignatureDoesNotMatch"),
	("form, expired",       posted(stale_policy), 403, "AccessDenied"),
	("form, elsewhere",     posted(spoil_field("key", "other")), 403, "AccessDenied"),
	("form, none",          posted(without("policy", "x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date")), 403, "AccessDenied"),
	("REST, wrong",         spoilt(*REST), 403, "SignatureDoesNotMatch"),
	("REST, key unknown",   stranger(*REST), 403, "InvalidAccessKeyId"),
	("REST, late",          late(*REST), 403, "RequestTimeTooSkewed"),
	("REST, elsewhere",     again(*REST, "/_/upload/box/other"), 403, "SignatureDoesNotMatch"),
	("REST, another body",  other_body(*REST), 400, "XAmzContentSHA256Mismatch"),
	("REST, none",          bare(*REST), 401, "NoCredentials"),
	("token, unknown",      by_token(*REST, NO_TOKEN), 403, "InvalidToken"),
	("token, revoked",      by_token(*REST, revoked["token"]), 403, "InvalidToken"),
	("token, expired",      by_token(*REST, brief), 403, "TokenExpired"),
	("token, used up",      by_token(*REST, used), 403, "TokenUsedUp"),
	("tus, wrong",          spoilt("PATCH", PATH, headers=tus("PATCH")), 403, "SignatureDoesNotMatch"),
	("tus, late",           late("POST", "/_/tus/box?key=there", b"", tus("POST")), 403, "RequestTimeTooSkewed"),
	("tus, none",           bare("POST", "/_/tus/box?key=there", b"", tus("POST")), 401, "NoCredentials"),
	("tus, none, later",    bare("PATCH", PATH, headers=tus("PATCH")), 401, "NoCredentials"),
	("tus, token unknown",  by_token("PATCH", PATH, NO_TOKEN, headers=tus("PATCH")), 403, "InvalidToken"),
	("tus, another token",  by_token("PATCH", PATH, make_token()["token"], b"0123456", tus("PATCH")), 404, "NoSuchUpload"),
	("tus, token expired",  by_token("POST", "/_/tus/box?key=there", brief, b"", tus("POST")), 403, "TokenExpired"),
	("tus, token revoked",  by_token("DELETE", PATH, revoked["token"], b"", TUS), 403, "InvalidToken"),
	("thumbnail, wrong",    thumbnail(60, lambda u: u[:-1] + ("0" if u[-1] != "0" else "1")), 403, "LinkSignatureWrong"),
	("thumbnail, another",  thumbnail(60, lambda u: u.replace("small.webp", "large.jpg")), 403, "LinkSignatureWrong"),
	("thumbnail, expired",  thumbnail(-1), 403, "LinkExpired"),
	("thumbnail, half",     thumbnail(60, lambda u: u.split("&")[0]), 403, "LinkMalformed"),
	("thumbnail, none",     thumbnail(60, lambda u: u.split("?")[0]), 403, "AccessDenied"),
]


def code_of(a):
	"""XML at S3's doors, JSON at our own."""
	return json.loads(a.body)["error"] if a.headers["content-type"] == "application/json" else a.code


@test
def each_is_told_in_the_shape_of_its_door_and_nothing_changes():
	eq([row for row in ((name, status, code, a.status, code_of(a)) for name, ask, status, code in TABLE for a in [ask()]) if row[1:3] != row[3:]], [])
	eq(s3.get_object(Bucket="box", Key="there")["Body"].read(), b"before")
	eq([o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]], ["once", "there"])
	a = wire.send("HEAD", PATH, dict(TUS, authorization="Bearer " + MINE))
	eq((a.status, a.headers["upload-offset"]), (200, "0"))
	house.audit()


@test
def what_is_right_works_at_the_same_doors():
	eq([header(*S3, DATA).status, presigned()().status, wire.chunked("/box/there", SIGNED_CHUNKS, DATA).status, posted()().status], [200, 200, 200, 204])
	eq([header(*REST, DATA).status, by_token(*REST, MINE)().status, by_token("PATCH", PATH, MINE, b"0123456", tus("PATCH"))().status], [202, 202, 204])


run(house)
