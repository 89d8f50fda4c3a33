"""throughput - photos per second on all cores, sustained over 1,000 uploads, beside the bare loop on all cores. From
the first upload until the last row is there. Wanted: at least 90%."""
import threading

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
		raw.put(raw.sign("put_object", Bucket="photos", Key="many/%d.jpg" % number), bodies[number % len(bodies)])


rounds = max(1, 200 // (len(names) * CORES))
bare = call("thumb_loop", "-j", CORES, "-n", rounds, *names)["photos_per_s"]
began = time.monotonic()
clients = [threading.Thread(target=upload, args=(Raw(house),)) for _ in range(CLIENTS)]
for c in clients:
	c.start()
for c in clients:
	c.join()
uploaded = time.monotonic() - began
raw = Raw(house)
for number in range(UPLOADS):
	see = raw.sign("head_object", Bucket="photos-thumbnails", Key="many/%d.jpg/small.webp" % number)
	while raw.ask("HEAD", see) != 200:
		time.sleep(0.02)
rate = UPLOADS / (time.monotonic() - began)
bare = statistics.median([bare, call("thumb_loop", "-j", CORES, "-n", rounds, *names)["photos_per_s"]])
report("bare", photos_per_s=bare, processes=CORES)
report("minilab", photos_per_s=rate, uploads=UPLOADS, uploads_took_s=uploaded, rss_mb=house.rss_kb() / 1024)
verdict(rate >= 0.9 * bare, "%.0f%% of the bare loop (wanted: at least 90%%)" % (100 * rate / bare))
house.stop()
