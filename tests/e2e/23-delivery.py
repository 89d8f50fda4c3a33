"""Thumbnails at their photo's address: headers, conditions, ranges, formats by Accept, and who may get them."""
import hmac
import http.client
import io
import json
import subprocess
import time
import urllib.parse

from PIL import Image

from lib import House, eq, photo, run, test, wait_until
from wire import Wire

house = House(renditions="photos small.webp=160 small.jpg=160 large.jpg=320")
wire = Wire(house)
JPEG = photo(320, 240)
KEY = "albums/a b+ü.jpg"
AT = "/_/t/photos/" + urllib.parse.quote(KEY) + "/"


def bare(target, method="GET", **headers):
	c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
	try:
		c.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
		r = c.getresponse()
		body = r.read()
		return r.status, {k.lower(): v for k, v in r.getheaders()}, body
	finally:
		c.close()


def ask(target, method="GET", **headers):
	a = wire.ask(method, target, b"", {k.replace("_", "-"): v for k, v in headers.items()})
	return a.status, {k.lower(): v for k, v in a.headers.items()}, a.body


def put(key, body=JPEG):
	a = wire.ask("PUT", "/photos/" + urllib.parse.quote(key), body, {"content-type": "image/jpeg"})
	eq(a.status, 200)


def stored(key, name):
	a = wire.ask("GET", "/photos-thumbnails/" + urllib.parse.quote(key + "/" + name), b"")
	eq(a.status, 200)
	return a


@test
def a_stored_thumbnail_is_served_as_get_object_serves_it():
	put(KEY)
	wait_until(lambda: ask(AT + "small.webp")[0] == 200, "its thumbnail or failure", 60)
	status, headers, body = ask(AT + "small.webp")
	there = stored(KEY, "small.webp")
	eq(body, there.body)
	has = {k.lower(): v for k, v in there.headers.items()}
	for name in ("etag", "last-modified", "content-type", "accept-ranges", "content-length"):
		eq(headers[name], has[name], name)
	eq(headers["cache-control"], "private, max-age=3600")
	assert "sandbox" in headers["content-security-policy"] and "vary" not in headers, headers
	status, headers, nothing = ask(AT + "small.webp", "HEAD")
	eq((status, nothing, headers["content-length"]), (200, b"", str(len(body))))


@test
def conditions_and_ranges_are_honoured():
	_, headers, body = ask(AT + "small.webp")
	status, again, nothing = ask(AT + "small.webp", if_none_match=headers["etag"])
	eq((status, nothing, again["etag"]), (304, b"", headers["etag"]))
	eq(ask(AT + "small.webp", if_modified_since=headers["last-modified"])[0], 304)
	eq(ask(AT + "small.webp", if_match='"other"')[0], 412)
	status, part, bytes_ = ask(AT + "small.webp", range="bytes=10-29")
	eq((status, bytes_, part["content-range"]), (206, body[10:30], "bytes 10-29/%d" % len(body)))
	eq(ask(AT + "small.webp", range="bytes=10-29", if_range='"other"')[2], body)
	status, none, _ = ask(AT + "small.webp", range="bytes=99999999-")
	eq((status, none["content-range"]), (416, "bytes */%d" % len(body)))


@test
def an_address_that_names_the_version_is_kept_for_good():
	version = json.loads(ask("/_/status/photos/" + urllib.parse.quote(KEY))[2])["version"]
	eq(ask(AT + "small.webp?v=" + version)[1]["cache-control"], "private, max-age=31536000, immutable")
	eq(ask(AT + "small.webp?v=" + "0" * 16)[1]["cache-control"], "private, max-age=3600")


@test
def without_an_ending_accept_chooses_the_format():
	cases = [
		("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/webp"), ("*/*", "image/jpeg"), (None, "image/jpeg"),
		("image/webp", "image/webp"), ("image/*", "image/jpeg"), ("IMAGE/WebP;Q=0.3 , */*;q=0.2", "image/webp"),
		("image/webp;q=0.001,image/jpeg;q=0", "image/webp"),
		("text/html, image/webp;level=1;q=0.9, image/jpeg;q=0.89", "image/webp"), ("image/png", "image/jpeg"),
		("image/webp;q=0", "image/jpeg"), ("image/webp;q=1.000,image/jpeg", "image/webp"),
		("image/*;q=0.5, image/jpeg;q=0.2", "image/webp"), ("image/webp;q=0.5, image/jpeg;q=0.9", "image/jpeg"), ("image/webp;q=0, image/*", "image/jpeg"),
	]
	for accept, type_ in cases:
		status, headers, _ = ask(AT + "small", **({"accept": accept} if accept else {}))
		eq((status, headers["content-type"], headers["vary"]), (200, type_, "Accept"), accept)
	status, headers, _ = ask(AT + "large")
	eq((status, "vary" in headers), (200, False))


def meanwhile(key, status, state):
	"""Picture and JSON of what is not ready; the picture's bytes."""
	at = "/_/t/photos/" + urllib.parse.quote(key) + "/small.webp"
	wait_until(lambda: ask(at, "HEAD")[1]["x-minilab-state"] == state, state, 30)
	a, headers, picture = ask(at)
	eq((a, headers["content-type"], headers["x-minilab-state"], headers["cache-control"]), (status, "image/png", state, "no-store"))
	eq(Image.open(io.BytesIO(picture)).convert("RGBA").size[0] <= 32, True)
	a, headers, body = ask(at + "?placeholder=off")
	eq((a, headers["x-minilab-state"], json.loads(body)["state"], json.loads(body)["key"]), (status, state, state, key))
	eq(ask(at, "HEAD")[::2], (status, b""))
	eq(bare(at)[0], 403)
	return picture


@test
def what_waits_or_failed_is_a_picture_and_says_so():
	blue = io.BytesIO()
	Image.new("RGB", (64, 32), (20, 60, 220)).save(blue, "JPEG")
	put("again.jpg", blue.getvalue())
	wait_until(lambda: ask("/_/t/photos/again.jpg/small.webp")[0] == 200, "its thumbnail or failure", 60)
	house.functions.put_function_concurrency(FunctionName="thumbnail", ReservedConcurrentExecutions=2)
	house.pause()
	put("again.jpg")
	before = Image.open(io.BytesIO(meanwhile("again.jpg", 202, "running"))).convert("RGB")
	put("new.jpg")
	plain = meanwhile("new.jpg", 202, "running")
	put("third.jpg")
	eq(meanwhile("third.jpg", 202, "queued"), plain)
	eq("end=put_off" in house.log(), False)		# what has no room is left where it is
	eq(before.size, (32, 18))		# a ThumbHash knows proportions in sevenths
	red, green, blue = before.getpixel((16, 8))
	assert blue > green + 60 > red + 60, (red, green, blue)
	house.go_on()
	put("broken.jpg", b"no picture")
	wait_until(lambda: ask("/_/t/photos/broken.jpg/small.webp")[0] == 422, "its thumbnail or failure", 60)
	assert meanwhile("broken.jpg", 422, "failed") != plain
	for key in ("again.jpg", "new.jpg", "third.jpg"):
		wait_until(lambda: ask("/_/t/photos/" + key + "/small.webp")[0] == 200, "its thumbnail or failure", 60)


@test
def what_is_not_there_is_told():
	for target, status, code in [
		(AT + "huge.webp", 404, "NoSuchRendition"), ("/_/t/photos/none.jpg/small.webp", 404, "NoSuchKey"),
		("/_/t/nobucket/none.jpg/small.webp", 404, "NoSuchBucket"), ("/_/t/photos/none.jpg", 400, "InvalidPath"),
		("/_/t/photos/none.jpg/", 400, "InvalidPath"), ("/_/t/photos", 400, "InvalidPath"), ("/_/t/photos/%ff/small", 400, "InvalidPath"),
	]:
		a, _, body = ask(target)
		eq((a, json.loads(body)["error"]), (status, code), target)


@test
def nobody_gets_it_without_leave_whether_it_is_there_or_not():
	for target in (AT + "small.webp", AT + "huge.webp", "/_/t/photos/none.jpg/small.webp", "/_/t/nobucket/none.jpg/small.webp"):
		status, _, body = bare(target)
		eq((status, json.loads(body)["error"]), (403, "AccessDenied"), target)


def signed(key, rendition, expires):
	"""As a backend makes it."""
	derived = hmac.digest(house.env["AWS_SECRET_ACCESS_KEY"].encode(), b"minilab-link", "sha256")
	signature = hmac.new(derived, f"photos/{key}/{rendition}\n{expires}".encode(), "sha256").hexdigest()
	return f"/_/t/{urllib.parse.quote(f'photos/{key}/{rendition}')}?expires={expires}&signature={signature}"


@test
def a_signed_link_gets_one_thumbnail_until_it_expires():
	link = signed(KEY, "small.webp", int(time.time()) + 3600)
	status, headers, body = bare(link)
	eq((status, body, headers["cache-control"]), (200, ask(AT + "small.webp")[2], "private, max-age=3600"))
	eq(bare(link, "HEAD")[0], 200)
	eq(bare(signed(KEY, "huge.webp", int(time.time()) + 3600))[0], 404)
	for other, code in [
		(link.replace("small.webp", "large.jpg"), "LinkSignatureWrong"), (link.replace("expires=", "expires=1"), "LinkSignatureWrong"),
		(link[:-1] + ("0" if link[-1] != "0" else "1"), "LinkSignatureWrong"), (link[:-1], "LinkMalformed"),
		(link.split("&")[0], "LinkMalformed"), (signed(KEY, "small.webp", int(time.time()) - 1), "LinkExpired"),
	]:
		status, _, body = bare(other)
		eq((status, json.loads(body)["error"]), (403, code), other)


@test
def the_command_prints_a_link_that_works():
	said = subprocess.run([house.binary, "link", "photos/" + KEY, "large.jpg", "--expires", "10m", "--data", house.data], stdout=subprocess.PIPE,
		text=True, timeout=30)
	eq(said.returncode, 0)
	assert said.stdout.startswith(house.url + "/_/t/"), said.stdout
	eq(bare(said.stdout.strip()[len(house.url):])[0], 200)
	eq(subprocess.run([house.binary, "link", "photos"], stderr=subprocess.DEVNULL, timeout=30).returncode, 2)


@test
def a_policy_of_the_thumbnails_bucket_opens_thumbnails_and_no_originals():
	policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
		"Resource": "arn:aws:s3:::photos-thumbnails/*"}]}
	eq(wire.ask("DELETE", "/photos-thumbnails?publicAccessBlock", b"").status, 204)
	eq(wire.ask("PUT", "/photos-thumbnails?policy", json.dumps(policy).encode()).status, 204)
	wait_until(lambda: bare(AT + "small.webp")[0] == 200, "leave for everybody", 10)
	eq(bare(AT + "small.webp")[2], ask(AT + "small.webp")[2])
	eq(bare(AT + "small.webp")[1]["cache-control"], "public, max-age=3600")
	eq(bare("/photos/" + urllib.parse.quote(KEY))[0], 403)
	eq(bare(AT + "huge.webp")[0], 404)


run(house)
