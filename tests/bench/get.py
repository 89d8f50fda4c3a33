"""get - GETs per second of thumbnails by presigned links, beside nginx serving the same bytes as files. Same client (wrk),
same connections, both write an access line for each request."""
from serving import *

need("bench-get")
house = House()
raw = Raw(house)
keys, size = fill(house)
paths = [raw.sign("get_object", Bucket="photos-thumbnails", Key=key) for key in keys]
ours, theirs = [], []
with nginx(house) as port:
	for _ in range(ROUNDS):
		theirs.append(wrk(house, "nginx", port, ["/" + key for key in keys]))
		ours.append(wrk(house, "minilab", house.port, paths))
peer, rate = statistics.median(t[0] for t in theirs), statistics.median(o[0] for o in ours)
report("nginx", gets_per_s=peer, p99=theirs[-1][1], workers=CORES)
report("minilab", gets_per_s=rate, p99=ours[-1][1], mean_bytes=size, connections=CONNECTIONS, rounds=ROUNDS)
print("%.0f%% of nginx" % (100 * rate / peer))
house.stop()
