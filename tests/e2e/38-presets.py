"""Renditions by name and place: what the settings file says about them is checked at start and obeyed by photos."""
import os
import subprocess

from lib import RUNNER, House, eq, photo, run, test, wait_until

house = House(start=False)
CONFIG = os.environ["MINILAB_CONFIG"] = os.path.join(house.home, "minilab.conf")


def configure(text):
	with open(CONFIG, "w") as f:
		f.write(text)


def refused(text):
	"""The one line that `minilab serve` says about a settings file it cannot obey."""
	configure(text)
	p = subprocess.run([house.binary, "serve", "--data", house.data, "--listen", "127.0.0.1:0", "--runner", RUNNER],
			   cwd=house.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
	eq((p.returncode, p.stdout, p.stderr.count("\n"), os.path.exists(house.data)), (2, "", 1, False), p.stderr)
	return p.stderr


@test
def nonsense_is_told_before_anything_is_opened():
	for text, *words in (("preset = card.jpg=40,fil\n", "preset card.jpg", '"fil"', "fill"),
			     ("preset = card.gif=40\n", "card.gif", ".webp"),
			     ("renditions = photos card.jpg\n", "renditions photos", "card.jpg", "no preset"),
			     ("preset = a.jpg=9\nrenditions = photos a.jpg a.jpg\n", "renditions photos", "twice")):
		said = refused(text)
		for word in ["minilab: "] + words:
			eq(word in said, True, "%r in %r" % (word, said))


@test
def variables_are_checked_by_the_program_that_obeys_them():
	for text, *words in (("variable = GPS=blur\n", "GPS", "keep, round or drop"),
			     ("variable = QUALITY=500\n", "QUALITY", "1 to 100"),
			     ("variable = QUALTY=50\n", "QUALTY", "no variable"),
			     ("variable = quality\n", "quality", "NAME=VALUE"),
			     ("variable = RENDITIONS=a.jpg=9\n", "RENDITIONS", "renditions")):
		said = refused(text)
		for word in ["minilab: "] + words:
			eq(word in said, True, "%r in %r" % (word, said))


@test
def photos_get_the_renditions_of_their_place():
	configure("preset = tiny.webp=48 card.jpg=300,quality=60\n"
		  "renditions = photos tiny.webp card.jpg\n"
		  "renditions = photos/my%20avatars/ face.png=64\n")
	house.start()
	for key in ("a.jpg", "my avatars/b.jpg"):
		house.s3.put_object(Bucket="photos", Key=key, Body=photo(800, 600))
		house.row_where(key, status="done")
	eq(house.thumbnails("a.jpg"), ["card.jpg", "tiny.webp"])
	eq(house.image("a.jpg/card.jpg").size, (300, 225))
	eq(house.image("a.jpg/tiny.webp").size, (48, 36))
	eq(house.thumbnails("my avatars/b.jpg"), ["face.png"])
	eq(house.image("my avatars/b.jpg/face.png").size, (64, 48))


@test
def a_change_counts_from_the_next_start():
	house.stop()
	configure("preset = tiny.webp=50\nrenditions = photos tiny.webp\n")
	house.start()
	house.s3.put_object(Bucket="photos", Key="a.jpg", Body=photo(800, 600, seed=1))
	wait_until(lambda: house.thumbnails("a.jpg") == ["tiny.webp"], "the new version's only rendition")
	eq(house.image("a.jpg/tiny.webp").size, (50, 38))


@test
def every_form_of_a_rendition_is_made():
	house.stop()
	configure("preset = square.jpg=96x96,fill,gravity=attention padded.png=100x100,pad,background=102030 exact.webp=50x70,exact,effort=0\n"
		  "preset = any=120,format=auto light.jpg=400x,bytes=6k,progressive big.jpg=x900,enlarge,sharpen=30,linear modern.avif=80\n"
		  "renditions = photos square.jpg padded.png exact.webp any light.jpg big.jpg modern.avif\n")
	house.start()
	house.s3.put_object(Bucket="photos", Key="c.jpg", Body=photo(800, 600))
	house.s3.put_object(Bucket="photos", Key="d.png", Body=photo(160, 120, "PNG", mode="RGBA"))
	for key, chosen in (("c.jpg", "any.jpg"), ("d.png", "any.jpg")):
		house.row_where(key, status="done")
		names = ["big.jpg", "exact.webp", "light.jpg", "modern.avif", "padded.png", "square.jpg"]
		eq(house.thumbnails(key), sorted(names + [chosen]))
	sizes = {"square.jpg": (96, 96), "padded.png": (100, 100), "exact.webp": (50, 70), "any.jpg": (120, 90), "light.jpg": (400, 300),
		 "big.jpg": (1200, 900)}
	for name, size in sizes.items():
		eq(house.image("c.jpg/" + name).size, size, name)
	eq(house.image("d.png/light.jpg").size, (160, 120), "not enlarged")
	eq(house.image("d.png/big.jpg").size, (1200, 900), "enlarged")
	eq(house.image("c.jpg/padded.png").convert("RGB").getpixel((50, 2)), (0x10, 0x20, 0x30), "the background of pad")
	light = house.s3.get_object(Bucket="photos-thumbnails", Key="c.jpg/light.jpg")["Body"].read()
	eq((len(light) <= 6000, b"\xff\xc2" in light), (True, True), "bytes and progressive")
	avif = house.s3.get_object(Bucket="photos-thumbnails", Key="c.jpg/modern.avif")
	eq((avif["ContentType"], avif["Body"].read()[4:12]), ("image/avif", b"ftypavif"))


@test
def variables_come_over_those_of_the_function():
	house.stop()
	configure("variable = BLURHASH=1\nvariable = SHA256=0\nvariable = MAX_PIXELS=10000\n")
	house.start()
	house.s3.put_object(Bucket="photos", Key="e.jpg", Body=photo(100, 100))
	house.s3.put_object(Bucket="photos", Key="f.jpg", Body=photo(101, 100))
	row = house.row_where("e.jpg", status="done")
	eq((len(row["blurhash"]["S"]), "sha256" in row, "phash" in row), (28, False, True))
	eq(house.row_where("f.jpg", status="failed")["reason"]["S"], "Image.TooManyPixels")


run(house)
