"""The examples of functions/examples, as their first lines say to run them: one of each runtime, and AWS's thumbnail tutorial with sharp.
(With Pillow it is in 60-tutorial, which has the layer for it.)"""
import io
import json
import os
import shutil
import subprocess

from functions import ROLE, create, invoke
from lib import TOP, House, Skip, eq, photo, run, test
from PIL import Image

EXAMPLES = os.path.join(TOP, "functions", "examples")
house = House()


def text(path):
	with open(os.path.join(EXAMPLES, path)) as f:
		return f.read()


def event(bucket="photos", key="red+flower.jpg"):
	e = json.loads(text("event.json"))
	e["Records"][0]["s3"]["bucket"]["name"], e["Records"][0]["s3"]["object"]["key"] = bucket, key
	return e


def answered(name, want, e=None):
	answer = invoke(house, name, e or event())
	eq(answer.error, None, "error (%r)" % answer.raw)
	eq(answer.payload, want)
	return answer.tail


@test
def a_shell_script_is_a_function():
	if not shutil.which("curl"):
		raise Skip("no curl here")
	create(house, "count", "provided.al2023", "none", {"bootstrap": text("bootstrap/bootstrap")})
	eq("an event about 1 objects\n" in answered("count", {"objects": 1, "bytes": 1024}), True)
	answered("count", {"objects": 1, "bytes": 1024})


@test
def an_es_module_is_a_function():
	if not shutil.which("node", path="/usr/local/bin:/usr/bin"):
		raise Skip("no Node.js here")
	create(house, "keys", "nodejs20.x", "index.handler", {"index.mjs": text("nodejs/index.mjs")})
	eq("\tINFO\t1 objects, " in answered("keys", [{"bucket": "photos", "key": "red flower.jpg"}]), True)


@test
def a_python_module_is_a_function():
	house.s3.put_object(Bucket="photos", Key="red flower.jpg", Body=b"1234567", ContentType="image/jpeg")
	create(house, "note", "python3.11", "index.handler", {"index.py": text("python/index.py")}, Timeout=60, MemorySize=512)
	eq("photos/red flower.jpg: image/jpeg, 7 bytes\n" in answered("note", ["red flower.jpg.txt"]), True)
	eq(house.s3.get_object(Bucket="photos", Key="red flower.jpg.txt")["Body"].read(), b"image/jpeg, 7 bytes\n")


@test
def a_shared_object_is_a_function():
	so = os.path.join(house.home, "count.so")
	subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-I" + os.path.join(TOP, "functions"), "-o", so,
			os.path.join(EXAMPLES, "native", "count.c")], check=True)
	with open(so, "rb") as f:
		create(house, "native", "minilab.native", "count.handler", {"count.so": f.read()})
	eq("an event about 1 objects\n" in answered("native", 1), True)
	answer = invoke(house, "native", {})
	eq((answer.error, answer.payload["errorType"], answer.payload["errorMessage"]), ("Unhandled", "NoObjects", "the event is not of S3"))


@test
def sharp_from_npm_is_in_a_package_for_the_tutorial():
	folder = os.environ.get("MINILAB_SHARP", "")
	if not os.path.isdir(os.path.join(folder, "node_modules", "sharp")):
		raise Skip("no sharp: npm install in a copy of functions/examples/thumbnail-nodejs and set MINILAB_SHARP")
	shutil.make_archive(os.path.join(house.home, "sharp"), "zip", folder)
	for bucket in ("packages", "source", "source-resized"):
		house.s3.create_bucket(Bucket=bucket)
	house.s3.upload_file(os.path.join(house.home, "sharp.zip"), "packages", "sharp.zip")
	house.s3.put_object(Bucket="source", Key="b.jpg", Body=photo(800, 600))
	house.functions.create_function(FunctionName="sharp", Runtime="nodejs20.x", Handler="index.handler", Role=ROLE, Timeout=60, MemorySize=1024,
					Code={"S3Bucket": "packages", "S3Key": "sharp.zip"})
	house.functions.get_waiter("function_active_v2").wait(FunctionName="sharp")
	answered("sharp", None, event("source", "b.jpg"))
	body = house.s3.get_object(Bucket="source-resized", Key="resized-b.jpg")["Body"].read()
	with Image.open(io.BytesIO(body)) as image:
		eq(image.size, (200, 150))


run(house)
