/* Sockets that a server listens on for a while, and requests that wait for long. */
#include "tests/unit/web/http_rig.h"

static char here, there;	/* tags */

/* A listening socket, as somebody else would have made it; rig.port is where it is then. */
static int socket_that_listens(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 100), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	rig.port = ntohs(a.sin_port);
	return fd;
}

static void start_without_a_socket(void)
{
	struct http_spec spec = rig_spec();

	rig = (struct rig){ .file = -1 };
	assert_int_equal(uv_loop_init(&rig.loop), 0);
	spec.loop = &rig.loop;
	assert_int_equal(http_open(&rig.server, &spec), 0);
}

static void adopt(void *tag, int max)
{
	assert_int_equal(http_adopt(rig.server, socket_that_listens(), tag, max), 0);
}

static bool refused(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)rig.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int rc = connect(fd, (struct sockaddr *)&a, sizeof a);

	close(fd);
	return rc < 0;
}

static void a_server_without_a_socket_serves_what_it_is_given(void **state)
{
	struct client c;

	(void)state;
	start_without_a_socket();
	adopt(&here, 0);
	c = client_open();
	client_send(&c, RIG_HELLO);
	CLIENT_SEES(&c, "hello");
	assert_ptr_equal(rig.tag, &here);
	client_close(&c);
	rig_stop();
}

static void a_request_carries_the_tag_of_its_socket(void **state)
{
	int own;
	struct client c[3];
	void *tags[3] = { NULL, &here, &there };

	(void)state;
	rig_start(rig_spec());
	own = rig.port;
	c[0] = client_open();
	adopt(&here, 0);
	c[1] = client_open();
	adopt(&there, 0);
	c[2] = client_open();
	for (int i = 0; i < 3; i++) {
		client_send(&c[i], RIG_HELLO);
		CLIENT_SEES(&c[i], "hello");
		assert_ptr_equal(rig.tag, tags[i]);
	}
	http_disown(rig.server, &there);
	assert_true(rig.port != own);
	CLIENT_ENDS(&c[2]);
	assert_true(refused());
	for (int i = 0; i < 2; i++) {
		client_send(&c[i], RIG_LATER);
		RIG_UNTIL(rig.waiting);
		rig_answer(rig.waiting, 200, STR("still here"));
		CLIENT_SEES(&c[i], "still here");
		RIG_UNTIL(!rig.waiting);
	}
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	rig_stop();
}

static void parked_requests_end_with_their_socket(void **state)
{
	struct http_request *r;
	struct client c;

	(void)state;
	start_without_a_socket();
	adopt(&here, 0);
	c = rig_park(RIG_LATER);
	r = rig.waiting;
	http_disown(rig.server, &here);
	assert_ptr_equal(rig.waiting, r);	/* not from inside */
	assert_null(r->tag);
	rig_answer(r, 200, STR("too late"));
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.gone, 1);
	CLIENT_ENDS(&c);
	assert_int_equal(c.in.len, 0);
	http_disown(rig.server, &here);
	http_disown(rig.server, &there);
	client_close(&c);
	rig_stop();
}

static void half_a_body_ends_with_its_socket(void **state)
{
	struct client c;

	(void)state;
	start_without_a_socket();
	adopt(&here, 0);
	c = client_open();
	client_send(&c, "POST /stream HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
	RIG_UNTIL(rig.datas == 1);
	http_disown(rig.server, &here);
	RIG_UNTIL(rig.gone == 1);
	assert_int_equal(rig.body_rc, E_CLOSED);
	assert_int_equal(rig.body_ends, 1);
	client_close(&c);
	rig_stop();
}

static void connections_of_one_socket_have_their_own_cap(void **state)
{
	struct client c[3], other;

	(void)state;
	rig_start(rig_spec());
	adopt(&here, 2);
	for (int i = 0; i < 3; i++) {
		c[i] = client_open();
		RIG_UNTIL(http_connections(rig.server) == i + 1);
	}
	CLIENT_ENDS(&c[2]);
	assert_int_equal(client_status(&c[2]), 503);
	client_close(&c[2]);
	adopt(&there, 2);
	other = client_open();
	client_send(&other, RIG_HELLO);
	CLIENT_SEES(&other, "hello");
	client_close(&other);
	for (int i = 0; i < 2; i++) {
		client_send(&c[i], RIG_HELLO);
		CLIENT_SEES(&c[i], "hello");
		client_close(&c[i]);
	}
	rig_stop();
}

static void what_is_no_socket_is_closed_and_an_error(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	start_without_a_socket();
	assert_true(http_adopt(rig.server, fd, &here, 0) < 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	rig_stop();
}

static void a_request_may_be_parked_for_days(void **state)
{
	struct http_spec spec = rig_spec();
	struct client c;

	(void)state;
	spec.body_ms = 20;
	rig_start(spec);
	c = rig_park(RIG_LATER);
	rig_sweep(3 * 86400000LL);
	assert_non_null(rig.waiting);
	rig_answer(rig.waiting, 200, STR("at last"));
	CLIENT_SEES(&c, "at last");
	client_close(&c);
	rig_stop();
}

static void who_parks_hears_of_a_client_that_left(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	rig.leaves = true;
	c = rig_park(RIG_LATER);
	shutdown(c.fd, SHUT_WR);
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.last_rc, E_CLOSED);
	client_close(&c);
	c = rig_park(RIG_LATER);
	client_close(&c);
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.gone, 2);
	c = client_open();
	client_send(&c, RIG_LATER RIG_LATER);	/* the second one waits for the first */
	RIG_UNTIL(rig.waiting);
	shutdown(c.fd, SHUT_WR);
	RIG_UNTIL(!rig.waiting);
	assert_int_equal(rig.gone, 3);
	client_close(&c);
	rig_stop();
}

static void who_does_not_say_so_answers_a_half_closed_client(void **state)
{
	struct client c;

	(void)state;
	rig_start(rig_spec());
	c = rig_park(RIG_LATER);
	shutdown(c.fd, SHUT_WR);
	for (int i = 0; i < 20; i++)
		rig_turn();
	assert_non_null(rig.waiting);
	rig_answer(rig.waiting, 200, STR("for you"));
	CLIENT_SEES(&c, "for you");
	client_close(&c);
	rig_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_server_without_a_socket_serves_what_it_is_given),
		T(a_request_carries_the_tag_of_its_socket),
		T(parked_requests_end_with_their_socket),
		T(half_a_body_ends_with_its_socket),
		T(connections_of_one_socket_have_their_own_cap),
		T(what_is_no_socket_is_closed_and_an_error),
		T(a_request_may_be_parked_for_days),
		T(who_parks_hears_of_a_client_that_left),
		T(who_does_not_say_so_answers_a_half_closed_client),
	};

	return cmocka_run_group_tests(tests, rig_first, NULL);
}
