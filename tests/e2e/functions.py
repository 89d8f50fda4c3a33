"""functions.py - what tests of custom functions share: zips, functions out of a few lines, invocations, their logs.

	from functions import create, invoke, logs, zipped
	create(house, "f", "python3.12", "m.handler", {"m.py": "def handler(event, context): return event"})
	answer = invoke(house, "f", {"a": 1})		# .status .error .payload .tail
"""
import base64
import io
import json
import zipfile

from lib import wait_until

ROLE = "arn:aws:iam::000000000000:role/test"


def zipped(files):
	"""Bytes of a zip; a value is text, bytes, or (text or bytes, mode)."""
	out = io.BytesIO()
	with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
		for name, what in files.items():
			data, mode = what if isinstance(what, tuple) else (what, 0o755 if name.endswith("bootstrap") else 0o644)
			entry = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
			entry.external_attr = (0o100000 | mode) << 16
			z.writestr(entry, data)
	return out.getvalue()


def create(house, name, runtime, handler, files, **more):
	answer = house.functions.create_function(FunctionName=name, Runtime=runtime, Handler=handler, Role=ROLE,
						 Code={"ZipFile": zipped(files)}, **more)
	house.functions.get_waiter("function_active_v2").wait(FunctionName=name)
	return answer


def python(house, name, text, **more):
	return create(house, name, "python3.12", "m.handler", {"m.py": text}, **more)


def node(house, name, text, **more):
	return create(house, name, "nodejs20.x", "m.handler", {"m.mjs": text}, **more)


class Answer:
	def __init__(self, said):
		self.status, self.error, self.version = said["StatusCode"], said.get("FunctionError"), said.get("ExecutedVersion")
		self.raw = said["Payload"].read()
		self.payload = json.loads(self.raw) if self.raw else None
		self.tail = base64.b64decode(said.get("LogResult", "")).decode(errors="replace")
		self.request = said["ResponseMetadata"]["RequestId"]


def invoke(house, name, event=None, **more):
	more.setdefault("LogType", "Tail")
	body = event if isinstance(event, bytes) else json.dumps(event).encode()
	return Answer(house.functions.invoke(FunctionName=name, Payload=body, **more))


def later(house, name, event=None, **more):
	"""Asynchronously; the request id."""
	said = house.functions.invoke(FunctionName=name, Payload=json.dumps(event), InvocationType="Event", **more)
	return said["ResponseMetadata"]["RequestId"]


def logs(house, name, pattern=None, count=1):
	"""Messages of the function's log group, once there are so many that match."""
	def there():
		more = {"filterPattern": pattern} if pattern else {}
		try:
			found = house.logs.filter_log_events(logGroupName="/aws/lambda/" + name, **more)["events"]
		except house.logs.exceptions.ResourceNotFoundException:
			return None
		return [e["message"] for e in found] if len(found) >= count else None
	return wait_until(there, "%d lines of %s in the log of %s" % (count, pattern, name))
