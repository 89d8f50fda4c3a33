"""minilab_logging.py - the root logger that a function finds: one event of the log for each record, as text or as JSON."""
import os
import time

from minilab_client import Current, log

LEVELS = {"NOTSET": 0x00, "DEBUG": 0x08, "INFO": 0x0C, "WARNING": 0x10, "ERROR": 0x14, "CRITICAL": 0x18}
FRAME_TEXT = 0xA55A0003
FRAME_JSON = 0xA55A0002
OURS = frozenset((	# attributes of a record that are not the function's
	"name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text", "stack_info", "lineno",
	"funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName", "process", "taskName",
	"aws_request_id", "tenant_id"))


def configure(logging):
	as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
	level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
	level = "DEBUG" if level == "TRACE" else level
	logging.Formatter.converter = time.gmtime

	def tens(record):	# a level in between counts as the one below
		return min(50, max(0, record.levelno)) // 10 * 10

	class Json(logging.Formatter):
		def format(self, record):
			line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + ".%03dZ" % record.msecs,
				"level": logging.getLevelName(tens(record)), "message": record.getMessage(), "logger": record.name}
			if record.exc_info and record.exc_info[0]:
				import traceback
				line.update(stackTrace=traceback.format_tb(record.exc_info[2]), errorType=record.exc_info[0].__name__,
					    errorMessage=str(record.exc_info[1]))
			line["requestId"] = Current.request
			if record.exc_info and record.exc_info[0]:
				line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
			for name, value in record.__dict__.items():
				if name not in OURS and name not in line and value is not None:
					line[name] = value
			import json
			return json.dumps(line, ensure_ascii=False) + "\n"

	class Handler(logging.Handler):
		def emit(self, record):
			bits = LEVELS.get(logging.getLevelName(tens(record)), 0) if as_json or level else 0
			try:
				log(self.format(record), (FRAME_JSON if as_json else FRAME_TEXT) | bits)
			except Exception:
				self.handleError(record)

	class Request(logging.Filter):
		def filter(self, record):
			record.aws_request_id = Current.request
			return True

	handler = Handler()
	handler.setFormatter(Json() if as_json else logging.Formatter(
		"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"))
	handler.addFilter(Request())
	root = logging.getLogger()
	root.addHandler(handler)
	if level in LEVELS:
		root.setLevel(level)
