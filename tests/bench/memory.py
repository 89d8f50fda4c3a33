"""memory - of the daemon idle and with 100,000 events waiting. Wanted: under 10 MB apart. The functions' processes are
halted meanwhile, so that the events do wait."""
import signal

from bench import *

EVENTS = int(os.environ.get("EVENTS") or 100000)
house = House(retry_base_ms=3600000)


def runners():
	out = subprocess.run(["pgrep", "-f", "minilab-runner"], stdout=subprocess.PIPE, text=True).stdout.split()
	return [int(p) for p in out if descends(int(p))]


def descends(pid):
	while pid > 1 and pid != house.pid:
		try:
			with open("/proc/%d/stat" % pid) as f:
				pid = int(f.read().rsplit(")", 1)[1].split()[1])
		except OSError:
			return False
	return pid == house.pid


def put(name, count):
	return call("s3_load", "put", "photos", name, 16, count, 1000, env=house.env)


put("warm", 2000)
for i in range(200):		# whatever a working daemon keeps is there before it is called idle
	house.s3.list_objects_v2(Bucket="photos", MaxKeys=100)
wait_until(lambda: metric(house, "minilab_queue_ready") + metric(house, "minilab_queue_leased") == 0, "an empty queue", 300)
idle = house.rss_kb()
for pid in runners():
	os.kill(pid, signal.SIGSTOP)
put("wait", EVENTS)
waiting, full = metric(house, "minilab_queue_ready"), house.rss_kb()
for pid in runners():
	os.kill(pid, signal.SIGCONT)
report("idle", rss_mb=idle / 1024)
report("queued", rss_mb=full / 1024, events=int(waiting))
verdict(full - idle < 10240, "%.1f MB apart with %d events waiting (wanted: under 10)" % ((full - idle) / 1024, waiting))
house.kill()
house.clear()
