"""A disk without space and a disk gone read-only: a proper error, nothing half there, and work goes on afterwards."""
import os
import socket
import subprocess

from botocore.exceptions import BotoCoreError, ClientError

from lib import House, Skip, eq, photo, run, test, wait_until
from wire import UNSIGNED, Wire

MB = 1 << 20


def sh(*command):
	return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip()


def mounted(house, *how):
	"""The data directory as a mount of its own."""
	if os.geteuid() != 0:
		raise Skip("needs root to mount")
	os.makedirs(house.data)
	try:
		sh("mount", *how, house.data)
	except (subprocess.CalledProcessError, OSError) as e:
		raise Skip("cannot mount here: %s" % e)
	return house.start()


def fill(house, size=3 * MB):
	"""Uploads until one is refused. What was acknowledged, and the refusal."""
	acked, wire, noise = {}, Wire(house), os.urandom(size)
	for i in range(2000):
		answer = wire.ask("PUT", "/photos-thumbnails/fill/%d" % i, b"%08d" % i + noise[8:], payload=UNSIGNED)
		if answer.status != 200:
			return acked, answer
		acked["fill/%d" % i] = answer.headers["etag"]
	raise AssertionError("it never became full")


def check_refusal(response):
	status = response["ResponseMetadata"]["HTTPStatusCode"]
	eq(status in (503, 507), True, "status %d (%s) says that it is not the client's fault" % (status, response["Error"]))


def listed(house, prefix):
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket="photos-thumbnails", Prefix=prefix)
	return {o["Key"]: o["ETag"] for page in pages for o in page.get("Contents", [])}


def delete_half(house, acked):
	for key in list(acked)[:len(acked) // 2]:
		house.s3.delete_object(Bucket="photos-thumbnails", Key=key)


def full_and_free_again(house, make_room):
	house.s3.put_object(Bucket="photos", Key="before.jpg", Body=photo(300, 200))
	house.row_where("before.jpg", status="done")
	acked, refusal = fill(house)
	eq((refusal.status in (503, 507), bool(refusal.code)), (True, True), "status %d (%r)" % (refusal.status, refusal.body))
	for _ in range(5):
		try:
			house.s3.put_object(Bucket="photos-thumbnails", Key="refused", Body=os.urandom(3 * MB))
			raise AssertionError("accepted on a full disk")
		except ClientError as e:
			check_refusal(e.response)
	eq(listed(house, "fill/"), acked, "what is listed while it is full")
	eq(listed(house, "refused"), {}, "what was refused")
	eq(house.s3.get_object(Bucket="photos", Key="before.jpg")["Body"].read(), photo(300, 200), "reading while full")
	make_room(house, acked)

	def fits_again():
		try:
			return house.s3.put_object(Bucket="photos-thumbnails", Key="again", Body=os.urandom(3 * MB))
		except ClientError as e:
			check_refusal(e.response)
	wait_until(fits_again, "room for another", 150)
	house.s3.put_object(Bucket="photos", Key="after.jpg", Body=photo(300, 200))
	house.row_where("after.jpg", status="done")
	house.stop()
	house.audit()


@test
def at_the_floor_uploads_are_refused_and_deleting_helps():
	house = mounted(House(start=False, free_floor=24 * MB, grace_ms=1000), "-t", "tmpfs", "-o", "size=420m", "minilab-test")
	full_and_free_again(house, delete_half)


@test
def an_upload_that_would_take_the_floor_is_refused_before_it_takes_anything():
	house = mounted(House(start=False, free_floor=24 * MB), "-t", "tmpfs", "-o", "size=300m", "minilab-test")
	fs = os.statvfs(house.data)
	size, before = fs.f_bavail * fs.f_frsize - 12 * MB, fs.f_bavail
	url = house.s3.generate_presigned_url("put_object", Params={"Bucket": "photos-thumbnails", "Key": "greedy"})
	s = socket.create_connection(("127.0.0.1", house.port), timeout=30)
	s.sendall(("PUT %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (url[len(house.url):], house.port,
		   size)).encode() + bytes(MB))
	eq(s.recv(65536)[9:12] in (b"503", b"507"), True, "refused with the rest unsent")
	s.close()
	eq(before - os.statvfs(house.data).f_bavail < MB, True, "blocks taken")
	house.s3.put_object(Bucket="photos-thumbnails", Key="modest", Body=bytes(3 * MB))
	house.stop()


@test
def with_no_space_at_all_work_goes_on_when_somebody_makes_room():
	house = mounted(House(start=False, free_floor=0, grace_ms=1000), "-t", "tmpfs", "-o", "size=400m", "minilab-test")
	other = os.path.join(house.data, "somebody-elses")
	with open(other, "wb") as f:
		f.write(bytes(40 * MB))
	full_and_free_again(house, lambda _house, _acked: os.unlink(other))


def ext4(house):
	image = os.path.join(house.home, "image")
	sh("truncate", "-s", "600M", image)
	try:
		sh("mkfs.ext4", "-q", "-F", image)
	except (OSError, subprocess.CalledProcessError) as e:
		raise Skip("mkfs.ext4: %s" % e)
	return image


def break_file_system(house):
	"""What a disk with errors does to a mount: the kernel takes away writing."""
	device = os.path.basename(sh("findmnt", "-n", "-o", "SOURCE", house.data))
	trigger = "/sys/fs/ext4/%s/trigger_fs_error" % device
	if not os.path.exists(trigger):
		raise Skip("this kernel has no " + trigger)
	with open(trigger, "w") as f:
		f.write("test")


@test
def a_disk_gone_read_only_loses_nothing():
	house = House(start=False, free_floor=0, grace_ms=1000)
	image = ext4(house) if os.geteuid() == 0 else ""
	mounted(house, "-o", "loop,errors=remount-ro", image)
	acked = {}
	for i in range(30):
		key = "keep/%d" % i
		acked[key] = house.s3.put_object(Bucket="photos-thumbnails", Key=key, Body=os.urandom(20000))["ETag"]
	break_file_system(house)
	for _ in range(5):
		try:
			house.client("s3").put_object(Bucket="photos-thumbnails", Key="refused", Body=os.urandom(20000))
			raise AssertionError("acknowledged on a read-only disk")
		except ClientError as e:
			eq(e.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, True, "status")
		except BotoCoreError:
			pass		# a failed sync ends the daemon: starting again is the repair
	if house.process.poll() is None:
		house.kill()
	sh("umount", house.data)
	sh("mount", "-o", "loop", image, house.data)
	house.start()
	eq(listed(house, "keep/"), acked, "what was acknowledged")
	eq(listed(house, "refused"), {}, "what was not")
	house.s3.put_object(Bucket="photos", Key="after.jpg", Body=photo(300, 200))
	house.row_where("after.jpg", status="done")
	house.stop()
	house.audit()


run()
