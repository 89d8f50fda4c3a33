"""The official client of tus in Node.js, and Uppy on a page of another origin in a browser, where they are: MINILAB_JS names a folder in which
tus-js-client, and for Uppy @uppy/core, @uppy/tus and esbuild, are installed by npm."""
import http.server
import json
import os
import shutil
import subprocess
import threading

from browser import Browser
from lib import TOP, House, Skip, eq, run, test
from wire import Wire

house = House()
house.s3.create_bucket(Bucket="box")
wire = Wire(house)
modules = os.path.join(os.environ.get("MINILAB_JS", os.path.join(TOP, "node_modules", "..")), "node_modules")


def token():
	return json.loads(wire.ask("POST", "/_/tokens", json.dumps({"bucket": "box"}).encode()).body)["token"]


@test
def the_official_client_is_served():
	if not shutil.which("node") or not os.path.isdir(os.path.join(modules, "tus-js-client")):
		raise Skip("no tus-js-client: npm install it somewhere and set MINILAB_JS")
	env = dict(os.environ, NODE_PATH=os.path.abspath(modules), TUS_ENDPOINT=house.url.rstrip("/") + "/_/tus/box", TUS_TOKEN=token())
	p = subprocess.run(["node", os.path.join(TOP, "tests", "e2e", "tus_client.js")], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
			   text=True, timeout=120)
	bad = [line for line in p.stdout.splitlines() if not line.startswith("ok ")]
	if p.returncode != 0 or bad or not p.stdout:
		raise AssertionError("node ended with %d:\n%s" % (p.returncode, p.stdout + p.stderr))
	print("# " + p.stdout.strip().replace("\n", "\n# "))


ENTRY = """
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
window.Uppy = Uppy;
window.Tus = Tus;
"""
PAGE = """<!doctype html><p id=said></p><script src="/uppy.js"></script><script>
const given = %s;
const uppy = new Uppy().use(Tus, { endpoint: given.endpoint, headers: { Authorization: "Bearer " + given.token }, chunkSize: 1 << 20,
	allowedMetaFields: ["name", "type", "key", "album"] });
uppy.setMeta({ key: "uppy/{name}", album: "holidays" });
for (const [name, n] of [["one.jpg", 3000000], ["\u00fc 2.png", 10]])
	uppy.addFile({ name, type: name.endsWith("png") ? "image/png" : "image/jpeg", data: new Blob([new Uint8Array(n).fill(7)]) });
uppy.upload().then(r => { document.querySelector("#said").textContent = "stored " + r.successful.length + ", failed " + r.failed.length +
	r.failed.map(f => ": " + f.error).join(""); });
</script>"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
	files = {}

	def do_GET(self):
		kind, data = self.files.get(self.path, ("text/plain", b""))
		self.send_response(200)
		self.send_header("Content-Type", kind)
		self.send_header("Content-Length", str(len(data)))
		self.end_headers()
		self.wfile.write(data)

	def log_message(self, *what):
		pass


def bundle():
	program = os.path.join(modules, ".bin", "esbuild")
	if not os.path.exists(program) or not os.path.isdir(os.path.join(modules, "@uppy", "tus")):
		raise Skip("no Uppy, or no esbuild: npm install them somewhere and set MINILAB_JS")
	return subprocess.run([program, "--bundle", "--format=iife", "--log-level=error"], input=ENTRY.encode(), stdout=subprocess.PIPE, check=True,
			      cwd=os.path.dirname(modules)).stdout


@test
def uppy_uploads_from_a_page_of_another_origin():
	Elsewhere.files["/uppy.js"] = ("text/javascript", bundle())
	browser = Browser()
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	origin = "http://127.0.0.1:%d" % server.server_port
	house.s3.put_bucket_cors(Bucket="box", CORSConfiguration={"CORSRules": [
		{"AllowedOrigins": [origin], "AllowedMethods": ["POST", "HEAD", "DELETE"], "AllowedHeaders": ["*"]}]})
	given = {"endpoint": house.url.rstrip("/") + "/_/tus/box", "token": token()}
	Elsewhere.files["/"] = ("text/html; charset=utf-8", (PAGE % json.dumps(given)).encode())
	try:
		browser.open(origin + "/")
		said = browser.see("#said", "stored")
	finally:
		browser.close()
		server.shutdown()
	eq(said, "stored 2, failed 0")
	for name, kind, n in (("one.jpg", "image/jpeg", 3000000), ("\u00fc 2.png", "image/png", 10)):
		got = house.s3.get_object(Bucket="box", Key="uppy/" + name)
		eq((got["Body"].read(), got["ContentType"], got["Metadata"]), (b"\7" * n, kind, {"album": "holidays"}))


run(house)
