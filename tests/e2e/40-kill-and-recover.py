"""The daemon dies by kill -9 at random moments under load, again and again; nothing acknowledged is lost or doubled.

	40-kill-and-recover.py [--kills N] [--seed N]

`make torture` gives it hundreds. The figures are printed at the end.
"""
import argparse
import hashlib
import random
import statistics
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from lib import House, eq, photo, plain, run, test, wait_until

options = argparse.ArgumentParser()
options.add_argument("--kills", type=int, default=6)
options.add_argument("--seed", type=int, default=1)
options = options.parse_args()
GONE, BACK = None, object()	# deleted; one version deleted for good
THUMBNAILS = 3
VERSIONED_AFTER = 2	# kills; from then on what is overwritten or deleted stays as a version

house = House(retry_base_ms=50)
figures = dict(kills=0, acked=0, unanswered=0, lost=0, doubled=0, findings=0)
recoveries = []


class Uploader(threading.Thread):
	"""One client with keys of its own. `may` is what each key can be: one thing after an acknowledgement, more after an
	answer that did not come."""

	def __init__(self, number, stop):
		super().__init__(daemon=True)
		self.number, self.stop_now, self.may, self.acked, self.unanswered = number, stop, {}, 0, 0
		self.ever = {}		# all that a key was asked to be
		self.dice = random.Random(options.seed * 1000 + number)
		self.client = house.client("s3", connect_timeout=2, read_timeout=20)
		usual = [photo(240 + i, 180, seed=i, quality=50) for i in range(8)] + [b"no photo at all"]
		self.bodies = 2 * usual + [photo(1400, 1100, quality=95)]

	def choose(self):
		luck, keys = self.dice.random(), sorted(self.may)
		if luck < 0.1 and keys:
			return self.dice.choice(keys), BACK
		if luck < 0.2 and keys:
			return self.dice.choice(keys), GONE
		if luck < 0.4 and keys:
			return self.dice.choice(keys), self.dice.choice(self.bodies)
		return "c%d/%d.jpg" % (self.number, len(keys)), self.dice.choice(self.bodies)

	def ask(self, key, body):
		if body is BACK:
			self.take_back(key)
		elif body is GONE:
			self.client.delete_object(Bucket="photos", Key=key)
		elif self.dice.random() < 0.1:
			upload = self.client.create_multipart_upload(Bucket="photos", Key=key)["UploadId"]
			part = self.client.upload_part(Bucket="photos", Key=key, UploadId=upload, PartNumber=1, Body=body)
			self.client.complete_multipart_upload(Bucket="photos", Key=key, UploadId=upload,
				MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
		else:
			self.client.put_object(Bucket="photos", Key=key, Body=body)

	def take_back(self, key):
		"""The newest as often as not: then another one is current again. What it was before is not known here, so it may be any."""
		page = self.client.list_object_versions(Bucket="photos", Prefix=key)
		there = [v for v in page.get("Versions", []) + page.get("DeleteMarkers", []) if v["Key"] == key]
		newest = [v for v in there if v["IsLatest"]]
		if there:
			chosen = self.dice.choice(newest if self.dice.random() < 0.5 else there)
			self.client.delete_object(Bucket="photos", Key=key, VersionId=chosen["VersionId"])

	def run(self):
		while not self.stop_now.is_set():
			key, body = self.choose()
			ever = self.ever.setdefault(key, {GONE})
			now = ever if body is BACK else {GONE if body is GONE else hashlib.md5(body).hexdigest()}
			ever |= now
			self.may.setdefault(key, {GONE}).update(now)
			try:
				self.ask(key, body)
				self.may[key] = set(now)
				self.acked += 1
			except (BotoCoreError, ClientError, OSError):
				self.unanswered += 1
				time.sleep(0.02)	# it is down; asking at once again would only burn the core it needs


def digest_of(item):
	"""What HEAD would say: multipart's ETag is the digest of its one part's."""
	return item["ETag"].strip('"')


def allowed_etags(allowed):
	return {e for d in allowed if d for e in (d, hashlib.md5(bytes.fromhex(d)).hexdigest() + "-1")}


@test
def kills_at_random_moments_lose_nothing():
	stop = threading.Event()
	clients = [Uploader(n, stop) for n in range(6)]
	dice = random.Random(options.seed)
	for c in clients:
		c.start()
	for i in range(options.kills):
		if i == VERSIONED_AFTER:
			house.s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
		time.sleep(0.05 + dice.random() * 0.6)	# the moment itself is what is random here
		house.kill()
		began = time.monotonic()
		house.start()
		recoveries.append((time.monotonic() - began) * 1000)
		figures["kills"] += 1
	stop.set()
	for c in clients:
		c.join()
	house.may = {k: v for c in clients for k, v in c.may.items()}
	figures["acked"] = sum(c.acked for c in clients)
	figures["unanswered"] = sum(c.unanswered for c in clients)
	eq(figures["acked"] > options.kills, True, "there was load")


def objects(bucket):
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
	return {o["Key"]: digest_of(o) for page in pages for o in page.get("Contents", [])}


def rows():
	pages = house.dynamodb.get_paginator("scan").paginate(TableName="photos")
	items = [i for page in pages for i in page["Items"]]
	keys = [plain(i["key"]) for i in items]
	figures["doubled"] += len(keys) - len(set(keys))
	return dict(zip(keys, items))


@test
def every_acknowledged_upload_is_there_as_it_was():
	found = objects("photos")
	for key, allowed in house.may.items():
		is_ok = (found[key] in allowed_etags(allowed)) if key in found else GONE in allowed
		if not is_ok:
			figures["lost"] += 1
			print("# lost: %s is %s, may be %s" % (key, found.get(key), allowed))
	figures["doubled"] += len(set(found) - set(house.may))
	eq((figures["lost"], figures["doubled"]), (0, 0), "lost and doubled")


@test
def each_has_its_thumbnails_and_row_or_a_reason():
	def settled():
		found, told = objects("photos"), rows()
		return set(found) == set(told) and all(plain(told[k]["etag"]) == found[k] for k in found) and told
	told = wait_until(settled, "a row for every object at its version", 300)
	thumbnails = {}
	for key in objects("photos-thumbnails"):
		thumbnails.setdefault(key.rsplit("/", 1)[0], []).append(key)
	for key, row in told.items():
		want = THUMBNAILS if plain(row["status"]) == "done" else 0
		eq(len(thumbnails.pop(key, [])), want, "thumbnails of " + key)
		if want == 0:
			eq(plain(row["reason"]), "Image.NotAnImage", key)
	figures["doubled"] += len(thumbnails)
	eq(thumbnails, {}, "thumbnails without a photo")


@test
def the_audit_is_clean_and_the_figures_are_these():
	house.stop()
	p = house.cli("audit", check=False)
	if p.returncode != 0:
		figures["findings"] = max(1, len(p.stdout.strip().splitlines()))
	print("# " + ", ".join("%s %s" % (v, k) for k, v in figures.items()))
	print("# ready again after %.0f ms at the median, %.0f at most" % (statistics.median(recoveries), max(recoveries)))
	eq(p.returncode, 0, "exit status of audit\n" + p.stdout[-3000:] + p.stderr[-3000:] + "\n")
	house.start()


run(house, only=[])
