"""sandbox - what a cage for functions costs, without what runs in it: from asking for one to its listening sockets, a program that does
nothing, freezing one that runs, and the end of it all. Wanted: ready in under 1 ms at the median, which leaves a function in C its 1.5 ms."""
from bench import *

COUNT = int(os.environ.get("COUNT") or 50)
SANDBOX = os.path.join(os.path.dirname(os.environ.get("MINILAB_RUNNER") or os.path.join(OUT, "minilab-runner")), "minilab-sandbox")

runs = [call("sandbox_cost", SANDBOX, COUNT) for _ in range(3)]
for name in ("zygote", "ready", "run", "freeze", "kill"):
	report(name, median_us=statistics.median(r[name + "_median_us"] for r in runs), min_us=min(r[name + "_min_us"] for r in runs))
ready = statistics.median(r["ready_median_us"] for r in runs)
verdict(ready < 1000, "%.2f ms until a cage is ready (wanted: under 1 ms)" % (ready / 1000))
