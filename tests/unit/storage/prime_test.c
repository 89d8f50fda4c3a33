#include "tests/lib/t.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "storage/bucket.h"
#include "storage/prime.h"
#include "storage/store.h"

#define FULL (1 << 20)

static int64_t wal_size(void **state)
{
	struct stat st;

	return fstatat(test_dir(state), "meta/meta.db-wal", &st, 0) < 0 ? -1 : st.st_size;
}

static int make_bucket(struct change *c, struct db *db)
{
	int64_t id;

	return bucket_create(db, str_of(c->owner), &id);
}

static int put_bucket(struct store *s, const char *name)
{
	struct change c = { .apply = make_bucket, .owner = (void *)(uintptr_t)name };

	return store_run(s, &c);
}

static struct store *open_store(void **state)
{
	struct store_spec spec = { .dir = test_path(state), .region = "us-east-1", .account = "000000000000",
				   .segment_size = 1 << 20 };
	struct store *s;

	assert_int_equal(store_open(&s, &spec), 0);
	return s;
}

static bool has_bucket(struct store *s, const char *name)
{
	struct db *r;
	int64_t id;
	int rc;

	assert_int_equal(store_reader(s, &r), 0);
	rc = bucket_find(r, str_of(name), &id, NULL);
	db_close(r);
	return rc == 0;
}

static void a_primed_log_is_read_as_before_and_written_on(void **state)
{
	struct store *s = open_store(state);

	assert_int_equal(put_bucket(s, "before"), 0);
	store_close(s);
	assert_true(wal_size(state) > 0 && wal_size(state) < FULL);
	assert_int_equal(prime_wal(test_dir(state), FULL), 0);
	assert_int_equal(wal_size(state), FULL);

	s = open_store(state);
	assert_true(has_bucket(s, "before"));
	assert_int_equal(put_bucket(s, "after"), 0);
	assert_int_equal(wal_size(state), FULL);
	store_close(s);

	s = open_store(state);
	assert_true(has_bucket(s, "before") && has_bucket(s, "after"));
	store_close(s);
}

static void a_log_that_is_large_enough_or_not_there_is_left_alone(void **state)
{
	struct store *s;

	assert_int_equal(prime_wal(test_dir(state), FULL), 0);
	assert_int_equal(wal_size(state), -1);
	s = open_store(state);
	store_close(s);
	assert_int_equal(prime_wal(test_dir(state), FULL), 0);
	assert_int_equal(prime_wal(test_dir(state), FULL / 2), 0);
	assert_int_equal(wal_size(state), FULL);
}

static void short_space_leaves_the_log_small(void **state)
{
	struct store *s = open_store(state);
	int64_t before;

	store_close(s);
	before = wal_size(state);
	assert_int_equal(prime_wal(test_dir(state), INT64_MAX / 32), 0);
	assert_int_equal(wal_size(state), before);
}

static void a_failure_while_priming_loses_nothing(void **state)
{
	struct store *s = open_store(state);

	assert_int_equal(put_bucket(s, "before"), 0);
	store_close(s);
	EACH_FAULT(f) {
		int64_t bytes = wal_size(state) + 300000;
		int rc = prime_wal(test_dir(state), bytes);

		assert_int_equal(rc < 0, t_faulted(&f));
	}
	s = open_store(state);
	assert_true(has_bucket(s, "before"));
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_primed_log_is_read_as_before_and_written_on),
		T(a_log_that_is_large_enough_or_not_there_is_left_alone),
		T(short_space_leaves_the_log_small),
		T(a_failure_while_priming_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
