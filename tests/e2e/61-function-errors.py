"""Every way in which a function can fail, as facts/01 has them: status, header, errorType, message, log, and what the environment is
afterwards."""
import json
import re

from lib import House, eq, refused, run, test
from functions import create, invoke, logs, node, python, zipped

house = House()


def ends(answer, kind, message=None):
	eq((answer.status, answer.error), (200, "Unhandled"), "status and error header of %s" % answer.raw[:300])
	eq(answer.payload["errorType"], kind, "errorType of %r" % answer.payload)
	if message:
		want = message.replace("ID", answer.request)
		eq(answer.payload["errorMessage"], want, "errorMessage")


def bootstrap(name, text, **more):
	create(house, name, "provided.al2023", "x", {"bootstrap": "#!/bin/bash\n" + text}, **more)


@test
def an_exception_is_the_callers_verbatim():
	python(house, "raises", "def handler(event, context):\n    raise ValueError('bad ' + event)\n")
	a = invoke(house, "raises", "luck")
	ends(a, "ValueError", "bad luck")
	eq(a.payload["requestId"], a.request, "request id in the error")
	if not a.payload["stackTrace"] or "m.py" not in a.payload["stackTrace"][0]:
		raise AssertionError(a.payload)
	for word in ("START RequestId: " + a.request, "[ERROR] ValueError: bad luck", "END RequestId: " + a.request, "REPORT RequestId: " + a.request):
		if word not in a.tail:
			raise AssertionError("%s is not in %s" % (word, a.tail))


@test
def an_error_of_node_has_its_trace():
	node(house, "throws", "export const handler = async () => { throw new TypeError('no') }\n")
	a = invoke(house, "throws", {})
	ends(a, "TypeError", "no")
	if not a.payload["trace"][0].startswith("TypeError: no"):
		raise AssertionError(a.payload)


@test
def a_function_that_takes_too_long_is_ended():
	python(house, "slow", "import time\nruns = 0\ndef handler(event, context):\n    global runs\n    runs += 1\n"
	       "    open('/tmp/mark', 'a').write('x')\n    time.sleep(event)\n    return [runs, len(open('/tmp/mark').read())]\n", Timeout=1)
	eq(invoke(house, "slow", 0).payload, [1, 1], "runs and marks of a first invocation")
	a = invoke(house, "slow", 30)
	ends(a, "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
	if not re.search(r"REPORT .*\tDuration: 1000\.\d\d ms\tBilled Duration: 1000 ms\t.*Status: timeout", a.tail):
		raise AssertionError("the report of a timeout: " + a.tail)
	eq(invoke(house, "slow", 0).payload, [1, 3], "runs (new process) and marks (same /tmp) afterwards")


@test
def a_process_that_ends_is_told_with_its_status():
	python(house, "exits", "import os, sys\ndef handler(event, context):\n    sys.stdout.flush()\n    os._exit(event) if event < 100 else os.kill(os.getpid(), event - 100)\n")
	ends(invoke(house, "exits", 0), "Runtime.ExitError", "RequestId: ID Error: Runtime exited without providing a reason")
	ends(invoke(house, "exits", 7), "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 7")
	ends(invoke(house, "exits", 111), "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: signal: segmentation fault")


@test
def memory_past_the_limit_kills():
	python(house, "eats", "def handler(event, context):\n    x = []\n    while True:\n        x.append(bytearray(8 << 20))\n", MemorySize=128, Timeout=60)
	a = invoke(house, "eats", {})
	if a.error != "Unhandled" or a.payload["errorType"] not in ("Runtime.ExitError", "Runtime.OutOfMemory", "MemoryError"):
		raise AssertionError(a.raw)


@test
def what_is_wrong_at_import_comes_with_the_first_invocation():
	python(house, "broken", "raise RuntimeError('at import')\ndef handler(e, c): pass\n")
	a = invoke(house, "broken", {})
	ends(a, "RuntimeError", "at import")
	python(house, "syntax", "def handler(e, c:\n")
	ends(invoke(house, "syntax", {}), "Runtime.UserCodeSyntaxError")
	create(house, "nomodule", "python3.12", "other.handler", {"m.py": ""})
	ends(invoke(house, "nomodule", {}), "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'")
	create(house, "nohandler", "python3.12", "m.other", {"m.py": ""})
	ends(invoke(house, "nohandler", {}), "Runtime.HandlerNotFound", "Handler 'other' missing on module 'm'")
	create(house, "nodenone", "nodejs20.x", "m.other", {"m.mjs": "export const handler = 1\n"})
	ends(invoke(house, "nodenone", {}), "Runtime.HandlerNotFound", "m.other is undefined or not exported")


@test
def a_bootstrap_that_is_not_there_or_does_not_come_up():
	create(house, "none", "provided.al2023", "x", {"readme": "no bootstrap"})
	ends(invoke(house, "none", {}), "Runtime.InvalidEntrypoint",
	     "RequestId: ID Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
	create(house, "plain", "provided.al2023", "x", {"bootstrap": ("#!/bin/bash\n", 0o644)})
	ends(invoke(house, "plain", {}), "Runtime.InvalidEntrypoint")
	bootstrap("dies", "exit 3\n")
	ends(invoke(house, "dies", {}), "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3")


@test
def an_init_that_takes_too_long_is_done_again_inside_the_invocation():
	python(house, "lazy", "import time\ntime.sleep(30)\ndef handler(e, c): pass\n", Timeout=2)
	a = invoke(house, "lazy", {})
	ends(a, "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 2.00 seconds")
	if "INIT_REPORT" not in "".join(logs(house, "lazy", "INIT_REPORT")):
		raise AssertionError("no INIT_REPORT")


@test
def an_answer_past_the_limit_is_an_error_and_the_environment_lives_on():
	python(house, "large", "import os\ndef handler(event, context):\n    return [os.getpid(), 'x' * event]\n", MemorySize=512, Timeout=30)
	pid = invoke(house, "large", 1).payload[0]
	a = invoke(house, "large", 7 << 20)
	ends(a, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes).")
	eq(invoke(house, "large", 1).payload[0], pid, "its process afterwards")
	eq(len(invoke(house, "large", 6 << 20 and 6291000).payload[1]), 6291000, "the largest answer")


@test
def an_error_may_be_as_long_as_an_answer():
	python(house, "complains", "import os\ndef handler(event, context):\n    if event: raise ValueError('x' * event)\n    return os.getpid()\n",
	       MemorySize=512, Timeout=600)
	node(house, "complains-too", "export const handler = async (n) => { if (n) throw new Error('x'.repeat(n)); return process.pid }\n", MemorySize=512, Timeout=600)
	for name, kind in (("complains", "ValueError"), ("complains-too", "Error")):
		pid = invoke(house, name, 0).payload
		ends(invoke(house, name, 2 << 20), kind, "x" * (2 << 20))	# twice that: it is in the trace of Node.js too
		ends(invoke(house, name, 7 << 20), "Function.ResponseSizeTooLarge")	# and long before its timeout
		eq(invoke(house, name, 0).payload, pid, "the process of %s afterwards" % name)


@test
def a_request_past_the_limit_or_not_json_is_refused():
	python(house, "echo", "def handler(event, context):\n    return event\n")
	refused(("RequestEntityTooLargeException", 413), house.functions.invoke, FunctionName="echo", Payload=b'"' + b"x" * (6 << 20) + b'"')
	refused(("RequestEntityTooLargeException", 413), house.functions.invoke, FunctionName="echo", InvocationType="Event",
		Payload=b'"' + b"x" * (1 << 20) + b'"')
	said = refused(("InvalidRequestContentException", 400), house.functions.invoke, FunctionName="echo", Payload=b"{nope")
	if not said["Error"]["Message"].startswith("Could not parse request body into json: Could not parse payload into json: "):
		raise AssertionError(said["Error"]["Message"])
	refused(("ResourceNotFoundException", 404), house.functions.invoke, FunctionName="nobody", Payload=b"{}")
	eq(house.functions.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"], 204, "status of a dry run")
	for body in (b'"text"', b"42", b"null", b'{"a": [1, 2,   3], "emoji": "\xf0\x9f\x93\xb7\xe2\x80\xa8"}'):
		eq(json.loads(invoke(house, "echo", body).raw), json.loads(body), "the echo")
	eq(invoke(house, "echo", b"").payload, {}, "what an empty body becomes")


@test
def an_unserialisable_result_and_a_promise_that_never_settles():
	python(house, "marshal", "def handler(event, context):\n    return {1, 2}\n")
	ends(invoke(house, "marshal", {}), "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable")
	node(house, "rejects", "export const handler = async () => { Promise.reject(new Error('left')); await new Promise((r) => setTimeout(r, 1000)) }\n")
	ends(invoke(house, "rejects", {}), "Runtime.UnhandledPromiseRejection")
	node(house, "never", "export const handler = async () => { await new Promise(() => {}) }\n", Timeout=5)
	ends(invoke(house, "never", {}), "Runtime.NodeJsExit")


@test
def an_environment_is_reused_and_frozen_between():
	python(house, "ticks", "import threading, time\ncount = 0\ndef tick():\n    global count\n    while True:\n        count += 1\n        time.sleep(0.01)\n"
	       "threading.Thread(target=tick, daemon=True).start()\n"
	       "def handler(event, context):\n    time.sleep(event)\n    return [count, context.get_remaining_time_in_millis()]\n")
	import time
	first = invoke(house, "ticks", 0.1).payload
	time.sleep(1)
	second = invoke(house, "ticks", 0).payload
	if second[0] - first[0] > 30:
		raise AssertionError("%d ticks while frozen" % (second[0] - first[0]))
	if not 2000 < second[1] <= 3000:
		raise AssertionError("remaining time %r" % second[1])


EXTENSION = """#!/usr/bin/python3
import http.client, json, os, time
def ask(method, path, head, body=None):
	c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
	c.request(method, "/2020-01-01/extension/" + path, body, head)
	said = c.getresponse()
	return said.headers, json.loads(said.read())
head, _ = ask("POST", "register", {"Lambda-Extension-Name": "listener"}, json.dumps({"events": ["SHUTDOWN"]}))
_, event = ask("GET", "event/next", {"Lambda-Extension-Identifier": head["Lambda-Extension-Identifier"]})
left = event["deadlineMs"] / 1000 - time.time()
print("HEARD", event["eventType"], event["shutdownReason"], 0 < left <= 2, flush=True)
"""


@test
def an_extension_hears_that_minilab_stops():
	layer = house.functions.publish_layer_version(LayerName="listener", Content={"ZipFile": zipped({"extensions/listener": (EXTENSION, 0o755)})})
	python(house, "extended", "def handler(event, context): return 1\n", Layers=[layer["LayerVersionArn"]])
	eq(invoke(house, "extended", {}).payload, 1)
	house.stop()
	house.start()
	eq(logs(house, "extended", "HEARD"), ["HEARD SHUTDOWN spindown True\n"])


run(house)
