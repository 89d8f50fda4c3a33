"""bench.py - what the benchmarks share. Each prints its medians, its peer's, and the ratio that the design asks for.

Times are compared with a peer measured in the same run on the same machine: alone they mean little.
"""
import http.client
import io
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.parse

os.environ.setdefault("MINILAB_OUT", "build/opt")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from lib import OUT, TOP, House, photo, picture, plain, wait_until  # noqa: E402,F401

CORES = os.cpu_count()
AS_THE_RUNNER = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}	# functions/zygote.c: the peer shall have it as well
TWELVE_MP = (4032, 3024)


def program(name):
	return os.path.join(OUT, "tests/bench", name)


def said(output):
	"""name=value words of the last line, numbers as numbers."""
	words = dict(re.findall(r"(\w+)=(\S+)", output.strip().splitlines()[-1]))
	return {k: float(v) if re.fullmatch(r"-?[\d.]+", v) else v for k, v in words.items()}


def call(name, *args, env=None):
	p = subprocess.run([program(name), *map(str, args)], env=dict(os.environ, **AS_THE_RUNNER, **(env or {})), stdout=subprocess.PIPE, text=True)
	if p.returncode != 0:
		raise SystemExit("%s ended with %d: %s" % (name, p.returncode, p.stdout))
	return said(p.stdout)


def twelve_megapixels(house, count, quality=78):
	"""Files of as many different photos of that size: with noise, and so of about 3.6 MB, as phones make them.
	MINILAB_PHOTO names a real one, or a folder of them."""
	from PIL import Image, ImageChops
	given = os.environ.get("MINILAB_PHOTO")
	if given and os.path.isdir(given):
		return sorted(os.path.join(given, n) for n in os.listdir(given))
	if given:
		return [given]
	names = []
	for seed in range(count):
		noise = Image.effect_noise(TWELVE_MP, 24).convert("RGB")
		image = ImageChops.add(picture(*TWELVE_MP, seed=seed), noise, 2)
		names.append(os.path.join(house.home, "photo-%d.jpg" % seed))
		image.save(names[-1], "JPEG", quality=quality)
	return names


class Raw:
	"""Presigned requests over one kept connection: the client's own cost stays small."""

	def __init__(self, house):
		self.s3, self.connection = house.client("s3"), http.client.HTTPConnection("127.0.0.1", house.port)

	def sign(self, operation, **params):
		url = self.s3.generate_presigned_url(operation, Params=params, ExpiresIn=3600)
		parts = urllib.parse.urlsplit(url)
		return parts.path + "?" + parts.query

	def ask(self, method, target, body=None):
		self.connection.request(method, target, body)
		answer = self.connection.getresponse()
		answer.read()
		return answer.status

	def put(self, target, body):
		status = self.ask("PUT", target, body)
		if status != 200:
			raise SystemExit("PUT answered %d" % status)


def metric(house, name):
	"""A metric, with its label if it has one: name{label="value"}."""
	c = http.client.HTTPConnection("127.0.0.1", house.port)
	c.request("GET", "/_/metrics")
	text = c.getresponse().read().decode()
	found = re.search(r"^%s (\S+)$" % re.escape(name), text, re.M)
	if not found:
		raise SystemExit("no metric %s in\n%s" % (name, text))
	return float(found.group(1))


def processor_s(pid):
	"""That the process used so far, its own and the kernel's for it."""
	with open("/proc/%d/stat" % pid) as f:
		fields = f.read().rpartition(")")[2].split()
	return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name, **figures):
	print("%-12s %s" % (name, "  ".join("%s=%s" % (k, ("%.2f" % v).rstrip("0").rstrip(".") if isinstance(v, float) else v)
					   for k, v in figures.items())))
	sys.stdout.flush()


def verdict(good, text):
	print("%s: %s" % ("met" if good else "MISSED", text))
