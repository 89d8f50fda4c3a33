"""rclone - 10,000 photos of 10 KB copied by rclone into minilab, beside the same rclone to a folder of that disk (which is not synced); and the same photos by
a client in C through PutObject and through POST /_/upload. In one run and in turn, so that a disk's moods meet all. rclone asks with HEAD after each
PUT. With each the processor time of rclone (or the client) and of the daemon: who is the limit. Wanted: a client that costs little is at least twice as
fast as rclone is. REQUESTS and SIZE are environment variables."""
import resource
import shutil
import time

from bench import *

ROUNDS, REQUESTS, SIZE, TRANSFERS = 3, int(os.environ.get("REQUESTS") or 10000), int(os.environ.get("SIZE") or 10240), 8
if not shutil.which("rclone"):
	raise SystemExit("bench-rclone: skipped: needs rclone (deploy/setup.sh test)")


def children_s():
	used = resource.getrusage(resource.RUSAGE_CHILDREN)
	return used.ru_utime + used.ru_stime


house = House()
top = os.path.join(house.home, "tree")
for i in range(REQUESTS):
	folder = os.path.join(top, "d%03d" % (i // 100))
	if i % 100 == 0:
		os.makedirs(folder)
	with open(os.path.join(folder, "IMG_%05d.jpg" % i), "wb") as f:
		f.write(os.urandom(SIZE))
os.sync()			# else rclone's reading writes them out while it measures
env = {"PATH": os.environ["PATH"], "HOME": house.home, "RCLONE_CONFIG_M_TYPE": "s3", "RCLONE_CONFIG_M_PROVIDER": "Other", "RCLONE_CONFIG_M_ENDPOINT": house.url,
       "RCLONE_CONFIG_M_REGION": "us-east-1", "RCLONE_CONFIG_M_FORCE_PATH_STYLE": "true", "RCLONE_CONFIG_M_ACCESS_KEY_ID": house.env["AWS_ACCESS_KEY_ID"],
       "RCLONE_CONFIG_M_SECRET_ACCESS_KEY": house.env["AWS_SECRET_ACCESS_KEY"], "RCLONE_CONFIG_L_TYPE": "local"}


def copy(to):
	subprocess.run(["rclone", "--config", "", "copy", "--transfers=%d" % TRANSFERS, top, to], env=env, stdout=subprocess.DEVNULL, check=True)


def load(path):
	run = call("s3_load", "put", path, "p", TRANSFERS, REQUESTS, SIZE, env=house.env)
	if run["errors"]:
		raise SystemExit("%d of %s failed" % (run["errors"], path))


def to_minilab(n):
	house.s3.create_bucket(Bucket="rclone-%d" % n)
	copy("m:rclone-%d" % n)


def put_object(n):
	house.s3.create_bucket(Bucket="put-%d" % n)
	load("put-%d" % n)


def rest(n):
	house.s3.create_bucket(Bucket="rest-%d" % n)
	load("_/upload/rest-%d" % n)


ways = {"rclone_folder": (lambda n: copy("l:" + os.path.join(house.home, "folder", str(n))), None),
	"rclone_minilab": (to_minilab, house.pid),
	"put_object": (put_object, house.pid), "rest": (rest, house.pid)}
runs = {way: [] for way in ways}
for n in range(ROUNDS):
	for way, (run, server) in ways.items():
		wall, client, there = time.monotonic(), children_s(), processor_s(server) if server else 0
		run(n)
		runs[way].append((time.monotonic() - wall, children_s() - client, processor_s(server) - there if server else 0))
wall = {}
for way, of in runs.items():
	wall[way], client, there = (statistics.median(r[i] for r in of) for i in range(3))
	report(way, seconds=wall[way], photos_per_s=REQUESTS / wall[way], client_cpu_us=client * 1e6 / REQUESTS, server_cpu_us=there * 1e6 / REQUESTS)
report("setup", photos=REQUESTS, bytes=SIZE, transfers=TRANSFERS, rounds=ROUNDS, cores=CORES)
print("rclone to minilab takes %.2f times rclone to a folder" % (wall["rclone_minilab"] / wall["rclone_folder"]))
faster = wall["rclone_minilab"] / wall["put_object"]
verdict(faster >= 2, "PutObject by a client that costs little is %.1f times as fast: rclone is the limit (wanted: at least 2)" % faster)
house.stop()
