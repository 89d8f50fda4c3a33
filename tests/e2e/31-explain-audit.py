"""What is told about a photo, on the command line and over HTTP, and what the offline audit proves."""
import glob
import json
import os
import re
import subprocess
import urllib.error
import urllib.request

from lib import House, eq, photo, plain, run, test, wait_until

house = House()
GIF = photo(2, 2, "GIF")


def get(path):
	with urllib.request.urlopen(house.url + path) as answer:
		return answer.read().decode()


@test
def explain_tells_the_whole_life_of_a_photo():
	house.s3.put_object(Bucket="photos", Key="2026/cat.jpg", Body=photo(300, 200))
	house.row_where("2026/cat.jpg", status="done")
	told = house.explain("2026/cat.jpg")
	for what in "uploaded", "queued", "attempt started", "done":
		eq(what in told, True, "%r in\n%s\n" % (what, told))


@test
def explain_tells_the_door_a_version_came_in_by():
	s3, box = house.s3, {"Bucket": "photos", "Key": "door.bin"}
	s3.put_object(Body=b"1", **box)
	eq("came by S3 PutObject\n" in house.explain("door.bin"), True, house.explain("door.bin"))
	s3.copy_object(CopySource="photos/2026/cat.jpg", **box)
	eq("came by S3 CopyObject\n" in house.explain("door.bin"), True, house.explain("door.bin"))
	upload = s3.create_multipart_upload(**box)["UploadId"]
	part = s3.upload_part(UploadId=upload, PartNumber=1, Body=b"2", **box)["ETag"]
	s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}, **box)
	told = json.loads(house.cli("explain", "photos/door.bin", "--json"))
	eq(told["object"]["door"], "S3 CompleteMultipartUpload")
	eq([l["door"] for l in told["journal"] if l["what"] == "uploaded"], ["S3 PutObject", "S3 CopyObject", "S3 CompleteMultipartUpload"])
	small = json.loads(house.cli("explain", "photos-thumbnails/2026/cat.jpg/small.webp", "--json"))
	eq(small["object"]["door"], "the built-in function")


@test
def explain_gives_json_as_well():
	told = json.loads(house.cli("explain", "photos/2026/cat.jpg", "--json"))
	eq((told["bucket"], told["key"]), ("photos", "2026/cat.jpg"))


@test
def explain_asks_the_daemon_when_only_the_endpoint_is_known():
	eq("done" in house.cli("explain", "photos/2026/cat.jpg", online=True), True)


@test
def explain_of_what_never_was_says_so():
	p = house.cli("explain", "photos/never-was.jpg", check=False)
	eq(p.returncode != 0, True, "exit status")
	eq("not found" in p.stderr, True, p.stderr)


@test
def a_deleted_photo_still_has_a_story():
	house.s3.put_object(Bucket="photos", Key="deleted.jpg", Body=photo(64, 64))
	version = plain(house.row_where("deleted.jpg", status="done")["sequencer"])
	house.s3.delete_object(Bucket="photos", Key="deleted.jpg")
	wait_until(lambda: "removed" in house.explain("deleted.jpg"), "the removal in the story")
	eq("deleted: version %s " % version in house.explain("deleted.jpg"), True, house.explain("deleted.jpg"))


@test
def what_a_client_removed_of_a_result_is_told_and_no_finding():
	house.s3.put_object(Bucket="photos", Key="less.jpg", Body=photo(200, 200))
	house.row_where("less.jpg", status="done")
	eq("nothing: thumbnails and row are those" in house.explain("less.jpg"), True, house.explain("less.jpg"))
	house.s3.delete_object(Bucket="photos-thumbnails", Key="less.jpg/small.webp")
	told = house.explain("less.jpg")
	eq("thumbnail removed by request: photos-thumbnails/less.jpg/small.webp" in told, True, told)
	eq("there are 2 thumbnails and the row" in told and "upload the photo again" in told, True, told)
	house.dynamodb.delete_item(TableName="photos", Key={"key": {"S": "less.jpg"}})
	told = house.explain("less.jpg")
	eq("row removed by request: table photos" in told and "2 thumbnails and no row" in told, True, told)
	house.audit()
	house.s3.put_object(Bucket="photos", Key="less.jpg", Body=photo(201, 200))
	house.row_where("less.jpg", status="done")
	told = house.explain("less.jpg")
	eq("nothing: thumbnails and row are those" in told, True, told)
	house.dynamodb.put_item(TableName="photos", Item={"key": {"S": "less.jpg"}, "mine": {"S": "yes"}})
	told = house.explain("less.jpg")
	eq("row replaced by request" in told and "no row" in told, True, told)
	house.audit()


@test
def logs_are_the_same_from_the_directory_and_from_the_daemon():
	for n in range(170):	# more than a page of lines
		house.s3.put_object(Bucket="photos", Key="many/%d.gif" % n, Body=GIF)
	wait_until(lambda: house.cli("logs").count("REPORT") >= 170, "170 attempts")
	told = house.cli("logs", "thumbnail")
	eq(len(told.splitlines()) > 500, True, "more than a page")
	eq(house.cli("logs", "thumbnail", online=True), told)
	eq(house.cli("logs", online=True), told)
	start, end = (re.search(r"^(\S+) \S+ %s " % word, told, re.M).group(1) for word in ("START", "END"))
	eq(start <= end, True, "%s before %s" % (start, end))


@test
def health_and_metrics_answer_without_a_signature():
	health = json.loads(get("/_/health"))
	eq("cage" in json.dumps(health), True, "the rung of the cage")
	for line in get("/_/metrics").splitlines():
		eq(bool(line.startswith("#") or " " in line), True, "a line of metrics: %r" % line)


@test
def health_and_metrics_answer_head_as_get_without_a_body():
	for path, kind in ("/_/health", "application/json"), ("/_/metrics", "text/plain"):
		with urllib.request.urlopen(urllib.request.Request(house.url + path, method="HEAD")) as answer:
			eq((answer.status, answer.read()), (200, b""), path)
			eq(answer.headers["Content-Type"].startswith(kind), True, answer.headers["Content-Type"])
			eq(int(answer.headers["Content-Length"]) > 100, True, answer.headers["Content-Length"])
	try:
		urllib.request.urlopen(urllib.request.Request(house.url + "/_/retry?failed=all", method="HEAD"))
	except urllib.error.HTTPError as e:
		eq(e.code, 405)
	else:
		raise AssertionError("HEAD of what has no GET")


@test
def the_log_has_one_line_for_each_request_with_bucket_and_key():
	house.s3.put_object(Bucket="photos", Key="logged.jpg", Body=photo(64, 64))
	house.row_where("logged.jpg", status="done")
	lines = [l for l in house.log().splitlines() if "logged.jpg" in l]
	eq(any("req=" in l and "photos" in l for l in lines), True, "\n".join(lines))
	eq(any("job=" in l for l in lines), True, "\n".join(lines))


@test
def version_names_the_codecs():
	p = house.cli("version", check=False)
	eq(p.returncode, 0, p.stderr)
	for what in "minilab", "vips", "SQLite":
		eq(what.lower() in p.stdout.lower(), True, "%s in\n%s" % (what, p.stdout))


@test
def help_teaches():
	p = subprocess.run([house.binary, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
	eq(p.returncode, 0)
	for command in "serve", "credentials", "explain", "audit", "retry", "version":
		eq(command in p.stdout, True, command)


@test
def credentials_are_private():
	eq(os.stat(os.path.join(house.data, "credentials")).st_mode & 0o777, 0o600)


@test
def audit_of_a_sound_store_is_clean():
	house.s3.put_object(Bucket="photos", Key="broken.jpg", Body=b"no photo")
	house.row_where("broken.jpg", status="failed")
	house.stop()
	house.audit()
	house.start()


@test
def audit_that_cannot_run_is_told_from_one_that_finds_something():
	empty = os.path.join(house.home, "empty")
	os.mkdir(empty)
	for args in (["--data", empty], ["--data", os.path.join(house.home, "not-there")], ["and", "what?"]):
		p = subprocess.run([house.binary, "audit", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		eq((p.returncode, p.stdout), (2, ""), p.stderr)
	told = subprocess.run([house.binary, "audit", "--help"], stdout=subprocess.PIPE, text=True).stdout
	eq("0: clean" in told and "1: findings" in told and "2: it could not run" in told, True, told)


@test
def audit_finds_bytes_that_were_changed_on_the_disk():
	large = photo(1500, 1500, "PNG")
	house.s3.put_object(Bucket="photos", Key="large.png", Body=large)
	house.row_where("large.png", status="done")
	house.s3.delete_object(Bucket="photos", Key="logged.jpg")
	wait_until(lambda: house.row("logged.jpg") is None, "the end of logged.jpg")
	house.stop()
	house.audit()
	for segment in glob.glob(os.path.join(house.data, "vol/*/*.seg")):
		with open(segment, "r+b") as f:
			bytes_ = bytearray(f.read())
			at = bytes_.find(photo(300, 200)[100:200])	# in the middle of 2026/cat.jpg
			if at >= 0:
				bytes_[at] ^= 1
				f.seek(0)
				f.write(bytes_)
				break
	else:
		raise AssertionError("its bytes are in no segment")
	p = house.cli("audit", check=False)
	eq(p.returncode, 1, "exit status")
	eq("2026/cat.jpg" in p.stdout + p.stderr, True, p.stdout + p.stderr)


run(house)
