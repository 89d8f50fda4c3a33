"""Files made to break a decoder, and files broken at random: each ends with thumbnails or a true reason, and the daemon
stays as it was. With MINILAB_PHOTOS=FOLDER every file of that folder goes through as well."""
import array
import os
import random
import socket
import struct
import zlib

from lib import House, Skip, eq, photo, plain, run, test, wait_until

house = House(retry_base_ms=20)
ENDINGS = {"done", "failed"}
RSS_GROWTH_KB = 64 * 1024


def send(files):
	"""Uploads {key: bytes}; the row of each once it has ended."""
	for key, body in files.items():
		house.s3.put_object(Bucket="photos", Key=key, Body=body)
	return {key: wait_until(lambda k=key: ended(k), "an end for " + key, 180) for key in files}


def ended(key):
	row = house.row(key)
	return row if row and plain(row["status"]) in ENDINGS else None


def check_rows(rows):
	for key, row in rows.items():
		if plain(row["status"]) == "done":
			eq(len(house.thumbnails(key)), 3, "thumbnails of " + key)
		else:
			eq(bool(plain(row.get("reason"))), True, "a reason for " + key)
			eq(house.thumbnails(key), [], "thumbnails of " + key)


def png(width, height, raw, depth=8, color=2):
	def chunk(kind, data):
		return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
	return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)) + \
		chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def jpeg_saying(width, height):
	body = bytearray(photo(64, 64))
	at = body.index(b"\xff\xc0") + 5
	body[at:at + 4] = struct.pack(">HH", height, width)
	return bytes(body)


def gif_of(frames):
	frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
	return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * frames + b"\x3b"


def tiff_in_a_circle():
	return b"II*\x00\x08\x00\x00\x00" + b"\x00\x00" + b"\x08\x00\x00\x00" * 4


def jpeg_of_scans(n):
	body = photo(256, 256, progressive=True)
	last = body.rindex(b"\xff\xda")
	return body[:last] + body[last:-2] * n + b"\xff\xd9"


@test
def bombs_are_refused_by_their_headers():
	rows = send({
		"bomb/pixels.png": png(60000, 60000, zlib.compress(bytes(1 << 20))),
		"bomb/pixels.jpg": jpeg_saying(65500, 65500),
		"bomb/zeros.png": png(20000, 20000, zlib.compress(bytes(20001 * 2500), 9), 1, 0),
	})
	check_rows(rows)
	eq(plain(rows["bomb/pixels.png"]["reason"]), "Image.TooManyPixels")
	eq(plain(rows["bomb/pixels.jpg"]["reason"]), "Image.TooManyPixels")
	eq({plain(r["attempts"]) for r in rows.values()}, {"1"}, "attempts")


@test
def other_kinds_of_too_much_end_as_well():
	rows = send({"much/frames.gif": gif_of(20000), "much/scans.jpg": jpeg_of_scans(3000), "much/circle.tif": tiff_in_a_circle(),
		     "much/thin.png": photo(20000, 2, "PNG"), "much/dot.png": photo(1, 1, "PNG")})
	check_rows(rows)
	eq(plain(rows["much/dot.png"]["status"]), "done")


@test
def documents_and_scripts_are_no_photos():
	rows = send({
		"doc/a.svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>",
		"doc/a.pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n",
		"doc/a.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
		"doc/a.mvg": b"push graphic-context\nimage over 0,0 0,0 'http://127.0.0.1/'\npop graphic-context\n",
		"doc/a.jpg": b"\xff\xd8" + b"<script>alert(1)</script>",
		"doc/zip.png": b"PK\x03\x04" + bytes(100),
		"doc/elf.gif": b"\x7fELF" + bytes(100),
	})
	check_rows(rows)
	eq({plain(r["status"]) for r in rows.values()}, {"failed"})
	eq({plain(r["attempts"]) for r in rows.values()}, {"1"}, "attempts")


@test
def photos_broken_at_random_end_with_thumbnails_or_a_reason():
	dice, files = random.Random(5), {}
	for kind in "JPEG", "PNG", "WEBP", "GIF", "TIFF":
		whole = photo(200, 150, kind)
		for i in range(12):
			body = bytearray(whole)
			if i % 3 == 0:
				body = body[:dice.randrange(1, len(body))]
			for _ in range(1 + i):
				body[dice.randrange(len(body))] = dice.randrange(256)
			files["random/%s-%d" % (kind.lower(), i)] = bytes(body)
	check_rows(send(files))


@test
def the_daemon_is_no_larger_than_before():
	body = photo(500, 400)
	send({"flat/warm-%d.jpg" % i: body for i in range(20)})
	before = house.rss_kb()
	send({"flat/%d.jpg" % i: body for i in range(100)})
	grown = house.rss_kb() - before
	eq(grown < RSS_GROWTH_KB, True, "growth of %d kB is small" % grown)


@test
def every_file_of_a_folder_ends_with_thumbnails_or_a_reason():
	folder = os.environ.get("MINILAB_PHOTOS")
	if not folder:
		raise Skip("MINILAB_PHOTOS names no folder")
	before, totals = house.rss_kb(), {}
	for base, _, names in os.walk(folder):
		for name in sorted(names):
			key = os.path.relpath(os.path.join(base, name), folder)
			with open(os.path.join(base, name), "rb") as f:
				house.s3.put_object(Bucket="photos", Key="folder/" + key, Body=f)
			row = wait_until(lambda: ended("folder/" + key), "an end for " + key, 180)
			check_rows({"folder/" + key: row})
			end = plain(row["status"]) if plain(row["status"]) == "done" else plain(row["reason"])
			totals[end] = totals.get(end, 0) + 1
			print("# %-60s %s" % (key, end + (" (degraded)" if plain(row.get("degraded")) else "")))
	print("# totals: %r; daemon grew by %d kB" % (totals, house.rss_kb() - before))
	eq(house.rss_kb() - before < RSS_GROWTH_KB, True, "the daemon stayed flat")


@test
def nobody_but_the_cage_was_hurt():
	eq(house.starts, 1, "starts of the daemon")
	eq(house.process.poll(), None, "it runs")
	house.s3.put_object(Bucket="photos", Key="after.jpg", Body=photo(100, 100))
	house.row_where("after.jpg", status="done")
	house.stop()
	house.audit()
	house.start()


CAGE_UID_PLAIN = 65530		# functions/cage.h


def crowd(until):
	"""As the user of cages: more descriptors on their way through sockets than a runner may have, until told otherwise."""
	os.setgroups([])
	os.setresgid(CAGE_UID_PLAIN, CAGE_UID_PLAIN, CAGE_UID_PLAIN)
	os.setresuid(CAGE_UID_PLAIN, CAGE_UID_PLAIN, CAGE_UID_PLAIN)
	pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(16)]
	for a, _ in pairs:
		a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
	os.write(until, b"x")
	os.read(until, 1)


@test
def descriptors_of_others_on_their_way_fail_no_photo():
	if os.geteuid() != 0:
		raise Skip("not root: the runner is of our own user")
	ours, theirs = (s.detach() for s in socket.socketpair())
	child = os.fork()
	if child == 0:
		os.close(ours)
		try:
			crowd(theirs)
		finally:
			os._exit(0)
	os.read(ours, 1)
	house.s3.put_object(Bucket="photos", Key="crowded.jpg", Body=photo(400, 300))
	wait_until(lambda: "attempt started" in house.explain("crowded.jpg"), "the attempt")
	os.close(theirs)
	os.close(ours)
	os.waitpid(child, 0)
	row = house.row_where("crowded.jpg", status="done")
	eq(row["attempts"], {"N": "1"})


run(house)
