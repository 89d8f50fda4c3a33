/* A way out of the cage: what it reaches, what not, and that nothing of it stays.
 *
 * All of this happens in a network of the test's own, where the host is 10.99.0.1 and somebody else, 10.99.0.2, is the way to everywhere. It
 * takes root to make one, slirp4netns, and a /dev/net/tun; without them the tests are skipped and say so. */
#include <arpa/inet.h>
#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "tests/unit/functions/sandbox_rig.h"

#define HOST "10.99.0.1"
#define OTHER "10.99.0.2"
#define PORT 7000

static const char program[] = "/usr/bin/slirp4netns";
static const char *missing;		/* NULL: nothing */
static pid_t other;

static int serve(int port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return bind(s, (const struct sockaddr *)&at, sizeof at) == 0 && listen(s, 8) == 0 ? s : -1;
}

/* A machine of its own as far as the network goes, which greets whoever comes. */
static void be_the_other(int ready, int go)
{
	char byte = 0;
	int s, c;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (unshare(CLONE_NEWNET) < 0 || write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1 ||
	    system("ip link set lo up && ip addr add 10.99.0.2/24 dev there && ip link set there up && ip addr add 10.99.7.7/32 dev lo") != 0)
		_exit(1);
	if ((s = serve(PORT)) < 0 || fcntl(s, F_SETFL, 0) < 0 || write(ready, &byte, 1) != 1)
		_exit(1);
	while ((c = accept(s, NULL, NULL)) >= 0) {
		if (write(c, "hello\n", 6) != 6)
			_exit(1);
		close(c);
	}
	_exit(1);
}

static bool make_network(void)
{
	int ready[2], go[2];
	char line[256], byte;
	bool made;

	if (unshare(CLONE_NEWNET) < 0 || pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
		return false;
	if ((other = fork()) == 0)
		be_the_other(ready[1], go[0]);
	close(ready[1]);
	snprintf(line, sizeof line, "ip link set lo up && ip link add here type veth peer name there && ip link set there netns %d && "
		 "ip addr add " HOST "/24 dev here && ip link set here up && ip route add default via " OTHER, (int)other);
	made = read(ready[0], &byte, 1) == 1 && system(line) == 0 && write(go[1], "", 1) == 1 && read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	return made;
}

static int find_network(void **state)
{
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (access(program, X_OK) < 0)
		missing = "slirp4netns is not installed";
	else if (tun < 0)
		missing = "/dev/net/tun is not to be had";
	else if (geteuid() != 0 || !make_network())
		missing = "a network of its own is not to be had";
	if (tun >= 0)
		close(tun);
	return box_warm_up(state);
}

static int leave_network(void **state)
{
	(void)state;
	if (other > 0) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	return 0;
}

static void need_network(void)
{
	if (missing) {
		print_message("skipped: %s\n", missing);
		skip();
	}
}

static void open_out(struct box *b, void **state)
{
	box_open(b, state, NULL);
	b->outbound = program;
	b->plan.outbound = true;
}

/* box_close asks that no child be left, and the other machine is one. */
static void close_out(struct box *b)
{
	pid_t left;

	box_end(b);
	zygote_stop(b->zygote);
	zygote_close(b->zygote, box_on_zygote_closed, b);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_true(b->zygote_closed);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	left = waitpid(-1, NULL, WNOHANG | __WALL);
	assert_int_equal(left, other > 0 ? 0 : -1);
	alarm(0);
}

static int try_to_reach(struct box *b, const char *address, int port)
{
	char line[256];

	snprintf(line, sizeof line, "exec timeout 20 bash -c 'exec 3<>/dev/tcp/%s/%d && cat <&3'", address, port);
	return box_sh(b, line);
}

static void a_cage_with_a_way_out_reaches_others_and_theirs(void **state)
{
	struct box b;

	need_network();
	open_out(&b, state);
	box_start(&b);
	assert_int_equal(try_to_reach(&b, OTHER, PORT), 0);
	assert_string_equal(b.output, "hello\n");
	assert_int_equal(try_to_reach(&b, "10.99.7.7", PORT), 0);
	assert_string_equal(b.output, "hello\n");
	assert_int_equal(box_sh(&b, "cat /etc/resolv.conf; ! echo x 2>/dev/null >/etc/resolv.conf; test -w /etc/resolv.conf"), 1);
	assert_string_equal(b.output, "nameserver 169.254.76.3\n");
	close_out(&b);
}

static void reach_yourself(int port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = inet_addr(HOST) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(s, (const struct sockaddr *)&at, sizeof at), 0);
	close(s);
}

static void the_host_is_not_reached_by_any_of_its_addresses(void **state)
{
	static const char *const addresses[] = { HOST, "127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.76.1", "169.254.76.2", "169.254.76.3",
						 "169.254.76.100", "169.254.169.254", "168.63.129.16", "100.100.100.200" };
	int s, c;
	struct box b;

	need_network();
	assert_true((s = serve(PORT + 1)) >= 0);
	open_out(&b, state);
	box_start(&b);
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		assert_int_not_equal(try_to_reach(&b, addresses[i], PORT + 1), 0);
		assert_int_equal(accept(s, NULL, NULL), -1);
		assert_int_equal(errno, EAGAIN);
	}
	reach_yourself(PORT + 1);
	assert_true((c = accept(s, NULL, NULL)) >= 0);	/* it was open all the time */
	close(c);
	close(s);
	close_out(&b);
}

/* A socket of one interface is let past routes that say no, and asks there who has the address: the carrier does not answer for others. */
static void nor_is_it_past_the_routes(void **state)
{
	static const char bound[] = "python3 -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, 25, b\"tap0\"); s.settimeout(10); "
				    "s.connect((\"%s\", %d))' 2>&1";
	char line[512];
	struct box b;
	int s;

	need_network();
	assert_true((s = serve(PORT + 1)) >= 0);
	open_out(&b, state);
	box_start(&b);
	if (box_sh(&b, "command -v python3") == 0) {
		snprintf(line, sizeof line, bound, OTHER, PORT);
		assert_int_equal(box_sh(&b, line), 0);
		snprintf(line, sizeof line, bound, HOST, PORT + 1);
		assert_int_not_equal(box_sh(&b, line), 0);
		assert_non_null(strstr(b.output, "No route to host"));
		assert_int_equal(accept(s, NULL, NULL), -1);
	}
	close(s);
	close_out(&b);
}

static void the_function_can_change_none_of_that(void **state)
{
	struct box b;

	need_network();
	open_out(&b, state);
	box_start(&b);
	assert_int_equal(box_sh(&b, "export PATH=/usr/sbin:$PATH; ip route show | grep -c unreachable"), 0);
	assert_string_equal(b.output, "4\n");	/* three of clouds, and one of the host */
	assert_int_not_equal(box_sh(&b, "export PATH=/usr/sbin:$PATH; ip route del unreachable " HOST " 2>&1 || ip link set tap0 down 2>&1"), 0);
	assert_non_null(strstr(b.output, "Operation not permitted\nRTNETLINK answers: Operation not permitted\n"));
	assert_int_not_equal(box_sh(&b, "test -e /dev/net/tun || grep -l slirp /proc/[0-9]*/comm"), 0);	/* nor sees who carries for it */
	close_out(&b);
}

static void a_cage_without_it_stays_closed_beside_one_with_it(void **state)
{
	struct box b;

	need_network();
	open_out(&b, state);
	b.plan.outbound = false;
	box_start(&b);
	assert_int_not_equal(try_to_reach(&b, OTHER, PORT), 0);
	assert_int_equal(box_sh(&b, "grep -c : /proc/net/dev"), 0);
	assert_string_equal(b.output, "1\n");
	close_out(&b);
}

/* A child of `parent` with that name, NULL: any, that is not the other machine; 0: none. */
static pid_t find_child(pid_t parent, const char *name)
{
	struct dirent *e;
	pid_t found = 0;
	DIR *d = opendir("/proc");

	assert_non_null(d);
	while (found == 0 && (e = readdir(d))) {
		char path[300], line[64], named[64] = "";
		long pid = strtol(e->d_name, NULL, 10), of = 0;
		FILE *f;

		snprintf(path, sizeof path, "/proc/%s/status", e->d_name);
		if (pid <= 0 || pid == other || !(f = fopen(path, "re")))
			continue;
		while (fgets(line, sizeof line, f)) {
			sscanf(line, "Name:\t%63s", named);
			sscanf(line, "PPid:\t%ld", &of);
		}
		fclose(f);
		if (of == parent && (!name || strcmp(named, name) == 0))
			found = (pid_t)pid;
	}
	closedir(d);
	return found;
}

static pid_t find_carrier(pid_t parent)
{
	return find_child(parent, "slirp4netns");
}

static void when_what_carries_ends_the_cage_says_so_and_ends(void **state)
{
	struct box b;
	pid_t carrier;

	need_network();
	open_out(&b, state);
	box_start(&b);
	assert_true((carrier = find_carrier(getpid())) > 0);
	assert_int_equal(kill(carrier, SIGKILL), 0);
	while (!b.gone)
		box_turn(&b);
	assert_string_equal(b.why, "slirp4netns ended, and with it the way out of the cage");
	close_out(&b);
}

static void a_program_that_does_not_join_is_told_of(void **state)
{
	struct box b;

	need_network();
	open_out(&b, state);
	b.outbound = "/bin/false";
	box_ask(&b);
	while (!b.gone)
		box_turn(&b);
	assert_false(b.ready);
	assert_string_equal(b.why, "outbound is not available on this host: slirp4netns could not join the cage");
	close_out(&b);
}

static void a_cage_killed_while_it_waits_for_its_way_out_leaves_nothing(void **state)
{
	struct box b;

	need_network();
	open_out(&b, state);
	for (int turns = 1; turns <= 8; turns++) {
		box_ask(&b);
		for (int i = 0; i < turns; i++)
			box_turn(&b);
		box_end(&b);
		assert_string_equal(b.why, "");
		assert_int_equal(find_carrier(getpid()), 0);
	}
	close_out(&b);
}

/* The test takes the place of who reaps orphans, and waits until all of them are gone. */
static void nothing_is_left_of_a_daemon_that_was_killed(void **state)
{
	int ready[2];
	char byte = 0;
	struct box b;
	pid_t daemon;

	need_network();
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	if ((daemon = fork()) == 0) {
		open_out(&b, state);
		box_start(&b);
		_exit(write(ready[1], &byte, 1) == 1 && pause());
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_true(find_carrier(daemon) > 0);
	alarm(BOX_DEADLINE_S);
	kill(daemon, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0 || find_carrier(daemon) > 0 || find_child(getpid(), NULL) > 0)
		t_nap();
	alarm(0);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static int carry_cat(const struct box *b, const char *path)
{
	char line[8192];

	snprintf(line, sizeof line, "%s --carry /usr/bin/cat %s >/dev/null 2>&1", b->program, path);
	return system(line);
}

/* As it is started for a daemon that is not root; cat stands for one that has been taken over. */
static void what_carries_for_an_ordinary_user_reads_nothing_of_that_users(void **state)
{
	const char *secret;
	char path[1100];
	struct box b;

	box_open(&b, state, NULL);
	if (!zygote_features(b.zygote)->landlock) {
		close_out(&b);
		print_message("skipped: no Landlock\n");
		skip();
	}
	secret = box_code(&b, "data", "secret", "x", 0644);
	assert_int_equal(carry_cat(&b, "/usr/bin/cat"), 0);
	snprintf(path, sizeof path, "%s/secret", secret);
	assert_int_equal(access(path, R_OK), 0);
	assert_int_not_equal(carry_cat(&b, path), 0);
	assert_int_not_equal(carry_cat(&b, "/etc/passwd"), 0);
	close_out(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_cage_with_a_way_out_reaches_others_and_theirs),
		T(the_host_is_not_reached_by_any_of_its_addresses),
		T(nor_is_it_past_the_routes),
		T(the_function_can_change_none_of_that),
		T(a_cage_without_it_stays_closed_beside_one_with_it),
		T(when_what_carries_ends_the_cage_says_so_and_ends),
		T(a_program_that_does_not_join_is_told_of),
		T(a_cage_killed_while_it_waits_for_its_way_out_leaves_nothing),
		T(nothing_is_left_of_a_daemon_that_was_killed),
		T(what_carries_for_an_ordinary_user_reads_nothing_of_that_users),
	};

	return cmocka_run_group_tests(tests, find_network, leave_network);
}
