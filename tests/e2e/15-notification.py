"""Notification configurations: set, read back, refused; and which uploads they make events of."""
from lib import House, eq, photo, refused, run, test, wait_until
from wire import Wire

house = House()
s3 = house.s3
wire = Wire(house)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:thumbnail"


def rule(events=("s3:ObjectCreated:*",), name="r", arn=ARN, prefix=None, suffix=None):
	r = {"Id": name, "LambdaFunctionArn": arn, "Events": list(events)}
	rules = [{"Name": n, "Value": v} for n, v in (("prefix", prefix), ("suffix", suffix)) if v is not None]
	if rules:
		r["Filter"] = {"Key": {"FilterRules": rules}}
	return r


def put(bucket, *rules, **others):
	s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=dict(others, LambdaFunctionConfigurations=list(rules)))


def get(bucket):
	return s3.get_bucket_notification_configuration(Bucket=bucket).get("LambdaFunctionConfigurations", [])


@test
def the_default_pipeline_is_there_to_be_read():
	eq([r["LambdaFunctionArn"] for r in get("photos")], [ARN] * len(get("photos")))
	eq(get("photos-thumbnails"), [])


@test
def what_was_set_is_read_back():
	s3.create_bucket(Bucket="set")
	want = [rule(name="one", prefix="in/", suffix=".jpg"),
		rule(["s3:ObjectRemoved:Delete", "s3:ObjectCreated:Put"], "two", prefix="out/")]
	put("set", *want)
	got = get("set")
	for r in want + got:
		r["Events"].sort()
		for f in r.get("Filter", {"Key": {"FilterRules": []}})["Key"]["FilterRules"]:
			f["Name"] = f["Name"].lower()
	eq(got, want)
	put("set", {"LambdaFunctionArn": ARN, "Events": ["s3:ObjectTagging:*"]})
	eq(len(get("set")[0]["Id"]), 48)
	put("set")
	eq(get("set"), [])
	refused(("NoSuchBucket", 404), put, "nowhere", rule())
	refused(("NoSuchBucket", 404), get, "nowhere")


@test
def filter_values_are_written_as_keys_in_events_are():
	s3.create_bucket(Bucket="filters")
	for value in ("a+b/", "%C3%BC/", "x=1/", "100%", "(1)"):
		put("filters", rule(prefix=value))
		back = get("filters")[0]["Filter"]["Key"]["FilterRules"][0]
		eq((back["Name"], back["Value"] in (value, "ü/", "100%25")), ("Prefix", True), value)


@test
def rules_that_share_an_event_and_a_key_are_refused():
	s3.create_bucket(Bucket="overlap")
	fine = (
		(rule(name="a", prefix="a/"), rule(name="b", prefix="b/")),
		(rule(name="a", suffix=".jpg"), rule(name="b", suffix=".png")),
		(rule(["s3:ObjectCreated:Put"], "a"), rule(["s3:ObjectCreated:Copy"], "b")),
		(rule(["s3:ObjectCreated:*"], "a"), rule(["s3:ObjectRemoved:*"], "b")),
		(rule(["s3:ObjectTagging:Put"], "a"), rule(["s3:ObjectAcl:Put"], "b")),
		(rule(name="a", prefix="a/", suffix=".jpg"), rule(name="b", prefix="a/", suffix=".png")),
	)
	for pair in fine:
		put("overlap", *pair)
	wrong = (
		(rule(name="a"), rule(["s3:ObjectCreated:Put"], "b")),
		(rule(name="a", prefix="a/"), rule(name="b", prefix="a/b/")),
		(rule(name="a", prefix="a/"), rule(name="b", suffix=".jpg")),
		(rule(name="a", suffix="jpg"), rule(name="b", suffix=".jpg")),
		(rule(["s3:ObjectTagging:*"], "a"), rule(["s3:ObjectTagging:Delete"], "b")),
		(rule(name="a", prefix="a/"), rule(name="a", prefix="b/")),
	)
	for pair in wrong:
		refused(("InvalidArgument", 400), put, "overlap", *pair)
	eq([r["Id"] for r in get("overlap")], ["a", "b"])	# the last good one


@test
def a_destination_must_exist():
	e = refused("InvalidArgument", put, "photos", rule(arn="nonsense"))
	eq(e["Error"]["Message"], "The ARN could not be parsed")
	for arn in (ARN[:-1], ARN + ":live", ARN.replace("us-east-1", "eu-west-1"), ARN.replace("0000", "1111")):
		e = refused("InvalidArgument", put, "photos", rule(arn=arn))
		eq((e["Error"]["Message"], e["Error"]["ArgumentValue1"]), ("Unable to validate the following destination configurations",
			"Not authorized to invoke function [%s]" % arn))
	for name, config in (("QueueConfigurations", {"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q"}),
			     ("TopicConfigurations", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t"})):
		e = refused("InvalidArgument", put, "photos", **{name: [dict(config, Events=["s3:ObjectCreated:*"])]})
		eq("does not exist" in e["Error"]["ArgumentValue1"], True)
	refused(("NotImplemented", 501), put, "photos", EventBridgeConfiguration={})
	refused("InvalidArgument", put, "photos", rule(["s3:Nonsense"]))
	bad = b"<NotificationConfiguration><CloudFunctionConfiguration><CloudFunction>%s</CloudFunction>%s</CloudFunctionConfiguration></NotificationConfiguration>"
	for rest, code in ((b"", "MalformedXML"), (b"<Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>middle</Name>"
			   b"<Value>x</Value></FilterRule></S3Key></Filter>", "InvalidArgument")):
		eq(wire.ask("PUT", "/photos?notification", bad % (ARN.encode(), rest)).code, code)
	eq(wire.ask("PUT", "/photos?notification", b"<What/>").code, "MalformedXML")


@test
def a_new_rule_sends_new_uploads_to_the_function():
	for b in ("camera", "camera-thumbnails"):
		s3.create_bucket(Bucket=b)
	s3.put_object(Bucket="camera", Key="before.jpg", Body=photo(100, 80))
	put("camera", rule(["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], prefix="in/", suffix=".jpg"))
	s3.put_object(Bucket="camera", Key="out/a.jpg", Body=photo(100, 80))
	s3.put_object(Bucket="camera", Key="in/a.jpg", Body=photo(100, 80))
	wait_until(lambda: house.explain("in/a.jpg", "camera").find("attempt") >= 0, "the attempt for in/a.jpg")
	for key in ("before.jpg", "out/a.jpg"):
		eq("attempt" in house.explain(key, "camera"), False, key)


run(house)
