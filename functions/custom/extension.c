#include "functions/custom/extension.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "functions/custom/custom_pool.h"
#include "functions/custom/variables.h"

static struct extension *find(struct custom_environment *e, const char *name)
{
	for (int i = 0; i < e->extension_count; i++)
		if (strcmp(e->extensions[i].name, name) == 0)
			return &e->extensions[i];
	return NULL;
}

static void take_out(struct custom_environment *e, struct extension *x)
{
	*x = e->extensions[--e->extension_count];
}

/* A symbolic link is taken as executable: only the cage can follow it. */
static bool runs(int dir, const char *name, bool *file)
{
	struct stat st;

	*file = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
	return *file && (S_ISLNK(st.st_mode) || st.st_mode & 0111);
}

static void look_at(struct custom_environment *e, int dir, const char *name)
{
	struct extension *x = find(e, name);
	bool file, executable = runs(dir, name, &file);

	if (x && !executable && file)
		take_out(e, x);		/* hidden by the later layer's */
	if (x || !executable || strlen(name) > EXTENSION_NAME_MAX)
		return;
	if (e->extension_count == RUNTIME_EXTENSIONS_MAX) {
		fault_set(&e->fault, CUSTOM_EXIT, STR("Extension.TooManyExtensions"), "Extension limit (%d) reached", RUNTIME_EXTENSIONS_MAX);
		return;
	}
	x = &e->extensions[e->extension_count++];
	*x = (struct extension){ .external = true, .process = -1 };
	snprintf(x->name, sizeof x->name, "%s", name);
}

/* Where a link leads is the cage's to know: out here it would be a directory of the host's. */
static DIR *open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static void list_folder(struct custom_environment *e, const char *path)
{
	DIR *d = open_folder(path);
	struct dirent *entry;
	int n = 0;

	while (d && !e->fault.is && (entry = readdir(d))) {
		look_at(e, dirfd(d), entry->d_name);
		if (++n > EXTENSION_FILES_MAX)
			fault_set(&e->fault, CUSTOM_EXIT, STR("Extension.TooManyExtensions"), "There are more than %d files in /opt/extensions",
				  EXTENSION_FILES_MAX);
	}
	if (d)
		closedir(d);
}

static void list(struct custom_environment *e)
{
	for (int i = 0; i < e->recipe->layer_count; i++) {
		const char *layer = bootstrap_host_path(&e->memory, custom_spec_of(e), e->recipe->layers[i]);
		struct stat st;

		list_folder(e, arena_printf(&e->memory, "%s/extensions", layer));
		if (lstat(arena_printf(&e->memory, "%s/" EXTENSIONS_OFF, layer), &st) == 0) {
			e->extension_count = 0;
			return;
		}
	}
}

static void start(struct custom_environment *e, struct extension *x, const char *const *variables)
{
	const char *path = arena_printf(&e->memory, "/opt/extensions/%s", x->name);
	const char *argv[] = { path, NULL };
	struct sandbox_process p = { .path = path, .argv = argv, .envp = variables, .directory = "/", .log = -1 };
	int rc = lines_open(&x->lines, custom_spec_of(e)->loop, LINES_TEXT, life_line, e);

	if (rc == 0) {
		p.out = p.err = lines_writer(x->lines);
		rc = sandbox_exec(e->sandbox, &p);
	}
	if (rc < 0)
		fault_set(&e->fault, CUSTOM_EXIT, STR("Extension.LaunchError"), "%s: %s", x->name, err_text(rc));
	else
		x->process = rc;
}

void extension_start_all(struct custom_environment *e)
{
	struct variables_spec s = { .recipe = e->recipe, .stream = e->stream, .provisioned = e->provisioned, .extension = true, .log_fd = -1 };
	const char *const *variables;

	list(e);
	if (e->fault.is)
		e->extension_count = 0;
	if (e->extension_count == 0)
		return;
	variables = variables_make(&e->memory, &s);
	for (int i = 0; i < e->extension_count; i++)
		start(e, &e->extensions[i], variables);
}

bool extension_all_registered(const struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].state < EXTENSION_REGISTERED)
			return false;
	return true;
}

bool extension_all_ready(const struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].state != EXTENSION_READY || e->extensions[i].due)
			return false;
	return true;
}

bool extension_any_external(const struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].external)
			return true;
	return false;
}

bool extension_any_alive(const struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].external && e->extensions[i].process >= 0)
			return true;
	return false;
}

bool extension_any_to_tell(const struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].shutdown && e->extensions[i].process >= 0)
			return true;
	return false;
}

bool extension_exited(struct custom_environment *e, int process, const struct sandbox_exit *how)
{
	for (int i = 0; i < e->extension_count; i++) {
		struct extension *x = &e->extensions[i];

		if (!x->external || x->process != process)
			continue;
		x->process = -1;
		if (x->lines)
			lines_flush(x->lines);
		if (e->life < LIFE_STOPPING)
			fault_of_extension(&e->fault, how, arena_printf(&e->memory, "/opt/extensions/%s", x->name));
		return true;
	}
	return false;
}

static void write_event(struct json *j, const struct custom_environment *e, enum extension_event due)
{
	const struct custom_invocation *i = e->invocation;

	json_open(j, NULL, '{');
	if (due == EXTENSION_INVOKE) {
		json_cstr(j, "eventType", "INVOKE");
		json_int(j, "deadlineMs", e->until_ms);
		json_str(j, "requestId", i->request);
		json_str(j, "invokedFunctionArn", i->arn);
		json_open(j, "tracing", '{');
		json_cstr(j, "type", "X-Amzn-Trace-Id");
		json_str(j, "value", i->trace);
		json_close(j);
	} else {
		json_cstr(j, "eventType", "SHUTDOWN");
		json_cstr(j, "shutdownReason", e->reason);
		json_int(j, "deadlineMs", e->shutdown_ms);
	}
	json_close(j);
}

/* Version 4, of the kernel's random bytes. */
void extension_make_identifier(char to[37])
{
	uint8_t b[16];

	random_bytes(b, sizeof b);
	b[6] = (uint8_t)(0x40 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	snprintf(to, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6],
		 b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

void extension_give(struct custom_environment *e, struct extension *x)
{
	struct runtime_waiter *w = x->waiter;
	struct runtime_event ev = {0};
	struct buf body = {0};
	char identifier[37];
	struct json j = json_into(&body);

	if (!w || !x->due)
		return;
	write_event(&j, e, x->due);
	extension_make_identifier(identifier);
	ev.body = str_n(body.data, body.len);
	ev.event_identifier = str_of(identifier);
	x->waiter = NULL;
	x->due = EXTENSION_NOTHING;
	x->state = EXTENSION_RUNNING;
	w->deliver(w, &ev);
	buf_clear(&body);
}

void extension_invoke_all(struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++) {
		struct extension *x = &e->extensions[i];

		if (x->invoke) {
			x->due = EXTENSION_INVOKE;
			extension_give(e, x);
		}
	}
}

void extension_shutdown_all(struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++) {
		struct extension *x = &e->extensions[i];

		if (x->shutdown && x->process >= 0) {
			x->due = EXTENSION_SHUTDOWN;
			extension_give(e, x);
		}
	}
}

void extension_flush_all(struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++)
		if (e->extensions[i].lines)
			lines_drain(e->extensions[i].lines);
}

void extension_forget_all(struct custom_environment *e)
{
	for (int i = 0; i < e->extension_count; i++) {
		struct extension *x = &e->extensions[i];
		struct runtime_waiter *w = x->waiter;

		x->waiter = NULL;
		if (w)
			w->deliver(w, NULL);
		if (x->lines) {
			lines_flush(x->lines);
			lines_close(x->lines);
			x->lines = NULL;
		}
	}
	e->extension_count = 0;
}
