"""19-drop-folder.py - what lands in a folder becomes objects: each once, whole, and only what is meant.

Programs copy in many styles: write slowly, write under another name and rename, link, move whole trees in, replace files that were there. Every
test has a folder of its own, told by the command line or by the settings of the daemon.
"""
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request

from lib import House, Skip, eq, photo, plain, run, test, wait_until
from wire import Wire

SETTLE_MS = 150

house = House(start=False)
HOME = os.path.join(house.home, "folders")
os.makedirs(HOME + "/fixed")
os.environ["MINILAB_CONFIG"] = os.path.join(house.home, "conf")
with open(os.environ["MINILAB_CONFIG"], "w") as f:
	f.write("[watch fixed]\ndir = %s/fixed\nto = photos/fixed\nsettle_ms = %d\nignore = *.xmp private/*\n" % (HOME, SETTLE_MS))
house.start()
house.s3.create_bucket(Bucket="drops")		# without functions
wire = Wire(house)


def post(**query):
	return wire.ask("POST", "/_/watch?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe=""))


def folders():
	return {f["name"]: f for f in json.loads(wire.ask("GET", "/_/watch").body)["folders"]}


def watch(name, *options, to=None):
	path = os.path.join(HOME, name)
	os.makedirs(path, exist_ok=True)
	house.cli("watch", path, "--to", to or "drops/" + name, "--name", name, "--settle-ms", str(SETTLE_MS), "--detach", *options)
	return path


def write(folder, name, data):
	path = os.path.join(folder, name)
	os.makedirs(os.path.dirname(path), exist_ok=True)
	with open(path, "wb") as f:
		f.write(data)
	return path


def keys(prefix, bucket="drops"):
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/")
	return {o["Key"][len(prefix) + 1:]: o["ETag"].strip('"') for page in pages for o in page.get("Contents", [])}


def md5(data):
	return hashlib.md5(data).hexdigest()


def there(prefix, want, bucket="drops"):
	"""These files are objects, with this content, and no others are."""
	want = {k: md5(v) for k, v in want.items()}
	try:
		wait_until(lambda: keys(prefix, bucket) == want, "objects", 20)
	except AssertionError:
		eq(keys(prefix, bucket), want, "objects below " + prefix)


def quiet(name):
	"""All that is there has been looked at, and nothing is on its way."""
	def is_quiet():
		f = folders()[name]
		return not f["looking"] and not (f["settling"] + f["written"] + f["unfinished"] + f["taking"]) and f
	return wait_until(is_quiet, name + " to be quiet", 30)


def look(name):
	post(action="rescan", name=name)
	return quiet(name)


def uploads(key, bucket="drops"):
	return house.cli("explain", "%s/%s" % (bucket, key)).count("uploaded: ")


@test
def a_photo_in_a_folder_of_the_settings_gets_thumbnails_and_folders_become_prefixes():
	data = photo(300, 200)
	write(HOME + "/fixed", "2026/rome/a b+ä%.JPG", data)
	row = house.row_where("fixed/2026/rome/a b+ä%.JPG", status="done")
	eq(plain(row["width"]), "300")
	head = house.s3.head_object(Bucket="photos", Key="fixed/2026/rome/a b+ä%.JPG")
	eq((head["ContentType"], head["ETag"].strip('"')), ("image/jpeg", md5(data)))
	eq(float(head["Metadata"]["mtime"]), os.stat(HOME + "/fixed/2026/rome/a b+ä%.JPG").st_mtime)
	eq(len(house.thumbnails("fixed/2026/rome/a b+ä%.JPG")), 3)
	eq(folders()["fixed"]["from"], "settings")
	told = house.explain("fixed/2026/rome/a b+ä%.JPG")
	eq("came by drop folder %s/fixed/2026/rome/a b+ä%%.JPG\n" % HOME in told, True, told)


@test
def names_of_programs_that_copy_and_of_the_settings_are_left_alone():
	for name in (".hidden.jpg", ".a.jpg.Xy12Z9", "a.jpg.part", "a.JPG.Part", "a.tmp", "a.jpg.crdownload", "a.jpg~", "~$a.docx", ".~lock.a#",
		     "~syncthing~a.jpg.tmp", ".syncthing.a.jpg.tmp", "a.jpg_exiftool_tmp", "Thumbs.db", "a.xmp", "private/a.jpg", ".git/a.jpg",
		     "sub/a.filepart", "a.jpg.!ut"):
		write(HOME + "/fixed", name, b"not yet")
	write(HOME + "/fixed", "tail.jpg", photo(40, 30))
	house.row_where("fixed/tail.jpg", status="done")
	look("fixed")
	eq(sorted(keys("fixed", "photos")), ["2026/rome/a b+ä%.JPG", "tail.jpg"])
	os.rename(HOME + "/fixed/a.jpg.part", HOME + "/fixed/finished.txt")	# as a browser does
	wait_until(lambda: "finished.txt" in keys("fixed", "photos"), "the renamed one")


@test
def a_slow_writer_with_pauses_is_waited_for_whatever_it_writes():
	path = watch("slow")
	quiet("slow")
	data, text = photo(500, 400, quality=95), os.urandom(9000)
	with open(path + "/a.jpg", "wb", buffering=0) as a, open(path + "/b.bin", "wb", buffering=0) as b:
		for i in range(3):
			a.write(data[i * len(data) // 3:(i + 1) * len(data) // 3])
			b.write(text[i * 3000:(i + 1) * 3000])
			seen = folders()["slow"]["looks"]
			wait_until(lambda: folders()["slow"]["written"] >= 1, "to be seen as open")	# longer than it takes to settle
			eq(keys("slow"), {})
			eq(seen, 1)
	there("slow", {"a.jpg": data, "b.bin": text})
	eq((uploads("slow/a.jpg"), uploads("slow/b.bin")), (1, 1))


@test
def a_photo_that_does_not_end_is_waited_for_and_then_taken_as_it_is():
	path = watch("cut", "--unfinished-s", "2")
	data = photo(500, 400)
	write(path, "later.jpg", data[:-900])
	write(path, "never.jpg", data[:-900])
	write(path, "empty.jpg", b"")
	wait_until(lambda: folders()["cut"]["unfinished"] == 3, "three without an end")
	with open(path + "/later.jpg", "ab") as f:
		f.write(data[-900:])
	there("cut", {"later.jpg": data, "never.jpg": data[:-900], "empty.jpg": b""})
	eq(uploads("cut/later.jpg"), 1)


@test
def copies_by_cp_rsync_and_scp_arrive_whole_and_once():
	path, source = watch("copies"), os.path.join(house.home, "card")
	want = {}
	for i in range(12):
		want["100CANON/IMG_%04d.JPG" % i] = photo(60, 40, seed=i)
	want["big.bin"] = os.urandom(3 << 20)
	for name, data in want.items():
		write(source, name, data)
	subprocess.run(["cp", "-rp", source, path + "/cp"], check=True)
	styles = ["cp", "moved"]
	if shutil.which("rsync"):
		subprocess.run(["rsync", "-a", source + "/", path + "/rsync"], check=True)
		styles.append("rsync")
	shutil.copytree(source, os.path.join(HOME, ".outside"))
	os.rename(os.path.join(HOME, ".outside"), path + "/moved")
	there("copies", {"%s/%s" % (s, name): data for s in styles for name, data in want.items()})
	f = look("copies")
	eq((f["put"], f["files"], f["failed"], f["errors"]), (len(styles) * len(want),) * 2 + (0, []))


@test
def what_is_replaced_is_a_new_version_and_what_is_only_touched_is_not():
	path = watch("again")
	write(path, "a.txt", b"one")
	write(path, "b.txt", b"other")
	there("again", {"a.txt": b"one", "b.txt": b"other"})
	stat = os.stat(path + "/a.txt")
	write(path, "a.txt", b"two")				# as long, and as old: only its being written is seen
	os.utime(path + "/a.txt", ns=(stat.st_atime_ns, stat.st_mtime_ns))
	there("again", {"a.txt": b"two", "b.txt": b"other"})
	os.utime(path + "/b.txt", (0, 0))			# a clock that is set back
	write(path, "b.txt.tmp", b"third")
	os.utime(path + "/b.txt.tmp", (-5000, -5000))
	os.rename(path + "/b.txt.tmp", path + "/b.txt")		# older than what it replaces
	there("again", {"a.txt": b"two", "b.txt": b"third"})
	os.utime(path + "/a.txt", (4e9, 4e9))
	os.chmod(path + "/a.txt", 0o600)
	look("again")
	eq((uploads("again/a.txt"), uploads("again/b.txt")), (2, 2))


@test
def a_new_name_is_a_new_key_and_deleting_files_deletes_no_object():
	path = watch("names")
	write(path, "trip/a.txt", b"a")
	write(path, "b.txt", b"b")
	there("names", {"trip/a.txt": b"a", "b.txt": b"b"})
	os.rename(path + "/trip", path + "/rome")
	os.link(path + "/b.txt", path + "/linked.txt")
	want = {"trip/a.txt": b"a", "b.txt": b"b", "rome/a.txt": b"a", "linked.txt": b"b"}
	there("names", want)
	write(path, "rome/late.txt", b"it is still watched")
	want["rome/late.txt"] = b"it is still watched"
	there("names", want)
	shutil.rmtree(path + "/rome")
	os.unlink(path + "/b.txt")
	look("names")
	there("names", want)


@test
def content_that_is_there_already_can_be_skipped():
	path = watch("same", "--skip-same")
	data = os.urandom(5000)
	for name in ("a.bin", "copy.bin", "sub/copy.bin"):	# at once: only one of them is put
		write(path, name, data)
	wait_until(lambda: folders()["same"]["skipped"] == 2, "two to be skipped")
	one = keys("same")
	eq(list(one.values()), [md5(data)])
	first = list(one)[0]
	os.rename(os.path.join(path, first), path + "/renamed.bin")
	wait_until(lambda: folders()["same"]["skipped"] == 3, "the renamed one to be skipped")
	house.s3.delete_object(Bucket="drops", Key="same/" + first)
	write(path, "new.bin", data)				# its object is gone: it is not there already
	there("same", {"new.bin": data})


@test
def links_and_what_is_no_file_are_left_alone_and_never_followed():
	outside = write(os.path.join(house.home, "outside"), "secret.txt", b"secret")
	path = watch("odd")
	os.symlink(outside, path + "/link.txt")
	os.symlink(os.path.dirname(outside), path + "/linked")
	os.symlink("/", path + "/root")
	os.symlink(".", path + "/loop")
	os.mkfifo(path + "/fifo.jpg")
	s = socket.socket(socket.AF_UNIX)
	os.chdir(path)
	s.bind("socket.jpg")
	os.chdir(house.home)
	write(path, "real.txt", b"real")
	there("odd", {"real.txt": b"real"})
	f = look("odd")
	eq((f["files"], f["failed"], f["folders"], f["errors"]), (1, 0, 1, []))
	s.close()


@test
def names_that_are_not_utf_8_are_escaped_and_too_long_ones_are_told():
	path = watch("bytes")
	write(os.fsencode(path), b"caf\xe9 100%.txt", b"latin")
	write(path, "ümlaut 100%\n.txt", b"utf8")
	there_ = {"caf%E9 100%25.txt": b"latin", "ümlaut 100%\n.txt": b"utf8"}
	there("bytes", there_)
	deep = os.path.join(path, *["d" * 200] * 5)
	os.makedirs(deep)
	write(deep, "x" * 60 + ".txt", b"deep")
	wait_until(lambda: folders()["bytes"]["errors"], "an error")
	eq("over the limit" in folders()["bytes"]["errors"][0]["message"], True)
	there("bytes", there_)


@test
def a_file_that_cannot_be_put_is_told_once_and_tried_again():
	house.s3.create_bucket(Bucket="going")
	path = watch("lost", to="going/in")
	house.s3.delete_bucket(Bucket="going")
	write(path, "a.txt", b"a")
	wait_until(lambda: folders()["lost"]["failed"] == 1, "a failure")
	wait_until(lambda: folders()["lost"]["taking"] == 0, "the end of the try")
	eq(len(folders()["lost"]["errors"]), 1)
	eq("not found" in folders()["lost"]["errors"][0]["message"], True)
	house.s3.create_bucket(Bucket="going")
	there("in", {"a.txt": b"a"}, "going")
	eq((folders()["lost"]["failed"], len(folders()["lost"]["errors"])), (0, 1))


@test
def files_are_moved_or_deleted_once_they_are_objects():
	moved, deleted = watch("moved", "--after", "move"), watch("deleted", "--after", "delete")
	want = {"a.jpg": photo(40, 30), "sub/b.txt": b"b"}
	for path in (moved, deleted):
		for name, data in want.items():
			write(path, name, data)
	there("moved", want)
	there("deleted", want)
	def files(path):
		return sorted(os.path.relpath(os.path.join(d, n), path) for d, _, names in os.walk(path) for n in names if n != ".minilab-done")
	wait_until(lambda: files(moved) == ["done/a.jpg", "done/sub/b.txt"] and files(deleted) == [], "files to go")
	write(moved, "a.jpg", b"another")
	write(deleted, "a.jpg", b"another")
	want["a.jpg"] = b"another"
	there("moved", want)
	there("deleted", want)
	wait_until(lambda: files(moved) == ["done/a-2.jpg", "done/a.jpg", "done/sub/b.txt"] and files(deleted) == [], "files to go again")
	write(deleted, "sub/b.txt", b"b")		# the same once more: it goes, and nothing is put
	wait_until(lambda: files(deleted) == [], "the file to go")
	look("deleted")
	eq(uploads("deleted/sub/b.txt"), 1)
	house.s3.delete_object(Bucket="drops", Key="deleted/sub/b.txt")
	write(deleted, "sub/b.txt", b"b")		# and once more, when the object is gone: it is wanted
	there("deleted", want)
	watch("moved", "--after", "keep")		# what was moved is not new when the folder is told otherwise
	write(moved, "later.txt", b"later")
	there("moved", dict(want, **{"a.jpg": b"another", "later.txt": b"later"}))
	eq(look("moved")["files"], 1)


@test
def other_content_under_a_key_that_is_taken_gets_a_number_where_both_are_to_be_kept():
	path = watch("both", "--after", "delete", "--keep-both")
	house.s3.put_object(Bucket="drops", Key="both/a.b.jpg", Body=b"of somebody else")
	for data in (b"first card", b"second card", b"second card"):
		write(path, "a.b.jpg", data)
		wait_until(lambda: not os.listdir(path), "the file to go")
	there("both", {"a.b.jpg": b"of somebody else", "a.b-2.jpg": b"first card", "a.b-3.jpg": b"second card"})
	write(path, "100.CAM/plain", b"1")
	there("both", {"a.b.jpg": b"of somebody else", "a.b-2.jpg": b"first card", "a.b-3.jpg": b"second card", "100.CAM/plain": b"1"})
	write(path, "100.CAM/plain", b"2")
	wait_until(lambda: keys("both").get("100.CAM/plain-2") == md5(b"2"), "the number at the end")


@test
def without_notifications_no_file_goes_that_was_not_read_although_it_looks_like_one_that_was():
	path = watch("alike", "--poll", "--scan-s", "1", "--after", "delete", "--unfinished-s", "3600")
	source = write(house.home, "card.nef", b"first photo!")
	os.utime(source, (1, 1))				# a camera that has forgotten the time
	os.rename(source, path + "/DSC_0001.NEF")
	wait_until(lambda: folders()["alike"]["unfinished"] == 1, "to be waited for: it may be written from another machine")
	eq((os.listdir(path), keys("alike")), (["DSC_0001.NEF"], {}))
	watch("alike", "--poll", "--scan-s", "1", "--after", "delete", "--unfinished-s", "0")
	there("alike", {"DSC_0001.NEF": b"first photo!"})
	wait_until(lambda: not os.listdir(path), "the file to go")
	source = write(house.home, "card.nef", b"other photo!")	# as long
	os.utime(source, (1, 1))
	os.rename(source, path + "/DSC_0001.NEF")
	there("alike", {"DSC_0001.NEF": b"other photo!"})
	wait_until(lambda: not os.listdir(path), "the other file to go")


@test
def what_is_moved_does_not_come_into_another_drop_folder():
	into, path = watch("into"), os.path.join(HOME, "from")
	os.makedirs(path)
	for done in (into, into + "/done", path, HOME, house.data + "/done"):
		p = house.cli("watch", path, "--to", "drops/from", "--after", "move", "--done", done, "--detach", check=False)
		eq((p.returncode, "lie" in p.stderr), (1, True), p.stderr)
	house.cli("watch", path, "--to", "drops/from", "--after", "move", "--done", HOME + "/from-done", "--name", "from", "--detach")
	wait_until(lambda: folders()["from"]["state"] == "missing", "its done folder to be missed")
	eq(folders()["from"]["message"], "its done folder is not there")
	p = house.cli("watch", HOME + "/from-done/sub", "--to", "drops/x", "--detach", check=False)
	eq(p.returncode, 1)
	os.makedirs(HOME + "/from-done/sub")
	p = house.cli("watch", HOME + "/from-done/sub", "--to", "drops/x", "--detach", check=False)
	eq((p.returncode, "a done folder and another drop folder" in p.stderr), (1, True), p.stderr)
	write(path, "a.txt", b"a")
	there("from", {"a.txt": b"a"})
	wait_until(lambda: os.path.exists(HOME + "/from-done/a.txt"), "the file to be moved")
	p = house.cli("watch", path, check=False)
	eq((p.returncode, p.stderr.endswith("which bucket are its files for: --to BUCKET/PREFIX?\n")), (2, True), p.stderr)


@test
def a_folder_without_notifications_is_looked_through():
	path = watch("polled", "--poll", "--scan-s", "1")
	write(path, "deep/er/a.txt", b"a")
	there("polled", {"deep/er/a.txt": b"a"})
	eq((folders()["polled"]["state"], folders()["polled"]["folders"]), ("polling", 0))
	write(path, "deep/er/a.txt", b"other")
	there("polled", {"deep/er/a.txt": b"other"})


@test
def a_folder_that_goes_and_comes_back_takes_nothing_away_and_makes_nothing_twice():
	path = watch("gone")
	write(path, "a.txt", b"a")
	there("gone", {"a.txt": b"a"})
	os.rename(path, path + ".away")
	wait_until(lambda: folders()["gone"]["state"] == "missing", "to be missed")
	eq(len(keys("gone")), 1)
	os.rename(path + ".away", path)
	write(path, "b.txt", b"b")
	there("gone", {"a.txt": b"a", "b.txt": b"b"})
	eq(uploads("gone/a.txt"), 1)


@test
def folders_are_known_after_a_restart_and_what_came_meanwhile_is_taken():
	path = watch("kept")
	write(path, "before.txt", b"before")
	there("kept", {"before.txt": b"before"})
	house.stop()
	write(path, "meanwhile/x.txt", b"x")
	house.start()
	there("kept", {"before.txt": b"before", "meanwhile/x.txt": b"x"})
	f = quiet("kept")
	eq((f["put"], f["files"]), (1, 2))
	eq(uploads("kept/before.txt"), 1)
	house.cli("watch", "kept", "--remove")
	wait_until(lambda: "kept" not in folders(), "to be removed")
	write(path, "after.txt", b"after")
	house.stop()
	house.start()
	eq("kept" in folders(), False)
	eq(sorted(keys("kept")), ["before.txt", "meanwhile/x.txt"])


@test
def keys_alone_do_not_name_folders_of_this_machine():
	query = {"action": "add", "dir": "/etc", "to": "drops/etc"}
	answer = post(**query)
	eq((answer.status, json.loads(answer.body)["error"]), (403, "NotAllowed"))
	answer = post(ticket="0" * 32, **query)
	eq(answer.status, 403)
	answer = post(colour="red", **query)
	eq(answer.status, 400)
	eq([n for n in os.listdir(house.data) if n.startswith("ticket")], [])
	eq(keys("etc"), {})
	for args, why in (((house.data, "--to", "drops/x"), "data directory"), ((HOME + "/again/..", "--to", "drops/x"), "another drop folder"),
			  ((HOME + "/again", "--to", "nobucket/x", "--name", "again"), "no such bucket"), ((HOME, "--to", "Drops"), "BUCKET"),
			  ((house.home + "/conf", "--to", "drops/x"), "not a folder"), ((HOME + "/none", "--to", "drops/x"), "No such file")):
		p = house.cli("watch", *args, "--detach", check=False)
		eq((p.returncode, why in p.stderr), (1, True), "%s: %s" % (args, p.stderr))


@test
def at_any_moment_it_is_told_of_every_file():
	for i in range(20):
		write(HOME + "/summed", "%d.txt" % i, b"%d" % i)
	watch("summed")

	def all_in():
		f = folders()["summed"]
		left = f["settling"] + f["written"] + f["unfinished"] + f["taking"]
		eq((f["looking"] or f["put"] + left >= 20, f["failed"]), (True, 0), f)
		return f["put"] == 20
	wait_until(all_in, "all files")


@test
def the_command_waits_until_all_is_in_and_shows_how_it_gets_on():
	path = os.path.join(HOME, "waited for")
	for i in range(20):
		write(path, "%d.txt" % i, b"%d" % i)
	said = house.cli("watch", path, "--to", "drops/waited", "--settle-ms", str(SETTLE_MS), "--wait")
	eq("waited-for: 20 in (30 bytes), 0 waiting, 0 failed; 20 files there" in said, True, said)
	eq(len(keys("waited")), 20)
	said = house.cli("watch")
	eq("%s -> drops/waited/" % path in said, True, said)
	house.cli("watch", path, "--to", "drops/waited", "--settle-ms", str(SETTLE_MS), "--wait")
	with urllib.request.urlopen(house.url + "/_/metrics") as f:
		numbers = dict(re.findall(r"^minilab_watch_(\w+) (\d+)$", f.read().decode(), re.M))
	eq((int(numbers["files_total"]) >= 20, numbers["folders"]), (True, str(len(folders()))))
	eq(len([n for n in folders() if n.startswith("waited")]), 1)


@test
def where_the_kernel_and_the_owner_allow_less_files_are_still_taken_and_what_cannot_be_is_told_once():
	"""A daemon with few watches, that is not the superuser of the files it finds."""
	if os.geteuid() != 0:
		raise Skip("needs files of another user")
	limit = 'cd /proc/sys/user && echo 4 > max_inotify_watches && echo 1 > max_inotify_instances && cd - > /dev/null && exec "$@"'
	if subprocess.run(["unshare", "-Ur", "sh", "-c", limit, "sh", "true"], stderr=subprocess.DEVNULL).returncode != 0:
		raise Skip("no user namespace with limits of its own")
	few = House(prefix=["env", "-u", "MINILAB_CONFIG", "unshare", "-Ur", "sh", "-c", limit, "sh"])	# no other folder takes of the four
	few.s3.create_bucket(Bucket="drops")
	path = os.path.join(few.home, "folder")
	for i in range(8):
		write(path, "%d/a.txt" % i, b"a")
	write(path, "locked.txt", b"locked")
	os.chown(path + "/locked.txt", 12345, 12345)
	os.chmod(path + "/locked.txt", 0o600)
	few.cli("watch", path, "--to", "drops", "--settle-ms", str(SETTLE_MS), "--scan-s", "1", "--name", "few", "--detach")
	asked = Wire(few)

	def folder():
		return [f for f in json.loads(asked.ask("GET", "/_/watch").body)["folders"] if f["name"] == "few"][0]

	def count():
		return few.s3.list_objects_v2(Bucket="drops")["KeyCount"]
	wait_until(lambda: count() == 8, "files in all folders")
	for i in range(8):
		write(path, "%d/later.txt" % i, b"later")
	wait_until(lambda: count() == 16, "files in folders that are not watched")
	f = wait_until(lambda: folder()["failed"] == 1 and folder(), "the locked file to fail")
	eq((f["state"], f["folders"] < 9, f["put"]), ("partly-watching", True, 16))
	eq([(e["path"], "ermission denied" in e["message"]) for e in f["errors"]], [("locked.txt", True)])
	os.chmod(path + "/locked.txt", 0o644)
	wait_until(lambda: count() == 17, "the file that was unlocked")
	eq(len(folder()["errors"]), 1)
	eq("fs.inotify.max_user_watches" in folder()["message"], True)
	for i in range(7):
		shutil.rmtree("%s/%d" % (path, i))
	wait_until(lambda: folder()["state"] == "watching", "all folders that are left to be watched")
	# nobody tells whether this one is being written: it is not taken from under its writer
	going = os.path.join(few.home, "going")
	os.chown(write(going, "strange.bin", b"half of it, or all"), 12345, 12345)
	few.cli("watch", going, "--to", "drops/going", "--settle-ms", str(SETTLE_MS), "--after", "delete", "--name", "going",
		"--scan-s", "1", "--detach")
	def state():
		return [f for f in json.loads(asked.ask("GET", "/_/watch").body)["folders"] if f["name"] == "going"][0]
	wait_until(lambda: state()["unfinished"] == 1, "the file to be waited for")
	eq((os.listdir(going), count()), (["strange.bin"], 17))
	eq((state()["state"], "fs.inotify.max_user_instances" in state()["message"]), ("partly-watching", True))
	few.cli("watch", "few", "--remove")
	wait_until(lambda: state()["state"] == "watching", "notifications, now that there is room for them")
	os.rename(going + "/strange.bin", going + "/whole.bin")		# as a program does that has written all of it
	wait_until(lambda: not os.listdir(going) and count() == 18, "the file to be taken")
	few.stop()


@test
def a_file_is_forgotten_when_it_and_its_object_have_been_gone_for_long():
	house.stop()
	house.settings["ledger_s"] = 1
	house.start()
	away, path = house.home + "/away", watch("card", "--scan-s", "1")
	data = {"a.txt": b"its object goes", "b.txt": b"its object stays"}
	for name, text in data.items():
		write(path, name, text)
	there("card", data)
	quiet("card")
	os.rename(path, away)			# as a mount that goes; the files are the same ones when they come back
	os.mkdir(path)
	house.s3.delete_object(Bucket="drops", Key="card/a.txt")
	wait_until(lambda: "watch=card forgotten=1" in house.log(), "the line to go")
	for name in data:
		os.rename(os.path.join(away, name), os.path.join(path, name))
	there("card", data)
	look("card")
	eq((uploads("card/a.txt"), uploads("card/b.txt")), (2, 1))


run(house)
