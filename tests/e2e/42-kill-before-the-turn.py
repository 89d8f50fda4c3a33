"""The daemon dies by kill -9 while one photo is in its environment and another waits for it: the attempt that never began is not counted."""
import os
import signal

from lib import House, eq, photo, run, test, wait_until

house = House(environments_max=1)


def line(key, what):
	return [text for text in house.explain(key).splitlines() if what in text]


@test
def an_attempt_that_never_began_is_not_counted():
	house.s3.put_object(Bucket="photos", Key="first.jpg", Body=photo())
	house.row_where("first.jpg", status="done")
	for pid in house.environments():
		os.kill(pid, signal.SIGSTOP)		# what begins in it does not end
	keys = ["one.jpg", "two.jpg"]
	for key in keys:
		house.s3.put_object(Bucket="photos", Key=key, Body=photo())
	wait_until(lambda: house.health()["environments"]["waiting"] == 1, "a photo that waits while another is decoded")
	house.kill()
	house.start()
	for key in keys:
		house.row_where(key, status="done")
	told = {key: (len(line(key, "attempt failed (attempt 1): minilab ended while it ran")),
		      len(line(key, "put back, the attempt not counted (attempt 1): minilab ended before its turn came"))) for key in keys}
	eq(sorted(told.values()), [(0, 1), (1, 0)], "lines of %s and %s" % (house.explain(keys[0]), house.explain(keys[1])))
	for key in keys:
		eq(len(line(key, "attempt started (attempt %d)" % (1 + told[key][0]))), 1 + told[key][1], house.explain(key))
	house.audit()


run(house)
