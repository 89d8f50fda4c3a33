"""Lists of objects in both versions: order, prefixes, delimiters, pages, encodings; and lists of buckets."""
from lib import House, eq, refused, run, test
from wire import Wire

house = House()
s3 = house.s3
s3.create_bucket(Bucket="box")
wire = Wire(house)
KEYS = ["a", "a b+c", "a/", "a/1", "a/2/x", "a/2/y", "a/3", "b//c", "b/ü", "c", "d/1", "d/2", "z\x7f", "ä", "日"]
for k in KEYS:
	s3.put_object(Bucket="box", Key=k, Body=k.encode())
ORDER = sorted(KEYS, key=lambda k: k.encode())


def keys(answer):
	return [o["Key"] for o in answer.get("Contents", [])]


def commons(answer):
	return [p["Prefix"] for p in answer.get("CommonPrefixes", [])]


@test
def keys_come_in_the_order_of_their_bytes():
	for call in (s3.list_objects, s3.list_objects_v2):
		eq(keys(call(Bucket="box")), ORDER)
	a = s3.list_objects_v2(Bucket="box", FetchOwner=True)
	eq(a["KeyCount"], len(KEYS))
	one = a["Contents"][0]
	eq((one["Size"], one["StorageClass"], one["ETag"]), (1, "STANDARD", '"0cc175b9c0f1b6a831c399e269772661"'))
	eq(len(one["Owner"]["ID"]), 64)


@test
def a_prefix_and_a_delimiter_make_folders():
	a = s3.list_objects_v2(Bucket="box", Delimiter="/")
	eq(keys(a), [k for k in ORDER if "/" not in k])
	eq(commons(a), ["a/", "b/", "d/"])
	eq(a["KeyCount"], len(keys(a)) + 3)
	a = s3.list_objects_v2(Bucket="box", Delimiter="/", Prefix="a/")
	eq((keys(a), commons(a)), (["a/", "a/1", "a/3"], ["a/2/"]))
	a = s3.list_objects_v2(Bucket="box", Delimiter="/", Prefix="b/")
	eq((keys(a), commons(a)), (["b/ü"], ["b//"]))
	a = s3.list_objects_v2(Bucket="box", Prefix="a", Delimiter="+c")
	eq(commons(a), ["a b+c"])
	eq(keys(s3.list_objects_v2(Bucket="box", Prefix="none")), [])
	eq(keys(s3.list_objects_v2(Bucket="box", Delimiter="", Prefix="d")), ["d/1", "d/2"])


@test
def pages_of_any_size_give_everything_once():
	for delimiter in ("", "/", "2"):
		want = s3.list_objects_v2(Bucket="box", Delimiter=delimiter)
		for size in (1, 2, 3, 5, 100):
			for name in ("list_objects", "list_objects_v2"):
				if name == "list_objects" and delimiter == "":
					continue	# its marker is the last key then, which the paginator does itself
				pages = list(s3.get_paginator(name).paginate(Bucket="box", Delimiter=delimiter,
									     PaginationConfig={"PageSize": size}))
				eq([k for p in pages for k in keys(p)], keys(want), "%s by %d with %r" % (name, size, delimiter))
				eq([c for p in pages for c in commons(p)], commons(want))
				eq(all(len(keys(p)) + len(commons(p)) <= size for p in pages), True)
	seen, marker = [], ""
	while True:
		a = s3.list_objects(Bucket="box", MaxKeys=4, Marker=marker)
		eq("NextMarker" in a, False)
		seen += keys(a)
		if not a["IsTruncated"]:
			break
		marker = seen[-1]
	eq(seen, ORDER)


@test
def a_list_can_begin_anywhere():
	for at in ("a/1", "a/1x", "0", "日", "zzz"):
		want = [k for k in ORDER if k.encode() > at.encode()]
		eq(keys(s3.list_objects_v2(Bucket="box", StartAfter=at)), want, "after " + at)
		eq(keys(s3.list_objects(Bucket="box", Marker=at)), want, "marker " + at)
	a = s3.list_objects_v2(Bucket="box", MaxKeys=2)
	b = s3.list_objects_v2(Bucket="box", MaxKeys=2, StartAfter="z", ContinuationToken=a["NextContinuationToken"])
	eq(keys(b), ORDER[2:4])		# the token wins
	for token in ("nonsense", "AAAA", "AAAAAGE="):
		refused("InvalidArgument", s3.list_objects_v2, Bucket="box", ContinuationToken=token)
	eq(wire.ask("GET", "/box?list-type=2&continuation-token=").code, "InvalidArgument")


@test
def limits_are_kept():
	a = s3.list_objects_v2(Bucket="box", MaxKeys=0)
	eq((keys(a), a["IsTruncated"], a["KeyCount"]), ([], False, 0))
	eq(s3.list_objects_v2(Bucket="box", MaxKeys=5000)["MaxKeys"], 1000)
	for text in ("-1", "x", "99999999999"):
		eq(wire.ask("GET", "/box?max-keys=" + text).code, "InvalidArgument")
	eq(wire.ask("GET", "/box?encoding-type=html").code, "InvalidArgument")
	refused(("NoSuchBucket", 404), s3.list_objects_v2, Bucket="nowhere")


@test
def keys_are_encoded_only_when_asked():
	a = wire.ask("GET", "/box?list-type=2&prefix=a%20b")
	eq((a.text("Key"), a.text("Prefix"), a.text("EncodingType")), ("a b+c", "a b", None) if a.xml().find("Contents") is not None else None)
	a = wire.ask("GET", "/box?list-type=2&prefix=a%20b&encoding-type=url&delimiter=%2F&start-after=%C3%A4")
	eq((a.text("Prefix"), a.text("Delimiter"), a.text("StartAfter")), ("a+b", "/", "%C3%A4"))
	a = wire.ask("GET", "/box?prefix=b&encoding-type=url")
	eq([e.text for e in a.xml().iter("Key")], ["b//c", "b/%C3%BC"])


@test
def buckets_are_listed_in_pages():
	for i in range(5):
		s3.create_bucket(Bucket="list-%d" % i)
	names = [b["Name"] for b in s3.list_buckets()["Buckets"]]
	eq(names, sorted(["box", "photos", "photos-thumbnails"] + ["list-%d" % i for i in range(5)]))
	a = wire.ask("GET", "/?max-buckets=2&prefix=list-")
	eq([e.text for e in a.xml().iter("Name")], ["list-0", "list-1"])
	token = a.text("ContinuationToken")
	a = wire.ask("GET", "/?max-buckets=3&prefix=list-&continuation-token=" + token)
	eq([e.text for e in a.xml().iter("Name")], ["list-2", "list-3", "list-4"])
	eq(a.text("ContinuationToken"), None)


@test
def buckets_come_and_go():
	for name in ("ab", "A-b", "a_b", "a..b", "1.2.3.4", "xn--a", "-ab", "x" * 64):
		a = wire.ask("PUT", "/" + name)
		eq((a.status, a.code), (400, "InvalidBucketName"), name)
	s3.create_bucket(Bucket="come")
	s3.create_bucket(Bucket="come")		# the oldest region's way
	eq(s3.head_bucket(Bucket="come")["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"], "us-east-1")
	eq(s3.get_bucket_location(Bucket="come")["LocationConstraint"], None)
	s3.put_object(Bucket="come", Key="x", Body=b"")
	refused(("BucketNotEmpty", 409), s3.delete_bucket, Bucket="come")
	s3.delete_object(Bucket="come", Key="x")
	s3.delete_bucket(Bucket="come")
	refused("404", s3.head_bucket, Bucket="come")
	refused(("NoSuchBucket", 404), s3.delete_bucket, Bucket="come")
	refused("IllegalLocationConstraintException", s3.create_bucket, Bucket="far",
		CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


run(house)
