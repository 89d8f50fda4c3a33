/* What was claimed and had not begun when the process ended: its attempt is not counted, and nothing else is forgiven. */
#include <sys/stat.h>

#include "storage/ahead.h"
#include "storage/queue.h"
#include "tests/unit/storage/house.h"

#define JOBS 3

struct jobs {
	struct house h;
	struct arena a;
	struct job_row *rows;		/* by id */
};

static int by_id(const void *a, const void *b)
{
	const struct job_row *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void claim_all(struct jobs *j)
{
	arena_clear(&j->a);
	assert_int_equal(house_claim(&j->h, JOBS, &j->a, &j->rows), JOBS);
	qsort(j->rows, JOBS, sizeof *j->rows, by_id);
}

/* Three photos, whose events are claimed. */
static void open_jobs(struct jobs *j, void **state)
{
	*j = (struct jobs){ 0 };
	house_new(&j->h, test_path(state));
	house_put(&j->h, "photos", "a", "1");
	house_put(&j->h, "photos", "b", "2");
	house_put(&j->h, "photos", "c", "3");
	claim_all(j);
}

static void close_jobs(struct jobs *j)
{
	house_close(&j->h);
	arena_clear(&j->a);
}

static struct ahead *list_of(struct jobs *j)
{
	return store_ahead(j->h.s);
}

/* As after a kill: leases are held, and the list is as it was. */
static void start_again(struct jobs *j, void **state)
{
	house_close(&j->h);
	assert_int_equal(house_open(&j->h, test_path(state)), 0);
}

static void an_attempt_that_never_began_is_not_counted(void **state)
{
	struct jobs j;

	open_jobs(&j, state);
	for (int i = 0; i < JOBS; i++)
		ahead_add(list_of(&j), j.rows[i].id, j.rows[i].lease);
	ahead_begin(list_of(&j), j.rows[1].id);
	ahead_begin(list_of(&j), j.rows[1].id);
	start_again(&j, state);
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 1);
	assert_int_equal(j.rows[1].attempts, 2);
	assert_int_equal(j.rows[2].attempts, 1);
	assert_true(house_journal_is(&j.h, j.h.photos, "a", "uploaded, queued, put back, the attempt not counted"));
	assert_true(house_journal_is(&j.h, j.h.photos, "b", "uploaded, queued, attempt failed"));
	start_again(&j, state);		/* and these were not listed */
	claim_all(&j);
	assert_true(j.rows[0].attempts == 2 && j.rows[1].attempts == 3 && j.rows[2].attempts == 2);
	close_jobs(&j);
}

static void what_is_listed_with_another_lease_is_counted(void **state)
{
	struct jobs j;

	open_jobs(&j, state);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease - 1);
	ahead_add(list_of(&j), j.rows[1].id, j.rows[1].lease - 1);
	ahead_add(list_of(&j), j.rows[1].id, j.rows[1].lease);
	ahead_add(list_of(&j), j.rows[2].id + 1000, j.rows[2].lease);	/* there is no such job */
	start_again(&j, state);
	claim_all(&j);
	assert_true(j.rows[0].attempts == 2 && j.rows[1].attempts == 1 && j.rows[2].attempts == 2);
	close_jobs(&j);
}

static void write_into_list(void **state, off_t at, const char *text)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof path, "%s/ahead", test_path(state));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
	close(fd);
}

static void a_list_of_another_boot_is_not_believed(void **state)
{
	struct jobs j;

	open_jobs(&j, state);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease);
	write_into_list(state, 24, "another-boot");
	start_again(&j, state);
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 2);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease);	/* that of this one is */
	start_again(&j, state);
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 2);
	close_jobs(&j);
}

static void a_list_that_was_cut_is_begun_anew(void **state)
{
	char path[4200];
	struct jobs j;

	open_jobs(&j, state);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease);
	house_close(&j.h);
	snprintf(path, sizeof path, "%s/ahead", test_path(state));
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(house_open(&j.h, test_path(state)), 0);
	ahead_add(list_of(&j), 4000, 1);	/* its page is there */
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 2);
	close_jobs(&j);
}

static void without_a_file_all_attempts_count(void **state)
{
	char path[4200];
	struct jobs j;

	open_jobs(&j, state);
	house_close(&j.h);
	snprintf(path, sizeof path, "%s/ahead", test_path(state));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(house_open(&j.h, test_path(state)), 0);
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 2);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease);
	ahead_begin(list_of(&j), j.rows[0].id);
	start_again(&j, state);
	claim_all(&j);
	assert_int_equal(j.rows[0].attempts, 3);
	close_jobs(&j);
}

static void a_full_list_takes_no_more(void **state)
{
	struct jobs j;

	open_jobs(&j, state);
	for (int i = 0; i < AHEAD_MAX + 100; i++)
		ahead_add(list_of(&j), 1000000 + i, 1);
	ahead_add(list_of(&j), j.rows[0].id, j.rows[0].lease);
	ahead_begin(list_of(&j), 1000000 + AHEAD_MAX + 50);	/* is not in it */
	for (int i = 0; i < AHEAD_MAX; i++)
		ahead_begin(list_of(&j), 1000000 + i);
	ahead_add(list_of(&j), j.rows[1].id, j.rows[1].lease);
	start_again(&j, state);
	claim_all(&j);
	assert_true(j.rows[0].attempts == 2 && j.rows[1].attempts == 1);
	close_jobs(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_attempt_that_never_began_is_not_counted),
		T(what_is_listed_with_another_lease_is_counted),
		T(a_list_of_another_boot_is_not_believed),
		T(a_list_that_was_cut_is_begun_anew),
		T(without_a_file_all_attempts_count),
		T(a_full_list_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
