"""lib.py - what end-to-end tests share: a daemon of their own, real clients, photos, deadlines.

	from lib import House, test, run, photo, eq, wait_until

	house = House()

	@test
	def an_upload_gives_three_thumbnails():
		house.s3.put_object(Bucket="photos", Key="a.jpg", Body=photo(800, 600))
		wait_until(lambda: house.row("a.jpg"), "the row")

	run(house)

A House is a data directory under $TMPDIR and a minilab daemon on a port of its own, the one built in $MINILAB_OUT
(build/dev by default). run() prints TAP, one line per test, stops the daemon gracefully at the end and fails when it
did not end well or a sanitizer spoke. Any setting can be given: House(retry_base_ms=50).
"""
import atexit
import functools
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError
from PIL import Image, ImageDraw

from loaded import Loaded

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(TOP, os.environ.get("MINILAB_OUT", "build/dev"))
RUNNER = os.path.join(TOP, os.environ.get("MINILAB_RUNNER", "build/opt/minilab-runner"))
SANDBOX = os.path.join(os.path.dirname(RUNNER), "minilab-sandbox")
DEADLINE_S = 60		# only there to end a test that will never pass
SANITIZER = re.compile(r"ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:|^bug: ", re.M)
QUIET = {"LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}


class Skip(Exception):
	"""Raised by a test that cannot run here; its text says why."""


def eq(got, want, what=""):
	if got != want:
		raise AssertionError("%s is %r, want %r" % (what or "it", got, want))


def wait_until(condition, what, seconds=DEADLINE_S):
	"""Asks until the answer is true and returns it. To ask takes processor time too, so the first pause is no shorter than it."""
	end = time.monotonic() + seconds
	pause = 0.01
	while True:
		answer = condition()
		if answer:
			return answer
		if time.monotonic() > end:
			raise AssertionError("never came: " + (what() if callable(what) else what))
		time.sleep(pause)
		pause = min(pause * 1.5, 0.1)


def refused(code, call, *args, **named):
	"""The call is answered with this error code (and this status, when given as (code, status))."""
	want = code if isinstance(code, tuple) else (code, None)
	try:
		call(*args, **named)
	except ClientError as e:
		eq(e.response["Error"]["Code"], want[0], "error code")
		if want[1]:
			eq(e.response["ResponseMetadata"]["HTTPStatusCode"], want[1], "status")
		return e.response
	raise AssertionError("was not refused with " + want[0])


@functools.cache
def aws_server():
	server = Loaded("aws", os.environ.get("MINILAB_AWS"))
	if "MINILAB_AWS" not in os.environ:
		atexit.register(server.close)
	return server


def loaded_aws(command, cwd, input, env, text, stdout, stderr):
	"""As subprocess.run of that command."""
	with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
		stdin.write(input.encode() if isinstance(input, str) else input or b"")
		stdin.seek(0)
		code, _ = aws_server().run(command, cwd, env, (stdin, out, err)).end()
		said = []
		for f in out, err:
			f.seek(0)
			said.append(f.read().decode() if text else f.read())
	return subprocess.CompletedProcess(command, code, *said)


class House:
	all = []

	def __init__(self, build=None, prefix=(), data=None, start=True, **settings):
		self.out = os.path.join(TOP, build) if build else OUT
		self.binary = os.path.join(self.out, "minilab")
		self.home = tempfile.mkdtemp(prefix="minilab-e2e.")
		self.data = data or os.path.join(self.home, "data")
		self.prefix = list(prefix)		# put in front of the daemon's command line
		self.settings = dict({"listen": "127.0.0.1:0", "retry_base_ms": 50}, **settings)
		if os.path.exists(RUNNER):
			self.settings.setdefault("runner", RUNNER)
		if os.path.exists(SANDBOX):
			self.settings.setdefault("sandbox", SANDBOX)
		self.process = None
		self.starts = 0
		self.env, self._clients = dict(QUIET), {}
		House.all.append(self)
		if not os.environ.get("KEEP"):
			atexit.register(self.clear)
		if start:
			self.start()

	# The daemon

	def start(self, deadline=DEADLINE_S):
		command = self.prefix + [self.binary, "serve", "--data", self.data]
		for name, value in self.settings.items():
			command.append("--%s=%s" % (name.replace("_", "-"), value))
		said = open(os.path.join(self.home, "out"), "wb")
		log = open(self.log_path, "ab")
		self.log_from = log.tell()
		env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=8")	# its growth would hide ours
		self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=log, cwd=self.home)
		said.close()
		log.close()
		self.starts += 1

		def listening():
			if self.process.poll() is not None:
				raise AssertionError("the daemon ended with %s:\n%s" % (self.process.returncode, self.log()[-4000:]))
			with open(os.path.join(self.home, "out")) as f:
				return re.search(r"^listening (http://\S+)$", f.read(), re.M)
		self.url = wait_until(listening, "the line that says where it listens", deadline).group(1)
		self.port = int(self.url.rsplit(":", 1)[1].rstrip("/"))
		self.settings["listen"] = "127.0.0.1:%d" % self.port	# the same after a restart
		self.credentials()
		return self

	@property
	def log_path(self):
		return os.path.join(self.home, "log")

	@property
	def pid(self):
		return self.process.pid

	def log(self):
		if not os.path.exists(self.log_path):
			return ""
		with open(self.log_path, errors="replace") as f:
			return f.read()

	def kill(self):
		"""As a power cut does to a process."""
		self.process.send_signal(signal.SIGKILL)
		self.process.wait()

	def stop(self, deadline=DEADLINE_S):
		"""Gracefully; tells when it did not end well."""
		if self.process.poll() is None:
			self.process.send_signal(signal.SIGTERM)
		try:
			code = self.process.wait(deadline)
		except subprocess.TimeoutExpired:
			self.kill()
			raise AssertionError("it did not end on SIGTERM")
		self.check_log()
		eq(code, 0, "exit status after SIGTERM")

	def check_log(self):
		found = SANITIZER.search(self.log())
		if found:
			at = found.start()
			raise AssertionError("in the log:\n" + self.log()[at:at + 6000])

	def clear(self):
		"""Whatever happened, nothing of it stays. Also called when the script ends."""
		if self.process and self.process.poll() is None:
			self.kill()
		if os.path.ismount(self.data):
			subprocess.run(["umount", self.data])
		shutil.rmtree(self.home, ignore_errors=True)

	# Command line

	def cli(self, command, *args, check=True, online=False):
		"""`minilab COMMAND ARGS`, on the data directory or (online) by endpoint and keys."""
		where = [] if online else ["--data", self.data]
		p = subprocess.run([self.binary, command, *args, *where], env=dict(os.environ, **self.env), cwd=self.home,
				   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		if check and p.returncode != 0:
			raise AssertionError("minilab %s ended with %d:\n%s%s" % (command, p.returncode, p.stdout, p.stderr))
		return p if not check else p.stdout

	def audit(self):
		"""Clean, or raises with what was found."""
		return self.cli("audit")

	def explain(self, key, bucket="photos"):
		return self.cli("explain", bucket + "/" + key)

	# Clients

	def credentials(self):
		self.env = dict(QUIET)
		p = subprocess.run([self.binary, "credentials", "--data", self.data, "--export"], cwd=self.home,
				   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		for name, value in re.findall(r"^export (AWS_\w+)='?([^'\n]*)'?$", p.stdout, re.M):
			self.env[name] = value
		if "AWS_SECRET_ACCESS_KEY" not in self.env:
			raise AssertionError("minilab credentials --export: %s%s" % (p.stdout, p.stderr))
		self.env.setdefault("AWS_DEFAULT_REGION", "us-east-1")
		self._clients = {}

	def client(self, service, **config):
		config = dict({"retries": {"max_attempts": 0}, "read_timeout": 120, "max_pool_connections": 32}, **config)
		return boto3.client(service, endpoint_url=self.url, region_name=self.env["AWS_DEFAULT_REGION"],
				    aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
				    aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"], config=Config(**config))

	def _client(self, service):
		if service not in self._clients:
			self._clients[service] = self.client(service)
		return self._clients[service]

	@property
	def s3(self):
		return self._client("s3")

	@property
	def dynamodb(self):
		return self._client("dynamodb")

	@property
	def functions(self):
		return self._client("lambda")

	@property
	def logs(self):
		return self._client("logs")

	def aws(self, *args, check=True, stdin=None, fresh=False):
		"""Debian's command line client, as it is started (fresh) or by a copy that is loaded already (loaded.py)."""
		env = dict(os.environ, **dict(self.env, HOME=self.home))
		args = ["--endpoint-url", self.url, *args]
		run_ = subprocess.run if fresh else loaded_aws
		p = run_(["/usr/bin/aws", *args], cwd=self.home, input=stdin, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
			 text=stdin is None or isinstance(stdin, str))
		if check and p.returncode != 0:
			raise AssertionError("aws %s ended with %d: %s" % (" ".join(args), p.returncode, p.stderr))
		return p if not check else p.stdout

	# What became of a photo

	def row(self, key, table="photos"):
		return self.dynamodb.get_item(TableName=table, Key={"key": {"S": key}}, ConsistentRead=True).get("Item")

	def row_where(self, key, seconds=DEADLINE_S, **want):
		"""The row, once these attributes (as plain text) are what is wanted."""
		def there():
			row = self.row(key)
			return row if row and all(plain(row.get(k)) == v for k, v in want.items()) else None
		return wait_until(there, lambda: "the row of %s with %r (it is %r)" % (key, want, self.row(key)), seconds)

	def thumbnails(self, key, bucket="photos-thumbnails"):
		"""Names of what lies below KEY/ in the bucket of thumbnails."""
		found = self.s3.list_objects_v2(Bucket=bucket, Prefix=key + "/")
		return sorted(o["Key"][len(key) + 1:] for o in found.get("Contents", []))

	def image(self, key, bucket="photos-thumbnails"):
		return Image.open(io.BytesIO(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()))

	def rss_kb(self):
		with open("/proc/%d/status" % self.pid) as f:
			return int(re.search(r"^VmRSS:\s+(\d+)", f.read(), re.M).group(1))

	def below(self):
		"""Names, as the kernel writes them, of all processes that run below this daemon, by their process ids."""
		parents, names = {}, {}
		for name in filter(str.isdigit, os.listdir("/proc")):
			try:
				with open("/proc/%s/stat" % name) as f:
					stat = f.read()
			except OSError:
				continue
			pid, end = int(name), stat.rindex(")")
			state, parent = stat[end + 2:].split()[:2]
			parents[pid] = int(parent)
			if state != "Z":
				names[pid] = stat[stat.index("(") + 1:end]
		found, more = set(), {self.pid}
		while more:
			found |= more
			more = {p for p, parent in parents.items() if parent in found} - found
		return {p: names[p] for p in found - {self.pid} if p in names}

	def sandboxes(self):
		"""Process ids of what runs for custom functions: the zygote, the first process of each cage, and all that lives in them."""
		return sorted(p for p, name in self.below().items() if not name.startswith("minilab-runner"))

	def runners(self):
		"""Process ids of both programs of the built-in function below this daemon: zygotes and environments."""
		return sorted(p for p, name in self.below().items() if name.startswith("minilab-runner"))

	def pause(self):
		"""Whatever of the built-in function has begun does not end, and what begins does not either."""
		for pid in self.runners():
			os.kill(pid, signal.SIGSTOP)

	def go_on(self):
		for pid in self.runners():
			os.kill(pid, signal.SIGCONT)

	def environments(self):
		"""Those of them that are in their cage: they have a system call filter more than the daemon has."""
		return [p for p in self.runners() if filters(p) > filters(self.pid)]

	def health(self):
		with urllib.request.urlopen(self.url + "/_/health") as f:
			return json.load(f)


def filters(pid):
	"""System call filters of a process; none when it is gone."""
	try:
		with open("/proc/%d/status" % pid) as f:
			return int(re.search(r"^Seccomp_filters:\s+(\d+)", f.read(), re.M).group(1))
	except (OSError, AttributeError):
		return 0


def plain(value):
	"""{"S": "x"} -> "x": an attribute without its type."""
	return None if value is None else next(iter(value.values()))


# Photos

def ramp(n, step, start=0):
	"""n bytes that rise by `step` and begin anew."""
	return (bytes((x * step + start) % 256 for x in range(256)) * (n // 256 + 1))[:n]


def picture(width, height, seed=0, mode="RGB"):
	"""Something with edges and gradients, different for every seed."""
	dice = random.Random(seed)
	size = max(1, width // 8), max(1, height // 8)
	n = size[0] * size[1]
	bands = dice.randbytes(n), ramp(n, 7), ramp(n, 13, seed)
	image = Image.merge("RGB", [Image.frombytes("L", size, b) for b in bands]).resize((width, height), Image.BILINEAR)
	draw = ImageDraw.Draw(image)
	for _ in range(6):
		x, y = dice.randrange(width), dice.randrange(height)
		draw.ellipse((x, y, x + width // 5, y + height // 5), fill=tuple(dice.randrange(256) for _ in range(3)))
	return image.convert(mode)


@functools.lru_cache(32)
def photo(width=800, height=600, kind="JPEG", seed=0, mode="RGB", **options):
	"""Bytes of a photo. `options` go to PIL's save."""
	out = io.BytesIO()
	if kind == "PNG":
		options.setdefault("compress_level", 1)		# deflating took longer than all that is tested with it
	picture(width, height, seed, mode).save(out, kind, **options)
	return out.getvalue()


# Tests

tests = []


def test(function):
	tests.append(function)
	return function


def check(function, number):
	name = function.__name__.replace("_", " ")
	try:
		function()
	except Skip as e:
		print("ok %d - %s # SKIP %s" % (number, name, e))
		return True
	except Exception:
		traceback.print_exc()
		print("not ok %d - %s" % (number, name))
		return False
	finally:
		sys.stdout.flush()
	print("ok %d - %s" % (number, name))
	sys.stdout.flush()
	return True


def end_well(house):
	if house.process and house.process.poll() is None:
		house.stop()
	else:
		house.check_log()
		if house.process and house.process.returncode not in (0, -signal.SIGKILL):	# nobody else may end it
			raise AssertionError("the daemon ended with %d" % house.process.returncode)


def run(*houses, only=None):
	"""Runs the tests whose names contain a word of the command line, or all; then every house must end well."""
	only = sys.argv[1:] if only is None else only
	good = True
	for number, function in enumerate(tests, 1):
		if not only or any(word in function.__name__ for word in only):
			good &= check(function, number)

	def the_daemon_ends_well():
		for h in houses or House.all:
			end_well(h)
	good &= check(the_daemon_ends_well, len(tests) + 1)
	for h in House.all:
		if not good:
			sys.stderr.write("---- end of the log of %s\n%s\n" % (h.data, h.log()[-3000:]))
	sys.exit(0 if good else 1)
