#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "functions/verdict.h"
#include "tests/lib/t.h"

static const struct {
	struct death d;
	enum reason reason;
	const char *text;
} cases[] = {
	{ { .code = CLD_EXITED, .status = 0 }, REASON_CRASHED, "Runtime exited without providing a reason" },
	{ { .code = CLD_EXITED, .status = 7 }, REASON_CRASHED, "exit status 7" },
	{ { .code = CLD_EXITED, .status = 7, .refused = true }, REASON_MEMORY, "out of memory" },
	{ { .code = CLD_KILLED, .status = SIGSEGV }, REASON_CRASHED, "signal: Segmentation fault" },
	{ { .code = CLD_DUMPED, .status = SIGSEGV }, REASON_CRASHED, "signal: Segmentation fault" },
	{ { .code = CLD_KILLED, .status = SIGSEGV, .refused = true }, REASON_MEMORY, "out of memory" },
	{ { .code = CLD_KILLED, .status = SIGSYS }, REASON_FORBIDDEN, "the cage forbids" },
	{ { .code = CLD_KILLED, .status = SIGTRAP }, REASON_MEMORY, "glib" },
	{ { .code = CLD_KILLED, .status = SIGBUS }, REASON_SOURCE, "could not be read" },
	{ { .code = CLD_KILLED, .status = SIGXFSZ }, REASON_ANSWER, "limit" },
	{ { .code = CLD_KILLED, .status = SIGXCPU }, REASON_TIMEOUT, "processor time" },
	{ { .code = CLD_KILLED, .status = SIGKILL }, REASON_CRASHED, "signal: Killed" },
	{ { .code = CLD_KILLED, .status = SIGKILL, .oom = true }, REASON_MEMORY, "out of memory" },
	{ { .code = CLD_KILLED, .status = SIGKILL, .cpu_s = 9, .cpu_limit_s = 9 }, REASON_TIMEOUT, "Killed" },
	{ { .code = CLD_KILLED, .status = SIGABRT, .peak_kb = 2048, .memory_bytes = 2 << 20 }, REASON_MEMORY, "out of memory" },
	{ { .code = CLD_KILLED, .status = SIGABRT, .peak_kb = 1024, .memory_bytes = 2 << 20 }, REASON_CRASHED, "Aborted" },
};

static void every_end_has_its_reason(void **state)
{
	char message[VERDICT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum reason r = verdict(&cases[i].d, message);

		if (r != cases[i].reason || !strstr(message, cases[i].text))
			fail_msg("case %zu: %s, %s", i, reason_code(r), message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(every_end_has_its_reason) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
