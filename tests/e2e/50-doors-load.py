"""Idle and stalled clients at every door while others upload: the others are served on, and afterwards nothing of it is left.

MINILAB_IDLE and MINILAB_SLOW are how many of them there are; 1000 and 200 are for a run by hand."""
import os

from lib import House, eq, run, test, wait_until
from wire import UNSIGNED, Wire

IDLE, SLOW = int(os.environ.get("MINILAB_IDLE", 100)), int(os.environ.get("MINILAB_SLOW", 30))
house = House(connections_max=IDLE + SLOW + 64, body_ms=4000, idle_ms=60000, header_ms=60000)
wire = Wire(house)
house.s3.create_bucket(Bucket="box")
DATA = os.urandom(200000)
FORM = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
TUS = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}


def stalled(number):
	"""A body of a megabyte that stops after 100,000 bytes."""
	first, (method, target, headers) = b"", (
		("PUT", "/box/slow%d" % number, {}),
		("PUT", "/_/upload/box/slow%d" % number, {}),
		("POST", "/_/upload/box?key=slow%d" % number, {"content-type": "multipart/form-data; boundary=b"}))[number % 3]
	if headers:
		first = FORM
	s = wire.connect()
	s.sendall(wire.head(method, target, dict(headers, **{"content-length": "1000000"}), UNSIGNED) + first + bytes(100000))
	return s


def descriptors():
	return len(os.listdir("/proc/%d/fd" % house.pid))


def files():
	"""Their sizes; those of whole uploads are DATA's."""
	return {os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(os.path.join(house.data, "obj")) for name in names}


def upload_by_every_door(n):
	eq(wire.ask("PUT", "/box/put%d" % n, DATA).status, 200, "PUT %d" % n)
	eq(wire.ask("PUT", "/_/upload/box/rest%d" % n, DATA).status, 202, "REST %d" % n)
	eq(wire.ask("POST", "/_/upload/box?key=form%d" % n, FORM + DATA + b"\r\n--b--\r\n", {"content-type": "multipart/form-data; boundary=b"}, payload=UNSIGNED).status, 202)
	eq(wire.ask("POST", "/_/tus/box?key=tus%d" % n, DATA, dict(TUS, **{"upload-length": str(len(DATA))})).status, 201, "tus %d" % n)


@test
def good_clients_are_served_among_idle_and_stalled_ones():
	upload_by_every_door(0)
	before = descriptors()
	idle = [wire.connect() for _ in range(IDLE)]
	slow = [stalled(i) for i in range(SLOW)]
	for n in range(1, 6):
		upload_by_every_door(n)
	for i, s in enumerate(slow):
		said = b"".join(iter(lambda: s.recv(65536), b""))
		eq((i, said.split(b" ", 2)[1:2]), (i, [b"400"] if i % 3 == 0 else [b"408"]), said[:400])
		s.close()
	for s in idle:
		s.close()
	wait_until(lambda: descriptors() <= before + 4, lambda: "%d descriptors, %d before" % (descriptors(), before))
	wait_until(lambda: files() <= {len(DATA)}, lambda: "sizes of files: %r" % files())
	eq([o["Key"] for o in house.s3.list_objects_v2(Bucket="box")["Contents"]], sorted("%s%d" % (door, n) for door in ("put", "rest", "form", "tus") for n in range(6)))
	upload_by_every_door(6)
	house.audit()


run(house)
