/* Every forbidden thing, done in the cage: each ends in its own reason, and the pool serves on. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "tests/unit/functions/rig.h"

static struct rig rig;

static int open_pool(void **state)
{
	int rc = rig_warm_up(state) || t_setup(state);

	rig_open(&rig, NULL);
	return rc;
}

static int close_pool(void **state)
{
	rig_close(&rig);
	return t_teardown(state);
}

static int photo(void)
{
	int fd = memfd_create("photo", MFD_CLOEXEC), reader;
	char path[64];

	assert_int_equal(write(fd, "0123456789", 10), 10);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return reader;
}

/* Then an ordinary invocation, which must find the house in order. */
static void ends_as(const char *event, int rc, enum reason reason)
{
	struct call c = { .i = { .input_length = 10, .timeout_ms = strstr(event, "loop") || strstr(event, "hang") ? 300 : 0 } };

	c.i.input = photo();
	rig_call(&rig, &c, event);
	rig_wait(&rig, &c);
	if (c.i.reason != reason)
		fail_msg("%s: %s (%s) %s", event, reason_code(c.i.reason), c.i.message, c.answer);
	assert_int_equal(c.i.rc, rc);
	assert_true(c.i.message[0]);
	c = rig_run(&rig, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.rc, 0);
	assert_string_equal(c.answer, "{\"ok\":true}");
}

#define ENDS(name, event, rc, reason) \
	static void name(void **state) \
	{ \
		(void)state; \
		ends_as(event, rc, reason); \
	}

ENDS(opening_a_path_is_refused, "{\"probe\":\"open\"}", E_BAD_INPUT, REASON_FORBIDDEN)
ENDS(making_a_socket_is_refused, "{\"probe\":\"socket\"}", E_BAD_INPUT, REASON_FORBIDDEN)
ENDS(running_a_program_is_deadly, "{\"probe\":\"execve\"}", E_CRASHED, REASON_FORBIDDEN)
ENDS(tracing_is_deadly, "{\"probe\":\"ptrace\"}", E_CRASHED, REASON_FORBIDDEN)
ENDS(forking_is_deadly, "{\"probe\":\"fork\"}", E_CRASHED, REASON_FORBIDDEN)
ENDS(killing_the_parent_is_deadly, "{\"probe\":\"kill-parent\"}", E_CRASHED, REASON_FORBIDDEN)
ENDS(executable_memory_is_deadly, "{\"probe\":\"map-code\"}", E_CRASHED, REASON_FORBIDDEN)
ENDS(the_photo_cannot_be_written, "{\"probe\":\"write-input\"}", E_BAD_INPUT, REASON_FORBIDDEN)
ENDS(the_photo_cannot_be_mapped_for_writing, "{\"probe\":\"map-input\"}", E_BAD_INPUT, REASON_FORBIDDEN)
ENDS(too_much_memory_is_told_so_although_the_decoder_says_damaged, "{\"probe\":\"memory\"}", E_BAD_INPUT, REASON_MEMORY)
ENDS(too_much_memory_is_told_so_although_the_decoder_dies, "{\"probe\":\"memory-abort\"}", E_CRASHED, REASON_MEMORY)
ENDS(an_endless_loop_is_a_timeout, "{\"probe\":\"loop\"}", E_TIMEOUT, REASON_TIMEOUT)
ENDS(an_announced_giant_answer_is_refused, "{\"probe\":\"oversize\"}", E_CRASHED, REASON_ANSWER)
ENDS(an_answer_cannot_grow_beyond_its_limit, "{\"probe\":\"flood\"}", E_BAD_INPUT, REASON_ANSWER)
ENDS(bad_json_is_no_answer, "{\"probe\":\"badjson\"}", E_CRASHED, REASON_ANSWER)
ENDS(an_unsealed_file_is_no_answer, "{\"probe\":\"unsealed\"}", E_CRASHED, REASON_ANSWER)
ENDS(a_shorter_file_than_announced_is_no_answer, "{\"probe\":\"short\"}", E_CRASHED, REASON_ANSWER)
ENDS(a_missing_file_is_no_answer, "{\"probe\":\"no-file\"}", E_CRASHED, REASON_ANSWER)
ENDS(a_socket_is_no_answer, "{\"probe\":\"socket-answer\"}", E_CRASHED, REASON_ANSWER)
ENDS(a_packet_without_form_is_no_answer, "{\"probe\":\"garbage\"}", E_CRASHED, REASON_ANSWER)
ENDS(a_cage_cannot_speak_for_the_host, "{\"probe\":\"lie\"}", E_CRASHED, REASON_ANSWER)
ENDS(hanging_up_is_a_crash, "{\"probe\":\"hang-up\"}", E_CRASHED, REASON_CRASHED)
ENDS(an_exit_is_a_crash, "{\"probe\":\"exit\",\"status\":3}", E_CRASHED, REASON_CRASHED)
ENDS(a_quiet_exit_is_a_crash, "{\"probe\":\"exit\",\"status\":0}", E_CRASHED, REASON_CRASHED)
ENDS(a_wild_pointer_is_a_crash, "{\"probe\":\"segv\"}", E_CRASHED, REASON_CRASHED)

/* It may have been given the next invocation already: that one fails, and never gets the wrong answer. */
static void a_second_answer_never_passes_for_the_next_ones(void **state)
{
	struct call c = rig_run(&rig, "{\"probe\":\"twice\"}");

	(void)state;
	assert_int_equal(c.i.rc, 0);
	c = rig_run(&rig, "{\"probe\":\"ok\"}");
	assert_true(c.i.rc == 0 ? strcmp(c.answer, "{\"ok\":true}") == 0 : c.i.reason == REASON_ANSWER);
	c = rig_run(&rig, "{\"probe\":\"ok\"}");
	assert_int_equal(c.i.rc, 0);
	assert_string_equal(c.answer, "{\"ok\":true}");
}

static void a_message_tells_how_it_ended(void **state)
{
	struct call c = rig_run(&rig, "{\"probe\":\"exit\",\"status\":3}");

	(void)state;
	assert_string_equal(c.i.message, "Runtime exited with error: exit status 3");
	c = rig_run(&rig, "{\"probe\":\"segv\"}");
	assert_string_equal(c.i.message, "Runtime exited with error: signal: Segmentation fault");
}

int main(void)
{
#define E(name) cmocka_unit_test(name)
	const struct CMUnitTest tests[] = {
		E(opening_a_path_is_refused), E(making_a_socket_is_refused), E(running_a_program_is_deadly),
		E(tracing_is_deadly), E(forking_is_deadly), E(killing_the_parent_is_deadly),
		E(executable_memory_is_deadly), E(the_photo_cannot_be_written),
		E(the_photo_cannot_be_mapped_for_writing),
		E(too_much_memory_is_told_so_although_the_decoder_says_damaged),
		E(too_much_memory_is_told_so_although_the_decoder_dies),
		E(an_endless_loop_is_a_timeout), E(an_announced_giant_answer_is_refused),
		E(an_answer_cannot_grow_beyond_its_limit), E(bad_json_is_no_answer), E(an_unsealed_file_is_no_answer),
		E(a_shorter_file_than_announced_is_no_answer), E(a_missing_file_is_no_answer), E(a_socket_is_no_answer),
		E(a_packet_without_form_is_no_answer), E(a_cage_cannot_speak_for_the_host), E(hanging_up_is_a_crash),
		E(an_exit_is_a_crash), E(a_quiet_exit_is_a_crash), E(a_wild_pointer_is_a_crash),
		E(a_second_answer_never_passes_for_the_next_ones),
		E(a_message_tells_how_it_ended),
	};

	return cmocka_run_group_tests(tests, open_pool, close_pool);
}
