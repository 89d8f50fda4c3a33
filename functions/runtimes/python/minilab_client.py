"""minilab_client.py - the client of the Lambda Runtime API for functions in Python: finds the handler, then asks for one event after the other.

What a function can observe is as in AWS's own client: names of errors and their JSON, the context, the root logger, frames on
_LAMBDA_TELEMETRY_LOG_FD, exit statuses. For Python 3.9 and newer.

It is quick to start, because that is what a cold start waits for: a socket and two parts of the json module that are written in C
are all it needs. The rest is read when it is wanted: minilab_errors for the first error, minilab_logging when the function imports
logging, minilab_endpoint when it imports botocore.
"""
import os
import sys
import time

import _socket
import _thread

HERE = os.path.dirname(os.path.abspath(__file__))
API = "/2018-06-01/runtime/"
PIECE = 1 << 16
FRAME_TEXT = 0xA55A0003		# of a frame on the log descriptor, without a level
LOG_FD = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
LOG_LOCK = _thread.allocate_lock()
ASCII_ONLY = os.environ.get("AWS_EXECUTION_ENV", "").endswith(("python3.8", "python3.9", "python3.10", "python3.11"))


class Fault(Exception):
	"""An error that the client itself finds, with the name that Lambda has for it."""

	def __init__(self, kind, message, trace=()):
		super().__init__(message)
		self.kind, self.trace = "Runtime." + kind, list(trace)


class Current:
	"""The event at hand."""
	request = ""


# The Runtime API


class Api:
	def __init__(self, address):
		self.host, _, port = address.rpartition(":")
		self.port = int(port)
		self.agent = "minilab-python/%d.%d.%d" % sys.version_info[:3]
		self.socket = None

	def connect(self):
		self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
		self.socket.connect((self.host, self.port))

	def call(self, method, path, body=b"", headers=""):
		"""Status, headers with names in lower case, body."""
		if self.socket is None:
			self.connect()
		length = "" if method == "GET" else "Content-Length: %d\r\n" % len(body)
		head = "%s %s%s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: %s\r\n%s%s\r\n" % (
			method, API, path, self.host, self.port, self.agent, headers, length)
		self.socket.sendall(head.encode("ascii", "replace") + body)
		return self.answer()

	def answer(self):
		data = bytearray()
		end = -1
		while end < 0:
			end = self.more(data).find(b"\r\n\r\n")
		lines = data[:end].decode("utf-8", "replace").split("\r\n")
		headers = {}
		for line in lines[1:]:
			name, _, value = line.partition(":")
			headers[name.lower()] = value.strip()
		want = end + 4 + int(headers.get("content-length", 0))
		while len(data) < want:
			self.more(data)
		return int(lines[0].split(" ", 2)[1]), headers, bytes(data[end + 4:want])

	def more(self, data):
		piece = self.socket.recv(PIECE)
		if not piece:
			os._exit(1)	# the environment is being ended
		data += piece
		return data

	def post(self, path, body, headers=""):
		status, _, said = self.call("POST", path, body, "Content-Type: application/json\r\n" + headers)
		return status, said


# JSON, without importing json: its two parts in C, as json.loads and json.dumps use them


class Scanner:
	strict, object_hook, object_pairs_hook, memo = True, None, None, {}
	parse_float, parse_int, parse_constant = float, int, {"-Infinity": -float("inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__


def read_json(body):
	text = body.decode("utf-8", "surrogatepass").strip(" \t\n\r")
	try:
		import _json
		value, end = _json.make_scanner(Scanner)(text, 0)
		if end == len(text):
			return value
	except Exception:
		pass
	import json		# says what is wrong
	return json.loads(body)


def write_json(value):
	decimals = []

	def other(o):
		if type(o).__module__ == "decimal" and type(o).__name__ == "Decimal":
			if o.is_nan():
				return float("nan")
			decimals.append(o)		# as a number with all its digits: its text is put in below
			return "\ue000minilab decimal %d\ue000" % (len(decimals) - 1)
		raise TypeError("Object of type %s is not JSON serializable" % type(o).__name__)

	import _json
	strings = _json.encode_basestring_ascii if ASCII_ONLY else _json.encode_basestring
	text = "".join(_json.make_encoder({}, other, strings, None, ": ", ", ", False, False, True)(value, 0))
	for i, o in enumerate(decimals):
		text = text.replace(strings("\ue000minilab decimal %d\ue000" % i), str(o), 1)
	return text.encode("utf-8", "backslashreplace")	# half of a pair: as JSON writes it


# Logs


def log(text, frame=FRAME_TEXT):
	"""One event of the log, of any number of lines."""
	if LOG_FD is None:
		sys.stdout.write(text)
		return
	data = text.encode("utf-8", "backslashreplace")
	head = frame.to_bytes(4, "big") + len(data).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
	left = memoryview(head + data)
	with LOG_LOCK:
		while left:
			left = left[os.write(int(LOG_FD), left):]


# What is set up when the function imports a module


def with_logging(module):
	import minilab_logging
	minilab_logging.configure(module)


def with_botocore(module):
	import minilab_endpoint
	minilab_endpoint.teach(module)


class Watch:
	"""A finder in front of the others: when a module of `hooks` has been loaded, its hook gets it."""
	hooks = {"logging": with_logging, "botocore.session": with_botocore}

	@classmethod
	def find_spec(cls, name, path=None, target=None):
		hook = cls.hooks.pop(name, None)
		if hook is None:
			return None
		for finder in sys.meta_path:
			spec = finder.find_spec(name, path, target) if finder is not cls else None
			if spec is not None and spec.loader is not None:
				cls.then(spec.loader, name, hook)
				return spec
		return None

	@staticmethod
	def then(loader, name, hook):
		run = loader.exec_module

		def exec_module(module):
			run(module)
			if module.__name__ == name:
				hook(module)
		loader.exec_module = exec_module


# The function


class Names:
	"""Attributes by these names, None for those that are not given."""

	def __init__(self, names, values):
		for name in names:
			setattr(self, name, values.get(name))

	def __repr__(self):
		return "%s(%s)" % (type(self).__name__, ", ".join("%s=%r" % pair for pair in self.__dict__.items()))


class CognitoIdentity(Names):
	pass


class Client(Names):
	pass


class ClientContext(Names):
	pass


class LambdaContext:
	def __init__(self, headers):
		get = os.environ.get
		self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
		self.log_group_name = get("AWS_LAMBDA_LOG_GROUP_NAME")
		self.log_stream_name = get("AWS_LAMBDA_LOG_STREAM_NAME")
		self.function_name = get("AWS_LAMBDA_FUNCTION_NAME")
		self.memory_limit_in_mb = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
		self.function_version = get("AWS_LAMBDA_FUNCTION_VERSION")
		self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
		self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
		self.client_context = self.parse(headers.get("lambda-runtime-client-context"), "Client Context")
		if self.client_context is not None:
			self.client_context = ClientContext(("custom", "env", "client"), self.client_context)
			if self.client_context.client is not None:
				self.client_context.client = Client(("installation_id", "app_title", "app_version_name", "app_version_code",
								     "app_package_name"), self.client_context.client)
		cognito = self.parse(headers.get("lambda-runtime-cognito-identity"), "Cognito Identity") or {}
		self.identity = CognitoIdentity((), {})
		self.identity.cognito_identity_id = cognito.get("cognitoIdentityId")
		self.identity.cognito_identity_pool_id = cognito.get("cognitoIdentityPoolId")
		self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

	@staticmethod
	def parse(text, what):
		if not text:
			return None
		try:
			return read_json(text.encode("utf-8"))
		except Exception as e:
			raise Fault("LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (what, e))

	def get_remaining_time_in_millis(self):
		return max(0, self._deadline_ms - int(time.time() * 1000))

	def log(self, message):
		log(str(message))


def set_paths(root):
	"""The function, its layers, the standard library, the machine's own packages, this folder. A layer may be for the version asked for, or the one there is."""
	if sys.path[:1] == [HERE]:
		sys.path.pop(0)
	versions = ["python%d.%d" % sys.version_info[:2]]
	asked = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("AWS_Lambda_")[2]
	if asked.startswith("python3.") and asked not in versions:
		versions.append(asked)
	sys.path[0:0] = [root] + ["/opt/python/lib/%s/site-packages" % v for v in versions] + ["/opt/python"]
	if sys.flags.no_site:
		lib = "lib/" + versions[0]
		sys.path += ["/usr/local/%s/dist-packages" % lib, "/usr/lib/python3/dist-packages"] if sys.prefix == "/usr" else [
			"%s/%s/site-packages" % (sys.prefix, lib)]
		import _sitebuiltins
		import builtins
		builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
		builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
	sys.path.append(HERE)


def find_handler(handler):
	import importlib
	try:
		module, name = handler.rsplit(".", 1)
	except ValueError as e:
		raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (handler, e))
	if module.split(".")[0] in sys.builtin_module_names:
		raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module)
	try:
		found = importlib.import_module(module.replace("/", "."))
	except ImportError as e:
		raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module, e))
	except SyntaxError as e:
		raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module, e),
			    ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text)])
	if not hasattr(found, name):
		raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (name, module))
	return getattr(found, name)


def run_handler(handler, headers, body):
	"""The answer and its content type."""
	context = LambdaContext(headers)
	event = body
	if headers.get("content-type", "application/json") == "application/json":
		try:
			event = read_json(body)
		except Exception as e:
			raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % e)
	answer = handler(event, context)
	if isinstance(answer, bytes):
		return answer, "application/unknown"
	try:
		return write_json(answer), "application/json"
	except Exception as e:
		raise Fault("MarshalError", "Unable to marshal response: %s" % e)


def set_trace(headers):
	if headers.get("lambda-runtime-trace-id"):
		os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
	else:
		os.environ.pop("_X_AMZN_TRACE_ID", None)


def serve(api, handler):
	while True:
		_, headers, body = api.call("GET", "invocation/next")
		request = Current.request = headers["lambda-runtime-aws-request-id"]
		set_trace(headers)
		try:
			answer, content_type = run_handler(handler, headers, body)
		except Exception as e:
			import minilab_errors
			minilab_errors.report(e, request, lambda text, head: api.post("invocation/%s/error" % request, text, head))
		else:
			api.call("POST", "invocation/%s/response" % request, answer, "Content-Type: %s\r\n" % content_type)
		sys.stdout.flush()
		sys.stderr.flush()


def main():
	sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
	sys.stderr.reconfigure(encoding="utf-8", line_buffering=True)
	api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
	set_paths(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"))
	sys.meta_path.insert(0, Watch)
	for name in list(Watch.hooks):
		if name in sys.modules:
			Watch.hooks.pop(name)(sys.modules[name])
	try:
		handler = find_handler(os.environ.get("_HANDLER", ""))
	except Exception as e:
		import minilab_errors
		minilab_errors.report(e, "", lambda text, head: api.post("init/error", text, head))
		sys.exit(1)
	serve(api, handler)
