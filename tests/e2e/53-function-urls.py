"""Function URLs and answers that leave while the function runs: by curl's and botocore's signatures, plain HTTP, and a runtime that streams."""
import http.client
import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer

from functions import create, invoke, python
from lib import House, eq, run, test, wait_until

# Asks for events, and streams what they say: "n" pieces of "size" bytes; "wait": before the second until that key is in the bucket `signals`;
# "head": a prelude; "fail": an error instead of an end.
BOOTSTRAP = '''#!/usr/bin/python3
import base64, http.client, json, os, time
import boto3
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
api = "/2018-06-01/runtime/invocation/"
c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
	c.request("GET", api + "next")
	r = c.getresponse()
	event = json.loads(r.read())
	want = event.get("queryStringParameters", event)
	c.putrequest("POST", api + r.headers["Lambda-Runtime-Aws-Request-Id"] + "/response")
	c.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
	c.putheader("Content-Type", "application/vnd.awslambda.http-integration-response" if "head" in want else "text/x")
	c.putheader("Transfer-Encoding", "chunked")
	c.endheaders()
	def piece(p):
		c.send(b"%x\\r\\n%s\\r\\n" % (len(p), p))
	if "head" in want:
		piece(want["head"].encode() + bytes(8))
	for i in range(int(want.get("n", 1))):
		if i == 1 and "wait" in want:
			while "Contents" not in s3.list_objects_v2(Bucket="signals", Prefix=want["wait"]):
				time.sleep(0.02)
		piece(b"%d" % i * int(want.get("size", 1)))
	end = b"0\\r\\n"
	if "fail" in want:
		end += b"Lambda-Runtime-Function-Error-Type: Function.Broke\\r\\nLambda-Runtime-Function-Error-Body: " + base64.b64encode(
			json.dumps({"errorType": "Broke", "errorMessage": want["fail"]}).encode()) + b"\\r\\n"
	c.send(end + b"\\r\\n")
	c.getresponse().read()
'''

WEB = '''
import json
def handler(event, context):
	path = event["rawPath"]
	if path == "/echo":
		return event
	if path == "/boom":
		raise ValueError("boom")
	if path == "/id":
		return context.aws_request_id
	return {"statusCode": 203, "headers": {"content-type": "image/png", "x-n": 5}, "cookies": ["a=1; Secure", "b=2"],
		"isBase64Encoded": True, "body": "iVBORw0KGgo="}
'''

house = House(body_ms=600000)
urls = {}


def post(path, body, headers={}):
	"""A request to the Lambda API, signed by hand: for what the installed client does not know yet."""
	request = AWSRequest("POST", house.url + path, data=json.dumps(body), headers=headers)
	SigV4Auth(Credentials(house.env["AWS_ACCESS_KEY_ID"], house.env["AWS_SECRET_ACCESS_KEY"]), "lambda", "us-east-1").add_auth(request)
	return urllib.request.urlopen(urllib.request.Request(house.url + path, json.dumps(body).encode(), dict(request.headers)))


def url(name, auth="NONE", **more):
	with post("/2021-10-31/functions/%s/url" % name, dict(AuthType=auth, **more)) as answer:
		said = json.load(answer)
	urls[name] = said["FunctionUrl"].split("/")[2]
	eq(said["FunctionUrl"], "http://%s/" % urls[name])
	eq(urls[name].split(":")[0].split(".")[1:], ["lambda-url", "us-east-1", "localhost"])


def open_to_all(name):
	house.functions.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*",
				       FunctionUrlAuthType="NONE")


def connect(name, path, method="GET", body=None, headers={}):
	"""An answer whose body is still to be read."""
	c = http.client.HTTPConnection("127.0.0.1", house.port)
	c.request(method, path, body, dict(headers, Host=urls[name]))
	return c.getresponse()


def ask(name, path, method="GET", body=None, headers={}):
	r = connect(name, path, method, body, headers)
	r.text = r.read().decode(errors="replace")
	return r


def signed(name, path, body=b"", secret=None, service="lambda"):
	request = AWSRequest("POST", "http://%s%s" % (urls[name], path), data=body)
	keys = Credentials(house.env["AWS_ACCESS_KEY_ID"], secret or house.env["AWS_SECRET_ACCESS_KEY"])
	SigV4Auth(keys, service, "us-east-1").add_auth(request)
	return ask(name, path, "POST", body, dict(request.headers))


@test
def a_url_needs_a_statement_of_its_function():
	python(house, "web", WEB)
	url("web")
	said = ask("web", "/")
	eq((said.status, said.headers["x-amzn-ErrorType"]), (403, "AccessDeniedException"))
	eq("Forbidden. For troubleshooting Function URL" in json.loads(said.text)["Message"], True)
	open_to_all("web")
	eq(ask("web", "/").status, 203)
	urls["none"] = "abc.lambda-url.us-east-1.on.aws"
	said = ask("none", "/")
	eq((said.status, said.text), (403, '{"Message":null}'))


@test
def what_is_returned_is_the_answer():
	said = ask("web", "/")
	eq((said.status, said.headers["Content-Type"], said.headers["x-n"]), (203, "image/png", "5"))
	eq(said.headers.get_all("Set-Cookie"), ["a=1; Secure", "b=2"])
	eq(said.headers["Content-Length"], "8")
	said = ask("web", "/id")
	eq(said.text, said.headers["x-amzn-RequestId"])
	said = ask("web", "/boom")
	eq((said.status, said.headers["Content-Type"], said.text), (502, "application/json", "Internal Server Error"))
	said = ask("web", "/", "HEAD")
	eq((said.status, said.text), (203, ""))


@test
def the_function_gets_an_event_of_format_2():
	event = json.loads(ask("web", "/echo?multi=a&multi=/b", "POST", '{"x":1}', {"Content-Type": "application/json", "X-Case": "As Sent",
										     "Cookie": "c1=a; c2=b"}).text)
	eq((event["version"], event["rawPath"], event["rawQueryString"]), ("2.0", "/echo", "multi=a&multi=/b"))
	eq(event["queryStringParameters"], {"multi": "a,/b"})
	eq((event["body"], event["isBase64Encoded"], event["cookies"]), ('{"x":1}', False, ["c1=a", "c2=b"]))
	eq((event["headers"]["x-case"], "cookie" in event["headers"]), ("As Sent", False))
	context = event["requestContext"]
	eq((context["accountId"], context["http"]["method"], context["http"]["sourceIp"]), ("anonymous", "POST", "127.0.0.1"))
	eq(context["domainName"], urls["web"].split(":")[0])
	event = json.loads(ask("web", "/echo", "POST", b"\xff\x00", {"Content-Type": "image/png"}).text)
	eq((event["body"], event["isBase64Encoded"]), ("/wA=", True))


@test
def other_origins_are_answered_by_the_configuration():
	house.functions.update_function_url_config(FunctionName="web", Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"],
									      "MaxAge": 300})
	said = ask("web", "/", "OPTIONS", None, {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
	eq((said.status, said.headers["Access-Control-Allow-Origin"], said.headers["Access-Control-Max-Age"]), (200, "https://a.example", "300"))
	eq(ask("web", "/", headers={"Origin": "https://a.example"}).headers["Access-Control-Allow-Origin"], "https://a.example")
	eq(ask("web", "/", headers={"Origin": "https://b.example"}).headers["Access-Control-Allow-Origin"], None)


@test
def a_url_with_aws_iam_wants_a_signature():
	python(house, "inner", WEB)
	url("inner", "AWS_IAM")
	eq(ask("inner", "/echo").status, 403)
	eq(signed("inner", "/echo", secret="no").status, 403)
	eq(signed("inner", "/echo", service="s3").status, 403)
	event = json.loads(signed("inner", "/echo?a=b", b"body").text)
	eq(event["requestContext"]["authorizer"]["iam"]["accessKey"], house.env["AWS_ACCESS_KEY_ID"])
	eq("authorization" in event["headers"], False)


@test
def a_url_of_a_function_that_cannot_run_now_says_so():
	python(house, "none-left", WEB)
	url("none-left")
	open_to_all("none-left")
	house.functions.put_function_concurrency(FunctionName="none-left", ReservedConcurrentExecutions=0)
	said = ask("none-left", "/")
	eq((said.status, json.loads(said.text)), (429, {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User",
							 "message": "Rate Exceeded."}))
	eq(said.headers["Retry-After"], "1")


# Streams

@test
def a_streamed_answer_arrives_while_the_function_runs():
	house.s3.create_bucket(Bucket="signals")
	create(house, "stream", "provided.al2023", "-", {"bootstrap": BOOTSTRAP}, Timeout=60, MemorySize=512)
	url("stream", InvokeMode="RESPONSE_STREAM")
	open_to_all("stream")
	said = connect("stream", "/?n=2&size=3&wait=one")
	eq((said.status, said.headers["Content-Type"], said.headers["Transfer-Encoding"]), (200, "text/x", "chunked"))
	eq(said.read(3), b"000")
	house.s3.put_object(Bucket="signals", Key="one")
	eq(said.read(), b"111")


@test
def a_prelude_has_status_headers_and_cookies():
	head = urllib.request.quote(json.dumps({"statusCode": 418, "headers": {"X-A": "b"}, "cookies": ["c=d"]}))
	said = ask("stream", "/?head=" + head)
	eq((said.status, said.headers["X-A"], said.headers["Set-Cookie"], said.text), (418, "b", "c=d", "0"))
	eq(ask("stream", "/?head=nonsense").status, 502)


@test
def a_stream_that_fails_is_cut():
	said = connect("stream", "/?n=2&fail=why")
	try:
		said.read()
		raise AssertionError("it ended as if nothing were missing")
	except http.client.IncompleteRead as e:
		eq(e.partial, b"01")
	eq(ask("stream", "/?n=1").text, "0")


@test
def clients_that_read_slowly_cost_no_memory():
	each, clients = 6, []		# megabytes: the first six are not slowed
	ask("stream", "/?n=1")
	before = most = house.rss_kb()
	for _ in range(10):
		c = socket.socket()
		c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		c.connect(("127.0.0.1", house.port))
		c.sendall(("GET /?n=%d&size=1000000 HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (each, urls["stream"])).encode())
		clients.append(c)
	for c in clients:		# the others wait meanwhile
		got = 0
		while True:
			data = c.recv(65536)
			if not data:
				break
			got += len(data)
			most = max(most, house.rss_kb())
		eq(got > each * 1000000, True, "all of it came")
	eq(most - before < 30 << 10, True, "%d KB more at most" % (most - before))


@test
def a_long_stream_is_slowed_as_on_lambda():
	began = time.monotonic()
	said = connect("stream", "/?n=8&size=%d" % (1 << 20))
	eq(len(said.read()), 8 << 20)
	eq(time.monotonic() - began > 0.9, True, "two megabytes past the first six take a second")


def streamed(event, headers={}):
	"""The events that InvokeWithResponseStream answers, and its headers."""
	with post("/2021-11-15/functions/stream/response-streaming-invocations", event, headers) as answer:
		eq(answer.headers["Content-Type"], "application/vnd.amazon.eventstream")
		buffer = EventStreamBuffer()
		buffer.add_data(answer.read())
		events = [m.to_response_dict() for m in buffer]
	return [(e["headers"][":event-type"], e["body"]) for e in events], answer.headers


@test
def a_streaming_invocation_is_a_stream_of_messages():
	events, headers = streamed({"n": 3, "size": 100000}, {"X-Amz-Log-Type": "Tail"})
	eq((headers["X-Amz-Executed-Version"], headers["X-Amzn-Remapped-Content-Type"]), ("$LATEST", "text/x"))
	eq(b"".join(body for kind, body in events if kind == "PayloadChunk"), b"0" * 100000 + b"1" * 100000 + b"2" * 100000)
	eq([kind for kind, _ in events].index("InvokeComplete"), len(events) - 1)
	eq(sorted(json.loads(events[-1][1])), ["LogResult"])
	events, _ = streamed({"n": 1, "fail": "why"})
	eq(events[0], ("PayloadChunk", b"0"))
	eq(json.loads(events[1][1]), {"ErrorCode": "Broke", "ErrorDetails": '{"errorType": "Broke", "errorMessage": "why"}'})
	eq(invoke(house, "stream", {"n": 1, "size": 1}).raw, b"0")


@test
def a_streaming_invocation_that_cannot_run_is_refused_as_any_other():
	house.functions.put_function_concurrency(FunctionName="stream", ReservedConcurrentExecutions=0)
	try:
		streamed({})
		raise AssertionError("it ran")
	except urllib.error.HTTPError as e:
		eq((e.code, json.loads(e.read())["Reason"]), (429, "ReservedFunctionConcurrentInvocationLimitExceeded"))
	house.functions.delete_function_concurrency(FunctionName="stream")


# The end

@test
def a_graceful_stop_lets_a_function_finish_that_needs_minilab():
	python(house, "slow", '''
import os, time, boto3
def handler(event, context):
	s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
	s3.put_object(Bucket="signals", Key="begun")
	time.sleep(1)
	s3.put_object(Bucket="signals", Key="ended")
	return [o["Key"] for o in s3.list_objects_v2(Bucket="signals")["Contents"]]
''', Timeout=30, MemorySize=512)
	said = []
	client = threading.Thread(target=lambda: said.append(invoke(house, "slow", {}, LogType="None").payload))
	client.start()
	wait_until(lambda: "begun" in [o["Key"] for o in house.s3.list_objects_v2(Bucket="signals").get("Contents", [])], "the function's beginning")
	house.process.send_signal(signal.SIGTERM)
	client.join()
	eq(said, [["begun", "ended", "one"]])
	eq(house.process.wait(60), 0)
	house.check_log()


run(house)
