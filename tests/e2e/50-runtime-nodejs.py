"""The runtime client for Node.js: what it asks, posts, logs and how it ends, for handlers of every kind (facts of AWS's own client)."""
import base64
import json
import re
import time

from lib import eq, run, test
from runtime_api import ARN, Function


def nodejs(code, handler="index.handler", name="index.js", files=None, **more):
	return Function("nodejs", dict({name: code}, **(files or {})), handler, **more)


def answers(code, body=b"{}", name="index.js", **headers):
	f = nodejs(code, name=name)
	try:
		return f.answer(body, **headers)
	finally:
		f.end()


@test
def an_event_is_answered_and_the_next_one_asked_for():
	f = nodejs("let calls = 0;\nexports.handler = async (event) => ({ calls: ++calls, event });")
	eq(f.answer(b'{"key":"value"}'), b'{"calls":1,"event":{"key":"value"}}')
	r = f.invoke(b'[1, 2.5, null, true, "\xf0\x9f\x93\xb7"]')
	eq(r.method, "POST")
	eq(r.headers["content-type"], "application/json")
	eq(r.body, '{"calls":2,"event":[1,2.5,null,true,"\U0001f4f7"]}'.encode())
	f.comes_back()
	eq(f.api.nexts, 3)
	eq(f.end().printed, "")


@test
def every_json_value_passes():
	f = nodejs("exports.handler = async (event) => event;")
	for text in (b'"str"', b"42", b"null", b'{"a":[]}', b'"\xe2\x80\xa8"', b'{"' + b"x" * 3000000 + b'":1}', b"[" + b"1," * 100000 + b"1]"):
		eq(f.answer(text), text)
	eq(f.answer(b' { "a" : 1 } '), b'{"a":1}')
	f.end()


@test
def nothing_is_null():
	f = nodejs("exports.handler = (e, c, done) => [async () => {}, () => done(), () => done(null, undefined), () => c.succeed(), () => {}][e]();")
	for kind in range(5):
		eq(f.answer(b"%d" % kind), b"null")
	f.end()


@test
def a_callback_waits_for_the_event_loop_unless_told_not_to():
	f = nodejs("""
let late = 'no';
exports.handler = (event, context, callback) => {
	const answer = { late };
	setTimeout(() => { answer.late = 'yes'; }, 50);
	context.callbackWaitsForEmptyEventLoop = event;
	callback(null, answer);
	callback(null, 'only the first counts');
};""")
	eq(f.answer(b"true"), b'{"late":"yes"}')
	eq(f.answer(b"false"), b'{"late":"no"}')
	f.end()


@test
def a_promise_does_not_wait():
	f = nodejs("exports.handler = async () => { const o = { a: 1 }; setTimeout(() => { o.a = 2; }, 60000); return o; };")
	eq(f.answer(), b'{"a":1}')
	f.comes_back()
	f.end()


@test
def errors_of_every_kind_have_their_json():
	f = nodejs("""
class Mine extends Error { constructor(m) { super(m); this.name = 'Mine'; this.extra = 1; } }
const ways = {
	thrown() { throw new TypeError('t'); },
	rejected: async () => { throw new Mine('m'); },
	called: (c, done) => done(new RangeError('r')),
	text: (c, done) => done('only text'),
	rejectedText: () => Promise.reject('no error'),
	number: async () => { throw 7; },
	failed: (c) => c.fail(new Mine('f')),
	failedWithNothing: (c) => c.fail(),
	done: (c) => c.done(new Mine('d'), 'ignored'),
	named() { throw Object.assign(new Error('n'), { name: 'a\\r\\nb: \xe4' }); },
	circular: async () => { const a = {}; a.a = a; return a; },
	big: async () => ({ n: 1n }),
};
exports.handler = (event, context, callback) => ways[event](context, callback);""")
	for way, kind, message in (("thrown", "TypeError", "t"), ("rejected", "Mine", "m"), ("called", "RangeError", "r"),
				   ("text", "string", "only text"), ("rejectedText", "string", "no error"), ("number", "number", "7"),
				   ("failed", "Mine", "f"), ("failedWithNothing", "string", "handled"), ("done", "Mine", "d"),
				   ("circular", "Error", "Unable to stringify response body"), ("big", "Error", "Unable to stringify response body")):
		r = f.error(json.dumps(way).encode())
		error = json.loads(r.body)
		eq(list(error), ["errorType", "errorMessage", "trace"], way)
		eq((error["errorType"], error["errorMessage"]), (kind, message), way)
		eq(r.headers["lambda-runtime-function-error-type"], kind, way)
		if kind in ("string", "number"):
			eq(error["trace"], [], way)
	named = f.error(b'"named"')
	eq((json.loads(named.body)["errorType"], named.headers["lambda-runtime-function-error-type"]), ("a\r\nb: \xe4", "a??b:??"))
	error = json.loads(f.error(b'"thrown"').body)
	eq(error["trace"][0], "TypeError: t")
	eq(error["trace"][1].startswith("    at Object.thrown (%s/index.js:4:" % f.home), True)
	cause = json.loads(r.headers["lambda-runtime-function-xray-error-cause"])
	eq(cause["exceptions"][0]["message"], "Unable to stringify response body")
	error = json.loads(f.error(b'{"a":').body)
	eq(error["errorType"], "SyntaxError")
	f.end()
	texts = [frame.text for frame in f.framed]
	eq({frame.type for frame in f.framed}, {0xA55A0017})
	what = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t(\S+)\tERROR\tInvoke Error \t(\{.*\})\n", texts[1])
	eq(what is not None, True, texts[1])
	eq({k: v for k, v in json.loads(what.group(2)).items() if k != "stack"}, {"errorType": "Mine", "errorMessage": "m", "name": "Mine", "extra": 1})


@test
def the_context_has_what_it_has_on_aws():
	code = """
exports.handler = async (event, c) => [c.awsRequestId, c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB,
	c.logGroupName, c.logStreamName, c.callbackWaitsForEmptyEventLoop, 0 < c.getRemainingTimeInMillis() && c.getRemainingTimeInMillis() <= 3000,
	c.clientContext, c.identity, process.env._X_AMZN_TRACE_ID, process.env._LAMBDA_TELEMETRY_LOG_FD];"""
	f = nodejs(code)
	got = json.loads(f.answer(Lambda_Runtime_Client_Context='{"custom":{"a":"\xe4"}}', Lambda_Runtime_Cognito_Identity='{"cognitoIdentityId":"me"}'))
	eq(got, [f.request, "probe", "$LATEST", ARN, "128", "/aws/lambda/probe", "2026/11/24/[$LATEST]0", True, True, {"custom": {"a": "\xe4"}},
		 {"cognitoIdentityId": "me"}, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0", None])
	eq(json.loads(f.answer(Lambda_Runtime_Trace_Id=None))[9:], [None] * 4)
	eq(json.loads(f.error(Lambda_Runtime_Client_Context="{").body)["errorMessage"].startswith("Cannot parse ClientContext as json: SyntaxError"), True)
	f.end()


@test
def modules_of_every_kind_are_handlers():
	cjs, esm = "exports.handler = async () => require('path').basename(__filename);", "export const handler = async () => import.meta.url.split('/').pop();"
	module = {"package.json": '{"type":"module"}'}
	for name, code, files in (("index.js", cjs, {}), ("index.cjs", cjs, module), ("index.mjs", esm, {}), ("index.js", esm, module),
				  ("index.js", cjs, {"index.mjs": "not read"}), ("index.mjs", esm, {"package.json": "{"}),
				  ("index.js", cjs, {"package.json": '{"type":"commonjs"}'})):
		f = nodejs(code, name=name, files=files)
		eq(f.answer(), json.dumps(name).encode())
		f.end()
	f = nodejs("export const handler = async () => value;\nconst value = await new Promise((r) => setTimeout(r, 10, 'awaited'));", name="index.mjs")
	eq(f.answer(), b'"awaited"')
	f.end()


@test
def handler_strings_name_folders_objects_and_packages():
	deep = "exports.a = { b: { c: async () => 'deep' } };"
	for handler, files in (("src/app.a.b.c", {"src/app.js": deep}), ("src/app.a.b.c", {"src/app/index.js": deep}), ("app.a.b.c", {"app": deep}),
			       ("pack.a.b.c", {"node_modules/pack/index.js": deep})):
		f = Function("nodejs", files, handler)
		eq(f.answer(), b'"deep"')
		f.end()


def init_error(code, handler="index.handler", status=129, **more):
	f = nodejs(code, handler, **more)
	r = f.init_error()
	eq(f.wait(), status, "exit status")
	f.end()
	return json.loads(r.body), r, f


@test
def what_is_wrong_with_a_handler_is_told_at_init():
	good = "exports.handler = async () => 1; exports.text = 'x';"
	for handler, kind, message in (
		("index", "MalformedHandlerName", "Bad handler"),
		("../x.handler", "MalformedHandlerName", "'../x.handler' is not a valid handler name. "
		 "Use absolute paths when specifying root directories in handler names."),
		("x.handler", "ImportModuleError", "Error: Cannot find module 'x'\nRequire stack:\n- /var/runtime/index.mjs"),
		("index.foo", "HandlerNotFound", "index.foo is undefined or not exported"),
		("index.text", "HandlerNotFound", "index.text is not a function")):
		error, r, f = init_error(good, handler)
		eq((error["errorType"], error["errorMessage"]), ("Runtime." + kind, message))
		eq(error["trace"][0], ("Runtime.%s: %s" % (kind, message)).split("\n")[0])
		eq(r.headers["lambda-runtime-function-error-type"], "Runtime." + kind)
		eq("\tundefined\tERROR\tUncaught Exception \t{" in f.framed[0].text, True, f.framed[0].text)
	error, _, _ = init_error("require('nothing-of-that-name');")
	eq(error["errorType"], "Runtime.ImportModuleError")
	eq(error["errorMessage"].startswith("Error: Cannot find module 'nothing-of-that-name'\nRequire stack:\n- "), True)
	for name in ("index.js", "index.mjs"):
		error, _, _ = init_error("const a = ;", name=name)
		eq((error["errorType"], error["errorMessage"]), ("Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"))


@test
def errors_while_a_module_loads_are_init_errors():
	error, _, f = init_error("throw new Error('at init');")
	eq((error["errorType"], error["errorMessage"]), ("Error", "at init"))
	eq(error["trace"][1].startswith("    at Object.<anonymous> (%s/index.js:1:7)" % f.home), True, error["trace"][1])
	error, _, _ = init_error("Promise.reject(new Error('lost')); exports.handler = async () => new Promise(() => {});"
				 "const end = Date.now() + 50; while (Date.now() < end);", status=128)
	eq((error["errorType"], error["errorMessage"]), ("Runtime.UnhandledPromiseRejection", "Error: lost"))
	eq(error["reason"]["errorMessage"], "lost")
	error, _, _ = init_error("exports.handler = (e, c, callback) => callback();", env={"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"})
	eq(error["errorType"], "Runtime.CallbackHandlerDeprecated")


@test
def errors_nobody_caught_end_the_process():
	code = """
exports.handler = (event, context, callback) => {
	if (event === 'thrown') setTimeout(() => { throw new Error('late'); });
	else Promise.reject(new Error('lost'));
};"""
	for event, kind, message, status in (("thrown", "Error", "late", 129), ("rejected", "Runtime.UnhandledPromiseRejection", "Error: lost", 128)):
		f = nodejs(code)
		error = json.loads(f.error(json.dumps(event).encode()).body)
		eq((error["errorType"], error["errorMessage"]), (kind, message))
		eq(f.wait(), status)
		f.end()


@test
def an_error_while_the_next_event_is_awaited_is_told():
	f = nodejs("exports.handler = async () => { setTimeout(() => { throw new Error('afterwards'); }, 100); return 1; };")
	eq(f.answer(), b"1")
	eq(json.loads(f.posted().body)["errorMessage"], "afterwards")
	eq(f.wait(), 129)
	f.end()


@test
def a_promise_that_never_settles_is_an_error():
	f = nodejs("exports.handler = async () => { await new Promise(() => {}); };")
	error = json.loads(f.error().body)
	eq(error["errorType"], "Runtime.NodeJsExit")
	eq(error["errorMessage"].startswith("The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by "
					    "a Promise that was never settled."), True)
	f.comes_back()
	f.end()
	f = nodejs("exports.handler = async (status) => process.exit(status);")
	f.api.give("1", b"3")
	eq(f.wait(), 3)
	f.end()


LOGS = """
exports.handler = async () => {
	console.trace('t');
	console.debug('d');
	console.log('one %d', 1, { two: 2 });
	console.info('two\\nlines');
	console.warn('w');
	console.error('e', new TypeError('bad'));
	console.fatal(new RangeError('worse'));
};"""


@test
def the_console_writes_frames_of_text():
	f = nodejs(LOGS)
	began = time.time()
	f.answer()
	f.end()
	eq(f.printed, "")
	eq([frame.type & 0xff for frame in f.framed], [0x07, 0x0b, 0x0f, 0x0f, 0x13, 0x17, 0x1b])
	eq({frame.type & ~0x1f for frame in f.framed}, {0xA55A0000})
	lines = [frame.text.split("\t", 3) for frame in f.framed]
	eq([line[2] for line in lines], ["TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL"])
	eq({line[1] for line in lines}, {f.request})
	eq([lines[2][3], lines[3][3]], ["one 1 { two: 2 }\n", "two\nlines\n"])
	eq(began - 1 < f.framed[0].at_us / 1e6 < time.time() + 1, True, "time of the frame")


@test
def the_console_writes_frames_of_json():
	f = nodejs(LOGS, env={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"})
	f.answer()
	f.end()
	eq([frame.type for frame in f.framed], [0xA55A000E, 0xA55A000E, 0xA55A0012, 0xA55A0016, 0xA55A001A])
	lines = [json.loads(frame.text) for frame in f.framed]
	eq({k: v for k, v in lines[1].items() if k != "timestamp"}, {"level": "INFO", "requestId": f.request, "message": "two\nlines"})
	eq([lines[3]["errorType"], lines[3]["errorMessage"], lines[3]["message"][:16]], ["TypeError", "bad", "e TypeError: bad"])
	eq([lines[4]["message"]["errorType"], lines[4]["message"]["errorMessage"]], ["RangeError", "worse"])


@test
def without_the_descriptor_an_event_is_a_line():
	f = nodejs(LOGS, frames=False)
	f.answer()
	f.end()
	lines = f.printed.splitlines()[:4] if "\r" not in f.printed else f.printed.split("\n")
	eq(re.sub(r"^\S+", "", lines[3]), "\t%s\tINFO\ttwo\rlines" % f.request)


STREAM = """
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
	if (event.type) stream.setContentType(event.type);
	if (event.head) stream = awslambda.HttpResponseStream.from(stream, event.head);
	for (const piece of event.pieces) {
		stream.write(piece);
		await new Promise((r) => setTimeout(r, 5));
	}
	if (event.fail) throw new TypeError(event.fail);
	if (event.forget) return;
	stream.end(event.last);
});"""


@test
def a_response_is_streamed():
	f = nodejs(STREAM)
	r = f.invoke(b'{"pieces":["one,","",{"two":2}],"last":"!"}')
	eq(r.path, "/2018-06-01/runtime/invocation/%s/response" % f.request)
	eq([r.headers[name] for name in ("lambda-runtime-function-response-mode", "transfer-encoding", "trailer", "content-type")],
	   ["streaming", "chunked", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body", "application/octet-stream"])
	eq((r.body, r.trailers), (b'one,{"two":2}!', {}))
	r = f.invoke(b'{"pieces":["x"],"type":"text/html"}')
	eq((r.headers["content-type"], r.body), ("text/html", b"x"))
	for pieces, want in (('"<p>"', b"<p>"), ("", b"")):
		r = f.invoke(b'{"pieces":[%s],"head":{"statusCode":201,"headers":{"a":"b"},"cookies":[]}}' % pieces.encode())
		eq(r.headers["content-type"], "application/vnd.awslambda.http-integration-response")
		eq(r.body, b'{"statusCode":201,"headers":{"a":"b"},"cookies":[]}' + bytes(8) + want)
	f.comes_back()
	eq(f.end().printed, "")


@test
def an_error_in_the_middle_of_a_stream_is_in_its_trailers():
	f = nodejs(STREAM)
	for pieces in ('"half"', ""):
		r = f.invoke(b'{"pieces":[%s],"fail":"broke"}' % pieces.encode())
		eq(r.body, pieces.strip('"').encode())
		eq(r.trailers["lambda-runtime-function-error-type"], "TypeError")
		error = json.loads(base64.b64decode(r.trailers["lambda-runtime-function-error-body"]))
		eq((error["errorType"], error["errorMessage"]), ("TypeError", "broke"))
	r = f.invoke(b'{"pieces":["x"],"forget":true}')
	eq(json.loads(base64.b64decode(r.trailers["lambda-runtime-function-error-body"]))["errorMessage"], "Response stream is not finished.")
	eq(f.invoke(b'{"pieces":["fine"]}').body, b"fine")
	f.end()


@test
def a_large_stream_is_piped():
	f = nodejs("""
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');
exports.handler = awslambda.streamifyResponse(async (size, stream) => {
	await pipeline(Readable.from((function* () { for (let i = 0; i < size; i += 65536) yield Buffer.alloc(65536, 'x'); })()), stream);
}, { highWaterMark: 1024 });""")
	eq(len(f.invoke(b"20000000").body), 20054016)
	f.end()


@test
def it_ends_when_the_environment_does():
	f = nodejs("exports.handler = async () => 1;")
	f.comes_back()
	f.api.close()
	eq(f.wait(), 1)
	eq(f.end().printed, "")


run()
