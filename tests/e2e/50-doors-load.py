"""Idle, slow, stalled and broken clients at every door while others upload: the others are served on, the slow ones finish when they do, each of
the rest gets its own error, and afterwards nothing of it is left.

MINILAB_IDLE and MINILAB_SLOW are how many of them there are; 1000 and 200 are for a run by hand."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import sqlite3

from urllib3.filepost import encode_multipart_formdata

from lib import House, eq, run, test, wait_until
from wire import SIGNED_CHUNKS, UNSIGNED, Answer, Wire

IDLE, SLOW = int(os.environ.get("MINILAB_IDLE", 80)), int(os.environ.get("MINILAB_SLOW", 36))
ROOM = 1 << 20				# much less than the slow ones bring
READ = 64 << 10				# what a connection may hold besides
house = House(connections_max=IDLE + SLOW + 80, uploads_memory_max=ROOM, body_ms=4000, idle_ms=600000, header_ms=600000)
wire = Wire(house)
s3 = house.client("s3", signature_version="s3v4")
s3.create_bucket(Bucket="box")
DATA = os.urandom(200000)
LARGE, SMALL = os.urandom(1000000), os.urandom(300000)
BEGUN = 100000				# bytes that come before a slow one is slow; of a document more
FORM = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
FORM_TYPE = {"content-type": "multipart/form-data; boundary=b"}
END = b"\r\n--b--\r\n"
TUS = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
TOKEN = house.cli("token", "--bucket", "box", "--expires", "1h", "--prefix", "slow/", "--size-max", "2MB").splitlines()[-1]


# -- slow bodies: the request's head, all of its body

def signed(method, target, body, headers=None, payload=UNSIGNED):
	return wire.head(method, target, dict(headers or {}, **{"content-length": str(len(body))}), payload), body


def large(key):
	return signed("PUT", "/box/" + key, LARGE)


def small(key):
	return signed("PUT", "/box/" + key, SMALL)


def spoiled(key):
	"""Not what its digest says: refused also when it went to the disk before all of it was here."""
	return signed("PUT", "/box/" + key, SMALL, {"content-md5": base64.b64encode(hashlib.md5(DATA).digest()).decode()})


def chunked(key):
	head = wire.head("PUT", "/box/" + key, {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(LARGE))}, SIGNED_CHUNKS)
	body = wire.frame(SIGNED_CHUNKS, LARGE, 65536)
	return head[:-2] + b"content-length: %d\r\n\r\n" % len(body), body


def part(key):
	upload = s3.create_multipart_upload(Bucket="box", Key=key)["UploadId"]
	return signed("PUT", "/box/%s?partNumber=1&uploadId=%s" % (key, upload), LARGE)


def browser_form(key):
	fields = s3.generate_presigned_post("box", key)["fields"]
	body, kind = encode_multipart_formdata(list(fields.items()) + [("file", ("x", SMALL, "image/x"))])
	return b"POST /box HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind.encode(), len(body)), body


def rest(key):
	return b"PUT /_/upload/box/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (
		key.encode(), TOKEN.encode(), len(LARGE)), LARGE


def rest_form(key):
	return signed("POST", "/_/upload/box?key=" + key, FORM + SMALL + END, FORM_TYPE)


def begun(key, data):
	return wire.ask("POST", "/_/tus/box?key=" + key, headers={"tus-resumable": "1.0.0", "upload-length": str(len(data))}).headers["location"]


def tus(key):
	return signed("PATCH", begun(key, LARGE), LARGE, dict(TUS, **{"upload-offset": "0"}))


def tus_at_once(key):
	return signed("POST", "/_/tus/box?key=" + key, SMALL, dict(TUS, **{"upload-length": str(len(SMALL))}))


def document(key):
	return signed("POST", "/box?delete", b"<Delete>" + b" " * 500000 + b"</Delete>")


def item(key):
	body = json.dumps({"TableName": "photos", "Item": {"pk": {"S": key}, "text": {"S": "x" * 300000}}}).encode()
	return b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: %d\r\n\r\n" % len(body), body


class Slow:
	"""Those of DOCUMENTS are taken whole, so while others wait for room they are cut: they never finish here."""
	OBJECTS = [(large, 200, LARGE, 400), (small, 200, SMALL, 400), (spoiled, 400, None, 400), (chunked, 200, LARGE, 400), (part, 200, None, 400), (browser_form, 204, SMALL, 400),
		   (rest, 202, LARGE, 408), (rest_form, 202, SMALL, 408), (tus, 204, LARGE, 408), (tus_at_once, 201, SMALL, 408)]
	DOCUMENTS = [(document, None, None, 400), (item, None, None, 400)]
	KINDS = OBJECTS + DOCUMENTS

	def __init__(self, number):
		self.make, self.fine, self.content, self.late = self.KINDS[number % len(self.KINDS)]
		self.finishes = self.fine and number // len(self.KINDS) % 2 == 0
		self.leaves = not self.finishes and number % 3 == 0
		self.key = "slow/%s%d" % (self.make.__name__, number)
		self.head, self.left = self.make(self.key)
		self.socket = wire.connect()
		self.socket.sendall(self.head)
		self.send(BEGUN if self.fine else 250000)

	def send(self, n):
		self.socket.sendall(self.left[:n])
		self.left = self.left[n:]

	def answer(self):
		with self.socket:
			r = http.client.HTTPResponse(self.socket)
			r.begin()
			return Answer(r, r.read())

	def finish(self):
		self.send(len(self.left))
		a = self.answer()
		eq((self.key, a.status), (self.key, self.fine), a.body)

	def expire(self):
		a = self.answer()
		eq((self.key, a.status, b"RequestTimeout" in a.body or self.make is item), (self.key, self.late, True), a.body)


	def forget(self):
		"""What is kept of it so that it may go on another time."""
		if self.make is part:
			s3.abort_multipart_upload(Bucket="box", Key=self.key, UploadId=re.search(rb"uploadId=(\S+)", self.head).group(1).decode())
		if self.make is tus:
			path = re.search(rb"^PATCH (\S+)", self.head).group(1).decode()
			wait_until(lambda: wire.ask("DELETE", path, headers={"tus-resumable": "1.0.0"}).status == 204, "the upload is fed by nobody")


def descriptors():
	return len(os.listdir("/proc/%d/fd" % house.pid))


def gauge(name):
	return int(re.search(r"^minilab_%s (\d+)$" % name, wire.send("GET", "/_/metrics", {}).body.decode(), re.M).group(1))


def staged():
	"""Files that no row of the store knows: what was to be an object, a part or a piece."""
	with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % os.path.join(house.data, "meta/meta.db"), uri=True)) as db:
		there = {name for _, _, names in os.walk(os.path.join(house.data, "obj")) for name in names}
		return sorted(there - {id.hex() for id, in db.execute("SELECT id FROM file")})


def keys():
	return sorted(o["Key"] for o in s3.list_objects_v2(Bucket="box").get("Contents", []))


def upload_by_every_door(n):
	eq(wire.ask("PUT", "/box/put%d" % n, DATA).status, 200, "PUT %d" % n)
	eq(wire.ask("PUT", "/_/upload/box/rest%d" % n, DATA).status, 202, "REST %d" % n)
	eq(wire.ask("POST", "/_/upload/box?key=form%d" % n, FORM + DATA + END, FORM_TYPE, payload=UNSIGNED).status, 202)
	eq(wire.ask("POST", "/_/tus/box?key=tus%d" % n, DATA, dict(TUS, **{"upload-length": str(len(DATA))})).status, 201, "tus %d" % n)
	s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": "none%d" % i} for i in range(300)]})	# a document


def listen():
	s = wire.connect()
	s.sendall(wire.head("GET", "/_/events", {}))
	eq(b" 200 " in s.recv(4096), True)
	return s


def nothing_is_left(descriptors_before):
	wait_until(lambda: descriptors() <= descriptors_before + 4, lambda: "%d descriptors, %d before" % (descriptors(), descriptors_before))
	wait_until(lambda: not staged(), lambda: "files: %r" % staged())
	eq([gauge("uploads_memory_bytes"), gauge("uploads_waiting")], [0, 0])
	eq(s3.list_multipart_uploads(Bucket="box").get("Uploads", []), [])
	house.audit()


@test
def good_clients_are_served_among_idle_slow_and_stalled_ones():
	upload_by_every_door(0)
	before, memory = descriptors(), house.rss_kb()
	others = [wire.connect() for _ in range(IDLE)] + [listen() for _ in range(10)]
	slow = [Slow(i) for i in range(SLOW)]
	alive = [s for s in slow if s.finishes]
	for n in range(1, 5):
		upload_by_every_door(n)
		for s in alive:
			s.send(1000)		# it is slow, but it goes on
		held = gauge("uploads_memory_bytes")
		assert held <= ROOM + 4 * READ * (SLOW + 1), "%d bytes are held" % held
	grown = (house.rss_kb() - memory) * 1024
	assert grown <= ROOM + (IDLE + SLOW) * 2 * READ + (32 << 20), "grown by %d bytes" % grown
	for s in alive:
		s.finish()
	for s in slow:
		if s.leaves:
			s.socket.close()
		elif not s.finishes:
			s.expire()
	eq([gauge("uploads_squeezed_total") > 0, gauge("uploads_cut_total") > 0], [True, True], "there was room all the time")
	for s in others:
		s.close()
	finished = {s.key: s.content for s in alive if s.content}
	eq(keys(), sorted(list(finished) + ["%s%d" % (door, n) for door in ("put", "rest", "form", "tus") for n in range(5)]))
	for key, content in finished.items():
		eq(s3.get_object(Bucket="box", Key=key)["Body"].read() == content, True, key)
	upload_by_every_door(5)
	for s in slow:
		s.forget()
	nothing_is_left(before)


# -- bodies that are too short or too long

def chunk_says(declared):
	return lambda: wire.chunked("/box/bad", SIGNED_CHUNKS, DATA, declared=declared)


def form_of(n, **more):
	fields = s3.generate_presigned_post("box", "bad", Conditions=[["content-length-range", 10, 100]])["fields"]
	body, kind = encode_multipart_formdata(list(fields.items()) + [("file", ("x", bytes(n), "image/x"))])
	return lambda: wire.send("POST", "/box", {"content-type": kind}, body[:len(body) - more.get("cut", 0)])


def by_token(headers, body=DATA, method="PUT", target="/_/upload/box/slow/bad"):
	return lambda: wire.send(method, target, dict(headers, authorization="Bearer " + TOKEN), body)


def announced(method, target, n, headers=None):
	"""More than there may be: it is told before anything is sent."""
	def ask():
		with wire.connect() as c:
			c.sendall(wire.head(method, target, dict(headers or {}, **{"content-length": str(n)}), UNSIGNED))
			r = http.client.HTTPResponse(c)
			r.begin()
			return Answer(r, r.read())
	return ask


HUGE = (5 << 30) + 1
BAD = [
	("PUT, too long",               announced("PUT", "/box/bad", HUGE), 400, "EntityTooLarge"),
	("PUT, content cut off",        chunk_says(len(DATA) + 1), 400, "IncompleteBody"),
	("PUT, content goes on",        chunk_says(len(DATA) - 1), 400, "IncompleteBody"),
	("browser form, file too long", form_of(101), 400, "EntityTooLarge"),
	("browser form, too short",     form_of(9), 400, "EntityTooSmall"),
	("browser form, cut off",       form_of(50, cut=30), 400, "MalformedPOSTRequest"),
	("document, too long",          announced("POST", "/box?delete", 3 << 20), 400, "MaxMessageLengthExceeded"),
	("REST, too long",              announced("PUT", "/_/upload/box/bad", HUGE), 413, "EntityTooLarge"),
	("REST, than its token lets",   by_token({}, bytes(2000001)), 413, "TokenTooLarge"),
	("REST form, cut off",          lambda: wire.ask("POST", "/_/upload/box?key=bad", (FORM + DATA + END)[:-5], FORM_TYPE, payload=UNSIGNED), 400, "MalformedForm"),
	("tus, longer than announced",  lambda: wire.ask("POST", "/_/tus/box?key=bad", DATA, dict(TUS, **{"upload-length": "10"})), 413, "EntityTooLarge"),
	("tus, than its token lets",    by_token(dict(TUS, **{"upload-length": str(HUGE)}), b"", "POST", "/_/tus/box?key=slow/bad"), 413, "TokenTooLarge"),
]


@test
def bodies_that_are_too_short_or_too_long_are_told_and_leave_nothing():
	before, there = descriptors(), keys()
	wrong = []
	for name, ask, status, code in BAD:
		a = ask()
		if a.status != status or code.encode() not in a.body:
			wrong.append((name, a.status, a.body[:300]))
	eq(wrong, [])
	for make in (large, small, chunked, browser_form, rest, rest_form):	# and those that end before what they announced
		head, body = make("slow/bad")
		with wire.connect() as c:
			c.sendall(head + body[:BEGUN])
			c.shutdown(1)
			eq(c.recv(4096), b"", make.__name__)	# nobody waits for an answer to half a request
	eq(keys(), there)
	nothing_is_left(before)


run(house)
