"""images - thumbnails beside whatever other thumbnailers this machine has, with the same photos, sizes and quality (80).

Contestants: minilab's function (without daemon, cage and disk), libvips in process, Pillow, sharp (npm's; found by NODE_PATH or
in tests/bench/node_modules), and the command lines of libvips and GraphicsMagick. Each is one warm process (thumb_peer.h), the
command lines apart. Rounds are interleaved photo by photo. What is compared is the processor's time, user and system: for each photo
the median of the rounds, then the mean of the photos. photos_per_s is by the clock, as many processes at once as there are cores:
it says little on a machine where others work.

Photos: 12 of the folder that MINILAB_PHOTO names; else of Debian's lomiri-wallpapers-16.04 (deploy/setup.sh bench); else made here.
ROUNDS=3. Ends with what is wanted: 4 times as fast as sharp for 256 in JPEG, 3 times in WebP; three sizes 3 times as fast as sharp
and twice as fast as libvips by one decode in JPEG, twice in WebP; SSIM within 0.002 of libvips'; 100 MP in less than 40 MB.
"""
import glob
import shutil
import tempfile
import threading
import types

from bench import *
from images_plot import plot

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = int(os.environ.get("ROUNDS") or 3)
PHOTOS, NEAR = 12, 12e6		# photos at most; the one photo for other formats is the nearest to so many pixels
WARM = 2			# runs that do not count: the first photo pays for tables and pages
SIZES = (1280, 960, 720, 480, 320, 160)
FORMATS = (("JPEG", ".jpg[Q=90]"), ("JPEG progressive", "-prog.jpg[Q=90,interlace]"), ("PNG", ".png"), ("WebP", ".webp[Q=85]"),
	   ("TIFF", ".tif[compression=lzw,predictor=horizontal]"), ("GIF", ".gif[effort=1]"), ("HEIC", ".heic[effort=0]"),
	   ("AVIF", ".avif[effort=0]"))
DEFAULTS = "+1280.jpg,480.webp2,160.webp2"
JOBS = (("fit 256, JPEG", "256.jpg"), ("fit 256, WebP effort 2", "256.webp2"), ("fit 256, WebP effort 4", "256.webp4"),
	("1280 + 480 + 160, JPEG", "1280.jpg,480.jpg,160.jpg"),
	("1280 + 480 + 160, WebP effort 2", "1280.webp2,480.webp2,160.webp2"),
	("1280 + 480 + 160, WebP effort 4", "1280.webp4,480.webp4,160.webp4"),
	("the function's defaults: 1280 JPEG, 480 and 160 WebP, hashes and colours", DEFAULTS))


RATED = "256.jpg", "1280.jpg,480.jpg,160.jpg", DEFAULTS	# on all cores by the clock: once, it is the least steady of figures


class Peer:
	"""A warm process that is told what to do."""

	def __init__(self, name, argv):
		self.name, self.argv = name, argv
		self.loaded = None
		self.process = subprocess.Popen(argv, env=dict(os.environ, VIPS_WARNING="0", **AS_THE_RUNNER), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
						text=True)

	def ask(self, *words):
		print(*words, file=self.process.stdin, flush=True)
		line = self.process.stdout.readline()
		if not line:
			raise SystemExit("%s died at: %s" % (self.name, " ".join(words)))
		return said(line)

	def run(self, file, job, out="-"):
		"""{ms, bytes}, or {} where it cannot."""
		if self.loaded != file:
			self.ask("load", file)
			self.loaded = file
		return self.ask("run", job, out)

	def close(self):
		self.process.stdin.close()
		self.process.wait()
		self.process.stdout.close()


class Tool:
	"""A command line, one process for each thumbnail."""

	def __init__(self, name, command):
		self.name, self.command = name, command

	def run(self, file, job, out="-"):
		made, ms, size = [], 0, 0
		for side, form, effort in re.findall(r"(\d+)\.(jpg|webp)(\d*)", job):
			to = (os.path.join(scratch, "tool-") if out == "-" else out) + side + "." + form
			p = subprocess.Popen(self.command(file, side, to, effort), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
			_, status, used = os.wait4(p.pid, 0)
			p.returncode = status
			if status != 0:
				return {}
			ms += 1000 * (used.ru_utime + used.ru_stime)
			size += os.path.getsize(to)
		return {"ms": ms, "bytes": size}

	def close(self):
		pass


def sharp_path():
	for path in os.environ.get("NODE_PATH", "").split(":") + [os.path.join(HERE, "node_modules")]:
		if path and os.path.isdir(os.path.join(path, "sharp")):
			return path
	return None


def commands():
	"""(name, argv) of the warm contestants that are there; says which are not."""
	found = [("minilab", [program("thumb_ours")]), ("libvips", [program("thumb_vips")])]
	path = sharp_path()
	if path and shutil.which("node"):
		os.environ["NODE_PATH"] = path
		found.append(("sharp", ["node", os.path.join(HERE, "images_sharp.js")]))
		found.append(("sharp, one decode", ["node", os.path.join(HERE, "images_sharp.js"), "once"]))
	else:
		print("sharp: skipped: not installed (npm install sharp, in a folder whose node_modules NODE_PATH names)")
	try:
		from PIL import Image  # noqa: F401
		found.append(("Pillow", [sys.executable, os.path.join(HERE, "images_pillow.py")]))
	except ImportError:
		print("Pillow: skipped: not installed (python3-pil)")
	return found


def tools():
	found = []
	if shutil.which("vipsthumbnail"):
		found.append(Tool("vipsthumbnail", lambda file, side, to, effort: [
			"vipsthumbnail", file, "--size", "%sx%s>" % (side, side), "-o",
			to + ("[Q=80,strip,effort=%s]" % effort if effort else "[Q=80,strip]")]))
	else:
		print("vipsthumbnail: skipped: not installed (libvips-tools)")
	if shutil.which("gm"):
		found.append(Tool("GraphicsMagick", lambda file, side, to, effort: [
			"gm", "convert", "-size", "%dx%d" % (2 * int(side), 2 * int(side)), file, "-auto-orient", "-thumbnail",
			"%sx%s>" % (side, side), "+profile", "*", "-quality", "80"] + (["-define", "webp:method=" + effort] if effort else []) + [to]))
	else:
		print("GraphicsMagick: skipped: not installed (graphicsmagick)")
	return found


def choose_photos(home):
	given = os.environ.get("MINILAB_PHOTO")
	if given and os.path.isdir(given):
		names, what = sorted(glob.glob(os.path.join(given, "*"))), "the folder MINILAB_PHOTO"
	elif given:
		names, what = [given], "the file MINILAB_PHOTO"
	else:
		listed = subprocess.run(["dpkg", "-L", "lomiri-wallpapers-16.04"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
		names = sorted((n for n in listed.stdout.split() if n.endswith(".jpg")), key=is_progressive)
		what = "Debian's lomiri-wallpapers-16.04"
	if not names:
		names, what = twelve_megapixels(types.SimpleNamespace(home=home), 4), "generated photos of 12 MP, with noise"
	names = names[:PHOTOS]
	coarse = [n for n in names if is_progressive(n)]
	print("%d photos (%d of them progressive JPEG): %s" % (len(names), len(coarse), what))
	return names


def is_progressive(name):
	from PIL import Image
	with Image.open(name) as image:
		return bool(image.info.get("progressive"))


def pixels(name):
	from PIL import Image
	Image.MAX_IMAGE_PIXELS = None
	with Image.open(name) as image:
		return image.width * image.height


def measure(contestants, job, photos, rounds):
	"""{contestant: [milliseconds for each photo, or None]}, {contestant: bytes}; those who cannot are left out."""
	times = {c.name: [[] for _ in photos] for c in contestants}
	size = {c.name: 0 for c in contestants}
	for c in contestants:
		for _ in range(WARM if isinstance(c, Peer) else 0):
			c.run(photos[0], job)
	for turn in range(rounds):
		for i, photo in enumerate(photos):
			for c in contestants:
				if turn > 0 and isinstance(c, Tool):
					continue
				got = c.run(photo, job)
				if got:
					times[c.name][i].append(got["ms"])
					size[c.name] += got["bytes"] if turn == 0 else 0
	able = [c.name for c in contestants if all(times[c.name])]
	return ({name: [statistics.median(t) for t in times[name]] for name in able},
		{name: size[name] / len(photos) for name in able})


def rate(team, job, photos):
	"""Photos per second of as many processes as there are cores."""
	threads = [threading.Thread(target=lambda p=p: [p.run(photo, job) for photo in photos]) for p in team]
	began = time.monotonic()
	for t in threads:
		t.start()
	for t in threads:
		t.join()
	return len(team) * len(photos) / (time.monotonic() - began)


def by_job(contestants, teams, photos):
	"""{job: {contestant: mean ms}}"""
	result = {}
	for name, job in JOBS:
		single = "," not in job
		taking_part = [c for c in contestants if not (single and c.name == "sharp, one decode")]
		times, size = measure(taking_part, job, photos, ROUNDS)
		means = {c: statistics.mean(t) for c, t in times.items()}
		print("\n%s" % name)
		for c, ms in means.items():
			words = {"cpu_ms": ms, "of_minilab": ms / means["minilab"], "kb": size[c] / 1000}
			if c in teams and job in RATED:
				words["photos_per_s"] = rate(teams[c], job, photos)
			report(c, **words)
		coarse = [is_progressive(p) for p in photos]
		if "sharp" in times and len(set(coarse)) == 2:
			for what, wanted in ("baseline", False), ("progressive", True):
				ours, theirs = (statistics.mean(t for t, p in zip(times[c], coarse) if p == wanted) for c in ("minilab", "sharp"))
				report("  " + what, minilab=ours, sharp=theirs, ratio=theirs / ours)
		result[job] = means
	return result


def similarity(contestants, photos):
	"""{side: {contestant: (mean SSIM, mean colour difference)}}"""
	result = {}
	for side in 256, 1280:
		seen = {c.name: [] for c in contestants if c.name != "sharp, one decode"}
		for photo in photos:
			made = {}
			for c in contestants:
				if c.name in seen:
					out = os.path.join(scratch, re.sub(r"\W", "", c.name) + "-")
					if c.run(photo, "%d.jpg" % side, out):
						made[c.name] = "%s%d.jpg" % (out, side)
			lines = subprocess.run([program("thumb_compare"), photo] + list(made.values()), check=True, stdout=subprocess.PIPE,
					       text=True).stdout.splitlines()
			for name, line in zip(made, lines):
				words = said(line)
				seen[name].append((words["ssim"], words["delta_e"]))
		print("\nlikeness of %d in JPEG to the full decode, Lanczos in doubles" % side)
		result[side] = {}
		for name, pairs in seen.items():
			ssim, delta = (statistics.mean(column) for column in zip(*pairs))
			print("%-12s ssim=%.4f  delta_e=%.2f" % (name, ssim, delta))
			result[side][name] = ssim, delta
		apart, worst = min((ours[0] - theirs[0], os.path.basename(photo))
				   for ours, theirs, photo in zip(seen["minilab"], seen["libvips"], photos))
		print("the photo where minilab is furthest behind libvips: %+.4f, %s" % (apart, worst))
	return result


def decode_limit(photos, job_ms):
	out = subprocess.run([program("thumb_decode"), "-n", str(ROUNDS), *photos], check=True, stdout=subprocess.PIPE, text=True).stdout
	line = next(l for l in out.splitlines() if "mean of what both decode" in l)
	eighth, quarter, half, _, _, _, all_of_it = map(float, line.split()[:7])
	print("\nundoing the JPEG alone, beside the bare limit of whoever reads every coefficient (jpeg_read_coefficients)")
	report("limit", cpu_ms=all_of_it)
	for name, ms in ("1/8", eighth), ("1/4", quarter), ("1/2", half):
		report(name, cpu_ms=ms, times_the_limit=all_of_it / ms)
	report("256 in JPEG", cpu_ms=job_ms, times_the_limit=all_of_it / job_ms, share_of_decoding=eighth / job_ms)


def sources(photo):
	"""{format: file} of one photo."""
	files = {}
	for name, suffix in FORMATS:
		to = os.path.join(scratch, "source" + suffix)
		if subprocess.run([program("thumb_vips"), photo, to], stderr=subprocess.DEVNULL).returncode == 0:
			files[name] = to.split("[")[0]
		else:
			print("%s: skipped: this libvips does not write it" % name)
	return files


def hundred_megapixels(photo):
	"""The photo, four by four."""
	from PIL import Image
	with Image.open(photo) as image:
		tile = image.convert("RGB").resize((2900, 2150))
	canvas = Image.new("RGB", (4 * 2900, 4 * 2150))
	for i in range(16):
		canvas.paste(tile, (i % 4 * 2900, i // 4 * 2150))
	to = os.path.join(scratch, "large.jpg")
	canvas.save(to, "JPEG", quality=85)
	return to


def by_format(contestants, files):
	print("\nother formats: the same photo, %.0f MP, to 256 in JPEG" % (pixels(files["JPEG"]) / 1e6))
	result = {}
	for name, file in files.items():
		taking_part = [c for c in contestants if isinstance(c, Peer) and c.name != "sharp, one decode"]
		times, _ = measure(taking_part, "256.jpg", [file], 2 * ROUNDS + 1)
		result[name] = {c: t[0] for c, t in times.items()}
		report(name, **{"%s_ms" % c: ms for c, ms in result[name].items()})
	return result


def tiny():
	from PIL import Image
	to = os.path.join(scratch, "tiny.jpg")
	Image.new("RGB", (64, 48), (90, 150, 110)).save(to, "JPEG")
	return to


def memory(found, small, files):
	"""Of a fresh process that has made thumbnails of a tiny photo: the most that a job adds to it. The file itself is not counted."""
	print("\nmemory that a job adds, MB (the function's defaults; the file's own bytes apart)")
	result = {}
	for name, file in files.items():
		result[name] = {}
		for who, argv in found:
			if who == "sharp, one decode":
				continue
			p = Peer(who, argv)
			p.run(small, DEFAULTS)
			p.ask("load", file)
			p.loaded = file
			p.ask("reset")
			if p.run(file, DEFAULTS):
				result[name][who] = p.ask("peak")["mb"]
			p.close()
		report(name, **result[name])
	return result


def by_count(contestants, photo):
	print("\n%s in JPEG: the first, the first two ..." % " ".join(map(str, SIZES)))
	result = {}
	for n in range(1, len(SIZES) + 1):
		taking_part = [c for c in contestants if c.name in ("minilab", "libvips", "sharp, one decode")]
		times, _ = measure(taking_part, ",".join("%d.jpg" % side for side in SIZES[:n]), [photo], 2 * ROUNDS + 1)
		for c, t in times.items():
			result.setdefault(c, []).append(t[0])
	for c, ms in result.items():
		report(c, **{"of_%d" % (i + 1): m for i, m in enumerate(ms)}, last_over_first=ms[-1] / ms[0])
	return result


def verdicts(jobs, likeness, used):
	three, webp = "1280.jpg,480.jpg,160.jpg", "1280.webp%s,480.webp%s,160.webp%s"
	wanted = [("256 in JPEG", "256.jpg", "256.jpg", "sharp", 4), ("three in JPEG", three, three, "sharp", 3),
		  ("three in JPEG", three, three, "libvips", 2)]
	for effort in "4", "2":
		theirs = "256.webp" + effort, webp % (effort, effort, effort)
		what = "effort 2 beside %s" % ("4, the default of both peers" if effort == "4" else "effort 2")
		wanted += [("256 in WebP, " + what, "256.webp2", theirs[0], "sharp", 3),
			   ("three in WebP, " + what, webp % (2, 2, 2), theirs[1], "sharp", 2),
			   ("three in WebP, " + what, webp % (2, 2, 2), theirs[1], "libvips", 2)]
	print()
	for what, ours, theirs, peer, times in wanted:
		if peer in jobs[theirs]:
			ratio = jobs[theirs][peer] / jobs[ours]["minilab"]
			verdict(ratio >= times, "%s: %.1f times as fast as %s%s (wanted: %d)" % (
				what, ratio, peer, " by one decode" if peer == "libvips" and "three" in what else "", times))
	for side, of in likeness.items():
		apart = of["libvips"][0] - of["minilab"][0]
		verdict(apart <= 0.002, "%d: SSIM %.4f %s libvips' (wanted: at most 0.002 below)" % (
			side, abs(apart), "below" if apart > 0 else "above"))
	verdict(used["JPEG, 100 MP"]["minilab"] < 40, "a baseline JPEG of 100 MP adds %.1f MB (wanted: under 40)" % used["JPEG, 100 MP"]["minilab"])


def main():
	photos = choose_photos(scratch)
	found = commands()
	teams = {name: [Peer(name, argv) for _ in range(CORES)] for name, argv in found}
	contestants = [teams[name][0] for name, _ in found] + tools()
	print("WebP: minilab's own default is effort 2, sharp's and libvips' is 4. Without hashes but in the last job.")
	jobs = by_job(contestants, teams, photos)
	likeness = similarity(contestants, photos)
	decode_limit(photos, jobs["256.jpg"]["minilab"])
	middle = min(photos, key=lambda p: abs(pixels(p) - NEAR))
	files = sources(middle)
	formats = by_format(contestants, files)
	counts = by_count(contestants, middle)
	used = memory(found, tiny(), {"JPEG, 100 MP": hundred_megapixels(middle), **files})
	to = os.path.join(OUT, "images.svg")
	plot(to, len(photos), JOBS, jobs, formats, used, SIZES, counts, likeness)
	verdicts(jobs, likeness, used)
	print("plot: %s" % to)
	for team in teams.values():
		for peer in team:
			peer.close()


with tempfile.TemporaryDirectory() as scratch:
	main()
