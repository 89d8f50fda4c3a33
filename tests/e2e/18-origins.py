"""Pages of other origins: CORS rules, preflights, and the headers of answers; and such a page in a browser."""
import http.server
import json
import threading

from browser import Browser
from lib import House, eq, refused, run, test
from wire import Wire

house = House()
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


PAGE = """<!doctype html><title>elsewhere</title><p id=said></p><script>
const given = %s, said = [];
async function put(url) {
	const answer = await fetch(url, { method: "PUT", headers: { "Content-Type": "text/x", "x-amz-meta-by": "page" }, body: "put by a page" });
	return answer.status + " " + answer.headers.get("ETag");
}
async function post(form) {
	const data = new FormData();
	for (const name in form.fields)
		data.append(name, form.fields[name]);
	data.append("file", new File(["posted by a page"], "ü n.txt", { type: "text/x" }));
	const answer = await fetch(form.url, { method: "POST", body: data });
	return answer.status + " " + answer.headers.get("ETag");
}
async function attempt(what) {
	try {
		said.push(await what());
	} catch (e) {
		said.push(e.name);
	}
}
(async () => {
	await attempt(() => put(given.put));
	await attempt(() => post(given.post));
	await attempt(() => put(given.closed));
	document.querySelector("#said").textContent = said.join(" | ");
})();
</script>"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
	page = b""

	def do_GET(self):
		self.send_response(200)
		self.send_header("Content-Type", "text/html; charset=utf-8")
		self.end_headers()
		self.wfile.write(Elsewhere.page)

	def log_message(self, *what):
		pass


@test
def a_page_of_another_origin_uploads_by_link_and_by_form():
	browser = Browser()
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	s3, signer = house.s3, house.client("s3", signature_version="s3v4")
	for bucket in ("open", "closed"):
		s3.create_bucket(Bucket=bucket)
	s3.put_bucket_cors(Bucket="open", CORSConfiguration={"CORSRules": [
		{"AllowedOrigins": ["http://127.0.0.1:%d" % server.server_port], "AllowedMethods": ["PUT", "POST"],
		 "AllowedHeaders": ["content-type", "x-amz-meta-*"], "ExposeHeaders": ["ETag"]}]})

	def link(bucket):
		return signer.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "linked", "ContentType": "text/x", "Metadata": {"by": "page"}})
	given = {"put": link("open"), "closed": link("closed"), "post": signer.generate_presigned_post("open", "posted/${filename}")}
	Elsewhere.page = (PAGE % json.dumps(given)).encode()
	try:
		browser.open("http://127.0.0.1:%d/" % server.server_port)
		said = browser.see("#said", "|").split(" | ")
	finally:
		browser.close()
		server.shutdown()
	linked = s3.get_object(Bucket="open", Key="linked")
	posted = s3.get_object(Bucket="open", Key="posted/ü n.txt")
	eq(said, ["200 " + linked["ETag"], "204 " + posted["ETag"], "TypeError"])
	eq((linked["Body"].read(), linked["Metadata"], posted["Body"].read()), (b"put by a page", {"by": "page"}, b"posted by a page"))
	refused("NoSuchKey", s3.get_object, Bucket="closed", Key="linked")


run(house)
