"""serving.py - what bench-get and bench-delivery share: thumbnails of a hundred photos, the same bytes as files of an nginx, and wrk that asks for them.

Same client, same connections; minilab and nginx both write an access line for each request.
"""
import contextlib
import shutil
import socket

from bench import *

PHOTOS, SECONDS, CONNECTIONS, ROUNDS = 100, int(os.environ.get("SECONDS") or 4), 16, 3
RENDITIONS = "small.webp", "medium.webp", "large.jpg"
NGINX = """
worker_processes auto;
pid %(home)s/nginx.pid;
error_log %(home)s/nginx-error.log;
events { worker_connections 1024; }
http {
	sendfile on; tcp_nopush on; keepalive_requests 1000000;
	access_log %(home)s/nginx-access.log;
	client_body_temp_path %(home)s; proxy_temp_path %(home)s; fastcgi_temp_path %(home)s; uwsgi_temp_path %(home)s; scgi_temp_path %(home)s;
	server { listen 127.0.0.1:%(port)d; root %(home)s/files; }
}
"""
LUA = """
local paths, n = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
request = function() n = n %% #paths + 1; return wrk.format("GET", paths[n]) end
"""


def need(name):
	for tool in "wrk", "nginx":
		if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
			raise SystemExit("%s: skipped: needs %s (deploy/setup.sh bench)" % (name, tool))


def fill(house):
	"""Puts photos; the keys of their thumbnails, which are files below house.home/files too, and their mean size."""
	keys, size = [], 0
	for i in range(PHOTOS):
		house.s3.put_object(Bucket="photos", Key="%d.jpg" % i, Body=photo(900, 700, seed=i))
	for i in range(PHOTOS):
		house.row_where("%d.jpg" % i, status="done")
		for name in RENDITIONS:
			key = "%d.jpg/%s" % (i, name)
			target = os.path.join(house.home, "files", key)
			os.makedirs(os.path.dirname(target), exist_ok=True)
			house.s3.download_file("photos-thumbnails", key, target)
			size += os.path.getsize(target)
			keys.append(key)
	os.chmod(house.home, 0o755)		# nginx's workers are somebody else
	return keys, size // len(keys)


@contextlib.contextmanager
def nginx(house):
	"""Its port."""
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		port = s.getsockname()[1]
	with open(os.path.join(house.home, "nginx.conf"), "w") as f:
		f.write(NGINX % {"home": house.home, "port": port})
	process = subprocess.Popen(["/usr/sbin/nginx", "-c", os.path.join(house.home, "nginx.conf"), "-g", "daemon off;"])
	try:
		wait_until(lambda: os.path.exists(os.path.join(house.home, "nginx.pid")), "nginx")
		yield port
	finally:
		process.terminate()
		process.wait()


def wrk(house, name, port, paths):
	listed, script = os.path.join(house.home, name + ".paths"), os.path.join(house.home, name + ".lua")
	with open(listed, "w") as f:
		f.write("\n".join(paths) + "\n")
	with open(script, "w") as f:
		f.write(LUA % listed)
	out = subprocess.run(["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%ds" % SECONDS, "--latency", "-s", script,
			      "http://127.0.0.1:%d" % port], check=True, stdout=subprocess.PIPE, text=True).stdout
	if "Non-2xx" in out or "Socket errors" in out:
		raise SystemExit(name + ":\n" + out)
	return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), re.search(r"99%\s+(\S+)", out).group(1)
