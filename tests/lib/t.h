/* t.h - what cmocka lacks: a private directory per test, a descriptor count before and
 * after, every system call failing in turn, and processes that die on purpose.
 *
 *     static void a_failed_stage_leaves_nothing(void **state)
 *     {
 *             int dir = test_dir(state);
 *             EACH_FAULT(f) {
 *                     rc = thing(dir);
 *                     assert_int_equal(rc < 0, t_faulted(&f));
 *             }
 *     }
 *     ...
 *     const struct CMUnitTest tests[] = { T(a_failed_stage_leaves_nothing) };
 *     return cmocka_run_group_tests(tests, NULL, NULL);
 *
 * T() adds t_setup and t_teardown. A test with a state of its own calls those two first and last.
 */
#ifndef TESTS_LIB_T_H
#define TESTS_LIB_T_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/sys.h"

#define T(name) cmocka_unit_test_setup_teardown(name, t_setup, t_teardown)

int t_setup(void **state);
int t_teardown(void **state);	/* removes the directory, disarms faults; fails when a descriptor was left open */

/* An empty directory of this test's own under $TMPDIR or /tmp. Descriptor and path are borrowed. */
int test_dir(void **state);
const char *test_path(void **state);

/* minilab-runner: $MINILAB_RUNNER, or the one of this build, three directories up from the test. */
const char *t_runner(void);
const char *t_general(void);	/* minilab-runner-general beside it */

bool exists(int dir, const char *name);
int t_entries(int dir);			/* names in a directory, besides . and .. */
void t_wipe(int dir);			/* removes all of them, deeply */
int t_open_fds(void);
struct str t_bytes(size_t n, uint32_t seed);	/* n reproducible bytes; the caller frees .p */
bool str_is(struct str s, const char *text);	/* for assert_true on a str */

/* Runs the body once per counted system call it makes, failing a different one each time, and a last
 * time with none failing. `break` inside it must be preceded by sys_set_fault of nothing. */
struct t_faults {
	struct sys_fault fault;
	long n;
};
#define EACH_FAULT(f) EACH_FAULT_OF(f, 0, false)
#define EACH_FAULT_OF(f, error, for_ever) \
	for (struct t_faults f = { .fault = { .fail_with = (error), .forever = (for_ever) } }; t_fault_next(&f);)
bool t_fault_next(struct t_faults *f);
bool t_faulted(const struct t_faults *f);	/* this run has met its fault by now */

/* Runs `body` in a child with a fault armed. cmocka's assertions must not be used in there: it returns
 * 0, or a number that tells what was wrong. */
enum t_end {
	T_FINISHED,		/* body returned 0 */
	T_DIED,			/* at crash_at, or by abort(3): a failed sync does that */
	T_FAILED		/* body returned something else, or a sanitizer spoke */
};
typedef int t_body_fn(void *arg);
enum t_end t_child(struct sys_fault f, t_body_fn *body, void *arg);

/* Once per counted system call of `body`: a child has just died there (or, the last time, finished);
 * the loop's body looks at what it left. A body that fails fails the test. */
struct t_crashes {
	t_body_fn *body;
	void *arg;
	long n;
	bool died;
};
#define EACH_CRASH(c, fn, argument) \
	for (struct t_crashes c = { .body = (fn), .arg = (argument), .died = true }; t_crash_next(&c);)
bool t_crash_next(struct t_crashes *c);

/* Polls until `cond` holds; the deadline is only there to end a test that will never pass. */
#define WAIT_UNTIL(cond, deadline_ms) \
	do { \
		for (int64_t end_ = t_now_ms() + (deadline_ms); !(cond) && t_now_ms() < end_;) \
			t_nap(); \
		assert_true(cond); \
	} while (0)
int64_t t_now_ms(void);		/* the real clock, whatever clock_advance_ms did */
void t_nap(void);		/* one millisecond */

#endif
