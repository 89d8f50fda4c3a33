"""hostile.py - files made to hurt whoever decodes them, with what each must end as: "done", a reason's code, or one of several
where the format leaves it open. Deterministic and small; made when it is asked for.

	for name, body, ends in corpus():
		...

Kinds, as folders of the names: pixels, frames, scans, chunks, text, profile, exif, items, cut, lies, polyglot, name.
"""
import base64
import functools
import struct
import zlib

from lib import photo

DONE = "done"
DAMAGED, CUT, NOT_IMAGE, EMPTY = "Image.Damaged", "Image.Truncated", "Image.NotAnImage", "Image.Empty"
UNSUPPORTED, PIXELS, FRAMES, SCANS = "Image.UnsupportedFormat", "Image.TooManyPixels", "Image.TooManyFrames", "Image.TooManyScans"
CHUNKS, TEXT, PROFILE, EXIF = "Image.TooManyChunks", "Image.TextTooLarge", "Image.ProfileTooLarge", "Image.ExifTooLarge"
ITEMS, DIRECTORIES, WIDE, HIGH = "Image.TooManyItems", "Image.TooManyDirectories", "Image.TooWide", "Image.TooHigh"

# Pictures of 64x64, written by libheif: the encoders are not on every machine.
AVIF = base64.b64decode(
	"AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAA"
	"Imlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAAMgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xybm"
	"NseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAADptZGF0EgAK"
	"CRgVf/2CBAQNCDIjGwAAAEAnH4MVlKeybv82Q9iCFg3XoiA//8S+uuraT9esL9A=")
HEIC = base64.b64decode(
	"AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAImls"
	"b2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAAQQAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAA"
	"AAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgQEDAgAAAMACAAAAwAI"
	"QCIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAEAAAABAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAABJbWRhdAAAAD0oAa8ZgPd+OujR"
	"BgNXyNQLjKB2eU8dEkHbnt0Tvg0s4CcxGg3p+Hi7csezcPXPh9YT4flgMrhkghp8rw06")


# PNG

def chunk(kind, data=b""):
	return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=8, height=8, raw=None, depth=8, color=2, before=b"", idat=None):
	"""`before` stands between the head and the picture's data."""
	row = 1 + (width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(color, 1) + 7) // 8
	if idat is None:
		idat = chunk(b"IDAT", zeros(row * height) if raw is None else zlib.compress(raw, 9))
	return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)) + before + \
		idat + chunk(b"IEND")


def deflated_zeros(n, last):
	z = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
	return z.compress(bytes(n)) + z.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def zeros(n):
	"""n zeros, compressed, without having them: a megabyte that knows nothing of what was before, over and over."""
	checksum = struct.pack(">HH", n % 65521, 1)
	return b"\x78\xda" + deflated_zeros(1 << 20, False) * (n >> 20) + deflated_zeros(n % (1 << 20), True) + checksum


# JPEG

def segment(marker, data=b""):
	return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments, **options):
	"""A photo with more segments behind its first marker."""
	body = photo(96, 64, **options)
	return body[:2] + b"".join(segments) + body[2:]


def jpeg_saying(width, height, marker=b"\xff\xc0", **options):
	body = bytearray(photo(64, 64, **options))
	at = body.index(marker) + 5
	body[at:at + 4] = struct.pack(">HH", height, width)
	return bytes(body)


def jpeg_as(marker, precision=8):
	"""The frame header says that it is of another process."""
	body = bytearray(photo(64, 64))
	at = body.index(b"\xff\xc0")
	body[at + 1], body[at + 4] = marker, precision
	return bytes(body)


def jpeg_of_scans(n):
	body = photo(128, 128, progressive=True)
	last, scans = body.rindex(b"\xff\xda"), body.count(b"\xff\xda")
	return body[:last] + body[last:-2] * (n - scans + 1) + b"\xff\xd9"


def profile_parts(data, size=65000, count=None):
	parts = [data[i:i + size] for i in range(0, len(data), size)]
	return [segment(0xe2, b"ICC_PROFILE\0" + bytes([i + 1, (count or len(parts)) & 255]) + p) for i, p in enumerate(parts)]


def profile_of(size=600, says=None, tags=b"", space=b"RGB "):
	head = struct.pack(">I4sI4s4s4s", says or size, b"lcms", 0x02100000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
	return (head.ljust(128, b"\0") + tags).ljust(size, b"\0")


def exif(entries, order=b"II", where=8, tail=b""):
	"""A directory of (tag, type, count, value)."""
	e = "<" if order == b"II" else ">"
	return order + struct.pack(e + "HI", 42, where) + struct.pack(e + "H", len(entries)) + \
		b"".join(struct.pack(e + "HHII", *x) for x in entries) + struct.pack(e + "I", 0) + tail


def app1(block):
	return segment(0xe1, b"Exif\0\0" + block)


# GIF, WebP, TIFF, HEIF

GIF_FRAME = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"


def gif(width=1, height=1, body=GIF_FRAME):
	return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff" + body + b"\x3b"


def riff(kind, data=b""):
	return kind + struct.pack("<I", len(data)) + data + bytes(len(data) & 1)


def webp(*chunks, flags=0, width=96, height=64, lossless=False):
	"""The extended form with a picture of 96x64 behind the chunks."""
	picture = photo(96, 64, "WEBP", lossless=lossless)[12:]
	body = riff(b"VP8X", struct.pack("<I", flags) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]) + \
		b"".join(chunks) + picture
	return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff(width=16, height=16, more=(), bits=8, compression=1, offset=None, after=0, data=None):
	"""Grey, one strip."""
	entries = sorted([(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, compression), (262, 3, 1, 1),
			  (273, 4, 1, 0), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height), *more])
	at = 8 + 2 + 12 * len(entries) + 4
	entries = [(t, k, n, at if t == 273 and offset is None else offset if t == 273 else v) for t, k, n, v in entries]
	head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries)
	return head + struct.pack("<I", after) + (bytes(i * 7 & 255 for i in range(width * height)) if data is None else data)


def pages(n):
	body = tiff()
	first = len(body) + (len(body) & 1)
	chain = b"".join(struct.pack("<HI", 0, first + 6 * (i + 1) if i + 1 < n else 0) for i in range(n))
	return tiff(after=first).ljust(first, b"\0") + chain


def box(kind, *parts):
	data = b"".join(parts)
	return struct.pack(">I", len(data) + 8) + kind + data


def heif(*boxes, brand=b"heic", width=64, height=64):
	size = box(b"iprp", box(b"ipco", box(b"ispe", struct.pack(">III", 0, width, height))))
	return box(b"ftyp", brand, bytes(4), b"mif1") + box(b"meta", bytes(4), size, *boxes)


def nested(depth):
	body = b""
	for _ in range(depth):
		body = box(b"meta", bytes(4), body)
	return box(b"ftyp", b"heic", bytes(4)) + body


def heif_saying(body, width, height):
	at = body.index(b"ispe") + 8
	return body[:at] + struct.pack(">II", width, height) + body[at + 8:]


# The corpus

def pixels():
	yield "60000x60000.png", png(60000, 60000, b"\0"), PIXELS
	yield "4g-x-4g.png", png(0xffffffff, 0xffffffff, b"\0"), PIXELS
	yield "30000x30000-one-bit.png", png(30000, 30000, depth=1, color=0, idat=chunk(b"IDAT", zeros(30000 * 3751))), PIXELS
	yield "adam7-7000x7000.png", png(7000, 7000, b"\0").replace(b"\x08\x02\0\0\0", b"\x08\x02\0\0\1"), PIXELS
	yield "65500x65500.jpg", jpeg_saying(65500, 65500), PIXELS
	yield "10000x5000-progressive.jpg", jpeg_saying(10000, 5000, b"\xff\xc2", progressive=True), PIXELS
	yield "65535x65535.gif", gif(65535, 65535), PIXELS
	yield "frame-sticks-out.gif", gif(1, 1, b"\x2c\xff\xff\xff\xff\1\0\1\0\0\2\2\x44\1\0"), PIXELS
	yield "16384x16384.webp", webp(width=16384, height=16384), PIXELS
	yield "16384x16384-lossless.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0", PIXELS
	yield "60000x60000.tif", tiff(60000, 60000, data=b""), PIXELS
	yield "60000x60000.heic", heif(width=60000, height=60000), PIXELS
	yield "17000x17000.avif", heif_saying(AVIF, 17000, 17000), PIXELS
	yield "too-wide.png", png(40000, 2), WIDE
	yield "too-high.png", png(2, 40000), HIGH
	yield "just-allowed.png", png(10000, 10000, depth=8, color=0, idat=chunk(b"IDAT", zeros(10000 * 10001))), DONE
	yield "just-allowed-one-bit.png", png(10000, 10000, depth=1, color=0, idat=chunk(b"IDAT", zeros(10000 * 1251))), DONE
	yield "thin.png", png(30000, 1), DONE
	yield "tall.png", png(1, 30000), DONE


def frames():
	yield "20000.gif", gif(body=GIF_FRAME * 20000), FRAMES
	yield "4g.png", png(before=chunk(b"acTL", struct.pack(">II", 0xffffffff, 0))), FRAMES
	yield "2000.webp", webp(riff(b"ANIM", bytes(6)), riff(b"ANMF", bytes(16)) * 2000, flags=2), FRAMES
	yield "2000-pages.tif", pages(2000), FRAMES
	yield "ring.tif", tiff(after=8), FRAMES
	yield "sub-directories.tif", tiff(more=[(330, 4, 5000, 8)]), DIRECTORIES
	yield "1000.gif", gif(body=GIF_FRAME * 1000), DONE


def scans():
	yield "3000.jpg", jpeg_of_scans(3000), SCANS
	yield "33.jpg", jpeg_of_scans(33), SCANS
	yield "32.jpg", jpeg_of_scans(32), DONE


def chunks():
	yield "100000-texts.png", png(before=chunk(b"tEXt", b"a\0b") * 100000), CHUNKS
	yield "100000-unknown.png", png(before=chunk(b"junk") * 100000), CHUNKS
	data = zlib.compress(photo(400, 300))
	yield "crumbs.png", png(idat=b"".join(chunk(b"IDAT", data[i:i + 1]) for i in range(len(data)))), CHUNKS
	yield "100000-empty.png", png(before=chunk(b"IDAT") * 100000), CHUNKS
	yield "4g-long.png", png(before=b"\xff\xff\xff\xffzTXta\0\0"), (DAMAGED, CUT)
	yield "100000-comments.jpg", jpeg(segment(0xfe) * 100000), CHUNKS
	yield "100000-tables.jpg", jpeg(segment(0xdb, b"\0" + bytes([1] * 64)) * 10000), CHUNKS
	yield "50000.webp", webp(riff(b"junk") * 50000), CHUNKS
	yield "50000-extensions.gif", gif(body=b"\x21\xfe\1a\0" * 50000 + GIF_FRAME), CHUNKS


def text():
	yield "ztxt.png", png(before=chunk(b"zTXt", b"a\0\0" + zeros(100 << 20))), TEXT
	yield "ztxt-200-times.png", png(before=chunk(b"zTXt", b"a\0\0" + zeros(1 << 20)) * 200), TEXT
	yield "itxt.png", png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros(100 << 20))), TEXT
	yield "plain.png", png(before=chunk(b"tEXt", b"a\0" + b"x" * (5 << 20))), TEXT
	yield "xmp.webp", webp(riff(b"XMP ", b" " * (5 << 20)), flags=4), TEXT
	yield "exif-in-hexadecimal.png", png(before=chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 99999999\n00"))), DONE
	laughs = b"<!DOCTYPE r [<!ENTITY a 'ha'>" + b"".join(
		b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12)) + b"]><r>&m;</r>"
	yield "laughs.png", png(before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + laughs)), DONE
	yield "deep.webp", webp(riff(b"XMP ", b"<a>" * 100000 + b"</a>" * 100000), flags=4), DONE
	yield "many.webp", webp(riff(b"XMP ", b"<a>" + b"<b c=''/>" * 200000 + b"</a>"), flags=4), DONE


def profile():
	yield "64mb.png", png(before=chunk(b"iCCP", b"a\0\0" + zeros(64 << 20))), PROFILE
	yield "100-parts.jpg", jpeg(*profile_parts(bytes(65000 * 100))), PROFILE
	yield "5mb.webp", webp(riff(b"ICCP", bytes(5 << 20)), flags=32), PROFILE
	yield "4g.tif", tiff(more=[(34675, 7, 0xffffffff, 8)]), PROFILE
	yield "5mb.heic", heif(box(b"colr", b"prof", bytes(5 << 20))), PROFILE
	yield "lies-about-its-size.jpg", jpeg(*profile_parts(profile_of(says=0xfffffff0))), DONE
	yield "4g-tags.jpg", jpeg(*profile_parts(profile_of(tags=b"\xff" * 64))), DONE
	yield "tags-outside.jpg", jpeg(*profile_parts(profile_of(tags=struct.pack(">I4sII", 1, b"desc", 0xfffffff0, 0xfffffff0)))), DONE
	yield "a-part-is-missing.jpg", jpeg(*profile_parts(profile_of(), 200, 9)), DONE
	yield "noise.png", png(before=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(i * i & 255 for i in range(3000))))), DONE
	yield "not-compressed.png", png(before=chunk(b"iCCP", b"a\0\0" + b"no zlib")), DONE
	yield "of-inks.jpg", jpeg(*profile_parts(profile_of(space=b"CMYK"))), DONE


def exif_blocks():
	yield "ring.jpg", jpeg(app1(exif([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8)]))), DONE
	yield "counts-of-4g.jpg", jpeg(app1(exif([(0x10f, 2, 0xffffffff, 8), (0x110, 5, 0x20000001, 8), (0x9003, 2, 1 << 31, 0)]))), DONE
	yield "65535-entries.jpg", jpeg(app1(b"II*\0\x08\0\0\0\xff\xff" + b"\x0f\1\2\0\xff\0\0\0\0\0\0\0" * 5000)), DONE
	yield "offset-outside.jpg", jpeg(app1(exif([], where=0xfffffff0))), DONE
	yield "orientation-200.jpg", jpeg(app1(exif([(0x112, 3, 1, 200)]))), DONE
	yield "not-a-directory.webp", webp(riff(b"EXIF", b"MM\0*\xff\xff\xff\xff"), flags=8), DONE
	yield "2mb.webp", webp(riff(b"EXIF", b"II*\0" + bytes(2 << 20)), flags=8), EXIF
	yield "2mb.png", png(before=chunk(b"eXIf", b"II*\0" + bytes(2 << 20))), EXIF
	yield "40-blocks.jpg", jpeg(*[app1(b"II*\0" + bytes(60000))] * 40), EXIF
	item = box(b"iinf", bytes(4), struct.pack(">H", 1), box(b"infe", b"\2\0\0\0\0\2\0\0Exif\0"))
	place = box(b"iloc", b"\1\0\0\0\x44\0\0\1\0\2\0\1\0\0\0\1\0\0\0\0", struct.pack(">I", 2 << 20))
	yield "2mb.heic", heif(item, place, box(b"idat", bytes(2 << 20))), EXIF


def items():
	yield "60000.heic", heif(box(b"iinf", bytes(4), struct.pack(">H", 60000))), ITEMS
	yield "4g-places.avif", heif(box(b"iloc", b"\2\0\0\0\x44\0", struct.pack(">I", 0xffffffff)), brand=b"avif"), ITEMS
	yield "4g-associations.heic", heif(box(b"ipma", bytes(4), struct.pack(">I", 0xffffffff))), ITEMS
	yield "none.heic", heif(), DAMAGED
	yield "boxes-in-boxes.heic", nested(20000), DAMAGED
	yield "a-box-of-2-63.heic", box(b"ftyp", b"heic", bytes(4)) + struct.pack(">I4sQ", 1, b"meta", 1 << 63), CUT
	yield "empty-boxes.heic", heif(box(b"free") * 100000), DAMAGED


def cuts(name, whole, ends):
	"""`ends` maps a part of the file, or a number of bytes, to what is left of it."""
	for at, end in ends.items():
		n = at if isinstance(at, int) else int(len(whole) * at)
		yield "%s-%s" % (name, at), whole[:n], end


def cut():
	plain, steps = photo(300, 200, quality=90), photo(300, 200, quality=90, progressive=True)
	scan = plain.index(b"\xff\xda")
	yield from cuts("jpg", plain, {2: NOT_IMAGE, 4: CUT, 100: CUT, scan: CUT, scan + 12: CUT, 0.5: DONE, -2: DONE})
	yield from cuts("progressive", steps, {4: CUT, steps.index(b"\xff\xda") + 12: CUT, 0.5: DONE, -2: DONE})
	image = photo(300, 200, "PNG")
	yield from cuts("png", image, {7: NOT_IMAGE, 8: CUT, 20: CUT, 33: CUT, 45: CUT, 0.5: DONE, -12: DONE, -1: DONE})
	image = photo(300, 200, "GIF")
	yield from cuts("gif", image, {6: CUT, 13: CUT, 780: CUT, 800: CUT, 0.5: DONE, -1: DONE})
	image = photo(300, 200, "WEBP", quality=90)
	yield from cuts("webp", image, {12: CUT, 20: CUT, 30: CUT, 60: CUT, 0.5: DONE, -1: DONE})
	image = photo(300, 200, "WEBP", lossless=True)
	yield from cuts("lossless", image, {20: CUT, 25: CUT, 60: CUT, 0.5: DONE})
	image = tiff(300, 200)
	yield from cuts("tiff", image, {4: CUT, 9: CUT, 60: CUT, 200: CUT, 0.5: (DONE, CUT), -1: (DONE, CUT)})
	for name, image in ("heic", HEIC), ("avif", AVIF):
		yield from cuts(name, image, {16: CUT, 40: CUT, 200: CUT, image.index(b"mdat") + 8: CUT, -10: (CUT, DONE)})


def lies():
	yield "larger-than-it-is.jpg", jpeg_saying(4000, 3000), DAMAGED
	yield "width-0.jpg", jpeg_saying(0, 64), DAMAGED
	yield "height-0.jpg", jpeg_saying(64, 0), DAMAGED
	yield "arithmetic.jpg", jpeg_as(0xc9), UNSUPPORTED
	yield "arithmetic-progressive.jpg", jpeg_as(0xca), UNSUPPORTED
	yield "lossless.jpg", jpeg_as(0xc3), UNSUPPORTED
	yield "twelve-bits.jpg", jpeg_as(0xc1, 12), UNSUPPORTED
	yield "hierarchical.jpg", jpeg_as(0xc5), UNSUPPORTED
	body = bytearray(photo(64, 64))
	at = body.index(b"\xff\xc0")
	yield "no-components.jpg", bytes(body[:at + 9]) + b"\0" + bytes(body[at + 10:]), DAMAGED
	yield "sampling-15x15.jpg", bytes(body[:at + 11]) + b"\xff" + bytes(body[at + 12:]), DAMAGED
	yield "no-huffman-tables.jpg", bytes(body).replace(b"\xff\xc4", b"\xff\xfe"), (DAMAGED, DONE)
	yield "three-bits.png", png(depth=3), DAMAGED
	yield "colour-type-5.png", png(color=5), DAMAGED
	yield "0x0.png", png(0, 0, b"\0"), DAMAGED
	yield "no-data.png", png(idat=b""), (DAMAGED, CUT)
	yield "no-palette.png", png(color=3), (DAMAGED, DONE)
	yield "filter-77.png", png(raw=b"\x4d" * 8 * 25), (DAMAGED, DONE)
	yield "not-zlib.png", png(idat=chunk(b"IDAT", b"\xff" * 100)), (DAMAGED, CUT)
	yield "more-rows-than-told.png", png(8, 8, bytes(25 * 100000)), DONE
	yield "code-size-200.gif", gif(body=b"\x2c\0\0\0\0\1\0\1\0\0\xc8\2\x44\1\0"), (DAMAGED, CUT)
	yield "no-frame.gif", gif(body=b""), DAMAGED
	yield "canvas-of-another-size.webp", webp(width=100, height=100), (DAMAGED, DONE)
	yield "bits-64000.tif", tiff(bits=64000), DAMAGED
	yield "strip-outside.tif", tiff(offset=0x7ffffff0), (CUT, DAMAGED)
	yield "compression-65000.tif", tiff(compression=65000), DAMAGED
	yield "not-lzw.tif", tiff(compression=5), (DAMAGED, DONE, CUT)
	yield "raw.tif", tiff(more=[(50706, 1, 4, 0x0401)]), UNSUPPORTED
	yield "4000x4000.heic", heif_saying(HEIC, 4000, 4000), (DAMAGED, DONE)
	yield "4000x4000.avif", heif_saying(AVIF, 4000, 4000), (DAMAGED, DONE)
	yield "1x1.heic", heif_saying(HEIC, 1, 1), (DAMAGED, DONE)


def polyglot():
	yield "then-zip.jpg", photo(96, 64) + b"PK\x05\x06" + bytes(18), DONE
	yield "with-a-script.jpg", jpeg(segment(0xfe, b"<script>alert(1)</script><?php system($_GET[0]);?>")), DONE
	yield "then-another.png", photo(96, 64, "PNG") + photo(60000, 1, "PNG"), DONE
	yield "script.gif", b"GIF89a=1;alert(1)/*" + bytes(64), (DAMAGED, PIXELS, CUT)
	yield "with-a-photo.pdf", b"%PDF-1.7\n1 0 obj<</Subtype/Image>>stream\n" + photo(96, 64), UNSUPPORTED
	yield "with-a-photo.svg", b"<?xml version='1.0'?><svg xmlns='s'><image href='/etc/passwd'/></svg>" + photo(96, 64), UNSUPPORTED
	yield "page.html", b"<!DOCTYPE html><img src=x onerror=alert(1)>", NOT_IMAGE
	yield "marker-and-php.jpg", b"\xff\xd8\xff<?php system($_GET[0]); ?>", (CUT, DAMAGED)
	yield "tiff-and-jpeg.tif", tiff() + photo(96, 64), DONE
	yield "webp-in-riff-of-sound.wav", b"RIFF\0\0\0\0WAVE" + photo(96, 64, "WEBP"), NOT_IMAGE
	yield "big.tif", b"II+\0\x08\0\0\0" + bytes(32), UNSUPPORTED
	yield "commands.mvg", b"push graphic-context\nimage over 0,0 0,0 'http://127.0.0.1/'\npop graphic-context\n", UNSUPPORTED


def name():
	yield "png.jpg", photo(96, 64, "PNG"), DONE
	yield "webp.png", photo(96, 64, "WEBP"), DONE
	yield "jpeg.heic", photo(96, 64), DONE
	yield "gif.tif", photo(96, 64, "GIF"), DONE
	yield "heic.jpg", HEIC, DONE
	yield "avif.gif", AVIF, DONE
	yield "text.jpg", b"not a photo, only its name\n" * 10, NOT_IMAGE
	yield "program.png", b"\x7fELF\2\1\1" + bytes(200), NOT_IMAGE
	yield "zip.webp", b"PK\3\4" + bytes(200), NOT_IMAGE
	yield "nothing.jpg", b"", EMPTY
	yield "a byte.jpg", b"\xff", NOT_IMAGE
	yield "..%2f..%2fetc%2fpasswd\u202egpj.jpg", photo(96, 64), DONE


KINDS = {"pixels": pixels, "frames": frames, "scans": scans, "chunks": chunks, "text": text, "profile": profile, "exif": exif_blocks,
	 "items": items, "cut": cut, "lies": lies, "polyglot": polyglot, "name": name}


@functools.cache
def of_kind(kind):
	return list(KINDS[kind]())


def corpus(*kinds):
	for kind in kinds or KINDS:
		for key, body, ends in of_kind(kind):
			yield "%s/%s" % (kind, key), body, (ends,) if isinstance(ends, str) else ends
