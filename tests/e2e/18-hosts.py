"""Virtual-host style addressing: the bucket in the Host header, from clients that do so by themselves and by hand."""
import subprocess
import urllib.request

from botocore.client import Config
import boto3

from lib import House, eq, run, test, wait_until
from wire import Wire

house = House(domain="files.example")
s3 = house.s3
s3.create_bucket(Bucket="box")
s3.create_bucket(Bucket="my.box")
s3.put_object(Bucket="box", Key="a b", Body=b"hello")
wire = Wire(house)


def client(domain="localhost", version="s3v4", **more):
	"""Names below localhost are found by us, not by the resolver: the daemon is its own proxy."""
	return boto3.client("s3", endpoint_url="http://%s:%d" % (domain, house.port), region_name="us-east-1",
			    aws_access_key_id=wire.key, aws_secret_access_key=wire.secret,
			    config=Config(s3={"addressing_style": "virtual"}, signature_version=version, proxies={"http": house.url},
					  retries={"max_attempts": 0}, **more))


def by_host(host, target, method="GET", body=None):
	return wire.send(method, target, {"host": host}, body)


@test
def clients_that_name_the_bucket_by_host_are_served():
	for domain in ("localhost", "s3.us-east-1.localhost", "s3.files.example", "files.example"):
		for version in ("s3v4", "s3"):
			c = client(domain, version)
			seen = []
			c.meta.events.register("before-send.s3", lambda request, **_: seen.append(request.url))
			c.put_object(Bucket="box", Key="k ü", Body=b"virtual")
			eq(seen[0].split("/")[2].split(":")[0], "box." + domain)
			eq(c.get_object(Bucket="box", Key="k ü")["Body"].read(), b"virtual")
			eq(s3.get_object(Bucket="box", Key="k ü")["Body"].read(), b"virtual")
			eq([o["Key"] for o in c.list_objects(Bucket="box")["Contents"]], ["a b", "k ü"])
			c.delete_object(Bucket="box", Key="k ü")
	c = client()
	c.create_bucket(Bucket="made")
	c.head_bucket(Bucket="made")
	eq(c.get_bucket_location(Bucket="made")["ResponseMetadata"]["HTTPStatusCode"], 200)
	upload = c.create_multipart_upload(Bucket="made", Key="m/n")["UploadId"]
	part = c.upload_part(Bucket="made", Key="m/n", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
	c.complete_multipart_upload(Bucket="made", Key="m/n", UploadId=upload, MultipartUpload={"Parts": [{"ETag": part, "PartNumber": 1}]})
	c.copy_object(Bucket="box", Key="copy", CopySource="made/m/n")
	c.delete_objects(Bucket="made", Delete={"Objects": [{"Key": "m/n"}]})
	c.delete_bucket(Bucket="made")
	eq([b["Name"] for b in c.list_buckets()["Buckets"]][:2], ["box", "my.box"])


@test
def the_command_line_client_does_so_when_told():
	env = dict(house.env)
	with open(house.home + "/config", "w") as f:
		f.write("[default]\ns3 =\n  addressing_style = virtual\n")
	house.env.update({"AWS_CONFIG_FILE": house.home + "/config", "HTTP_PROXY": house.url, "NO_PROXY": ""})
	url, house.url = house.url, "http://localhost:%d" % house.port
	try:
		house.aws("s3", "cp", "-", "s3://box/cli", stdin="by hand")
		eq(house.aws("s3", "ls", "s3://box/cli").split()[-1], "cli")
	finally:
		house.url, house.env = url, env
	eq(s3.get_object(Bucket="box", Key="cli")["Body"].read(), b"by hand")


@test
def links_and_forms_by_host_do_too():
	for version in ("s3v4", "s3"):
		url = client(version=version).generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b"}, ExpiresIn=60)
		eq("//box.localhost:" in url, True)
		with urllib.request.build_opener(urllib.request.ProxyHandler({"http": house.url})).open(url) as r:
			eq(r.read(), b"hello")
	got = subprocess.run(["curl", "-s", "--resolve", "box.localhost:%d:127.0.0.1" % house.port,
			      client().generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b"})], stdout=subprocess.PIPE, timeout=60)
	eq(got.stdout, b"hello")
	form = client().generate_presigned_post("box", "form")
	body = b"".join(b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v.encode()) for k, v in form["fields"].items())
	body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="n"\r\n\r\nx\r\n--b--\r\n'
	host = form["url"].split("/")[2]
	a = wire.send("POST", "/", {"host": host, "content-type": "multipart/form-data; boundary=b"}, body)
	eq((a.status, a.headers["location"]), (204, "http://%s/form" % host))


@test
def a_link_of_one_bucket_is_none_of_another():
	url = client().generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b"}, ExpiresIn=60)
	target = url[url.index("/", 8):]
	eq(by_host("box.localhost:%d" % house.port, target).status, 200)
	eq(by_host("my.box.localhost:%d" % house.port, target).code, "SignatureDoesNotMatch")
	url = client(version="s3").generate_presigned_url("get_object", {"Bucket": "box", "Key": "a b"}, ExpiresIn=60)
	target = url[url.index("/", 8):]
	eq(by_host("box.localhost", target).status, 200)
	eq(by_host("my.box.localhost", target).code, "SignatureDoesNotMatch")


@test
def rules_and_policies_hold_by_host():
	s3.delete_public_access_block(Bucket="my.box")
	s3.put_bucket_policy(Bucket="my.box", Policy='{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
			     '"Resource": "arn:aws:s3:::my.box/*"}}')
	s3.put_bucket_cors(Bucket="my.box", CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]})
	s3.put_object(Bucket="my.box", Key="p/q", Body=b"public")
	for host in ("my.box.localhost", "my.box.s3.localhost:80", "MY.box.s3.us-east-1.files.example"):
		a = wire.send("GET", "/p/q", {"host": host, "origin": "https://a.example"})
		eq((a.status, a.body, a.headers["access-control-allow-origin"]), (200, b"public", "*"), host)
	eq(by_host("box.localhost", "/a%20b").code, "AccessDenied")
	a = wire.send("OPTIONS", "/p/q", {"host": "my.box.localhost", "origin": "https://a.example", "access-control-request-method": "GET"})
	eq(a.status, 200)


@test
def other_hosts_and_other_faces_are_as_ever():
	a = wire.ask("GET", "/box/a%20b")
	eq(a.body, b"hello")
	for host in ("box.example", "localhost", "s3.localhost", "s3.us-east-1.files.example", "ab.localhost", "notlocalhost"):
		a = by_host(host, "/my.box/p/q")
		eq((a.status, a.body), (200, b"public"), host)
	eq(by_host("box.localhost", "/_/health").status, 200)
	a = by_host("abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.localhost", "/")
	eq((a.status, b"<Error>" in a.body), (403, False))
	wait_until(lambda: "face=url" in house.log(), "the face of function URLs")
	wait_until(lambda: "bucket=my.box key=p/q" in house.log(), "the log line with bucket and key")


run(house)
