"""Lists of objects in both versions: order, prefixes, delimiters, pages, encodings; and lists of buckets."""
import time
import urllib.parse

from lib import House, eq, refused, run, test, wait_until
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
	token = urllib.parse.quote(a.text("ContinuationToken"))
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


def outline(a):
	"""Of an answer: its elements with text, each once, in order; of an error its code, message and argument."""
	if a.status != 200:
		return (a.status, a.code, a.text("Message"), a.text("ArgumentName"), a.text("ArgumentValue"))
	return {e.tag: e.text or "" for e in a.xml() if len(e) == 0}


NOT_INTEGER, NEGATIVE = "Provided %s not an integer or within integer range", "Argument %s must be an integer between 0 and 2147483647"
ENCODING = "Invalid Encoding Method specified in Request"
LISTS = {	# what each list says of itself when nothing is asked for, and what its number is called
	"list-type=1": ({"Name": "lists", "Prefix": "", "Marker": "", "MaxKeys": "1000", "IsTruncated": "false"}, "max-keys", "MaxKeys"),
	"list-type=2": ({"Name": "lists", "Prefix": "", "KeyCount": "3", "MaxKeys": "1000", "IsTruncated": "false"}, "max-keys", "MaxKeys"),
	"versions": ({"Name": "lists", "Prefix": "", "KeyMarker": "", "VersionIdMarker": "", "MaxKeys": "1000", "IsTruncated": "false"},
		     "max-keys", "MaxKeys"),
	"uploads": ({"Bucket": "lists", "KeyMarker": "", "UploadIdMarker": "", "NextKeyMarker": "", "NextUploadIdMarker": "", "MaxUploads": "1000",
		     "IsTruncated": "false"}, "max-uploads", "MaxUploads"),
}
# parameters | what of the outline is then otherwise (None: not there)
ECHOES = [
	("list-type=1", "marker=a%20b", {"Marker": "a b"}),
	("list-type=1", "marker=a%20b&encoding-type=url", {"Marker": "a+b", "EncodingType": "url"}),
	("list-type=1", "max-keys=1", {"MaxKeys": "1", "IsTruncated": "true", "NextMarker": None}),
	("list-type=1", "max-keys=1&delimiter=%2F", {"MaxKeys": "1", "IsTruncated": "true", "NextMarker": "a/", "Delimiter": "/"}),
	("list-type=1", "delimiter=&prefix=&marker=", {"Delimiter": None}),
	("list-type=1", "fetch-owner=true&start-after=zzz&continuation-token=x", {"Marker": ""}),
	("list-type=2", "start-after=a%2F1", {"StartAfter": "a/1", "KeyCount": "2"}),
	("list-type=2", "start-after=", {"StartAfter": "", "KeyCount": "3"}),
	("list-type=2", "delimiter=%2F&encoding-type=URL", {"Delimiter": "/", "EncodingType": "URL", "KeyCount": "2"}),
	("list-type=2", "delimiter=%25", {"Delimiter": "%"}),
	("list-type=2", "delimiter=%25&encoding-type=url", {"Delimiter": "%25"}),
	("list-type=2", "prefix=a%2F*~'!&encoding-type=url", {"Prefix": "a/*%7E%27%21", "KeyCount": "0", "EncodingType": "url"}),
	("list-type=2", "marker=zzz&key-marker=zzz", {"KeyCount": "3"}),
	("list-type=2", "max-keys=0", {"MaxKeys": "0", "KeyCount": "0", "NextContinuationToken": None}),
	("versions", "key-marker=a%2F2", {"KeyMarker": "a/2"}),
	("versions", "max-keys=1&delimiter=%2F", {"MaxKeys": "1", "Delimiter": "/", "IsTruncated": "true", "NextKeyMarker": "a/", "NextVersionIdMarker": None}),
	("versions", "max-keys=1&prefix=b", {"MaxKeys": "1", "Prefix": "b"}),
	("versions", "max-keys=1&prefix=a%2F", {"MaxKeys": "1", "Prefix": "a/", "IsTruncated": "true", "NextKeyMarker": "a/1", "NextVersionIdMarker": "null"}),
	("uploads", "prefix=&delimiter=&key-marker=", {"Prefix": None, "Delimiter": None}),
	("uploads", "prefix=a%20&delimiter=%2F&encoding-type=url", {"Prefix": "a+", "Delimiter": "/", "EncodingType": "url"}),
	("uploads", "upload-id-marker=xyz", {"UploadIdMarker": ""}),
	("uploads", "key-marker=k%20m", {"KeyMarker": "k m"}),
]
NUMBERS = [	# sent | told, or the message and the value that it names
	("5", "5"), ("05", "5"), ("", "1000"), ("1000", "1000"), ("1001", "1000"), ("2147483647", "1000"), ("0", "0"), ("-0", "0"),
	("2147483648", (NOT_INTEGER, "2147483648")), ("9" * 30, (NOT_INTEGER, "9" * 30)), ("x", (NOT_INTEGER, "x")), ("%205", (NOT_INTEGER, " 5")),
	("1.0", (NOT_INTEGER, "1.0")), ("-", (NOT_INTEGER, "-")), ("-2147483649", (NOT_INTEGER, "-2147483649")), ("-01", (NEGATIVE, "-1")),
	("-2147483648", (NEGATIVE, "-2147483648")),
]
BAD = [		# of which list | parameters, headers | message, argument, its value
	("versions", "version-id-marker=x", {}, "A version-id marker cannot be specified without a key marker.", "version-id-marker", "x"),
	("versions", "key-marker=a&version-id-marker=x", {}, "Invalid version id specified", "version-id-marker", "x"),
	("uploads", "key-marker=a&upload-id-marker=xyz", {}, "Invalid uploadId marker", "upload-id-marker", "xyz"),
	("list-type=2", "continuation-token=", {}, "The continuation token provided is incorrect", "continuation-token", None),
] + [(name, "encoding-type=" + value, {}, ENCODING, "encoding-type", value) for name in LISTS for value in ("html", "")] + [
	(name, "x=", {"x-amz-optional-object-attributes": "RestoreStatus,Size"}, "Invalid attribute name specified.",
	 "x-amz-optional-object-attributes", "Size") for name in LISTS if name != "uploads"]


@test
def each_list_echoes_what_it_was_asked_for():
	s3.create_bucket(Bucket="lists")
	for key in ("a/1", "a/2", "b"):
		s3.put_object(Bucket="lists", Key=key, Body=b"")
	for name, (plain, param, _) in LISTS.items():
		eq(outline(wire.ask("GET", "/lists?" + name)), plain, name)
		eq(outline(wire.ask("GET", "/lists?" + name, headers={"x-amz-optional-object-attributes": "RestoreStatus"})), plain, name)
	for name, query, change in ECHOES:
		got = outline(wire.ask("GET", "/lists?%s&%s" % (name, query)))
		got.pop("NextContinuationToken", None)
		want = {k: v for k, v in dict(LISTS[name][0], **change).items() if v is not None}
		eq({k: v for k, v in got.items() if k in want or change.get(k, "") is None}, want, "%s&%s" % (name, query))


@test
def each_list_has_its_limits_and_says_so():
	for name, (_, param, element) in LISTS.items():
		for sent, want in NUMBERS:
			a = wire.ask("GET", "/lists?%s&%s=%s" % (name, param, sent))
			if isinstance(want, str):
				eq(outline(a)[element], want, "%s %s=%s" % (name, param, sent))
			elif want[0] is NEGATIVE and name == "versions":
				eq(outline(a), (400, "InvalidArgument", "max-keys cannot be negative", "max-keys", None))
			elif want[0] is NEGATIVE and param == "max-keys":
				eq(outline(a), (400, "InvalidArgument", NEGATIVE % "maxKeys", "maxKeys", want[1]))
			else:
				eq(outline(a), (400, "InvalidArgument", want[0] % param, param, want[1]), "%s %s=%s" % (name, param, sent))
	for name, query, headers, *want in BAD:
		a = wire.ask("GET", "/lists?%s&%s" % (name, query), headers=headers)
		eq(outline(a), (400, "InvalidArgument", *want), "%s&%s" % (name, query))
		eq(wire.ask("GET", "/nowhere?%s&%s" % (name, query), headers=headers).code, "NoSuchBucket")
	a = wire.ask("GET", "/lists?list-type=2&max-keys=1&max-keys=x")		# the first of a name counts
	eq(outline(a)["MaxKeys"], "1")


@test
def uploads_of_a_key_come_in_the_order_of_their_beginning():
	s3.create_bucket(Bucket="open")
	begun = []
	for _ in range(6):	# those of the same millisecond may come in any order
		begun.append(s3.create_multipart_upload(Bucket="open", Key="d/same")["UploadId"])
		last = time.time_ns() // 1000000
		wait_until(lambda: time.time_ns() // 1000000 > last, "the next millisecond")
	other = [s3.create_multipart_upload(Bucket="open", Key=key)["UploadId"] for key in ("e", "d/another")]
	ids = lambda a: [u["UploadId"] for u in a.get("Uploads", [])]
	eq(ids(s3.list_multipart_uploads(Bucket="open")), [other[1]] + begun + [other[0]])
	a = s3.list_multipart_uploads(Bucket="open", KeyMarker="d/same", UploadIdMarker=begun[2], MaxUploads=2)
	eq((ids(a), a["IsTruncated"], a["NextKeyMarker"], a["NextUploadIdMarker"]), (begun[3:5], True, "d/same", begun[4]))
	eq(ids(s3.list_multipart_uploads(Bucket="open", KeyMarker="d/same")), [other[0]])
	for key, marker in (("d/another", begun[0]), ("e", begun[0]), ("d/same", "x")):
		e = refused(("InvalidArgument", 400), s3.list_multipart_uploads, Bucket="open", KeyMarker=key, UploadIdMarker=marker)
		eq((e["Error"]["Message"], e["Error"]["ArgumentValue"]), ("Invalid uploadId marker", marker))
	s3.abort_multipart_upload(Bucket="open", Key="d/same", UploadId=begun[2])		# meanwhile: twice is better than never
	eq(ids(s3.list_multipart_uploads(Bucket="open", KeyMarker="d/same", UploadIdMarker=begun[2])), begun[:2] + begun[3:] + [other[0]])
	a = s3.list_multipart_uploads(Bucket="open", Delimiter="/", MaxUploads=1)
	eq((commons(a), ids(a), a["IsTruncated"], a["NextKeyMarker"], a["NextUploadIdMarker"]), (["d/"], [], True, "d/", ""))
	pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket="open", Delimiter="/", PaginationConfig={"PageSize": 1}))
	eq(([commons(p) for p in pages], [ids(p) for p in pages]), ([["d/"], []], [[], [other[0]]]))
	s3.delete_bucket(Bucket="open")


@test
def parts_are_told_after_their_marker():
	upload = s3.create_multipart_upload(Bucket="lists", Key="p")["UploadId"]
	for number in (2, 5, 9):
		s3.upload_part(Bucket="lists", Key="p", UploadId=upload, PartNumber=number, Body=b"x")
	base = "/lists/p?uploadId=" + upload
	for query, want, parts in (
			("", ("0", "9", "1000", "false"), [2, 5, 9]), ("&part-number-marker=&max-parts=", ("0", "9", "1000", "false"), [2, 5, 9]),
			("&max-parts=2", ("0", "5", "2", "true"), [2, 5]), ("&part-number-marker=2&max-parts=2", ("2", "9", "2", "false"), [5, 9]),
			("&part-number-marker=10", ("10", "0", "1000", "false"), []), ("&max-parts=0", ("0", "0", "0", "false"), []),
			("&max-parts=5000", ("0", "9", "1000", "false"), [2, 5, 9])):
		a = wire.ask("GET", base + query)
		eq(tuple(a.text(n) for n in ("PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated")), want, query)
		eq([int(e.text) for e in a.xml().iter("PartNumber")], parts, query)
	for param in ("part-number-marker", "max-parts"):
		for value in ("x", "2147483648", "1e3"):
			eq(outline(wire.ask("GET", "%s&%s=%s" % (base, param, value))), (400, "InvalidArgument", NOT_INTEGER % param, param, value))
		eq(outline(wire.ask("GET", "%s&%s=-1" % (base, param))), (400, "InvalidArgument", NEGATIVE % param, param, "-1"))
	s3.abort_multipart_upload(Bucket="lists", Key="p", UploadId=upload)


@test
def buckets_are_listed_by_prefix_region_and_token():
	regions = lambda a: [e.text for e in a.xml().iter("BucketRegion")]
	names = lambda a: [e.text for e in a.xml().iter("Name")]
	a = wire.ask("GET", "/")
	eq((regions(a), a.text("Prefix"), a.text("ContinuationToken")), ([], None, None))
	for query in ("prefix=list-", "max-buckets=&prefix=list-", "continuation-token=&prefix=list-", "bucket-region=us-east-1&prefix=list-"):
		a = wire.ask("GET", "/?" + query)
		eq((names(a), regions(a), a.text("Prefix")), (["list-%d" % i for i in range(5)], ["us-east-1"] * 5, "list-"), query)
	a = wire.ask("GET", "/?bucket-region=eu-west-1")
	eq((a.status, names(a)), (200, []))
	eq(names(wire.ask("GET", "/?prefix=LIST-")), [])
	for query, message, name, value in (
			("bucket-region=eu-east-1", "Argument value eu-east-1 is not a valid AWS Region", "bucket-region", "eu-east-1"),
			("max-buckets=0", "Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "0"),
			("max-buckets=-1", NEGATIVE % "max-buckets", "max-buckets", "-1"),
			("max-buckets=10001", "Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "10001"),
			("max-buckets=x", NOT_INTEGER % "max-buckets", "max-buckets", "x"),
			("continuation-token=list-1", "The continuation token provided is incorrect", "continuation-token", "list-1")):
		eq(outline(wire.ask("GET", "/?" + query)), (400, "InvalidArgument", message, name, value))
	seen, more = [], ""
	while more is not None:
		a = wire.ask("GET", "/?max-buckets=2&prefix=list-&continuation-token=" + urllib.parse.quote(more))
		seen, more = seen + names(a), a.text("ContinuationToken")
	eq(seen, ["list-%d" % i for i in range(5)])


run(house)
