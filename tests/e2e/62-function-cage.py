"""What a function may not: it tries. And what it has: its variables, its file system, its way to minilab."""
import os
import threading

from lib import House, Skip, eq, run, test, wait_until
from functions import create, invoke, logs, python, zipped

house = House()

LOOK = '''
import json, os, socket, subprocess, sys

def attempt(f):
    try:
        return "did it: %r" % (f(),)
    except BaseException as e:
        return type(e).__name__ + ": " + str(e)

def connect(where):
    s = socket.create_connection(where, 2)
    s.close()
    return True

def handler(event, context):
    return eval(event["do"])
'''

python(house, "look", LOOK, MemorySize=256, Timeout=20, Environment={"Variables": {"MINE": "yes"}})


def do(expression):
	a = invoke(house, "look", {"do": expression})
	if a.error:
		raise AssertionError("%s: %s\n%s" % (expression, a.raw, a.tail))
	return a.payload


def fails(expression, *words):
	said = do("attempt(lambda: %s)" % expression)
	if said.startswith("did it") or (words and not any(w in said for w in words)):
		raise AssertionError("%s: %s" % (expression, said))


@test
def it_is_nobody_in_a_small_house():
	eq(do("[os.getuid(), os.getgid(), os.getcwd()]"), [993, 990, "/var/task"], "who and where")
	fails("open('/var/task/new', 'w')", "Read-only")
	fails("open('/usr/new', 'w')", "Read-only")
	fails("os.listdir(%r)" % house.data, "No such file")
	fails("os.listdir('/root')", "No such file", "denied")
	fails("os.listdir('/home/anybody')", "No such file")
	eq(do("[os.path.exists(p) for p in ('/sys/kernel', '/run/systemd', '/srv', '/boot', '/dev/sda', '/dev/mem', '/dev/kmsg')]"), [False] * 7, "what is there")
	eq(do("open('/tmp/a', 'w').write('abc')"), 3, "bytes into /tmp")


def users(pids):
	"""Who they are to the kernel, root aside: a zygote that alone may make namespaces stays that."""
	found = set()
	for pid in pids:
		with open("/proc/%d/status" % pid) as f:
			found |= {line.split()[1] for line in f if line.startswith("Uid:")}
	return found - {"0"}


@test
def it_is_another_user_than_what_makes_thumbnails():
	if os.geteuid() != 0:
		raise Skip("not root: all of it is our own user")
	eq((users(house.sandboxes()), users(house.runners())), ({"65531"}, {"65530"}))	# functions/cage.h


@test
def it_sees_and_signals_nobody_else():
	pids = do("sorted(int(p) for p in os.listdir('/proc') if p.isdigit())")
	if len(pids) > 4 or max(pids) > 1000:
		raise AssertionError("processes %r" % pids)
	fails("os.kill(%d, 9)" % house.pid, "No such process")
	said = do("attempt(lambda: os.kill(1, 9))")
	eq(do("1 + 1"), 2, "an answer after " + said)
	fails("open('/proc/1/mem', 'rb').read(1)", "denied", "No such", "not permitted")
	fails("open('/proc/1/environ', 'rb').read(1)", "denied", "No such", "not permitted")
	fails("os.listdir('/proc/1/fd')", "denied", "No such", "not permitted")


@test
def it_cannot_make_itself_more():
	fails("os.setuid(0)", "not permitted", "Invalid")
	fails("subprocess.check_output(['unshare', '-U', 'true'])")
	fails("subprocess.check_output(['mount', '-t', 'tmpfs', 'x', '/tmp'])")
	fails("subprocess.check_output(['chroot', '/tmp', 'true'])")
	fails("os.mknod('/tmp/null', 0o020666, os.makedev(1, 3))", "not permitted", "denied")
	eq(do("open('/proc/self/status').read().split('CapEff:')[1].split()[0]"), "0000000000000000", "capabilities")
	eq(do("open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0]"), "1", "no new privileges")


@test
def it_reaches_minilab_and_nothing_else():
	fails("connect(('1.1.1.1', 53))", "unreachable")
	fails("connect(('127.0.0.1', %d))" % house.port, "refused")
	eq(do("attempt(lambda: connect(('127.0.0.1', 9000)))"), "did it: True", "a connection to minilab")
	fails("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)", "not permitted", "not supported")
	fails("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "not permitted", "not supported")


@test
def its_variables_are_as_on_aws():
	env = do("dict(os.environ)")
	want = {"AWS_LAMBDA_FUNCTION_NAME": "look", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
		"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12", "_HANDLER": "m.handler",
		"LAMBDA_TASK_ROOT": "/var/task", "LAMBDA_RUNTIME_DIR": "/var/runtime", "TZ": ":UTC", "MINE": "yes",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/look", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}
	eq({k: env.get(k) for k in want}, want, "variables")
	for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "_X_AMZN_TRACE_ID"):
		if not env.get(name):
			raise AssertionError("%s is not set" % name)
	if "_LAMBDA_TELEMETRY_LOG_FD" in env or env["AWS_SECRET_ACCESS_KEY"] == house.env["AWS_SECRET_ACCESS_KEY"]:
		raise AssertionError("a variable that it should not have")


@test
def its_limits_hold():
	eq(do("__import__('resource').getrlimit(__import__('resource').RLIMIT_NOFILE)[0]"), 1024, "descriptors")
	fails("[f.write(b'x' * (8 << 20)) for f in [open('/tmp/big', 'wb')] for _ in range(80)]", "No space")
	do("[os.path.exists('/tmp/big') and os.unlink('/tmp/big'), 1]")
	python(house, "forks", "import os\ndef handler(event, context):\n    n = 0\n    try:\n        while n < 5000:\n            if os.fork() == 0:\n                import time; time.sleep(30); os._exit(0)\n"
	       "            n += 1\n    except OSError as e:\n        return [n, e.errno]\n    return [n, 0]\n", Timeout=20, MemorySize=1024)
	a = invoke(house, "forks", {})
	if not a.error and a.payload[0] > 1100:
		raise AssertionError("a fork bomb came to %r" % a.payload)
	eq(do("1"), 1, "another function's answer meanwhile")


@test
def layers_are_merged_in_order():
	arns = []
	for n, files in enumerate(({"python/shared.py": "x = 'first'\n", "bin/tool": ("#!/bin/sh\necho one\n", 0o755), "only-first": "1"},
				   {"python/shared.py": "x = 'second'\n", "only-second": "2"})):
		said = house.functions.publish_layer_version(LayerName="layer%d" % n, Content={"ZipFile": zipped(files)})
		arns.append(said["LayerVersionArn"])
	create(house, "layered", "python3.12", "m.handler", {"m.py": "import os, shared, subprocess\ndef handler(e, c):\n"
	       "    return [shared.x, sorted(os.listdir('/opt')), subprocess.check_output(['tool']).decode()]\n"}, Layers=arns)
	eq(invoke(house, "layered", {}).payload, ["second", ["bin", "only-first", "only-second", "python"], "one\n"], "what is in /opt")


@test
def two_functions_share_nothing():
	python(house, "other", LOOK)
	eq(invoke(house, "other", {"do": "open('/tmp/mine', 'w').write('secret')"}).payload, 6, "bytes written")
	fails("open('/tmp/mine').read()", "No such file")


@test
def descriptors_on_their_way_keep_no_other_function_from_starting():
	python(house, "holds", "import array, os, socket\nkept = []\ndef handler(event, context):\n    f, n = os.open('/dev/null', os.O_RDONLY), 0\n    try:\n        while True:\n"
	       "            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n            kept.append(pair)\n            pair[0].sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [f] * 200))])\n"
	       "            n += 200\n    except OSError as e:\n        return [n, e.errno]\n")
	sent, error = invoke(house, "holds", {}).payload
	if sent < 1000 or not error:
		raise AssertionError("%d descriptors are on their way, errno %d" % (sent, error))
	python(house, "starts", "def handler(event, context):\n    return event\n")
	eq(invoke(house, "starts", {"a": 1}).payload, {"a": 1}, "the answer of a function that starts meanwhile")


@test
def who_prints_without_end_takes_nobody_elses_lines():
	python(house, "prints", "import os\ndef handler(event, context):\n    while True:\n        os.write(1, b'\\n' * 65536)\n", Timeout=2)
	python(house, "listens", "def handler(event, context):\n    print('line', event)\n")
	threads = [threading.Thread(target=invoke, args=(house, "prints", {})) for _ in range(2)]
	for t in threads:
		t.start()
	wait_until(lambda: logs(house, "prints"), "its first lines")
	for n in range(30):
		invoke(house, "listens", n)
	for t in threads:
		t.join()
	eq(sorted(m for m in logs(house, "listens", '"line"', 30)), sorted("line %d\n" % n for n in range(30)), "lines of the other function")


def lives(pid):
	try:
		with open("/proc/%d/stat" % pid) as f:
			return f.read().rsplit(")", 1)[1].split()[0] != "Z"
	except OSError:
		return False


@test
def nothing_is_left_of_a_killed_daemon():
	before = house.sandboxes()
	if len(before) < 5:
		raise AssertionError("there is not a cage among %r" % before)
	house.kill()
	wait_until(lambda: not any(map(lives, before)), "the end of what the daemon had started")
	house.start()
	eq(do("1"), 1, "an answer after the restart")


run(house)
