"""cold - a new execution environment: from asking until it is ready in its cage. Wanted: under 2 ms at the median. Beside
it, what a warm one takes to do nothing."""
from bench import *

ROUNDS, COUNT = 5, int(os.environ.get("COUNT") or 300)
RUNNER = os.environ.get("MINILAB_RUNNER") or os.path.join(OUT, "minilab-runner")
runs = [call("cold_start", RUNNER, COUNT) for _ in range(ROUNDS)]
cold = statistics.median(r["cold_median_us"] for r in runs)
report("cold", median_us=cold, min_us=min(r["cold_min_us"] for r in runs), p90_us=statistics.median(r["cold_p90_us"] for r in runs))
report("warm", median_us=statistics.median(r["warm_median_us"] for r in runs), rounds=ROUNDS, count=COUNT)
verdict(cold < 2000, "%.2f ms cold start (wanted: under 2 ms)" % (cold / 1000))
