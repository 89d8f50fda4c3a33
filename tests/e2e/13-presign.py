"""Signatures: presigned links in both versions, and every way in which a signature does not do."""
import subprocess
import time
import urllib.error
import urllib.request

from lib import House, eq, refused, run, test
from wire import EMPTY, Wire, now

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="a b/ü.txt", Body=b"hello", ContentType="text/plain")
wire = Wire(house)
v4 = house.client("s3", signature_version="s3v4")
v2 = house.client("s3", signature_version="s3")


def fetch(url, method="GET", data=None, headers=None):
	request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
	try:
		with urllib.request.urlopen(request, timeout=60) as r:
			return r.status, r.read(), r.headers
	except urllib.error.HTTPError as e:
		return e.code, e.read(), e.headers


@test
def links_work_in_both_versions():
	for client in (v4, v2):
		url = client.generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b/ü.txt"}, ExpiresIn=60)
		eq("X-Amz-Signature" in url, client is v4)
		status, body, headers = fetch(url)
		eq((status, body, headers["content-type"]), (200, b"hello", "text/plain"))
		url = client.generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b/ü.txt",
			"ResponseContentType": "image/x", "ResponseContentDisposition": 'attachment; filename="x y.txt"'}, ExpiresIn=60)
		status, body, headers = fetch(url)
		eq((status, headers["content-type"], headers["content-disposition"]), (200, "image/x", 'attachment; filename="x y.txt"'))
		url = client.generate_presigned_url("put_object", {"Bucket": "box", "Key": "up+ü"}, ExpiresIn=60)
		eq(fetch(url, "PUT", b"sent", {"content-type": ""} if client is v2 else {})[0], 200)
		eq(s3.get_object(Bucket="box", Key="up+ü")["Body"].read(), b"sent")
		url = client.generate_presigned_url("head_object", {"Bucket": "box", "Key": "up+ü"}, ExpiresIn=60)
		eq(fetch(url, "HEAD")[0], 200)
		# Not version 2 of both: this botocore then signs "?list-type=2" as part of the path.
		url = client.generate_presigned_url("list_objects", {"Bucket": "box", "Prefix": "a b"}, ExpiresIn=60)
		eq(b"<Key>a+b/" in fetch(url)[1], True)
		url = client.generate_presigned_url("list_objects_v2", {"Bucket": "box", "MaxKeys": 1}, ExpiresIn=60)
		eq(b"<KeyCount>1</KeyCount>" in fetch(url)[1], True)
		url = client.generate_presigned_url("delete_object", {"Bucket": "box", "Key": "up+ü"}, ExpiresIn=60)
		eq(fetch(url, "DELETE")[0], 204)


@test
def the_command_line_client_makes_links():
	url = house.aws("s3", "presign", "s3://box/a b/ü.txt").strip()
	eq(fetch(url)[1], b"hello")


@test
def version_2_signs_headers_too():
	s3v2 = v2
	s3v2.put_object(Bucket="box", Key="v2", Body=b"two", Metadata={"b": "2", "a": "1"}, ContentType="text/x")
	eq(s3v2.get_object(Bucket="box", Key="v2")["Metadata"], {"a": "1", "b": "2"})
	eq(len(s3v2.list_objects(Bucket="box")["Contents"]) > 0, True)
	# Parts are signed right; to begin and complete an upload, this botocore signs its query twice.
	upload = s3.create_multipart_upload(Bucket="box", Key="v2m")["UploadId"]
	s3v2.upload_part(Bucket="box", Key="v2m", UploadId=upload, PartNumber=1, Body=b"x")
	eq(len(s3v2.list_parts(Bucket="box", Key="v2m", UploadId=upload)["Parts"]), 1)
	s3v2.abort_multipart_upload(Bucket="box", Key="v2m", UploadId=upload)
	s3v2.delete_object(Bucket="box", Key="v2")


@test
def what_a_link_says_counts_as_if_it_were_headers():
	for client in (v4, v2):
		url = client.generate_presigned_url("put_object", {"Bucket": "box", "Key": "meta", "Metadata": {"who": "me"}}, ExpiresIn=60)
		headers = {"x-amz-meta-who": "me"} if "x-amz-meta-who=" not in url else {}
		headers.setdefault("content-type", "")
		if client is v4:
			del headers["content-type"]
		eq(fetch(url, "PUT", b"x", headers)[0], 200)
		eq(s3.head_object(Bucket="box", Key="meta")["Metadata"], {"who": "me"})


@test
def a_link_does_one_thing_only():
	url = v4.generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b/ü.txt"}, ExpiresIn=60)
	for wrong in (url.replace("/box/", "/photos/"), url.replace("Expires=60", "Expires=61"), url + "&versionId=null",
		      url[:-1] + ("0" if url[-1] != "0" else "1")):
		status, body, _ = fetch(wrong)
		eq((status, b"SignatureDoesNotMatch" in body), (403, True), wrong)
	eq(fetch(url, "PUT", b"x")[0], 403)
	status, body, _ = fetch(url, headers={"x-amz-meta-a": "b"})
	eq((status, b"HeadersNotSigned" in body), (403, True))


@test
def links_end():
	for client, what in ((v4, b"X-Amz-Expires"), (v2, b"Expires")):
		url = client.generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b/ü.txt"}, ExpiresIn=1)
		time.sleep(2.1)		# the only way to let a second of somebody else's clock pass
		status, body, _ = fetch(url)
		eq((status, b"Request has expired" in body, what in body, b"ServerTime" in body), (403, True, True, True))
	url = v4.generate_presigned_url("get_object", {"Bucket": "box", "Key": "x"}, ExpiresIn=604801)
	status, body, _ = fetch(url)
	eq((status, b"AuthorizationQueryParametersError" in body, b"less than a week" in body), (400, True, True))


@test
def half_a_link_is_told_what_it_lacks():
	url = v4.generate_presigned_url("get_object", {"Bucket": "box", "Key": "x"}, ExpiresIn=60)
	for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"):
		path, query = url.split("?")
		without = "&".join(p for p in query.split("&") if not p.startswith(name + "="))
		status, body, _ = fetch(path + "?" + without)
		eq((status, b"AuthorizationQueryParametersError" in body), (400, True), name)
	url = v2.generate_presigned_url("get_object", {"Bucket": "box", "Key": "x"}, ExpiresIn=60)
	path, query = url.split("?")
	status, body, _ = fetch(path + "?" + "&".join(p for p in query.split("&") if not p.startswith("Expires=")))
	eq((status, b"Query-string authentication requires the Signature" in body), (403, True))


@test
def bad_signatures_are_told_why():
	a = wire.send("GET", "/box", {})
	eq((a.status, a.code), (403, "AccessDenied"))
	a = wire.ask("GET", "/box", when=now(-1200))
	eq((a.status, a.code, a.text("MaxAllowedSkewMilliseconds")), (403, "RequestTimeTooSkewed", "900000"))
	eq(wire.ask("GET", "/box", when=now(1200)).code, "RequestTimeTooSkewed")
	eq(wire.ask("GET", "/box", when=now(600)).status, 200)
	a = wire.ask("GET", "/box", region="eu-west-1")
	eq((a.status, a.code, a.text("Region"), a.headers["x-amz-bucket-region"]),
	   (400, "AuthorizationHeaderMalformed", "us-east-1", "us-east-1"))
	other = Wire(house)
	other.key = "AKIAIOSFODNN7EXAMPLE"
	a = other.ask("GET", "/box")
	eq((a.status, a.code, a.text("AWSAccessKeyId")), (403, "InvalidAccessKeyId", "AKIAIOSFODNN7EXAMPLE"))
	other = Wire(house)
	other.secret = "x" * 40
	a = other.ask("GET", "/box?list-type=2")
	eq((a.status, a.code), (403, "SignatureDoesNotMatch"))
	eq(a.text("CanonicalRequest").split("\n")[:3], ["GET", "/box", "list-type=2"])
	eq(bytes.fromhex(a.text("StringToSignBytes")).decode(), a.text("StringToSign"))
	for header in ("AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00",
		       "AWS4-ECDSA-P256-SHA256 Credential=x", "Bearer x", "AWS nocolon", "AWS4-HMAC-SHA256"):
		a = wire.send("GET", "/box", {"authorization": header, "x-amz-date": now()})
		eq((a.status, a.code), (400, "AuthorizationHeaderMalformed"), header)
	eq(wire.ask("GET", "/box", headers={"x-amz-security-token": "x"}).code, "InvalidToken")
	a = wire.ask("GET", "/box", headers={"x-amz-meta-a": "b"}, signed=["host", "x-amz-content-sha256", "x-amz-date"])
	eq((a.status, a.code, a.text("HeadersNotSigned")), (403, "AccessDenied", "x-amz-meta-a"))
	a = wire.ask("GET", "/box", payload="nonsense")
	eq((a.status, a.code), (400, "InvalidArgument"))


@test
def nothing_is_public():
	for method, path in (("GET", "/"), ("GET", "/box"), ("PUT", "/box/x"), ("DELETE", "/box/x"), ("POST", "/box?delete"),
			     ("GET", "/box/a%20b/%C3%BC.txt"), ("GET", "/nowhere")):
		a = wire.send(method, path, {})
		eq((a.status, a.code), (403, "AccessDenied"), method + " " + path)
	a = wire.send("OPTIONS", "/box/x", {"origin": "http://a.example", "access-control-request-method": "PUT"})
	eq((a.status, a.code), (403, "AccessForbidden"))
	eq(wire.send("OPTIONS", "/box/x", {}).code, "BadRequest")


@test
def a_path_is_signed_as_it_is_sent():
	for path in ("/box/a//b", "/box/a/../b", "/box/a+b", "/box/%61", "/box/~x", "/box/a%2Fb"):
		eq(wire.ask("PUT", path, b"x").status, 200, path)
	eq(sorted(k for k in (o["Key"] for o in s3.list_objects_v2(Bucket="box")["Contents"]) if k[0] in "a~" and " " not in k),
	   ["a", "a+b", "a/../b", "a//b", "a/b", "~x"])


run(house)
