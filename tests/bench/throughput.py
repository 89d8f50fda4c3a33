"""throughput - photos per second on all cores, sustained over 1,000 uploads, beside the bare loop on all cores. From
the first upload until the last row is there. Wanted: at least 90%."""
import re
import threading
import urllib.request

from bench import *

UPLOADS = int(os.environ.get("UPLOADS") or 1000)
CLIENTS = 4
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


rounds = max(2, 200 // (len(names) * CORES))
bare = call("thumb_loop", "-j", CORES, "-n", rounds, *names)["photos_per_s"]
raws = [Raw(house) for _ in range(CLIENTS)]
# Signed before the clock starts, and asked for seldom: what the client costs is not what is measured.
puts = [raws[0].sign("put_object", Bucket="photos", Key="many/%d.jpg" % number) for number in range(UPLOADS)]
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
bare = statistics.median([bare, call("thumb_loop", "-j", CORES, "-n", rounds, *names)["photos_per_s"]])
report("bare", photos_per_s=bare, processes=CORES)
report("minilab", photos_per_s=rate, uploads=UPLOADS, uploads_took_s=uploaded, rss_mb=house.rss_kb() / 1024)
verdict(rate >= 0.9 * bare, "%.0f%% of the bare loop (wanted: at least 90%%)" % (100 * rate / bare))
house.stop()
