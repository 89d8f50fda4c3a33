#!/bin/sh
# debian-layer.sh - makes a layer out of Debian's Python packages that are installed here: layer.zip, with python/ in it.
#
#     functions/examples/debian-layer.sh python3-pil python3-boto3
#     aws lambda publish-layer-version --layer-name debian --zip-file fileb://layer.zip
#
# A package brings the Python packages along that it depends on. Shared libraries stay where they are: functions see the machine's
# /usr/lib. So such a layer is for this machine, and for the Python that is Debian's here. Over 50 MB, publish it from a
# bucket (--content S3Bucket=...,S3Key=...), as on AWS.
#
# Debian's boto3 is older than AWS_ENDPOINT_URL, by which functions find minilab. The layer is as Debian made it all the same: the runtime
# client for Python teaches such a botocore when it is imported (functions/runtimes/python/minilab_endpoint.py).
set -eu
[ $# -gt 0 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# All that are needed, each once: "python3-x" of Depends, as long as there are new ones. Python itself is there.
wanted=$* all=
while [ -n "$wanted" ]; do
	new=
	for package in $wanted; do
		case " $all " in *" $package "*) continue ;; esac
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
			{ echo "$package is not installed: apt-get install $package" >&2; exit 1; }
		all="$all $package"
		new="$new $(dpkg-query -W -f '${Depends}' "$package" | tr ',' '\n' | sed 's/|.*//; s/[(:].*//; s/ //g' |
			grep '^python3-' | tr '\n' ' ')"
	done
	wanted=$(echo $new)
done
echo "layer.zip:$all" >&2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2086  # a list of words
dpkg -L $all | sort -u | /usr/bin/python3 -c '
import compileall, os, shutil, sys, zipfile
from py_compile import PycInvalidationMode

ROOT, folder = "/usr/lib/python3/dist-packages/", sys.argv[1]
for path in sys.stdin.read().splitlines():
	if path.startswith(ROOT) and os.path.isfile(path):	# links are followed: theirs lead out of the layer
		to = os.path.join(folder, "python", path[len(ROOT):])
		os.makedirs(os.path.dirname(to), exist_ok=True)
		shutil.copy2(path, to)
# A layer is read-only: what is not compiled here is compiled at every cold start.
compileall.compile_dir(folder, quiet=2, stripdir=folder, prependdir="/opt", invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
with zipfile.ZipFile("layer.zip", "w", zipfile.ZIP_DEFLATED) as z:
	for where, _, names in sorted(os.walk(folder)):
		for name in sorted(names):
			path = os.path.join(where, name)
			z.write(path, os.path.relpath(path, folder))
' "$folder"
