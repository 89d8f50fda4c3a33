"""34-similar.py - near duplicates by perceptual hash: found by exact look-ups, also in what an older start set up."""
import io
import json
import subprocess

from PIL import Image, ImageEnhance

from lib import House, eq, picture, plain, run, test

house = House()
KEYS = {}


def put(key, image, **options):
	out = io.BytesIO()
	image.save(out, "JPEG", **options)
	house.s3.put_object(Bucket="photos", Key=key, Body=out.getvalue())
	KEYS[key] = int(plain(house.row_where(key, status="done")["phash"]), 16)


def distance(a, b):
	return bin(KEYS[a] ^ KEYS[b]).count("1")


def similar(key, *args, online=False):
	return json.loads(house.cli("similar", "photos/" + key, "--json", *args, online=online))


def wanted(key, within):
	return sorted((distance(key, k), k) for k in KEYS if k != key and distance(key, k) <= within)


@test
def copies_and_edits_of_a_photo_are_found_and_others_are_not():
	first = picture(900, 600, seed=1)
	put("2026/holiday.jpg", first)
	put("copies/smaller.jpg", first.resize((450, 300), Image.LANCZOS), quality=60)
	put("copies/a brighter one & more ä+%.jpg", ImageEnhance.Brightness(first).enhance(1.1))
	for seed in range(2, 8):
		put("others/%d.jpg" % seed, picture(900, 600, seed=seed))
	found = similar("2026/holiday.jpg")
	eq([(p["distance"], p["key"]) for p in found["photos"]], wanted("2026/holiday.jpg", 6))
	eq("copies/smaller.jpg" in [p["key"] for p in found["photos"]], True)
	eq(any(p["key"].startswith("others/") for p in found["photos"]), False)
	eq((found["within"], found["complete"], {p["bucket"] for p in found["photos"]}), (6, True, {"photos"}))


@test
def each_distance_up_to_seven_is_found():
	"""Rows with hashes of known distances, as a client of the table may write them: bits spread over all bands."""
	base = 0x0123456789abcdef
	spread = [0, 17, 34, 51, 5, 22, 39, 56]		# two in each band
	for n in range(9):
		value = base
		for bit in spread[:n]:
			value ^= 1 << bit
		hash_ = "%016x" % value
		item = {"key": {"S": "made/%d" % n}, "origin": {"S": "photos"}, "phash": {"S": hash_}}
		item.update({"phash_%d" % i: {"S": hash_[4 * i:4 * i + 4]} for i in range(4)})
		house.dynamodb.put_item(TableName="photos", Item=item)
	for within in range(8):
		found = similar("made/0", "--within", str(within))
		eq([p["distance"] for p in found["photos"]], list(range(1, within + 1)))


@test
def the_daemon_answers_the_same():
	for key in "2026/holiday.jpg", "copies/a brighter one & more ä+%.jpg":
		eq(similar(key, "--within", "7", online=True), similar(key, "--within", "7"))
	told = house.cli("similar", "photos/2026/holiday.jpg")
	eq("copies/smaller.jpg" in told, True, told)


@test
def what_cannot_be_asked_is_told_why():
	for args, code, text in ((("photos/nothing.jpg",), 1, "no row"), (("nowhere/a.jpg",), 1, "no bucket"),
				 (("photos-thumbnails/a.jpg",), 1, "no function"), (("photos/a.jpg", "--within", "8"), 2, "usage")):
		for online in False, True:
			p = house.cli("similar", *args, check=False, online=online)
			eq((p.returncode, text in p.stderr), (code, True), p.stderr)
	house.s3.put_object(Bucket="photos", Key="broken.jpg", Body=b"no photo")
	house.row_where("broken.jpg", status="failed")
	p = house.cli("similar", "photos/broken.jpg", check=False)
	eq((p.returncode, "no perceptual hash" in p.stderr), (1, True), p.stderr)
	p = subprocess.run(["curl", "-s", "-w", "%{http_code}", house.url + "/_/similar/photos/2026/holiday.jpg"], stdout=subprocess.PIPE,
			   text=True)
	eq("AccessDenied" in p.stdout and p.stdout.endswith("403"), True, p.stdout)


@test
def an_older_table_gets_the_indexes_and_its_photos_with_a_backfill():
	old = House(near_duplicates="off")
	image = picture(600, 400, seed=5)
	for n in 1, 2:
		out = io.BytesIO()
		image.resize((600 // n, 400 // n), Image.LANCZOS).save(out, "JPEG")
		old.s3.put_object(Bucket="photos", Key="%d.jpg" % n, Body=out.getvalue())
		row = old.row_where("%d.jpg" % n, status="done")
		eq(("phash" in row, "phash_0" in row), (True, False))
	p = old.cli("similar", "photos/1.jpg", check=False)
	eq((p.returncode, "no indexes near-0 to near-3" in p.stderr), (1, True), p.stderr)
	old.stop()
	old.settings["near_duplicates"] = "on"
	old.start()
	eq("near-0" in old.log(), True, "the line of the log")
	eq(json.loads(old.cli("similar", "photos/1.jpg", "--json"))["photos"], [])
	old.cli("backfill", "photos", "--all")
	eq([p["key"] for p in json.loads(old.cli("similar", "photos/1.jpg", "--within", "7", "--json"))["photos"]], ["2.jpg"])
	found = old.dynamodb.query(TableName="photos", IndexName="near-0", KeyConditionExpression="phash_0 = :h",
				   ExpressionAttributeValues={":h": old.row("1.jpg")["phash_0"]})["Items"]
	eq("1.jpg" in [plain(i["key"]) for i in found], True)
	old.audit()
	old.stop()
	old.start()
	old.stop()


run(house)
