"""The console's gallery of many photos (100,000, or as many as the first argument says): rows are put into
the stopped store, all with the thumbnails of a few real photos. What the API takes for a page, and in a browser: first useful paint, scrolling, and a jump into the middle."""
import json
import os
import sqlite3
import statistics
import sys
import time
import urllib.parse
import urllib.request

from bench import House, photo

from browser import Browser

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
CAMERAS = ["NIKON Z 6", "Canon EOS R5", "Apple iPhone 13", "SONY ILCE-7M4", "FUJIFILM X-T5"]
REAL = 12


def fill(house):
	for i in range(REAL):
		house.s3.put_object(Bucket="photos", Key="real/%d.jpg" % i, Body=photo(1200, 800, seed=i), ContentType="image/jpeg")
	real = [house.row_where("real/%d.jpg" % i, status="done") for i in range(REAL)]

	def row(i):
		return dict(real[i % REAL], key={"S": "%04d/IMG_%06d.jpg" % (i // 1000, i)}, camera={"S": CAMERAS[i % 5] if i % 5000 else "Rare 1"},
			    uploaded_at={"S": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1600000000 + i * 60))})

	# Straight into the database, as 100,000 requests would take minutes: as an existing row and its index entry are, with other texts in them.
	house.stop()
	begun = time.monotonic()
	db = sqlite3.connect(os.path.join(house.data, "meta", "meta.db"))
	table, of, pk = db.execute("SELECT tbl, id, pk FROM item WHERE instr(value, 'real/0.jpg') > 0 AND instr(value, 'uploaded_at') > 0").fetchone()
	index, gpk, gsk = db.execute("SELECT idx, pk, sk FROM gsi WHERE item = ? AND instr(sk, ?) > 0", (of, real[0]["uploaded_at"]["S"].encode())).fetchone()
	for i in range(COUNT):
		r = row(i)
		text = json.dumps(r, separators=(",", ":")).encode()
		key, when = r["key"]["S"].encode(), r["uploaded_at"]["S"].encode()
		item = db.execute("INSERT INTO item(tbl, pk, sk, size, value) VALUES(?, ?, x'', ?, ?)", (table, pk.replace(b"real/0.jpg", key), len(text), text)).lastrowid
		db.execute("INSERT INTO gsi(tbl, idx, pk, sk, item) VALUES(?, ?, ?, ?, ?)",
			   (table, index, gpk, gsk.replace(real[0]["uploaded_at"]["S"].encode(), when).replace(b"real/0.jpg", key), item))
	db.commit()
	db.close()
	print("rows=%d row_bytes=%d seconds=%.1f" % (COUNT, len(text), time.monotonic() - begun))
	house.start()


class Api:
	def __init__(self, house):
		self.house = house
		keys = {"access_key": house.env["AWS_ACCESS_KEY_ID"], "secret_key": house.env["AWS_SECRET_ACCESS_KEY"]}
		self.headers = {"X-Minilab": "1", "Sec-Fetch-Site": "same-origin"}
		request = urllib.request.Request(house.url + "/_/session", json.dumps(keys).encode(), self.headers, method="POST")
		with urllib.request.urlopen(request) as a:
			self.headers["Cookie"] = a.headers["Set-Cookie"].split(";")[0]

	def get(self, **values):
		path = "/_/photos?" + urllib.parse.urlencode(dict({"bucket": "photos", "max": 200}, **values))
		with urllib.request.urlopen(urllib.request.Request(self.house.url + path, headers=self.headers)) as a:
			return json.load(a)

	def time(self, name, **values):
		taken = []
		for _ in range(9):
			begun = time.perf_counter()
			page = self.get(**values)
			taken.append((time.perf_counter() - begun) * 1000)
		print("page=%s ms=%.1f photos=%d next=%s" % (name, statistics.median(taken), len(page["photos"]), page["next"] or "none"))


def search(api, name, **values):
	begun, page, found, requests = time.perf_counter(), {"next": ""}, 0, 0
	while requests == 0 or page["next"]:
		page = api.get(**dict(values, **({"after": page["next"]} if page["next"] else {})))
		found += len(page["photos"])
		requests += 1
	print("search=%s found=%d requests=%d ms=%.0f" % (name, found, requests, (time.perf_counter() - begun) * 1000))


PAINT = """new Promise(done => { const begun = performance.now(), look = () => {
	const shown = document.querySelectorAll('.cell img.there').length;
	if (shown >= 12) done([performance.now() - begun, shown, document.querySelectorAll('.cell').length]);
	else requestAnimationFrame(look);
}; location.hash = '#/b/photos'; look(); })"""

# A person at the wheel: some 3,000 pixels a second for `seconds`.
SCROLL = """new Promise(done => { const frames = [], end = performance.now() + %d; let last = performance.now();
	const tasks = []; new PerformanceObserver(l => tasks.push(...l.getEntries().map(e => e.duration))).observe({ type: 'longtask' });
	const step = now => { frames.push(now - last); last = now; scrollBy(0, 50);
		if (now < end) requestAnimationFrame(step);
		else done([frames.length, frames.filter(f => f > 50).length, Math.max(...frames), tasks.length, document.querySelectorAll('.cell').length]); };
	requestAnimationFrame(step); })"""

JUMP = """new Promise(done => { const begun = performance.now(), look = () => {
	const seen = [...document.querySelectorAll('.cell')].filter(c => { const r = c.getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0; });
	if (seen.length > 3 && seen.every(c => c.photo) && seen.some(c => c.querySelector('img.there'))) done(performance.now() - begun);
	else requestAnimationFrame(look);
}; scrollTo(0, document.documentElement.scrollHeight * %f); setTimeout(look, 30); })"""


def in_browser(house, api):
	browser = Browser()
	try:
		browser.open(house.url + "/_/")
		browser.type("#access-key", house.env["AWS_ACCESS_KEY_ID"])
		browser.type("#secret-key", house.env["AWS_SECRET_ACCESS_KEY"])
		browser.click("button", "Sign in")
		browser.see("main h1", "Photos")
		ms, shown, cells = browser.run(PAINT)
		print("first_paint_ms=%.0f thumbnails=%d elements=%d" % (ms, shown, cells))
		frames, slow, worst, tasks, cells = browser.run(SCROLL % 6000)
		print("scroll_frames=%d over_50_ms=%d worst_ms=%.0f long_tasks=%d elements=%d" % (frames, slow, worst, tasks, cells))
		for part in (0.5, 0.999, 0.2):
			print("jump_to=%.3f ms=%.0f" % (part, browser.run(JUMP % part)))
		print("console=%s" % browser.console)
	finally:
		browser.close()


house = House()
fill(house)
api = Api(house)
for name, values in (("first", {}), ("middle", {"at": COUNT // 2}), ("last", {"at": COUNT - 200}), ("rare camera", {"camera": "rare"}), ("common camera", {"camera": "canon"})):
	api.time(name, **values)
search(api, "rare camera", camera="rare")
search(api, "part of a key", q="img_0%d" % (COUNT // 20))
search(api, "one month", **{"from": "2020-10", "to": "2020-10"})
in_browser(house, api)
house.stop()
