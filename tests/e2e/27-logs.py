"""What functions print, by the clients of CloudWatch Logs: groups, streams and events by boto3, and `aws logs` with its tail that follows."""
import json
import os
import re
import subprocess
import time

from lib import House, eq, photo, refused, run, test, wait_until

house = House()
logs = house.client("logs", parameter_validation=False)
REGION = "us-east-1"


def now():
	return int(time.time() * 1000)


def says(code, text, call, **named):
	eq(refused((code, 400), call, **named)["Error"]["Message"], text, "message")


def group(name, *streams, **named):
	logs.create_log_group(logGroupName=name, **named)
	for s in streams:
		logs.create_log_stream(logGroupName=name, logStreamName=s)


def put(name, stream, *messages, at=None, step=1):
	at = now() if at is None else at
	logs.put_log_events(logGroupName=name, logStreamName=stream,
			    logEvents=[{"timestamp": at + step * i, "message": m} for i, m in enumerate(messages)])
	return at


def texts(page):
	return [e["message"] for e in page["events"]]


@test
def groups_are_made_described_kept_for_some_days_and_deleted():
	group("/app/one")
	group("/app/two")
	says("ResourceAlreadyExistsException", "The specified log group already exists", logs.create_log_group, logGroupName="/app/one")
	logs.put_retention_policy(logGroupName="/app/one", retentionInDays=7)
	one, two = logs.describe_log_groups(logGroupNamePrefix="/app/")["logGroups"]
	arn = "arn:aws:logs:%s:000000000000:log-group:/app/one" % REGION
	eq((one["logGroupName"], one["arn"], one["storedBytes"], one["metricFilterCount"], one["retentionInDays"]), ("/app/one", arn + ":*", 0, 0, 7))
	eq((two["logGroupName"], "retentionInDays" in two), ("/app/two", False))
	logs.delete_retention_policy(logGroupName="/app/one")
	eq("retentionInDays" in logs.describe_log_groups(logGroupNamePrefix="/app/one")["logGroups"][0], False)
	page = logs.describe_log_groups(logGroupNamePrefix="/app/", limit=1)
	eq([g["logGroupName"] for g in page["logGroups"]], ["/app/one"])
	page = logs.describe_log_groups(logGroupNamePrefix="/app/", limit=1, nextToken=page["nextToken"])
	eq(([g["logGroupName"] for g in page["logGroups"]], "nextToken" in page), (["/app/two"], False))
	eq([g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePattern="p/tw")["logGroups"]], ["/app/two"])
	logs.delete_log_group(logGroupName="/app/one")
	says("ResourceNotFoundException", "The specified log group does not exist.", logs.delete_log_group, logGroupName="/app/one")
	eq([g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="/app/")["logGroups"]], ["/app/two"])


@test
def lengths_are_counted_in_characters():
	logs.create_log_stream(logGroupName="/app/two", logStreamName="日" * 512)
	page = logs.describe_log_streams(logGroupName="/app/two", logStreamNamePrefix="日" * 300)
	eq([s["logStreamName"] for s in page["logStreams"]], ["日" * 512])
	says("InvalidParameterException", "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
	     logs.create_log_stream, logGroupName="/app/two", logStreamName="😀" * 257)
	logs.delete_log_stream(logGroupName="/app/two", logStreamName="日" * 512)


@test
def what_is_wrong_with_a_request_is_told_in_awss_words():
	says("InvalidParameterException", "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
	     logs.create_log_group, logGroupName="n" * 513)
	says("InvalidParameterException", "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: "
	     "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+", logs.create_log_group, logGroupName="a b")
	says("InvalidParameterException", "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
	     "Member must have value less than or equal to 10000", logs.filter_log_events, logGroupName="/app/two", limit=10001)
	says("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
	     logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="b")
	says("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
	     logs.describe_log_streams, logGroupName="/app/two", logGroupIdentifier="/app/two")
	says("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.", logs.describe_log_streams,
	     logGroupName="/app/two", orderBy="LastEventTime", logStreamNamePrefix="a")
	says("ResourceNotFoundException", "The specified log group does not exist.", logs.create_log_stream, logGroupName="none", logStreamName="s")
	says("ResourceNotFoundException", "The specified log stream does not exist.", logs.get_log_events, logGroupName="/app/two", logStreamName="s")
	says("InvalidParameterException", "The specified nextToken is invalid.", logs.filter_log_events, logGroupName="/app/two", nextToken="x")
	says("InvalidParameterException", "Invalid character(s) in term 'a-b'", logs.filter_log_events, logGroupName="/app/two", filterPattern="a-b")
	refused(("InvalidParameterException", 400), logs.filter_log_events, logGroupName="/app/two", filterPattern="%a.b%")
	refused(("InvalidParameterException", 400), logs.put_retention_policy, logGroupName="/app/two", retentionInDays=2)
	says("NotImplemented", "StartQuery is not implemented", logs.start_query, logGroupName="/app/two", startTime=0, endTime=1, queryString="x")
	says("NotImplemented", "Parameter kmsKeyId is not implemented", logs.create_log_group, logGroupName="k", kmsKeyId="arn:x")


@test
def tags_are_kept_with_the_group_and_go_with_it():
	arn = "arn:aws:logs:%s:000000000000:log-group:/tagged" % REGION
	says("ResourceNotFoundException", "The specified resource does not exist.", logs.list_tags_for_resource, resourceArn=arn)
	group("/tagged", tags={"a": "1", "b": "2"})
	logs.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
	logs.untag_resource(resourceArn=arn, tagKeys=["a", "never"])
	eq(logs.list_tags_for_resource(resourceArn=arn)["tags"], {"b": "3", "c": ""})
	refused(("TooManyTagsException", 400), logs.tag_resource, resourceArn=arn, tags={"k%d" % i: "" for i in range(49)})
	logs.delete_log_group(logGroupName="/tagged")
	group("/tagged")
	eq(logs.list_tags_for_resource(resourceArn=arn)["tags"], {})


@test
def streams_are_listed_both_ways_by_name_and_by_time():
	group("/streams", "a", "b", "c")
	put("/streams", "b", "x", at=now() - 2000)
	put("/streams", "a", "x", at=now() - 1000)

	def names(**how):
		found = []
		for page in logs.get_paginator("describe_log_streams").paginate(logGroupName="/streams", PaginationConfig={"PageSize": 2}, **how):
			found += [s["logStreamName"] for s in page["logStreams"]]
		return "".join(found)

	eq([names(), names(descending=True)], ["abc", "cba"])
	eq([names(orderBy="LastEventTime"), names(orderBy="LastEventTime", descending=True)], ["cba", "abc"])
	eq(names(logStreamNamePrefix="b"), "b")
	a, = logs.describe_log_streams(logGroupName="/streams", logStreamNamePrefix="a")["logStreams"]
	eq(a["arn"], "arn:aws:logs:%s:000000000000:log-group:/streams:log-stream:a" % REGION)
	eq((a["firstEventTimestamp"] == a["lastEventTimestamp"] <= a["lastIngestionTime"], a["storedBytes"]), (True, 0))
	logs.delete_log_stream(logGroupName="/streams", logStreamName="a")
	eq(names(), "bc")
	eq(texts(logs.filter_log_events(logGroupName="/streams")), ["x"])


@test
def events_are_read_in_pages_forwards_and_backwards():
	group("/pages", "s", "other")
	at = put("/pages", "s", *["line %d" % i for i in range(10)], at=now() - 60000)
	put("/pages", "other", "no")

	def get(**named):
		return logs.get_log_events(logGroupName="/pages", logStreamName="s", limit=4, **named)

	def numbers(page):
		return "".join(t[-1] for t in texts(page))

	page = get(startFromHead=True)
	eq((numbers(page), page["events"][0]["timestamp"]), ("0123", at))
	page = get(nextToken=page["nextForwardToken"])
	page = get(nextToken=page["nextForwardToken"])
	eq(numbers(page), "89")
	end = get(nextToken=page["nextForwardToken"])
	eq((texts(end), end["nextForwardToken"]), ([], page["nextForwardToken"]), "at the end the token stays")
	eq(numbers(get(nextToken=end["nextBackwardToken"])), "6789")
	put("/pages", "s", "line a", at=now() - 1)
	eq(texts(get(nextToken=end["nextForwardToken"])), ["line a"])
	page = get()
	eq(numbers(page), "789a", "the newest first, in the order of time")
	page = get(nextToken=page["nextBackwardToken"])
	page = get(nextToken=page["nextBackwardToken"])
	eq(numbers(page), "012")
	start = get(nextToken=page["nextBackwardToken"])
	eq((texts(start), start["nextBackwardToken"]), ([], page["nextBackwardToken"]))
	eq(numbers(get(nextToken=start["nextForwardToken"])), "0123")
	eq(numbers(get(startFromHead=True, startTime=at + 3, endTime=at + 5)), "34")
	eq(re.fullmatch(r"f/\d{56}/s", page["nextForwardToken"]) is not None, True)


@test
def a_batch_must_be_in_order_and_what_is_too_old_or_too_new_is_told():
	group("/batch", "s")
	def send(*times, message="x"):
		return logs.put_log_events(logGroupName="/batch", logStreamName="s", sequenceToken="any",
					   logEvents=[{"timestamp": t, "message": message} for t in times])
	at, day = now(), 86400000
	for times, message, text in (
			((at, at - 1), "x", "Log events in a single PutLogEvents request must be in chronological order."),
			((at - day - 1, at), "x", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."),
			((at,) * 5, "x" * 250000, "Upload too large: 1250130 bytes exceeds limit of 1048576"),
			((at,), "x" * 262144, "Log event too large: 262170 bytes exceeds limit of 262144")):
		says("InvalidParameterException", text, lambda: send(*times, message=message))
	eq(send(at - 20 * day, at - 20 * day)["rejectedLogEventsInfo"], {"tooOldLogEventEndIndex": 2})
	told = send(at, at + 3 * 3600000)
	eq(told["rejectedLogEventsInfo"], {"tooNewLogEventStartIndex": 1})
	logs.put_retention_policy(logGroupName="/batch", retentionInDays=1)
	eq(send(at - 26 * 3600000)["rejectedLogEventsInfo"], {"expiredLogEventEndIndex": 1})
	eq("rejectedLogEventsInfo" in send(at), False)
	eq(len(logs.filter_log_events(logGroupName="/batch")["events"]), 2)


@test
def events_are_found_by_terms_and_by_what_their_json_says():
	group("/find", "s", "t")
	at = now()
	put("/find", "s", "[ERROR 400] BAD REQUEST", "[ERROR 419] MISSING ARGUMENTS", "fine", at=at)
	put("/find", "t", json.dumps({"level": "ERROR", "ms": 12.5}), json.dumps({"level": "INFO", "ms": 3}), at=at + 10)

	def found(pattern, **named):
		return [e["message"][:11] for e in logs.filter_log_events(logGroupName="/find", filterPattern=pattern, **named)["events"]]

	eq(found("ERROR -BAD"), ["[ERROR 419]", '{"level": "'])
	eq(found("?BAD ?fine"), ["[ERROR 400]", "fine"])
	eq(found('"BAD REQUEST"'), ["[ERROR 400]"])
	eq(found('{ $.level = "ERROR" && $.ms > 12 }'), ['{"level": "'])
	eq(found('{ $.level = "*" }'), ['{"level": "'] * 2)
	eq(found("[type = ERROR*, ...]"), ["[ERROR 400]", "[ERROR 419]"])
	eq(found("", logStreamNames=["s"]), ["[ERROR 400]", "[ERROR 419]", "fine"])
	eq(len(found("", logStreamNames=["s", "t"])), 5)
	eq(len(found("", logStreamNamePrefix="t")), 2)
	eq(found("", startTime=at + 1, endTime=at + 2), ["[ERROR 419]"])
	says("ResourceNotFoundException", "The specified log stream does not exist.", logs.filter_log_events, logGroupName="/find",
	     logStreamNames=["s", "none"])
	pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName="/find", PaginationConfig={"PageSize": 2}))
	ids = [e["eventId"] for p in pages for e in p["events"]]
	eq((len(pages), len(set(ids)), ids == sorted(ids)), (3, 5, True))


@test
def a_search_that_finds_little_goes_on_page_by_page():
	group("/large", "s")
	at = now() - 100000
	for i in range(3):
		put("/large", "s", *["line"] * 9999, "needle", at=at + i, step=0)
	page = logs.filter_log_events(logGroupName="/large", filterPattern="needle")
	eq((len(page["events"]), "nextToken" in page), (2, True))
	page = logs.filter_log_events(logGroupName="/large", filterPattern="needle", nextToken=page["nextToken"])
	eq((len(page["events"]), "nextToken" in page), (1, False))
	eq(len(logs.get_log_events(logGroupName="/large", logStreamName="s", startFromHead=True)["events"]), 10000)


@test
def a_long_pattern_looks_at_less_in_one_request():
	group("/long", "s")
	needle = "y" * 1000
	put("/long", "s", *["y" * 200000] * 3, "a " + needle, at=now() - 1000, step=0)
	page, pages = logs.filter_log_events(logGroupName="/long", filterPattern=needle), 1
	eq((page["events"], "nextToken" in page), ([], True))
	while "nextToken" in page:
		page, pages = logs.filter_log_events(logGroupName="/long", filterPattern=needle, nextToken=page["nextToken"]), pages + 1
	eq([e["message"] for e in page["events"]], ["a " + needle])
	eq("nextToken" in logs.filter_log_events(logGroupName="/long", filterPattern="y"), False)


@test
def the_command_line_client_shows_what_a_function_logged():
	house.s3.put_object(Bucket="photos", Key="a.jpg", Body=photo())
	house.row_where("a.jpg", status="done")
	shown = json.loads(house.aws("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda"))["logGroups"]
	eq([g["logGroupName"] for g in shown], ["/aws/lambda/thumbnail"])
	streams = json.loads(house.aws("logs", "describe-log-streams", "--log-group-name", "/aws/lambda/thumbnail", "--order-by", "LastEventTime",
				       "--descending"))["logStreams"]
	eq(re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams[0]["logStreamName"]) is not None, True)
	events = json.loads(house.aws("logs", "get-log-events", "--log-group-name", "/aws/lambda/thumbnail", "--log-stream-name",
				      streams[0]["logStreamName"]))["events"]
	eq([e["message"].split()[0] for e in events], ["START", "END", "REPORT"])
	events = json.loads(house.aws("logs", "filter-log-events", "--log-group-name", "/aws/lambda/thumbnail", "--filter-pattern", "REPORT"))
	eq(len(events["events"]), 1)
	told = house.aws("logs", "tail", "/aws/lambda/thumbnail", "--since", "1h")
	eq(("START RequestId" in told, "REPORT RequestId" in told), (True, True))


@test
def a_tail_follows_what_comes():
	group("/follow", "s")
	put("/follow", "s", "before")
	p = subprocess.Popen(["/usr/bin/aws", "--endpoint-url", house.url, "logs", "tail", "/follow", "--follow", "--since", "5m", "--format", "short"],
			     env=dict(os.environ, PYTHONUNBUFFERED="1", **dict(house.env, HOME=house.home)), stdout=open(house.home + "/tail", "w"))
	def told():
		with open(house.home + "/tail") as f:
			return f.read()
	try:
		wait_until(lambda: "before" in told(), "what was there")
		put("/follow", "s", "after one", "after two")
		wait_until(lambda: "after two" in told(), "what came")
		eq([line.split(None, 1)[1] for line in told().splitlines()], ["before", "after one", "after two"])
	finally:
		p.terminate()
		p.wait()


run(house)
