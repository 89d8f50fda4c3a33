"""The official client of tus in Node.js, and Uppy in a browser, where they are: MINILAB_JS names a folder in which tus-js-client, and @uppy/core and
@uppy/tus, are installed by npm."""
import json
import os
import shutil
import subprocess

from lib import TOP, House, Skip, run, test
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


run(house)
