#include "tests/lib/t.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "pipeline/credentials.h"

static void they_are_made_once_and_read_ever_after(void **state)
{
	struct credentials first, second;
	struct stat st;

	assert_int_equal(credentials_load(test_path(state), 0, &first), E_NOT_FOUND);
	assert_int_equal(credentials_load(test_path(state), 1, &first), 0);
	assert_int_equal(credentials_load(test_path(state), 1, &second), 0);
	assert_memory_equal(&first, &second, sizeof first);
	assert_int_equal(strlen(first.access_key), ACCESS_KEY_LENGTH);
	assert_int_equal(strlen(first.secret_key), SECRET_KEY_LENGTH);
	assert_int_equal(fstatat(test_dir(state), "credentials", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void two_makings_differ(void **state)
{
	struct credentials first, second;

	assert_int_equal(credentials_load(test_path(state), 1, &first), 0);
	t_wipe(test_dir(state));
	assert_int_equal(credentials_load(test_path(state), 1, &second), 0);
	assert_string_not_equal(first.secret_key, second.secret_key);
}

static void a_damaged_file_is_not_replaced(void **state)
{
	struct credentials c;
	int fd = openat(test_dir(state), "credentials", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "AKIA\n", 5), 5);
	close(fd);
	assert_int_equal(credentials_load(test_path(state), 1, &c), E_CORRUPT);
}

static void a_failing_disk_leaves_none_or_whole_ones(void **state)
{
	struct credentials c, again;

	EACH_FAULT(f) {
		int rc = credentials_load(test_path(state), 1, &c);

		sys_set_fault((struct sys_fault){0});
		if (rc == 0) {
			assert_int_equal(credentials_load(test_path(state), 0, &again), 0);
			assert_memory_equal(&c, &again, sizeof c);
		} else {
			rc = credentials_load(test_path(state), 0, &again);
			assert_true(rc == 0 || rc == E_NOT_FOUND);
		}
		t_wipe(test_dir(state));
		if (rc == 0 && !t_faulted(&f))
			break;
	}
}

static void only_the_right_key_has_a_secret(void **state)
{
	struct credentials c;
	const char *token;

	assert_int_equal(credentials_load(test_path(state), 1, &c), 0);
	assert_ptr_equal(credentials_secret(&c, str_of(c.access_key), &token), c.secret_key);
	assert_null(token);
	assert_null(credentials_secret(&c, STR("AKIAIOSFODNN7EXAMPLE"), &token));
	assert_null(credentials_secret(&c, (struct str){0}, &token));
}

static void a_sessions_key_has_a_secret_and_a_token_of_its_own(void **state)
{
	struct credentials c, other;
	const char *token;

	assert_int_equal(credentials_load(test_path(state), 1, &c), 0);
	credentials_make_session(&c);
	assert_true(str_starts(str_of(c.session.access_key), STR("ASIA")));
	assert_int_equal(strlen(c.session.access_key), ACCESS_KEY_LENGTH);
	assert_ptr_equal(credentials_secret(&c, str_of(c.session.access_key), &token), c.session.secret_key);
	assert_ptr_equal(token, c.session.token);
	assert_int_equal(strlen(token), SESSION_TOKEN_LENGTH);
	assert_int_equal(credentials_load(test_path(state), 1, &other), 0);
	credentials_make_session(&other);
	assert_string_not_equal(other.session.secret_key, c.session.secret_key);
	assert_null(credentials_secret(&other, str_of(c.session.access_key), &token));
}

static void before_a_session_is_made_no_key_is_its(void **state)
{
	struct credentials c;
	const char *token;

	assert_int_equal(credentials_load(test_path(state), 1, &c), 0);
	assert_null(credentials_secret(&c, STR(""), &token));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(they_are_made_once_and_read_ever_after),
		T(two_makings_differ),
		T(a_damaged_file_is_not_replaced),
		T(a_failing_disk_leaves_none_or_whole_ones),
		T(only_the_right_key_has_a_secret),
		T(a_sessions_key_has_a_secret_and_a_token_of_its_own),
		T(before_a_session_is_made_no_key_is_its),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
