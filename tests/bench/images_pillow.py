"""images_pillow - Pillow as a contestant of images.py; thumb_peer.h has the words of the conversation. It shrinks while it decodes
(thumbnail calls draft), resizes by Lanczos with reducing_gap, and leaves colour profiles alone, which the others apply.
Thumbnails of one photo: the smaller ones from the largest."""
import io
import re
import resource
import sys

from PIL import Image, ImageOps

Image.MAX_IMAGE_PIXELS = None


def status_kb(what):
	with open("/proc/self/status") as f:
		return int(re.search(r"^%s:\s+(\d+)" % what, f.read(), re.M).group(1))


def cpu_ms():
	used = resource.getrusage(resource.RUSAGE_SELF)
	return 1000 * (used.ru_utime + used.ru_stime)


def make(photo, sizes):
	"""The bytes of each."""
	image, made = Image.open(io.BytesIO(photo)), []
	for side, form, effort in sizes:
		image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
		if not made:
			image = ImageOps.exif_transpose(image)
			image = image if image.mode in ("RGB", "L") else image.convert("RGB")
		out = io.BytesIO()
		if form == "jpg":
			image.save(out, "JPEG", quality=80)
		else:
			image.save(out, "WEBP", quality=80, method=int(effort), exif=b"")
		made.append(out.getvalue())
	return made


def run(photo, job, out):
	sizes = [(int(side), form, effort) for side, form, effort in re.findall(r"(\d+)\.(jpg|webp)(\d*)", job)]
	start = cpu_ms()
	try:
		made = make(photo, sizes)
	except OSError:
		return "failed"
	ms = cpu_ms() - start
	for (side, form, _), data in zip(sizes, made):
		if out != "-":
			with open("%s%d.%s" % (out, side, form), "wb") as f:
				f.write(data)
	return "ms=%.3f bytes=%d" % (ms, sum(map(len, made)))


photo = resident = None
for line in sys.stdin:
	word, *rest = line.split()
	answer = "ok"
	if word == "load":
		with open(rest[0], "rb") as f:
			photo = f.read()
	elif word == "run":
		answer = run(photo, *rest)
	elif word == "reset":
		with open("/proc/self/clear_refs", "w") as f:
			f.write("5")
		resident = status_kb("VmRSS")
	else:
		answer = "mb=%.1f" % ((status_kb("VmHWM") - resident) / 1024)
	print(answer, flush=True)
