"""put - durable PUTs per second of 10 KB objects over 16 connections, beside the bare group-commit rate of the same
SQLite settings (storage_bench bare). Wanted: at least 50%."""
from bench import *

ROUNDS, REQUESTS, CONNECTIONS, SIZE = 5, int(os.environ.get("REQUESTS") or 10000), 16, 10240
house = House()


def bare_rate(number):
	"""As many rows as a PUT makes, as many at a time as there are connections, no bytes of objects."""
	return call("storage_bench", "bare", os.path.join(house.home, "bare-%d" % number), CONNECTIONS, 3)["puts_s"]


house.s3.create_bucket(Bucket="bench")
runs, bares = [], []
for i in range(ROUNDS):		# in turn, so that a disk's moods meet both
	bares.append(bare_rate(i))
	runs.append(call("s3_load", "put", "bench", "put-%d" % i, CONNECTIONS, REQUESTS, SIZE, env=house.env))
rate, bare = statistics.median(r["rate"] for r in runs), statistics.median(bares)
report("bare", puts_per_s=bare, rounds=ROUNDS)
report("minilab", puts_per_s=rate, median_ms=statistics.median(r["median_us"] for r in runs) / 1000,
       p99_ms=statistics.median(r["p99_us"] for r in runs) / 1000, connections=CONNECTIONS, rss_mb=house.rss_kb() / 1024)
verdict(rate >= 0.5 * bare, "%.0f%% of the bare group commit (wanted: at least 50%%)" % (100 * rate / bare))
house.stop()
