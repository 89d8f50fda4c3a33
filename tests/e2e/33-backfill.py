"""33-backfill.py - photos done again after the presets were changed: counted, paused, killed, and never twice."""
import json
import os
import pty
import re
import subprocess

from lib import House, eq, photo, plain, run, test, wait_until
from wire import Wire

OLD = "small.webp=160 medium.webp=480 large.jpg=1280"
house = House(renditions="photos " + OLD)


def restart(renditions):
	house.stop()
	house.settings["renditions"] = "photos " + renditions
	house.start()


def put(key, seed=0, size=(300, 200)):
	house.s3.put_object(Bucket="photos", Key=key, Body=photo(*size, seed=seed))


def all_done(keys):
	for key in keys:
		house.row_where(key, status="done")


def backfill(*args, check=True):
	return house.cli("backfill", *args, check=check)


def begin(*args):
	"""The command line, left alone: the backfill belongs to the daemon."""
	return subprocess.Popen([house.binary, "backfill", *args, "--data", house.data], stdin=subprocess.DEVNULL,
				stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=house.home)


def status(bucket="photos"):
	"""The newest backfill, or None."""
	found = json.loads(Wire(house).ask("GET", "/_/backfill?bucket=" + bucket).body)["backfills"]
	return found[0] if found else None


def curl(path):
	p = subprocess.run(["curl", "-s", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user",
			    house.env["AWS_ACCESS_KEY_ID"] + ":" + house.env["AWS_SECRET_ACCESS_KEY"],
			    "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", house.url + path], stdout=subprocess.PIPE, text=True)
	return json.loads(p.stdout)


def ended(b):
	return b["done"] + b["failed"] + b["superseded"]


def over():
	b = status()
	return b if b["state"] == "done" else None


def story(key, bucket="photos"):
	told = json.loads(Wire(house).ask("GET", "/_/explain?bucket=%s&key=%s" % (bucket, key)).body)
	return [l["what"] for l in told["journal"]]


def listed(key):
	"""What the row says of thumbnails: name -> width."""
	return {plain(t["M"]["name"]): int(plain(t["M"]["width"])) for t in house.row(key)["thumbnails"]["L"]}


THREE = ["2026/%d.jpg" % n for n in range(3)]


@test
def changed_presets_are_told_with_the_number_of_photos():
	for n, key in enumerate(THREE):
		put(key, n)
	all_done(THREE)
	eq("presets_changed" in house.health(), False, "an offer without a change")
	restart(OLD + "   tiny.png=40")
	eq(house.health()["presets_changed"], {"photos_lacking": 3, "photos_other": 0, "offer": "minilab backfill BUCKET --missing"})
	eq('offer="minilab backfill photos --missing"' in house.log(), True, "the line of the log")


@test
def a_dry_run_counts_and_changes_nothing():
	told = backfill("photos", "--missing", "--dry-run")
	size = sum(o["Size"] for o in house.s3.list_objects_v2(Bucket="photos")["Contents"])
	eq("3 photos to do (%.1f KB to read), 0 current, 0 with an event of their own" % (size / 1000) in told, True, told)
	eq("1 photo to do" in backfill("photos/2026/1", "--all", "--dry-run"), True)
	eq(status(), None)
	eq(curl("/_/backfill?bucket=photos"), {"backfills": []})
	eq(house.thumbnails(THREE[0]), ["large.jpg", "medium.webp", "small.webp"])


@test
def what_is_missing_is_made_and_explain_tells_why():
	told = backfill("photos", "--missing")
	eq("3 done, 0 failed, 0 left" in told, True, told)
	for key in THREE:
		eq(house.thumbnails(key), ["large.jpg", "medium.webp", "small.webp", "tiny.png"])
		eq(listed(key)["tiny.png"], 40)
	eq("queued by a backfill: backfill 1 (missing)" in house.explain(THREE[0]), True, house.explain(THREE[0]))
	eq("presets_changed" in house.health(), False, "the offer")
	eq("0 photos to do" in backfill("photos", "--missing", "--dry-run"), True)
	house.audit()


@test
def a_preset_is_made_anew_and_the_others_stay_as_they_are():
	restart("small.webp=100 medium.webp=480 large.jpg=1280 tiny.png=40")
	eq(house.health()["presets_changed"]["photos_other"], 3)
	house.dynamodb.put_item(TableName="photos", Item=dict(house.row(THREE[0]), mine={"S": "stays"}))
	before = house.s3.head_object(Bucket="photos-thumbnails", Key=THREE[0] + "/medium.webp")
	told = backfill("photos", "--preset", "small.webp")
	eq("3 done, 0 failed" in told, True, told)
	after = house.s3.head_object(Bucket="photos-thumbnails", Key=THREE[0] + "/medium.webp")
	eq(after["LastModified"], before["LastModified"])
	eq(listed(THREE[0]), {"small.webp": 100, "medium.webp": 300, "large.jpg": 300, "tiny.png": 40})
	eq(house.image(THREE[0] + "/small.webp").width, 100)
	eq(plain(house.row(THREE[0])["mine"]), "stays")
	eq(story(THREE[0])[-1], "some thumbnails made anew")
	eq([l["what"] for l in json.loads(house.cli("explain", "photos/" + THREE[0], "--json"))["journal"]], story(THREE[0]))
	eq("presets_changed" in house.health(), False, "the offer")
	house.audit()


@test
def a_preset_that_is_not_there_is_refused():
	p = backfill("photos", "--preset", "huge.webp", check=False)
	eq(p.returncode, 1)
	eq('no rendition "huge.webp"; there are: small.webp=100' in p.stderr, True, p.stderr)
	p = backfill("nowhere", "--all", check=False)
	eq((p.returncode, "no such bucket" in p.stderr), (1, True), p.stderr)
	p = backfill("photos-thumbnails", "--all", check=False)
	eq((p.returncode, "no rule" in p.stderr), (1, True), p.stderr)
	eq(backfill("photos", "--all", "--missing", check=False).returncode, 2)


@test
def thumbnails_of_renditions_that_are_no_more_go_with_all():
	restart("small.webp=100 tiny.png=40")
	backfill("photos", "--preset", "tiny.png")
	eq(len(house.thumbnails(THREE[0])), 4)
	eq("0 photos to do" in backfill("photos", "--missing", "--dry-run"), True)
	backfill("photos", "--all")
	eq(house.thumbnails(THREE[0]), ["small.webp", "tiny.png"])
	eq(listed(THREE[0]), {"small.webp": 100, "tiny.png": 40})
	house.audit()


@test
def photos_without_a_result_and_thumbnails_taken_away_are_missing():
	house.s3.put_object(Bucket="photos", Key="broken.jpg", Body=b"no photo")
	house.row_where("broken.jpg", status="failed")
	house.s3.delete_object(Bucket="photos-thumbnails", Key=THREE[1] + "/tiny.png")
	house.dynamodb.delete_item(TableName="photos", Key={"key": {"S": THREE[2]}})
	told = backfill("photos", "--missing")
	eq("2 done, 1 failed" in told, True, told)
	eq(house.thumbnails(THREE[1]), ["small.webp", "tiny.png"])
	house.row_where(THREE[2], status="done")
	house.row_where("broken.jpg", status="failed")
	eq("nothing: thumbnails and row are those" in house.explain(THREE[1]), True, house.explain(THREE[1]))
	eq("have no result to put a preset into" in backfill("photos", "--preset", "tiny.png", "--dry-run"), True)
	house.s3.delete_object(Bucket="photos", Key="broken.jpg")
	wait_until(lambda: house.row("broken.jpg") is None, "the end of broken.jpg")
	house.audit()


MANY = ["many/%03d.jpg" % n for n in range(90)]


@test
def a_killed_daemon_goes_on_and_does_nothing_twice():
	for n, key in enumerate(MANY):
		put(key, n, (64, 48))
	all_done(MANY)
	shell = begin("photos/many/", "--all", "--rate", "30")
	wait_until(lambda: status() and status()["prefix"] == "many/" and ended(status()) >= 10, "the first ten")
	shell.kill()
	shell.communicate()
	house.kill()
	house.start()
	b = status()
	eq((b["state"], b["planned"], b["rate"]), ("running", 90, 30))
	eq(ended(b) < 90, True, "it was over when it was killed")
	told = backfill("photos/many/", "--all")	# it runs: this follows it
	eq("90 done, 0 failed, 0 left" in told, True, told)
	b = status()
	eq((b["queued"], b["done"]), (90, 90))
	for key in MANY:
		eq((key, story(key).count("queued by a backfill"), story(key).count("done")), (key, 1, 2))
	house.audit()


@test
def it_is_paused_and_resumed_and_one_at_a_time():
	begin("photos/many/", "--all", "--rate", "10")
	wait_until(lambda: status()["state"] == "running" and ended(status()) >= 1, "the first")
	p = backfill("photos", "--missing", check=False)
	eq((p.returncode, "--cancel ends it" in p.stderr), (1, True), p.stderr)
	told = backfill("photos", "--pause")
	eq("paused" in told and "--resume` goes on" in told, True, told)
	b = wait_until(lambda: status() if status()["queued"] == ended(status()) else None, "what was queued")
	eq(b["state"], "paused")
	house.stop()
	house.start()
	eq(status(), b)
	told = backfill("photos", "--resume", "--rate", "1000")
	eq("90 done, 0 failed, 0 left" in told, True, told)
	eq(status()["rate"], 1000)
	p = backfill("photos", "--resume", check=False)
	eq((p.returncode, "no backfill of that bucket" in p.stderr), (1, True), p.stderr)
	house.audit()


@test
def a_cancelled_one_ends_and_what_was_queued_is_done():
	begin("photos/many/", "--all", "--rate", "5")
	wait_until(lambda: status()["state"] == "running" and ended(status()) >= 1, "the first")
	told = backfill("photos", "--cancel")
	eq("cancelled" in told, True, told)
	b = wait_until(lambda: status() if status()["queued"] == ended(status()) else None, "what was queued")
	eq((b["state"], b["queued"] < 90), ("cancelled", True))
	house.audit()


@test
def uploads_come_first():
	house.stop()
	house.settings.update(environments_max=1)
	house.start()
	slow = ["slow/%02d.jpg" % n for n in range(40)]
	for n, key in enumerate(slow):
		put(key, n, (1000, 750))
	all_done(slow)
	begin("photos/slow/", "--all", "--rate", "1000")
	wait_until(lambda: status()["prefix"] == "slow/" and status()["queued"] >= 32, "a queue")
	put("fresh.jpg")
	house.row_where("fresh.jpg", status="done")
	eq(ended(status()) < 40, True, "all of the backfill came before the upload")
	eq(status()["queued"] - ended(status()) <= 64, True, "the queue")
	wait_until(over, "the end")
	house.audit()


@test
def a_terminal_has_a_bar():
	ours, theirs = pty.openpty()
	p = subprocess.Popen([house.binary, "backfill", "photos/many/", "--all", "--rate", "90", "--data", house.data],
			     stdin=theirs, stdout=theirs, stderr=theirs, cwd=house.home)
	os.close(theirs)
	said = b""
	while True:
		try:
			part = os.read(ours, 4096)
		except OSError:		# nobody has the other end any more
			break
		said += part
	eq(p.wait(), 0)
	os.close(ours)
	eq(bool(re.search(rb"\r\x1b\[K\[#*\.*\] running: \d+ done, 0 failed, \d+ left", said)), True, said)
	eq(b"90 done, 0 failed, 0 left" in said, True, said)


@test
def uploads_from_before_the_rule_come_under_it():
	for name in "albums", "albums-thumbnails":
		house.s3.create_bucket(Bucket=name)
	house.dynamodb.create_table(TableName="albums", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
				    AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}])
	house.s3.put_object(Bucket="albums", Key="in/a.jpg", Body=photo(64, 48))
	house.s3.put_object(Bucket="albums", Key="out/b.jpg", Body=photo(64, 48))
	rules = house.s3.get_bucket_notification_configuration(Bucket="photos")["LambdaFunctionConfigurations"]
	for rule in rules:
		rule["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}
	house.s3.put_bucket_notification_configuration(Bucket="albums",
						       NotificationConfiguration={"LambdaFunctionConfigurations": rules})
	eq("1 photo to do" in backfill("albums", "--missing", "--dry-run"), True)
	eq("1 done, 0 failed" in backfill("albums", "--missing"), True)
	eq(len(house.thumbnails("in/a.jpg", "albums-thumbnails")), 3)
	eq(house.thumbnails("out/b.jpg", "albums-thumbnails"), [])
	house.audit()
	house.s3.delete_object(Bucket="albums", Key="in/a.jpg")
	wait_until(lambda: house.thumbnails("in/a.jpg", "albums-thumbnails") == [], "its end")
	house.audit()


@test
def uploads_and_deletes_win_over_a_backfill_under_way():
	begin("photos/", "--all", "--rate", "1000")
	wait_until(lambda: status()["prefix"] == "" and status()["queued"] >= 10, "a queue")
	for key in MANY[::7]:
		house.s3.delete_object(Bucket="photos", Key=key)
	for n, key in enumerate(MANY[1::7]):
		put(key, 1000 + n, (70, 70))
	b = wait_until(over, "the end")
	eq(ended(b), b["queued"])
	for key in MANY[1::7]:
		house.row_where(key, width="70", status="done")
	for key in MANY[::7]:
		wait_until(lambda: house.row(key) is None and house.thumbnails(key) == [], "the end of " + key)
	house.audit()


@test
def without_a_daemon_it_says_so():
	house.stop()
	p = backfill("photos", "--all", check=False)
	eq((p.returncode, "is its daemon running?" in p.stderr), (1, True), p.stderr)
	house.start()


run(house)
