"""41-drop-folder-kill.py - a burst of files into drop folders, and kill -9 in the middle of it, again and again: every file is an object with its
content (0 missed, 0 partial) and was uploaded exactly once (0 doubled), whatever becomes of the files afterwards.

	41-drop-folder-kill.py [--files 2000] [--kills 6] [--size 700] [--plain] [--seed 1]

--plain leaves the kills out, and prints what the burst cost: time, processor time and memory of the daemon.
"""
import argparse
import hashlib
import json
import os
import random
import sqlite3
import time

from lib import House, eq, run, test, wait_until
from wire import Wire

parser = argparse.ArgumentParser()
parser.add_argument("--files", type=int, default=2000)
parser.add_argument("--kills", type=int, default=6)
parser.add_argument("--size", type=int, default=700)
parser.add_argument("--plain", action="store_true")
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()

SETTLE_MS = 100
FOLDERS = ("keep", "move", "delete")
dice = random.Random(options.seed)
house = House()
house.s3.create_bucket(Bucket="drops")		# without functions: what is counted are uploads
want = {after: {} for after in FOLDERS}		# key -> etag


def folder(after):
	return os.path.join(house.home, "drop-" + after)


def watch(after):
	os.makedirs(folder(after), exist_ok=True)
	house.cli("watch", folder(after), "--to", "drops/" + after, "--after", after, "--name", after, "--settle-ms", str(SETTLE_MS), "--detach")


def ask():
	return {f["name"]: f for f in json.loads(Wire(house).ask("GET", "/_/watch").body)["folders"]}


def burst(after, first, count):
	"""Most are small, some need a file of their own in the store; a third comes by renaming. All in folders of 500."""
	for i in range(first, first + count):
		name = "%04d/%06d.bin" % (i // 500, i)
		path = os.path.join(folder(after), name)
		if i % 500 == 0:
			os.makedirs(os.path.dirname(path), exist_ok=True)
		data = b"%d %d " % (i, dice.getrandbits(64)) * (options.size // 20 if i % 400 else 35000)
		temporary = path + ".part" if i % 3 == 0 else path
		with open(temporary, "wb") as f:
			f.write(data)
		if temporary != path:
			os.rename(temporary, path)
		want[after][after + "/" + name] = hashlib.md5(data).hexdigest()


def objects(prefix):
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket="drops", Prefix=prefix + "/")
	return {o["Key"]: o["ETag"].strip('"') for page in pages for o in page.get("Contents", [])}


def all_are_in():
	def idle(f):
		return f["state"] == "watching" and not f["looking"] and not (f["settling"] + f["written"] + f["unfinished"] + f["taking"] + f["failed"])
	now = ask()
	return all(idle(now[a]) for a in FOLDERS) and all(len(objects(a)) == len(want[a]) for a in FOLDERS)


def cpu_s():
	with open("/proc/%d/stat" % house.pid) as f:
		fields = f.read().rsplit(")", 1)[1].split()
	return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@test
def a_burst_of_files_is_taken_through_kills():
	for after in FOLDERS:
		watch(after)
	files, parts = options.files // len(FOLDERS), 1 if options.plain else options.kills + 1
	began, cpu, most = time.monotonic(), cpu_s(), 0
	for part in range(parts):
		for after in FOLDERS:
			burst(after, files * part // parts, files * (part + 1) // parts - files * part // parts)
		if options.plain:
			break
		if part < options.kills:
			time.sleep(dice.random() * 0.5)	# the moment itself is what is random here
			house.kill()
			house.start()
	written = time.monotonic()
	if options.plain:
		while not all_are_in() and time.monotonic() < written + 1800:
			most = max(most, house.rss_kb())
			time.sleep(1)
		print("# %d files: written in %.1f s, all in %.1f s later; %.1f s of processor time, %d MB at most" %
		      (sum(map(len, want.values())), written - began, time.monotonic() - written, cpu_s() - cpu, most // 1024))
	wait_until(all_are_in, "all files to be in", 300)


@test
def each_is_an_object_with_its_content_and_no_other_is():
	for after in FOLDERS:
		found = objects(after)
		missed = set(want[after]) - set(found)
		partial = [k for k in found if want[after].get(k) != found[k]]
		eq((len(missed), partial), (0, []), "missed, and partial or unknown, of %s" % after)


@test
def files_are_kept_moved_or_deleted():
	def files(path):
		return {os.path.relpath(os.path.join(d, n), path) for d, _, names in os.walk(path) for n in names
			if n != ".minilab-done"}
	names = {a: {k.split("/", 1)[1] for k in want[a]} for a in FOLDERS}
	wait_until(lambda: files(folder("delete")) == set(), "deletions")
	wait_until(lambda: files(folder("move")) == {"done/" + n for n in names["move"]}, "moves")
	eq(files(folder("keep")), names["keep"])


@test
def each_was_uploaded_once():
	house.stop()
	db = sqlite3.connect("file:%s/meta/meta.db?mode=ro" % house.data, uri=True)
	counts = dict(db.execute("SELECT CAST(key AS TEXT), count(*) FROM journal WHERE what = 0 GROUP BY bucket, key"))
	lines = db.execute("SELECT count(*) FROM ledger l JOIN object o ON o.bucket = l.bucket AND o.key = l.key AND o.seq = l.seq").fetchone()[0]
	db.close()
	all_ = {k for a in FOLDERS for k in want[a]}
	eq({k: n for k, n in counts.items() if n != 1 or k not in all_}, {}, "doubled")
	eq((len(counts), lines), (len(all_), len(all_)), "uploads and lines of the ledger")
	house.audit()
	print("# %d files, %d kills: 0 partial, 0 missed, 0 doubled" % (len(all_), 0 if options.plain else options.kills))


run(house, only=[])
