/* A process 1 that has fallen into wrong hands: this program is started again as the zygote, and what it clones tells lies. None of them gets
 * further than the end of its own cage. */
#include "functions/wire.h"
#include "tests/unit/functions/sandbox_rig.h"

#define HOST 3

static const char *self;

static void say(uint32_t kind, int64_t id, int64_t value, const void *text, size_t n, int fd)
{
	wire_send(HOST, (struct wire_header){ .kind = kind, .id = id, .value = value }, str_n(text, n), fd);
}

static void be_ready(void)
{
	say(SANDBOX_LISTENER, 0, SANDBOX_RUNTIME_API, NULL, 0, 0);
	say(SANDBOX_LISTENER, 0, SANDBOX_ENDPOINT, NULL, 0, 0);
	say(SANDBOX_READY, 0, 1, NULL, 0, -1);
}

static void ready_without_listeners(void)
{
	say(SANDBOX_READY, 0, 1, NULL, 0, -1);
}

static void a_listener_twice(void)
{
	say(SANDBOX_LISTENER, 0, 1, NULL, 0, 0);
	say(SANDBOX_LISTENER, 0, 1, NULL, 0, 0);
}

static void a_listener_of_no_number(void)
{
	say(SANDBOX_LISTENER, 0, 7, NULL, 0, 0);
}

static void a_listener_without_a_socket(void)
{
	say(SANDBOX_LISTENER, 0, 0, NULL, 0, -1);
}

static void ready_twice(void)
{
	be_ready();
	say(SANDBOX_READY, 0, 1, NULL, 0, -1);
}

static void failed_after_ready(void)
{
	be_ready();
	say(WIRE_FAILED, 0, -1, "x", 1, -1);
}

static void an_exit_of_nobody(void)
{
	const struct sandbox_wire_exit e = {0};

	be_ready();
	say(SANDBOX_EXITED, 5, 0, &e, sizeof e, -1);
}

static void an_exit_of_a_free_place(void)
{
	const struct sandbox_wire_exit e = {0};

	be_ready();
	say(SANDBOX_EXITED, -1, 0, &e, sizeof e, -1);
}

static void a_freeze_that_was_not_asked_for(void)
{
	be_ready();
	say(SANDBOX_FROZEN, 1, 0, NULL, 0, -1);
}

static void a_message_of_no_kind(void)
{
	say(4711, 0, 0, NULL, 0, -1);
}

static void what_only_the_daemon_says(void)
{
	be_ready();
	say(SANDBOX_RESET, 0, 0, NULL, 0, -1);
}

static void no_message_at_all(void)
{
	if (write(HOST, "x", 1) != 1)
		_exit(1);
}

static const struct {
	const char *name;
	void (*tell)(void);
	bool ready;		/* the daemon believes it until then */
} lies[] = {
	{ "ready without listeners", ready_without_listeners, false },
	{ "a listener twice", a_listener_twice, false },
	{ "a listener of no number", a_listener_of_no_number, false },
	{ "a listener without a socket", a_listener_without_a_socket, false },
	{ "ready twice", ready_twice, true },
	{ "failed after ready", failed_after_ready, true },
	{ "an exit of nobody", an_exit_of_nobody, true },
	{ "an exit of a free place", an_exit_of_a_free_place, true },
	{ "a freeze that was not asked for", a_freeze_that_was_not_asked_for, true },
	{ "a message of no kind", a_message_of_no_kind, false },
	{ "what only the daemon says", what_only_the_daemon_says, true },
	{ "no message at all", no_message_at_all, false },
};
enum { LIES = sizeof lies / sizeof lies[0] };

/* Tells them without an end, and lives on. */
static _Noreturn void lie(int sock, const char *name)
{
	dup2(sock, HOST);
	for (int i = 0; i < LIES; i++)
		if (strcmp(lies[i].name, name) == 0)
			lies[i].tell();
	if (strcmp(name, "chatter") == 0) {
		be_ready();
		for (int64_t kb = 1;; kb++)
			say(SANDBOX_MEMORY, 0, kb, NULL, 0, -1);
	}
	for (;;)
		pause();
}

static int be_zygote(const char *name)
{
	const struct cage_features f = { .landlock = true, .seccomp = true, .no_new_privs = true, .not_root = true }, none = {0};
	static struct wire_message m;
	struct cage_limits l = {0};
	struct buf text = {0};
	int pidfd;
	pid_t pid;

	cage_describe(&f, &text);
	say(WIRE_READY, 0, 1, text.data, text.len, -1);
	buf_clear(&text);
	while (wire_receive(HOST, &m) == 0) {
		pid = cage_clone(&none, &l, true, &pidfd);
		if (pid == 0)
			lie(m.fd, name);
		close(m.fd);
		say(WIRE_SPAWNED, 0, pid, NULL, 0, pidfd);
		close(pidfd);
	}
	return 0;
}

static void open_liar(struct box *b, void **state, const char *name)
{
	static const char *arguments[3];

	box_open(b, state, NULL);
	zygote_stop(b->zygote);
	zygote_close(b->zygote, box_on_zygote_closed, b);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	b->zygote_closed = false;
	arguments[0] = "--lie";
	arguments[1] = name;
	b->spec.path = self;
	b->spec.arguments = arguments;
	assert_int_equal(zygote_open(&b->zygote, &b->spec), 0);
}

static void a_lie_ends_the_cage_that_tells_it(void **state)
{
	struct box b;

	for (int i = 0; i < LIES; i++) {
		t_wipe(test_dir(state));
		open_liar(&b, state, lies[i].name);
		box_ask(&b);
		while (!b.gone)
			box_turn(&b);
		if (b.ready != lies[i].ready || !strstr(b.why, "process 1 of the cage"))
			fail_msg("%s: %s", lies[i].name, b.why);
		assert_int_equal(b.how.status, SIGKILL);
		assert_int_equal(b.exits, 0);
		box_close(&b);
	}
}

static void whoever_talks_without_end_keeps_nobody_waiting(void **state)
{
	struct box b;

	open_liar(&b, state, "chatter");
	box_start(&b);
	for (int i = 0; i < 100; i++)
		box_turn(&b);
	assert_true(sandbox_memory_peak_kb(b.s) > 0);
	box_close(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(a_lie_ends_the_cage_that_tells_it),
		T(whoever_talks_without_end_keeps_nobody_waiting),
	};
	char path[4096] = "";

	if (argc > 2 && strcmp(argv[1], "--lie") == 0)
		return be_zygote(argv[2]);
	if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
		return 1;
	self = path;
	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
