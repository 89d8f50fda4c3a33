"""rest - small photos per second through POST /_/upload beside PutObject of the same bytes, over the same connections of the same client, signed
alike; in turn, so that a disk's moods meet both. Processor time of the daemon for each, because wall time depends on the disk. Wanted: at
least 80% of the rate. REQUESTS and SIZE are environment variables."""
from bench import *

ROUNDS, REQUESTS, CONNECTIONS, SIZE = 3, int(os.environ.get("REQUESTS") or 10000), 16, int(os.environ.get("SIZE") or 10240)
house = House()
DOORS = {"PutObject": "bench", "REST": "_/upload/bench"}


house.s3.create_bucket(Bucket="bench")
runs = {door: [] for door in DOORS}
for i in range(ROUNDS):
	for door, path in DOORS.items():
		before = processor_s(house.pid)
		run = call("s3_load", "put", path, "%s-%d" % (door, i), CONNECTIONS, REQUESTS, SIZE, env=house.env)
		runs[door].append(dict(run, cpu_us=(processor_s(house.pid) - before) * 1e6 / REQUESTS))
rate = {}
for door, them in runs.items():
	rate[door] = statistics.median(r["rate"] for r in them)
	report(door, photos_per_s=rate[door], median_ms=statistics.median(r["median_us"] for r in them) / 1000,
	       p99_ms=statistics.median(r["p99_us"] for r in them) / 1000, daemon_cpu_us=statistics.median(r["cpu_us"] for r in them),
	       errors=sum(r["errors"] for r in them), photos=REQUESTS, bytes=SIZE, connections=CONNECTIONS)
verdict(rate["REST"] >= 0.8 * rate["PutObject"], "%.0f%% of PutObject (wanted: at least 80%%)" % (100 * rate["REST"] / rate["PutObject"]))
house.stop()
