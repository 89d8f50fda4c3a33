"""wire.py - S3 requests that no SDK would send: signed by hand, or not at all, byte by byte.

	w = Wire(house)
	answer = w.ask("PUT", "/photos/a", body=b"x", headers={"x-amz-acl": "public-read"})
	answer.status, answer.headers["etag"], answer.code, answer.text("Message"), answer.body

`chunked` frames a body as aws-chunked in any of its forms; `split` sends it in pieces of that size.
"""
import base64
import binascii
import datetime
import hashlib
import hmac
import http.client
import re
import socket
import struct
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def sha256(data):
	return hashlib.sha256(data).hexdigest()


def mac(key, text):
	return hmac.new(key, text.encode(), hashlib.sha256).digest()


def crc32(data):
	return base64.b64encode(struct.pack(">I", binascii.crc32(data))).decode()


def now(offset_s=0):
	t = datetime.datetime.utcnow() + datetime.timedelta(seconds=offset_s)
	return t.strftime("%Y%m%dT%H%M%SZ")


class Answer:
	def __init__(self, response, body):
		self.status = response.status
		self.headers = {k.lower(): v for k, v in response.getheaders()}
		self.body = body

	def xml(self):
		return ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", self.body))

	def text(self, name):
		found = self.xml().find(".//" + name)
		return None if found is None else (found.text or "")

	@property
	def code(self):
		return self.text("Code") if self.body else None


class Wire:
	def __init__(self, house):
		self.house = house
		self.key = house.env["AWS_ACCESS_KEY_ID"]
		self.secret = house.env["AWS_SECRET_ACCESS_KEY"]
		self.region = house.env["AWS_DEFAULT_REGION"]

	@property
	def host(self):
		return "127.0.0.1:%d" % self.house.port

	def signing_key(self, date, region, service="s3"):
		key = ("AWS4" + self.secret).encode()
		for part in (date, region, service, "aws4_request"):
			key = mac(key, part)
		return key

	def sign(self, method, target, headers, payload, when, region=None, service="s3", signed=None):
		"""Adds what a signed request needs to `headers`. The chain of chunk signatures begins with self.seed."""
		region = region or self.region
		path, _, query = target.partition("?")
		headers.update({"host": self.host, "x-amz-date": when, "x-amz-content-sha256": payload})
		names = signed or sorted(h.lower() for h in headers if h.lower() not in ("expect", "connection", "transfer-encoding"))
		low = {k.lower(): v for k, v in headers.items()}
		pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
		quote = lambda s: urllib.parse.quote(s, safe="-_.~")
		canonical = "\n".join([method, path, "&".join(quote(k) + "=" + quote(v) for k, v in pairs)] +
				      ["%s:%s" % (n, " ".join(str(low[n]).split())) for n in names] +
				      ["", ";".join(names), payload])
		scope = "%s/%s/%s/aws4_request" % (when[:8], region, service)
		text = "\n".join(["AWS4-HMAC-SHA256", when, scope, sha256(canonical.encode("latin-1"))])
		self.chain_key = self.signing_key(when[:8], region, service)
		self.seed = hmac.new(self.chain_key, text.encode(), hashlib.sha256).hexdigest()
		self.when, self.scope = when, scope
		headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
			self.key, scope, ";".join(names), self.seed)

	def send(self, method, target, headers, body=None):
		c = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
		try:
			c.request(method, target, body=body, headers=headers, encode_chunked="transfer-encoding" in headers)
			r = c.getresponse()
			return Answer(r, r.read())
		finally:
			c.close()

	def ask(self, method, target, body=b"", headers=None, payload=None, when=None, **how):
		headers = {k.lower(): v for k, v in (headers or {}).items()}
		self.sign(method, target, headers, payload or sha256(body), when or now(), **how)
		return self.send(method, target, headers, body)

	def link(self, key, prefix, last, data):
		text = "\n".join(["AWS4-HMAC-SHA256-" + prefix, self.when, self.scope, last] +
				 ([EMPTY] if prefix == "PAYLOAD" else []) + [sha256(data)])
		return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

	def frame(self, payload, data, size, trailer=None, spoil=None):
		"""The aws-chunked body; call after sign. `spoil` is a chunk's number whose signature is made wrong."""
		out, last, chained = b"", self.seed, payload in (SIGNED_CHUNKS, SIGNED_TRAILER)
		pieces = [data[i:i + size] for i in range(0, len(data), size)] + [b""]
		for number, piece in enumerate(pieces):
			line = "%x" % len(piece)
			if chained:
				last = self.link(self.chain_key, "PAYLOAD", last, piece)
				line += ";chunk-signature=" + (last if number != spoil else "0" * 64)
			out += line.encode() + b"\r\n" + piece + (b"\r\n" if piece else b"")
		if trailer:
			name, value = trailer
			out += ("%s:%s\r\n" % (name, value)).encode()
			if payload == SIGNED_TRAILER:
				signature = self.link(self.chain_key, "TRAILER", last, ("%s:%s\n" % (name, value)).encode())
				out += ("x-amz-trailer-signature:%s\r\n" % signature).encode()
		return out + b"\r\n"

	def chunked(self, target, payload, data, size=16384, trailer=None, spoil=None, split=None, declared=None, headers=None):
		headers = dict(headers or {}, **{"content-encoding": "aws-chunked",
			"x-amz-decoded-content-length": str(len(data) if declared is None else declared)})
		if trailer:
			headers["x-amz-trailer"] = trailer[0]
		self.sign("PUT", target, headers, payload, now())
		body = self.frame(payload, data, size, trailer, spoil)
		if split is None:
			return self.send("PUT", target, dict(headers, **{"content-length": str(len(body))}), body)
		# Pieces that know nothing of the chunks, in HTTP's own chunked coding.
		pieces = (body[i:i + split] for i in range(0, len(body), split))
		return self.send("PUT", target, dict(headers, **{"transfer-encoding": "chunked"}), pieces)

	def connect(self):
		s = socket.create_connection(("127.0.0.1", self.house.port), timeout=60)
		return s

	def head(self, method, target, headers, payload=EMPTY):
		"""A signed request's first lines, as bytes."""
		headers = {k.lower(): v for k, v in headers.items()}
		self.sign(method, target, headers, payload, now())
		return ("%s %s HTTP/1.1\r\n" % (method, target) + "".join("%s: %s\r\n" % p for p in headers.items()) + "\r\n").encode()
