"""functions - what it costs to run a function of one's own: cold start of each runtime beside the bare start of what it runs in, warm
invocations through the Lambda API on one connection, throughput on sixteen beside what /_/health does, 200 that sleep at the same time, and a
backlog of asynchronous ones. Wanted: cold start native under 1.5 ms, C bootstrap under 5, Python under 40, Node.js under 60, these two at most 1.3 times
the bare start; warm native and custom under 150 us at the median; 200 that sleep end together; memory flat over the backlog."""
import base64
import json
import shutil
import threading
import zipfile
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench import *

REQUESTS, COLD, BACKLOG = int(os.environ.get("REQUESTS") or 20000), int(os.environ.get("COUNT") or 30), int(os.environ.get("BACKLOG") or 10000)
ROLE = "arn:aws:iam::000000000000:role/bench"
house = House(function_idle_ms=3600000)
aws = house.client("lambda")


def zipped(**files):
	out = io.BytesIO()
	with zipfile.ZipFile(out, "w") as z:
		for name, (data, mode) in files.items():
			entry = zipfile.ZipInfo(name.replace("__", "."))
			entry.external_attr = (0o100000 | mode) << 16
			z.writestr(entry, data)
	return out.getvalue()


def compiled(source, *flags):
	at = os.path.join(house.home, "compiled")
	subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-I" + TOP, "-o", at, source, *flags], check=True)
	with open(at, "rb") as f:
		return f.read()


def make(name, runtime, handler, code, **more):
	aws.create_function(FunctionName=name, Runtime=runtime, Handler=handler, Role=ROLE, Code={"ZipFile": code}, MemorySize=512, Timeout=60, **more)
	aws.get_waiter("function_active_v2").wait(FunctionName=name)


def again(name, turn):
	"""A change of configuration: the next invocation makes a new environment."""
	aws.update_function_configuration(FunctionName=name, Environment={"Variables": {"TURN": str(turn)}})


def request_file(method, path, body=b"", service="lambda", headers=None):
	"""The whole request as bytes, signed."""
	r = AWSRequest(method, house.url + path, data=body, headers=dict(headers or {}, **{"Content-Type": "application/json"}))
	SigV4Auth(Credentials(house.env["AWS_ACCESS_KEY_ID"], house.env["AWS_SECRET_ACCESS_KEY"]), service, "us-east-1").add_auth(r)
	head = "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n" % (method, path, house.port, len(body))
	head += "".join("%s: %s\r\n" % (k, v) for k, v in r.headers.items() if k.lower() not in ("host", "content-length")) + "\r\n"
	at = os.path.join(house.home, "request")
	with open(at, "wb") as f:
		f.write(head.encode() + body)
	return at


def invoke_file(name, kind="RequestResponse", size=1024):
	body = json.dumps({"text": "x" * (size - 12)}).encode()
	return request_file("POST", "/2015-03-31/functions/%s/invocations" % name, body, headers={"X-Amz-Invocation-Type": kind})


def wall_ms(command, count=COLD, stdin=None):
	took = []
	for _ in range(count):
		began = time.monotonic()
		subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
		took.append((time.monotonic() - began) * 1000)
	return statistics.median(took)


def cold_ms(name, pause_s, count=COLD):
	"""Medians of first invocations, a new environment each time: from its creation to the answer, as REPORT has it; and what the client
	waited. After a pause a cage is there that was made ahead."""
	inside, outside = [], []
	for turn in range(count):
		again(name, turn)
		time.sleep(pause_s)
		began = time.monotonic()
		said_ = aws.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
		outside.append((time.monotonic() - began) * 1000)
		log = base64.b64decode(said_["LogResult"]).decode()
		inside.append(sum(float(re.search(r"\t%s: ([\d.]+) ms" % what, log).group(1)) for what in ("Duration", "Init Duration")))
	return statistics.median(inside), min(inside), statistics.median(outside)


def cold(name, bare, limit, ratio=None):
	at_once = cold_ms(name, 0)[0]
	median, least, client = cold_ms(name, 0.1)
	beside = wall_ms(bare) if bare else 0
	report("cold", function=name, median_ms=median, min_ms=least, in_a_row_ms=at_once, boto3_waited_ms=client, **({"bare_ms": beside, "ratio": median / beside} if bare else {}))
	good = median < limit and (not ratio or median / beside <= ratio)
	verdict(good, "%s cold in %.2f ms%s (wanted: under %g ms%s)" % (name, median, ", %.2f times the bare start" % (median / beside) if ratio else "",
		limit, ", at most %.1f times" % ratio if ratio else ""))


def warm(name):
	said_ = call("http_load", house.port, 1, REQUESTS, invoke_file(name))
	many = call("http_load", house.port, 16, REQUESTS, invoke_file(name))
	report("warm", function=name, median_us=said_["median_us"], p99_us=said_["p99_us"], rate=said_["rate"], rate16=many["rate"], errors=many["errors"] + said_["errors"])
	return said_["median_us"], many["rate"]


def sleepers(name, count=200):
	began, ends = time.monotonic(), []
	payload = json.dumps({"sleep_ms": 1000})

	def one():
		aws_ = house.client("lambda", max_pool_connections=1)
		aws_.invoke(FunctionName=name, Payload=payload)
		ends.append(time.monotonic() - began)
	threads = [threading.Thread(target=one) for _ in range(count)]
	for t in threads:
		t.start()
	for t in threads:
		t.join()
	report("sleepers", count=len(ends), first_s=min(ends), last_s=max(ends))


def waiting():
	queue = house.health()["queue"]
	return queue["ready"] + queue["leased"]


def backlog(name, count=BACKLOG):
	before = house.rss_kb()
	at = invoke_file(name, "Event", 256)
	accepted = call("http_load", house.port, 16, count, at)
	began = time.monotonic()
	wait_until(lambda: waiting() == 0, "the end of the backlog", 600)
	took = accepted["seconds"] + time.monotonic() - began
	report("backlog", count=count, accepted_per_s=accepted["rate"], drained_per_s=count / took, grew_mb=(house.rss_kb() - before) / 1024, errors=accepted["errors"])


HERE = os.path.dirname(os.path.abspath(__file__))
make("native", "minilab.native", "f.handler", zipped(f__so=(compiled(os.path.join(HERE, "lambda_native.c"), "-shared", "-fPIC"), 0o755)))
make("bootstrap", "provided.al2023", "x", zipped(bootstrap=(compiled(os.path.join(HERE, "lambda_bootstrap.c")), 0o755)))
make("python", "python3.12", "m.handler", zipped(m__py=(b"def handler(event, context):\n    return event\n", 0o644)))
cold("native", None, 1.5)
cold("bootstrap", None, 5)
cold("python", ["/usr/bin/python3", "-c", "pass"], 40, 1.3)
if shutil.which("node"):
	make("node", "nodejs22.x", "m.handler", zipped(m__mjs=(b"export const handler = async (event) => event;\n", 0o644)))
	cold("node", ["node", "-e", "0"], 60, 1.3)
fast = {name: warm(name) for name in ("native", "bootstrap", "python") + (("node",) if shutil.which("node") else ())}
for name in ("native", "bootstrap"):
	verdict(fast[name][0] < 150, "%s warm in %d us at the median (wanted: under 150)" % (name, fast[name][0]))
health = call("http_load", house.port, 16, REQUESTS, request_file("GET", "/_/health"))["rate"]
for name in fast:
	report("share", function=name, of_health=fast[name][1] / health, health_rate=health)
sleepers("bootstrap")
backlog("bootstrap")
house.stop()
