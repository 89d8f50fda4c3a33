#include "functions/custom/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/json.h"

/* As Go prints them, in which AWS wrote its supervisor; it knows no others by name. */
static const char *const signals[] = {
	[1] = "hangup", "interrupt", "quit", "illegal instruction", "trace/breakpoint trap", "aborted", "bus error",
	"floating point exception", "killed", "user defined signal 1", "segmentation fault", "user defined signal 2",
	"broken pipe", "alarm clock", "terminated",
};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

static void set_type(struct fault *f, enum custom_end end, struct str type)
{
	f->is = true;
	f->end = end;
	snprintf(f->type, sizeof f->type, "%.*s", STR_ARG(type));
}

void fault_set(struct fault *f, enum custom_end end, struct str type, const char *fmt, ...)
{
	va_list ap;

	if (f->is)
		return;
	set_type(f, end, type);
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
}

void fault_set_body(struct fault *f, enum custom_end end, struct str type, struct str body)
{
	if (f->is)
		return;
	set_type(f, end, type);
	buf_add(&f->body, body.p, body.n);
}

void fault_clear(struct fault *f)
{
	buf_clear(&f->body);
	*f = (struct fault){0};
}

/* "exit status 1", "signal: killed"; "" for a process that ended well. */
static void print_status(int status, char to[64])
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	to[0] = '\0';
	if (number > 0 && number < SIGNALS)
		snprintf(to, 64, "signal: %s", signals[number]);
	else if (number > 0)
		snprintf(to, 64, "signal: signal %d", number);
	else if (WEXITSTATUS(status) != 0)
		snprintf(to, 64, "exit status %d", WEXITSTATUS(status));
}

/* "permission denied": as Go has them, the C library's with a small letter. */
static void print_errno(int error, char to[128])
{
	const char *known = strerrordesc_np(error);

	snprintf(to, 128, "%s", known ? known : "unknown error");
	if (to[0] >= 'A' && to[0] <= 'Z')
		to[0] |= 0x20;
}

void fault_of_runtime(struct fault *f, const struct sandbox_exit *how, const struct bootstrap *b)
{
	char text[128];

	if (how->oom) {
		fault_set(f, CUSTOM_MEMORY, STR("Runtime.ExitError"), "Runtime exited with error: signal: killed");
		return;
	}
	if (how->error && b->wrapped) {
		/* AWS has a shell between, which says so. */
		fault_set(f, CUSTOM_EXIT, STR("Runtime.ExitError"), "Runtime exited with error: exit status %d", how->error == ENOENT ? 127 : 126);
		return;
	}
	if (how->error) {
		print_errno(how->error, text);
		fault_set(f, CUSTOM_EXIT, STR("Runtime.InvalidEntrypoint"), "fork/exec %s: %s", b->path, text);
		return;
	}
	print_status(how->status, text);
	if (text[0])
		fault_set(f, CUSTOM_EXIT, STR("Runtime.ExitError"), "Runtime exited with error: %s", text);
	else
		fault_set(f, CUSTOM_EXIT, STR("Runtime.ExitError"), "Runtime exited without providing a reason");
}

void fault_of_extension(struct fault *f, const struct sandbox_exit *how, const char *path)
{
	char text[128];

	if (how->oom) {
		fault_set(f, CUSTOM_MEMORY, STR("Extension.Crash"), "signal: killed");
		return;
	}
	if (how->error) {
		print_errno(how->error, text);
		fault_set(f, CUSTOM_EXIT, STR("Extension.LaunchError"), "fork/exec %s: %s", path, text);
		return;
	}
	print_status(how->status, text);
	fault_set(f, CUSTOM_EXIT, STR("Extension.Crash"), "%s", text[0] ? text : "exit status 0");
}

void fault_write(const struct fault *f, struct str request, struct buf *to)
{
	struct json j = json_into(to);
	struct buf message = {0};

	if (f->body.data) {
		buf_add(to, f->body.data, f->body.len);
		return;
	}
	buf_printf(&message, "RequestId: %.*s Error: %s", STR_ARG(request), f->message);
	json_open(&j, NULL, '{');
	json_cstr(&j, "errorType", f->type);
	json_str(&j, "errorMessage", str_n(message.data, message.len));
	json_close(&j);
	buf_clear(&message);
}

static bool letters(struct str s)
{
	if (s.n < 2 || s.p[0] < 'A' || s.p[0] > 'Z')
		return false;
	for (size_t i = 1; i < s.n; i++)
		if ((s.p[i] | 0x20) < 'a' || (s.p[i] | 0x20) > 'z')
			return false;
	return true;
}

void fault_known_type(struct str said, char to[64])
{
	struct str kind, rest = said;
	bool function = str_starts(said, STR("Function."));

	if ((function || str_starts(said, STR("Runtime."))) && said.n < 64 && str_next(&rest, '.', &kind) && letters(rest))
		snprintf(to, 64, "%.*s", STR_ARG(said));
	else
		snprintf(to, 64, "%s", function ? "Function.Unknown" : "Runtime.Unknown");
}
