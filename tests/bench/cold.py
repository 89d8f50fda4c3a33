"""cold - what each of the two programs costs before it has a photo: starting its zygote, the memory of that and of an idle
environment, and a new environment: from asking until it is ready in its cage. Wanted: under 2 ms at the median. Beside it,
what a warm one takes to do nothing."""
from bench import *

ROUNDS, COUNT = 5, int(os.environ.get("COUNT") or 300)
RUNNER = os.environ.get("MINILAB_RUNNER") or os.path.join(OUT, "minilab-runner")


def measure(name, path):
	runs = [call("cold_start", path, COUNT) for _ in range(ROUNDS)]
	middle = {k: statistics.median(r[k] for r in runs) for k in runs[0]}
	report(name + " zygote", start_ms=middle["zygote_us"] / 1000, rss_mb=middle["zygote_rss_kb"] / 1024,
	       pss_mb=middle["zygote_alone_pss_kb"] / 1024)
	report(name + " environment", rss_mb=middle["environment_rss_kb"] / 1024, pss_mb=middle["environment_pss_kb"] / 1024)
	report(name + " cold", median_us=middle["cold_median_us"], min_us=min(r["cold_min_us"] for r in runs),
	       p90_us=middle["cold_p90_us"])
	report(name + " warm", median_us=middle["warm_median_us"], rounds=ROUNDS, count=COUNT)
	return middle["cold_median_us"]


cold = [measure("fast", RUNNER), measure("general", RUNNER + "-general")]
verdict(max(cold) < 2000, "%.2f and %.2f ms cold start (wanted: under 2 ms)" % tuple(c / 1000 for c in cold))
