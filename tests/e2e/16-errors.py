"""What is not built says so; what AWS answers for what was never set is answered; errors have S3's shape."""
import re

from lib import House, eq, refused, run, test
from wire import Wire

house = House(body_small_max=65536)
s3 = house.s3
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="k", Body=b"x")
wire = Wire(house)


@test
def what_is_not_built_is_never_a_silent_success():
	bucket = ("accelerate", "analytics", "encryption", "inventory", "logging", "metrics", "object-lock",
		  "replication", "requestPayment", "website")
	for sub in bucket:
		a = wire.ask("PUT", "/box?" + sub, b"<x/>")
		eq((a.status, a.code), (501, "NotImplemented"), "PUT ?" + sub)
	for method, target in (("GET", "/box?inventory"), ("PUT", "/box/k?retention"), ("PUT", "/box/k?legal-hold"),
			       ("POST", "/box/k?restore"), ("POST", "/box/k?select&select-type=2"),
			       ("GET", "/box/k?torrent")):
		a = wire.ask(method, target)
		eq((a.status, a.code), (501, "NotImplemented"), method + " " + target)
	for name, value in (("x-amz-server-side-encryption", "AES256"), ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
			    ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-storage-class", "GLACIER"),
			    ("x-amz-website-redirect-location", "/x"), ("x-amz-write-offset-bytes", "1")):
		a = wire.ask("PUT", "/box/never", b"x", {name: value})
		eq((a.status, a.code, a.text("Header")), (501, "NotImplemented", name))
	for name, value, code in (("x-amz-acl", "public-read", "AccessControlListNotSupported"),
				  ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
				  ("x-amz-storage-class", "FAST", "InvalidStorageClass"),
				  ("x-amz-expected-bucket-owner", "abc", "InvalidBucketOwnerAWSAccountID"),
				  ("x-amz-expected-bucket-owner", "111111111111", "AccessDenied")):
		eq(wire.ask("PUT", "/box/never", b"x", {name: value}).code, code, name)
	eq(wire.ask("GET", "/box/never").status, 404)
	for headers in ({"x-amz-acl": "private"}, {"x-amz-storage-class": "STANDARD"}, {"x-amz-expected-bucket-owner": "000000000000"}):
		eq(wire.ask("PUT", "/box/k", b"x", headers).status, 200)


@test
def what_was_never_set_is_answered_as_aws_does():
	for sub, root in (("versioning", "VersioningConfiguration"), ("logging", "BucketLoggingStatus"), ("accelerate", "AccelerateConfiguration"),
			  ("requestPayment", "RequestPaymentConfiguration"), ("acl", "AccessControlPolicy"), ("location", "LocationConstraint"),
			  ("notification", "NotificationConfiguration")):
		a = wire.ask("GET", "/box?" + sub)
		eq((a.status, a.xml().tag), (200, root))
		eq(wire.ask("GET", "/nowhere?" + sub).code, "NoSuchBucket")
	for sub, code in (("cors", "NoSuchCORSConfiguration"), ("policy", "NoSuchBucketPolicy"), ("lifecycle", "NoSuchLifecycleConfiguration"),
			  ("tagging", "NoSuchTagSet"), ("website", "NoSuchWebsiteConfiguration"),
			  ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
			  ("replication", "ReplicationConfigurationNotFoundError"),
			  ("object-lock", "ObjectLockConfigurationNotFoundError")):
		a = wire.ask("GET", "/box?" + sub)
		eq((a.status, a.code), (404, code))
	eq(s3.get_bucket_acl(Bucket="box")["Grants"][0]["Permission"], "FULL_CONTROL")
	eq(s3.get_object_acl(Bucket="box", Key="k")["Grants"][0]["Grantee"]["Type"], "CanonicalUser")
	eq(s3.get_object_tagging(Bucket="box", Key="k")["TagSet"], [])
	refused("NoSuchKey", s3.get_object_tagging, Bucket="box", Key="none")


@test
def errors_have_the_shape_that_clients_read():
	a = wire.ask("GET", "/box/none")
	eq((a.status, a.headers["content-type"], a.text("Code"), a.text("Key")), (404, "application/xml", "NoSuchKey", "none"))
	eq(a.text("RequestId"), a.headers["x-amz-request-id"])
	eq(a.text("HostId"), a.headers["x-amz-id-2"])
	eq(bool(re.fullmatch("[0-9A-F]{16}", a.text("RequestId"))), True)
	eq(a.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>'), True)
	a = wire.ask("HEAD", "/box/none")
	eq((a.status, a.body), (404, b""))
	eq("x-amz-server-side-encryption" in wire.ask("GET", "/box/k").headers, False)
	a = wire.ask("GET", "/nowhere/k")
	eq((a.status, a.code, a.text("BucketName")), (404, "NoSuchBucket", "nowhere"))
	for method, target, code in (("GET", "/box/k?versionId=abc", "InvalidArgument"), ("PATCH", "/box/k", None), ("GET", "/box/%zz", "InvalidURI"),
				     ("GET", "/box/%00", "InvalidURI"), ("GET", "/box/%ff", "InvalidURI"), ("POST", "/box/k", "MethodNotAllowed"),
				     ("GET", "/Box", "InvalidBucketName"), ("PUT", "/", "MethodNotAllowed")):
		a = wire.ask(method, target)
		eq(a.status >= 400, True, method + " " + target)
		if code:
			eq(a.code, code, method + " " + target)
	eq(wire.ask("HEAD", "/box/k?versionId=null").status, 200)


@test
def documents_have_a_limit():
	a = wire.ask("PUT", "/photos?notification", b" " * 65537)
	eq((a.status, a.code), (400, "MaxMessageLengthExceeded"))
	a = wire.ask("PUT", "/photos?notification", b"<NotificationConfiguration>" + b"<a>" * 10000)
	eq((a.status, a.code), (400, "MalformedXML"))


@test
def other_services_are_told_apart_from_buckets():
	a = wire.ask("POST", "/2015-03-31/functions", b"{}", service="lambda")
	eq((a.status, a.headers["x-amzn-errortype"]), (400, "ValidationException"))
	a = wire.ask("POST", "/2015-03-31/event-source-mappings", b"{}", service="lambda")
	eq((a.status, a.headers["x-amzn-errortype"]), (501, "NotImplemented"))
	a = wire.ask("POST", "/", b"{}", {"x-amz-target": "Kinesis_20131202.ListStreams"}, service="kinesis")
	eq((a.status, b"NotImplemented" in a.body, a.headers["x-amzn-errortype"]), (501, True, "NotImplemented"))
	a = wire.ask("POST", "/", b"Action=ListTopics&Version=2010-03-31", {"content-type": "application/x-www-form-urlencoded"}, service="sns")
	eq((a.status, a.xml().tag, a.text("Code")), (501, "ErrorResponse", "NotImplemented"))
	s3.create_bucket(Bucket="2015-03-31")
	eq(s3.head_bucket(Bucket="2015-03-31")["ResponseMetadata"]["HTTPStatusCode"], 200)


@test
def our_own_paths_answer_json():
	import json
	a = wire.send("GET", "/_/health", {})
	health = json.loads(a.body)
	eq((a.status, health["status"], health["queue"]["dead"]), (200, "ok", 0))
	eq("rung" in health["cage"] and health["disk"]["free"] > 0, True)
	a = wire.send("GET", "/_/metrics", {})
	eq(a.headers["content-type"].startswith("text/plain; version=0.0.4"), True)
	for line in a.body.decode().splitlines():
		eq(bool(re.fullmatch(r'# (HELP|TYPE) minilab_\w+ .+|minilab_\w+(\{\w+="\w+"(,\w+="\w+")*\})? -?\d+', line)), True, line)
	eq(b'minilab_http_requests_total{face="s3",class="2"}' in a.body, True)
	a = wire.send("GET", "/_/nothing", {})
	eq((a.status, json.loads(a.body)["error"]), (404, "NotFound"))
	eq(wire.send("POST", "/_/health", {}).status, 405)
	eq(wire.send("GET", "/_/explain?bucket=box&key=k", {}).status, 403)
	eq(json.loads(wire.ask("GET", "/_/explain?bucket=box&key=k").body) != {}, True)
	eq(wire.ask("GET", "/_/explain?bucket=box&key=none").status, 404)
	eq(json.loads(wire.ask("POST", "/_/retry?failed=all").body), {"retried": 0})


run(house)
