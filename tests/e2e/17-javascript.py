"""The AWS SDK for JavaScript v3, where it is: MINILAB_JS names a folder in which @aws-sdk/client-s3, @aws-sdk/lib-storage and
@aws-sdk/s3-request-presigner are installed by npm, and maybe @aws-sdk/s3-presigned-post."""
import os
import shutil
import subprocess

from lib import TOP, House, Skip, run, test

house = House()


@test
def the_javascript_sdk_is_served():
	folder = os.environ.get("MINILAB_JS", os.path.join(TOP, "node_modules", ".."))
	modules = os.path.join(folder, "node_modules")
	if not shutil.which("node") or not os.path.isdir(os.path.join(modules, "@aws-sdk", "client-s3")):
		raise Skip("no JavaScript SDK: npm install it somewhere and set MINILAB_JS")
	env = dict(os.environ, **dict(house.env, NODE_PATH=os.path.abspath(modules), AWS_ENDPOINT_URL=house.url))
	p = subprocess.run(["node", os.path.join(TOP, "tests", "e2e", "javascript.js"), os.path.join(house.home, "file")], env=env,
			   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
	bad = [line for line in p.stdout.splitlines() if not line.startswith("ok ")]
	if p.returncode != 0 or bad or not p.stdout:
		raise AssertionError("node ended with %d:\n%s" % (p.returncode, p.stdout + p.stderr))


run(house)
