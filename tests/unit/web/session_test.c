/* Who is signed in to the console: by the right keys only, as long as somebody is there, and nobody may guess for long. */
#include "web/session.h"

#include <stdio.h>

#include "base/err.h"
#include "tests/lib/t.h"

static const struct credentials keys = {
	.access_key = "AKIAMINILABTESTKEY00", .secret_key = "0123456789012345678901234567890123456789",
	.session = { .access_key = "ASIAMINILABTESTKEY00", .secret_key = "9876543210987654321098765432109876543210" },
};
static struct sessions s;
static char token[SESSION_TOKEN + 1];
static int64_t wait_ms;

static int setup(void **state)
{
	s = (struct sessions){0};
	memset(token, 0, sizeof token);
	wait_ms = 0;
	return t_setup(state);
}

static int try(const char *peer, const char *access, const char *secret, int64_t now_ms)
{
	return sessions_open(&s, &keys, peer, str_of(access), str_of(secret), now_ms, token, &wait_ms);
}

static int right(const char *peer, int64_t now_ms)
{
	return try(peer, keys.access_key, keys.secret_key, now_ms);
}

static int wrong(const char *peer, int64_t now_ms)
{
	return try(peer, keys.access_key, "guess", now_ms);
}

static void the_right_keys_give_a_token_that_is_good(void **state)
{
	char first[SESSION_TOKEN + 1];

	(void)state;
	assert_int_equal(right("a", 1000), 0);
	assert_int_equal(strlen(token), SESSION_TOKEN);
	assert_true(sessions_use(&s, str_of(token), 1000));
	memcpy(first, token, sizeof first);
	assert_int_equal(right("a", 1000), 0);
	assert_string_not_equal(first, token);
	assert_true(sessions_use(&s, str_of(first), 1000));
}

static void other_keys_give_none(void **state)
{
	static const char *const pairs[][2] = {
		{ "AKIAMINILABTESTKEY00", "0123456789012345678901234567890123456788" },
		{ "AKIAMINILABTESTKEY00", "012345678901234567890123456789012345678" },
		{ "AKIAMINILABTESTKEY01", "0123456789012345678901234567890123456789" },
		{ "AKIAMINILABTESTKEY00", "" }, { "", "0123456789012345678901234567890123456789" },
		{ "ASIAMINILABTESTKEY00", "9876543210987654321098765432109876543210" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		assert_int_equal(try("a", pairs[i][0], pairs[i][1], 0), E_PRECONDITION);
	assert_int_equal(try("b", "", "", 0), E_PRECONDITION);
	assert_string_equal(token, "");
}

static void a_token_that_nobody_was_given_is_none(void **state)
{
	(void)state;
	assert_false(sessions_use(&s, (struct str){0}, 0));
	assert_int_equal(right("a", 0), 0);
	assert_false(sessions_use(&s, (struct str){0}, 0));
	assert_false(sessions_use(&s, STR(""), 0));
	token[SESSION_TOKEN - 1] ^= 1;
	assert_false(sessions_use(&s, str_of(token), 0));
	token[SESSION_TOKEN - 1] ^= 1;
	assert_false(sessions_use(&s, str_n(token, SESSION_TOKEN - 1), 0));
	assert_true(sessions_use(&s, str_of(token), 0));
}

static void who_does_nothing_for_long_is_signed_out_and_who_does_is_not(void **state)
{
	(void)state;
	assert_int_equal(right("a", 0), 0);
	for (int64_t at = 0; at < 10 * SESSION_IDLE_MS; at += SESSION_IDLE_MS - 1)
		assert_true(sessions_use(&s, str_of(token), at));
	assert_int_equal(right("a", 0), 0);
	assert_false(sessions_use(&s, str_of(token), SESSION_IDLE_MS));
	assert_false(sessions_use(&s, str_of(token), SESSION_IDLE_MS + 1));
}

static void signing_out_ends_that_session_alone(void **state)
{
	char first[SESSION_TOKEN + 1];

	(void)state;
	assert_int_equal(right("a", 0), 0);
	memcpy(first, token, sizeof first);
	assert_int_equal(right("a", 0), 0);
	sessions_close(&s, str_of(first));
	sessions_close(&s, str_of(first));
	sessions_close(&s, (struct str){0});
	assert_false(sessions_use(&s, str_of(first), 0));
	assert_true(sessions_use(&s, str_of(token), 0));
}

static void one_more_than_there_is_room_for_signs_out_the_one_used_longest_ago(void **state)
{
	char tokens[SESSIONS_MAX + 1][SESSION_TOKEN + 1];

	(void)state;
	for (int i = 0; i < SESSIONS_MAX; i++) {
		assert_int_equal(right("a", i), 0);
		memcpy(tokens[i], token, sizeof token);
	}
	assert_true(sessions_use(&s, str_of(tokens[0]), 1000));
	assert_int_equal(right("a", 1001), 0);
	memcpy(tokens[SESSIONS_MAX], token, sizeof token);
	for (int i = 0; i <= SESSIONS_MAX; i++)
		assert_int_equal(sessions_use(&s, str_of(tokens[i]), 1002), i != 1);
}

static void after_too_many_wrong_tries_not_even_the_right_keys_do_until_the_time_is_over(void **state)
{
	(void)state;
	for (int i = 0; i < SESSION_TRIES_MAX; i++)
		assert_int_equal(wrong("a", i), E_PRECONDITION);
	assert_int_equal(wrong("a", 20), E_BUSY);
	assert_int_equal(right("a", 20), E_BUSY);
	assert_int_equal(wait_ms, SESSION_TRIES_MS - 20);
	assert_int_equal(right("b", 20), 0);
	assert_int_equal(right("a", SESSION_TRIES_MS - 1), E_BUSY);
	assert_int_equal(wait_ms, 1);
	assert_int_equal(right("a", SESSION_TRIES_MS), 0);
}

static void the_right_keys_end_the_count_of_wrong_ones(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < SESSION_TRIES_MAX - 1; i++)
			assert_int_equal(wrong("a", round), E_PRECONDITION);
		assert_int_equal(right("a", round), 0);
	}
}

static void many_peers_are_counted_and_those_that_came_first_forgotten_first(void **state)
{
	char peer[16];

	(void)state;
	for (int i = 0; i < SESSION_TRIES_MAX; i++)
		wrong("first", 0);
	for (int i = 0; i < SESSION_PEERS_MAX - 1; i++) {
		snprintf(peer, sizeof peer, "peer%d", i);
		assert_int_equal(wrong(peer, 1 + i), E_PRECONDITION);
	}
	assert_int_equal(right("first", 100), E_BUSY);
	assert_int_equal(wrong("one more", 100), E_PRECONDITION);
	assert_int_equal(right("first", 101), 0);
}

#define S(name) cmocka_unit_test_setup_teardown(name, setup, t_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		S(the_right_keys_give_a_token_that_is_good),
		S(other_keys_give_none),
		S(a_token_that_nobody_was_given_is_none),
		S(who_does_nothing_for_long_is_signed_out_and_who_does_is_not),
		S(signing_out_ends_that_session_alone),
		S(one_more_than_there_is_room_for_signs_out_the_one_used_longest_ago),
		S(after_too_many_wrong_tries_not_even_the_right_keys_do_until_the_time_is_over),
		S(the_right_keys_end_the_count_of_wrong_ones),
		S(many_peers_are_counted_and_those_that_came_first_forgotten_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
