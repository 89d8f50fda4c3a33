"""caged - processor time of the default renditions of a 12 MP JPEG in a warm environment, beside the same in a loop
outside of any cage. Wanted: at most 3% more."""
import tempfile
import types

from bench import *

ROUNDS, EACH = int(os.environ.get("ROUNDS") or 25), 5
RUNNER = os.environ.get("MINILAB_RUNNER") or os.path.join(OUT, "minilab-runner")
outside, inside = [], []
with tempfile.TemporaryDirectory() as home:
	name = twelve_megapixels(types.SimpleNamespace(home=home), 1)[0]
	for _ in range(ROUNDS):
		outside.append(call("thumb_loop", "-n", EACH, name)["cpu_ms_mean_of_medians"])
		inside.append(call("caged_loop", RUNNER, EACH, name))
bare, caged = min(outside), min(i["cpu_median_ms"] for i in inside)	# the least disturbed of each
report("bare", cpu_ms=bare, median_ms=statistics.median(outside))
report("caged", cpu_ms=caged, median_ms=statistics.median(i["cpu_median_ms"] for i in inside),
       faults=statistics.median(i["faults_median"] for i in inside), peak_mb=inside[-1]["peak_mb"], rounds=ROUNDS)
verdict(caged <= 1.03 * bare, "%+.1f%% in the cage (wanted: at most 3%% more)" % (100 * (caged / bare - 1)))
