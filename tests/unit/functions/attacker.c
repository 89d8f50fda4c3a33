/* A function that means ill. sandbox_hostile_test compiles it, puts it into a cage and asks for one attack after the other:
 *
 *     attacker NAME ARGUMENT
 *
 * 0: the attack was refused as it must be; 1: it was not, and what came of it is printed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *argument;

/* `rc` must be -1 for this errno, or for the other. */
static int refused(const char *what, long rc, int error, int other)
{
	if (rc < 0 && (errno == error || errno == other))
		return 0;
	printf("%s: %ld, %s\n", what, rc, rc < 0 ? strerror(errno) : "it went through");
	return 1;
}

static int cannot_open(const char *path, int flags, int error, int other)
{
	return refused(path, open(path, flags, 0644), error, other);
}

static int read_host(void)
{
	return cannot_open(argument, O_RDONLY, ENOENT, ENOENT) + cannot_open("/etc/shadow", O_RDONLY, ENOENT, ENOENT) +
	       cannot_open("/data", O_RDONLY, ENOENT, ENOENT) + cannot_open("/root", O_RDONLY, ENOENT, ENOENT) +
	       cannot_open("/sys", O_RDONLY, ENOENT, ENOENT) + cannot_open("/code", O_RDONLY, ENOENT, ENOENT);
}

static int open_devices(void)
{
	static const char *const paths[] = { "/dev/mem", "/dev/kmem", "/dev/kmsg", "/dev/kvm", "/dev/vda", "/dev/sda", "/dev/shm/x", "/dev/tty", "/dev/fuse" };
	int bad = 0;

	for (size_t i = 0; i < COUNT(paths); i++)
		bad += cannot_open(paths[i], O_RDWR | O_CREAT, ENOENT, EROFS);
	bad += refused("mknod", mknod("/tmp/mem", S_IFCHR | 0666, 1 << 8 | 1), EPERM, EACCES);
	return bad + refused("mknod block", mknod("/tmp/disk", S_IFBLK | 0666, 254 << 8), EPERM, EACCES);
}

static int look_into_init(void)
{
	static const char *const paths[] = { "/proc/1/mem", "/proc/1/environ", "/proc/1/maps", "/proc/1/fd", "/proc/1/root", "/proc/1/cwd", "/proc/1/ns/net",
		"/proc/1/task/1/mem", "/proc/1/fd/3" };
	int bad = 0;

	for (size_t i = 0; i < COUNT(paths); i++)
		bad += cannot_open(paths[i], O_RDONLY, EACCES, EPERM);
	return bad;
}

static int command_line_tells_nothing(void)
{
	char text[4096];
	int fd = open("/proc/1/cmdline", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text);

	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '/') {
			printf("/proc/1/cmdline has a path\n");
			return 1;
		}
	return n > 0 ? 0 : 1;
}

/* They are taken and have no effect: the test looks whether the cage lives on. */
/* Whoever may change another's limits can make it blind: it watches our memory through files. */
static int cripple_init(void)
{
	const struct rlimit none = {0};
	const struct sched_param lowest = {0};
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return refused("prlimit", prlimit(1, RLIMIT_NOFILE, &none, NULL), EPERM, EPERM) +
	       refused("setpriority of it", setpriority(PRIO_PROCESS, 1, 19), EPERM, EPERM) +
	       refused("setpriority of its group", setpriority(PRIO_PGRP, 1, 19), EPERM, EPERM) +
	       refused("setpriority of its user", setpriority(PRIO_USER, 0, 19), EPERM, EPERM) +
	       refused("sched_setscheduler", sched_setscheduler(1, SCHED_IDLE, &lowest), EPERM, EPERM) +
	       refused("sched_setaffinity", sched_setaffinity(1, sizeof one, &one), EPERM, EPERM) +
	       refused("ioprio_set", syscall(SYS_ioprio_set, 1, 1, 3 << 13), EPERM, EPERM) +
	       (prlimit(0, RLIMIT_NOFILE, NULL, &(struct rlimit){0}) < 0 || setpriority(PRIO_PROCESS, 0, 1) < 0);
}

static int signal_init(void)
{
	for (int i = 1; i < NSIG; i++)
		kill(1, i);
	kill(-1, SIGURG);
	return 0;
}

static int signal_host(void)
{
	pid_t pid = (pid_t)strtol(argument, NULL, 10);

	return refused("kill", kill(pid, SIGKILL), ESRCH, ESRCH) + refused("kill group", kill(-pid, SIGKILL), ESRCH, ESRCH);
}

static int trace(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(size_t)0x400000, 1 };
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	return refused("ptrace", ptrace(PTRACE_ATTACH, 1, 0, 0), EPERM, EPERM) + refused("seize", ptrace(PTRACE_SEIZE, 1, 0, 0), EPERM, EPERM) +
	       refused("process_vm_readv", process_vm_readv(1, &here, 1, &there, 1, 0), EPERM, EPERM) +
	       refused("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 3, 0), EPERM, EPERM);
}

static int change_mounts(void)
{
	return refused("mount", mount("x", "/tmp", "tmpfs", 0, NULL), EPERM, EPERM) +
	       refused("remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM, EPERM) +
	       refused("umount", umount2("/var/task", MNT_DETACH), EPERM, EPERM) + refused("umount proc", umount2("/proc", MNT_DETACH), EPERM, EPERM) +
	       refused("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"), EPERM, EPERM) + refused("chroot", chroot("/tmp"), EPERM, EPERM) +
	       refused("fsopen", syscall(SYS_fsopen, "tmpfs", 0), EPERM, EPERM) + refused("open_tree", syscall(SYS_open_tree, -100, "/", 1), EPERM, EPERM) +
	       refused("mount_setattr", syscall(SYS_mount_setattr, -100, "/", 0, NULL, 0), EPERM, EPERM);
}

static int make_namespaces(void)
{
	static const unsigned long kinds[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP };
	unsigned long arguments[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	int bad = 0;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		bad += refused("unshare", unshare((int)kinds[i]), EPERM, EPERM);
		bad += refused("clone", syscall(SYS_clone, kinds[i] | SIGCHLD, 0, 0, 0, 0), EPERM, EPERM);
	}
	bad += refused("clone3", syscall(SYS_clone3, arguments, sizeof arguments), ENOSYS, ENOSYS);
	return bad + refused("setns", setns(open("/proc/self/ns/net", O_RDONLY), 0), EPERM, EPERM);
}

static int call_the_kernel(void)
{
	char block[256] = {0};

	return refused("bpf", syscall(SYS_bpf, 0, block, sizeof block), EPERM, EPERM) +
	       refused("io_uring", syscall(SYS_io_uring_setup, 4, block), EPERM, EPERM) +
	       refused("userfaultfd", syscall(SYS_userfaultfd, 1), EPERM, EPERM) +
	       refused("perf", syscall(SYS_perf_event_open, block, 0, -1, -1, 0), EPERM, EPERM) +
	       refused("keyctl", syscall(SYS_keyctl, 0, -3, 1), EPERM, EPERM) +
	       refused("module", syscall(SYS_finit_module, 0, "", 0), EPERM, EPERM) +
	       refused("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0), EPERM, EPERM) +
	       refused("sethostname", sethostname("x", 1), EPERM, EPERM) +
	       refused("memfd", syscall(SYS_memfd_create, "x", 0), ENOSYS, ENOSYS) + refused("shm", syscall(SYS_shmget, 0, 4096, 0600 | 01000), ENOSYS, ENOSYS) +
	       refused("secret", syscall(SYS_memfd_secret, 0), EPERM, ENOSYS);
}

static int open_sockets(void)
{
	static const int families[] = { AF_PACKET, 38 /* AF_ALG */, 40 /* AF_VSOCK */, AF_APPLETALK, 44 /* AF_XDP */ };
	int bad = 0;

	for (size_t i = 0; i < COUNT(families); i++)
		bad += refused("socket", socket(families[i], SOCK_RAW, 0), EAFNOSUPPORT, EAFNOSUPPORT);
	bad += refused("netlink", socket(AF_NETLINK, SOCK_RAW, 12), EAFNOSUPPORT, EAFNOSUPPORT);
	return bad + refused("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM, EPERM);
}

static int connect_to(const char *ip, const char *port, int error, int other)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)strtol(port, NULL, 10)) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, ip, &to.sin_addr);
	return refused(ip, connect(s, (struct sockaddr *)&to, sizeof to), error, other);
}

/* The argument is a port on which the test listens, and part of the name of its abstract socket. */
static int reach_the_host(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), n = snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "minilab-test-%s", argument);

	return connect_to("127.0.0.1", argument, ECONNREFUSED, ECONNREFUSED) + connect_to("192.0.2.1", "80", ENETUNREACH, ENETUNREACH) +
	       connect_to("169.254.169.254", "80", ENETUNREACH, ENETUNREACH) +
	       refused("abstract socket", connect(s, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)), ECONNREFUSED, EPERM);
}

static int take_our_ports(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9001), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1, bad;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	bad = refused("bind", bind(s, (struct sockaddr *)&at, sizeof at), EADDRINUSE, EADDRINUSE);
	at.sin_port = htons(9000);
	return bad + refused("bind", bind(s, (struct sockaddr *)&at, sizeof at), EADDRINUSE, EADDRINUSE);
}

static int write_files(void)
{
	static const char *const paths[] = { "/var/task/x", "/opt/x", "/etc/passwd", "/usr/bin/x", "/x", "/var/runtime/x", "/home/x", "/var/task/index.js", "/dev/x" };
	int bad = 0;

	for (size_t i = 0; i < COUNT(paths); i++)
		bad += cannot_open(paths[i], O_WRONLY | O_CREAT, EROFS, EACCES);
	bad += refused("chmod", chmod("/var/task/attacker", 0777), EROFS, EPERM);
	bad += refused("unlink", unlink("/var/task/attacker"), EROFS, EACCES);
	return bad + refused("rename", rename("/var/task", "/var/other"), EROFS, EBUSY);
}

static int write_proc(void)
{
	return cannot_open("/proc/sysrq-trigger", O_WRONLY, EACCES, ENOENT) + cannot_open("/proc/sys/kernel/core_pattern", O_WRONLY, EACCES, EACCES) +
	       cannot_open("/proc/1/oom_score_adj", O_WRONLY, EACCES, EPERM) + cannot_open("/proc/sys/kernel/hostname", O_WRONLY, EACCES, EACCES) +
	       cannot_open("/proc/kcore", O_RDONLY, EACCES, ENOENT);
}

/* A symbolic link of the package to files of the host. */
static int follow_links(void)
{
	return cannot_open("/var/task/link", O_RDONLY, ENOENT, EACCES) + cannot_open("/var/task/up", O_RDONLY, ENOENT, EACCES) +
	       cannot_open("/proc/self/root/../../../../etc/shadow", O_RDONLY, ENOENT, ENOENT);
}

/* 0 when it did not let us in, or is not there. */
static int run_su(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		dup2(open("/dev/null", O_RDWR), 0);
		execl("/bin/su", "su", "-c", "true", NULL);
		_exit(99);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int become_root(void)
{
	struct rlimit more = { 4096, 4096 };

	return run_su() + refused("setuid", setuid(0), EPERM, EINVAL) + refused("setgid", setgid(0), EPERM, EINVAL) + refused("setuid", setuid(1000), EPERM, EINVAL) +
	       refused("setgroups", (long)syscall(SYS_setgroups, 0, NULL), EPERM, EPERM) + refused("setrlimit", setrlimit(RLIMIT_NPROC, &more), EPERM, EPERM) +
	       refused("capability", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0), EPERM, EPERM);
}

static int has_no_descriptors(void)
{
	int bad = 0;

	for (int i = 3; i < 1024; i++)
		if (fcntl(i, F_GETFD) >= 0) {
			printf("descriptor %d is open\n", i);
			bad++;
		}
	return bad;
}

/* The argument: megabytes that must fit, and one more that must not. */
static int fill_tmp(void)
{
	static char block[1 << 20];
	int fd = open("/tmp/fill", O_WRONLY | O_CREAT, 0644);
	long most = strtol(argument, NULL, 10), wrote = 0;

	while (wrote <= most && write(fd, block, sizeof block) == (ssize_t)sizeof block)
		wrote++;
	printf("%ld\n", wrote);
	unlink("/tmp/fill");
	return wrote == most || wrote == most - 1 ? 0 : 1;	/* less what the directory takes */
}

static int fill_tmp_with_files(void)
{
	char path[64];
	long n = 0, most = strtol(argument, NULL, 10) * 256;

	for (int fd; n <= most; n++) {
		snprintf(path, sizeof path, "/tmp/f%ld", n);
		if ((fd = open(path, O_WRONLY | O_CREAT, 0644)) < 0)
			break;
		close(fd);
	}
	printf("%ld\n", n);
	return n > 0 && n <= most ? 0 : 1;
}

/* Every one of them lives on, until the cage ends. */
static int fork_bomb(void)
{
	int n = 0;

	signal(SIGTERM, SIG_IGN);
	for (pid_t pid; n < 5000 && (pid = fork()) >= 0; n++)
		if (pid == 0)
			for (setsid();;)
				pause();
	printf("%d\n", n);
	return n > 900 && n < 1024 ? 0 : 1;
}

static int use_memory(size_t mb)
{
	size_t n = mb << 20;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	memset(p, 1, n);
	for (;;)
		pause();
}

static int hog(void)
{
	return use_memory((size_t)strtol(argument, NULL, 10));
}

static int hog_in_many(void)
{
	for (int i = 0; i < 10; i++)
		if (fork() == 0)
			use_memory((size_t)strtol(argument, NULL, 10) / 10);
	for (;;)
		pause();
}

static int hog_and_hide(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return use_memory((size_t)strtol(argument, NULL, 10));
}

/* Nobody waits for the one that is left. */
static int hog_left_behind(void)
{
	if (fork() == 0)
		use_memory((size_t)strtol(argument, NULL, 10));
	return 0;
}

/* Two that wake each other, as fast as they can. */
static int resist_freezing(void)
{
	pid_t other = getpid(), pid = fork();

	if (pid > 0)
		other = pid;
	for (;;)
		kill(other, SIGCONT);
}

static int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) < 0 ? -1 : CPU_COUNT(&set);
}

static bool has_processors(int n)
{
	for (int i = 0; i < 3000 && processors() != n; i++)
		usleep(10000);
	return processors() == n;
}

static int of_a_child(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(processors());
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* Each session has the share of a processor that the daemon's has. Where there is one processor there is nothing to be kept free. */
static int work_in_sessions(void)
{
	pid_t pids[40];
	int all = processors();

	for (size_t i = 0; i < COUNT(pids); i++)
		if ((pids[i] = fork()) == 0)
			for (setsid();;)
				pause();
	if (!has_processors(1) || of_a_child() != 1)
		return printf("%d processors for %zu sessions\n", processors(), COUNT(pids));
	for (size_t i = 0; i < COUNT(pids); i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	if (!has_processors(all) || of_a_child() != all)
		return printf("%d processors of %d afterwards\n", processors(), all);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{ "read_host", read_host }, { "open_devices", open_devices }, { "look_into_init", look_into_init },
	{ "command_line_tells_nothing", command_line_tells_nothing }, { "signal_init", signal_init }, { "cripple_init", cripple_init },
	{ "signal_host", signal_host }, { "trace", trace },
	{ "change_mounts", change_mounts }, { "make_namespaces", make_namespaces }, { "call_the_kernel", call_the_kernel },
	{ "open_sockets", open_sockets }, { "reach_the_host", reach_the_host }, { "take_our_ports", take_our_ports }, { "write_files", write_files },
	{ "write_proc", write_proc }, { "follow_links", follow_links }, { "become_root", become_root }, { "has_no_descriptors", has_no_descriptors },
	{ "fill_tmp", fill_tmp }, { "fill_tmp_with_files", fill_tmp_with_files }, { "fork_bomb", fork_bomb }, { "hog", hog },
	{ "hog_in_many", hog_in_many }, { "hog_and_hide", hog_and_hide }, { "hog_left_behind", hog_left_behind }, { "resist_freezing", resist_freezing },
	{ "work_in_sessions", work_in_sessions },
};

int main(int argc, char **argv)
{
	int bad;

	setvbuf(stdout, NULL, _IONBF, 0);
	argument = argc > 2 ? argv[2] : "";
	for (size_t i = 0; argc > 1 && i < COUNT(attacks); i++)
		if (strcmp(attacks[i].name, argv[1]) == 0) {
			bad = attacks[i].run();
			return bad ? 1 : 0;
		}
	printf("no such attack\n");
	return 2;
}
