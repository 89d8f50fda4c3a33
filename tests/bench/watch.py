"""watch - files a second that a drop folder takes, beside `cp` and sync of the same tree, and what it costs when nothing happens: a look at the
whole folder. Half the files are 20 KB, half 200 KB; FILES and ROUNDS change how many. Wanted: at least a third of the speed of cp and sync,
which neither digest nor record anything."""
import json
import shutil

from bench import *

FILES, ROUNDS = int(os.environ.get("FILES") or 3000), int(os.environ.get("ROUNDS") or 3)
house = House()
house.s3.create_bucket(Bucket="bench")


def make_tree(path):
	block = os.urandom(200000)
	for i in range(FILES):
		folder = os.path.join(path, "%03d" % (i // 200))
		os.makedirs(folder, exist_ok=True)
		with open(os.path.join(folder, "%06d.bin" % i), "wb") as f:
			f.write(b"%d" % i + block[:20000 if i % 2 else 200000])


def folder(name):
	return [f for f in json.loads(house.cli("watch", "--json"))["folders"] if f["name"] == name][0]


def take(number):
	"""All is there before the folder is watched: what is measured is looking, reading and committing. Its settle time is no work."""
	path = os.path.join(house.home, "drop-%d" % number)
	shutil.copytree(source, path)
	began, cpu, settle = time.monotonic(), processor_s(house.pid), 100
	house.cli("watch", path, "--to", "bench/%d" % number, "--name", "r%d" % number, "--settle-ms", str(settle), "--detach")
	wait_until(lambda: folder("r%d" % number)["put"] == FILES, "all files", 600)
	return time.monotonic() - began - settle / 1000, processor_s(house.pid) - cpu


def copy(number):
	began = time.monotonic()
	subprocess.run(["cp", "-r", source, os.path.join(house.home, "copy-%d" % number)], check=True)
	subprocess.run(["sync", "-f", house.home], check=True)
	return time.monotonic() - began


source = os.path.join(house.home, "source")
make_tree(source)
takes, copies = [], []
for i in range(ROUNDS):
	copies.append(copy(i))
	takes.append(take(i))
seconds, cpu, peer = statistics.median(t[0] for t in takes), statistics.median(t[1] for t in takes), statistics.median(copies)
before = processor_s(house.pid)
house.cli("watch", "r0", "--rescan", "--wait")
look = processor_s(house.pid) - before
report("cp + sync", files_per_s=FILES / peer, seconds=peer)
report("minilab", files_per_s=FILES / seconds, seconds=seconds, cpu_us_per_file=cpu / FILES * 1e6, rss_mb=house.rss_kb() / 1024)
report("look", cpu_us_per_file=look / FILES * 1e6)
verdict(seconds <= 3 * peer, "%.0f%% of the speed of cp and sync (wanted: at least 33%%)" % (100 * peer / seconds))
house.stop()
