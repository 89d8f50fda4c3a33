#!/bin/sh
# setup.sh - installs what minilab needs from Debian, and nothing else. As root, or with sudo.
#
#     deploy/setup.sh                what building, `make check` and the clients of the README need
#     deploy/setup.sh GROUP...       only these: build test browser bench fuzz powercut (or: all)
#
# May be run again: it asks apt only for what is missing.
set -eu

build='build-essential pkg-config libvips-dev libheif-dev libjpeg-dev libpng-dev libwebp-dev liblcms2-dev libsqlite3-dev libuv1-dev
	node-llhttp libssl-dev libseccomp-dev libisal-dev libexpat1-dev zlib1g-dev libzip-dev libcurl4-openssl-dev'
test='libcmocka-dev cppcheck git python3 python3-boto3 python3-pil awscli curl ca-certificates procps nodejs python3-requests s3cmd rclone s3fs rsync'
bench='nginx-light wrk graphicsmagick libvips-tools lomiri-wallpapers-16.04'	# the peers, and photos
browser='chromium'				# the console's tests, which are skipped without
fuzz='clang llvm valgrind'
powercut='libfuse3-dev fuse3 e2fsprogs xfsprogs mount'

[ $# -gt 0 ] || set -- build test
[ "$1" != all ] || set -- build test browser bench fuzz powercut
wanted=
for group; do
	case $group in
	build|test|browser|bench|fuzz|powercut) eval "wanted=\"\$wanted \$$group\"" ;;
	*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
	esac
done

missing=
for package in $wanted; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -z "$missing" ]; then
	echo 'everything is there'
	exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "not root, and no sudo; as root: apt-get install$missing" >&2; exit 1; }
	as_root=sudo
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
# shellcheck disable=SC2086  # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
