"""list - milliseconds of one page of ListObjectsV2 at the start and at the end of a bucket of KEYS (1,000,000) objects in a hundred folders, flat and
with a delimiter, and of the page of folders, what boto3 takes to read it included. Medians of 21. The last page of a bucket must not cost more than twice its first: lists go on from a
key, they do not count from the start."""
import time

from bench import *

KEYS, FOLDERS, PAGES = int(os.environ.get("KEYS") or 1000000), 100, 21
house = House()
house.s3.create_bucket(Bucket="bench")
for i in range(FOLDERS):
	call("s3_load", "put", "bench", "%02d/k" % i, 16, KEYS // FOLDERS, 1, env=house.env)


def page(**asked):
	"""Median of the milliseconds, and how many lines came."""
	took = []
	for _ in range(PAGES):
		began = time.perf_counter()
		said = house.s3.list_objects_v2(Bucket="bench", **asked)
		took.append((time.perf_counter() - began) * 1000)
	return statistics.median(took), said["KeyCount"]


first, lines = page()
last, _ = page(StartAfter="%02d/" % (FOLDERS - 1))
report("flat", first_ms=first, last_ms=last, lines=lines, keys=KEYS)
inside_first, _ = page(Prefix="00/k/", Delimiter="/")
inside_last, lines = page(Prefix="%02d/k/" % (FOLDERS - 1), Delimiter="/")
report("in a folder", first_ms=inside_first, last_ms=inside_last, lines=lines)
folders, lines = page(Delimiter="/")
report("folders", page_ms=folders, lines=lines)
verdict(last <= 2 * first and inside_last <= 2 * inside_first and lines == FOLDERS, "the last page costs %.2f of the first (wanted: at most 2)" %
	(last / first))
house.stop()
