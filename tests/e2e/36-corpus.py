"""The hostile corpus (hostile.py): every file ends at its first attempt, within five seconds of processor time and 256 MB, as it must,
and the daemon stays as it was."""
import hostile
from lib import House, eq, photo, plain, run, test, wait_until

house = House(attempt_cpu_ms=5000, attempt_memory_mb=256, retry_base_ms=20)
RSS_GROWTH_KB = 64 * 1024
AT_LEAST = 60


def ended(key):
	row = house.row(key)
	return row if row and plain(row["status"]) in ("done", "failed") else None


def end(row):
	return "done" if plain(row["status"]) == "done" else plain(row["reason"])


def each_ends_as_it_must(kind):
	wrong, n = [], 0
	for key, body, ends in hostile.corpus(kind):
		house.s3.put_object(Bucket="photos", Key=key, Body=body)
		row = wait_until(lambda: ended(key), "an end for " + key)
		n += 1
		if end(row) not in ends or plain(row["attempts"]) != "1":
			wrong.append("%s: %s at attempt %s (%s), want %s" % (key, end(row), plain(row["attempts"]),
									      plain(row.get("message")), " or ".join(ends)))
		eq(len(house.thumbnails(key)), 3 if end(row) == "done" else 0, "thumbnails of " + key)
	eq(n > 0, True, "there are some")
	eq(wrong, [], "files that ended otherwise")


def of_kind(kind):
	def body():
		each_ends_as_it_must(kind)
	body.__name__ = "files_that_hurt_by_%s_end_as_they_must" % kind
	return test(body)


@test
def the_corpus_has_enough_of_them():
	files = list(hostile.corpus())
	eq(len(files) >= AT_LEAST, True, "%d files" % len(files))
	eq(len({key for key, _, _ in files}), len(files), "different names")
	house.s3.put_object(Bucket="photos", Key="warm.jpg", Body=photo(500, 400))
	house.row_where("warm.jpg", status="done")


for each in hostile.KINDS:
	of_kind(each)


@test
def the_daemon_is_no_larger_after_all_of_it_again():
	files = [(key, body) for key, body, _ in hostile.corpus()]
	before = house.rss_kb()
	for key, body in files:
		house.s3.put_object(Bucket="photos", Key="again/" + key, Body=body)
	for key, _ in files:
		wait_until(lambda k="again/" + key: ended(k), "an end for again/" + key, 180)
	grown = house.rss_kb() - before
	eq(grown < RSS_GROWTH_KB, True, "growth of %d kB is small" % grown)


@test
def nobody_but_the_cage_was_hurt():
	eq(house.starts, 1, "starts of the daemon")
	eq(house.process.poll(), None, "it runs")
	house.row_where("warm.jpg", status="done")
	house.s3.put_object(Bucket="photos", Key="after.jpg", Body=photo(100, 100))
	house.row_where("after.jpg", status="done")
	house.stop()
	house.audit()
	house.start()


run(house)
