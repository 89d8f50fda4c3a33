"""Pages of other origins: CORS rules, preflights, and the headers of answers; and such a page in a browser."""
import http.server
import json
import re
import threading

from browser import Browser
from lib import House, eq, photo, refused, run, test, wait_until
from wire import Wire

house = House(renditions="photos small.webp=160 small.jpg=80")
s3 = house.s3
s3.create_bucket(Bucket="box")
s3.put_object(Bucket="box", Key="k", Body=b"x")
wire = Wire(house)
RULE = {"ID": "page", "AllowedOrigins": ["https://a.example", "https://*.b.example"], "AllowedMethods": ["PUT", "GET"],
	"AllowedHeaders": ["x-amz-*", "content-type"], "ExposeHeaders": ["ETag", "x-amz-request-id"], "MaxAgeSeconds": 600}
ANYBODY = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD"]}


def preflight(target, origin="https://a.example", method="PUT", headers=None):
	asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}
	return wire.send("OPTIONS", target, {k: v for k, v in asked.items() if v is not None})


def put_xml(rules):
	return wire.ask("PUT", "/box?cors", ("<CORSConfiguration>%s</CORSConfiguration>" % rules).encode())


@test
def without_rules_no_page_may():
	refused(("NoSuchCORSConfiguration", 404), s3.get_bucket_cors, Bucket="box")
	refused(("NoSuchBucket", 404), s3.get_bucket_cors, Bucket="nowhere")
	refused(("NoSuchBucket", 404), s3.put_bucket_cors, Bucket="nowhere", CORSConfiguration={"CORSRules": [RULE]})
	a = preflight("/box/k")
	eq((a.status, a.code, a.text("Message"), a.text("Method"), a.text("ResourceType")),
	   (403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", "PUT", "OBJECT"))
	a = preflight("/nowhere/k")
	eq((a.status, a.text("Message")), (403, "CORSResponse: Bucket not found"))
	eq(preflight("/").code, "AccessForbidden")
	a = preflight("/box/k", origin=None)
	eq((a.status, a.code, a.text("Message")), (400, "BadRequest", "Insufficient information. Origin request header needed."))
	eq(preflight("/box/k", method="PATCH").text("Message"), "Invalid Access-Control-Request-Method: PATCH")
	a = wire.ask("GET", "/box/k", headers={"origin": "https://a.example"})
	eq((a.status, [h for h in a.headers if h.startswith("access-control") or h == "vary"]), (200, []))


@test
def rules_are_kept_as_they_were_put():
	s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [RULE, ANYBODY]})
	eq(s3.get_bucket_cors(Bucket="box")["CORSRules"], [RULE, ANYBODY])


@test
def a_preflight_is_answered_by_the_first_rule_that_fits():
	a = preflight("/box/k", headers="X-Amz-Date, Content-Type")
	eq((a.status, a.body), (200, b""))
	eq({h: v for h, v in a.headers.items() if h.startswith("access-control") or h == "vary"}, {
		"access-control-allow-origin": "https://a.example", "access-control-allow-methods": "PUT, GET",
		"access-control-allow-headers": "x-amz-date, content-type", "access-control-max-age": "600",
		"access-control-expose-headers": "ETag, x-amz-request-id", "access-control-allow-credentials": "true",
		"vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"})
	a = preflight("/box", origin="https://x.b.example", method="GET")
	eq((a.status, a.headers["access-control-allow-origin"]), (200, "https://x.b.example"))
	a = preflight("/box/k", origin="https://c.example", method="GET")
	eq((a.status, a.headers["access-control-allow-origin"], "access-control-allow-credentials" in a.headers), (200, "*", False))
	a = preflight("/box/k", origin="https://c.example")
	eq((a.status, a.code, a.text("Message")[:48]), (403, "AccessForbidden", "CORSResponse: This CORS request is not allowed. "))
	eq(preflight("/box/k", headers="authorization").status, 403)


@test
def answers_carry_the_headers_also_when_they_are_errors():
	page = {"origin": "https://a.example"}
	for method, target, status in (("GET", "/box/k", 200), ("GET", "/box/none", 404), ("GET", "/box/k?torrent", 501), ("GET", "/box", 200)):
		a = wire.ask(method, target, headers=page)
		eq((a.status, a.headers.get("access-control-allow-origin"), a.headers.get("access-control-expose-headers")),
		   (status, "https://a.example", "ETag, x-amz-request-id"), target)
	a = wire.send("GET", "/box/k", page)
	eq((a.status, a.headers.get("access-control-allow-origin")), (403, "https://a.example"))
	a = wire.ask("DELETE", "/box/none", headers=page)
	eq((a.status, "access-control-allow-origin" in a.headers, "vary" in a.headers), (204, False, True))
	eq(wire.ask("GET", "/box/k").headers["vary"][:6], "Origin")


@test
def a_change_counts_from_its_answer_on():
	for _ in range(20):
		s3.delete_bucket_cors(Bucket="box")
		eq(preflight("/box/k").status, 403)
		s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [RULE]})
		eq(preflight("/box/k").status, 200)
	s3.create_bucket(Bucket="gone")
	s3.put_bucket_cors(Bucket="gone", CORSConfiguration={"CORSRules": [RULE]})
	s3.delete_bucket(Bucket="gone")
	eq(preflight("/gone/k").text("Message"), "CORSResponse: Bucket not found")
	s3.create_bucket(Bucket="gone")
	eq(preflight("/gone/k").text("Message"), "CORSResponse: CORS is not enabled for this bucket.")


@test
def rules_outlive_a_restart():
	house.stop()
	house.start()
	eq(preflight("/box/k").status, 200)


@test
def bad_rules_are_told_why():
	good = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>%s</CORSRule>"
	for rules in ("", "<CORSRule/>", "<Rule/>", "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>",
		      "<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>", good % "<AllowedHeaders>*</AllowedHeaders>",
		      good % "<MaxAgeSeconds>soon</MaxAgeSeconds>", good % "<MaxAgeSeconds>-1</MaxAgeSeconds>", good % ("<ID>%s</ID>" % ("i" * 256)),
		      (good % "") * 101, "<CORSRule>"):
		a = put_xml(rules)
		eq((a.status, a.code), (400, "MalformedXML"), rules[:60])
	a = put_xml("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>MYMETHOD</AllowedMethod></CORSRule>")
	eq((a.status, a.code, a.text("Message")),
	   (400, "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD"))
	for part, what in (("<AllowedOrigin>http://*.*</AllowedOrigin>", "more than one wildcard"), ("<AllowedHeader>*-*</AllowedHeader>",
			   "more than one wildcard"), ("<ExposeHeader>x-*</ExposeHeader>", "contains wildcard")):
		a = put_xml(good % part)
		eq((a.status, a.code, what in a.text("Message")), (400, "InvalidRequest", True), part)
	a = put_xml(good % "" + "<!-- %s -->" % ("x" * 65536))
	eq((a.status, a.code), (400, "MaxMessageLengthExceeded"))
	eq(s3.get_bucket_cors(Bucket="box")["CORSRules"], [RULE])
	eq(put_xml((good % "") * 100).status, 200)


PAGE = b"""<!doctype html><title>elsewhere</title><script>
const attempt = async what => { try { return await what() } catch (e) { return e.name } };
const picture = color => new Promise(done => {
	const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 }), to = canvas.getContext("2d");
	to.fillStyle = color;
	to.fillRect(0, 0, 320, 240);
	canvas.toBlob(done, "image/jpeg");
});
const put = (url, color) => attempt(async () => {
	const answer = await fetch(url, { method: "PUT", headers: { "Content-Type": "image/jpeg", "x-amz-meta-by": "page" }, body: await picture(color) });
	return answer.status + " " + answer.headers.get("ETag");
});
const post = (form, color) => attempt(async () => {
	const data = new FormData();
	for (const name in form.fields)
		data.append(name, form.fields[name]);
	data.append("file", new File([await picture(color)], "\xc3\xbc n.jpg", { type: "image/jpeg" }));
	const answer = await fetch(form.url, { method: "POST", body: data });
	return answer.status + " " + answer.headers.get("ETag");
});
const rest = (url, token, color) => attempt(async () => {
	const headers = { Authorization: "Bearer " + token, "Content-Type": "image/jpeg" };
	const answer = await fetch(url, { method: "POST", headers, body: await picture(color) }), told = await answer.json();
	return answer.status + " " + (told.key || told.error);
});
const pixel = image => {
	const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }), to = canvas.getContext("2d");
	to.drawImage(image, 0, 0, 1, 1);
	return [...to.getImageData(0, 0, 1, 1).data.slice(0, 3)].map(n => n > 128 ? 1 : 0).join("");
};
const show = (url, cors) => new Promise(done => {
	const image = new Image();
	image.onload = async () => done(image.naturalWidth + "x" + image.naturalHeight + " " + await attempt(() => pixel(image)));
	image.onerror = () => done("nothing");
	if (cors)
		image.crossOrigin = "anonymous";
	image.src = url;
});
const look = (url, cache) => attempt(async () => {
	const answer = await fetch(url, { cache }), n = (await answer.arrayBuffer()).byteLength > 0;
	return [answer.status, n, answer.headers.get("X-Minilab-State"), answer.headers.get("Cache-Control"), answer.headers.get("ETag") !== null].join();
});
const ready = true;
</script>"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
	def do_GET(self):
		self.send_response(200)
		self.send_header("Content-Type", "text/html; charset=utf-8")
		self.end_headers()
		self.wfile.write(PAGE)

	def log_message(self, *what):
		pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
friend, stranger = ("http://%s:%d" % (name, server.server_port) for name in ("127.0.0.1", "localhost"))
browsers = []			# one for all tests that want it


def on_page(origin):
	"""Calls functions of a page of that origin."""
	if not browsers:
		threading.Thread(target=server.serve_forever, daemon=True).start()
		browsers.append(Browser())
	browser = browsers[0]
	browser.open(origin + "/")
	wait_until(lambda: browser.run("typeof ready == 'boolean' && origin") == origin, "the page of " + origin)

	def call(function, *arguments):
		return browser.run("%s(%s)" % (function, ", ".join(json.dumps(a) for a in arguments)))
	return call


def link(rendition, key, expires_s=3600):
	"""Of a thumbnail, as a backend makes it."""
	said = house.cli("link", "photos/" + key, rendition, "--expires", "%ds" % expires_s)
	return said.strip()


@test
def a_page_of_another_origin_uploads_by_link_by_form_and_by_token():
	s3, signer = house.s3, house.client("s3", signature_version="s3v4")
	s3.put_bucket_cors(Bucket="photos", CORSConfiguration={"CORSRules": [
		{"AllowedOrigins": [friend], "AllowedMethods": ["PUT", "POST", "GET"], "AllowedHeaders": ["content-type", "authorization", "x-amz-meta-*"],
		 "ExposeHeaders": ["ETag"]}]})
	token = json.loads(wire.ask("POST", "/_/tokens", json.dumps({"bucket": "photos", "prefix": "in/"}).encode()).body)["token"]

	def ways(page, name):
		"""What each door answered to this page."""
		presigned = signer.generate_presigned_url("put_object", {"Bucket": "photos", "Key": name + "/put.jpg", "ContentType": "image/jpeg", "Metadata": {"by": "page"}})
		return [page("put", presigned, "#f00"), page("post", signer.generate_presigned_post("photos", name + "/${filename}"), "#0f0"),
			page("rest", "%s/_/upload/photos/in/%s.jpg?wait=thumbnails" % (house.url, name), token, "#00f")]
	page = on_page(friend)
	said = ways(page, "friend")
	eq(said[2], "201 in/friend.jpg")
	eq(page("rest", house.url + "/_/upload/photos/out/x.jpg", token, "#00f"), "403 TokenOtherPrefix")
	put, post = s3.get_object(Bucket="photos", Key="friend/put.jpg"), s3.get_object(Bucket="photos", Key="friend/ü n.jpg")
	eq((said[:2], put["Metadata"]), (["200 " + put["ETag"], "204 " + post["ETag"]], {"by": "page"}))
	eq(ways(on_page(stranger), "stranger"), ["TypeError"] * 3)
	refused("NoSuchKey", s3.get_object, Bucket="photos", Key="stranger/put.jpg")
	refused("NoSuchKey", s3.get_object, Bucket="photos", Key="in/stranger.jpg")
	# A form needs no preflight: as on S3 it is stored, and only the answer is kept from the page.
	s3.head_object(Bucket="photos", Key="stranger/ü n.jpg")


@test
def then_it_shows_their_thumbnails():
	for key in ("friend/put.jpg", "friend/ü n.jpg", "in/friend.jpg"):
		house.row_where(key, status="done")
	page = on_page(friend)
	for key, color in (("friend/put.jpg", "100"), ("friend/ü n.jpg", "010"), ("in/friend.jpg", "001")):
		eq(page("show", link("small.webp", key)), "160x120 SecurityError")		# any page may show it, and look at no pixel
		eq(page("show", link("small.webp", key), True), "160x120 " + color)		# nor is what it kept of that taken for this
	eq(page("show", link("small", "in/friend.jpg"), True), "160x120 001")			# a browser's Accept has WebP; small.jpg is of 80
	page = on_page(stranger)
	eq(page("show", link("small.webp", "in/friend.jpg")), "160x120 SecurityError")
	eq(page("show", link("small.webp", "in/friend.jpg"), True), "nothing")
	eq(page("look", link("small.webp", "in/friend.jpg"), "default"), "TypeError")


@test
def a_browser_keeps_thumbnails_and_asks_whether_they_are_still_so():
	page, address = on_page(friend), link("small.jpg", "in/friend.jpg")

	def statuses():
		return re.findall(r"op=t/ .*?status=(\d+).*key=in/friend.jpg", house.log())
	before = len(statuses())
	for cache, asked in (("default", ["200"]), ("default", []), ("no-cache", ["304"]), ("reload", ["200"])):
		eq(page("look", address, cache), "200,true,,private, max-age=3600,true", cache)
		eq(statuses()[before:], asked, cache)
		before += len(asked)


@test
def what_waits_or_failed_is_shown_as_a_picture_and_what_is_not_there_is_none():
	page = on_page(friend)
	house.functions.put_function_concurrency(FunctionName="thumbnail", ReservedConcurrentExecutions=1)
	house.pause()		# so that one is begun and does not end, and the other waits
	for key in ("run.jpg", "wait.jpg"):
		house.s3.put_object(Bucket="photos", Key=key, Body=photo(320, 240))
	wait_until(lambda: page("look", link("small.webp", "run.jpg"), "default") == "202,true,running,no-store,false", "its start")
	eq(page("look", link("small.webp", "wait.jpg"), "default"), "202,true,queued,no-store,false")
	width = int(page("show", link("small.webp", "wait.jpg"), True).split("x")[0])
	assert 0 < width <= 32, width
	house.go_on()
	house.functions.delete_function_concurrency(FunctionName="thumbnail")
	wait_until(lambda: page("show", link("small.webp", "wait.jpg"), True).startswith("160x120 "), "the thumbnail in its place")
	house.s3.put_object(Bucket="photos", Key="broken.jpg", Body=b"no picture")
	wait_until(lambda: page("look", link("small.webp", "broken.jpg"), "default") == "422,true,failed,no-store,false", "its failure")
	width = int(page("show", link("small.webp", "broken.jpg"), True).split("x")[0])
	assert 0 < width <= 32, width
	for address in (link("none.webp", "wait.jpg"), link("small.webp", "none.jpg"), link("small.webp", "wait.jpg").replace("wait", "broken"),
			link("small.webp", "wait.jpg", 1).replace("expires=1", "expires=")):
		eq(page("show", address), "nothing", address)


@test
def the_browser_ends():
	for browser in browsers:
		browser.close()
	server.shutdown()


run(house)
