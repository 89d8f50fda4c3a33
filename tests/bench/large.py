"""large - uploads of 100 MB (SIZE_MB), by PutObject with a CRC32 that the client sent, and by POST /_/upload: wall and the daemon's processor time, beside
what must be done at least: the bytes written to a file of the same disk and synced, their MD5, their CRC64NVME (the kept checksum) and CRC32. The peer is
one thread of Python with hashlib and zlib; CRC64 it does not have, so the peer does without. Wanted: at least 70% of the bare rate."""
import base64
import hashlib
import http.client
import time
import zlib

from bench import *

SIZE, ROUNDS = int(os.environ.get("SIZE_MB") or 100) << 20, 7
house = House()
house.s3.create_bucket(Bucket="large")
data = os.urandom(1 << 20) * (SIZE >> 20)
crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
raw = Raw(house)


def bare():
	begun = time.perf_counter()
	path = os.path.join(house.home, "bare")
	with open(path, "wb", buffering=0) as f:
		md5, sum_ = hashlib.md5(), 0
		for at in range(0, SIZE, 512 << 10):
			piece = memoryview(data)[at:at + (512 << 10)]
			md5.update(piece)
			sum_ = zlib.crc32(piece, sum_)
			f.write(piece)
		os.fdatasync(f.fileno())
	taken = time.perf_counter() - begun
	os.unlink(path)
	return taken, 0


def put():
	target = house.client("s3", signature_version="s3v4").generate_presigned_url(
		"put_object", Params={"Bucket": "large", "Key": "k", "ChecksumCRC32": crc}, ExpiresIn=3600)
	target = target[len(house.url):]
	begun, before = time.perf_counter(), processor_s(house.pid)
	raw.connection.request("PUT", target, data, {"x-amz-checksum-crc32": crc})
	answer = raw.connection.getresponse()
	if answer.status != 200:
		raise SystemExit("PutObject answered %d %s" % (answer.status, answer.read()))
	answer.read()
	return time.perf_counter() - begun, processor_s(house.pid) - before


token = house.cli("token", "--bucket", "large", "--size-max", "%d" % SIZE, "--expires", "1h").splitlines()[-1]


def rest():
	connection = http.client.HTTPConnection("127.0.0.1", house.port)
	begun, before = time.perf_counter(), processor_s(house.pid)
	connection.request("PUT", "/_/upload/large/k", data, {"Authorization": "Bearer " + token})
	answer = connection.getresponse()
	answer.read()
	if answer.status != 202:
		raise SystemExit("/_/upload answered %d" % answer.status)
	return time.perf_counter() - begun, processor_s(house.pid) - before


runs = {"bare": [], "PutObject": [], "REST": []}
for _ in range(ROUNDS):
	for name, run in (("bare", bare), ("PutObject", put), ("REST", rest)):
		runs[name].append(run())
wall = {name: statistics.median(w for w, _ in them) for name, them in runs.items()}
for name, them in runs.items():
	report(name, mb_per_s=SIZE / 1e6 / wall[name], median_ms=wall[name] * 1000, daemon_cpu_ms=statistics.median(c for _, c in them) * 1000,
	       share=wall["bare"] / wall[name], mb=SIZE >> 20)
for name in ("PutObject", "REST"):
	verdict(wall[name] <= wall["bare"] / 0.7, "%s reaches %.0f%% of the bare rate (wanted: at least 70%%)" % (name, 100 * wall["bare"] / wall[name]))
house.stop()
