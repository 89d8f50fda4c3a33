"""The console: who is let in, what is refused to pages from elsewhere, what it is made of; and a person's way through it in a browser."""
import hashlib
import json
import re
import urllib.error
import urllib.request

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from browser import Browser
from functions import invoke, later, node, python, zipped
from lib import House, eq, run, test, wait_until

house = House()
KEYS = {"access_key": house.env["AWS_ACCESS_KEY_ID"], "secret_key": house.env["AWS_SECRET_ACCESS_KEY"]}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
	  "base-uri 'none'; frame-ancestors 'none'")
NOISY = "def handler(event, context):\n\tprint('said', event)\n\tif event.get('bad'):\n\t\traise ValueError('bad event')\n\treturn {'twice': event.get('n', 0) * 2}\n"


class Said:
	def __init__(self, answer, body):
		self.status, self.headers, self.body = answer.status if hasattr(answer, "status") else answer.code, answer.headers, body

	@property
	def json(self):
		return json.loads(self.body)


def ask(method, path, value=None, cookie=None, body=None, **headers):
	"""As a browser on the console's own page does, unless headers say otherwise; None leaves one out."""
	data = body if body is not None else json.dumps(value).encode() if value is not None else None
	named = {"X-Minilab": "1", "Sec-Fetch-Site": "same-origin", "Cookie": cookie, **{k.replace("_", "-"): v for k, v in headers.items()}}
	request = urllib.request.Request(house.url + path, data, {k: v for k, v in named.items() if v is not None}, method=method)
	try:
		with urllib.request.urlopen(request) as answer:
			return Said(answer, answer.read())
	except urllib.error.HTTPError as e:
		return Said(e, e.read())


def signed_in():
	return ask("POST", "/_/session", KEYS).headers["Set-Cookie"].split(";")[0]


def refused(said, status, code):
	eq((said.status, said.json["error"]), (status, code))


# Signing in

@test
def who_shows_both_keys_is_signed_in():
	said = ask("POST", "/_/session", KEYS)
	eq((said.status, said.json["signed_in"], said.json["access_key"]), (200, True, KEYS["access_key"]))
	cookie = said.headers["Set-Cookie"]
	assert re.fullmatch(r"minilab_session_%d=[0-9a-f]{64}; Path=/_/; HttpOnly; SameSite=Strict" % house.port, cookie), cookie
	assert KEYS["secret_key"].encode() not in said.body
	eq(ask("GET", "/_/session", cookie=cookie.split(";")[0]).json["signed_in"], True)
	eq(ask("GET", "/_/functions", cookie="other=1; " + cookie.split(";")[0] + "; last=2").status, 200)


@test
def nobody_else_is():
	eq(ask("GET", "/_/session").json, {"signed_in": False})
	for cookie in (None, "minilab_session_%d=" % house.port, "minilab_session_%d=%s" % (house.port, "0" * 64), "minilab_session_1=x"):
		for path in ("/_/functions", "/_/function?name=thumbnail", "/_/tail?function=thumbnail", "/_/dead", "/_/dead/event?id=1", "/_/logs?function=thumbnail"):
			refused(ask("GET", path, cookie=cookie), 401, "SignedOut")
		refused(ask("POST", "/_/invoke/thumbnail", {}, cookie=cookie), 401, "SignedOut")
	refused(ask("GET", "/_/functions", X_Minilab=None), 403, "AccessDenied")


@test
def signing_out_ends_it():
	cookie = signed_in()
	said = ask("DELETE", "/_/session", cookie=cookie)
	eq((said.json["signed_in"], "Max-Age=0" in said.headers["Set-Cookie"]), (False, True))
	refused(ask("GET", "/_/functions", cookie=cookie), 401, "SignedOut")


@test
def bodies_that_are_no_keys_are_refused():
	refused(ask("POST", "/_/session", body=b"{"), 400, "InvalidRequest")
	refused(ask("POST", "/_/session", ["access_key"]), 403, "WrongKeys")
	refused(ask("POST", "/_/session", {"access_key": KEYS["access_key"], "secret_key": 7}), 403, "WrongKeys")
	refused(ask("POST", "/_/session", body=b" " * 5000), 413, "TooLarge")


# Requests from elsewhere

@test
def a_change_comes_from_the_consoles_own_pages():
	cookie, origin = signed_in(), house.url.rstrip("/")
	elsewhere = [{"X_Minilab": None}, {"X_Minilab": "0"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
		     {"Sec_Fetch_Site": "cross-site", "Origin": origin}, {"Sec_Fetch_Site": None}, {"Sec_Fetch_Site": None, "Origin": "null"},
		     {"Sec_Fetch_Site": None, "Origin": "http://127.0.0.1:1"}, {"Sec_Fetch_Site": None, "Origin": origin + ".example.com"}]
	for headers in elsewhere:
		refused(ask("POST", "/_/dead/redrive", {"all": True}, cookie=cookie, **headers), 403, "CrossSite")
		refused(ask("POST", "/_/invoke/thumbnail", {}, cookie=cookie, **headers), 403, "CrossSite")
		refused(ask("POST", "/_/retry?failed=all", body=b"", cookie=cookie, **headers), 403, "CrossSite")
		refused(ask("DELETE", "/_/session", cookie=cookie, **headers), 403, "CrossSite")
		refused(ask("POST", "/_/session", KEYS, **headers), 403, "CrossSite")
	for headers in ({}, {"Sec_Fetch_Site": None, "Origin": origin}, {"Sec_Fetch_Site": None, "Origin": origin.replace("http:", "https:")}):
		eq(ask("POST", "/_/dead/redrive", {"all": True}, cookie=cookie, **headers).status, 200)


@test
def an_uploaded_page_has_an_origin_of_its_own():
	house.s3.create_bucket(Bucket="pages")
	house.s3.put_object(Bucket="pages", Key="a.html", Body=b"<script>1</script>", ContentType="text/html")
	path = house.s3.generate_presigned_url("get_object", {"Bucket": "pages", "Key": "a.html"})[len(house.url.rstrip("/")):]
	said = ask("GET", path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
	sandbox = said.headers["Content-Security-Policy"].split()
	eq((said.body, sandbox[0], "allow-same-origin" in sandbox), (b"<script>1</script>", "sandbox", False))
	again = ask("GET", path, Accept="image/*", **{"If-None-Match": said.headers["ETag"]})
	eq((again.status, again.headers["Content-Security-Policy"]), (304, said.headers["Content-Security-Policy"]))


# What it is made of

@test
def its_files_say_what_a_browser_may_do_with_them():
	page = ask("GET", "/_/", X_Minilab=None)
	names = re.findall(r'(?:src|href)="(ui/[^"]+)"', page.body.decode())
	assert {"ui/main.mjs", "ui/console.css", "ui/icon.svg"} <= set(names), names
	seen = set()
	while names:
		name = names.pop()
		if name in seen:
			continue
		seen.add(name)
		said = ask("GET", "/_/" + name, X_Minilab=None)
		eq((said.status, said.headers["Content-Security-Policy"], said.headers["X-Content-Type-Options"]), (200, POLICY, "nosniff"), name)
		eq(said.headers["ETag"], '"%s"' % hashlib.sha256(said.body).hexdigest()[:32], name)
		names += ["ui/" + n for n in re.findall(r'from "\./([^"]+)"', said.body.decode())]
	assert len(seen) > 10, seen
	eq((page.headers["Content-Security-Policy"], page.headers["Content-Type"]), (POLICY, "text/html; charset=utf-8"))
	for inline in (b"<style", b"style=", b"onclick=", b"<script>"):
		assert inline not in page.body, inline


@test
def a_file_that_is_known_already_is_not_sent_again():
	tag = ask("GET", "/_/ui/console.css").headers["ETag"]
	for known in (tag, '"x", W/' + tag, "*"):
		said = ask("GET", "/_/ui/console.css", If_None_Match=known)
		eq((said.status, said.body, said.headers["ETag"], said.headers["Content-Security-Policy"]), (304, b"", tag, POLICY))
	eq(ask("GET", "/_/ui/console.css", If_None_Match='"x"').status, 200)
	eq(ask("HEAD", "/_/ui/console.css").body, b"")


@test
def there_are_no_other_files():
	for path in ("/_/ui/", "/_/ui/../ui.c", "/_/ui/nothing", "/_/ui/index.html", "/_/ui/%2e%2e/x"):
		refused(ask("GET", path), 404, "NotFound")
	refused(ask("POST", "/_/", {}), 405, "MethodNotAllowed")


# What it asks for

@test
def a_function_is_told_without_the_values_of_its_variables():
	python(house, "noisy", NOISY, Environment={"Variables": {"TOKEN": "geheim"}}, Description="says what it gets")
	house.functions.publish_version(FunctionName="noisy", Description="one")
	house.functions.create_alias(FunctionName="noisy", Name="live", FunctionVersion="1")
	said = ask("GET", "/_/function?name=noisy", cookie=signed_in())
	told = said.json
	eq((told["variables"], told["configuration"]["Runtime"], told["configuration"]["Description"]), (["TOKEN"], "python3.12", "says what it gets"))
	eq([(v["version"], v["description"]) for v in told["versions"]], [(1, "one")])
	eq([(a["name"], a["body"]["FunctionVersion"]) for a in told["aliases"]], [("live", "1")])
	assert b"geheim" not in said.body
	refused(ask("GET", "/_/function?name=nothing", cookie=signed_in()), 404, "NotFound")


@test
def an_invocation_by_hand_tells_all_about_it():
	cookie = signed_in()
	said = ask("POST", "/_/invoke/noisy?qualifier=live", {"n": 21}, cookie=cookie).json
	eq((json.loads(said["answer"]), said["function_error"], said["executed_version"]), ({"twice": 42}, False, "1"))
	assert "said {'n': 21}" in said["log_tail"] and "REPORT RequestId: " + said["request"] in said["log_tail"], said
	said = ask("POST", "/_/invoke/noisy", {"bad": 1}, cookie=cookie).json
	eq((json.loads(said["answer"])["errorType"], said["function_error"]), ("ValueError", True))
	eq(json.loads(ask("POST", "/_/invoke/noisy", body=b"", cookie=cookie).json["answer"]), {"twice": 0})
	refused(ask("POST", "/_/invoke/noisy", body=b"{", cookie=cookie), 400, "InvalidEvent")
	refused(ask("POST", "/_/invoke/noisy", body=b" " * 300000, cookie=cookie), 413, "TooLarge")
	refused(ask("POST", "/_/invoke/nothing", {}, cookie=cookie), 404, "NotFound")
	refused(ask("POST", "/_/invoke/noisy?qualifier=7", {}, cookie=cookie), 404, "NotFound")
	refused(ask("POST", "/_/invoke/", {}, cookie=cookie), 400, "InvalidRequest")


@test
def a_client_that_leaves_does_not_end_an_invocation():
	python(house, "slow", "import time\ndef handler(event, context):\n\ttime.sleep(event['s'])\n\tprint('it is over')\n")
	body = json.dumps({"s": 1}).encode()
	request = urllib.request.Request(house.url + "/_/invoke/slow", body, {"X-Minilab": "1", "Sec-Fetch-Site": "same-origin", "Cookie": signed_in()})
	try:
		urllib.request.urlopen(request, timeout=0.2)
		raise AssertionError("it was quicker than it can be")
	except (TimeoutError, urllib.error.URLError):
		pass
	wait_until(lambda: "it is over" in ask("GET", "/_/tail?function=slow", cookie=signed_in()).body.decode(), "the line after the client left")


def tail(after=""):
	return ask("GET", "/_/tail?function=noisy&after=" + after, cookie=signed_in()).json


@test
def the_end_of_a_log_is_followed_from_a_place():
	wait_until(lambda: any("REPORT" in l["line"] for l in tail()["lines"]), "lines in the log")
	wait_until(lambda: len(tail(tail()["place"])["lines"]) == 0, "the log to rest")
	place = tail()["place"]
	eq(tail(place), {"lines": [], "place": place})
	ask("POST", "/_/invoke/noisy", {"n": "once more"}, cookie=signed_in())
	wait_until(lambda: any("REPORT" in l["line"] for l in tail(place)["lines"]), "lines after the place")
	fresh = tail(place)
	eq(sum("once more" in l["line"] for l in fresh["lines"]), 1)
	assert "START" in fresh["lines"][0]["line"], fresh["lines"][0]
	eq(tail(fresh["place"])["lines"], [])
	refused(ask("GET", "/_/tail?function=noisy&after=x", cookie=signed_in()), 400, "InvalidRequest")
	refused(ask("GET", "/_/tail?function=nothing", cookie=signed_in()), 404, "NotFound")


def dead(after=0):
	return ask("GET", "/_/dead?after=%d" % after, cookie=signed_in()).json


def redrive(**value):
	return ask("POST", "/_/dead/redrive", value, cookie=signed_in())


def kill(name, n):
	"""`n` events that the function fails on."""
	wanted = dead()["all"] + n
	house.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
	for i in range(n):
		later(house, name, {"bad": 1, "i": i})
	wait_until(lambda: dead()["all"] == wanted, "%d dead letters" % wanted)


def left():
	return [d["id"] for d in dead()["dead_letters"]]


@test
def dead_letters_are_told():
	python(house, "fragile", NOISY)
	kill("fragile", 4)
	letters = dead()["dead_letters"]
	eq([(d["function"], d["attempts"], d["qualifier"]) for d in letters], [("fragile", 1, "")] * 4)
	assert letters[0]["code"] == "ValueError" and "bad event" in letters[0]["message"], letters[0]
	eq(dead(letters[1]["id"])["dead_letters"], letters[2:])
	event = ask("GET", "/_/dead/event?id=%d" % letters[0]["id"], cookie=signed_in()).json
	eq((json.loads(event["event"])["bad"], event["cut"]), (1, False))
	refused(ask("GET", "/_/dead/event?id=%d" % (letters[3]["id"] + 1), cookie=signed_in()), 404, "NotFound")


@test
def one_some_or_all_of_them_run_again():
	ids = left()
	house.functions.update_function_code(FunctionName="fragile", ZipFile=zipped({"m.py": "def handler(event, context):\n\treturn 'better now'\n"}))
	house.functions.get_waiter("function_updated_v2").wait(FunctionName="fragile")
	eq(redrive(ids=ids[:1]).json, {"retried": 1})
	eq(redrive(ids=[ids[0], ids[1], 123456789]).json, {"retried": 1})
	eq(left(), ids[2:])
	eq(redrive(all=True).json, {"retried": 2})
	eq(dead(), {"dead_letters": [], "all": 0, "next": 0})
	wait_until(lambda: house.health()["queue"] == {"ready": 0, "leased": 0, "dead": 0, "oldest_waiting_s": 0}, "the queue to be empty")
	for value in ({}, {"ids": []}, {"ids": ["1"]}, {"ids": [0]}, {"ids": [1.5]}, {"ids": [1] * 1001}, {"all": False}, []):
		refused(ask("POST", "/_/dead/redrive", value, cookie=signed_in()), 400, "InvalidRequest")


def sign(method, path, body, sent=None):
	request = AWSRequest(method, house.url + path, data=body, headers={"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()})
	S3SigV4Auth(Credentials(KEYS["access_key"], KEYS["secret_key"]), "s3", house.env["AWS_DEFAULT_REGION"]).add_auth(request)
	return ask(method, path, body=body if sent is None else sent, X_Minilab=None, Sec_Fetch_Site=None, **dict(request.headers))


@test
def a_signed_request_needs_no_cookie_and_its_body_is_the_one_that_was_signed():
	eq(json.loads(sign("POST", "/_/invoke/noisy", b'{"n": 4}').json["answer"]), {"twice": 8})
	refused(sign("POST", "/_/invoke/noisy", b'{"n": 4}', sent=b'{"n": 5}'), 400, "XAmzContentSHA256Mismatch")


@test
def functions_do_not_sign_in():
	node(house, "burglar", """export const handler = async () => {
		const answer = await fetch(process.env.AWS_ENDPOINT_URL + "/_/session", {method: "POST", body: "{}", headers: {"X-Minilab": "1", "Sec-Fetch-Site": "same-origin"}});
		return [answer.status, (await answer.json()).message];
	};""", Timeout=20)
	eq(invoke(house, "burglar").payload, [403, "Functions do not sign in to the console."])


# In a browser

def sign_in_by_hand(browser):
	browser.open(house.url + "/_/#/functions")
	browser.type("#access-key", KEYS["access_key"])
	browser.type("#secret-key", KEYS["secret_key"])
	browser.click("button", "Sign in")
	browser.see("main h1", "Functions")


def walk(browser):
	sign_in_by_hand(browser)
	browser.see("tbody tr", "thumbnail")
	browser.click("tbody a", "noisy")
	browser.see("main h1", "noisy")
	browser.see(".facts dd", "TOKEN")
	browser.type("#event", '{"n": ')
	browser.click("button", "Invoke")
	browser.see("#event-problem", "not JSON")
	browser.type("#event", '{"n": 4711}')
	browser.click("button", "Invoke")
	browser.see(".verdict", "Succeeded")
	browser.see(".outcome pre", '"twice": 9422')
	browser.see(".outcome pre", "said {'n': 4711}")
	browser.see(".lines .line", "said {'n': 4711}")
	browser.see(".chip", "frozen")
	browser.click("nav a", "Dead letters")
	browser.see("td strong", "ValueError")
	browser.click("button", "Event")
	browser.see(".more pre", '"bad": 1')
	browser.click("tbody button", "Redrive")
	browser.see(".said", "1 event of 1 run again")
	browser.see("nav .badge", "4")		# it failed again
	browser.see("button", "Redrive all 4")
	browser.click(".toolbar input")
	browser.see(".toolbar label", "4 chosen")
	browser.click("button", "Redrive all")
	browser.click("dialog button", "Redrive all")
	browser.see(".said", "4 events of 4 run again")
	browser.click("nav a", "Health")
	browser.see("h2", "Zygotes and environments")
	browser.see("main", "minilab-runner-general")
	browser.click("button", "Sign out")
	browser.see("label", "Secret key")


@test
def a_person_signs_in_invokes_redrives_and_leaves_without_an_error_in_the_browsers_console():
	kill("noisy", 4)
	browser = Browser.shared()
	walk(browser)
	eq(browser.console, [])
	eq(browser.run("document.cookie"), "")


def heard(stream):
	"""The next `changed` of a stream of events."""
	for line in stream:
		if line == b"event: changed\n":
			return json.loads(next(stream).decode().removeprefix("data: "))
	raise AssertionError("the stream ended")


@test
def who_listens_is_told_which_parts_of_the_house_changed():
	refused(ask("GET", "/_/events?changes=1", X_Minilab=None), 401, "NoCredentials")
	request = urllib.request.Request(house.url + "/_/events?changes=1", headers={"Cookie": signed_in(), "Sec-Fetch-Site": "same-origin"})
	with urllib.request.urlopen(request, timeout=60) as stream:
		first = heard(stream)
		eq(sorted(first["parts"]), ["clock", "folders", "functions", "logs", "queue", "store", "webhooks"])
		eq(first["queue"], {"ready": 0, "leased": 0, "dead": 4})
		ask("POST", "/_/invoke/noisy", {"n": 1}, cookie=signed_in())
		parts = set()
		while not {"functions", "logs", "store"} <= parts:
			parts |= set(heard(stream)["parts"])
		assert "webhooks" not in parts and "folders" not in parts, parts
		later(house, "noisy", {"bad": 1})
		while heard(stream)["queue"]["dead"] != 5:
			pass


SHOWN = "[...document.querySelectorAll('tbody tr')].map(e => Number(e.dataset.key))"
NO_POLLS = """(() => { const later = window.setTimeout; window.setTimeout = (f, ms, ...more) => ms >= 2000 ? 0 : later(f, ms, ...more) })()"""


@test
def pages_are_told_what_changes_and_ask_by_themselves_when_the_stream_is_cut():
	browser = Browser.shared()
	sign_in_by_hand(browser)
	browser.see(".updated", "Live")
	browser.run(NO_POLLS)
	browser.click("tbody a", "noisy")
	browser.see(".lines .line")
	ask("POST", "/_/invoke/noisy", {"n": "told of"}, cookie=signed_in())
	browser.see(".lines .line", "said {'n': 'told of'}")
	browser.click("nav a", "Dead letters")
	browser.see("button", "Redrive all 5")
	redrive(ids=left()[:1])
	wait_until(lambda: dead()["all"] == 5, "the letter to be dead again")
	wait_until(lambda: browser.run(SHOWN) == left(), "the letters of now")
	browser.ask("Network.setBlockedURLs", urls=["*/_/events*"])
	browser.ask("Page.reload")
	browser.see(".updated", "Not live, asking every 5 s")
	redrive(ids=left()[:1])
	wait_until(lambda: dead()["all"] == 5, "the letter to be dead again")
	wait_until(lambda: browser.run(SHOWN) == left(), "the letters of now")
	browser.ask("Network.setBlockedURLs", urls=[])
	browser.see(".updated", "Live")


SLOW_TAIL = """(() => { const ask = window.fetch; window.fetch = async (url, how) => {
	const answer = await ask(url, how);
	if (String(url).includes("/_/tail"))
		await new Promise(done => setTimeout(done, 300));
	return answer;
} })()"""


@test
def a_line_of_a_log_is_shown_once_whoever_asked_for_it():
	browser = Browser.shared()
	sign_in_by_hand(browser)
	browser.run(SLOW_TAIL)		# answers cross: each invocation asks for the end of the log at once
	browser.click("tbody a", "noisy")
	for n in range(5001, 5005):
		browser.type("#event", json.dumps({"n": n}))
		browser.click("button", "Invoke")
		browser.see(".outcome pre", str(n))
	for n in range(5001, 5005):
		browser.see(".lines .line", "said {'n': %d}" % n)
	wait_until(lambda: len(tail(tail()["place"])["lines"]) == 0, "the log to rest")
	browser.click("button", "Invoke")
	wait_until(lambda: browser.run("[...document.querySelectorAll('.lines .line')].filter(e => e.textContent.includes('5004')).length") > 1, "the last line")
	shown = browser.run("document.querySelector('.lines').textContent")
	eq([shown.count("said {'n': %d}" % n) for n in range(5001, 5005)], [1, 1, 1, 2])


@test
def everything_is_reached_by_the_keyboard_alone():
	browser = Browser.shared(dark=True)

	def press(until, most=60):
		"""Tab until what has the focus says so."""
		for _ in range(most):
			browser.key("Tab", 9)
			if until in browser.run("document.activeElement.textContent + document.activeElement.id"):
				return
		raise AssertionError("the focus never came to %r" % until)
	browser.open(house.url + "/_/#/functions")
	browser.see("button", "Sign in")
	eq(wait_until(lambda: browser.run("document.activeElement.id"), "a field with the focus"), "access-key")
	browser.ask("Input.insertText", text=KEYS["access_key"])
	browser.key("Tab", 9)
	browser.ask("Input.insertText", text=KEYS["secret_key"])
	browser.key("Enter", 13, text="\r")
	browser.see("tbody a", "noisy")
	press("noisy")
	browser.key("Enter", 13, text="\r")
	browser.see("main h1", "noisy")
	browser.see("#event")
	press("event")
	browser.run("document.activeElement.select()")
	browser.ask("Input.insertText", text='{"n": 100}')
	browser.key("Enter", 13, text="\r", modifiers=2)
	browser.see(".outcome pre", '"twice": 200')
	eq(browser.run("getComputedStyle(document.activeElement).outlineStyle"), "solid")


@test
def tab_leads_through_every_page_in_its_order_and_is_always_seen():
	browser = Browser.shared()
	sign_in_by_hand(browser)
	for page, seen in (("buckets", "photos"), ("b/photos", "No photo is here"), ("pipeline", "Upload to ready"), ("functions", "noisy"), ("functions/noisy", "Configuration"),
			   ("dead-letters", "ValueError"), ("doors", "Upload tokens"), ("settings", "retry-base-ms"), ("health", "Queue")):
		browser.open("%s/_/#/%s" % (house.url.rstrip("/"), page))
		browser.see("main", seen)
		wanted, found = browser.stops()
		eq([p for p, _, _ in found if p is not None], list(range(wanted)), page)
		eq([what for _, seen, what in found if not seen], [], page)


@test
def escape_takes_back_a_question():
	browser = Browser.shared()
	sign_in_by_hand(browser)
	browser.open(house.url + "/_/#/dead-letters")
	browser.find("button", "Redrive all", "(e.focus(), true)")
	before = left()
	browser.key("Enter", 13, text="\r")
	browser.see("dialog p", "dead letters again?")
	browser.key("Escape", 27)
	browser.gone("dialog p")
	eq(browser.run("document.activeElement.textContent.slice(0, 11)"), "Redrive all")
	eq(left(), before)


@test
def on_a_phone_nothing_is_wider_than_the_screen():
	browser = Browser.shared(width=390, height=844)
	sign_in_by_hand(browser)
	for page, seen in (("functions", "thumbnail"), ("functions/noisy", "Configuration"), ("dead-letters", "ValueError"), ("health", "Queue")):
		browser.open("%s/_/#/%s" % (house.url.rstrip("/"), page))
		browser.see("main", seen)
		eq(browser.run("document.documentElement.scrollWidth"), 390, page)


# Last: nobody can sign in for a minute

@test
def guessing_is_ended_soon():
	for _ in range(10):
		said = ask("POST", "/_/session", {"access_key": KEYS["access_key"], "secret_key": "guess"})
		if said.status != 403:
			break
		eq(said.json["error"], "WrongKeys")
		eq(said.headers["Set-Cookie"], None)
	said = ask("POST", "/_/session", KEYS)
	refused(said, 429, "TooManyTries")
	assert 0 < int(said.headers["Retry-After"]) <= 60, said.headers["Retry-After"]
	assert "Try again in " in said.json["message"]


run(house)
