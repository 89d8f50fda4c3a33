"""The daemon dies by kill -9 in the middle of asynchronous invocations; every accepted one runs, and no process or mount stays behind.

	64-async-kill.py [--kills N] [--seed N]

The function records the id of its invocation by a conditional PUT to minilab, from inside its cage.
"""
import argparse
import os
import random
import threading
import time

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from lib import House, eq, refused, run, test, wait_until
from functions import invoke, later, python

options = argparse.ArgumentParser()
options.add_argument("--kills", type=int, default=4)
options.add_argument("--seed", type=int, default=1)
options = options.parse_args()

# The standard library alone: a request signed with what the environment has been given.
RECORDS = '''
import datetime, hashlib, hmac, os, urllib.error, urllib.parse, urllib.request

def sign(key, text):
	return hmac.new(key, text.encode(), hashlib.sha256).digest()

def put(bucket, key):
	endpoint, region = os.environ["AWS_ENDPOINT_URL"].rstrip("/"), os.environ["AWS_REGION"]
	now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
	headers = {"host": urllib.parse.urlsplit(endpoint).netloc, "if-none-match": "*", "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
		   "x-amz-date": now, "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"]}
	names, scope = ";".join(sorted(headers)), "%s/%s/s3/aws4_request" % (now[:8], region)
	canonical = "PUT\\n/%s/%s\\n\\n%s\\n%s\\nUNSIGNED-PAYLOAD" % (bucket, key, "".join("%s:%s\\n" % h for h in sorted(headers.items())), names)
	text = "AWS4-HMAC-SHA256\\n%s\\n%s\\n%s" % (now, scope, hashlib.sha256(canonical.encode()).hexdigest())
	secret = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
	for part in scope.split("/"):
		secret = sign(secret, part)
	headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
		os.environ["AWS_ACCESS_KEY_ID"], scope, names, sign(secret, text).hex())
	try:
		urllib.request.urlopen(urllib.request.Request("%s/%s/%s" % (endpoint, bucket, key), b"ran", headers, method="PUT")).read()
	except urllib.error.HTTPError as e:
		if e.code != 412:
			raise Exception("%d: %s" % (e.code, e.read()))
		return "again"
	return "first"

def handler(event, context):
	return put("ran", context.aws_request_id)
'''

house = House(retry_base_ms=50)
house.s3.create_bucket(Bucket="ran")
python(house, "records", RECORDS, Timeout=20)
python(house, "tells", "import os\ndef handler(event, context):\n\treturn [os.environ[n] for n in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')]\n")
figures = dict(kills=0, accepted=0, unanswered=0)
accepted, seen = [], set()


def started(pid):
	"""When that process began; None when it is gone."""
	try:
		with open("/proc/%d/stat" % pid) as f:
			return f.read().rsplit(")", 1)[1].split()[19]
	except OSError:
		return None


def mounts():
	"""What is mounted where, but for what other tests mount in folders of their own at the same time."""
	others = os.path.join(os.path.dirname(house.home), "minilab-e2e.")
	with open("/proc/self/mountinfo") as f:
		places = {tuple(line.split()[2:5]) for line in f}
	return {p for p in places if p[2].startswith(house.home) or not p[2].startswith(others)}


def caller(stop):
	client = house.client("lambda", connect_timeout=2, read_timeout=20)
	while not stop.is_set():
		try:
			said = client.invoke(FunctionName="records", Payload=b"{}", InvocationType="Event")
			accepted.append(said["ResponseMetadata"]["RequestId"])
		except (BotoCoreError, ClientError, OSError):
			figures["unanswered"] += 1
			time.sleep(0.02)	# it is down


def with_keys(access, secret, token):
	return boto3.client("s3", endpoint_url=house.url, region_name="us-east-1", aws_access_key_id=access, aws_secret_access_key=secret,
			    aws_session_token=token, config=Config(retries={"max_attempts": 0}))


def ran():
	pages = house.s3.get_paginator("list_objects_v2").paginate(Bucket="ran")
	return {o["Key"] for page in pages for o in page.get("Contents", [])}


@test
def a_function_reaches_minilab_from_inside_its_cage():
	answer = invoke(house, "records", {})
	eq((answer.error, answer.payload), (None, "first"), answer.raw)
	eq(answer.request in ran(), True, "recorded")


@test
def kills_at_random_moments_lose_no_accepted_invocation():
	stop, dice = threading.Event(), random.Random(options.seed)
	house.mounts = mounts()
	threads = [threading.Thread(target=caller, args=(stop,), daemon=True) for _ in range(4)]
	for t in threads:
		t.start()
	for _ in range(options.kills):
		time.sleep(0.3 + dice.random() * 0.7)	# the moment itself is what is random here
		seen.update((p, started(p)) for p in house.sandboxes())
		house.kill()
		house.start()
		figures["kills"] += 1
	stop.set()
	for t in threads:
		t.join()
	figures["accepted"] = len(accepted)
	eq(len(accepted) > 10 * options.kills, True, "there was load: %d" % len(accepted))
	wait_until(lambda: not house.health()["queue"]["ready"] + house.health()["queue"]["leased"], "an empty queue", 300)
	eq(house.health()["queue"]["dead"], 0, "dead letters")
	missing = set(accepted) - ran()
	eq(missing, set(), "accepted and never run")


@test
def nothing_of_the_dead_daemons_is_left():
	eq(len(seen) > options.kills, True, "processes in cages when it was killed: %d" % len(seen))
	wait_until(lambda: not [p for p, when in seen if when and started(p) == when], "the end of all of them")
	eq(mounts() - house.mounts, set(), "mounts that are left")


@test
def keys_of_an_earlier_start_are_expired():
	keys = invoke(house, "tells").payload
	eq(keys[0][:4], "ASIA", "a key of a session")
	with_keys(*keys).list_objects_v2(Bucket="ran")
	refused("InvalidToken", with_keys(keys[0], keys[1], "x" * len(keys[2])).list_objects_v2, Bucket="ran")
	refused("InvalidAccessKeyId", with_keys(keys[0], keys[1], None).list_objects_v2, Bucket="ran")
	house.stop()
	house.start()
	refused("ExpiredToken", with_keys(*keys).list_objects_v2, Bucket="ran")
	eq(invoke(house, "records").payload, "first", "with those of this start")


@test
def what_waits_when_it_stops_is_run_after_the_next_start():
	request = later(house, "records", {})
	house.stop()
	house.start()
	wait_until(lambda: request in ran(), "the invocation accepted before the stop")


@test
def figures_are_told():
	print("# " + ", ".join("%s %d" % item for item in figures.items()))


run(house)
