"""browser.py - a headless Chromium, driven by its DevTools protocol over two pipes: what a person would click, and what the page shows.

	browser = Browser(width=390, dark=True)		# Skip when there is none
	browser.open(house.url + "/_/")
	browser.type("#access-key", key)
	browser.click("button", "Sign in")
	browser.see("main h1", "Functions")
	eq(browser.console, [])

Elements are named by a CSS selector and by a text that they contain. Everything waits until it is so, with lib's deadline.
"""
import atexit
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile

from lib import DEADLINE_S, Skip, wait_until

# Debian's command is a script that asks the package manager first, which takes longer than to start the browser.
PROGRAMS = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome")

SHOTS = os.environ.get("MINILAB_SHOTS")		# a directory: pictures of pages are kept there
FOCUSABLE = """(() => { let n = 0; for (const e of document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]'))
	e.stop = e.tabIndex >= 0 && !e.disabled && e.getClientRects().length > 0 ? n++ : undefined;
	const top = document.createElement('span'); top.tabIndex = -1; document.body.prepend(top); top.focus(); top.remove(); return n; })()"""
FOCUSED = """(() => { const e = document.activeElement, s = getComputedStyle(e);
	return [e === document.body ? -1 : e.stop ?? null, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0, e.outerHTML.slice(0, 120)]; })()"""

FIND = """(selector, text) => [...document.querySelectorAll(selector)].find(e => e.textContent.includes(text) && e.getClientRects().length > 0)"""


class Browser:
	one = []

	def __init__(self, width=1280, height=900, dark=False):
		program = next(filter(None, map(shutil.which, PROGRAMS)), None)
		if not program:
			raise Skip("Chromium is not installed")
		self.home = tempfile.mkdtemp(prefix="minilab-browser.")
		self.console, self.buffer, self.number, self.session = [], b"", 0, None
		ours_out, theirs_in = os.pipe()[::-1]
		theirs_out, ours_in = os.pipe()[::-1]
		self.to, self.come = ours_out, ours_in

		def pipes():	# the program reads from 3 and writes to 4
			spare = [os.dup2(theirs_in, 63), os.dup2(theirs_out, 64)]
			os.dup2(spare[0], 3)
			os.dup2(spare[1], 4)
		self.process = subprocess.Popen(
			[program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
			 "--disable-background-networking", "--disable-component-update", "--user-data-dir=" + self.home, "about:blank"],
			close_fds=False, preexec_fn=pipes, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		os.close(theirs_in)
		os.close(theirs_out)
		target = wait_until(self.page, "a page of the browser")
		self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
		for domain in ("Page", "Runtime", "Log", "Network"):
			self.ask(domain + ".enable")
		self.look(width, height, dark)

	@classmethod
	def shared(cls, width=1280, height=900, dark=False):
		"""The one of this program, which ends with it: starting one costs more than most tests. Its page is empty, and nobody is signed in."""
		if not cls.one:
			cls.one.append(cls())
			atexit.register(cls.one[0].close)
		one = cls.one[0]
		one.look(width, height, dark)
		one.open("about:blank")
		one.ask("Network.clearBrowserCookies")
		one.console.clear()
		return one

	def page(self):
		return next((t["targetId"] for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page"), None)

	def look(self, width, height, dark=False):
		self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
		self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
			{"name": "prefers-reduced-motion", "value": "reduce"}])

	def read(self):
		while b"\0" not in self.buffer:
			if not select.select([self.come], [], [], DEADLINE_S)[0]:
				raise AssertionError("the browser says nothing")
			data = os.read(self.come, 1 << 20)
			if not data:
				raise AssertionError("the browser ended")
			self.buffer += data
		line, self.buffer = self.buffer.split(b"\0", 1)
		return json.loads(line)

	def note(self, message):
		"""What a person would see as red in the developer tools."""
		named = message.get("params", {})
		if message["method"] == "Runtime.exceptionThrown":
			self.console.append(json.dumps(named["exceptionDetails"].get("exception", named)))
		elif message["method"] == "Log.entryAdded" and named["entry"]["level"] in ("error", "warning"):
			self.console.append(named["entry"]["text"] + " " + named["entry"].get("url", ""))
		elif message["method"] == "Runtime.consoleAPICalled" and named["type"] in ("error", "warning", "assert"):
			self.console.append(json.dumps(named["args"]))

	def ask(self, method, **params):
		self.number += 1
		said = {"id": self.number, "method": method, "params": params}
		if self.session:
			said["sessionId"] = self.session
		os.write(self.to, json.dumps(said).encode() + b"\0")
		while True:
			answer = self.read()
			if answer.get("id") == self.number:
				if "error" in answer:
					raise AssertionError("%s: %s" % (method, answer["error"]["message"]))
				return answer["result"]
			if "method" in answer:
				self.note(answer)

	def run(self, expression):
		answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
		if "exceptionDetails" in answer:
			raise AssertionError("%s: %s" % (expression, json.dumps(answer["exceptionDetails"])[:400]))
		return answer["result"].get("value")

	def open(self, url):
		self.ask("Page.navigate", url=url)

	def find(self, selector, text, then):
		"""Until there is such an element: what `then`, an expression about e, says of it; "" and null are not yet."""
		code = "(() => { const e = (%s)(%s, %s); return e ? %s : null })()" % (FIND, json.dumps(selector), json.dumps(text), then)
		return wait_until(lambda: self.run(code), "%s with %r on the page, which shows:\n%s" % (selector, text, self.text()))

	def text(self):
		return self.run("document.body ? document.body.innerText : ''")

	def see(self, selector, text=""):
		return self.find(selector, text, "e.textContent || ' '")

	def gone(self, selector, text=""):
		wait_until(lambda: not self.run("!!(%s)(%s, %s)" % (FIND, json.dumps(selector), json.dumps(text))), "%s with %r to be gone" % (selector, text))

	def click(self, selector, text=""):
		self.find(selector, text, "e.disabled ? null : (e.click(), true)")

	def type(self, selector, text):
		self.find(selector, "", "(e.focus(), e.select(), true)")
		self.ask("Input.insertText", text=text)

	def key(self, key, code, **more):
		for kind in ("keyDown" if "text" in more else "rawKeyDown", "keyUp"):
			self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

	def stops(self, most=200):
		"""How many things of the page can have the focus, and where Tab leads from its beginning to its end: [(place among them, is it seen, the
		element)], each once. Places of what scrolls by itself are None."""
		wanted, found = self.run(FOCUSABLE), []
		for _ in range(most):
			self.key("Tab", 9)
			place, seen, what = self.run(FOCUSED)
			if place == -1 or (found and place == 0):
				return wanted, found
			if not found or found[-1][0] != place:	# a date has a stop for each of its parts
				found.append((place, seen, what))
		raise AssertionError("Tab never comes to the end: %r" % found[-3:])

	def shot(self, name):
		if SHOTS:
			os.makedirs(SHOTS, exist_ok=True)
			with open(os.path.join(SHOTS, name + ".png"), "wb") as f:
				f.write(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

	def close(self):
		self.process.kill()
		self.process.wait()
		os.close(self.to)
		os.close(self.come)
		shutil.rmtree(self.home, ignore_errors=True)
