"""kill -9 in the middle of many REST uploads: what was acknowledged has its object and its event, and nothing else is left."""
import hashlib
import http.client
import os
import threading
import time

from lib import House, eq, json, photo, run, test, wait_until
from wire import Wire

KILLS = int(os.environ.get("KILLS") or 3)
house = House()


def make_token(wire):
	return json.loads(wire.ask("POST", "/_/tokens", b'{"bucket":"photos","uses":100000}').body)["token"]


class Uploader(threading.Thread):
	def __init__(self, number, token, round_):
		super().__init__(daemon=True)
		self.number, self.token, self.acked, self.port, self.round = number, token, {}, house.port, round_

	def run(self):
		small, large = photo(120, 90, seed=self.number), photo(120, 90, seed=self.number) + bytes(1 << 20)
		for i in range(100000):
			body = large if i % 4 == 3 else small
			try:
				c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
				c.request("PUT", "/_/upload/photos/u%d/%d-%d.jpg" % (self.number, self.round, i), body, {"Authorization": "Bearer " + self.token})
				r = c.getresponse()
				said = json.loads(r.read())
				c.close()
			except (OSError, http.client.HTTPException, ValueError):
				return
			eq(r.status, 202)
			self.acked[said["key"]] = hashlib.md5(body).hexdigest()


@test
def acknowledged_uploads_outlive_the_daemon_and_the_rest_is_swept():
	acked = {}
	wire = Wire(house)
	token = make_token(wire)
	for round_ in range(KILLS):
		uploaders = [Uploader(n, token, round_) for n in range(6)]
		for u in uploaders:
			u.start()
		wait_until(lambda: sum(len(u.acked) for u in uploaders) > 20 + 17 * round_, "uploads")
		house.kill()
		for u in uploaders:
			u.join()
			acked.update(u.acked)
		house.start()
	keys = {}
	for page in house.s3.get_paginator("list_objects_v2").paginate(Bucket="photos"):
		keys.update((o["Key"], o["ETag"].strip('"')) for o in page.get("Contents", []))
	for key, md5 in acked.items():
		eq(keys.get(key), md5, key)
	used = json.loads(Wire(house).ask("GET", "/_/tokens?bucket=photos").body)["tokens"][0]["used"]
	eq(used, len(keys), "uses of the token")
	wait_until(lambda: not house.health()["queue"]["ready"] + house.health()["queue"]["leased"], "all jobs done", 120)
	for key in list(acked)[-20:]:
		eq(house.thumbnails(key), ["large.jpg", "medium.webp", "small.webp"])
	house.stop()
	house.audit()


run(house)
