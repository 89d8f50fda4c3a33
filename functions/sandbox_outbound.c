#include "functions/sandbox_outbound.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"

#define TUN "/dev/net/tun"
#define FD_HIGH 16		/* above those the program has, so that putting them in place overwrites none */

/* Numbers of descriptors in the program; they are in its arguments. TOLD and HELD are the same socket: it closes the one when it has told. */
enum { FD_TOLD = 3, FD_HELD, FD_NETWORK, FD_USERS, FDS_END };

static const char *const options[] = { "--configure", "--mtu=65520", "--cidr=169.254.76.0/24", "--disable-host-loopback", "--enable-seccomp",
	"--ready-fd=3", "--exit-fd=4", "--netns-type=path", "/proc/self/fd/5", "tap0" };
#define OPTIONS (sizeof options / sizeof options[0])
#define ARGUMENTS_MAX (OPTIONS + 6)

int outbound_host_addresses(uint32_t *list, int max)
{
	struct ifaddrs *all;
	int n = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *a = all; a && n >= 0; a = a->ifa_next) {
		struct sockaddr_in in;

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&in, a->ifa_addr, sizeof in);
		if (ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
			continue;	/* the cage has its own */
		if (n == max)
			n = -E2BIG;
		else
			list[n++] = in.sin_addr.s_addr;
	}
	freeifaddrs(all);
	return n;
}

/* The network namespace of that socket, and the user namespace that it belongs to; -1 when that is ours, which cannot be joined. */
static int find_namespaces(int inside, int fds[FDS_END])
{
	struct stat ours, theirs;
	int fd;

	if ((fd = ioctl(inside, SIOCGSKNS)) < 0)
		return -errno;
	fds[FD_NETWORK] = fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
	close(fd);
	if (fds[FD_NETWORK] < 0 || (fd = ioctl(fds[FD_NETWORK], NS_GET_USERNS)) < 0)
		return -errno;
	if (stat("/proc/self/ns/user", &ours) == 0 && fstat(fd, &theirs) == 0 && ours.st_ino != theirs.st_ino)
		fds[FD_USERS] = fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
	close(fd);
	return 0;
}

/* The path to execute. */
static const char *list_arguments(const struct outbound_programs *p, bool joins_users, const char *argv[ARGUMENTS_MAX])
{
	bool root = geteuid() == 0;
	size_t n = 0;

	if (!root) {
		argv[n++] = p->sandbox;
		argv[n++] = "--carry";
	}
	argv[n++] = p->carrier;
	for (size_t i = 0; i < OPTIONS; i++)
		argv[n++] = options[i];
	if (joins_users)
		argv[n++] = "--userns-path=/proc/self/fd/6";
	if (root)
		argv[n++] = "--enable-sandbox";
	argv[n] = NULL;
	return root ? p->carrier : p->sandbox;
}

static int spawn(const struct outbound_programs *p, const int fds[FDS_END], pid_t *pid)
{
	const char *argv[ARGUMENTS_MAX], *path = list_arguments(p, fds[FD_USERS] >= 0, argv);
	char *const env[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	for (int i = 0; i <= 2; i++)
		posix_spawn_file_actions_addopen(&files, i, "/dev/null", O_RDWR, 0);
	for (int i = FD_TOLD; i < FDS_END; i++)
		if (fds[i] >= 0)
			posix_spawn_file_actions_adddup2(&files, fds[i], i);
	posix_spawn_file_actions_addclosefrom_np(&files, fds[FD_USERS] >= 0 ? FDS_END : FD_USERS);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	rc = posix_spawn(pid, path, &files, &attr, (char **)(uintptr_t)argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

/* The program only says that it failed; this is what it mostly fails at. Opening it makes no interface. */
static int try_tun(void)
{
	int fd = open(TUN, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void bound(pid_t pid)
{
	const struct rlimit files = { OUTBOUND_FILES_MAX, OUTBOUND_FILES_MAX }, memory = { OUTBOUND_MEMORY_MAX, OUTBOUND_MEMORY_MAX };

	prlimit(pid, RLIMIT_NOFILE, &files, NULL);
	prlimit(pid, RLIMIT_AS, &memory, NULL);
}

static void on_closed(uv_handle_t *h)
{
	struct outbound *o = h->data;

	o->state = OUTBOUND_NONE;
	o->closed(o->owner);
}

/* It has closed its end, the last thing but one that a process does: it is waited for no longer than that takes. */
static void finish(struct outbound *o)
{
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	o->pid = 0;
	close(o->sock);
	o->sock = -1;
	if (o->state == OUTBOUND_STOPPING)
		uv_close((uv_handle_t *)&o->poll, on_closed);
	else
		o->lost(o->owner);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct outbound *o = poll->data;
	char byte;
	ssize_t n = recv(o->sock, &byte, 1, MSG_DONTWAIT);

	(void)status;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		uv_poll_stop(poll);
		kill(o->pid, SIGKILL);	/* whatever made it close that */
		finish(o);
	} else if (o->state == OUTBOUND_STARTING) {
		o->state = OUTBOUND_UP;
		o->up(o->owner);
	}
}

static void watch(struct outbound *o)
{
	CHECK(uv_poll_init(o->loop, &o->poll, o->sock) == 0);
	o->poll.data = o;
	CHECK(uv_poll_start(&o->poll, UV_READABLE | UV_DISCONNECT, on_event) == 0);
	o->state = OUTBOUND_STARTING;
}

static int make_socket(struct outbound *o, int fds[FDS_END])
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	o->sock = pair[0];
	fds[FD_TOLD] = fcntl(pair[1], F_DUPFD_CLOEXEC, FD_HIGH);
	fds[FD_HELD] = fcntl(pair[1], F_DUPFD_CLOEXEC, FD_HIGH);
	close(pair[1]);
	return fds[FD_TOLD] < 0 || fds[FD_HELD] < 0 ? -EMFILE : 0;
}

int outbound_start(struct outbound *o, const struct outbound_programs *p, int inside, char *why, size_t size)
{
	int fds[FDS_END] = { -1, -1, -1, -1, -1, -1, -1 }, rc = -ENOENT;
	const char *at = "slirp4netns is not installed";

	CHECK(o->state == OUTBOUND_NONE);
	o->sock = -1;
	if (!p->carrier || !p->carrier[0])
		goto out;
	at = TUN;
	if ((rc = try_tun()) < 0)
		goto out;
	at = "the namespaces of the cage";
	if ((rc = find_namespaces(inside, fds)) < 0)
		goto out;
	at = p->carrier;
	if ((rc = make_socket(o, fds)) < 0 || (rc = spawn(p, fds, &o->pid)) < 0)
		goto out;
	bound(o->pid);
	watch(o);
out:
	for (int i = FD_TOLD; i < FDS_END; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (rc < 0 && o->sock >= 0)
		close(o->sock);
	if (rc < 0)
		snprintf(why, size, "outbound is not available on this host: %.100s: %s", at, err_text(rc));
	return rc;
}

void outbound_stop(struct outbound *o)
{
	if (o->state == OUTBOUND_NONE || o->state == OUTBOUND_STOPPING)
		return;
	o->state = OUTBOUND_STOPPING;
	if (o->pid > 0)
		kill(o->pid, SIGKILL);	/* on_event does the rest */
	else
		uv_close((uv_handle_t *)&o->poll, on_closed);
}
