"""Clients that leave, and a daemon that is told to hurry, at the least convenient moments."""
import re
import signal
import socket
import struct
import time

from lib import House, eq, run, test, wait_until

LARGE = 2 << 20
house = House(uploads_memory_max=1 << 20, readers=1)


def connect(h=house):
	return socket.create_connection(("127.0.0.1", h.port), timeout=30)


def slam(s):
	"""Closes so that the other side hears of it at once."""
	s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	s.close()


def upload(h, key, size):
	"""The head of a presigned upload."""
	url = h.s3.generate_presigned_url("put_object", Params={"Bucket": "photos-thumbnails", "Key": key})
	return ("PUT %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (url[len(h.url):], h.port, size)).encode()


def copy(h, source, key):
	url = h.s3.generate_presigned_url("copy_object", Params={"Bucket": "photos-thumbnails", "Key": key, "CopySource": source})
	return ("PUT %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 0\r\nX-Amz-Copy-Source: %s\r\n\r\n" %
		(url[len(h.url):], h.port, source)).encode()


def gauge(name, h=house):
	s = connect(h)
	s.sendall(b"GET /_/metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	text = b"".join(iter(lambda: s.recv(65536), b"")).decode()
	s.close()
	return int(re.search(r"^minilab_%s (\d+)$" % name, text, re.M).group(1))


def document(size):
	"""The head of one that is taken whole before its signature is looked at."""
	return b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: %d\r\n\r\n" % size


@test
def uploads_and_copies_that_wait_for_room_may_leave_with_the_one_they_wait_for():
	house.s3.put_object(Bucket="photos-thumbnails", Key="source", Body=bytes(LARGE))
	waited = 0
	for i in range(6):
		first = connect()
		first.sendall(document(LARGE) + bytes(LARGE - 1))
		wait_until(lambda: gauge("uploads_memory_bytes") > 1 << 20, "the first has all of the room for documents")
		waiting = [connect() for _ in range(12)]
		for s in waiting:
			s.sendall((copy(house, "photos-thumbnails/source", "waiting"), upload(house, "waiting", LARGE), document(LARGE) + bytes(150000))[i % 3])
		wait_until(lambda: gauge("http_connections") >= 14, "all of them are there")
		waited += gauge("uploads_waiting")
		for s in [first] + waiting:
			slam(s)
		wait_until(lambda: gauge("uploads_memory_bytes") == gauge("uploads_waiting") == 0, "their room is given back")
	eq(waited > 0, True, "nobody waited: the first was cut each time before they came")
	house.s3.copy_object(Bucket="photos-thumbnails", Key="after", CopySource="photos-thumbnails/source")
	eq(house.s3.head_object(Bucket="photos-thumbnails", Key="after")["ContentLength"], LARGE)


@test
def a_hurried_stop_answers_about_a_house_without_environments():
	for path in ("/_/health", "/_/metrics"):
		other = House()
		slow, busy = connect(other), connect(other)
		slow.sendall(b"GET %s HTTP/1.1\r\n" % path.encode())
		busy.sendall(upload(other, "busy", LARGE) + bytes(100))
		wait_until(lambda: gauge("uploads_memory_bytes", other) > 0, "the upload is under way")
		other.process.send_signal(signal.SIGTERM)
		wait_until(lambda: "stop=begun" in other.log(), "the first signal")
		other.process.send_signal(signal.SIGTERM)
		wait_until(lambda: "stop=hurried" in other.log() and not other.environments(), "the second")
		time.sleep(0.3)		# nothing tells when the pool itself is gone
		slow.sendall(b"Host: x\r\n\r\n")
		eq(slow.recv(65536)[:13] in (b"HTTP/1.1 200 ", b"HTTP/1.1 503 "), True)
		slam(slow)
		slam(busy)
		eq(other.process.wait(60), 0, "exit status")


run(house)
