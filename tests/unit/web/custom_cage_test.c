/* Custom functions for real: the pool, cages of minilab-sandbox, and processes in them that speak the Runtime API over HTTP. The function is a
 * bootstrap in Python that does what its event says. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "functions/custom.h"
#include "tests/lib/t.h"
#include "web/runtime/api.h"

#define DEADLINE_S 120		/* only to end a test that hangs */
#define PIDS_MAX 64

/* A client of 40 lines: one kept connection, no library that would take long to import. */
static const char client[] =
	"import json, os, socket, sys, time\n"
	"s = socket.create_connection(('127.0.0.1', 9001))\n"
	"f = s.makefile('rb')\n"
	"def call(method, path, body=b'', headers=()):\n"
	"    head = [method + ' ' + path + ' HTTP/1.1', 'Host: x', 'Content-Length: %d' % len(body)] + list(headers)\n"
	"    s.sendall('\\r\\n'.join(head + ['', '']).encode() + body)\n"
	"    status = int(f.readline().split()[1])\n"
	"    fields = {}\n"
	"    for line in iter(f.readline, b'\\r\\n'):\n"
	"        name, value = line.decode().split(':', 1)\n"
	"        fields[name.lower()] = value.strip()\n"
	"    return status, fields, f.read(int(fields.get('content-length', 0)))\n";

static const char function[] =
	"import threading\n"
	"count = 0\n"
	"gap = 0.0\n"
	"def tick():\n"
	"    global gap\n"
	"    last = time.monotonic()\n"
	"    while True:\n"
	"        time.sleep(0.001)\n"
	"        now = time.monotonic()\n"
	"        gap, last = max(gap, now - last), now\n"
	"def run(e):\n"
	"    if e.get('file'): open('/tmp/' + e['file'], 'w').close()\n"
	"    if e.get('print'): print(e['print'], flush=True)\n"
	"    if e.get('tick'): threading.Thread(target=tick, daemon=True).start()\n"
	"    if e.get('spin'):\n"
	"        while True: pass\n"
	"    if e.get('eat'):\n"
	"        eaten = bytes(b'x') * (e['eat'] << 20)\n"
	"        time.sleep(10)\n"
	"    if 'exit' in e: os._exit(e['exit'])\n"
	"    if e.get('kill'): os.kill(os.getpid(), e['kill'])\n"
	"    return {'pid': os.getpid(), 'count': count, 'files': sorted(os.listdir('/tmp')), 'gap': gap, 'name': os.environ['AWS_LAMBDA_FUNCTION_NAME'],\n"
	"            'where': os.getcwd(), 'uid': os.getuid()}\n"
	"while True:\n"
	"    status, fields, body = call('GET', '/2018-06-01/runtime/invocation/next')\n"
	"    count += 1\n"
	"    answer = json.dumps(run(json.loads(body)))\n"
	"    call('POST', '/2018-06-01/runtime/invocation/' + fields['lambda-runtime-aws-request-id'] + '/response', answer.encode())\n";

static const char extension[] =
	"status, fields, body = call('POST', '/2020-01-01/extension/register', b'{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}', ['Lambda-Extension-Name: watch'])\n"
	"me = ['Lambda-Extension-Identifier: ' + fields['lambda-extension-identifier']]\n"
	"while True:\n"
	"    status, fields, body = call('GET', '/2020-01-01/extension/event/next', b'', me)\n"
	"    event = json.loads(body)\n"
	"    print('watch', event['eventType'], event.get('shutdownReason', event.get('requestId')), flush=True)\n"
	"    if event['eventType'] == 'SHUTDOWN': break\n";

struct house {
	uv_loop_t loop;
	struct custom_pool *pool;
	struct runtime_api *api;
	struct flow flow;
	struct recipe *recipe;
	char code[512], program[4096];
	struct buf log;
	bool api_closed, pool_closed;
};

struct call {
	struct custom_invocation i;
	bool done;
	char answer[1024], tail[8192];
};

static void write_program(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);
	static const char first[] = "#!/usr/bin/python3 -S\n";

	assert_true(fd >= 0);
	assert_int_equal(write(fd, first, strlen(first)), strlen(first));
	assert_int_equal(write(fd, client, strlen(client)), strlen(client));
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, 0755);
	close(fd);
}

static void make_code(struct house *h, void **state)
{
	char path[600];

	snprintf(h->code, sizeof h->code, "%s/code", test_path(state));
	assert_int_equal(mkdir(h->code, 0755), 0);
	snprintf(path, sizeof path, "%s/fn", h->code);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/fn/bootstrap", h->code);
	write_program(path, function);
	snprintf(path, sizeof path, "%s/layer", h->code);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/layer/extensions", h->code);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof path, "%s/layer/extensions/watch", h->code);
	write_program(path, extension);
}

static void on_log(void *owner, const struct recipe *r, const char *stream, int64_t at_ms, struct str text)
{
	struct house *h = owner;

	(void)r;
	(void)stream;
	(void)at_ms;
	buf_add(&h->log, text.p, text.n);
}

static void on_attach(void *owner, struct custom_environment *e, int runtime, int endpoint)
{
	close(endpoint);
	assert_int_equal(runtime_api_attach(((struct house *)owner)->api, e, runtime), 0);
}

static void on_detach(void *owner, struct custom_environment *e)
{
	runtime_api_detach(((struct house *)owner)->api, e);
}

static void open_house(struct house *h, void **state)
{
	const char *slash = strrchr(t_runner(), '/');
	struct recipe *r;

	*h = (struct house){0};
	alarm(DEADLINE_S);
	make_code(h, state);
	snprintf(h->program, sizeof h->program, "%.*s/minilab-sandbox", (int)(slash - t_runner()), t_runner());
	assert_int_equal(uv_loop_init(&h->loop), 0);
	assert_int_equal(runtime_api_open(&h->api, &h->loop, 4, &h->flow), 0);
	assert_int_equal(custom_open(&h->pool, &(struct custom_spec){ .loop = &h->loop, .program = h->program, .code_dir = h->code,
		.runtime_dir = "", .node = "", .python = "", .environments_max = 4, .idle_ms = 60000, .owner = h, .log = on_log,
		.attach = on_attach, .detach = on_detach }), 0);
	r = h->recipe = recipe_new();
	r->key = STR("1:$LATEST:1");
	r->function = 1;
	r->name = STR("f");
	r->version = STR("$LATEST");
	r->arn = STR("arn:aws:lambda:us-east-1:123456789012:function:f");
	r->region = STR("us-east-1");
	r->account = STR("123456789012");
	r->runtime = STR("provided.al2023");
	r->kind = RUNTIME_PROVIDED;
	r->handler = STR("x");
	r->memory_mb = 128;
	r->timeout_ms = 20000;
	r->tmp_mb = 16;
	r->code = STR("fn");
	r->log_group = STR("/aws/lambda/f");
}

static void on_api_closed(void *owner)
{
	((struct house *)owner)->api_closed = true;
}

static void on_pool_closed(void *owner)
{
	struct house *h = owner;

	h->pool_closed = true;
	runtime_api_stop(h->api, on_api_closed, h);
}

static void close_house(struct house *h)
{
	custom_close(h->pool, on_pool_closed, h);
	uv_run(&h->loop, UV_RUN_DEFAULT);
	assert_true(h->pool_closed && h->api_closed);
	assert_int_equal(uv_loop_close(&h->loop), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	recipe_unref(h->recipe);
	buf_clear(&h->log);
	alarm(0);
}

static void turn(struct house *h)
{
	uv_run(&h->loop, UV_RUN_NOWAIT);
	t_nap();
}

static void on_done(struct custom_invocation *i)
{
	struct call *c = container_of(i, struct call, i);

	c->done = true;
	snprintf(c->answer, sizeof c->answer, "%.*s", (int)i->answer.len, i->answer.data ? i->answer.data : "");
	snprintf(c->tail, sizeof c->tail, "%.*s", (int)i->tail.len, i->tail.data ? i->tail.data : "");
}

static struct call *run(struct house *h, const char *event, int64_t timeout_ms)
{
	static struct call c;

	c = (struct call){ .i = { .recipe = h->recipe, .request = STR("8476a536-e9f4-11e8-9739-2dfe598c3fcd"), .payload = str_of(event),
				  .arn = h->recipe->arn, .trace = STR("Root=1"), .timeout_ms = timeout_ms, .done = on_done } };
	custom_invoke(h->pool, &c.i);
	while (!c.done)
		turn(h);
	if (c.i.end != CUSTOM_OK)
		print_message("%s\n", c.answer);
	return &c;
}

static long number_in(const struct call *c, const char *name)
{
	const char *at = strstr(c->answer, name);

	assert_non_null(at);
	return strtol(at + strlen(name), NULL, 10);
}

static void a_process_lives_on_between_invocations(void **state)
{
	struct house h;
	struct call *c;
	long pid;

	open_house(&h, state);
	c = run(&h, "{\"file\":\"kept\",\"print\":\"hello\"}", 20000);
	assert_int_equal(c->i.end, CUSTOM_OK);
	assert_int_equal(number_in(c, "\"count\": "), 1);
	assert_int_equal(number_in(c, "\"uid\": "), 993);
	assert_non_null(strstr(c->answer, "\"name\": \"f\", \"where\": \"/var/task\""));
	assert_non_null(strstr(c->tail, " Version: $LATEST\nhello\nEND RequestId"));
	pid = number_in(c, "\"pid\": ");
	c = run(&h, "{}", 20000);
	assert_int_equal(number_in(c, "\"pid\": "), pid);
	assert_int_equal(number_in(c, "\"count\": "), 2);
	assert_non_null(strstr(c->answer, "\"files\": [\"kept\"]"));
	close_house(&h);
}

static void after_a_timeout_only_tmp_is_left(void **state)
{
	struct house h;
	struct call *c;
	long pid;

	open_house(&h, state);
	c = run(&h, "{\"file\":\"kept\"}", 20000);
	pid = number_in(c, "\"pid\": ");
	c = run(&h, "{\"spin\":true}", 100);
	assert_int_equal(c->i.end, CUSTOM_TIMEOUT);
	assert_int_equal(c->i.report.duration_us, 100000);
	c = run(&h, "{}", 20000);
	assert_int_equal(c->i.end, CUSTOM_OK);
	assert_int_not_equal(number_in(c, "\"pid\": "), pid);
	assert_int_equal(number_in(c, "\"count\": "), 1);
	assert_non_null(strstr(c->answer, "\"files\": [\"kept\"]"));
	close_house(&h);
}

static void processes_that_end_are_told_as_they_ended(void **state)
{
	struct house h;
	struct call *c;

	open_house(&h, state);
	c = run(&h, "{\"exit\":0}", 20000);
	assert_non_null(strstr(c->answer, "Error: Runtime exited without providing a reason\"}"));
	c = run(&h, "{\"exit\":127}", 20000);
	assert_non_null(strstr(c->answer, "Error: Runtime exited with error: exit status 127\"}"));
	c = run(&h, "{\"kill\":11}", 20000);
	assert_non_null(strstr(c->answer, "Error: Runtime exited with error: signal: segmentation fault\"}"));
	assert_int_equal(c->i.end, CUSTOM_EXIT);
	close_house(&h);
}

static void too_much_memory_ends_it(void **state)
{
	struct house h;
	struct call *c;

	open_house(&h, state);
	c = run(&h, "{\"eat\":400}", 20000);
	assert_int_equal(c->i.end, CUSTOM_MEMORY);
	assert_non_null(strstr(c->answer, "Error: Runtime exited with error: signal: killed\"}"));
	assert_non_null(strstr(c->tail, "\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t"));
	c = run(&h, "{}", 20000);
	assert_int_equal(c->i.end, CUSTOM_OK);
	close_house(&h);
}

static void look_for_frozen(void *owner, const struct custom_view *v)
{
	*(bool *)owner = strcmp(v->state, "frozen") == 0;
}

static void a_thread_makes_no_progress_between_invocations(void **state)
{
	struct house h;
	struct call *c;
	bool frozen = false;
	double gap = 0;
	int64_t until;

	open_house(&h, state);
	run(&h, "{\"tick\":true}", 20000);
	while (!frozen) {
		turn(&h);
		custom_each(h.pool, look_for_frozen, &frozen);
	}
	for (until = t_now_ms() + 400; t_now_ms() < until;)
		turn(&h);
	for (int tries = 0; tries < 200 && gap < 0.2; tries++) {
		c = run(&h, "{}", 20000);		/* the thread may not have had its turn yet */
		gap = strtod(strstr(c->answer, "\"gap\": ") + strlen("\"gap\": "), NULL);
	}
	assert_true(gap >= 0.2);
	close_house(&h);
}

static void an_extension_is_served(void **state)
{
	struct house h;
	struct call *c;

	open_house(&h, state);
	h.recipe->layers[0] = STR("layer");
	h.recipe->layer_count = 1;
	c = run(&h, "{}", 20000);
	assert_int_equal(c->i.end, CUSTOM_OK);
	assert_non_null(strstr(c->tail, "EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"));
	assert_non_null(strstr(c->tail, "watch INVOKE 8476a536-e9f4-11e8-9739-2dfe598c3fcd\n"));
	custom_retire(h.pool, 1, NULL);
	while (!strstr(h.log.data, "watch SHUTDOWN spindown\n"))
		turn(&h);
	close_house(&h);
}

/* -- nothing stays when the daemon is killed -- */

static int children_of(pid_t pid, pid_t *to, int most)
{
	char path[64], text[512] = "", *at = text, *end;
	int fd, n = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	for (long one; n < most && (one = strtol(at, &end, 10)) > 0 && end != at; at = end)
		to[n++] = (pid_t)one;
	return n;
}

/* Of a process and all below it. */
static int descendants(pid_t pid, pid_t *to, int most)
{
	int n = children_of(pid, to, most), all = n;

	for (int i = 0; i < n; i++)
		all += descendants(to[i], to + all, most - all);
	return all;
}

static bool lives(pid_t pid)
{
	char path[64], text[512] = "", *name_end;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	name_end = strrchr(text, ')');
	return name_end && name_end[2] != 'Z' && name_end[2] != 'X';	/* nobody may have reaped it yet */
}

static void be_daemon(void **state, int ready)
{
	struct house h;

	open_house(&h, state);
	run(&h, "{}", 20000);
	if (write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		turn(&h);
}

static void a_killed_daemon_leaves_no_process(void **state)
{
	pid_t pids[PIDS_MAX], daemon;
	int ready[2], n;
	char byte;

	assert_int_equal(pipe(ready), 0);
	daemon = fork();
	if (daemon == 0)
		be_daemon(state, ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	n = descendants(daemon, pids, PIDS_MAX);
	assert_true(n >= 3);		/* zygote, process 1, the runtime */
	assert_int_equal(kill(daemon, SIGKILL), 0);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
	for (int i = 0; i < n; i++)
		WAIT_UNTIL(!lives(pids[i]), 20000);
}

static int warm_up(void **state)
{
	uv_loop_t loop;

	(void)state;
	return uv_loop_init(&loop) || uv_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_process_lives_on_between_invocations),
		T(after_a_timeout_only_tmp_is_left),
		T(processes_that_end_are_told_as_they_ended),
		T(too_much_memory_ends_it),
		T(a_thread_makes_no_progress_between_invocations),
		T(an_extension_is_served),
		T(a_killed_daemon_leaves_no_process),
	};

	return cmocka_run_group_tests(tests, warm_up, NULL);
}
