"""Lifecycle rules: what clients may ask for, and what is ended by them. Days last a second here; how days are rounded is a unit test."""
import datetime
import re
import urllib.request

from lib import House, eq, photo, refused, run, test, wait_until
from wire import Wire

house = House(lifecycle_interval_s=1, lifecycle_day_s=1)
s3 = house.s3
wire = Wire(house)
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


def rule(name="r", filter=None, **what):
	return dict({"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""} if filter is None else filter}, **what)


def lifecycle(bucket, *rules):
	s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def put_xml(rules):
	a = wire.ask("PUT", "/box?lifecycle", ("<LifecycleConfiguration>%s</LifecycleConfiguration>" % rules).encode())
	return a.status, a.code, a.text("Message") if a.status != 200 else ""


def put_rule(inside, status="<Status>Enabled</Status>"):
	return put_xml("<Rule>%s%s</Rule>" % (status, inside))


def bucket(name, *states):
	s3.create_bucket(Bucket=name)
	for state in states:
		s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": state})
	return name


def keys(b):
	return [o["Key"] for o in s3.list_objects_v2(Bucket=b).get("Contents", [])]


def versions(b):
	got = s3.list_object_versions(Bucket=b)
	return [(v["Key"], v["VersionId"]) for v in got.get("Versions", [])], [(v["Key"], v["VersionId"]) for v in got.get("DeleteMarkers", [])]


def ended(what):
	with urllib.request.urlopen(house.url + "/_/metrics") as f:
		return int(re.search(r'^minilab_lifecycle_ended_total\{what="%s"\} (\d+)' % what, f.read().decode(), re.M).group(1))


@test
def rules_are_kept_as_they_were_put():
	b = bucket("box")
	refused(("NoSuchLifecycleConfiguration", 404), s3.get_bucket_lifecycle_configuration, Bucket=b)
	rules = [rule("one", {"Prefix": "a/"}, Expiration={"Days": 30}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}),
		 rule("two", {"Tag": {"Key": "k", "Value": "v"}}, Expiration={"Date": PAST}),
		 rule("three", {"And": {"Prefix": "p", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": ""}],
					"ObjectSizeGreaterThan": 0, "ObjectSizeLessThan": 10}},
		      NoncurrentVersionExpiration={"NoncurrentDays": 3, "NewerNoncurrentVersions": 5}),
		 rule("four", {"ObjectSizeGreaterThan": 500}, Expiration={"Days": 1}),
		 rule("five", {}, Expiration={"ExpiredObjectDeleteMarker": True}, Status="Disabled")]
	lifecycle(b, *rules)
	eq(s3.get_bucket_lifecycle_configuration(Bucket=b)["Rules"], rules)
	eq(put_rule("<ID>old</ID><Prefix>x</Prefix><Expiration><Days>9</Days></Expiration>")[0], 200)
	eq(s3.get_bucket_lifecycle_configuration(Bucket=b)["Rules"],
	   [{"ID": "old", "Prefix": "x", "Status": "Enabled", "Expiration": {"Days": 9}}])
	eq(put_rule("<Filter/><Expiration><Days>9</Days></Expiration>")[0], 200)
	eq(len(s3.get_bucket_lifecycle_configuration(Bucket=b)["Rules"][0]["ID"]) > 10, True)
	for _ in 1, 2:
		eq(s3.delete_bucket_lifecycle(Bucket=b)["ResponseMetadata"]["HTTPStatusCode"], 204)
	refused(("NoSuchLifecycleConfiguration", 404), s3.get_bucket_lifecycle_configuration, Bucket=b)
	for call in s3.get_bucket_lifecycle_configuration, s3.delete_bucket_lifecycle:
		refused(("NoSuchBucket", 404), call, Bucket="nowhere")


@test
def what_is_no_rule_is_told_in_the_words_of_s3():
	days, f = "<Expiration><Days>1</Days></Expiration>", "<Filter/>"
	malformed = (400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	tag = "<Tag><Key>k</Key><Value>v</Value></Tag>"
	abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>%s</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
	for inside in ("", days, f + "<Expirations/>" + days, f + "<Expiration/>", f + days + days, f + f + days,
		       f + "<Expiration><Days>x</Days></Expiration>", f + "<Expiration><Date>soon</Date></Expiration>",
		       f + "<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>",
		       f + "<Expiration><ExpiredObjectDeleteMarker>maybe</ExpiredObjectDeleteMarker></Expiration>",
		       f + "<NoncurrentVersionExpiration><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
		       "<Filter><Prefix>a</Prefix>%s</Filter>%s" % (tag, days), "<Filter><And>%s</And></Filter>%s" % (tag, days),
		       "<Filter><Suffix>a</Suffix></Filter>" + days, "<Filter><Tag><Key>k</Key></Tag></Filter>" + days):
		eq(put_rule(inside), malformed, inside)
	eq(put_rule(f + days, ""), malformed)
	eq(put_rule(f + days, "<Status>On</Status>"), malformed)
	eq(put_xml(""), malformed)
	one = "<Rule><ID>%d</ID><Status>Enabled</Status><Filter/>" + days + "</Rule>"
	eq(put_xml("".join(one % i for i in range(1001))), malformed)
	argument = (("<Expiration><Days>0</Days></Expiration>", "'Days' for Expiration action must be a positive integer"),
		    ("<Expiration><Days>-1</Days></Expiration>", "'Days' for Expiration action must be a positive integer"),
		    ("<Expiration><Date>2030-01-01T00:00:01Z</Date></Expiration>", "'Date' must be at midnight GMT"),
		    (abort % 0, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer"),
		    ("<ID>%s</ID>" % ("i" * 256) + days, "ID length should not exceed allowed limit of 255"))
	for inside, message in argument:
		eq(put_rule(f + inside), (400, "InvalidArgument", message))
	eq(put_xml(one % 1 + one % 1)[1], "InvalidArgument")
	eq(put_rule("<Filter><And>%s%s</And></Filter>%s" % (tag, tag, days)), (400, "InvalidRequest", "Duplicate Tag Keys are not allowed."))
	eq(put_rule(f), (400, "InvalidRequest", "At least one action needs to be specified in a rule"))
	eq(put_rule("<Filter>%s</Filter>%s" % (tag, abort % 1)),
	   (400, "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."))
	eq(put_rule("<Prefix/>" + f + days)[1], "InvalidRequest")
	for name in "Transition", "NoncurrentVersionTransition":
		a = put_rule("%s<%s><Days>1</Days><StorageClass>GLACIER</StorageClass></%s>" % (f, name, name))
		eq((a[0], a[1], name in a[2]), (501, "NotImplemented", True))
	refused(("NoSuchLifecycleConfiguration", 404), s3.get_bucket_lifecycle_configuration, Bucket="box")


@test
def photos_that_expire_take_thumbnails_and_row_along():
	for key in "old/a.jpg", "new/a.jpg":
		s3.put_object(Bucket="photos", Key=key, Body=photo(400, 200))
	for key in "old/a.jpg", "new/a.jpg":
		wait_until(lambda: house.row(key) and len(house.thumbnails(key)) == 3, "the row of " + key)
	lifecycle("photos", rule(filter={"Prefix": "old/"}, Expiration={"Date": PAST}))
	wait_until(lambda: keys("photos") == ["new/a.jpg"], "the end of the old one")
	wait_until(lambda: house.row("old/a.jpg") is None and house.thumbnails("old/a.jpg") == [], "the end of its thumbnails and row")
	eq(len(house.thumbnails("new/a.jpg")), 3)
	eq("deleted" in house.explain("old/a.jpg"), True)
	wait_until(lambda: ended("object") == 1, "the number")
	eq("lifecycle=done bucket=photos ended=1" in house.log(), True)
	house.audit()


@test
def tags_and_sizes_tell_which_and_more_than_a_page_goes():
	b = bucket("filters")
	for i in range(45):
		s3.put_object(Bucket=b, Key="tmp/%02d" % i, Body=b"x")
	s3.put_object(Bucket=b, Key="tagged", Body=b"x", Tagging="end=yes&more=1")
	s3.put_object(Bucket=b, Key="other", Body=b"x", Tagging="end=no")
	s3.put_object(Bucket=b, Key="large", Body=b"x" * 2000)
	lifecycle(b, rule("tags", {"Tag": {"Key": "end", "Value": "yes"}}, Expiration={"Date": PAST}),
		  rule("sizes", {"ObjectSizeGreaterThan": 1999}, Expiration={"Date": PAST}),
		  rule("prefix", {"Prefix": "tmp/"}, Expiration={"Days": 1}),
		  rule("off", Status="Disabled", Expiration={"Date": PAST}))
	wait_until(lambda: keys(b) == ["other"], lambda: "the end of all but one: %s" % keys(b))
	house.audit()


@test
def where_versions_are_kept_a_marker_comes_first_and_goes_last():
	b = bucket("named", "Enabled")
	first = s3.put_object(Bucket=b, Key="k", Body=b"1")["VersionId"]
	second = s3.put_object(Bucket=b, Key="k", Body=b"2")["VersionId"]
	lifecycle(b, rule(Expiration={"Date": PAST}))
	wait_until(lambda: len(versions(b)[1]) == 1, "the marker")
	have, markers = versions(b)
	eq(have, [("k", second), ("k", first)])
	lifecycle(b, rule(Expiration={"ExpiredObjectDeleteMarker": True}),
		  rule("keep", NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}))
	wait_until(lambda: versions(b) == ([("k", second)], markers), "the end of the oldest")
	lifecycle(b, rule(Expiration={"ExpiredObjectDeleteMarker": True}), rule("all", NoncurrentVersionExpiration={"NoncurrentDays": 1}))
	wait_until(lambda: versions(b) == ([], []), "the end of all of it")
	wait_until(lambda: (ended("version"), ended("marker")) == (2, 1), "the numbers")
	s3.delete_bucket(Bucket=b)
	house.audit()


@test
def uploads_that_nobody_completes_are_aborted():
	b = bucket("parts")
	mine = s3.create_multipart_upload(Bucket=b, Key="a/k")["UploadId"]
	other = s3.create_multipart_upload(Bucket=b, Key="b/k")["UploadId"]
	s3.upload_part(Bucket=b, Key="a/k", UploadId=mine, PartNumber=1, Body=b"x" * 1000)
	lifecycle(b, rule(filter={"Prefix": "a/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
	wait_until(lambda: [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=b).get("Uploads", [])] == [other], "the end of it")
	refused(("NoSuchUpload", 404), s3.upload_part, Bucket=b, Key="a/k", UploadId=mine, PartNumber=1, Body=b"x")
	wait_until(lambda: ended("upload") == 1, "the number")
	house.audit()



@test
def answers_tell_when_a_rule_will_end_the_object():
	b = bucket("told")
	never = [rule("a b/ü", {"Prefix": "in/"}, Expiration={"Date": datetime.datetime(2061, 1, 1, tzinfo=datetime.timezone.utc)}),
		 rule("tag", {"Tag": {"Key": "t", "Value": "1"}}, Expiration={"Date": datetime.datetime(2060, 2, 1, tzinfo=datetime.timezone.utc)})]
	told = lambda a: a.headers.get("x-amz-expiration")
	eq(told(wire.ask("PUT", "/told/in/k", b"x")), None)
	lifecycle(b, *never)
	plain = 'expiry-date="Sat, 01 Jan 2061 00:00:00 GMT", rule-id="a%20b%2F%C3%BC"'
	tagged = 'expiry-date="Sun, 01 Feb 2060 00:00:00 GMT", rule-id="tag"'
	up = s3.create_multipart_upload(Bucket=b, Key="in/m")["UploadId"]
	etag = s3.upload_part(Bucket=b, Key="in/m", UploadId=up, PartNumber=1, Body=b"x")["ETag"]
	done = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>" % etag
	for method, target, body, headers, want in (
			("PUT", "in/k", b"x", {}, plain), ("GET", "in/k", b"", {}, plain), ("HEAD", "in/k", b"", {}, plain),
			("GET", "in/k", b"", {"range": "bytes=0-0"}, plain), ("GET", "in/k?versionId=null", b"", {}, None),
			("PUT", "in/t", b"x", {"x-amz-tagging": "t=1"}, tagged), ("GET", "in/t", b"", {}, tagged),
			("PUT", "in/c", b"", {"x-amz-copy-source": "/told/in/t"}, tagged), ("PUT", "out", b"x", {}, None), ("GET", "out", b"", {}, None),
			("POST", "in/m?uploadId=" + up, done.encode(), {}, plain), ("GET", "in/none", b"", {}, None)):
		eq(told(wire.ask(method, "/told/" + target, body, headers)), want, "%s %s" % (method, target))
	s3.delete_bucket_lifecycle(Bucket=b)
	eq(told(wire.ask("GET", "/told/in/k")), None)


@test
def a_daemon_that_dies_while_rules_end_things_ends_each_of_them_once():
	b, old, stay = bucket("killed", "Enabled"), ["old/%03d" % i for i in range(240)], ["stay/%d" % i for i in range(20)]
	ids = {key: s3.put_object(Bucket=b, Key=key, Body=key.encode())["VersionId"] for key in old + stay}
	uploads = [s3.create_multipart_upload(Bucket=b, Key="old/u")["UploadId"] for _ in range(30)]
	markers = lambda: [m["Key"] for p in house.s3.get_paginator("list_object_versions").paginate(Bucket=b) for m in p.get("DeleteMarkers", [])]
	lifecycle(b, rule(filter={"Prefix": "old/"}, Expiration={"Date": PAST}),
		  rule("parts", {"Prefix": "old/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
	for share in 1, 80, 160:
		wait_until(lambda: len(markers()) >= share, "the end of %d" % share)
		house.kill()
		house.start()
	wait_until(lambda: len(markers()) >= len(old), lambda: "the end of all: %d" % len(markers()))
	wait_until(lambda: "Uploads" not in house.s3.list_multipart_uploads(Bucket=b), "the end of %d uploads" % len(uploads))
	eq(sorted(markers()), old)
	page = [v for p in house.s3.get_paginator("list_object_versions").paginate(Bucket=b) for v in p.get("Versions", [])]
	eq({v["Key"]: v["VersionId"] for v in page}, ids)
	eq([o["Key"] for o in house.s3.list_objects_v2(Bucket=b)["Contents"]], sorted(stay))
	for key in old[0], old[120], old[-1]:
		eq(house.explain(key, b).count("deleted"), 1, key)
	eq("deleted" in house.explain(stay[0], b), False)
	house.audit()


run(house)
