"""s3cmd, rclone, s3fs and the JavaScript SDK's lib-storage with a tree of files: upload, sync that moves nothing the second time, listing, what
is there byte for byte, deletion of all. FILES (100) of them per client; a client that is not installed is skipped (MINILAB_JS: 17-javascript.py)."""
import hashlib
import os
import shutil
import subprocess
import time

from lib import TOP, House, Skip, eq, run, test, wait_until

FILES = int(os.environ.get("FILES") or 100)
NAMES = ["plain.txt", "with blank.txt", "plus+and%25.txt", "ümläut-日本.txt", "a&b=c#d?.txt", "quote'n\"x.txt", "(brackets)[x]{y}~!@$^.txt"]
house = House()


def tool(name):
	if not shutil.which(name):
		raise Skip("no " + name)
	return name


def said(args, env=None, ok=(0,)):
	env = dict({k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, HOME=house.home, **(env or {}))
	p = subprocess.run(args, env=env, cwd=house.home, stdin=subprocess.DEVNULL,
			   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3600)
	text = p.stdout.decode(errors="replace")
	if p.returncode not in ok:
		raise AssertionError("%s ended with %d:\n%s" % (" ".join(args), p.returncode, text[-3000:]))
	return text


def tree(name):
	"""A folder of FILES small files in folders of 100, some with names that are hard to sign."""
	top = os.path.join(house.home, name)
	for i in range(FILES):
		folder = os.path.join(top, "d%03d" % (i // 100), "sub dir")
		os.makedirs(folder, exist_ok=True)
		with open(os.path.join(folder, NAMES[i] if i < len(NAMES) else "file-%05d.txt" % i), "wb") as f:
			f.write(b"%d " % i * (1 + i % 50))
	with open(os.path.join(top, "big.bin"), "wb") as f:
		f.write(os.urandom(17 << 20))		# in parts
	return top


def below(top):
	"""Names and MD5 of the files of a tree."""
	found = {}
	for folder, _, files in os.walk(top):
		for name in files:
			path = os.path.join(folder, name)
			with open(path, "rb") as f:
				found[os.path.relpath(path, top)] = hashlib.md5(f.read()).hexdigest()
	return found


def listed(bucket):
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
	return {o["Key"]: o for page in pages for o in page.get("Contents", [])}


def same(bucket, top):
	"""The bucket has what the tree has. Names all, sizes all; bytes where the ETag can tell."""
	have, want = listed(bucket), below(top)
	eq(sorted(have), sorted(want), "keys of " + bucket)
	for key, md5 in want.items():
		eq(have[key]["Size"], os.path.getsize(os.path.join(top, key)), "size of " + key)
		if "-" not in have[key]["ETag"]:
			eq(have[key]["ETag"].strip('"'), md5, "ETag of " + key)


class Clock:
	"""Tells how long each step took, where many files make that worth knowing."""

	def __init__(self, client):
		self.client, self.at = client, time.monotonic()

	def __call__(self, step):
		now = time.monotonic()
		if FILES > 100:
			print("# %s %s %.1f s" % (self.client, step, now - self.at), flush=True)
		self.at = time.monotonic()


@test
def s3cmd_uploads_syncs_lists_and_deletes_a_tree():
	tool("s3cmd")
	env, host = house.env, house.url.split("//")[1].rstrip("/")
	base = ["s3cmd", "--no-ssl", "--host=" + host, "--host-bucket=" + host, "--region=us-east-1", "--no-progress",
		"--access_key=" + env["AWS_ACCESS_KEY_ID"], "--secret_key=" + env["AWS_SECRET_ACCESS_KEY"]]
	top = tree("s3cmd")
	said([*base, "mb", "s3://s3cmd"])
	clock = Clock("s3cmd")
	said([*base, "sync", top + "/", "s3://s3cmd/"])
	clock("upload")
	same("s3cmd", top)
	clock("comparison")
	again = said([*base, "sync", top + "/", "s3://s3cmd/"])
	clock("second sync")
	if "upload:" in again:
		raise AssertionError("the second sync uploads:\n" + again[-2000:])
	eq(len([line for line in said([*base, "ls", "-r", "s3://s3cmd"]).splitlines() if "s3://s3cmd/" in line]), FILES + 1, "lines of ls")
	clock("listing")
	back = os.path.join(house.home, "s3cmd-back")
	os.mkdir(back)
	said([*base, "sync", "s3://s3cmd/", back + "/"])
	clock("download")
	eq(below(back), below(top), "what came back")
	said([*base, "info", "s3://s3cmd/big.bin"])
	said([*base, "info", "s3://s3cmd"])
	said([*base, "cp", "s3://s3cmd/big.bin", "s3://s3cmd/copy.bin"])
	said([*base, "mv", "s3://s3cmd/copy.bin", "s3://s3cmd/moved.bin"])
	said([*base, "setacl", "--acl-private", "s3://s3cmd/moved.bin"])
	clock("others")
	said([*base, "del", "-r", "--force", "s3://s3cmd"])
	clock("deletion")
	eq(listed("s3cmd"), {}, "what is left")
	said([*base, "rb", "s3://s3cmd"])


@test
def rclone_copies_syncs_checks_and_purges_a_tree():
	tool("rclone")
	env = {"RCLONE_CONFIG_M_TYPE": "s3", "RCLONE_CONFIG_M_PROVIDER": "Other", "RCLONE_CONFIG_M_ENDPOINT": house.url, "RCLONE_CONFIG_M_REGION": "us-east-1",
	       "RCLONE_CONFIG_M_ACCESS_KEY_ID": house.env["AWS_ACCESS_KEY_ID"], "RCLONE_CONFIG_M_ACL": "private", "RCLONE_CONFIG_M_CHUNK_SIZE": "5M",
	       "RCLONE_CONFIG_M_UPLOAD_CUTOFF": "10M", "RCLONE_CONFIG_M_COPY_CUTOFF": "10M", "RCLONE_CONFIG_M_FORCE_PATH_STYLE": "true",
	       "RCLONE_CONFIG_M_SECRET_ACCESS_KEY": house.env["AWS_SECRET_ACCESS_KEY"]}

	def rclone(*args):
		return said(["rclone", "--config", "", "--retries=1", "--low-level-retries=1", "--stats=0", *args], env)

	top = tree("rclone")
	rclone("mkdir", "m:rclone")
	clock = Clock("rclone")
	rclone("copy", "--transfers=8", top, "m:rclone")
	clock("upload")
	same("rclone", top)
	clock("comparison")
	again = rclone("sync", "-v", top, "m:rclone")
	clock("second sync")
	if ": Copied" in again or ": Updated" in again or ": Deleted" in again:
		raise AssertionError("the second sync moves:\n" + again[-2000:])
	eq(len(rclone("ls", "m:rclone").splitlines()), FILES + 1, "lines of ls")
	clock("listing")
	rclone("check", top, "m:rclone")
	clock("check")
	rclone("copyto", "m:rclone/big.bin", "m:rclone/copied.bin")		# in parts, by UploadPartCopy
	eq(listed("rclone")["copied.bin"]["Size"], 17 << 20, "size of the copy")
	back = os.path.join(house.home, "rclone-back")
	rclone("moveto", "m:rclone/copied.bin", "m:rclone/moved.bin")
	rclone("copyto", "m:rclone/moved.bin", os.path.join(house.home, "moved.bin"))
	with open(os.path.join(house.home, "moved.bin"), "rb") as moved, open(os.path.join(top, "big.bin"), "rb") as big:
		eq(moved.read() == big.read(), True, "bytes of what was copied and moved")
	rclone("deletefile", "m:rclone/moved.bin")
	rclone("touch", "m:rclone/big.bin")
	clock("others")
	rclone("copy", "--transfers=8", "m:rclone", back)
	clock("download")
	eq(below(back), below(top), "what came back")
	shutil.rmtree(os.path.join(top, "d000"))
	rclone("sync", top, "m:rclone")
	same("rclone", top)
	clock("sync of a removed folder")
	rclone("purge", "m:rclone")
	clock("purge")
	eq("rclone" in [b["Name"] for b in house.s3.list_buckets()["Buckets"]], False, "the bucket is there")


@test
def s3fs_mounts_a_bucket_and_a_tree_is_copied_compared_and_removed():
	tool("s3fs")
	if not os.path.exists("/dev/fuse") or os.geteuid() != 0:
		raise Skip("s3fs needs /dev/fuse and root")
	house.s3.create_bucket(Bucket="s3fs")
	top, mount = tree("s3fs"), os.path.join(house.home, "mount")
	os.mkdir(mount)
	env = {"AWSACCESSKEYID": house.env["AWS_ACCESS_KEY_ID"], "AWSSECRETACCESSKEY": house.env["AWS_SECRET_ACCESS_KEY"]}
	try:
		said(["s3fs", "s3fs", mount, "-o", "url=" + house.url, "-o", "use_path_request_style", "-o", "endpoint=us-east-1",
		      "-o", "multipart_size=5", "-o", "retries=1"], env)
		wait_until(lambda: os.path.ismount(mount), "the mount")
	except AssertionError as e:
		if "fuse: device not found" in str(e) or "Operation not permitted" in str(e):
			raise Skip("no mounting here")
		raise
	try:
		clock = Clock("s3fs")
		said(["cp", "-r", top, mount + "/tree"])
		clock("upload")
		said(["diff", "-r", top, mount + "/tree"])
		clock("comparison")
		moved = said(["rsync", "-rn", "--size-only", "--itemize-changes", top + "/", mount + "/tree/"])
		if ">f" in moved:
			raise AssertionError("rsync would move:\n" + moved[-2000:])
		clock("second sync")
		eq(len(said(["find", mount + "/tree", "-type", "f"]).splitlines()), FILES + 1, "files found")
		clock("listing")
		os.rename(mount + "/tree/big.bin", mount + "/tree/renamed.bin")
		with open(mount + "/tree/renamed.bin", "r+b") as f:
			f.seek(5)
			f.write(b"in the middle")
		os.symlink("tree/renamed.bin", mount + "/link")
		os.chmod(mount + "/tree/renamed.bin", 0o600)
		with open(mount + "/link", "rb") as got, open(top + "/big.bin", "rb") as want:
			had = want.read()
			eq(got.read() == had[:5] + b"in the middle" + had[18:], True, "bytes after a change in the middle")
		clock("others")
		said(["rm", "-r", mount + "/tree", mount + "/link"])
		clock("deletion")
	finally:
		said(["umount", mount], ok=(0, 32))
	eq(listed("s3fs"), {}, "what is left")


@test
def lib_storage_uploads_a_tree_twice_and_deletes_it():
	folder = os.environ.get("MINILAB_JS", os.path.join(TOP, "node_modules", ".."))
	modules = os.path.join(folder, "node_modules")
	if not shutil.which("node") or not os.path.isdir(os.path.join(modules, "@aws-sdk", "lib-storage")):
		raise Skip("no JavaScript SDK: npm install it somewhere and set MINILAB_JS")
	top = tree("js")
	house.s3.create_bucket(Bucket="lib-storage")
	clock = Clock("lib-storage")
	env = dict(house.env, NODE_PATH=os.path.abspath(modules), AWS_ENDPOINT_URL=house.url, NODE_NO_WARNINGS="1")
	said(["node", os.path.join(TOP, "tests", "e2e", "javascript_tree.js"), "put", "lib-storage", top], env)
	clock("upload")
	same("lib-storage", top)
	eq(said(["node", os.path.join(TOP, "tests", "e2e", "javascript_tree.js"), "sync", "lib-storage", top], env).splitlines()[0], "uploaded 0", "second sync")
	clock("second sync")
	said(["node", os.path.join(TOP, "tests", "e2e", "javascript_tree.js"), "delete", "lib-storage", top], env)
	clock("deletion")
	eq(listed("lib-storage"), {}, "what is left")


@test
def nothing_is_left_of_what_was_deleted():
	house.audit()


run(house)
