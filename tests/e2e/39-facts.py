"""What a photo says about itself stands in its row: EXIF, XMP and IPTC of several formats, how it looks, and hashes that find it again."""
import base64
import hashlib
import io
import struct

from PIL import Image
from PIL.TiffImagePlugin import IFDRational as part

import hostile
from lib import House, eq, picture, plain, run, test

house = House()
XMP = b"""<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'
 xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Am M\xc3\xbcggelsee</rdf:li></rdf:Alt>
</dc:title><dc:subject><rdf:Bag><rdf:li>lake</rdf:li><rdf:li>evening</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end='w'?>"""
IPTC = b"\x1c\2\x78\0\x06Bright\x1c\2\x74\0\x06(c) me"
PHOTOSHOP = b"8BIM\4\4\0\0" + struct.pack(">I", len(IPTC)) + IPTC


def exif():
	e = Image.Exif()
	e[0x010f], e[0x0110], e[0x013b] = "FUJIFILM", "X100V", "A. Uthor"
	e[0x8769] = {0x829a: part(1, 250), 0x829d: part(28, 10), 0x8827: 640, 0x920a: part(23, 1), 0xa405: 35, 0x9003: "2026:01:02 03:04:05",
		     0x9011: "+02:00", 0xa434: "FUJINON 23mm"}
	e[0x8825] = {1: "N", 2: (part(52, 1), part(26, 1), part(24, 1)), 3: "E", 4: (part(13, 1), part(39, 1), part(0, 1)), 5: b"\0", 6: part(325, 10)}
	return e.tobytes()


def bytes_of(image, kind, **options):
	out = io.BytesIO()
	image.save(out, kind, **options)
	return out.getvalue()


def put(key, body):
	house.s3.put_object(Bucket="photos", Key=key, Body=body)
	return house.row_where(key, status="done")


def told(row, **want):
	for name, value in want.items():
		eq(plain(row.get(name)), value, name)


CAMERA = {"camera": "FUJIFILM X100V", "lens": "FUJINON 23mm", "exposure": "1/250", "aperture": "2.8", "iso": "640", "focal_length": "23",
	  "focal_length_35": "35", "taken_at": "2026-01-02T03:04:05+02:00", "latitude": "52.44", "longitude": "13.65", "altitude": "32.5",
	  "artist": "A. Uthor"}


@test
def a_jpeg_tells_all_three_kinds():
	body = bytes_of(picture(300, 200), "JPEG", exif=exif())
	more = hostile.segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0" + XMP) + hostile.segment(0xed, b"Photoshop 3.0\0" + PHOTOSHOP)
	body = body[:2] + more + body[2:]
	row = put("all.jpg", body)
	told(row, **CAMERA)
	told(row, title="Am M\u00fcggelsee", rating="4", caption="Bright", copyright="(c) me", bit_depth="8", color_space="rgb",
	     format="jpeg", sha256=hashlib.sha256(body).hexdigest())
	eq([plain(k) for k in plain(row["keywords"])], ["lake", "evening"], "keywords")


@test
def so_do_the_other_formats():
	image = picture(300, 200)
	told(put("a.webp", bytes_of(image, "WEBP", exif=exif(), xmp=XMP)), title="Am M\u00fcggelsee", **CAMERA)
	told(put("a.png", bytes_of(image, "PNG", exif=exif())), **CAMERA)
	told(put("a.tif", bytes_of(image, "TIFF", tiffinfo={0x010f: "FUJIFILM", 0x0110: "X100V", 700: XMP})),
	     camera="FUJIFILM X100V", title="Am M\u00fcggelsee")


@test
def a_photo_that_says_nothing_has_a_row_that_says_nothing():
	row = put("plain.png", bytes_of(picture(300, 200), "PNG"))
	eq(sorted(set(row) & {*CAMERA, "title", "caption", "keywords", "rating", "copyright", "icc", "degraded"}), [], "facts")


@test
def smaller_and_poorer_copies_have_nearly_the_same_hash():
	image = picture(1200, 800, seed=3)
	hashes = [int(plain(put("copy-%d" % i, body)["phash"]), 16) for i, body in enumerate((
		bytes_of(image, "JPEG", quality=95), bytes_of(image, "JPEG", quality=30), bytes_of(image, "PNG"),
		bytes_of(image.resize((640, 427), Image.LANCZOS), "WEBP", quality=60), bytes_of(image.resize((1500, 1000)), "JPEG")))]
	other = int(plain(put("other", bytes_of(picture(1200, 800, seed=8), "JPEG"))["phash"]), 16)
	apart = [bin(h ^ hashes[0]).count("1") for h in hashes]
	eq(max(apart) <= 4, True, "bits that differ: %r" % apart)
	eq(bin(other ^ hashes[0]).count("1") > 10, True, "another photo has another")


@test
def the_palette_has_the_colours_with_their_shares():
	image = Image.new("RGB", (300, 200), (200, 30, 40))
	image.paste((20, 60, 200), (0, 0, 300, 50))
	palette = [{k: plain(v) for k, v in plain(one).items()} for one in plain(put("two.png", bytes_of(image, "PNG"))["palette"])]
	for one, want in zip(palette, ((200, 30, 40), (20, 60, 200))):
		off = [abs(int(one["color"][1 + 2 * i:3 + 2 * i], 16) - want[i]) for i in range(3)]
		eq(max(off) <= 2, True, "%s is near %r" % (one["color"], want))
	eq(len(palette) in (2, 3), True, "there are few: %r" % palette)
	eq(abs(float(palette[0]["share"]) - 0.75) < 0.02, True, "three quarters")
	eq(len(base64.b64decode(plain(house.row("two.png")["thumbhash"]))) > 5, True, "a ThumbHash")


run(house)
