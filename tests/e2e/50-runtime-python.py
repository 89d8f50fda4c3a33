"""The runtime client for Python: what it asks, posts, logs and how it ends, for handlers of every kind (facts of AWS's own client)."""
import json
import sys
import time

from lib import eq, run, test
from runtime_api import ARN, Function

HERE = "%d.%d" % sys.version_info[:2]


def python(code, handler="index.handler", **more):
	return Function("python", {"index.py": code}, handler, **more)


def answers(code, body=b"{}", **headers):
	f = python(code)
	try:
		return f.answer(body, **headers)
	finally:
		f.end()


@test
def an_event_is_answered_and_the_next_one_asked_for():
	f = python("calls = 0\ndef handler(event, context):\n\tglobal calls\n\tcalls += 1\n\treturn {'calls': calls, 'event': event}")
	eq(f.answer(b'{"key":"value"}'), b'{"calls": 1, "event": {"key": "value"}}')
	r = f.invoke(b'[1, 2.5, null, true, "\xf0\x9f\x93\xb7"]')
	eq(r.method, "POST")
	eq(r.headers["content-type"], "application/json")
	eq(json.loads(r.body), {"calls": 2, "event": [1, 2.5, None, True, "\U0001f4f7"]})
	f.comes_back()
	eq(f.api.nexts, 3)
	eq(f.end().printed, "")


@test
def every_json_value_passes():
	echo = "def handler(event, context):\n\treturn event"
	for text in (b'"str"', b"42", b"null", b' {"a" : [ ] } ', b"-1.5e3", b'"\\u2028\\ud83d\\ude00"', b'{"' + b"x" * 300000 + b'":1}'):
		eq(json.loads(answers(echo, text)), json.loads(text))


@test
def other_content_types_pass_as_bytes():
	eq(answers("def handler(event, context):\n\treturn [str(type(event)), len(event)]", b"\x00\x01", Content_Type="image/png"),
	   b'["<class \'bytes\'>", 2]')
	f = python("def handler(event, context):\n\treturn b'\\x00raw'")
	r = f.invoke()
	eq((r.headers["content-type"], r.body), ("application/unknown", b"\x00raw"))
	f.end()


@test
def text_is_escaped_as_the_version_asked_for_does():
	for env, want in (("AWS_Lambda_python3.11", b'"\\u00e4"'), ("AWS_Lambda_python3.12", '"\xe4"'.encode())):
		f = python("def handler(event, context):\n\treturn '\\xe4'", env={"AWS_EXECUTION_ENV": env})
		eq(f.answer(), want)
		f.end()


@test
def names_and_texts_of_any_kind_are_told():
	f = python("class \xc4rger(Exception): pass\ndef handler(event, context):\n\tif event: raise \xc4rger('\\udc80 \U0001f4f7')\n\treturn '\\udc80'",
		   env={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"})
	error = json.loads(f.error(b"1").body)
	eq((error["errorType"], error["errorMessage"]), ("\xc4rger", "\udc80 \U0001f4f7"))
	eq(f.answer(b"0"), b'"\\udc80"')
	f.end()
	f = python("def handler(event, context):\n\traise type('a\\r\\nb: c', (Exception,), {})()")
	r = f.error()
	eq((json.loads(r.body)["errorType"], r.headers["lambda-runtime-function-error-type"]), ("a\r\nb: c", "Function.a??b:?c"))
	f.end()


@test
def decimals_keep_their_digits():
	eq(answers("from decimal import Decimal as D\ndef handler(event, context):\n\treturn [D('1.10'), D('NaN'), {'a': D('12345678901234567890')}]"),
	   b'[1.10, NaN, {"a": 12345678901234567890}]')


@test
def the_context_has_what_it_has_on_aws():
	got = json.loads(answers("""
import os
def handler(event, c):
	return [c.aws_request_id, c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, c.log_group_name,
		c.log_stream_name, 0 < c.get_remaining_time_in_millis() <= 3000, c.client_context.custom, c.client_context.client.app_title,
		c.client_context.env, c.identity.cognito_identity_id, os.environ['_X_AMZN_TRACE_ID'][:4]]
""", Lambda_Runtime_Client_Context='{"custom":{"a":"\xe4"},"client":{"app_title":"t"}}',
		Lambda_Runtime_Cognito_Identity='{"cognitoIdentityId":"me"}'))
	eq(got[1:], ["probe", "$LATEST", ARN, "128", "/aws/lambda/probe", "2026/11/24/[$LATEST]0", True, {"a": "\xe4"}, "t", None, "me", "Root"])
	eq(json.loads(answers("def handler(e, c):\n\treturn [c.client_context, c.identity.cognito_identity_id]")), [None, None])


@test
def the_trace_is_taken_away_when_an_event_has_none():
	f = python("import os\ndef handler(e, c):\n\treturn '_X_AMZN_TRACE_ID' in os.environ")
	eq(f.answer(), b"true")
	eq(f.answer(Lambda_Runtime_Trace_Id=None), b"false")
	f.end()


@test
def an_exception_is_an_error_and_the_process_lives():
	f = python("def deep():\n    raise KeyError('x')\n\ndef handler(event, context):\n    if event == 1: deep()\n    return 'fine'")
	r = f.error(b"1")
	error = json.loads(r.body)
	eq(list(error), ["errorMessage", "errorType", "requestId", "stackTrace"])
	eq([error["errorMessage"], error["errorType"], error["requestId"]], ["'x'", "KeyError", f.request])
	eq(error["stackTrace"], ['  File "%s/index.py", line 5, in handler\n    if event == 1: deep()\n' % f.home,
				 '  File "%s/index.py", line 2, in deep\n    raise KeyError(\'x\')\n' % f.home])
	eq(r.headers["lambda-runtime-function-error-type"], "Function.KeyError")
	cause = json.loads(r.headers["lambda-runtime-function-xray-error-cause"])
	eq(cause["exceptions"][0]["stack"][1], {"label": "deep", "path": f.home + "/index.py", "line": 2})
	eq(f.answer(), b'"fine"')
	f.end()
	eq(len(f.framed), 1)
	eq(f.framed[0].type, 0xA55A0017)
	eq(f.framed[0].text, "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n"
	   "\xa0\xa0File \"%s/index.py\", line 5, in handler\n\xa0\xa0\xa0\xa0if event == 1: deep()\n"
	   "\xa0\xa0File \"%s/index.py\", line 2, in deep\n\xa0\xa0\xa0\xa0raise KeyError('x')" % (f.home, f.home))


def init_error(code, handler="index.handler"):
	f = python(code, handler)
	r = f.init_error()
	eq(f.wait(), 1, "exit status")
	f.end()
	return json.loads(r.body), r, f


@test
def what_is_wrong_with_a_handler_is_told_at_init():
	for handler, kind, message in (
		("handler", "Runtime.MalformedHandlerName", "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
		("sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
		("missing.handler", "Runtime.ImportModuleError", "Unable to import module 'missing': No module named 'missing'"),
		("index.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'index'")):
		error, r, _ = init_error("def handler(e, c): pass", handler)
		eq(error, {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": []})
		eq(r.headers["lambda-runtime-function-error-type"], kind)
	error, _, _ = init_error("import nothing_of_that_name")
	eq(error["errorMessage"], "Unable to import module 'index': No module named 'nothing_of_that_name'")


@test
def a_syntax_error_names_its_line():
	error, _, f = init_error("a = 1\n\ndef handler(:\n\tpass\n")
	eq(error["errorType"], "Runtime.UserCodeSyntaxError")
	eq(error["errorMessage"].startswith("Syntax error in module 'index': "), True)
	eq(error["stackTrace"], ['  File "%s/index.py" Line 3\n    def handler(:\n' % f.home])


@test
def an_exception_of_the_module_is_an_init_error():
	error, _, f = init_error("raise ValueError('at init')")
	eq([error["errorMessage"], error["errorType"], error["requestId"]], ["at init", "ValueError", ""])
	eq("importlib" in error["stackTrace"][0], True, "importlib in the trace")
	eq(error["stackTrace"][-1], '  File "%s/index.py", line 1, in <module>\n    raise ValueError(\'at init\')\n' % f.home)


@test
def leaving_is_no_error_but_an_end():
	f = python("import sys\ndef handler(e, c):\n\tprint('bye', end='')\n\tsys.exit(e)")
	f.api.give("1", b"3")
	eq(f.wait(), 3)
	eq(f.end().printed, "bye")
	f = python("def handler(e, c):\n\texit(e)")
	f.api.give("1", b"0")
	eq(f.wait(), 0)
	f.end()


@test
def what_cannot_be_json_is_an_error():
	f = python("import datetime\ndef handler(e, c):\n\tif e == 1: return datetime.date(2026, 1, 1)\n\tl = []\n\tl.append(l)\n\treturn l")
	error = json.loads(f.error(b"1").body)
	eq(error["errorType"], "Runtime.MarshalError")
	eq(error["errorMessage"], "Unable to marshal response: Object of type date is not JSON serializable")
	eq(json.loads(f.error(b"2").body)["errorMessage"], "Unable to marshal response: Circular reference detected")
	error = json.loads(f.error(b'{"a":').body)
	eq(error["errorType"], "Runtime.UnmarshalError")
	eq(error["errorMessage"], "Unable to unmarshal input: Expecting value: line 1 column 6 (char 5)")
	error = json.loads(f.error(b"1", Lambda_Runtime_Client_Context="{").body)
	eq(error["errorType"], "Runtime.LambdaContextUnmarshalError")
	f.end()


LOGS = """
import logging
log = logging.getLogger()
log.setLevel(logging.INFO)
def handler(event, context):
	print("plain")
	log.debug("not shown")
	log.info("two\\nlines")
	logging.getLogger("mine").warning("w %d", 1, extra={"photo": "a.jpg"})
	try:
		1 / 0
	except ZeroDivisionError:
		log.exception("it broke")
"""


@test
def records_are_frames_of_text():
	f = python(LOGS)
	began = time.time()
	f.answer()
	f.end()
	eq(f.printed, "plain\n")
	eq([hex(frame.type) for frame in f.framed], ["0xa55a0003"] * 3)
	stamp, request, message = f.framed[0].text.split("\t", 3)[1:]
	eq((f.framed[0].text[:6], request, message), ("[INFO]", f.request, "two\nlines\n"))
	eq(len(stamp), len("2026-11-22T01:02:03.456Z"))
	eq(began - 1 < f.framed[0].at_us / 1e6 < time.time() + 1, True, "time of the frame")
	eq(f.framed[1].text.startswith("[WARNING]\t"), True)
	eq("ZeroDivisionError: division by zero" in f.framed[2].text, True)


@test
def records_are_frames_of_json():
	f = python(LOGS, env={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"})
	f.answer()
	f.end()
	eq([hex(frame.type) for frame in f.framed], ["0xa55a000e", "0xa55a0012", "0xa55a0016"])
	lines = [json.loads(frame.text) for frame in f.framed]
	eq({k: v for k, v in lines[0].items() if k != "timestamp"},
	   {"level": "INFO", "message": "two\nlines", "logger": "root", "requestId": f.request})
	eq([lines[1]["level"], lines[1]["logger"], lines[1]["message"], lines[1]["photo"]], ["WARNING", "mine", "w 1", "a.jpg"])
	eq([lines[2]["errorType"], lines[2]["errorMessage"]], ["ZeroDivisionError", "division by zero"])
	eq("stackTrace" in lines[2] and "location" in lines[2], True)
	f = python("def handler(e, c):\n\traise OSError('no')", env={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
	f.error()
	f.end()
	eq(f.framed[0].type, 0xA55A0016)
	line = json.loads(f.framed[0].text)
	eq([line["level"], line["errorType"], line["requestId"]], ["ERROR", "OSError", f.request])


@test
def the_level_asked_for_is_the_root_loggers():
	code = "import logging\ndef handler(e, c):\n\tlogging.info('i')\n\tlogging.warning('w')\n\tlogging.error('e')"
	for level, want in ((None, ["[WARNING]", "[ERROR]"]), ("ERROR", ["[ERROR]"]), ("TRACE", ["[INFO]", "[WARNING]", "[ERROR]"])):
		f = python(code, env={"AWS_LAMBDA_LOG_LEVEL": level} if level else {})
		f.answer()
		f.end()
		eq([frame.text.split("\t")[0] for frame in f.framed], want)


@test
def without_the_descriptor_records_go_to_standard_output():
	f = python(LOGS + "\tcontext.log('raw\\n')\n\traise IndexError('last')", frames=False)
	f.error()
	f.end()
	lines = f.printed.split("\n")
	eq(lines[0], "plain")
	eq("raw\n" in f.printed, True)
	eq(lines[-2].startswith("[ERROR] IndexError: last\rTraceback (most recent call last):\r"), True, "the error is one line")
	eq("_LAMBDA_TELEMETRY_LOG_FD" in f.printed, False)


@test
def modules_come_from_the_function_its_folders_and_the_path():
	files = {"src/deep/app.py": "from src.deep import other\nimport sys\ndef handler(e, c):\n\treturn [other.X, sys.path[:3]]",
		 "src/deep/other.py": "X = 7"}
	for handler in ("src/deep/app.handler", "src.deep.app.handler"):
		f = Function("python", files, handler)
		x, path = json.loads(f.answer())
		eq([x, path], [7, [f.home, "/opt/python/lib/python%s/site-packages" % HERE, "/opt/python"]])
		f.end()


@test
def an_old_botocore_finds_the_services():
	code = """
import boto3
def handler(event, context):
	given = boto3.client('s3', endpoint_url='http://127.0.0.1:7')
	return [boto3.client('s3').meta.endpoint_url, boto3.resource('dynamodb').meta.client.meta.endpoint_url, given.meta.endpoint_url]
"""
	env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000",
	       "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
	f = python(code, env=env)
	eq(json.loads(f.answer()), ["http://127.0.0.1:9000", "http://127.0.0.1:8000", "http://127.0.0.1:7"])
	f.end()


@test
def it_ends_when_the_environment_does():
	f = python("def handler(e, c): pass")
	f.comes_back()
	f.api.close()
	eq(f.wait(), 1)
	eq(f.end().printed, "")


run()
