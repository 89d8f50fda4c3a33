"""What the command line says when it cannot: one line that names the thing, what is wrong with it, and what to do next."""
import http.server
import os
import socket
import subprocess
import threading

from lib import House, eq, photo, run, test

house = House()
ASKING = (("explain", "photos/a.jpg"), ("retry", "photos/a.jpg"), ("retry", "--failed"), ("logs",))


def complaint(*args, status=1, **changes):
	"""The one line that the command prints. `changes` of the environment: None takes a variable away."""
	env = {k: v for k, v in dict(os.environ, **dict(house.env, **changes)).items() if v is not None}
	p = subprocess.run([house.binary, *args], env=env, cwd=house.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
			   stderr=subprocess.PIPE, text=True)
	eq((p.returncode, p.stdout), (status, ""), "%s: %s" % (args, p.stderr))
	eq((p.stderr.count("\n"), p.stderr.startswith("minilab: ")), (1, True), p.stderr)
	return p.stderr


def has(text, *words):
	for word in words:
		eq(word in text, True, "%r in %r" % (word, text))


@test
def a_directory_that_is_not_there_is_told():
	for args in ASKING + (("credentials",),):
		has(complaint(*args, "--data", "not-there"), "not-there", "no such directory", "--data")
	has(complaint("explain", "photos/a.jpg", MINILAB_DATA="nor-there", AWS_ENDPOINT_URL=None), "nor-there", "no such directory")


@test
def a_directory_without_data_is_told_and_left_as_it_is():
	empty = os.path.join(house.home, "empty")
	os.mkdir(empty)
	for args in ASKING + (("credentials",),):
		has(complaint(*args, "--data", empty), empty, "no data directory of minilab", "--data")
	eq(os.listdir(empty), [])
	eq(os.path.exists(os.path.join(house.home, "not-there")), False, "made by asking")
	has(complaint("explain", "photos/a.jpg", "--data", "/dev/null"), "/dev/null", "not a directory")


@test
def what_is_not_known_is_told_of_the_thing_and_not_of_the_directory():
	for where in (("--data", house.data), ()):
		has(complaint("explain", "photos/never.jpg", *where), "photos/never.jpg", "not found", "nothing is known")
		has(complaint("explain", "never/a.jpg", *where), "never/a.jpg", "not found")
		has(complaint("retry", "photos/never.jpg", *where), "photos/never.jpg", "no dead letter")
		has(complaint("logs", "never", *where), "never", "no such function")


@test
def keys_that_are_not_the_daemons_are_told_with_the_code():
	for args in ASKING:
		has(complaint(*args, AWS_SECRET_ACCESS_KEY="x" * 40), house.url, "SignatureDoesNotMatch", "minilab credentials")
		has(complaint(*args, AWS_ACCESS_KEY_ID="AKIA" + "X" * 16), house.url, "InvalidAccessKeyId", "minilab credentials")
		has(complaint(*args, AWS_DEFAULT_REGION="eu-west-3"), "AuthorizationHeaderMalformed", "AWS_DEFAULT_REGION")


@test
def a_variable_that_is_not_set_is_named():
	for args in ASKING:
		has(complaint(*args, AWS_ACCESS_KEY_ID=None), "AWS_ACCESS_KEY_ID is not set", "minilab credentials")
		has(complaint(*args, AWS_SECRET_ACCESS_KEY=None), "AWS_SECRET_ACCESS_KEY is not set")


@test
def an_endpoint_without_daemon_is_told():
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))	# taken, and nobody listens
		url = "http://127.0.0.1:%d" % s.getsockname()[1]
		for args in ASKING:
			has(complaint(*args, AWS_ENDPOINT_URL=url), url, "is its daemon running?")


@test
def an_endpoint_that_is_no_minilab_is_told():
	class Other(http.server.BaseHTTPRequestHandler):
		def do_GET(self):
			self.send_error(404)
		do_POST = do_GET

		def log_message(self, *_):
			pass
	with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
		threading.Thread(target=server.serve_forever, daemon=True).start()
		url = "http://127.0.0.1:%d" % server.server_port
		for args in ASKING:
			has(complaint(*args, AWS_ENDPOINT_URL=url), url, "status 404", "is the endpoint right?")
		server.shutdown()


@test
def a_slash_at_the_end_of_the_endpoint_does_no_harm():
	house.s3.put_object(Bucket="photos", Key="a.jpg", Body=photo(64, 64))
	house.row_where("a.jpg", status="done")
	env = dict(os.environ, **dict(house.env, AWS_ENDPOINT_URL=house.url + "/"))
	subprocess.run([house.binary, "explain", "photos/a.jpg"], env=env, stdout=subprocess.DEVNULL, check=True)


run(house)
