"""Two caged programs: the general one is started for the formats that need it and for nothing else. And what an attempt may
use: processor time, memory, an environment of its own."""
import os

from lib import RUNNER, House, eq, photo, plain, run, test, wait_until

GENERAL = "minilab-runner-general"
house = House(probes=True, environments_max=1, attempt_cpu_ms=1000, attempt_memory_mb=200)


def put(key, body, where=house):
	where.s3.put_object(Bucket="photos", Key=key, Body=body)


def probe(name, **more):
	import json
	return b"minilab-probe " + json.dumps(dict(more, probe=name)).encode()


def general(where=house):
	return where.health()["programs"][GENERAL]


def spawned(where=house):
	return sum(p["spawned"] for p in where.health()["programs"].values())


@test
def usual_photos_do_not_start_the_general_program():
	for kind in "JPEG", "PNG", "WEBP":
		put("usual/" + kind, photo(300, 200, kind))
		house.row_where("usual/" + kind, status="done")
	eq(general(), {"state": "not started", "idle": 0, "busy": 0, "spawned": 0})


@test
def other_formats_do_and_it_stays():
	for kind in "GIF", "TIFF":
		put("other/" + kind, photo(300, 200, kind))
		eq(plain(house.row_where("other/" + kind, status="done")["attempts"]), "1", "attempts")
		eq(len(house.thumbnails("other/" + kind)), 3)
	eq(general()["state"], "up")
	eq("minilab-runner-general" in house.log(), True, "the log tells of its start")


@test
def a_general_program_that_dies_is_started_anew():
	for pid in house.runners():
		with open("/proc/%d/cmdline" % pid) as f:
			if f.read().split("\0")[0] == GENERAL and pid not in house.environments():
				os.kill(pid, 9)
	put("other/again.gif", photo(200, 100, "GIF"))
	house.row_where("other/again.gif", status="done")


@test
def without_it_its_formats_are_refused_with_a_reason():
	other = House(start=False)
	other.settings["runner"] = os.path.join(other.home, "minilab-runner")
	os.symlink(RUNNER, other.settings["runner"])
	other.start()
	put("a.gif", photo(60, 40, "GIF"), other)
	row = other.row_where("a.gif", status="failed")
	eq((plain(row["reason"]), plain(row["attempts"])), ("Image.UnsupportedFormat", "1"))
	eq(GENERAL in other.explain("a.gif"), True, "explain tells what is missing")
	put("a.jpg", photo(60, 40), other)
	other.row_where("a.jpg", status="done")
	eq(general(other)["state"], "absent")
	other.stop()


@test
def an_attempt_that_uses_too_much_processor_time_is_a_dead_letter_at_once():
	put("endless", probe("loop"))
	row = house.row_where("endless", status="failed")
	eq((plain(row["reason"]), plain(row["attempts"])), ("Sandbox.CpuExceeded", "1"))


@test
def an_attempt_gets_no_more_memory_than_the_setting_says():
	put("hungry", probe("memory"))
	row = house.row_where("hungry", status="failed")
	eq((plain(row["reason"]), plain(row["attempts"])), ("Runtime.OutOfMemory", "3"))
	eq("Memory Size: 200 MB" in house.cli("logs", "thumbnail"), True, "REPORT tells the limit")


@test
def after_damage_the_next_photo_meets_another_environment():
	whole = photo(400, 300)
	put("before.jpg", whole)
	house.row_where("before.jpg", status="done")
	wait_until(lambda: general()["busy"] == 0 and house.health()["environments"]["busy"] == 0, "quiet")
	before = spawned()
	put("cut.jpg", whole[:len(whole) * 3 // 4])
	eq(plain(house.row_where("cut.jpg", status="done")["degraded"]), True)
	wait_until(lambda: spawned() > before, "a new environment")


@test
def in_isolation_every_photo_gets_an_environment_of_its_own():
	other = House(isolation="photo")
	for i in range(6):
		put("%d.jpg" % i, photo(100, 80, seed=i), other)
	for i in range(6):
		other.row_where("%d.jpg" % i, status="done")
	eq(spawned(other) >= 6, True, "%d environments for 6 photos" % spawned(other))
	other.stop()


run(house)
