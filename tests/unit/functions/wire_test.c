#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "functions/wire.h"
#include "tests/lib/t.h"

static struct wire_message m;

static void pair(int s[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
}

static void unpair(int s[2])
{
	close(s[0]);
	close(s[1]);
}

/* A packet as no wire_send makes it. */
static void send_raw(int sock, const void *p, size_t n, const int *fds, size_t count)
{
	struct iovec iov = { (void *)(uintptr_t)p, n };
	char control[CMSG_SPACE(16 * sizeof(int))] = {0};
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (count) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &h, 0), (ssize_t)n);
}

static void a_message_arrives_whole_with_its_descriptor(void **state)
{
	int s[2], fd = dup(test_dir(state));

	pair(s);
	assert_int_equal(wire_send(s[0], (struct wire_header){ .kind = WIRE_INVOKE, .value = -7, .id = 9 }, STR("{\"a\":1}"), fd), 0);
	assert_int_equal(wire_receive(s[1], &m), 0);
	assert_int_equal(m.head.kind, WIRE_INVOKE);
	assert_int_equal(m.head.value, -7);
	assert_int_equal(m.head.id, 9);
	assert_string_equal(m.text, "{\"a\":1}");
	assert_true(m.fd >= 0 && m.fd != fd);
	assert_true(fcntl(m.fd, F_GETFD) & FD_CLOEXEC);
	close(m.fd);
	close(fd);
	unpair(s);
}

static void the_longest_text_passes_and_one_more_byte_does_not(void **state)
{
	static char text[WIRE_TEXT_MAX + 1];
	struct wire_header head = { .kind = WIRE_ERROR };
	int s[2];

	(void)state;
	pair(s);
	memset(text, 'x', sizeof text);
	assert_int_equal(wire_send(s[0], head, str_n(text, sizeof text), -1), E_TOO_LARGE);
	assert_int_equal(wire_send(s[0], head, str_n(text, WIRE_TEXT_MAX), -1), 0);
	assert_int_equal(wire_receive(s[1], &m), 0);
	assert_int_equal(m.head.length, WIRE_TEXT_MAX);
	assert_int_equal(strlen(m.text), WIRE_TEXT_MAX);
	unpair(s);
}

static void a_closed_end_is_told_both_ways(void **state)
{
	int s[2];

	(void)state;
	pair(s);
	close(s[0]);
	assert_int_equal(wire_receive(s[1], &m), E_CLOSED);
	assert_int_equal(wire_send(s[1], (struct wire_header){ .kind = WIRE_READY }, (struct str){0}, -1), E_CLOSED);
	close(s[1]);
}

static void an_empty_socket_that_does_not_block_says_again(void **state)
{
	int s[2];

	(void)state;
	pair(s);
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	assert_int_equal(wire_receive(s[1], &m), -EAGAIN);
	unpair(s);
}

static void a_packet_of_the_wrong_size_is_bad_and_the_next_one_good(void **state)
{
	struct wire_header longer = { .kind = WIRE_READY, .length = 100 };
	static char huge[WIRE_TEXT_MAX + sizeof(struct wire_header) + 1];
	int s[2];

	(void)state;
	pair(s);
	send_raw(s[0], "short", 5, NULL, 0);
	send_raw(s[0], &longer, sizeof longer, NULL, 0);
	longer.length = WIRE_TEXT_MAX;
	memcpy(huge, &longer, sizeof longer);
	send_raw(s[0], huge, sizeof huge, NULL, 0);
	assert_int_equal(wire_send(s[0], (struct wire_header){ .kind = WIRE_READY, .value = 5 }, (struct str){0}, -1), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(wire_receive(s[1], &m), E_BAD_INPUT);
	assert_int_equal(wire_receive(s[1], &m), 0);
	assert_int_equal(m.head.value, 5);
	assert_int_equal(m.fd, -1);
	unpair(s);
}

/* The teardown counts descriptors. */
static void surplus_descriptors_are_closed(void **state)
{
	struct wire_header head = { .kind = WIRE_READY };
	int dir = test_dir(state), s[2];
	int fds[16];

	for (int i = 0; i < 16; i++)
		fds[i] = dir;
	pair(s);
	send_raw(s[0], &head, sizeof head, fds, 2);
	send_raw(s[0], &head, sizeof head, fds, 16);
	assert_int_equal(wire_receive(s[1], &m), E_BAD_INPUT);
	assert_int_equal(m.fd, -1);
	assert_int_equal(wire_receive(s[1], &m), E_BAD_INPUT);
	assert_int_equal(m.fd, -1);
	unpair(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_message_arrives_whole_with_its_descriptor),
		T(the_longest_text_passes_and_one_more_byte_does_not),
		T(a_closed_end_is_told_both_ways),
		T(an_empty_socket_that_does_not_block_says_again),
		T(a_packet_of_the_wrong_size_is_bad_and_the_next_one_good),
		T(surplus_descriptors_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
