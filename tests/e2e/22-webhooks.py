"""Webhooks: a receiver hears of every photo that is ready or failed, signed, once more when it did not answer well, and never at an address that is not allowed."""
import hashlib
import hmac
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse

from functions import python
from lib import House, eq, photo, run, test, wait_until
from wire import Wire, now

heard, answers = [], []
gate = threading.Event()
gate.set()


class Receiver(http.server.BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"

	def do_POST(self):
		body = self.rfile.read(int(self.headers["Content-Length"]))
		gate.wait()
		status = answers.pop(0) if answers else 204
		heard.append((self.path, dict(self.headers), body, status))
		self.send_response(status)
		if status == 302:
			self.send_header("Location", "/elsewhere")
		self.send_header("Content-Length", "0")
		self.end_headers()

	def log_message(self, *unused):
		pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
URL = "http://127.0.0.1:%d/hook?site=1" % receiver.server_port
house = House(webhook_allow="127.0.0.1/32", webhook_base_ms=50, webhook_wait_max_ms=200, webhook_age_s=2, webhook_timeout_ms=1000)


def told(key, kind, at_least=1, good=True):
	def found():
		events = [(h, json.loads(b), s) for _, h, b, s in list(heard)]
		mine = [e for e in events if e[1].get("key") == key and e[1]["type"] == kind and (not good or e[2] < 300)]
		return mine if len(mine) >= at_least else None
	return wait_until(found, lambda: "%s of %s among %r" % (kind, key, heard))


def restart(**settings):
	house.stop()
	house.settings.update(settings)
	house.start()


def set_hook(*more):
	said = house.cli("webhook", "set", "photos", URL, *more)
	return dict(line.split(None, 1) for line in said.splitlines())["secret"].strip()


@test
def a_ready_photo_is_told_and_signed():
	secret = set_hook()
	house.s3.put_object(Bucket="photos", Key="a b/ü.jpg", Body=photo(640, 480))
	headers, event, _ = told("a b/ü.jpg", "ready")[0]
	raw = [b for _, h, b, _ in heard if h["X-Minilab-Delivery"] == headers["X-Minilab-Delivery"]][0]
	signed = hmac.new(secret.encode(), headers["X-Minilab-Timestamp"].encode() + b"." + raw, hashlib.sha256).hexdigest()
	eq(headers["X-Minilab-Signature"], "sha256=" + signed)
	eq((headers["X-Minilab-Event"], headers["Content-Type"], headers["X-Minilab-Delivery"]), ("ready", "application/json", event["id"]))
	eq(abs(time.time() - int(headers["X-Minilab-Timestamp"])) < 60, True)
	eq((event["bucket"], event["state"], len(event["version"])), ("photos", "ready", 16))
	eq(sorted(t["name"] for t in event["thumbnails"]), ["large.jpg", "medium.webp", "small.webp"])
	eq((event["row"]["width"], event["row"]["height"]), (640, 480))
	eq(heard[0][0], "/hook?site=1")


@test
def a_failed_photo_is_told_with_its_reason():
	house.s3.put_object(Bucket="photos", Key="broken.jpg", Body=b"no photo at all")
	_, event, _ = told("broken.jpg", "failed")[0]
	eq(event["state"], "failed")
	eq(bool(event["reason"]) and bool(event["message"]), True)


@test
def an_event_that_is_never_tried_is_told_as_failed_and_its_retry_as_ready():
	house.functions.put_function_concurrency(FunctionName="thumbnail", ReservedConcurrentExecutions=0)
	house.s3.put_object(Bucket="photos", Key="off.jpg", Body=photo(64, 48))
	_, event, _ = told("off.jpg", "failed")[0]
	eq((event["function"], event["attempts"], event["state"], bool(event["reason"]), len(event["version"])), ("thumbnail", 0, "failed", True, 16), event)
	house.functions.delete_function_concurrency(FunctionName="thumbnail")
	house.cli("retry", "photos/off.jpg")
	_, event, _ = told("off.jpg", "ready")[0]
	eq((event["function"], event["state"]), ("thumbnail", "ready"))
	eq(len(told("off.jpg", "failed")), 1)


@test
def a_custom_function_that_fails_for_good_or_is_deleted_before_is_told_by_its_name():
	house.s3.create_bucket(Bucket="customs")
	house.cli("webhook", "set", "customs", URL)
	for name, again in ("dies", 0), ("goes", 2):
		python(house, name, "def handler(event, context):\n raise ValueError('no')")
		house.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=again)
		house.functions.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
	house.s3.put_bucket_notification_configuration(Bucket="customs", NotificationConfiguration={"LambdaFunctionConfigurations": [
		{"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:" + name, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
		 "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": name}]}}} for name in ("dies", "goes")]})
	house.s3.put_object(Bucket="customs", Key="dies.jpg", Body=b"1")
	_, event, _ = told("dies.jpg", "failed")[0]
	eq((event["function"], event["attempts"], event["reason"], event["message"], event["state"]), ("dies", 1, "ValueError", "no", "unwatched"), event)
	restart(retry_base_ms=3600000)
	house.s3.put_object(Bucket="customs", Key="goes.jpg", Body=b"1")
	wait_until(lambda: "attempt failed" in house.cli("explain", "customs/goes.jpg"), "the first attempt")
	house.functions.delete_function(FunctionName="goes")
	_, event, _ = told("goes.jpg", "failed")[0]
	eq((event["function"], event["attempts"], event["reason"]), ("goes", 1, "FunctionDeleted"), event)
	house.s3.delete_object(Bucket="customs", Key="dies.jpg")	# its event dies as well, and is of no photo
	wait_until(lambda: house.cli("explain", "customs/dies.jpg").count("  dead letter (attempt") == 2, "the other dead letter")
	restart(retry_base_ms=50)
	eq((len(told("dies.jpg", "failed")), len(told("goes.jpg", "failed"))), (1, 1))


@test
def explain_tells_each_delivery_and_what_is_still_to_be_told():
	answers.extend([500])
	house.s3.put_object(Bucket="photos", Key="life.jpg", Body=photo(64, 48))
	told("life.jpg", "ready")
	life = wait_until(lambda: "webhook told" in house.explain("life.jpg") and house.explain("life.jpg"), "the delivery in the journal")
	lines = [l.split("  [")[0].split("  ")[-1] for l in life.splitlines() if "  webhook " in l]
	number = lines[0].split("delivery ")[1].split(":")[0]
	eq((lines[0].startswith("webhook failed (attempt 1): Status500, ready, delivery"), lines[1]),
	   (True, "webhook told (attempt 2): ready, delivery %s: answered with status 204" % number), life)
	answers.extend([503] * 200)
	house.s3.put_object(Bucket="photos", Key="unheard.jpg", Body=photo(64, 48))
	wait_until(lambda: "webhook   ready, delivery" in house.explain("unheard.jpg"), "the line that waits")
	wait_until(lambda: ": dead letter, attempts" in house.explain("unheard.jpg"), "the line that is dead")
	line = [l for l in house.explain("unheard.jpg").splitlines() if l.startswith("webhook ")][0]
	answers.clear()
	command = line.split("`")[1].split()
	eq(house.cli(*command[1:]), "1 will be told again\n")
	told("unheard.jpg", "ready")
	wait_until(lambda: "webhook told" in house.explain("unheard.jpg"), "the delivery")
	eq("webhook   " in house.explain("unheard.jpg"), False)


@test
def what_is_not_answered_well_is_told_again_with_the_same_id():
	answers.extend([500, 302, 404])
	house.s3.put_object(Bucket="photos", Key="again.jpg", Body=photo(64, 48))
	told("again.jpg", "ready")
	mine = [(h["X-Minilab-Delivery"], s) for _, h, b, s in heard if json.loads(b).get("key") == "again.jpg"]
	eq([s for _, s in mine], [500, 302, 404, 204])
	eq(len({i for i, _ in mine}), 1)
	eq([p for p, *_ in heard if p == "/elsewhere"], [])
	eq(house.cli("webhook", "show", "photos").splitlines()[-1], "waiting 0, dead 0")


@test
def what_was_under_way_survives_a_kill():
	gate.clear()
	for i in range(6):
		house.s3.put_object(Bucket="photos", Key="kill/%d.jpg" % i, Body=photo(64, 48, seed=i))
	wait_until(lambda: all(house.row("kill/%d.jpg" % i) for i in range(6)), "the rows")
	house.kill()
	gate.set()
	house.start()
	for i in range(6):
		told("kill/%d.jpg" % i, "ready")
	house.audit()


@test
def what_cannot_be_told_is_a_dead_letter_and_is_told_on_request():
	answers.extend([503] * 200)
	house.s3.put_object(Bucket="photos", Key="dead.jpg", Body=photo(64, 48))
	wait_until(lambda: "dead.jpg" in house.cli("webhook", "dead", "photos"), "a dead line")
	line = [l for l in house.cli("webhook", "dead").splitlines() if "dead.jpg" in l][0]
	eq("Status503" in line, True)
	answers.clear()
	eq(house.cli("webhook", "redrive", "photos"), "1 will be told again\n")
	told("dead.jpg", "ready")
	wait_until(lambda: house.cli("webhook", "dead") == "", "no dead lines")
	eq(house.cli("webhook", "redrive", "--id", "999", check=False).returncode != 0, True)


@test
def a_receiver_that_hangs_does_not_hold_up_another_bucket():
	house.s3.create_bucket(Bucket="others")
	house.cli("webhook", "set", "others", URL.replace("hook", "others"))
	gate.clear()
	house.s3.put_object(Bucket="photos", Key="slow.jpg", Body=photo(64, 48))
	said = house.cli("webhook", "test", "others")
	eq(said.startswith("ping "), True)
	gate.set()
	wait_until(lambda: [1 for p, _, b, _ in heard if p.startswith("/others") and json.loads(b)["type"] == "ping"], "the ping")
	told("slow.jpg", "ready")


@test
def a_client_that_leaves_has_changed_what_it_asked_for():
	wire = Wire(house)

	def leave(method, target):
		headers = {}
		wire.sign(method, target, headers, hashlib.sha256().hexdigest(), now())
		c = socket.create_connection(("127.0.0.1", house.port))
		c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		c.sendall(("%s %s HTTP/1.1\r\n%s\r\n\r\n" % (method, target, "\r\n".join("%s: %s" % h for h in headers.items()))).encode())
		c.close()

	for i in range(8):
		bucket, path = "left%d" % i, "/left%d" % i
		house.s3.create_bucket(Bucket=bucket)
		leave("PUT", "/_/webhooks?bucket=%s&url=%s" % (bucket, urllib.parse.quote(URL.replace("/hook", path), safe="")))
		wait_until(lambda: wire.ask("GET", "/_/webhooks?bucket=" + bucket).status == 200, "the webhook of " + bucket)
		leave("POST", "/_/webhooks/test?bucket=" + bucket)
		wait_until(lambda: [1 for p, *_ in heard if p.startswith(path + "?")], "the ping of " + bucket)


@test
def what_was_answered_well_is_not_told_again():
	wire = Wire(house)
	before = len(heard)
	ids = [str(json.loads(wire.ask("POST", "/_/webhooks/test?bucket=left%d" % (i % 8)).body)["id"]) for i in range(160)]
	wait_until(lambda: set(ids) <= {h["X-Minilab-Delivery"] for _, h, _, _ in heard[before:]}, "all of them")
	wait_until(lambda: json.loads(wire.ask("GET", "/_/webhooks").body)["waiting"] == 0, "nothing that waits")
	eq(sorted(h["X-Minilab-Delivery"] for _, h, _, _ in heard[before:]), sorted(ids))


@test
def lines_over_the_limit_of_a_bucket_are_dead_letters_that_wait_for_room():
	wire = Wire(house)
	count = json.loads(wire.ask("GET", "/_/webhooks").body)
	eq((count["waiting"], count["waiting_max"]), (0, 1000000))
	restart(webhook_waiting_max=10, webhook_age_s=600)
	wire = Wire(house)
	answers.extend([503] * 1000)
	ids = [json.loads(wire.ask("POST", "/_/webhooks/test?bucket=left1").body)["id"] for _ in range(12)]
	health = json.loads(wire.ask("GET", "/_/health").body)["webhooks"]
	eq((health["waiting"], health["dead"], health["full"], health["waiting_max"]), (10, 2, True, 10), health)
	metrics = wire.ask("GET", "/_/metrics").body.decode()
	eq(("minilab_webhooks_waiting 10\n" in metrics, "minilab_webhooks_dead 2\n" in metrics), (True, True))
	eq(house.cli("webhook", "dead", "left1").count("TooManyWaiting"), 2)
	p = house.cli("webhook", "redrive", "left1", check=False)
	eq((p.returncode != 0, "webhook_waiting_max" in p.stderr), (True, True), p.stderr)
	ids.append(json.loads(wire.ask("POST", "/_/webhooks/test?bucket=left2").body)["id"])
	wire.ask("DELETE", "/_/webhooks?bucket=left2")
	wait_until(lambda: "NoWebhook" in house.cli("webhook", "dead", "left2"), "a dead line of another bucket")
	hook = urllib.parse.quote(URL.replace("/hook", "/left2"), safe="")
	eq(wire.ask("PUT", "/_/webhooks?bucket=left2&url=" + hook).status // 100, 2)
	eq(house.cli("webhook", "redrive", "--all"), "1 will be told again\n")	# a full bucket keeps back no other's
	answers.clear()
	wait_until(lambda: json.loads(wire.ask("GET", "/_/webhooks").body)["waiting"] == 0, "nothing that waits")
	eq(house.cli("webhook", "redrive", "left1"), "2 will be told again\n")
	wait_until(lambda: {str(i) for i in ids} <= {h["X-Minilab-Delivery"] for _, h, _, s in heard if s < 300}, "all of them")


@test
def only_events_that_are_asked_for_are_told():
	set_hook("--events", "failed", "--secret", "0123456789abcdef")
	house.s3.put_object(Bucket="photos", Key="quiet.jpg", Body=photo(64, 48))
	house.row_where("quiet.jpg")
	house.s3.put_object(Bucket="photos", Key="loud.jpg", Body=b"nothing")
	told("loud.jpg", "failed")
	eq([1 for _, _, b, _ in heard if json.loads(b).get("key") == "quiet.jpg"], [])


@test
def urls_that_must_not_be_are_refused():
	for url, word in [("ftp://example.com/", "https"), ("http://10.0.0.1/", "webhook_allow"), ("http://[::1]/", "webhook_allow"), ("nonsense", "URL"),
			  ("http://169.254.169.254/latest", "webhook_allow"), ("http://u:p@example.com/", "user"), ("http://2130706434/", "webhook_allow")]:
		p = house.cli("webhook", "set", "photos", url, check=False)
		eq((p.returncode != 0, word in p.stderr), (True, True), url + ": " + p.stderr)
	p = house.cli("webhook", "set", "nobucket", "https://example.com/", check=False)
	eq((p.returncode, "no such bucket" in p.stderr), (1, True), p.stderr)
	p = house.cli("webhook", "set", "photos", URL, "--secret", "short", check=False)
	eq("16 to 256" in p.stderr, True, p.stderr)
	eq(house.cli("webhook", "set", "photos", check=False).returncode, 2)


@test
def a_name_that_means_this_machine_is_not_connected_to():
	strict = House(webhook_base_ms=50, webhook_age_s=1)
	strict.cli("webhook", "set", "photos", "http://localhost:%d/name" % receiver.server_port)
	strict.cli("webhook", "test", "photos")
	wait_until(lambda: "AddressNotAllowed" in strict.cli("webhook", "dead", "photos"), "a dead line")
	strict.stop()
	eq([p for p, *_ in heard if p == "/name"], [])


@test
def a_removed_webhook_is_told_nothing():
	eq(house.cli("webhook", "remove", "photos"), "removed\n")
	eq(house.cli("webhook", "show", "photos", check=False).returncode, 1)
	count = len(heard)
	house.s3.put_object(Bucket="photos", Key="after.jpg", Body=photo(64, 48))
	house.row_where("after.jpg")
	eq([1 for _, _, b, _ in heard[count:] if json.loads(b).get("key") == "after.jpg"], [])
	house.audit()


run(house)
