"""runtime_api.py - a Lambda Runtime API of its own, and one of our runtime clients started against it, without a daemon or a cage.

	f = Function("python", {"index.py": "def handler(event, context): return event"}, "index.handler")
	answer = f.invoke(b'{"a":1}')			# the request that the client posted: path, headers, body, trailers
	f.end()						# frames of the log descriptor, standard output, exit status

The API gives out what is invoked, one event after the other, and records every request as it came.
"""
import collections
import os
import queue
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

from lib import DEADLINE_S, TOP, Skip, eq, wait_until

RUNTIMES = os.path.join(TOP, "functions", "runtimes")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:probe"
Request = collections.namedtuple("Request", "method path headers body trailers")
Frame = collections.namedtuple("Frame", "type at_us text")


def node():
	for path in ("/usr/bin/node", shutil.which("node")):
		if path and os.path.exists(path):
			return path
	raise Skip("no Node.js here")


class Api:
	def __init__(self):
		self.listener = socket.create_server(("127.0.0.1", 0))
		self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
		self.events, self.posted = queue.Queue(), queue.Queue()
		self.nexts = 0				# times that a runtime has asked for the next event
		threading.Thread(target=self.accept, daemon=True).start()

	def accept(self):
		while True:
			try:
				connection, _ = self.listener.accept()
			except OSError:
				return
			threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

	def serve(self, connection):
		with connection, connection.makefile("rb") as f:
			try:
				while self.serve_one(connection, f):
					pass
			except OSError:
				pass		# the client is gone

	def serve_one(self, connection, f):
		request = self.read(f)
		if request is None:
			return False
		if request.method == "GET":
			self.nexts += 1
			answer = self.events.get()
		else:
			self.posted.put(request)
			answer = (b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
				  b'{"status":"OK"}\n')
		if answer:
			connection.sendall(answer)
		return answer is not None

	@staticmethod
	def lines(f):
		headers = {}
		for line in iter(f.readline, b"\r\n"):
			if not line:
				return None
			name, _, value = line.decode("utf-8").partition(":")
			headers[name.lower()] = value.strip()
		return headers

	def read(self, f):
		first = f.readline().decode().split()
		if not first:
			return None
		headers, trailers = self.lines(f), {}
		if headers.get("transfer-encoding") != "chunked":
			return Request(first[0], first[1], headers, f.read(int(headers.get("content-length", 0))), {})
		body, size = b"", -1
		while size != 0:
			size = int(f.readline(), 16)
			if size:
				body += f.read(size)
				eq(f.read(2), b"\r\n", "end of a chunk")
		trailers = self.lines(f)
		return Request(first[0], first[1], headers, body, trailers)

	def give(self, request, body, **headers):
		told = {"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": request,
			"Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 3000), "Lambda-Runtime-Invoked-Function-Arn": ARN,
			"Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"}
		told.update((name.replace("_", "-"), value) for name, value in headers.items())
		head = "".join("%s: %s\r\n" % pair for pair in told.items() if pair[1] is not None)
		self.events.put(("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (head, len(body))).encode() + body)

	def close(self):
		self.events.put(None)
		self.listener.close()


class Function:
	"""A runtime client that runs with these files as /var/task, until end()."""

	def __init__(self, kind, files, handler, frames=True, env=(), command=None):
		self.home = tempfile.mkdtemp(prefix="minilab-runtime.")
		for name, text in files.items():
			path = os.path.join(self.home, name)
			os.makedirs(os.path.dirname(path), exist_ok=True)
			with open(path, "w", encoding="utf-8") as f:
				f.write(text)
		self.api, self.count, self.status = Api(), 0, None
		self.frames_read, log = os.pipe() if frames else (None, None)
		variables = {"AWS_LAMBDA_RUNTIME_API": self.api.address, "LAMBDA_TASK_ROOT": self.home, "_HANDLER": handler,
			     "AWS_LAMBDA_FUNCTION_NAME": "probe", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
			     "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe",
			     "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/24/[$LATEST]0", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
			     "PATH": "/usr/bin:/bin", "TZ": ":UTC", "LANG": "C.UTF-8"}
		if frames:
			variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(log)
		variables.update(env)
		commands = {"python": ["/usr/bin/python3", "-S", os.path.join(RUNTIMES, "python", "bootstrap.py")],
			    "nodejs": [node(), os.path.join(RUNTIMES, "nodejs", "bootstrap.cjs")]}
		self.output = tempfile.TemporaryFile()
		self.process = subprocess.Popen(command or commands[kind], env=variables, cwd=self.home, stdin=subprocess.DEVNULL,
						stdout=self.output, stderr=subprocess.STDOUT, pass_fds=(log,) if frames else ())
		if frames:
			os.close(log)
			self.framed = []
			self.reader = threading.Thread(target=self.read_frames, daemon=True)
			self.reader.start()

	def read_frames(self):
		with os.fdopen(self.frames_read, "rb") as f:
			for head in iter(lambda: f.read(16), b""):
				kind, length, at = struct.unpack(">IIQ", head)
				self.framed.append(Frame(kind, at, f.read(length).decode()))

	def invoke(self, body=b"{}", **headers):
		self.count += 1
		self.request = "8476a536-e9f4-11e8-9739-%012d" % self.count
		self.api.give(self.request, body, **headers)
		return self.posted()

	def posted(self):
		try:
			return self.api.posted.get(timeout=DEADLINE_S)
		except queue.Empty:
			self.end()
			raise AssertionError("nothing was posted; it printed:\n" + self.printed)

	def answer(self, body=b"{}", **headers):
		"""The body of the response; anything else than a response is an error."""
		r = self.invoke(body, **headers)
		eq(r.path, "/2018-06-01/runtime/invocation/%s/response" % self.request, "path (body %r)" % r.body)
		return r.body

	def error(self, body=b"{}", **headers):
		r = self.invoke(body, **headers)
		eq(r.path, "/2018-06-01/runtime/invocation/%s/error" % self.request, "path (body %r)" % r.body)
		return r

	def init_error(self):
		r = self.posted()
		eq(r.path, "/2018-06-01/runtime/init/error", "path")
		return r

	def comes_back(self):
		"""It has asked for the next event."""
		wait_until(lambda: self.api.nexts > self.count, "a request for the next event")

	def wait(self):
		self.status = self.process.wait(timeout=DEADLINE_S)
		return self.status

	def end(self):
		if self.process.poll() is None:
			self.process.kill()
		self.wait()
		self.api.close()
		if self.frames_read is not None:
			self.reader.join(DEADLINE_S)
		self.output.seek(0)
		self.printed = self.output.read().decode(errors="replace")
		self.output.close()
		shutil.rmtree(self.home, ignore_errors=True)
		return self
