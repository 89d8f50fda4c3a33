"""loaded.py - Python with an official client loaded, forked for everything that is run with it: to load it takes longer than most of that.

	scripts = Loaded("script")	# a server of its own; with an address: the one that listens there
	job = scripts.run(["tests/e2e/10-objects.py"], cwd, env, (stdin, stdout, stderr))
	job.pid
	job.end()			# exit status as subprocess has it, seconds of processor time (user, kernel)

Kinds: `script`, with boto3 and Pillow, runs a script of this folder; `aws`, with Debian's awscli, runs one of its commands. A server
ends with the process that started it. It has one thread, so what it forks is whole.
"""
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile

SERVICES = ("s3", "lambda", "iam", "logs", "dynamodb")		# whose clients take long to load


class Job:
	def __init__(self, address, job, files):
		self.server = socket.socket(socket.AF_UNIX)
		self.server.connect(address)
		socket.send_fds(self.server, [b"\n"], [f.fileno() for f in files])
		self.server.sendall(json.dumps(job).encode() + b"\n")
		self.said = self.server.makefile()
		self.pid = int(self.said.readline())

	def end(self):
		with self.server, self.said:
			code, user, kernel = json.loads(self.said.readline())
		return code, (user, kernel)


class Loaded:
	def __init__(self, kind, address=None):
		self.address = address
		if address:
			return
		self.folder = tempfile.TemporaryDirectory(prefix="minilab-loaded.")
		self.address = os.path.join(self.folder.name, "socket")
		self.server = subprocess.Popen(["/usr/bin/python3", os.path.abspath(__file__), kind, self.address], stdin=subprocess.PIPE,
					       stdout=subprocess.PIPE)
		self.server.stdout.readline()

	def run(self, args, cwd, env, files):
		return Job(self.address, {"args": args, "cwd": cwd, "env": env}, files)

	def close(self):
		self.server.stdin.close()
		self.server.wait()
		self.server.stdout.close()
		self.folder.cleanup()


# The server

def load_script():
	import boto3, botocore.auth, botocore.client, botocore.httpsession		# noqa: for those that come
	from PIL import Image, ImageDraw, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
	for service in SERVICES:		# the session that boto3.client uses keeps what it has read of them
		boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")


def run_script(args):
	runpy.run_path(args[0], run_name="__main__")


def load_aws():
	from awscli.clidriver import create_clidriver
	for service in SERVICES:
		create_clidriver().session.get_service_model(service)


def run_aws(args):
	from awscli.clidriver import create_clidriver
	try:
		code = create_clidriver().main(args[1:])
	except SystemExit as e:
		code = e.code if isinstance(e.code, int) else 1
	sys.stdout.flush()
	sys.stderr.flush()
	os._exit(code or 0)		# what is loaded need not be taken apart


KINDS = {"script": (load_script, run_script, ()), "aws": (load_aws, run_aws, ("AWS_DATA_PATH",))}	# awscli's own word to itself


def received(client):
	"""A job and its files."""
	_, files, _, _ = socket.recv_fds(client, 1, 3)
	with client.makefile() as f:
		return json.loads(f.readline()), files


def become(job, files, kept):
	for fd, given in enumerate(files):
		os.dup2(given, fd)
		os.close(given)
	sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
	env = dict(job["env"], **{name: os.environ[name] for name in kept})
	os.environ.clear()
	os.environ.update(env)
	os.chdir(job["cwd"])
	sys.argv = job["args"]


class Server:
	def __init__(self, address):
		self.woken, self.wakes = os.pipe()
		os.set_blocking(self.woken, False)
		os.set_blocking(self.wakes, False)
		signal.signal(signal.SIGCHLD, lambda *_: None)
		signal.set_wakeup_fd(self.wakes)
		self.listener = socket.socket(socket.AF_UNIX)
		self.listener.bind(address)
		self.listener.listen()
		self.clients = {}		# by process id

	def reap(self):
		os.read(self.woken, 4096)
		while self.clients:
			pid, status, used = os.wait4(-1, os.WNOHANG)
			if pid == 0:
				return
			end = os.waitstatus_to_exitcode(status), used.ru_utime, used.ru_stime
			with self.clients.pop(pid) as client, contextlib.suppress(OSError):	# whoever asked may be gone
				client.sendall(json.dumps(end).encode() + b"\n")

	def leave(self):
		"""A child has nothing of it."""
		signal.set_wakeup_fd(-1)
		signal.signal(signal.SIGCHLD, signal.SIG_DFL)
		for fd in self.woken, self.wakes:
			os.close(fd)
		for s in self.listener, *self.clients.values():
			s.close()

	def forked(self, client):
		"""The job and its files in the child, None in the server."""
		job, files = received(client)
		pid = os.fork()
		if pid == 0:
			client.close()
			self.leave()
			return job, files
		for fd in files:
			os.close(fd)
		self.clients[pid] = client
		client.sendall(b"%d\n" % pid)
		return None

	def serve(self):
		"""Ends in a child with its job, or without one when nobody is left to ask."""
		while True:
			ready = select.select([0, self.listener, self.woken], [], [])[0]
			if self.woken in ready:
				self.reap()
			if self.listener in ready:
				job = self.forked(self.listener.accept()[0])
				if job:
					return job
			if 0 in ready:
				return None


def main(kind, address):
	load, run, kept = KINDS[kind]
	load()
	gc.collect()
	gc.freeze()
	server = Server(address)
	print("ready", flush=True)
	job = server.serve()
	if job:
		become(*job, kept)
		run(sys.argv)


if __name__ == "__main__":
	main(*sys.argv[1:])
