"""isolation - what `isolation = photo` costs: a fresh environment for every photo, beside one that is reused. Small photos
show the cost itself, those of 12 MP what it is beside the work. Wanted: at most 4 ms of processor time a photo."""
import tempfile
import types

from bench import *

ROUNDS = int(os.environ.get("ROUNDS") or 5)
RUNNER = os.environ.get("MINILAB_RUNNER") or os.path.join(OUT, "minilab-runner")


def measure(name, count, file):
	runs = [call("isolation_loop", RUNNER, count, file) for _ in range(ROUNDS)]
	least = {how: min(r[how + "_cpu_us"] for r in runs) for how in ("reused", "isolated")}	# the least disturbed of each
	for how in "reused", "isolated":
		report("%s %s" % (name, how), cpu_ms=least[how] / 1000,
		       median_ms=statistics.median(r[how + "_cpu_us"] for r in runs) / 1000,
		       wall_ms=statistics.median(r[how + "_wall_us"] for r in runs) / 1000, count=count, rounds=ROUNDS)
	return (least["isolated"] - least["reused"]) / 1000


with tempfile.TemporaryDirectory() as home:
	small = os.path.join(home, "small.jpg")
	with open(small, "wb") as f:
		f.write(photo(640, 480))
	costs = measure("small", 200, small), measure("12 MP", 20, twelve_megapixels(types.SimpleNamespace(home=home), 1)[0])
verdict(max(costs) <= 4, "%.1f ms more processor time for a small photo, %.1f for one of 12 MP (wanted: at most 4)" % costs)
