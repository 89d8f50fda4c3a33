"""list - what a page of 1,000 keys costs ListObjectsV2 in a bucket of 1,000,000 (KEYS), at its beginning, in its middle and at its end, without and
with a delimiter; beside SQLite reading the same rows with nothing done to them, which is the limit. Wanted: the last page within 1.5 of the
first, and a page of prefixes no dearer than ten of keys. Rows are put into the stopped store: a million requests would take minutes."""
import sqlite3
import time

from bench import *

KEYS, ROUNDS, PAGE, FOLDER = int(os.environ.get("KEYS") or 1000000), 15, 1000, 1000
house = House()
house.s3.create_bucket(Bucket="many")
house.s3.put_object(Bucket="many", Key="~", Body=b"")


def key(i):
	return "%04d/IMG_%07d.jpg" % (i // FOLDER, i)


house.stop()
db = sqlite3.connect(os.path.join(house.data, "meta", "meta.db"))
columns = [c[1] for c in db.execute("PRAGMA table_info(object)")]
like = dict(zip(columns, db.execute("SELECT * FROM object WHERE key = ?", (b"~",)).fetchone()))
bucket = like["bucket"]
db.executemany("INSERT INTO object(%s) VALUES(%s)" % (", ".join(columns), ", ".join("?" * len(columns))),
	       ([dict(like, key=key(i).encode(), seq=i + KEYS, born=i + KEYS)[c] for c in columns] for i in range(KEYS)))
db.commit()


def bare(after):
	begun = time.perf_counter()
	rows = db.execute("SELECT seq, mtime, size, etag, sum_kind, sum_type, sum, headers, watched, key FROM object WHERE bucket = ? AND key > ?"
			  " ORDER BY key LIMIT ?", (bucket, after.encode(), PAGE)).fetchall()
	assert len(rows) > 0
	return (time.perf_counter() - begun) * 1000


def median_of(run):
	return statistics.median(run() for _ in range(ROUNDS))


places = {"first": "", "middle": key(KEYS // 2), "last": key(KEYS - PAGE - 1)}
limit = {name: median_of(lambda after=after: bare(after)) for name, after in places.items()}
db.close()
house.start()
raw = Raw(house)


def page(**params):
	target = raw.sign("list_objects_v2", Bucket="many", MaxKeys=PAGE, **params)

	def ask():
		begun = time.perf_counter()
		status = raw.ask("GET", target)
		if status != 200:
			raise SystemExit("ListObjectsV2 answered %d" % status)
		return (time.perf_counter() - begun) * 1000
	return median_of(ask)


flat = {name: page(**({"StartAfter": after} if after else {})) for name, after in places.items()}
for name in places:
	report("keys", page=name, median_ms=flat[name], bare_ms=limit[name], ratio=flat[name] / limit[name], keys=KEYS)
folded = {"first": page(Delimiter="/"), "last": page(Delimiter="/", StartAfter="%04d/~" % (KEYS // FOLDER - 2))}
inside = page(Delimiter="/", Prefix="%04d/" % (KEYS // FOLDER // 2))
report("prefixes", first_ms=folded["first"], last_ms=folded["last"], inside_a_folder_ms=inside, keys_in_a_folder=FOLDER)
verdict(flat["last"] <= 1.5 * flat["first"], "the last page takes %.2f of the first (wanted: at most 1.5)" % (flat["last"] / flat["first"]))
verdict(folded["first"] <= 10 * flat["first"], "a page of prefixes takes %.1f of one of keys (wanted: at most 10)" % (folded["first"] / flat["first"]))
house.stop()
