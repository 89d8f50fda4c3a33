"""get - GETs per second of thumbnails by presigned links, beside nginx serving the same bytes as files. Same client (wrk),
same connections, both write an access line for each request."""
import shutil

from bench import *

PHOTOS, SECONDS, CONNECTIONS, ROUNDS = 100, int(os.environ.get("SECONDS") or 4), 16, 3
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


def free_port():
	import socket
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		return s.getsockname()[1]


for tool in "wrk", "nginx":
	if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
		raise SystemExit("bench-get: skipped: needs %s (deploy/setup.sh bench)" % tool)
house = House()
raw, paths, files, size = Raw(house), [], [], 0
for i in range(PHOTOS):
	house.s3.put_object(Bucket="photos", Key="%d.jpg" % i, Body=photo(900, 700, seed=i))
for i in range(PHOTOS):
	house.row_where("%d.jpg" % i, status="done")
	for name in "small.webp", "medium.webp", "large.jpg":
		key = "%d.jpg/%s" % (i, name)
		paths.append(raw.sign("get_object", Bucket="photos-thumbnails", Key=key))
		files.append("/" + key)
		target = os.path.join(house.home, "files", key)
		os.makedirs(os.path.dirname(target), exist_ok=True)
		house.s3.download_file("photos-thumbnails", key, target)
		size += os.path.getsize(target)
os.chmod(house.home, 0o755)		# nginx's workers are somebody else
port = free_port()
with open(os.path.join(house.home, "nginx.conf"), "w") as f:
	f.write(NGINX % {"home": house.home, "port": port})
nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", os.path.join(house.home, "nginx.conf"), "-g", "daemon off;"])
try:
	wait_until(lambda: os.path.exists(os.path.join(house.home, "nginx.pid")), "nginx")
	ours, theirs = [], []
	for _ in range(ROUNDS):
		theirs.append(wrk(house, "nginx", port, files))
		ours.append(wrk(house, "minilab", house.port, paths))
finally:
	nginx.terminate()
	nginx.wait()
peer, rate = statistics.median(t[0] for t in theirs), statistics.median(o[0] for o in ours)
report("nginx", gets_per_s=peer, p99=theirs[-1][1], workers=CORES)
report("minilab", gets_per_s=rate, p99=ours[-1][1], mean_bytes=size // len(files), connections=CONNECTIONS, rounds=ROUNDS)
print("%.0f%% of nginx" % (100 * rate / peer))
house.stop()
