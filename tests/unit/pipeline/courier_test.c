#include "tests/lib/t.h"

#include <errno.h>
#include <netdb.h>
#include <semaphore.h>
#include <time.h>

#include "base/check.h"
#include "base/err.h"
#include "pipeline/courier.h"

#define PATIENCE_S 20		/* of a resolver that nobody lets go on: then the test has failed */

/* Instead of the library's: names are found when the test says so. */
static sem_t asked, go_on, over;
static bool was_let;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **to)
{
	struct timespec end;

	(void)name, (void)service, (void)hints;
	*to = NULL;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	sem_post(&asked);
	was_let = sem_timedwait(&go_on, &end) == 0;
	sem_post(&over);
	return EAI_AGAIN;
}

struct fixture {
	uv_loop_t loop;
	struct store *store;
	struct lanes *lanes;
	struct courier *courier;
	struct delivery d;
	bool done;
};

static void on_done(struct delivery *d)
{
	container_of(d, struct fixture, d)->done = true;
}

static void open_fixture(void **state, struct fixture *f)
{
	sem_init(&asked, 0, 0);
	sem_init(&go_on, 0, 0);
	sem_init(&over, 0, 0);
	assert_int_equal(store_open(&f->store, &(struct store_spec){ .dir = test_path(state), .region = "us-east-1",
									  .account = "000000000000" }), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(lanes_open(&f->lanes, &f->loop, f->store, 1), 0);
	assert_int_equal(courier_open(&f->courier, f->lanes, STR("")), 0);
}

static void send_and_wait(struct fixture *f, int64_t timeout_ms, bool hurry)
{
	f->done = false;
	f->d = (struct delivery){ .url = "http://a-name.example/", .body = STR("{}"), .timeout_ms = timeout_ms, .done = on_done };
	courier_send(f->courier, &f->d);
	assert_int_equal(sem_wait(&asked), 0);
	if (hurry)
		courier_hurry(f->courier);
	while (!f->done)
		uv_run(&f->loop, UV_RUN_ONCE);
	assert_int_equal(sem_post(&go_on), 0);
	assert_int_equal(sem_wait(&over), 0);
	assert_true(was_let);		/* nobody had waited for it */
}

static void close_fixture(struct fixture *f)
{
	courier_close(f->courier);
	lanes_close(f->lanes);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	store_close(f->store);
	uv_library_shutdown();
}

static void a_name_that_is_not_found_in_time_holds_up_nobody(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	send_and_wait(&f, 50, false);
	assert_int_equal(f.d.rc, E_TIMEOUT);
	close_fixture(&f);
}

static void who_is_in_a_hurry_does_not_wait_for_a_name(void **state)
{
	struct fixture f;

	open_fixture(state, &f);
	send_and_wait(&f, 60000, true);
	assert_int_equal(f.d.rc, E_CLOSED);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_name_that_is_not_found_in_time_holds_up_nobody),
		T(who_is_in_a_hurry_does_not_wait_for_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
