"""Versions, delete markers and tags, as clients see them; and thumbnails that follow the current version."""
from lib import House, eq, photo, plain, refused, run, test, wait_until
from wire import Wire

house = House(retry_base_ms=50)
s3 = house.s3
wire = Wire(house)
ALL = ["large.jpg", "medium.webp", "small.webp"]
NONE = "0" * 32


def bucket(name, *states):
	s3.create_bucket(Bucket=name)
	for state in states:
		s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": state})
	return name


def put(b, key, body=b"x", **more):
	return s3.put_object(Bucket=b, Key=key, Body=body, **more).get("VersionId")


def versions(b, **more):
	"""What there is, in order: (key, id, latest, "D" of a marker)."""
	got = s3.list_object_versions(Bucket=b, **more)
	rows = [(v["Key"], v["VersionId"], v["IsLatest"], "") for v in got.get("Versions", [])]
	return rows + [(m["Key"], m["VersionId"], m["IsLatest"], "D") for m in got.get("DeleteMarkers", [])]


def clean(b):
	for key, version, _, _ in versions(b):
		s3.delete_object(Bucket=b, Key=key, VersionId=version)
	s3.delete_bucket(Bucket=b)


@test
def thumbnails_follow_the_current_version():
	s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})

	def width():
		return plain(house.row("a.jpg")["width"])

	def shown(pixels):
		wait_until(lambda: house.row("a.jpg") and width() == str(pixels), "the row of %d" % pixels)
		eq(house.thumbnails("a.jpg"), ALL)
		eq(house.image("a.jpg/medium.webp").size, (min(pixels, 480), min(pixels, 480) // 2))

	def gone():
		wait_until(lambda: house.row("a.jpg") is None and house.thumbnails("a.jpg") == [], "the end of thumbnails and row")

	first = put("photos", "a.jpg", photo(400, 200))
	shown(400)
	second = put("photos", "a.jpg", photo(300, 150))
	shown(300)
	marker = s3.delete_object(Bucket="photos", Key="a.jpg")
	eq(marker["DeleteMarker"], True)
	gone()
	eq(" versions=3 " in house.audit(), True)
	s3.delete_object(Bucket="photos", Key="a.jpg", VersionId=marker["VersionId"])
	shown(300)
	s3.delete_object(Bucket="photos", Key="a.jpg", VersionId=second)
	shown(400)
	eq(s3.head_object(Bucket="photos", Key="a.jpg")["VersionId"], first)
	house.audit()
	told = house.explain("a.jpg")
	eq(told.count("current again"), 2, told)
	eq("version id " + first in told, True, told)
	s3.delete_object(Bucket="photos", Key="a.jpg", VersionId=first)
	gone()
	eq(versions("photos"), [])
	house.audit()


@test
def a_key_has_all_its_versions_until_each_is_deleted():
	b = bucket("named", "Enabled")
	one, two = put(b, "k", b"one"), put(b, "k", b"two")
	eq((len(one), one != two), (32, True))
	a = s3.get_object(Bucket=b, Key="k")
	eq((a["VersionId"], a["Body"].read()), (two, b"two"))
	a = s3.get_object(Bucket=b, Key="k", VersionId=one)
	eq((a["VersionId"], a["Body"].read()), (one, b"one"))
	eq(s3.head_object(Bucket=b, Key="k", VersionId=one)["ContentLength"], 3)
	gone = s3.delete_object(Bucket=b, Key="k")
	marker = gone["VersionId"]
	eq(versions(b), [("k", two, False, ""), ("k", one, False, ""), ("k", marker, True, "D")])
	eq(s3.list_objects_v2(Bucket=b)["KeyCount"], 0)
	for method in "GET", "HEAD":
		a = wire.ask(method, "/named/k")
		eq((a.status, a.headers["x-amz-delete-marker"], a.headers["x-amz-version-id"]), (404, "true", marker))
		a = wire.ask(method, "/named/k?versionId=" + marker)
		eq((a.status, a.headers["x-amz-delete-marker"], a.headers["allow"]), (405, "true", "DELETE"))
	eq(wire.ask("GET", "/named/k?versionId=" + marker).code, "MethodNotAllowed")
	refused(("NoSuchVersion", 404), s3.get_object, Bucket=b, Key="other", VersionId=one)
	for wrong in "abc", NONE, two[:-1] + ("0" if two[-1] != "0" else "1"), "":
		a = wire.ask("GET", "/named/k?versionId=" + wrong)
		eq((a.status, a.code, a.text("ArgumentName")), (400, "InvalidArgument", "versionId"))
	refused(("BucketNotEmpty", 409), s3.delete_bucket, Bucket=b)
	gone = s3.delete_object(Bucket=b, Key="k", VersionId=two)
	eq((gone["VersionId"], gone.get("DeleteMarker")), (two, None))
	gone = s3.delete_object(Bucket=b, Key="k", VersionId=marker)
	eq((gone["VersionId"], gone["DeleteMarker"]), (marker, True))
	eq(s3.get_object(Bucket=b, Key="k")["VersionId"], one)
	eq(s3.delete_object(Bucket=b, Key="k", VersionId=two)["ResponseMetadata"]["HTTPStatusCode"], 204)
	eq(s3.delete_object(Bucket=b, Key="never")["DeleteMarker"], True)
	clean(b)


@test
def where_versioning_is_suspended_there_is_one_null_version():
	b = bucket("paused")
	eq(put(b, "k", b"0"), None)
	eq("VersionId" in s3.head_object(Bucket=b, Key="k"), False)
	s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Enabled"})
	named = put(b, "k", b"1")
	eq(versions(b), [("k", named, True, ""), ("k", "null", False, "")])
	eq(s3.get_object(Bucket=b, Key="k", VersionId="null")["Body"].read(), b"0")
	s3.put_bucket_versioning(Bucket=b, VersioningConfiguration={"Status": "Suspended"})
	eq(s3.get_bucket_versioning(Bucket=b)["Status"], "Suspended")
	eq(put(b, "k", b"2"), None)
	eq(versions(b), [("k", "null", True, ""), ("k", named, False, "")])
	eq(s3.head_object(Bucket=b, Key="k")["VersionId"], "null")
	eq(put(b, "k", b"3"), None)
	eq(versions(b), [("k", "null", True, ""), ("k", named, False, "")])
	eq(s3.delete_object(Bucket=b, Key="k")["VersionId"], "null")
	eq(versions(b), [("k", named, False, ""), ("k", "null", True, "D")])
	eq(put(b, "k", b"4"), None)
	eq(versions(b), [("k", "null", True, ""), ("k", named, False, "")])
	s3.delete_object(Bucket=b, Key="k", VersionId="null")
	eq(s3.get_object(Bucket=b, Key="k")["Body"].read(), b"1")
	clean(b)


@test
def versions_are_listed_in_pages():
	b = bucket("paged", "Enabled")
	want = []
	for key in "a/1", "a/2", "b", "c d":
		ids = [put(b, key) for _ in range(3)]
		want += [(key, i) for i in reversed(ids)]
	marker = s3.delete_object(Bucket=b, Key="b")["VersionId"]
	want.insert(6, ("b", marker))

	def walk(**how):
		got, more = [], {}
		while True:
			page = s3.list_object_versions(Bucket=b, **how, **more)
			rows = page.get("Versions", []) + page.get("DeleteMarkers", [])
			got.append(sorted((r["Key"], r["VersionId"]) for r in rows) + [p["Prefix"] for p in page.get("CommonPrefixes", [])])
			if not page["IsTruncated"]:
				return got
			more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker")}
			more = {k: v for k, v in more.items() if v}
	for size in 1, 2, 5, 13, 1000:
		pages = walk(MaxKeys=size)
		eq(sorted(sum(pages, [])), sorted(want), "%d at a time" % size)
		eq(len(pages), -(-13 // size), "pages of %d" % size)
	eq(walk(MaxKeys=1, Delimiter="/", Prefix="a"), [["a/"]])
	for size in 1, 2, 100:
		eq(sum(walk(MaxKeys=size, Delimiter="/"), []).count("a/"), 1)
		eq(len(sum(walk(MaxKeys=size, Delimiter="/"), [])), 8)
	eq(walk(Prefix="a/2", MaxKeys=2), [sorted(want[3:5]), [want[5]]])
	eq([v[0] for v in versions(b, KeyMarker="b")], ["c d"] * 3)
	eq(s3.list_object_versions(Bucket=b, MaxKeys=0)["IsTruncated"], False)
	eq("c+d" in wire.ask("GET", "/paged?versions&encoding-type=url").body.decode(), True)
	for query, why in (("version-id-marker=" + NONE, "without a key marker"), ("key-marker=a&version-id-marker=x", "Invalid version id"),
			   ("key-marker=a&version-id-marker=", "cannot be empty"), ("max-keys=x", "max-keys"), ("encoding-type=x", "Encoding Method")):
		a = wire.ask("GET", "/paged?versions&" + query)
		eq((a.status, a.code, why in a.body.decode()), (400, "InvalidArgument", True), query)
	refused("NoSuchBucket", s3.list_object_versions, Bucket="nowhere")
	clean(b)


@test
def a_bucket_says_whether_it_has_versions():
	b = bucket("state")
	eq("Status" in s3.get_bucket_versioning(Bucket=b), False)
	for body, code in ((b"<VersioningConfiguration/>", "IllegalVersioningConfigurationException"), (b"<x/>", "MalformedXML"), (b"", "MalformedXML"),
			   (b"<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>", "MalformedXML"),
			   (b"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", "NotImplemented")):
		eq(wire.ask("PUT", "/state?versioning", body).code, code)
	refused("NoSuchBucket", s3.put_bucket_versioning, Bucket="nowhere", VersioningConfiguration={"Status": "Enabled"})
	eq("Status" in s3.get_bucket_versioning(Bucket=b), False)
	clean(b)


@test
def many_deletions_name_versions_and_markers():
	b = bucket("many", "Enabled")
	one, two = put(b, "k", b"1"), put(b, "k", b"2")
	a = s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": "k"}, {"Key": "k", "VersionId": one}, {"Key": "k", "VersionId": "abc"}]})
	marker = a["Deleted"][0]["DeleteMarkerVersionId"]
	eq(a["Deleted"], [{"Key": "k", "DeleteMarker": True, "DeleteMarkerVersionId": marker}, {"Key": "k", "VersionId": one}])
	eq([(e["Code"], e["VersionId"]) for e in a["Errors"]], [("InvalidArgument", "abc")])
	a = s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": "k", "VersionId": marker}]})
	eq(a["Deleted"], [{"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}])
	for version in "", "?versionId=" + two:
		a = wire.ask("DELETE", "/many/k" + version, headers={"if-match": '"%s"' % ("0" * 32)})
		eq((a.status, a.code), (412, "PreconditionFailed"))
	eq(versions(b), [("k", two, True, "")])
	clean(b)


@test
def copies_parts_and_conditions_know_versions():
	b = bucket("made", "Enabled")
	one, two = put(b, "k", b"one"), put(b, "k", b"two")
	a = s3.copy_object(Bucket=b, Key="k", CopySource={"Bucket": b, "Key": "k", "VersionId": one})
	eq((a["CopySourceVersionId"], a["VersionId"] != one), (one, True))
	eq(s3.get_object(Bucket=b, Key="k")["Body"].read(), b"one")
	marker = s3.delete_object(Bucket=b, Key="k")["VersionId"]
	refused("NoSuchKey", s3.copy_object, Bucket=b, Key="c", CopySource={"Bucket": b, "Key": "k"})
	refused("InvalidRequest", s3.copy_object, Bucket=b, Key="c", CopySource={"Bucket": b, "Key": "k", "VersionId": marker})
	refused("NoSuchVersion", s3.copy_object, Bucket=b, Key="c", CopySource={"Bucket": b, "Key": "k", "VersionId": "null"})
	refused("InvalidArgument", s3.copy_object, Bucket=b, Key="c", CopySource={"Bucket": b, "Key": "k", "VersionId": "x"})
	a = wire.ask("PUT", "/made/k", b"three", {"if-none-match": "*"})		# a marker is no object
	eq((a.status, len(a.headers["x-amz-version-id"])), (200, 32))
	eq(wire.ask("PUT", "/made/k", b"", {"if-none-match": "*"}).code, "PreconditionFailed")
	up = s3.create_multipart_upload(Bucket=b, Key="big", Tagging="by=parts")["UploadId"]
	etag = s3.upload_part(Bucket=b, Key="big", UploadId=up, PartNumber=1, Body=b"part")["ETag"]
	done = s3.complete_multipart_upload(Bucket=b, Key="big", UploadId=up, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
	a = wire.ask("HEAD", "/made/big")
	eq((a.headers["x-amz-version-id"], a.headers["x-amz-tagging-count"]), (done["VersionId"], "1"))
	eq(s3.get_object_tagging(Bucket=b, Key="big")["TagSet"], [{"Key": "by", "Value": "parts"}])
	clean(b)


def tags(**kv):
	return {"TagSet": [{"Key": k, "Value": v} for k, v in kv.items()]}


@test
def tags_belong_to_a_version():
	b = bucket("tagged", "Enabled")
	one = put(b, "k", Tagging="a=1&b=x%20y")
	two = put(b, "k")
	eq(s3.get_object_tagging(Bucket=b, Key="k")["TagSet"], [])
	a = s3.get_object_tagging(Bucket=b, Key="k", VersionId=one)
	eq((a["TagSet"], a["VersionId"]), (tags(a="1", b="x y")["TagSet"], one))
	eq((s3.get_object(Bucket=b, Key="k", VersionId=one)["TagCount"], "TagCount" in s3.get_object(Bucket=b, Key="k")), (2, False))
	eq(s3.put_object_tagging(Bucket=b, Key="k", Tagging=tags(c="ü", d=""))["VersionId"], two)
	eq(s3.get_object_tagging(Bucket=b, Key="k")["TagSet"], tags(c="ü", d="")["TagSet"])
	eq(s3.head_object(Bucket=b, Key="k")["VersionId"], two)
	s3.delete_object_tagging(Bucket=b, Key="k", VersionId=one)
	eq(s3.get_object_tagging(Bucket=b, Key="k", VersionId=one)["TagSet"], [])
	s3.copy_object(Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "k"})
	eq(s3.get_object_tagging(Bucket=b, Key="copy")["TagSet"], tags(c="ü", d="")["TagSet"])
	s3.copy_object(Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "k"}, TaggingDirective="REPLACE", Tagging="e=5")
	eq(s3.get_object_tagging(Bucket=b, Key="copy")["TagSet"], tags(e="5")["TagSet"])
	s3.copy_object(Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "k"}, TaggingDirective="REPLACE")
	eq(s3.get_object_tagging(Bucket=b, Key="copy")["TagSet"], [])
	refused("InvalidArgument", s3.copy_object, Bucket=b, Key="copy", CopySource={"Bucket": b, "Key": "k"}, TaggingDirective="KEEP")
	marker = s3.delete_object(Bucket=b, Key="k")["VersionId"]
	for more in {}, {"VersionId": marker}:
		refused(("MethodNotAllowed", 405), s3.get_object_tagging, Bucket=b, Key="k", **more)
		refused(("MethodNotAllowed", 405), s3.put_object_tagging, Bucket=b, Key="k", Tagging=tags(a="1"), **more)
		refused(("MethodNotAllowed", 405), s3.delete_object_tagging, Bucket=b, Key="k", **more)
	clean(b)


@test
def tags_that_s3_would_refuse_are_refused():
	b = bucket("strict")
	put(b, "k")
	many = {"k%d" % i: "v" for i in range(11)}
	for wrong, code in ((tags(**{"a" * 129: "v"}), "InvalidTag"), (tags(a="v" * 257), "InvalidTag"), (tags(**{"a,b": "v"}), "InvalidTag"), (tags(a="<"), "InvalidTag"), (tags(**{"aws:a": "v"}), "InvalidTag"),
			    ({"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "InvalidTag"), (tags(**many), "BadRequest")):
		refused((code, 400), s3.put_object_tagging, Bucket=b, Key="k", Tagging=wrong)
	eq(wire.ask("PUT", "/strict/k?tagging", b"<Tagging><TagSet><Tag><Key></Key><Value/></Tag></TagSet></Tagging>").code, "InvalidTag")
	for wrong in "a=1&a=2", "a=%ff", "a=%2":
		refused(("InvalidArgument", 400), s3.put_object, Bucket=b, Key="never", Tagging=wrong)
	refused(("InvalidTag", 400), s3.put_object, Bucket=b, Key="never", Tagging="aws:a=1")
	refused("NoSuchKey", s3.get_object, Bucket=b, Key="never")
	for body in b"", b"<x/>", b"<Tagging/>", b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>":
		eq(wire.ask("PUT", "/strict/k?tagging", body).code, "MalformedXML")
	s3.put_object_tagging(Bucket=b, Key="k", Tagging=tags(**{"ä" * 128: "v" * 256, "a.b:/=+-@_ c": ""}))
	eq(s3.get_object(Bucket=b, Key="k")["TagCount"], 2)
	s3.put_object_tagging(Bucket=b, Key="k", Tagging={"TagSet": []})
	eq("TagCount" in s3.get_object(Bucket=b, Key="k"), False)
	refused("NoSuchKey", s3.put_object_tagging, Bucket=b, Key="none", Tagging=tags(a="1"))
	refused("NoSuchBucket", s3.put_object_tagging, Bucket="nowhere", Key="k", Tagging=tags(a="1"))
	refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=b)
	s3.put_bucket_tagging(Bucket=b, Tagging=tags(**{"k%d" % i: "v" for i in range(50)}))
	eq(len(s3.get_bucket_tagging(Bucket=b)["TagSet"]), 50)
	refused("BadRequest", s3.put_bucket_tagging, Bucket=b, Tagging=tags(**{"k%d" % i: "v" for i in range(51)}))
	s3.delete_bucket_tagging(Bucket=b)
	refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=b)
	clean(b)


@test
def the_audit_finds_nothing_to_complain_about():
	house.audit()


run(house)
