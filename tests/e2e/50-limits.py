"""Clients that are slow, too many or too large meet a limit with a name; a graceful stop finishes what runs."""
import json
import os
import re
import socket
import threading
import time
import urllib.request

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lib import House, eq, photo, refused, run, test, wait_until

house = House(connections_max=24, header_ms=700, body_ms=900, idle_ms=1500, header_bytes_max=16384, drain_ms=20000)


def connect():
	s = socket.create_connection(("127.0.0.1", house.port), timeout=30)
	s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	return s


def read_all(s):
	got = b""
	while True:
		try:
			more = s.recv(65536)
		except ConnectionResetError:
			break
		if not more:
			break
		got += more
	s.close()
	return got


def status_of(answer):
	found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
	return int(found.group(1)) if found else None


def signed(method, path, length, extra=(), body=b""):
	"""The headers of a signed request, as bytes."""
	request = AWSRequest(method, house.url + path, data=body)
	keys = Credentials(house.env["AWS_ACCESS_KEY_ID"], house.env["AWS_SECRET_ACCESS_KEY"])
	S3SigV4Auth(keys, "s3", house.env["AWS_DEFAULT_REGION"]).add_auth(request)
	lines = ["%s %s HTTP/1.1" % (method, path), "Host: 127.0.0.1:%d" % house.port, "Content-Length: %d" % length]
	lines += ["%s: %s" % (k, v) for k, v in request.headers.items()] + list(extra)
	return ("\r\n".join(lines) + "\r\n\r\n").encode()


def still_serves():
	eq(json.loads(urllib.request.urlopen(house.url + "/_/health").read()) is not None, True)


@test
def headers_that_never_end_are_cut_off():
	s = connect()
	s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
	eq(status_of(read_all(s)) in (408, None), True)
	still_serves()


@test
def headers_a_byte_at_a_time_do_not_hold_a_connection():
	s = connect()
	try:
		for c in b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 500:
			s.sendall(bytes([c]))
			time.sleep(0.01)	# the slow client itself
		raise AssertionError("it was never cut off")
	except (BrokenPipeError, ConnectionResetError):
		pass
	s.close()
	still_serves()


@test
def a_body_that_stops_half_way_is_cut_off_and_leaves_nothing():
	s = connect()
	s.sendall(signed("PUT", "/photos/half.jpg", 1000000) + bytes(5000))
	eq(status_of(read_all(s)) in (400, 408, None), True)
	refused(("404", 404), house.s3.head_object, Bucket="photos", Key="half.jpg")


@test
def a_body_that_keeps_moving_may_take_its_time():
	body, s = os.urandom(20000), connect()
	s.sendall(signed("PUT", "/photos-thumbnails/slow", len(body), ["Connection: close"], body))
	for at in range(0, len(body), 2000):
		s.sendall(body[at:at + 2000])
		time.sleep(0.2)		# ten of these are twice body_ms: progress is what counts
	eq(status_of(read_all(s)), 200)
	eq(house.s3.get_object(Bucket="photos-thumbnails", Key="slow")["Body"].read(), body)


@test
def an_idle_connection_is_closed_after_a_while():
	s = connect()
	s.sendall(b"GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n")
	eq(status_of(read_all(s)), 200)		# reads until it is closed by the other side
	still_serves()


@test
def headers_over_the_limit_are_refused():
	s = connect()
	try:
		s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 40000 + b"\r\n\r\n")
	except ConnectionError:
		pass
	eq(status_of(read_all(s)) in (431, None), True)
	s = connect()
	s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(400)) + b"\r\n")
	eq(status_of(read_all(s)), 431)
	still_serves()


@test
def what_is_not_http_is_refused():
	for noise in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200), b"GET\r\n\r\n", b"SSH-2.0-x\r\n", \
			b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", \
			b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\nab":
		s = connect()
		s.sendall(noise)
		eq(status_of(read_all(s)) in (400, 408, 501, 505, None), True, repr(noise[:30]))
	still_serves()


@test
def xml_and_json_bodies_have_a_limit():
	s = connect()
	s.sendall(signed("POST", "/photos?delete", 64 << 20, ["Connection: close"]))
	got = status_of(read_all(s))
	eq(got is not None and 400 <= got < 500, True, "status %s" % got)
	still_serves()


@test
def connections_over_the_cap_are_refused_and_the_others_served():
	held = [connect() for _ in range(24)]
	for s in held[:23]:
		s.sendall(b"GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n")
		eq(status_of(s.recv(65536)), 200)
	over = [connect() for _ in range(4)]
	for s in over:
		try:
			s.sendall(b"GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n")
		except ConnectionError:
			pass
		eq(status_of(read_all(s)) in (503, None), True, "one too many")
	for s in held:
		s.close()

	def served():
		try:
			still_serves()
			return True
		except OSError:
			return False
	wait_until(served, "room after the others left")


@test
def a_client_that_does_not_read_costs_nothing_but_its_own_answer():
	body = os.urandom(30 << 20)
	house.s3.put_object(Bucket="photos-thumbnails", Key="large", Body=body)
	before = house.rss_kb()
	lazy = [connect() for _ in range(8)]
	for s in lazy:
		s.sendall(signed("GET", "/photos-thumbnails/large", 0))
	still_serves()
	eq(house.rss_kb() - before < 40 << 10, True, "grown by %d kB" % (house.rss_kb() - before))
	for s in lazy:
		s.close()
	eq(house.s3.get_object(Bucket="photos-thumbnails", Key="large")["Body"].read(), body)


@test
def a_graceful_stop_finishes_what_runs_and_takes_nothing_new():
	body, s = photo(600, 400), connect()
	s.sendall(signed("PUT", "/photos/last.jpg", len(body), body=body) + body[:1000])
	stopping = threading.Thread(target=house.stop)
	stopping.start()

	def refuses():
		try:
			socket.create_connection(("127.0.0.1", house.port), timeout=1).close()
			return False
		except OSError:
			return True
	wait_until(refuses, "no new connections")
	s.sendall(body[1000:])
	eq(status_of(read_all(s)), 200)
	stopping.join()
	eq(house.process.poll(), 0, "exit status")
	house.start()
	eq(house.s3.get_object(Bucket="photos", Key="last.jpg")["Body"].read(), body)
	house.row_where("last.jpg", status="done")


run(house)
