"""lambda_api.py - what tests of the Lambda API share: a house in an account of its own, calls that no client checks first, refusals with
their texts.

	from lambda_api import api, create, says
	says("ResourceNotFoundException", 404, "Function not found: ...", api.get_function, FunctionName="x")
"""
import base64
import hashlib
import json
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import functions
from functions import zipped
from lib import House, eq, refused

ACCOUNT = "123456789012"
ROLE = "arn:aws:iam::%s:role/lambda-s3-role" % ACCOUNT
FUNCTION = "arn:aws:lambda:us-east-1:%s:function:" % ACCOUNT
LAYER = "arn:aws:lambda:us-east-1:%s:layer:" % ACCOUNT
ONE = "1 validation error detected: Value "
FAILED = " failed to satisfy constraint: "
RUNTIMES = ("[nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, "
	    "ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2]")

house = House(account=ACCOUNT)
api = house.client("lambda", parameter_validation=False)
code = zipped({"m.py": "def handler(event, context):\n\treturn event\n"})
other = zipped({"m.py": "def handler(event, context):\n\treturn 2\n"})


def says(code_, status, text, call, **named):
	said = refused((code_, status), call, **named)
	eq(said["Error"]["Message"], text, "message")
	return said


def invalid(text, call, **named):
	says("ValidationException", 400, ONE + text, call, **named)


def plain(answer):
	return {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def status(answer):
	return answer["ResponseMetadata"]["HTTPStatusCode"]


def create(name, **more):
	return api.create_function(**dict({"FunctionName": name, "Runtime": "python3.12", "Role": ROLE, "Handler": "m.handler",
					   "Code": {"ZipFile": code}}, **more))


def make(name):
	"""A function with files of its own, ready."""
	return functions.create(house, name, "python3.12", "m.handler", {"m.py": "def handler(event, context):\n\treturn event\n"})


def make_two():
	"""f, with version 1 and its alias live, and g."""
	for name in ("f", "g"):
		make(name)
	api.publish_version(FunctionName="f")
	api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")


def bad_create(text, code_="InvalidParameterValueException", status_=400, **more):
	says(code_, status_, text, create, name="never", **more)
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "never", api.get_function, FunctionName="never")


def aws(*args, **more):
	out = house.aws("lambda", *args, **more)
	return json.loads(out) if out.strip() else None


def authorized(method, path, data):
	request = AWSRequest(method, house.url + path, data=data)
	SigV4Auth(Credentials(house.env["AWS_ACCESS_KEY_ID"], house.env["AWS_SECRET_ACCESS_KEY"]), "lambda", "us-east-1").add_auth(request)
	return request


def signed(method, path, data):
	"""The bytes of a request, for who sends them in pieces."""
	headers = dict(authorized(method, path, data).headers, Host="127.0.0.1:%d" % house.port)
	headers["Content-Length"] = str(len(data))
	head = "".join("%s: %s\r\n" % field for field in headers.items())
	return ("%s %s HTTP/1.1\r\n%s\r\n" % (method, path, head)).encode() + data


def send(method, path, body=None):
	"""Status and parsed answer of a request signed by hand: for what the installed client does not know yet."""
	data = json.dumps(body).encode() if body is not None else b""
	request = authorized(method, path, data)
	try:
		with urllib.request.urlopen(urllib.request.Request(request.url, data or None, dict(request.headers), method=method)) as answer:
			return answer.status, json.loads(answer.read() or b"null")
	except urllib.error.HTTPError as e:
		return e.code, json.loads(e.read())


def sha(data):
	return base64.b64encode(hashlib.sha256(data).digest()).decode()
