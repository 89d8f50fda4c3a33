"""minilab_errors.py - what is told of an exception: one event in the log, and the JSON that the caller gets."""
import os
import time
import traceback

from minilab_client import HERE, LOG_FD, log, write_json

FRAME_TEXT_ERROR = 0xA55A0017
FRAME_JSON_ERROR = 0xA55A0016
CAUSE_MAX = 65536		# bytes of the header with the cause; without it when it is longer
NO_BREAK = "\u00a0"		# stands for leading blanks, which consoles eat


def describe(e, request):
	"""The error's JSON object, and the frames of the function that it went through."""
	if hasattr(e, "kind"):
		return {"errorMessage": str(e), "errorType": e.kind, "requestId": request, "stackTrace": e.trace}, []
	frames = list(traceback.extract_tb(e.__traceback__))
	ours = 0
	while ours < len(frames) and os.path.dirname(frames[ours].filename) == HERE:
		ours += 1
	if ours < len(frames):
		frames = frames[ours:]
	plain = [(f.filename, f.lineno, f.name, f.line) for f in frames]	# format_list of these marks no columns
	return {"errorMessage": str(e), "errorType": type(e).__name__, "requestId": request,
		"stackTrace": traceback.format_list(plain)}, plain


def as_text(error):
	lines = ["[ERROR] " + ": ".join(part for part in (error["errorType"], error["errorMessage"]) if part),
		 "Traceback (most recent call last):"]
	for entry in error["stackTrace"]:
		for line in entry.splitlines() or [""]:
			rest = line.lstrip(" ")
			lines.append(NO_BREAK * (len(line) - len(rest)) + rest)
	return lines


def write(error):
	if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
		line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "ERROR"}
		line.update(error)
		log(write_json(line).decode() + ("\n" if LOG_FD is None else ""), FRAME_JSON_ERROR)
	elif LOG_FD is not None:
		log("\n".join(as_text(error)), FRAME_TEXT_ERROR)
	else:
		log("\r".join(as_text(error)) + "\n", FRAME_TEXT_ERROR)	# one line is one event


def report(e, request, post):
	error, frames = describe(e, request)
	write(error)
	kind = error["errorType"] if hasattr(e, "kind") else "Function." + error["errorType"]
	head = "Lambda-Runtime-Function-Error-Type: %s\r\n" % "".join(c if "!" <= c <= "~" else "?" for c in kind)
	cause = {"working_directory": os.getcwd(),
		 "exceptions": [{"message": error["errorMessage"], "type": error["errorType"],
				 "stack": [{"label": f[2], "path": f[0], "line": f[1]} for f in frames]}],
		 "paths": sorted({f[0] for f in frames})}
	import json		# only ASCII may stand in a header
	cause = json.dumps(cause)
	if len(cause) <= CAUSE_MAX:
		head += "Lambda-Runtime-Function-XRay-Error-Cause: %s\r\n" % cause
	post(write_json(error), head)
