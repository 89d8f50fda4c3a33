"""throughput - photos per second on all cores, sustained over 1,000 uploads, beside the bare loop on all cores. From
the first upload until the last row is there. Wanted: at least 90%.

The bare loop runs in parts before and after, its median counts; the slowest and the fastest part tell how steady the
machine was. When others work on it too, the clock says little: all_ms is the processors' time for one photo, of minilab with
its environments and of this client. The daemon's system time has the page cache of the photos in it: on a virtual
machine whose host takes back what is free, memory is dear when it is touched anew, and the bare loop touches none."""
import re
import resource
import threading
import urllib.request

from bench import *

UPLOADS = int(os.environ.get("UPLOADS") or 1000)
CLIENTS = 4
PARTS = 2		# of the bare loop, on either side
house = House()
names = twelve_megapixels(house, 4)
bodies = [open(n, "rb").read() for n in names]
turn = iter(range(UPLOADS))
lock = threading.Lock()


def upload(raw):
	while True:
		with lock:
			number = next(turn, None)
		if number is None:
			return
		raw.put(puts[number], bodies[number % len(bodies)])


def done():
	text = urllib.request.urlopen(house.url + "/_/metrics").read().decode()
	return int(re.search(r'minilab_jobs_total\{end="done"\} (\d+)', text).group(1))


def bare_part():
	"""Photos per second, and processor milliseconds per photo."""
	rounds = max(2, 200 // (len(names) * CORES))
	used = resource.getrusage(resource.RUSAGE_CHILDREN)
	rate = call("thumb_loop", "-j", CORES, "-n", rounds, *names)["photos_per_s"]
	after = resource.getrusage(resource.RUSAGE_CHILDREN)
	ms = (after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) * 1000
	return rate, ms / (rounds * CORES * len(names))


def processor_ms():
	"""What the daemon used so far in user mode and in the kernel, and what it, its environments and we used together."""
	stats, tick = {}, 1000 / os.sysconf("SC_CLK_TCK")
	for pid in filter(str.isdigit, os.listdir("/proc")):
		try:
			with open("/proc/%s/stat" % pid) as f:
				words = f.read().rsplit(")", 1)[1].split()
		except OSError:
			continue
		stats[int(pid)] = int(words[1]), [int(w) * tick for w in words[11:15]]
	family = {house.pid}
	while any(parent in family and pid not in family for pid, (parent, _) in stats.items()):
		family |= {pid for pid, (parent, _) in stats.items() if parent in family}
	user, system = stats[house.pid][1][:2]
	return user, system, sum(sum(stats[pid][1]) for pid in family) + time.process_time() * 1000


bares = [bare_part() for _ in range(PARTS)]
raws = [Raw(house) for _ in range(CLIENTS)]
# Signed before the clock starts, and asked for seldom: what the client costs is not what is measured.
puts = [raws[0].sign("put_object", Bucket="photos", Key="many/%d.jpg" % number) for number in range(UPLOADS)]
before = processor_ms()
began = time.monotonic()
clients = [threading.Thread(target=upload, args=(raw,)) for raw in raws]
for c in clients:
	c.start()
for c in clients:
	c.join()
uploaded = time.monotonic() - began
while done() < UPLOADS:
	time.sleep(0.05)
rate = UPLOADS / (time.monotonic() - began)
user_ms, system_ms, all_ms = ((after - earlier) / UPLOADS for earlier, after in zip(before, processor_ms()))
bares += [bare_part() for _ in range(PARTS)]
rates, costs = zip(*bares)
bare = statistics.median(rates)
report("bare", photos_per_s=bare, slowest=min(rates), fastest=max(rates), all_ms=statistics.median(costs), processes=CORES)
report("minilab", photos_per_s=rate, uploads=UPLOADS, uploads_took_s=uploaded, all_ms=all_ms, daemon_user_ms=user_ms,
       daemon_system_ms=system_ms, rss_mb=house.rss_kb() / 1024)
verdict(rate >= 0.9 * bare, "%.0f%% of the bare loop (wanted: at least 90%%)" % (100 * rate / bare))
house.stop()
