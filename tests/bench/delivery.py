"""delivery - thumbnails per second at their photos' addresses (/_/t) by signed links and for anybody, named in full and chosen by Accept, beside GetObject
of the same thumbnails by presigned links and nginx serving the same bytes as files. /_/t looks up the photo, its thumbnails and the one that is
meant, and GetObject one object. In one run and in turn. Wanted: at least 60% of GetObject. With each the processor time of the daemon."""
import hmac
import json
import time

from serving import *
from wire import Wire

need("bench-delivery")
house = House()
raw, wire = Raw(house), Wire(house)
keys, size = fill(house)
derived = hmac.digest(house.env["AWS_SECRET_ACCESS_KEY"].encode(), b"minilab-link", "sha256")
expires = int(time.time()) + 86400


def signed(key):
	signature = hmac.new(derived, ("photos/%s\n%d" % (key, expires)).encode(), "sha256").hexdigest()
	return "/_/t/photos/%s?expires=%d&signature=%s" % (key, expires, signature)


policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos-thumbnails/*"}]}
wire.ask("DELETE", "/photos-thumbnails?publicAccessBlock", b"")
if wire.ask("PUT", "/photos-thumbnails?policy", json.dumps(policy).encode()).status != 204:
	raise SystemExit("the policy was refused")
ways = {"get_object": [raw.sign("get_object", Bucket="photos-thumbnails", Key=key) for key in keys], "signed_link": [signed(key) for key in keys],
	"anybody": ["/_/t/photos/" + key for key in keys], "by_accept": ["/_/t/photos/" + key.rpartition(".")[0] for key in keys]}
runs, cpu = {way: [] for way in ["nginx", *ways]}, {way: [] for way in ways}
with nginx(house) as port:
	for _ in range(ROUNDS):
		runs["nginx"].append(wrk(house, "nginx", port, ["/" + key for key in keys]))
		for way, paths in ways.items():
			before = processor_s(house.pid)
			runs[way].append(wrk(house, way, house.port, paths))
			cpu[way].append((processor_s(house.pid) - before) * 1e6 / (runs[way][-1][0] * SECONDS))
rate = {way: statistics.median(r[0] for r in of) for way, of in runs.items()}
for way, of in runs.items():
	report(way, gets_per_s=rate[way], p99=of[-1][1], of_nginx=rate[way] / rate["nginx"], **({"daemon_cpu_us": statistics.median(cpu[way])} if way in cpu else {}))
report("setup", mean_bytes=size, connections=CONNECTIONS, rounds=ROUNDS, seconds=SECONDS, cores=CORES)
share = rate["signed_link"] / rate["get_object"]
verdict(share >= 0.6, "by signed link %.0f%% of GetObject, for anybody %.0f%% (wanted: at least 60%% and of what is signed)" %
	(100 * share, 100 * rate["anybody"] / rate["get_object"]))
house.stop()
