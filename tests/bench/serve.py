"""serve - the HTTP server alone (http_bench.c) beside one nginx worker with the same file: requests per second, and the
processor time of one, which other work on the machine disturbs less."""
import shutil
import tempfile

from bench import *

SECONDS, CONNECTIONS, ROUNDS, SIZES = int(os.environ.get("SECONDS") or 3), 16, 3, (10 << 10, 30 << 10, 1 << 20)
NGINX = """
worker_processes 1;
pid %(home)s/nginx.pid;
error_log %(home)s/nginx-error.log;
events { worker_connections 1024; }
http {
	sendfile on; tcp_nopush on; keepalive_requests 100000000; access_log off;
	client_body_temp_path %(home)s; proxy_temp_path %(home)s; fastcgi_temp_path %(home)s; uwsgi_temp_path %(home)s; scgi_temp_path %(home)s;
	server { listen 127.0.0.1:%(port)d; root %(home)s; }
}
"""


def free_port():
	import socket
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		return s.getsockname()[1]


def wrk(pid, url):
	"""(requests per second, microseconds of the server's processor time per request)"""
	before = processor_s(pid)
	out = subprocess.run(["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%ds" % SECONDS, url], check=True, stdout=subprocess.PIPE,
			     text=True).stdout
	if "Non-2xx" in out or "Socket errors" in out:
		raise SystemExit(out)
	requests = int(re.search(r"(\d+) requests in", out).group(1))
	return requests / SECONDS, 1e6 * (processor_s(pid) - before) / requests


def measure(home, size):
	path, port = os.path.join(home, "file.webp"), free_port()
	with open(path, "wb") as f:
		f.write(os.urandom(size))
	with open(os.path.join(home, "nginx.conf"), "w") as f:
		f.write(NGINX % {"home": home, "port": port})
	nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", os.path.join(home, "nginx.conf"), "-g", "daemon off;"])
	ours = subprocess.Popen([program("http_bench"), path], stdout=subprocess.PIPE, text=True)
	try:
		our_port = int(ours.stdout.readline())
		wait_until(lambda: os.path.exists(os.path.join(home, "nginx.pid")), "nginx")
		worker = int(subprocess.check_output(["pgrep", "-P", str(nginx.pid)]).split()[0])
		servers = (("nginx", worker, "http://127.0.0.1:%d/file.webp" % port),
			   ("memory", ours.pid, "http://127.0.0.1:%d/memory" % our_port),
			   ("file", ours.pid, "http://127.0.0.1:%d/file" % our_port))
		seen = {name: [] for name, _, _ in servers}
		for _ in range(ROUNDS):
			for name, pid, url in servers:
				seen[name].append(wrk(pid, url))
	finally:
		for p in ours, nginx:
			p.terminate()
			p.wait()
	return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in seen.items()}


for tool in "wrk", "nginx":
	if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
		raise SystemExit("bench-serve: skipped: needs %s (deploy/setup.sh bench)" % tool)
for size in SIZES:
	with tempfile.TemporaryDirectory() as home:
		os.chmod(home, 0o755)		# nginx's workers are somebody else
		result = measure(home, size)
	for name, (rate, us) in result.items():
		report(name, bytes=size, requests_per_s=rate, cpu_us=us, of_nginx=rate / result["nginx"][0])
