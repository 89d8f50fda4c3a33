"""memory - of the daemon idle and with 100,000 events waiting. Wanted: under 10 MB apart. The functions' processes are
halted meanwhile, so that the events do wait."""
import signal

from bench import *

EVENTS = int(os.environ.get("EVENTS") or 100000)
house = House(retry_base_ms=3600000)


def waiting():
	return sum(metric(house, 'minilab_queue_jobs{state="%s"}' % s) for s in ("ready", "leased"))


def put(name, count):
	return call("s3_load", "put", "photos", name, 16, count, 1000, env=house.env)


put("warm", 2000)
for i in range(200):		# whatever a working daemon keeps is there before it is called idle
	house.s3.list_objects_v2(Bucket="photos", MaxKeys=100)
wait_until(lambda: waiting() == 0, "an empty queue", 300)
idle = house.rss_kb()
for pid in house.runners():
	os.kill(pid, signal.SIGSTOP)
put("wait", EVENTS)
queued, full = waiting(), house.rss_kb()
for pid in house.runners():
	os.kill(pid, signal.SIGCONT)
report("idle", rss_mb=idle / 1024)
report("queued", rss_mb=full / 1024, events=int(queued))
verdict(full - idle < 10240, "%.1f MB apart with %d events waiting (wanted: under 10)" % ((full - idle) / 1024, queued))
house.kill()
