"""Buckets that anybody may read or write: policies, the public access block, ownership, and the ACLs that are not there."""
import json

import boto3
from botocore import UNSIGNED
from botocore.client import Config

from lib import House, eq, refused, run, test
from wire import TRAILER, Wire

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="pub/a b.jpg", Body=b"hello", ContentType="text/plain")
s3.put_object(Bucket="box", Key="private/a", Body=b"secret")
wire = Wire(house)
anybody = boto3.client("s3", endpoint_url=house.url, region_name="us-east-1",
		       config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}, retries={"max_attempts": 0}))
OFF = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
ON = {name: True for name in OFF}


def statement(action="s3:GetObject", resource="/*", effect="Allow", principal="*", **more):
	return dict({"Effect": effect, "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::box" + resource}, **more)


def policy(*statements):
	return json.dumps({"Version": "2012-10-17", "Statement": statements})


def put(*statements):
	s3.put_bucket_policy(Bucket="box", Policy=policy(*statements))


def get(key="/box/pub/a%20b.jpg", **headers):
	a = wire.send("GET", key, headers)
	return a.status, a.body if a.status == 200 else a.code


@test
def a_new_bucket_is_private_and_stays_so_until_said_twice():
	eq(s3.get_public_access_block(Bucket="box")["PublicAccessBlockConfiguration"], ON)
	refused(("NoSuchBucketPolicy", 404), s3.get_bucket_policy, Bucket="box")
	refused(("NoSuchBucketPolicy", 404), s3.get_bucket_policy_status, Bucket="box")
	said = refused(("AccessDenied", 403), s3.put_bucket_policy, Bucket="box", Policy=policy(statement()))
	eq("BlockPublicPolicy" in said["Error"]["Message"] and "delete-public-access-block --bucket box" in said["Error"]["Message"], True)
	eq(get(), (403, "AccessDenied"))
	house.aws("s3api", "delete-public-access-block", "--bucket", "box")
	refused(("NoSuchPublicAccessBlockConfiguration", 404), s3.get_public_access_block, Bucket="box")
	house.aws("s3api", "put-bucket-policy", "--bucket", "box", "--policy", policy(statement(resource="/pub/*")))
	eq(get(), (200, b"hello"))
	eq(json.loads(s3.get_bucket_policy(Bucket="box")["Policy"]), json.loads(policy(statement(resource="/pub/*"))))
	eq(s3.get_bucket_policy_status(Bucket="box")["PolicyStatus"], {"IsPublic": True})


@test
def anybody_may_what_is_allowed_and_no_more():
	put(statement(resource="/pub/*"))
	got = anybody.get_object(Bucket="box", Key="pub/a b.jpg")
	eq((got["Body"].read(), got["ContentType"]), (b"hello", "text/plain"))
	eq(anybody.head_object(Bucket="box", Key="pub/a b.jpg")["ContentLength"], 5)
	eq(wire.send("GET", "/box/pub/a%20b.jpg", {"range": "bytes=1-2"}).body, b"el")
	for method, target in (("GET", "/box/private/a"), ("GET", "/box"), ("HEAD", "/box"), ("PUT", "/box/pub/x"), ("DELETE", "/box/pub/a%20b.jpg"),
			       ("GET", "/box/pub/a%20b.jpg?acl"), ("GET", "/box?policy"), ("POST", "/box?delete"), ("POST", "/box/pub/x?uploads"),
			       ("GET", "/"), ("GET", "/nowhere"), ("GET", "/box/pub/a?torrent"), ("GET", "/box/pub/none")):
		eq(wire.send(method, target, {}).status, 403, method + " " + target)
	a = wire.send("GET", "/box/pub/a%20b.jpg?response-content-type=text/html", {})
	eq((a.status, a.code), (400, "InvalidRequest"))
	put(statement("s3:*"), statement("s3:*", ""))
	for method, target in (("DELETE", "/box/pub/a%20b.jpg"), ("POST", "/box/pub/x?uploads"), ("PUT", "/box/pub/x?acl"), ("GET", "/box?policy"),
			       ("PUT", "/box?policy"), ("DELETE", "/box?policy"), ("POST", "/box?delete"), ("DELETE", "/box"), ("PUT", "/box?cors")):
		eq(wire.send(method, target, {}).status, 403, "all of s3: " + method + " " + target)
	eq(get(), (200, b"hello"))
	# A wrong signature is not taken for none.
	eq(wire.send("GET", "/box/pub/a%20b.jpg?X-Amz-Signature=x", {}).status, 400)


@test
def who_may_list_is_told_what_is_missing():
	put(statement(), statement("s3:ListBucket", ""))
	eq([o["Key"] for o in anybody.list_objects_v2(Bucket="box", Prefix="pub/")["Contents"]], ["pub/a b.jpg"])
	eq(anybody.head_bucket(Bucket="box")["ResponseMetadata"]["HTTPStatusCode"], 200)
	eq(get("/box/pub/none"), (404, "NoSuchKey"))
	put(statement("s3:ListBucket", "", Condition={"StringLike": {"s3:prefix": "pub/*"}}))
	eq(anybody.list_objects_v2(Bucket="box", Prefix="pub/")["KeyCount"], 1)
	refused("AccessDenied", anybody.list_objects_v2, Bucket="box", Prefix="private/")
	refused("AccessDenied", anybody.list_objects_v2, Bucket="box")


@test
def anybody_may_put_where_that_is_allowed():
	put(statement("s3:PutObject", "/in/*"))
	anybody.put_object(Bucket="box", Key="in/a", Body=b"from outside", ContentType="text/plain", Metadata={"who": "me"})
	eq(s3.head_object(Bucket="box", Key="in/a")["Metadata"], {"who": "me"})
	refused("AccessDenied", anybody.put_object, Bucket="box", Key="other", Body=b"x")
	refused("AccessControlListNotSupported", anybody.put_object, Bucket="box", Key="in/b", Body=b"x", ACL="public-read")
	refused("AccessDenied", anybody.get_object, Bucket="box", Key="in/a")
	refused("AccessDenied", anybody.delete_object, Bucket="box", Key="in/a")
	a = wire.send("PUT", "/box/in/c", {"x-amz-content-sha256": "0" * 64}, b"x")
	eq((a.status, a.code), (400, "XAmzContentSHA256Mismatch"))
	a = wire.send("PUT", "/box/in/c", {"x-amz-content-sha256": TRAILER, "x-amz-decoded-content-length": "1", "content-encoding": "aws-chunked",
		      "x-amz-trailer": "x-amz-checksum-crc32"}, b"1\r\nx\r\n0\r\nx-amz-checksum-crc32:jNyy+A==\r\n\r\n")
	eq((a.status, a.code), (400, "BadDigest"))
	a = wire.send("PUT", "/box/in/c", {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-decoded-content-length": "1"}, b"")
	eq((a.status, a.code), (403, "AccessDenied"))


@test
def tags_that_come_with_an_object_need_a_leave_of_their_own():
	put(statement("s3:PutObject", "/in/*"))
	refused(("AccessDenied", 403), anybody.put_object, Bucket="box", Key="in/t", Body=b"x", Tagging="a=b")
	anybody.put_object(Bucket="box", Key="in/t", Body=b"x", Tagging="")
	put(statement(["s3:PutObject", "s3:PutObjectTagging"], "/in/*"))
	anybody.put_object(Bucket="box", Key="in/t", Body=b"x", Tagging="a=b")
	eq(s3.get_object_tagging(Bucket="box", Key="in/t")["TagSet"], [{"Key": "a", "Value": "b"}])
	put(statement("s3:PutObjectTagging", "/in/*", "Deny"))
	s3.put_object(Bucket="box", Key="in/t", Body=b"x")
	for call, more in ((s3.put_object, {"Body": b"x"}), (s3.create_multipart_upload, {}),
			   (s3.copy_object, {"CopySource": "box/pub/a b.jpg", "TaggingDirective": "REPLACE"})):
		said = refused(("AccessDenied", 403), call, Bucket="box", Key="in/t", Tagging="a=b", **more)
		eq("s3:PutObjectTagging" in said["Error"]["Message"], True)


@test
def conditions_are_looked_at():
	put(statement(Condition={"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1"]}}))
	eq(get(), (200, b"hello"))
	put(statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
	eq(get(), (403, "AccessDenied"))
	eq(s3.get_bucket_policy_status(Bucket="box")["PolicyStatus"], {"IsPublic": False})
	put(statement(Condition={"StringLike": {"aws:Referer": "https://a.example/*"}}))
	eq(get(), (403, "AccessDenied"))
	eq(get(referer="https://a.example/page"), (200, b"hello"))
	put(statement(), statement("s3:*", "/private/*", "Deny", {"AWS": "*"}))
	eq(get(), (200, b"hello"))
	eq(get("/box/private/a"), (403, "AccessDenied"))


@test
def what_is_denied_is_denied_to_the_keys_too_but_the_policy_can_be_taken_back():
	said = refused(("AccessDenied", 403), s3.get_object, Bucket="box", Key="private/a")
	eq("s3:GetObject on resource" in said["Error"]["Message"] and "explicit deny" in said["Error"]["Message"], True)
	eq(s3.get_object(Bucket="box", Key="pub/a b.jpg")["Body"].read(), b"hello")
	refused(("AccessDenied", 403), s3.copy_object, Bucket="box", Key="copy", CopySource="box/private/a")
	a = s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "private/a"}, {"Key": "pub/none"}]})
	eq(([e["Code"] for e in a["Errors"]], [d["Key"] for d in a["Deleted"]]), (["AccessDenied"], ["pub/none"]))
	put(statement("s3:*", "/*", "Deny"), statement("s3:*", "", "Deny"))
	for call in (s3.list_objects_v2, s3.get_bucket_cors, s3.get_bucket_location, s3.list_multipart_uploads, s3.get_public_access_block):
		refused("AccessDenied", call, Bucket="box")
	s3.get_bucket_policy(Bucket="box")
	s3.delete_bucket_policy(Bucket="box")
	eq(s3.get_object(Bucket="box", Key="private/a")["Body"].read(), b"secret")
	s3.delete_bucket_policy(Bucket="box")


@test
def a_block_closes_a_public_bucket_at_once():
	put(statement())
	eq(get(), (200, b"hello"))
	s3.put_public_access_block(Bucket="box", PublicAccessBlockConfiguration=ON)
	eq(get(), (403, "AccessDenied"))
	s3.put_public_access_block(Bucket="box", PublicAccessBlockConfiguration=OFF)
	eq(s3.get_public_access_block(Bucket="box")["PublicAccessBlockConfiguration"], OFF)
	eq(get(), (200, b"hello"))
	house.stop()
	house.start()
	eq(get(), (200, b"hello"))
	for body in (b"<PublicAccessBlockConfiguration/>", b"<x/>", b"<PublicAccessBlockConfiguration><Block>true</Block></PublicAccessBlockConfiguration>",
		     b"<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>"):
		eq(wire.ask("PUT", "/box?publicAccessBlock", body).code, "MalformedXML", body)
	refused("NoSuchBucket", house.s3.put_public_access_block, Bucket="nowhere", PublicAccessBlockConfiguration=OFF)


@test
def what_is_no_policy_is_told_why():
	for text, code, what in (("", "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"),
				 ("{", "MalformedPolicy", "Policies must be valid JSON"), ("{}", "MalformedPolicy", "Missing required field Statement"),
				 (policy(statement("s3:Fly")), "MalformedPolicy", "Policy has invalid action"),
				 (policy(statement(resource="es/*")), "MalformedPolicy", "Policy has invalid resource"),
				 (policy(statement(principal={"AWS": "999999999999"})), "MalformedPolicy", "Invalid principal in policy"),
				 (policy(statement("s3:ListBucket")), "MalformedPolicy", "Action does not apply to any resource(s) in statement"),
				 (policy(statement(Condition={"DateLessThan": {"aws:CurrentTime": "x"}})), "NotImplemented",
				  "The condition DateLessThan on aws:CurrentTime is not implemented"),
				 (policy(statement("s3:DeleteObject")), "NotImplemented", "s3:DeleteObject is not implemented"),
				 (policy(*[statement()] * 300), "MalformedPolicy", "Policy exceeds the maximum allowed document size.")):
		a = wire.ask("PUT", "/box?policy", text.encode())
		eq((a.code, what in a.text("Message")), (code, True), text[:100])
	eq(get(), (200, b"hello"))
	a = wire.ask("PUT", "/nowhere?policy", policy(statement(effect="Deny")).replace(":box", ":nowhere").encode())
	eq((a.status, a.code), (404, "NoSuchBucket"))


@test
def acls_are_disabled():
	s3 = house.s3
	controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
	eq(s3.get_bucket_ownership_controls(Bucket="box")["OwnershipControls"], controls)
	s3.put_bucket_ownership_controls(Bucket="box", OwnershipControls=controls)
	refused("NotImplemented", s3.put_bucket_ownership_controls, Bucket="box", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
	refused("MalformedXML", s3.put_bucket_ownership_controls, Bucket="box", OwnershipControls={"Rules": [{"ObjectOwnership": "Mine"}]})
	s3.delete_bucket_ownership_controls(Bucket="box")
	refused(("OwnershipControlsNotFoundError", 404), s3.get_bucket_ownership_controls, Bucket="box")
	s3.create_bucket(Bucket="owned", ObjectOwnership="BucketOwnerEnforced")
	refused("NotImplemented", s3.create_bucket, Bucket="owned2", ObjectOwnership="ObjectWriter")
	refused(("InvalidArgument", 400), s3.create_bucket, Bucket="owned2", ObjectOwnership="RandomValue")
	for acl in ("private", "bucket-owner-full-control"):
		s3.put_object_acl(Bucket="box", Key="private/a", ACL=acl)
		s3.put_object(Bucket="box", Key="acl", Body=b"x", ACL=acl)
	s3.put_bucket_acl(Bucket="box", ACL="private")
	for acl in ("public-read", "public-read-write", "authenticated-read", "aws-exec-read"):
		refused(("AccessControlListNotSupported", 400), s3.put_bucket_acl, Bucket="box", ACL=acl)
		refused(("AccessControlListNotSupported", 400), s3.put_object, Bucket="box", Key="acl", Body=b"x", ACL=acl)
	now = s3.get_object_acl(Bucket="box", Key="acl")
	mine = {"Owner": now["Owner"], "Grants": now["Grants"]}
	s3.put_object_acl(Bucket="box", Key="acl", AccessControlPolicy=mine)
	s3.put_bucket_acl(Bucket="box", AccessControlPolicy=mine)
	everybody = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
	refused("AccessControlListNotSupported", s3.put_bucket_acl, Bucket="box", AccessControlPolicy=dict(mine, Grants=[everybody]))
	refused("AccessControlListNotSupported", s3.put_bucket_acl, Bucket="box", AccessControlPolicy=dict(mine, Grants=mine["Grants"] + [everybody]))
	refused("AccessControlListNotSupported", s3.put_object_acl, Bucket="box", Key="acl", GrantRead="id=x")
	refused("NoSuchKey", s3.put_object_acl, Bucket="box", Key="none", ACL="private")
	refused("NoSuchBucket", s3.put_bucket_acl, Bucket="nowhere", ACL="private")
	eq(wire.ask("PUT", "/box?acl").code, "MissingSecurityHeader")
	eq(wire.ask("PUT", "/box?acl", b"<x>").code, "MalformedACLError")


run(house)
