#include "tests/unit/web/http_rig.h"

#include <sys/resource.h>


static void what_cannot_be_listened_on_is_an_error(void **state)
{
	struct http_spec spec = rig_spec();
	struct http_server *second;
	int port;

	(void)state;
	rig_start(spec);
	spec.loop = &rig.loop;
	spec.port = rig.port;
	assert_int_equal(http_listen(&second, &spec, &port), -EADDRINUSE);
	spec.address = "192.0.2.1";
	spec.port = 0;
	assert_true(http_listen(&second, &spec, &port) < 0);
	spec.address = "no such host.invalid";
	assert_true(http_listen(&second, &spec, &port) < 0);
	rig_stop();
}

static void it_listens_on_every_kind_of_address(void **state)
{
	static const char *const addresses[] = { "0.0.0.0", "localhost", "::", "::1" };

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct http_spec spec = rig_spec();
		uv_loop_t loop;
		int port, rc;

		assert_int_equal(uv_loop_init(&loop), 0);
		spec.loop = &loop;
		spec.address = addresses[i];
		rc = http_listen(&rig.server, &spec, &port);
		if (rc == 0)
			http_stop(rig.server, 0, NULL, NULL);
		else
			assert_true(rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT);	/* a machine without IPv6 */
		assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
		assert_int_equal(uv_loop_close(&loop), 0);
	}
}

static void a_peer_of_either_family_is_named(void **state)
{
	static const struct { int family; const char *name; } peers[] = { { AF_INET, "127.0.0.1" }, { AF_INET6, "::1" } };
	struct http_spec spec = rig_spec();
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	(void)state;
	if (probe < 0 || bind(probe, (struct sockaddr *)&any, sizeof any) < 0) {
		close(probe);
		skip();
	}
	close(probe);
	spec.address = "::";
	rig_start(spec);
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)rig.port),
					    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
		struct client c = { .fd = -1 };

		if (peers[i].family == AF_INET) {
			c = client_open();
		} else {
			c.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
			assert_int_equal(connect(c.fd, (struct sockaddr *)&six, sizeof six), 0);
			fcntl(c.fd, F_SETFL, O_NONBLOCK);
		}
		client_send(&c, RIG_LATER);
		RIG_UNTIL(rig.waiting);
		assert_string_equal(rig.waiting->peer, peers[i].name);
		rig_answer(rig.waiting, 200, STR("you"));
		RIG_UNTIL(!rig.waiting);
		client_close(&c);
	}
	rig_stop();
}

static void the_peer_is_known(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = rig_park(RIG_LATER);
	assert_string_equal(rig.waiting->peer, "127.0.0.1");
	assert_true(rig.waiting->started_us > 0);
	assert_ptr_equal(rig.waiting->server, rig.server);
	client_close(&c);
	rig_stop();
}

static void connections_over_the_cap_are_told_and_over_twice_just_closed(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c[3], many[100];
	int told = 0;

	(void)state;
	spec.connections_max = 2;
	rig_start(spec);
	for (int i = 0; i < 3; i++) {
		c[i] = client_open();
		RIG_UNTIL(http_connections(rig.server) == i + 1);
	}
	CLIENT_ENDS(&c[2]);
	assert_int_equal(client_status(&c[2]), 503);
	assert_non_null(strstr(client_text(&c[2]), "Retry-After: "));
	for (int i = 0; i < 100; i++)
		many[i] = client_open();
	for (int i = 0; i < 100; i++) {
		CLIENT_ENDS(&many[i]);
		told += client_status(&many[i]) == 503;
	}
	assert_true(told > 0);
	client_close(&c[2]);
	for (int i = 0; i < 100; i++)
		client_close(&many[i]);
	RIG_UNTIL(http_connections(rig.server) == 2);
	client_send(&c[0], RIG_HELLO);
	CLIENT_SEES(&c[0], "hello");
	client_close(&c[0]);
	RIG_UNTIL(http_connections(rig.server) == 1);
	c[0] = client_open();
	client_send(&c[0], RIG_HELLO);
	CLIENT_SEES(&c[0], "hello");
	client_close(&c[0]);
	client_close(&c[1]);
	rig_stop();
}

static void headers_that_dribble_in_time_out(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.header_ms = 60;
	rig_start(spec);
	c = client_open();
	for (const char *p = "GET /hello HTTP/1.1\r\nX: "; !c.eof; p += *p != '\0') {
		client_send_n(&c, *p ? p : "x", 1);	/* progress, and yet not enough of it */
		t_nap();
	}
	assert_int_equal(client_status(&c), 408);
	client_close(&c);
	rig_stop();
}

static void a_refused_client_cannot_stay(void **state)
{
	struct http_spec spec = rig_spec();
	struct str s = t_bytes(3 * HTTP_DRAIN_MAX, 1);
	struct client c;

	(void)state;
	spec.header_ms = 20;	/* makes the sweep frequent */
	rig_start(spec);
	c = client_open();
	client_send(&c, "nonsense\r\n\r\n");
	CLIENT_SEES(&c, "HTTP/1.1 400");
	CLIENT_ENDS(&c);		/* our side is shut down, but the connection waits for theirs */
	assert_int_equal(http_connections(rig.server), 1);
	rig_sweep(60000);
	assert_int_equal(http_connections(rig.server), 0);
	client_close(&c);
	c = client_open();
	client_send(&c, "nonsense\r\n\r\n");
	client_send_n(&c, s.p, s.n);	/* ends when it is too much */
	RIG_UNTIL(http_connections(rig.server) == 0);
	free((char *)(uintptr_t)s.p);
	client_close(&c);
	rig_stop();
}

static void idle_connections_end_quietly(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c[2];

	(void)state;
	spec.idle_ms = 40;
	rig_start(spec);
	c[0] = client_open();
	c[1] = client_open();
	client_send(&c[1], RIG_HELLO);
	for (int i = 0; i < 2; i++) {
		CLIENT_ENDS(&c[i]);
		assert_int_equal(client_count(&c[i], "HTTP/1.1"), i);
		assert_false(c[i].reset);
		client_close(&c[i]);
	}
	rig_stop();
}

static void nobody_times_out_while_the_application_thinks(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.header_ms = 20;
	rig_start(spec);
	c = rig_park(RIG_LATER);
	rig_sweep(spec.body_ms + spec.idle_ms + 1000);
	assert_non_null(rig.waiting);
	rig_answer(rig.waiting, 200, STR("at last"));
	CLIENT_SEES(&c, "at last");
	client_close(&c);
	rig_stop();
}

static void a_client_that_has_said_all_still_gets_its_answers(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = client_open();
	client_send(&c, RIG_LATER RIG_HELLO);
	shutdown(c.fd, SHUT_WR);
	RIG_UNTIL(rig.waiting);
	rig_sweep(0);
	rig_answer(rig.waiting, 200, STR("late"));
	CLIENT_ENDS(&c);
	assert_int_equal(client_count(&c, "HTTP/1.1 200"), 2);
	assert_false(c.reset);
	client_close(&c);
	rig_stop();
}

static void a_client_may_leave_at_any_time(void **state)
{
	static const struct { const char *say; int requests; } cases[] = {
		{ "", 0 }, { "GET /hel", 0 }, { "GET /hello HTTP/1.1\r\nHo", 0 }, { RIG_HELLO, 1 }, { RIG_HELLO "GET", 1 }, { RIG_LATER, 1 },
		{ RIG_LATER RIG_HELLO, 1 },
	};

	(void)state;
	rig_start(rig_spec());
	for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
		struct client c = client_open();
		int before = rig.requests;

		client_send(&c, cases[i / 2].say);
		RIG_UNTIL(rig.requests == before + cases[i / 2].requests && http_connections(rig.server) == 1);
		if (i % 2)
			client_break(&c);
		else
			client_close(&c);
		rig_sweep(0);
		if (rig.waiting)		/* a polite end looks like a client that still listens */
			rig_answer(rig.waiting, 200, STR("anybody there?"));
		RIG_UNTIL(http_connections(rig.server) == 0);
		assert_int_equal(rig.gone, rig.requests);
	}
	rig_stop();
}

static void a_client_that_resets_is_noticed_while_the_application_thinks(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = rig_park(RIG_LATER);
	client_break(&c);
	RIG_UNTIL(rig.gone == 1);
	assert_int_equal(rig.last_rc, E_CLOSED);
	rig_stop();
}

static void stopping_lets_what_runs_finish(void **state)
{
	struct client busy, idle, late;

	(void)state;
	rig_start(rig_spec());
	idle = client_open();
	client_send(&idle, RIG_HELLO);
	CLIENT_SEES(&idle, "hello");
	busy = rig_park(RIG_LATER RIG_HELLO);
	http_stop(rig.server, 60000, rig_on_stopped, &rig);
	rig.server = NULL;
	assert_false(rig.stopped);
	CLIENT_ENDS(&idle);
	rig_turn();
	late = (struct client){ .fd = socket(AF_INET, SOCK_STREAM, 0) };
	assert_int_equal(connect(late.fd, (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)rig.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, sizeof(struct sockaddr_in)), -1);
	client_close(&late);
	assert_false(rig.stopped);
	rig_answer(rig.waiting, 200, STR("finished"));
	CLIENT_ENDS(&busy);
	assert_non_null(strstr(client_text(&busy), "Connection: close"));
	assert_int_equal(client_count(&busy, "HTTP/1.1"), 1);
	client_close(&busy);
	client_close(&idle);
	rig_stop();
}

static void stopping_does_not_wait_for_ever(void **state)
{
	struct http_spec spec = rig_spec();
	struct client thinking, writing, half;

	(void)state;
	spec.body_ms = 20000;
	spec.header_ms = 20000;
	rig_start(spec);
	rig.n = 20000000;
	thinking = client_open();
	client_send(&thinking, RIG_LATER);
	writing = client_open_sized(4096);
	client_send(&writing, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
	half = client_open();
	client_send(&half, "GET /hel");
	RIG_UNTIL(rig.requests == 2 && http_connections(rig.server) == 3);
	http_stop(rig.server, 50, rig_on_stopped, &rig);
	rig.server = NULL;
	RIG_UNTIL(rig.stopped);
	assert_int_equal(rig.gone, 2);
	client_close(&thinking);
	client_close(&writing);
	client_close(&half);
	rig_stop();
}

static void running_out_of_descriptors_pauses_accepting_without_spinning(void **state)
{
	struct http_spec spec = rig_spec();
	struct rlimit before, now;
	struct client c;
	int turns = 0, top;

	(void)state;
	spec.header_ms = 40;
	rig_start(spec);
	c = client_open();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	top = dup(c.fd);
	close(top);
	now = (struct rlimit){ (rlim_t)top, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	client_send(&c, RIG_HELLO);
	for (int64_t end = t_now_ms() + 100; t_now_ms() < end; turns++)
		uv_run(&rig.loop, UV_RUN_ONCE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(http_connections(rig.server), 0);
	assert_true(turns < 200);		/* it slept: a spinning loop turns a hundred times as often */
	CLIENT_SEES(&c, "hello");
	client_close(&c);
	rig_stop();
}

static void requests_come_and_go_without_leaving_anything(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		rig_start(rig_spec());
		for (int i = 0; i < 100; i++) {
			struct client c = client_open();

			client_send(&c, i % 3 ? RIG_HELLO : "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
			CLIENT_SEES(&c, "hello");
			client_close(&c);
		}
		rig_stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_cannot_be_listened_on_is_an_error),
		T(it_listens_on_every_kind_of_address),
		T(the_peer_is_known),
		T(a_peer_of_either_family_is_named),
		T(a_refused_client_cannot_stay),
		T(connections_over_the_cap_are_told_and_over_twice_just_closed),
		T(headers_that_dribble_in_time_out),
		T(idle_connections_end_quietly),
		T(nobody_times_out_while_the_application_thinks),
		T(a_client_that_has_said_all_still_gets_its_answers),
		T(a_client_may_leave_at_any_time),
		T(a_client_that_resets_is_noticed_while_the_application_thinks),
		T(stopping_lets_what_runs_finish),
		T(stopping_does_not_wait_for_ever),
		T(running_out_of_descriptors_pauses_accepting_without_spinning),
		T(requests_come_and_go_without_leaving_anything),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
