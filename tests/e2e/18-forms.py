"""Uploads by browsers' forms (PostObject): signed by a policy in both versions, or anybody's; and every way in which a form does not do."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import socket
import urllib.parse

from urllib3.filepost import encode_multipart_formdata

from lib import House, eq, run, test, wait_until
from wire import Answer, Wire

house = House(body_ms=1500)
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)
v4 = house.client("s3", signature_version="s3v4")
v2 = house.client("s3", signature_version="s3")


def send(fields, data=b"hello", name="my photo.jpg", bucket="box", headers=None, after=()):
	parts = list(fields.items()) + ([("file", (name, data, "image/x"))] if data is not None else []) + list(after)
	body, kind = encode_multipart_formdata(parts)
	return raw(body, kind, bucket, headers)


def raw(body, kind, bucket="box", headers=None):
	return wire.send("POST", "/" + bucket, dict({"content-type": kind}, **(headers or {})), body)


def form(key="in/${filename}", fields=None, conditions=None, client=v4, expires=60):
	return client.generate_presigned_post("box", key, Fields=fields, Conditions=conditions, ExpiresIn=expires)["fields"]


def signed(policy, **fields):
	"""A policy that no client would make, signed all the same."""
	text = policy if isinstance(policy, str) else base64.b64encode(json.dumps(policy).encode()).decode()
	day = datetime.datetime.utcnow().strftime("%Y%m%d")
	key = wire.signing_key(day, "us-east-1")
	fields = dict({"key": "k", "policy": text, "x-amz-algorithm": "AWS4-HMAC-SHA256",
		       "x-amz-credential": "%s/%s/us-east-1/s3/aws4_request" % (wire.key, day), "x-amz-date": day + "T000000Z"}, **fields)
	return dict(fields, **{"x-amz-signature": hmac.new(key, text.encode(), hashlib.sha256).hexdigest()})


def policy(*conditions, expiration="2099-01-01T00:00:00.000Z"):
	meant = [["starts-with", "$" + name, ""] for name in ("key", "x-amz-algorithm", "x-amz-credential", "x-amz-date")]
	return {"expiration": expiration, "conditions": meant + list(conditions)}


def get(key):
	return s3.get_object(Bucket="box", Key=key)


@test
def signed_forms_of_both_versions_make_objects():
	for client in (v4, v2):
		fields = {"Content-Type": "image/jpeg", "Cache-Control": "max-age=5", "x-amz-meta-who": "me", "acl": "private"}
		a = send(form("in/${filename}", fields, [{k: v} for k, v in fields.items()], client))
		eq((a.status, a.body), (204, b""), a.body)
		got = get("in/my photo.jpg")
		eq((got["Body"].read(), got["ContentType"], got["CacheControl"], got["Metadata"], got["ETag"]),
		   (b"hello", "image/jpeg", "max-age=5", {"who": "me"}, a.headers["etag"]))
		eq(a.headers["location"], "http://%s/box/in/my%%20photo.jpg" % wire.host)
		s3.delete_object(Bucket="box", Key="in/my photo.jpg")


@test
def a_large_file_goes_through_in_pieces():
	data = bytes(range(256)) * 4096 * 9
	eq(send(form("large"), data).status, 204)
	got = get("large")
	eq((got["Body"].read() == data, got["ETag"]), (True, '"%s"' % hashlib.md5(data).hexdigest()))
	eq(send(form("empty"), b"").status, 204)
	eq(get("empty")["ContentLength"], 0)


@test
def a_photo_that_comes_by_a_form_gets_its_thumbnails():
	from lib import photo
	fields = v4.generate_presigned_post("photos", "form/${filename}")["fields"]
	eq(send(fields, photo(640, 480), "C:\\Users\\me\\a.jpg", "photos").status, 204)
	house.row_where("form/a.jpg", width="640")
	told = house.explain("form/a.jpg")
	eq(("ObjectCreated:Post" in told, "came by S3 PostObject\n" in told), (True, True), told)


@test
def the_form_says_how_it_is_answered():
	for status, want in (("200", 200), ("201", 201), ("204", 204), ("302", 204), ("x", 204)):
		a = send(form("s", {"success_action_status": status}, [{"success_action_status": status}]))
		eq(a.status, want)
		if want == 201:
			eq((a.xml().tag, a.text("Bucket"), a.text("Key"), a.text("ETag"), a.text("Location")),
			   ("PostResponse", "box", "s", a.headers["etag"], a.headers["location"]))
	for to, joint in (("http://a.example/done", "?"), ("https://a.example/done?x=1", "&")):
		a = send(form("a b&c", {"success_action_redirect": to}, [{"success_action_redirect": to}]))
		eq((a.status, a.headers["location"]), (303, "%s%sbucket=box&key=a%%20b%%26c&etag=%%22%s%%22" % (to, joint, hashlib.md5(b"hello").hexdigest())))
	a = send(form("r", {"success_action_redirect": "javascript:alert(1)"}, [["starts-with", "$success_action_redirect", ""]]))
	eq(a.status, 204)


@test
def the_policy_has_the_last_word():
	denied = "Invalid according to Policy: Policy Condition failed: "
	for fields, change, what in (
			(form("a"), {"key": "b"}, denied + '["eq", "$key", "a"]'),
			(form("in/${filename}"), {"key": "out/x"}, denied + '["starts-with", "$key", "in/"]'),
			(form("a", None, [["starts-with", "$Content-Type", "image/"]]), {"Content-Type": "text/html"},
			 denied + '["starts-with", "$Content-Type", "image/"]'),
			(form("a", None, [{"acl": "private"}]), {}, denied + '["eq", "$acl", "private"]'),
			(form("a"), {"x-amz-meta-a": "b"}, "Invalid according to Policy: Extra input fields: x-amz-meta-a"),
			(form("a", None, [["eq", "success_action_status", "201"]]), {}, denied + '["eq", "success_action_status", "201"]'),
			(form("a", None, [["content-length-range", "test", 10]]), {}, denied + '["content-length-range", "test", "10"]'),
			(signed(policy({"bucket": "other"})), {}, denied + '["eq", "$bucket", "other"]'),
			(signed(policy({"bucket": "other"})), {"bucket": "other"}, denied + '["eq", "$bucket", "other"]'),
			(signed(policy(expiration="2020-01-01T00:00:00Z")), {}, "Invalid according to Policy: Policy expired.")):
		a = send(dict(fields, **change))
		eq((a.status, a.code, a.text("Message")), (403, "AccessDenied", what))
	eq(send(dict(form("a"), **{"x-ignore-me": "b"})).status, 204)
	a = send(form("a"), bucket="photos")
	eq((a.status, a.code), (403, "AccessDenied"))


@test
def the_policy_is_asked_about_names_that_stand_already():
	denied = "Invalid according to Policy: Policy Condition failed: "
	exact, begins = policy(["eq", "$key", "in/my photo.jpg"]), policy(["starts-with", "$key", "in/my"], ["eq", "$x-amz-meta-name", "my photo.jpg"])
	eq(send(signed(exact, key="in/${filename}")).status, 204)
	eq(get("in/my photo.jpg")["Body"].read(), b"hello")
	eq(send(signed(begins, key="in/${filename}", **{"x-amz-meta-name": "${filename}"})).status, 204)
	for conditions, key, name, failed in (
			(exact, "in/${filename}", "other.jpg", '["eq", "$key", "in/my photo.jpg"]'),
			(policy(["starts-with", "$key", "in/my"]), "in/${filename}", "your photo.jpg", '["starts-with", "$key", "in/my"]'),
			(policy(["starts-with", "$key", "in/"]), "${filename}", "my photo.jpg", '["starts-with", "$key", "in/"]'),
			(policy(["eq", "$key", "in/${filename}"]), "in/${filename}", "my photo.jpg", '["eq", "$key", "in/${filename}"]')):
		a = send(signed(conditions, key=key), name=name)
		eq((a.status, a.code, a.text("Message")), (403, "AccessDenied", denied + failed))
	a = send(signed(policy(), key="${filename}" * 1700), name="n" * 200)
	eq((a.status, a.code), (400, "MaxPostPreDataLengthExceededError"))


@test
def the_size_is_held_to_what_was_allowed():
	fields = form("size", None, [["content-length-range", 3, 600000]])
	a = send(fields, b"ab")
	eq((a.status, a.code, a.text("ProposedSize"), a.text("MinSizeAllowed")), (400, "EntityTooSmall", "2", "3"))
	for n in (600001, 5 << 20):
		a = send(fields, b"x" * n)
		eq((a.status, a.code, a.text("MaxSizeAllowed")), (400, "EntityTooLarge", "600000"))
	eq([send(fields, b"x" * n).status for n in (3, 600000)], [204, 204])


@test
def what_is_no_policy_is_told():
	simple = "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
	for text, what in (("!", "Invalid Policy: Invalid JSON."), (base64.b64encode(b"[]").decode(), "Invalid Policy: Invalid JSON."),
			   (base64.b64encode(b'{"a":').decode(), "Invalid Policy: Invalid JSON."),
			   ({"conditions": []}, "Invalid Policy: Policy missing expiration."),
			   ({"expiration": "soon", "conditions": []}, "Invalid Policy: Invalid 'expiration' value: 'soon'"),
			   ({"expiration": "2099-01-01T00:00:00Z"}, "Invalid Policy: Policy missing conditions."),
			   (policy({}), simple), (policy({"a": "b", "c": "d"}), simple),
			   (policy(["fits", "$key", "k"]), "Invalid Policy: Invalid Condition: unknown operation 'fits'."),
			   (policy(["eq", "$key"]), "Invalid Policy: Invalid Condition: a list must have three elements.")):
		a = send(signed(text))
		eq((a.status, a.code, a.text("Message")), (400, "InvalidPolicyDocument", what))


@test
def signatures_that_do_not_do_are_told_why():
	good = form("k")
	for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"):
		a = send({k: v for k, v in good.items() if k != name})
		eq((a.status, a.code, a.text("ArgumentName").lower(), "please check the order of the fields" in a.text("Message")),
		   (400, "InvalidArgument", name, True))
	for name in ("AWSAccessKeyId", "signature"):
		a = send({k: v for k, v in form("k", client=v2).items() if k != name})
		eq((a.status, a.code, a.text("ArgumentName").lower()), (400, "InvalidArgument", name.lower()))
	a = send({k: v for k, v in good.items() if k != "key"})
	eq((a.code, a.text("ArgumentName")), ("InvalidArgument", "key"))
	a = send({k: v for k, v in good.items() if k != "policy"})
	eq((a.code, a.text("ArgumentName")), ("InvalidArgument", "policy"))
	for client, name in ((v4, "x-amz-signature"), (v2, "signature")):
		fields = form("k", client=client)
		a = send(dict(fields, **{name: "0" * 64}))
		eq((a.status, a.code, a.text("StringToSign")), (403, "SignatureDoesNotMatch", fields["policy"]))
		changed = base64.b64encode(base64.b64decode(fields["policy"]).replace(b'"k"', b'"j"')).decode()
		eq(send(dict(fields, policy=changed, key="j")).code, "SignatureDoesNotMatch")
	other = good["x-amz-credential"].split("/")
	eq(send(dict(good, **{"x-amz-credential": "/".join(["AKIAIOSFODNN7EXAMPLE"] + other[1:])})).code, "InvalidAccessKeyId")
	eq(send(dict(good, **{"x-amz-credential": "/".join(other[:2] + ["eu-west-1"] + other[3:])})).code, "AuthorizationQueryParametersError")
	eq(send(dict(good, **{"x-amz-credential": "nonsense"})).code, "AuthorizationQueryParametersError")
	eq(send(dict(good, **{"x-amz-security-token": "x"})).code, "InvalidToken")
	# That the HTTP request is signed says nothing about the form.
	body, kind = encode_multipart_formdata([("key", "k"), ("file", ("n", b"x", "image/x"))])
	eq(wire.ask("POST", "/box", body, {"content-type": kind}).code, "AccessDenied")


@test
def anybody_may_post_where_a_policy_of_the_bucket_lets_him():
	plain = {"key": "open/${filename}", "x-amz-meta-a": "b", "Content-Type": "text/plain"}
	eq(send(plain).code, "AccessDenied")
	s3.delete_public_access_block(Bucket="box")
	s3.put_bucket_policy(Bucket="box", Policy=json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject",
			     "Resource": "arn:aws:s3:::box/open/*"}}))
	eq(send(plain).status, 204)
	got = get("open/my photo.jpg")
	eq((got["Metadata"], got["ContentType"]), ({"a": "b"}, "text/plain"))
	eq(send(dict(plain, key="closed")).code, "AccessDenied")
	eq(send(dict(plain, key="${filename}"), name="open").code, "AccessDenied")
	eq(send(dict(plain, acl="public-read")).code, "AccessControlListNotSupported")
	eq(send(dict(plain, **{"x-amz-storage-class": "GLACIER"})).code, "NotImplemented")
	# Tags are another matter than the object that they come with.
	tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
	eq(send(dict(plain, tagging=tagging)).code, "AccessDenied")
	s3.put_bucket_policy(Bucket="box", Policy=json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject",
			     "s3:PutObjectTagging"], "Resource": "arn:aws:s3:::box/open/*"}}))
	eq(send(dict(plain, tagging=tagging)).status, 204)
	eq(s3.get_object_tagging(Bucket="box", Key="open/my photo.jpg")["TagSet"], [{"Key": "a", "Value": "b"}])
	# What a page brings along of an old signature is not taken for one.
	eq(send(dict(plain, **{"x-amz-signature": "0" * 64})).code, "InvalidArgument")
	s3.delete_bucket_policy(Bucket="box")


@test
def promises_and_tags_are_kept():
	crc = base64.b64encode((0x3610a686).to_bytes(4, "big")).decode()
	any_ = [["starts-with", "$" + n, ""] for n in ("x-amz-checksum-crc32", "content-md5", "tagging")]
	md5 = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
	eq(send(dict(form("sum", None, list(any_)), **{"x-amz-checksum-crc32": crc, "content-md5": md5})).status, 204)
	eq(s3.head_object(Bucket="box", Key="sum", ChecksumMode="ENABLED")["ChecksumCRC32"], crc)
	eq(send(dict(form("sum2", None, list(any_)), **{"x-amz-checksum-crc32": "AAAAAA=="})).code, "BadDigest")
	eq(send(dict(form("sum2", None, list(any_)), **{"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="})).code, "BadDigest")
	eq(send(dict(form("sum2", None, list(any_)), **{"x-amz-checksum-crc32": "x"})).code, "InvalidRequest")
	tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
	eq(send(dict(form("tagged", None, list(any_)), tagging=tags)).status, 204)
	eq(s3.get_object_tagging(Bucket="box", Key="tagged")["TagSet"], [{"Key": "a", "Value": "b"}])
	eq(send(dict(form("tagged", None, list(any_)), tagging="<Tagging>")).code, "MalformedXML")
	eq(house.audit() is not None, True)
	refused = [o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]]
	eq("sum2" in refused, False)


@test
def a_form_is_looked_at_as_it_is_sent():
	for name in ("a/b/c.jpg", "C:\\x\\c.jpg", "/c.jpg"):
		eq(send(signed(policy(), key="n/${filename}-${filename}"), name=name).status, 204)
		get("n/c.jpg-c.jpg")
		s3.delete_object(Bucket="box", Key="n/c.jpg-c.jpg")
	# Fields after the file are not looked at, in whatever number.
	eq(send(form("after"), after=[("x-amz-meta-late", "x"), ("file", ("b", b"other", "image/x"))]).status, 204)
	got = get("after")
	eq((got["Body"].read(), got["Metadata"]), (b"hello", {}))
	fields = form("k")
	a = raw(b"x", "text/plain")
	eq((a.status, a.code, a.text("Condition")), (412, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data"))
	a = send(fields, None)
	eq((a.status, a.code), (400, "IncorrectNumberOfFilesInPostRequest"))
	body, kind = encode_multipart_formdata(list(fields.items()) + [("file", ("n", b"x" * 1000, "image/x"))])
	for cut in (10, len(body) // 2, len(body) - 500, len(body) - 10):
		a = raw(body[:cut], kind)
		eq((a.status, a.code), (400, "MalformedPOSTRequest"), cut)
	body, kind = encode_multipart_formdata(list(form("unfinished").items()) + [("file", ("n", b"x", "image/x")), ("late", "x" * 400000)])
	eq(raw(body[:-300000], kind).code, "MalformedPOSTRequest")
	eq("unfinished" in [o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]], False)
	eq(raw(b"", kind).code, "MalformedPOSTRequest")
	a = send(dict({"x-ignore-%d" % i: "x" for i in range(70)}, **fields))
	eq((a.status, a.code), (400, "MaxPostPreDataLengthExceededError"))
	a = send(dict({"x-ignore-1": "x" * 21000}, **fields))
	eq((a.status, a.code), (400, "MaxPostPreDataLengthExceededError"))
	body, kind = encode_multipart_formdata(list(fields.items()) + [("x-ignore-a", "1"), ("X-Ignore-A", "2"), ("file", ("n", b"x", "image/x"))])
	eq(raw(body, kind).code, "InvalidArgument")
	eq(send(form("${filename}"), name="n" * 1025).code, "KeyTooLongError")
	eq(send(form("${filename}"), name="").code, "InvalidArgument")
	eq(wire.send("POST", "/Bad_Name", {"content-type": kind}, body).status, 403)
	nowhere = v4.generate_presigned_post("nowhere", "k")["fields"]
	eq(send(nowhere, bucket="nowhere").code, "NoSuchBucket")


@test
def who_stalls_or_leaves_leaves_nothing():
	body, kind = encode_multipart_formdata(list(form("gone").items()) + [("file", ("n", b"x" * 2000000, "image/x"))])
	head = ("POST /box HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (wire.host, kind, len(body))).encode()
	stalled = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(3)]
	for c, n in zip(stalled, (1500, 1900000)):
		c.sendall(head + body[:n])
	small = encode_multipart_formdata(list(form("gone").items()) + [("file", ("n", b"x", "image/x")), ("late", "x" * 100)], body.split(b"\r\n")[0][2:].decode())[0]
	stalled[2].sendall(head + small[:-150])		# the file is whole, the form is not
	for n in (0, 300, 1500, 1900000):
		c = socket.create_connection(("127.0.0.1", house.port))
		c.sendall(head + body[:n])
		c.close()
	for c in stalled:
		r = http.client.HTTPResponse(c)
		r.begin()
		eq((r.status, Answer(r, r.read()).code), (400, "RequestTimeout"))
		c.close()
	eq(send(form("k")).status, 204)
	wait_until(lambda: house.cli("audit"), "a clean store")
	eq("gone" in [o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]], False)


@test
def a_form_makes_versions_too():
	s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
	first, second = send(form("v")).headers["x-amz-version-id"], send(form("v"), b"two").headers["x-amz-version-id"]
	eq(s3.get_object(Bucket="box", Key="v", VersionId=first)["Body"].read(), b"hello")
	eq(get("v")["VersionId"], second)


@test
def pages_of_other_origins_read_the_answer_as_rules_let_them():
	s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["POST"],
									   "ExposeHeaders": ["ETag", "Location"]}]})
	for fields, status in ((form("k"), 204), (dict(form("k"), key="x"), 403)):
		a = send(fields, headers={"origin": "https://a.example"})
		eq((a.status, a.headers.get("access-control-allow-origin"), a.headers.get("access-control-expose-headers")),
		   (status, "https://a.example", "ETag, Location"))


run(house)
