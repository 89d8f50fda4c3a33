"""tus - one large file as a resumable upload, whole and in chunks, beside PutObject of the same file: processor time of the daemon, wall time, and the
memory it ever had. Wanted: whole at most 1.3 times the processor time of PutObject. MB= size of the file (256)."""
import hashlib
import json

from bench import *
from wire import Wire

SIZE = int(os.environ.get("MB") or 256) << 20
CHUNK, ROUNDS = 8 << 20, 3
house = House()
house.s3.create_bucket(Bucket="bench")
raw = Raw(house)
big = http.client.HTTPConnection("127.0.0.1", house.port, blocksize=1 << 20)
name = os.path.join(house.home, "file")
seed = os.urandom(1 << 20)
with open(name, "wb") as f:
	for i in range(SIZE >> 20):
		f.write(i.to_bytes(8, "big") + seed[8:])


token = json.loads(Wire(house).ask("POST", "/_/tokens", json.dumps({"bucket": "bench", "size_max": SIZE}).encode()).body)["token"]
bearer = {"Authorization": "Bearer " + token, "Tus-Resumable": "1.0.0"}


def ask(method, target, body=None, **headers):
	big.request(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})
	answer = big.getresponse()
	answer.read()
	if answer.status >= 300:
		raise SystemExit("%s answered %d" % (method, answer.status))
	return answer


def put():
	with open(name, "rb") as f:
		ask("PUT", raw.sign("put_object", Bucket="bench", Key="put"), f, Content_Length=str(SIZE))


def resumable(chunk):
	where = ask("POST", "/_/tus/bench?key=tus", **bearer, Upload_Length=str(SIZE)).getheader("Location")
	with open(name, "rb") as f:
		for at in range(0, SIZE, chunk):
			body = f if chunk == SIZE else f.read(chunk)
			ask("PATCH", where, body, **bearer, Upload_Offset=str(at), Content_Type="application/offset+octet-stream", Content_Length=str(min(chunk, SIZE - at)))


def peak_mb():
	with open("/proc/%d/status" % house.pid) as f:
		return int(re.search(r"^VmHWM:\s+(\d+)", f.read(), re.M).group(1)) / 1024


def measure(run):
	cpu, wall = processor_s(house.pid), time.monotonic()
	run()
	return processor_s(house.pid) - cpu, time.monotonic() - wall


ways = {"put_object": put, "tus_whole": lambda: resumable(SIZE), "tus_8_mb": lambda: resumable(CHUNK)}
runs = {way: [] for way in ways}
for _ in range(ROUNDS):		# in turn, so that a disk's moods meet all
	for way, run in ways.items():
		runs[way].append(measure(run))
cpu = {way: statistics.median(r[0] for r in of) for way, of in runs.items()}
for way, of in runs.items():
	wall = statistics.median(r[1] for r in of)
	report(way, processor_s=cpu[way], wall_s=wall, mb_per_s=(SIZE >> 20) / wall, rounds=ROUNDS)
report("daemon", peak_mb=peak_mb())
got = hashlib.md5(house.s3.get_object(Bucket="bench", Key="tus")["Body"].read()).digest()
with open(name, "rb") as f:
	if got != hashlib.file_digest(f, "md5").digest():
		raise SystemExit("the object is not the file")
verdict(cpu["tus_whole"] <= 1.3 * cpu["put_object"], "%.2f times the processor time of PutObject, in chunks %.2f (wanted: whole at most 1.3)" %
	(cpu["tus_whole"] / cpu["put_object"], cpu["tus_8_mb"] / cpu["put_object"]))
house.stop()
