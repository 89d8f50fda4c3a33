"""Photos in the console: what its requests answer, and a person's way from an upload over the wall to one photo, its retry and its end. With
MINILAB_SHOTS=DIR every page is kept there as a picture, light, dark and on a phone."""
import base64
import http.server
import io
import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request

from PIL import Image

from browser import SHOTS, Browser
from lib import House, eq, photo, run, test, wait_until

house = House(watch_by_keys="on", webhook_allow="127.0.0.1", webhook_base_ms=20, webhook_wait_max_ms=200, webhook_age_s=1)
KEYS = {"access_key": house.env["AWS_ACCESS_KEY_ID"], "secret_key": house.env["AWS_SECRET_ACCESS_KEY"]}


def ask(method, path, value=None, cookie=None, page=True):
	"""Status, headers and body, as the console's own page asks."""
	headers = {"Sec-Fetch-Site": "same-origin" if page else "cross-site", "Cookie": signed_in() if cookie is None else cookie}
	if page:
		headers["X-Minilab"] = "1"
	request = urllib.request.Request(house.url + path, json.dumps(value).encode() if value is not None else None, headers, method=method)
	try:
		with urllib.request.urlopen(request) as answer:
			return answer.status, answer.headers, answer.read()
	except urllib.error.HTTPError as e:
		return e.code, e.headers, e.read()


cookies = []


def signed_in():
	if not cookies:
		cookies.append(ask("POST", "/_/session", KEYS, cookie="")[1]["Set-Cookie"].split(";")[0])
	return cookies[0]


def told(path):
	status, _, body = ask("GET", path)
	eq(status, 200, path)
	return json.loads(body)


def photos(**values):
	return told("/_/photos?" + urllib.parse.urlencode(dict({"bucket": "photos"}, **values)))


def keys(**values):
	return [p["key"] for p in photos(**values)["photos"]]


def put(key, body, **more):
	house.s3.put_object(Bucket="photos", Key=key, Body=body, ContentType="image/jpeg", **more)


def settled():
	wait_until(lambda: house.health()["queue"]["ready"] + house.health()["queue"]["leased"] == 0, "the queue to be empty")


def taken_by(camera, when):
	exif = Image.Exif()
	exif[0x0110] = camera
	exif[0x8769] = {0x9003: when}
	return photo(90, 60, seed=7, exif=exif.tobytes())


# What is answered

@test
def the_newest_photo_comes_first_and_any_place_can_be_begun_from():
	for i in range(5):
		put("june/%d.jpg" % i, photo(120 + i, 80, seed=i))
		house.row_where("june/%d.jpg" % i, status="done")
	eq(keys(), ["june/%d.jpg" % i for i in (4, 3, 2, 1, 0)])
	page = photos(at=1, max=2)
	eq(([p["key"] for p in page["photos"]], page["total"], page["order"], page["next"]), (["june/3.jpg", "june/2.jpg"], 5, "newest", "n3"))
	eq((keys(after="n3"), keys(at=5), keys(at=10**9)), (["june/1.jpg", "june/0.jpg"], [], []))
	first = page["photos"][0]
	eq((first["state"], first["width"], first["height"], first["bucket"]), ("ready", 123, 80, "photos-thumbnails"))
	eq(sorted(t["name"] for t in first["thumbs"]), sorted(house.thumbnails("june/3.jpg")))
	assert first["thumbhash"] and first["color"].startswith("#"), first


@test
def photos_are_found_by_key_date_camera_and_failure():
	put("july/IMG \u00e4.jpg", taken_by("Testcam 500", "2021:07:08 09:10:11"))
	put("broken.jpg", b"not a photo")
	settled()
	eq(keys(q="JULY/img"), ["july/IMG \u00e4.jpg"])
	eq(keys(q="\u00e4"), ["july/IMG \u00e4.jpg"])
	eq((keys(camera="testcam"), keys(camera="other")), (["july/IMG \u00e4.jpg"], []))
	eq((keys(**{"from": "2021-07", "to": "2021-07-08"}), keys(to="2021-07-07")), (["july/IMG \u00e4.jpg"], []))
	failed = photos(state="failed")
	eq([(p["key"], p["state"], p["reason"]) for p in failed["photos"]], [("broken.jpg", "failed", "Image.NotAnImage")])
	assert "total" not in failed and failed["next"] == "", failed
	eq(keys(q="%"), [])


@test
def a_bucket_that_nothing_watches_is_listed_by_keys():
	house.s3.create_bucket(Bucket="plain")
	for key in ("b", "a/1", "a/2"):
		house.s3.put_object(Bucket="plain", Key=key, Body=b"x", ContentType="text/plain")
	page = photos(bucket="plain", max=2)
	eq([(p["key"], p["state"], p["content_type"]) for p in page["photos"]], [("a/1", "object", "text/plain"), ("a/2", "object", "text/plain")])
	eq((page["order"], page["next"], "total" in page), ("key", "kb", False))
	eq(keys(bucket="plain", after="kb"), ["b"])
	eq(keys(bucket="plain", q="2"), ["a/2"])


@test
def what_is_no_question_is_refused():
	for path, status in (("/_/photos", 400), ("/_/photos?bucket=nothing", 404), ("/_/photos?bucket=photos&at=-1", 400), ("/_/photos?bucket=photos&max=501", 400),
			     ("/_/photos?bucket=photos&after=x", 400), ("/_/photos?bucket=photos&q=" + "x" * 257, 400), ("/_/o/photos/nothing", 404), ("/_/o/nothing/x", 404)):
		eq(ask("GET", path)[0], status, path)
	for path in ("/_/photos?bucket=photos", "/_/buckets", "/_/o/photos/june/1.jpg", "/_/series", "/_/settings"):
		eq(ask("GET", path, cookie="")[0], 401, path)


@test
def buckets_tell_what_is_in_them():
	found = {b["name"]: b for b in told("/_/buckets")["buckets"]}
	eq((found["photos"]["photos"], found["photos"]["objects"], found["photos"]["more"]), (6, 7, False))
	eq((found["photos-thumbnails"]["objects"], found["plain"]["bytes"], found["plain"]["versioning"]), (18, 3, "off"))
	eq({(r["function"], r["events"]) for r in found["photos"]["rules"]}, {("thumbnail", "s3:ObjectCreated:*"), ("thumbnail", "s3:ObjectRemoved:*")})


@test
def bytes_come_apart_from_the_consoles_origin():
	status, headers, body = ask("GET", "/_/o/photos/june/1.jpg", page=False)
	eq((status, body, headers["Content-Type"], headers["Content-Disposition"]), (200, photo(121, 80, seed=1), "image/jpeg", None))
	assert headers["Content-Security-Policy"].startswith("sandbox;"), headers["Content-Security-Policy"]
	eq((headers["X-Content-Type-Options"], headers["Cross-Origin-Resource-Policy"]), ("nosniff", "same-origin"))
	eq(ask("GET", "/_/o/photos/july/IMG%20%C3%A4.jpg?download=1")[1]["Content-Disposition"], "attachment; filename*=UTF-8''IMG%20%C3%A4.jpg")
	eq(ask("GET", "/_/o/plain/b")[1]["Content-Disposition"], "attachment; filename*=UTF-8''b")
	status, headers, body = ask("HEAD", "/_/o/photos/june/1.jpg")
	eq((status, headers["Content-Length"], body), (200, str(len(photo(121, 80, seed=1))), b""))


@test
def an_object_of_several_parts_and_a_large_one_come_whole():
	big, end = os.urandom(5 << 20), os.urandom(1000)
	upload = house.s3.create_multipart_upload(Bucket="plain", Key="parts")["UploadId"]
	parts = [{"PartNumber": n, "ETag": house.s3.upload_part(Bucket="plain", Key="parts", UploadId=upload, PartNumber=n, Body=b)["ETag"]} for n, b in ((1, big), (2, end))]
	house.s3.complete_multipart_upload(Bucket="plain", Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
	house.s3.put_object(Bucket="plain", Key="large", Body=big)
	house.s3.put_object(Bucket="plain", Key="empty", Body=b"")
	eq([ask("GET", "/_/o/plain/" + k)[2] for k in ("parts", "large", "empty")], [big + end, big, b""])
	eq(ask("HEAD", "/_/o/plain/large")[1]["Content-Length"], str(len(big)))


@test
def several_go_at_once():
	value = {"bucket": "photos", "keys": ["june/0.jpg", "june/1.jpg", "never there"]}
	eq(ask("POST", "/_/objects/delete", value, page=False)[0], 403)
	status, _, body = ask("POST", "/_/objects/delete", value)
	eq((status, json.loads(body)), (200, {"deleted": 3}))
	wait_until(lambda: not house.row("june/0.jpg") and not house.thumbnails("june/1.jpg"), "rows and thumbnails to be gone")
	for wrong in ({}, [], {"bucket": "photos"}, {"bucket": "photos", "keys": []}, {"bucket": "photos", "keys": [1]}, {"bucket": "photos", "keys": ["x"] * 1001}):
		eq(ask("POST", "/_/objects/delete", wrong)[0], 400, wrong)
	eq(ask("POST", "/_/objects/delete", {"bucket": "nothing", "keys": ["x"]})[0], 404)


@test
def settings_are_told_with_their_defaults_and_without_variables():
	found = {s["name"]: s for s in told("/_/settings")["settings"]}
	eq((found["retry_base_ms"]["value"], found["retry_base_ms"]["default"]), (50, 60000))
	eq((found["region"]["value"], found["probes"]["value"]), ("us-east-1", False))
	eq((found["retry_base_ms"]["origin"], found["region"]["origin"]), ("flag", "default"))


@test
def what_failed_is_summed_up_by_reason():
	put("broken too.jpg", b"")
	settled()
	series = told("/_/series")
	eq(sorted((r["code"], r["count"]) for r in series["reasons"]), [("Image.Empty", 1), ("Image.NotAnImage", 1)])
	eq((series["now"]["dead"], series["now"]["waiting"], series["step_s"], len(series["columns"])), (2, 0, 10, 11))


# In a browser

def sign_in(browser, page):
	browser.open(house.url + "/_/#/" + page)
	browser.type("#access-key", KEYS["access_key"])
	browser.type("#secret-key", KEYS["secret_key"])
	browser.click("button", "Sign in")


def outside(browser):
	"""Addresses of other origins that the page asked for."""
	names = browser.run("performance.getEntriesByType('resource').map(e => e.name)")
	return [n for n in names if not n.startswith(house.url.rstrip("/") + "/_/") and not n.startswith("data:")]


UPLOAD = """(async () => {
	const bytes = Uint8Array.from(atob(%s), c => c.charCodeAt(0)), data = new DataTransfer();
	data.items.add(new File([bytes], "dropped.jpg", { type: "image/jpeg" }));
	for (const type of ["dragenter", "dragover", "drop"])
		dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
})()"""


@test
def a_dropped_photo_is_uploaded_shown_looked_at_and_deleted():
	browser = Browser.shared()
	sign_in(browser, "buckets")
	browser.see("tbody a", "photos")
	browser.shot("buckets")
	browser.click("tbody a", "photos")
	browser.see(".cell.ready .there")
	browser.run(UPLOAD % json.dumps(base64.b64encode(photo(640, 480, seed=99)).decode()))
	browser.see(".uploads .ready .what", "ready")
	browser.see(".cell.ready a", "dropped.jpg")
	browser.shot("gallery")
	eq(house.s3.get_object(Bucket="photos", Key="dropped.jpg")["Body"].read(), photo(640, 480, seed=99))
	browser.click(".cell a", "dropped.jpg")
	browser.see("main h1", "dropped.jpg")
	browser.find(".stage img", "", "e.naturalWidth")
	eq(urllib.parse.urlsplit(browser.run("document.querySelector('.stage img').src")).path, "/_/t/photos/dropped.jpg/large.jpg")
	browser.see(".life li", "done")
	browser.see(".renditions li", "small.webp")
	browser.shot("photo")
	browser.click("button", "Delete")
	browser.click("dialog button", "Delete")
	wait_until(lambda: not house.row("dropped.jpg"), "the row to be gone")
	eq((browser.console, outside(browser)), ([], []))


@test
def a_placeholder_looks_like_its_photo_from_afar():
	corners = Image.new("RGB", (2, 2))
	corners.putdata([(220, 40, 30), (30, 60, 200), (240, 220, 60), (20, 120, 60)])
	image, out = corners.resize((320, 320), Image.BILINEAR), io.BytesIO()
	image.save(out, "JPEG", quality=95)
	put("corners.jpg", out.getvalue())
	row = house.row_where("corners.jpg", status="done")
	browser = Browser.shared()
	browser.open(house.url + "/_/")
	browser.see("#access-key")
	side, pixels = browser.run("import('/_/ui/thumbhash.mjs').then(m => { const d = m.decode(%s); return [d.side, [...d.pixels]]; })" % json.dumps(row["thumbhash"]["S"]))
	want = image.resize((side, side), Image.BOX).tobytes()
	mean = [sum(want[c::3]) / (side * side) for c in range(3)]
	off = sum(abs(pixels[i * 4 + c] - want[i * 3 + c]) for i in range(side * side) for c in range(3))
	flat = sum(abs(mean[c] - want[i * 3 + c]) for i in range(side * side) for c in range(3))
	eq(set(pixels[3::4]), {255})
	assert off * 3 < flat, (off, flat)	# how far one colour alone would be off
	eq(browser.run("import('/_/ui/thumbhash.mjs').then(m => [m.placeholder(undefined), m.placeholder('%%%'), m.placeholder('')])"), ["", "", ""])


LARGE = """(async () => {
	const bytes = Uint8Array.from(atob(%s), c => c.charCodeAt(0)), data = new DataTransfer();
	data.items.add(new File([bytes, new Uint8Array(%d)], "large.jpg", { type: "image/jpeg", lastModified: 1 }));
	for (const type of ["dragenter", "dragover", "drop"])
		dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
})()"""
BREAK = """(() => { const send = XMLHttpRequest.prototype.open; let n = 0; window.asked = []; XMLHttpRequest.prototype.open = function (method, url) {
	window.asked.push(method);
	if (method === "PATCH" && ++n === 2)
		throw new Error("the page is closed");
	return send.apply(this, arguments);
} })()"""


@test
def a_large_file_goes_on_where_it_was_broken_off_when_it_is_dropped_again():
	body, zeros = photo(300, 200, seed=5), 17 << 20
	browser = Browser.shared()
	sign_in(browser, "b/photos")
	browser.see(".cell")
	browser.run(BREAK)
	drop = LARGE % (json.dumps(base64.b64encode(body).decode()), zeros)
	browser.run(drop)
	browser.see(".uploads .failed .what", "closed")
	eq(browser.run("asked.join(' ')"), "POST PATCH PATCH")
	browser.click(".uploads button", "Close")
	browser.run(drop)
	browser.see(".uploads .ready .what", "ready")
	eq(browser.run("asked.join(' ')"), "POST PATCH PATCH HEAD PATCH PATCH")
	eq(house.s3.head_object(Bucket="photos", Key="large.jpg")["ContentLength"], len(body) + zeros)
	eq((browser.console, browser.run("localStorage.length")), ([], 0))


@test
def a_failed_photo_is_found_and_tried_again():
	browser = Browser.shared(dark=True)
	sign_in(browser, "b/photos")
	browser.see(".cell")
	browser.click(".filter input[name=failed]")
	browser.see(".tally", "2 photos")
	browser.shot("gallery-failed-dark")
	browser.click(".cell a", "broken.jpg")
	browser.see(".notice.bad", "photo format")
	browser.shot("photo-failed-dark")
	browser.click("button", "Retry")
	browser.see(".said", "It runs again")
	browser.see(".life", "attempt 1")
	browser.open(house.url + "/_/#/pipeline")
	browser.see(".reasons a", "Image.NotAnImage")
	browser.see(".chart svg")
	browser.shot("pipeline-dark")
	browser.click(".reasons a", "Image.Empty")
	browser.see("td strong", "Image.Empty")
	eq(browser.run("[...document.querySelectorAll('td strong')].map(e => e.textContent)"), ["Image.Empty"])
	browser.click(".toolbar input")
	browser.click("button", "Redrive chosen")
	browser.see(".said", "1 event of 1 run again")
	eq((browser.console, outside(browser)), ([], []))


@test
def the_wall_is_walked_by_keys_alone():
	browser = Browser.shared()
	sign_in(browser, "b/photos")
	browser.see(".cell.ready .there")
	for _ in range(60):
		browser.key("Tab", 9)
		if browser.run("document.activeElement.closest('.cell') !== null"):
			break
	browser.key("ArrowRight", 39)
	at = browser.run("document.activeElement.title")
	assert at in keys(), at
	browser.key(" ", 32)
	browser.see(".selection", "1 chosen")
	browser.key(" ", 32)
	browser.gone(".selection", "chosen")
	browser.key("Enter", 13, text="\r")
	browser.see("main h1", at.split("/")[-1])
	browser.see(".under button", "→")
	before = browser.run("location.hash")
	browser.key("ArrowRight", 39)
	wait_until(lambda: browser.run("location.hash") != before, "the next photo")
	browser.key("Escape", 27)
	browser.see(".wall .cell")
	eq(browser.console, [])


@test
def a_token_is_made_shown_once_and_revoked():
	browser = Browser.shared()
	sign_in(browser, "doors")
	browser.see(".panel", "There is none. A token")
	browser.type("input[name=label]", "the booth")
	browser.click("button", "Make a token")
	text = browser.see(".notice code")
	assert text.startswith("mlu_") and len(text) == 47, text
	browser.see("tbody th", "the booth")
	eq(browser.run("document.querySelector('input[name=label]').value"), "")
	request = urllib.request.Request(house.url + "/_/upload/photos/by-token.jpg", photo(90, 60, seed=3), {"Authorization": "Bearer " + text}, method="PUT")
	with urllib.request.urlopen(request) as answer:
		eq(answer.status, 202)
	browser.see("td[data-label=Used]", "1")		# told by the house
	refuse_changes(text)
	browser.click("td button", "Revoke")
	browser.click("dialog button", "Revoke")
	browser.see(".said", "revoked")
	browser.gone("tbody th", "the booth")
	eq(browser.console, [])


def refuse_changes(token):
	"""A token hears of uploads, not of the house."""
	try:
		urllib.request.urlopen(urllib.request.Request(house.url + "/_/events?bucket=photos&changes=1", headers={"Authorization": "Bearer " + token}))
		raise AssertionError("it was told")
	except urllib.error.HTTPError as e:
		eq((e.code, json.loads(e.read())["error"]), (403, "AccessDenied"))


@test
def a_drop_folder_is_added_fills_and_is_removed():
	folder = os.path.join(house.home, "inbox")
	os.mkdir(folder)
	browser = Browser.shared()
	sign_in(browser, "doors")
	browser.see(".panel", "No folder is watched")
	browser.type("input[name=dir]", os.path.join(house.home, "nothing"))
	browser.type("input[name=to]", "photos/in")
	browser.click("button", "Watch")
	browser.see(".said.trouble", "nothing")
	eq(browser.run("document.querySelector('input[name=to]').value"), "photos/in")
	browser.type("input[name=dir]", folder)
	browser.click("button", "Watch")
	browser.see(".said", "is watched")
	browser.see("tbody th", "inbox")
	with open(os.path.join(folder, "one.jpg"), "wb") as f:
		f.write(photo(90, 60, seed=21))
	browser.click("td button", "Look now")
	browser.see(".said", "inbox is looked through")
	browser.see("td[data-label=Taken]", "1")
	house.row_where("in/one.jpg", status="done")
	browser.click("td button", "Remove")
	browser.click("dialog button", "Remove")
	browser.see(".said", "watched no more")
	browser.see(".panel", "No folder is watched")
	eq([c for c in browser.console if "404" not in c], [])


class Receiver(http.server.BaseHTTPRequestHandler):
	answer, told = 500, []

	def do_POST(self):
		Receiver.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["type"])
		self.send_response(Receiver.answer)
		self.end_headers()

	def log_message(self, *args):
		pass


@test
def a_webhook_is_set_tried_given_up_told_again_and_removed():
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	browser = Browser.shared()
	sign_in(browser, "doors")
	browser.see(".panel", "There is none. A webhook")
	browser.type("input[name=url]", "http://127.0.0.1:%d/hook" % server.server_address[1])
	browser.click("button", "Set")
	browser.see(".said", "The webhook of photos is set")
	browser.see(".notice code")
	browser.click("td button", "Test")
	browser.see(".said", "A ping is on its way")
	browser.see("td .chip", "not taken")
	browser.see("td .bad", "Status500")
	browser.see("p.inside", "0 waiting, 1 given up")
	browser.shot("doors-trouble")
	Receiver.answer = 200
	browser.click("td button", "Redrive")
	browser.see(".said", "told again")
	browser.gone("p.inside", "given up")
	browser.see("td .chip", "set")
	browser.click("td button", "Remove")
	browser.click("dialog button", "Remove")
	browser.see(".said", "removed")
	browser.see(".panel", "There is none. A webhook")
	server.shutdown()
	eq((set(Receiver.told), browser.console), ({"ping"}, []))


@test
def a_photo_that_was_opened_by_its_address_has_neighbours():
	order = keys(max=500)
	at = order.index("june/3.jpg")
	eq(keys(around="june/3.jpg", max=3), order[at - 1:at + 2])
	eq((photos(around="june/3.jpg", max=1)["at"], keys(around=order[0], max=2), keys(around="nothing", max=1)), (at - 1, order[:2], order[:1]))
	eq((keys(bucket="plain", around="a/2", max=3), keys(bucket="plain", around="a/1", max=2)), (["a/1", "a/2", "b"], ["a/1", "a/2"]))
	browser = Browser.shared()
	sign_in(browser, "p/photos/june/3.jpg")
	browser.find(".stage img", "", "e.naturalWidth")
	browser.find("button", "→", "!e.disabled")
	browser.key("ArrowRight", 39)
	browser.see("main h1", order[at + 1].split("/")[-1])
	browser.find("button", "←", "!e.disabled")
	browser.key("ArrowLeft", 37)
	browser.see("main h1", "3.jpg")
	browser.find("button", "←", "!e.disabled")
	browser.key("ArrowLeft", 37)
	browser.see("main h1", order[at - 1].split("/")[-1])
	eq(browser.console, [])


PAGES = (("buckets", "photos-thumbnails"), ("b/photos", "Upload"), ("b/plain", "objects"), ("b/empty", "No photo is here yet"), ("p/photos/june/2.jpg", "What happened"),
	 ("p/photos/broken.jpg", "or upload the photo that was meant"), ("pipeline", "Upload to ready"), ("functions", "thumbnail"), ("functions/thumbnail", "Configuration"),
	 ("dead-letters", "Image.NotAnImage"), ("doors", "Upload tokens"), ("settings", "retry-base-ms"), ("health", "Queue"))
LOOKS = (("light", 1280, False), ("dark", 1280, True), ("phone-dark", 390, True))


@test
def every_page_fits_a_phone_and_says_nothing_in_the_browsers_console():
	house.s3.create_bucket(Bucket="empty")
	browser = Browser.shared(390, 844)
	browser.open(house.url + "/_/")
	browser.see("button", "Sign in")
	browser.shot("signin-phone")
	sign_in(browser, "buckets")
	for page, seen in PAGES:
		browser.open("%s/_/#/%s" % (house.url.rstrip("/"), page))
		browser.see("main", seen)
		eq(browser.run("document.documentElement.scrollWidth"), 390, page)
		browser.shot(page.replace("/", "-") + "-phone")
		for name, width, dark in LOOKS if SHOTS else ():
			browser.look(width, 844 if width == 390 else 900, dark)
			browser.shot("%s-%s" % (page.replace("/", "-"), name))
		browser.look(390, 844)
	browser.click("nav a", "Settings")
	browser.see("td .chip", "flag")
	eq((browser.console, outside(browser)), ([], []))


run(house)
