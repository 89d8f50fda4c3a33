"""From an upload to thumbnails and a row, and back: overwrite, delete, broken photos, retries."""
import os
import re
import signal
import threading
import time

from lib import House, Skip, eq, photo, picture, plain, run, test, wait_until

house = House(retry_base_ms=50)
ALL = ["large.jpg", "medium.webp", "small.webp"]


def put(key, body, **more):
	house.s3.put_object(Bucket="photos", Key=key, Body=body, **more)


def done(key, **want):
	return house.row_where(key, status="done", **want)


@test
def an_upload_gives_three_renditions_that_fit():
	put("2026/cat.jpg", photo(2400, 1600, quality=85), ContentType="image/jpeg")
	done("2026/cat.jpg")
	eq(house.thumbnails("2026/cat.jpg"), ALL)
	for name, size, kind in ("small.webp", (160, 107), "WEBP"), ("medium.webp", (480, 320), "WEBP"), ("large.jpg", (1280, 853), "JPEG"):
		image = house.image("2026/cat.jpg/" + name)
		eq((image.size, image.format), (size, kind), name)


@test
def a_thumbnail_looks_like_its_photo():
	from PIL import Image, ImageChops, ImageStat
	put("looks.png", photo(600, 450, "PNG", seed=7))
	done("looks.png")
	want = picture(600, 450, seed=7).resize((20, 15), Image.BOX)	# coarse: how the finest detail comes out is taste
	got = house.image("looks.png/small.webp").convert("RGB").resize((20, 15), Image.BOX)
	difference = max(ImageStat.Stat(ImageChops.difference(want, got)).mean)
	if difference > 6:
		raise AssertionError("mean difference is %.1f of 255" % difference)


@test
def nothing_is_enlarged():
	put("tiny.jpg", photo(100, 50))
	done("tiny.jpg")
	for name in ALL:
		eq(house.image("tiny.jpg/" + name).size, (100, 50), name)


@test
def the_row_tells_what_the_photo_is():
	put("facts.jpg", photo(1000, 750), ContentType="image/jpeg")
	row = done("facts.jpg")
	eq((plain(row["width"]), plain(row["height"])), ("1000", "750"))
	eq(plain(row["origin"]), "photos")
	eq(plain(row["thumbnails_bucket"]), "photos-thumbnails")
	eq(plain(row["content_type"]), "image/jpeg")
	eq(plain(row["etag"]), house.s3.head_object(Bucket="photos", Key="facts.jpg")["ETag"].strip('"'))
	eq(int(plain(row["size"])), len(photo(1000, 750)))
	for name in "format", "thumbhash", "color", "uploaded_at":
		if not plain(row.get(name)):
			raise AssertionError("no %s in %r" % (name, row))
	listed = sorted(plain(t["M"]["key"]) for t in row["thumbnails"]["L"])
	eq(listed, ["facts.jpg/" + name for name in ALL])


@test
def a_turned_photo_comes_out_upright_without_its_place():
	from PIL import Image
	exif = Image.Exif()
	exif[0x0112] = 6		# turn right by 90 degrees
	exif[0x010f], exif[0x0110] = "Minolta", "X-700"
	exif[0x8825] = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}
	exif[0x8769] = {0x9003: "2025:12:31 23:59:58"}
	put("turned.jpg", photo(800, 400, exif=exif.tobytes()))
	row = done("turned.jpg")
	eq(house.image("turned.jpg/medium.webp").size, (240, 480))
	eq(abs(float(plain(row["latitude"])) - 48.858222) < 0.001, True, "latitude")
	eq(abs(float(plain(row["longitude"])) - 2.294500) < 0.001, True, "longitude")
	eq("X-700" in plain(row["camera"]), True, "camera")
	eq(plain(row["taken_at"]).startswith("2025-12-31T23:59:58"), True, "taken_at")
	for name in ALL:
		eq(dict(house.image("turned.jpg/" + name).getexif()), {}, "EXIF of " + name)


@test
def every_format_that_is_promised_is_read():
	for key, kind, mode in ("f.jpg", "JPEG", "RGB"), ("g.jpg", "JPEG", "L"), ("c.jpg", "JPEG", "CMYK"), ("f.png", "PNG", "RGB"), \
			("p.png", "PNG", "P"), ("f.webp", "WEBP", "RGB"), ("f.gif", "GIF", "P"), ("f.tif", "TIFF", "RGB"):
		put("formats/" + key, photo(300, 200, kind, mode=mode))
	for key in "f.jpg", "g.jpg", "c.jpg", "f.png", "p.png", "f.webp", "f.gif", "f.tif":
		done("formats/" + key)
		eq(house.image("formats/%s/small.webp" % key).size, (160, 107), key)


@test
def transparency_is_kept_where_the_format_can():
	image = picture(400, 400, mode="RGBA")
	image.putalpha(0)
	import io
	out = io.BytesIO()
	image.save(out, "PNG")
	put("clear.png", out.getvalue())
	done("clear.png")
	small = house.image("clear.png/small.webp")
	eq(small.mode, "RGBA")
	eq(small.getpixel((80, 80))[3], 0, "alpha in the middle")


@test
def the_name_does_not_decide_what_a_file_is():
	put("really-a.png", photo(200, 100, "WEBP"))
	eq(plain(done("really-a.png")["format"]).lower(), "webp")


@test
def scan_and_query_list_the_photos_newest_first():
	for i in range(5):
		put("order/%d.jpg" % i, photo(64, 64, seed=i))
		done("order/%d.jpg" % i)
	found = house.dynamodb.query(TableName="photos", IndexName="newest", KeyConditionExpression="origin = :o",
				     ExpressionAttributeValues={":o": {"S": "photos"}}, ScanIndexForward=False)["Items"]
	keys = [plain(i["key"]) for i in found if plain(i["key"]).startswith("order/")]
	eq(keys, ["order/%d.jpg" % i for i in (4, 3, 2, 1, 0)])
	stamps = [plain(i["uploaded_at"]) for i in found]
	eq(stamps, sorted(stamps, reverse=True))
	scanned = {plain(i["key"]) for page in house.dynamodb.get_paginator("scan").paginate(TableName="photos") for i in page["Items"]}
	eq({"order/%d.jpg" % i for i in range(5)} <= scanned, True, "scan has them all")


@test
def an_overwrite_supersedes_thumbnails_and_row():
	put("again.jpg", photo(400, 200))
	first = done("again.jpg")
	put("again.jpg", photo(200, 400, seed=2))
	row = done("again.jpg", width="200", height="400")
	eq(plain(row["etag"]) != plain(first["etag"]), True, "etag changed")
	eq(house.image("again.jpg/small.webp").size, (80, 160))
	eq(house.thumbnails("again.jpg"), ALL)


@test
def a_delete_removes_thumbnails_and_row():
	put("gone.jpg", photo(400, 200))
	done("gone.jpg")
	house.s3.delete_object(Bucket="photos", Key="gone.jpg")
	wait_until(lambda: house.row("gone.jpg") is None and not house.thumbnails("gone.jpg"), "the end of row and thumbnails")


@test
def changes_while_a_job_runs_end_in_the_last_one():
	slow = photo(5000, 4000, "PNG")
	other = photo(300, 100)
	for key, last in ("race/overwritten.jpg", other), ("race/deleted.jpg", None):
		put(key, slow)
		wait_until(lambda: "attempt started" in house.explain(key), "the attempt on " + key)
		if last:
			put(key, last)
		else:
			house.s3.delete_object(Bucket="photos", Key=key)
	done("race/overwritten.jpg", width="300", height="100")
	eq(house.image("race/overwritten.jpg/large.jpg").size, (300, 100))
	wait_until(lambda: "(waiting)" not in house.explain("race/deleted.jpg") and house.row("race/deleted.jpg") is None
		   and not house.thumbnails("race/deleted.jpg"), "nothing left of race/deleted.jpg")


@test
def a_hundred_versions_of_one_key_end_in_the_last():
	bodies = [photo(100 + i, 60, seed=i) for i in range(100)]
	for body in bodies:
		put("versions.jpg", body)
	done("versions.jpg", width="199")
	eq(house.image("versions.jpg/small.webp").size[0], 160)
	eq(house.thumbnails("versions.jpg"), ALL)


@test
def keys_with_odd_letters_get_their_thumbnails():
	for key in "a b+c&d=e%.jpg", "ümläut/😀.jpg", "quote\"'<>.jpg", "trailing/", "dots/..hidden.jpg":
		put(key, photo(64, 64))
		done(key)
		eq(house.thumbnails(key), ALL, key)


@test
def a_file_that_can_never_decode_is_told_so_at_the_first_attempt():
	for key, body, reason in ("bad/text.jpg", b"this is no photo, whatever its name says", "Image.NotAnImage"), \
			("bad/empty.jpg", b"", "Image.Empty"), ("bad/pdf.png", b"%PDF-1.4\n" + b"x" * 1000, "Image.UnsupportedFormat"):
		put(key, body)
		row = house.row_where(key, status="failed")
		eq((plain(row["reason"]), plain(row["attempts"])), (reason, "1"), key)
		eq(house.thumbnails(key), [], key)
		eq(reason in house.explain(key), True, "explain tells the reason")
		eq(reason in house.log() and key in house.log(), True, "the log tells both")


@test
def a_photo_cut_short_is_shown_as_far_as_it_goes():
	whole = photo(1200, 900, quality=90)
	put("cut/most.jpg", whole[:len(whole) * 3 // 4])
	eq(plain(done("cut/most.jpg")["degraded"]), True)
	eq(house.thumbnails("cut/most.jpg"), ALL)
	put("cut/head.jpg", whole[:200])
	eq(plain(house.row_where("cut/head.jpg", status="failed")["attempts"]), "1")


@test
def thumbnails_of_a_good_version_go_when_a_broken_one_comes():
	put("turns-bad.jpg", photo(200, 200))
	done("turns-bad.jpg")
	put("turns-bad.jpg", b"no photo any more")
	house.row_where("turns-bad.jpg", status="failed")
	eq(house.thumbnails("turns-bad.jpg"), [])


def crash_every_attempt(key, stop):
	"""Kills whatever decodes, as the kernel would a process out of memory."""
	while not stop.is_set():
		for pid in house.environments():
			try:
				os.kill(pid, signal.SIGKILL)
			except OSError:
				pass
		time.sleep(0.005)


@test
def a_crash_gets_three_attempts_and_retry_another_three():
	if os.geteuid() != 0 and not house.environments():
		raise Skip("the processes of the cage are not to be seen")
	stop = threading.Event()
	killer = threading.Thread(target=crash_every_attempt, args=("crash.png", stop))
	slow = photo(4000, 3000, "PNG")
	killer.start()
	try:
		put("crash.png", slow)
		row = house.row_where("crash.png", status="failed")
	finally:
		stop.set()
		killer.join()
	# An environment killed before it had the photo is a failed start, which is no attempt of the function's.
	eq(plain(row["attempts"]), "3")
	eq(plain(row["reason"]) in ("Runtime.ExitError", "Runtime.StartFailed"), True, plain(row["reason"]))
	told = house.explain("crash.png")
	told_of = sorted(set(re.findall(r"\(attempt (\d+)\)", told)))
	eq((told_of, "dead letter (attempt 3)" in told), (["1", "2", "3"], True), "attempts in explain:\n" + told + "\n")
	house.cli("retry", "photos/crash.png", online=True)
	done("crash.png")
	eq(house.thumbnails("crash.png"), ALL)


@test
def retry_of_all_dead_letters_changes_nothing_for_those_that_cannot():
	before = house.row("bad/text.jpg")
	house.cli("retry", "--failed", online=True)
	wait_until(lambda: house.explain("bad/text.jpg").count("attempt started") >= 2, "another attempt")
	row = house.row_where("bad/text.jpg", status="failed", reason=plain(before["reason"]))
	eq(house.thumbnails("bad/text.jpg"), [])
	eq(plain(row["etag"]), plain(before["etag"]))


@test
def a_restart_changes_nothing():
	before = {plain(i["key"]): i for i in house.dynamodb.scan(TableName="photos")["Items"]}
	wait_until(lambda: "running" not in house.explain("bad/text.jpg"), "quiet")
	house.stop()
	house.start()
	after = {plain(i["key"]): i for i in house.dynamodb.scan(TableName="photos")["Items"]}
	eq(sorted(after), sorted(before))
	eq(after["2026/cat.jpg"], before["2026/cat.jpg"])
	eq(sorted(b["Name"] for b in house.s3.list_buckets()["Buckets"]), ["photos", "photos-thumbnails"])


@test
def the_audit_finds_nothing_to_complain_about():
	house.stop()
	house.audit()
	house.start()


run(house)
