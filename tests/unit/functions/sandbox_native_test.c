/* Functions in C: this test is the Runtime API to them, on the listening socket of the cage. */
#include <poll.h>
#include <sys/socket.h>

#include "functions/minilab_native.h"
#include "tests/unit/functions/sandbox_rig.h"

#define REQUEST "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define TEXT_MAX (8 << 20)

static const char source[] =
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include \"functions/minilab_native.h\"\n"
	"static int calls;\n"
	"__attribute__((constructor)) static void init(void) { puts(\"init\"); }\n"
	"int echo(const struct minilab_event *e, struct minilab_answer *a)\n"
	"{\n"
	"	printf(\"call %d of %s until %lld\\n\", ++calls, e->request, (long long)e->deadline_ms);\n"
	"	return minilab_write(a, e->payload, e->payload_length);\n"
	"}\n"
	"int say_nothing(const struct minilab_event *e, struct minilab_answer *a)\n"
	"{\n"
	"	return (void)e, (void)a, 0;\n"
	"}\n"
	"int refuse(const struct minilab_event *e, struct minilab_answer *a)\n"
	"{\n"
	"	minilab_puts(a, \"dropped\");\n"
	"	return minilab_fail(a, \"Photo.TooDark\", e->function_arn);\n"
	"}\n"
	"int fail(const struct minilab_event *e, struct minilab_answer *a)\n"
	"{\n"
	"	return (void)e, (void)a, 5;\n"
	"}\n"
	"int flood(const struct minilab_event *e, struct minilab_answer *a)\n"
	"{\n"
	"	static char block[65536];\n"
	"	(void)e;\n"
	"	while (minilab_write(a, block, sizeof block) == 0)\n"
	"		;\n"
	"	return 0;\n"
	"}\n";

struct runtime {
	struct box b;
	int connection, out;
	char *text;		/* the last request, and room for it */
	size_t length;
};

static void compile(struct box *b)
{
	char from[1100], to[1100], include[600], here[512];
	const char *argv[] = { "cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", to, from, include, NULL };

	snprintf(from, sizeof from, "%s/f.c", box_code(b, "1", "f.c", source, 0644));
	snprintf(to, sizeof to, "%s/1/f.so", b->code);
	assert_non_null(getcwd(here, sizeof here));
	snprintf(include, sizeof include, "-I%s", here);
	box_compile(to, argv);
}

static void start(struct runtime *r, void **state, const char *handler)
{
	const char *const argv[] = { "minilab.native", handler, NULL }, *const envp[] = { "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", NULL };
	struct sandbox_process p = { .native = true, .argv = argv, .envp = envp, .directory = "/var/task", .log = -1 };
	static char package[1024], path[256];

	snprintf(path, sizeof path, "%.*s", (int)strcspn(handler, ":"), handler);
	p.path = path;
	*r = (struct runtime){ .text = test_malloc(TEXT_MAX) };
	box_open(&r->b, state, NULL);
	compile(&r->b);
	snprintf(package, sizeof package, "%s/1", r->b.code);
	r->b.plan.code = str_of(package);
	box_start(&r->b);
	r->out = p.out = p.err = box_output_file(&r->b);
	assert_int_equal(sandbox_exec(r->b.s, &p), 0);
	fcntl(r->b.listeners[SANDBOX_RUNTIME_API], F_SETFL, 0);
	r->connection = accept4(r->b.listeners[SANDBOX_RUNTIME_API], NULL, NULL, SOCK_CLOEXEC);
	assert_true(r->connection >= 0);
}

static void stop(struct runtime *r)
{
	close(r->connection);
	close(r->out);
	test_free(r->text);
	box_close(&r->b);
}

/* Head and body of what the function sends next. */
static void expect(struct runtime *r, const char *first_line)
{
	const char *end = NULL, *length;
	size_t whole = 0;

	r->length = 0;
	while (!end || r->length < whole) {
		ssize_t n = recv(r->connection, r->text + r->length, TEXT_MAX - 1 - r->length, 0);

		assert_true(n > 0);
		r->length += (size_t)n;
		r->text[r->length] = '\0';
		if (!end && (end = strstr(r->text, "\r\n\r\n"))) {
			assert_non_null(length = strstr(r->text, "Content-Length: "));
			whole = (size_t)(end + 4 - r->text) + strtoul(length + strlen("Content-Length: "), NULL, 10);
		}
	}
	assert_int_equal(r->length, whole);
	assert_memory_equal(r->text, first_line, strlen(first_line));
}

static const char *body(const struct runtime *r)
{
	return strstr(r->text, "\r\n\r\n") + 4;
}

static void reply(struct runtime *r, const char *status, const char *headers, struct str text)
{
	char head[1024];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, text.n);

	assert_int_equal(send(r->connection, head, (size_t)n, 0), n);
	for (size_t at = 0; at < text.n;) {
		ssize_t sent = send(r->connection, text.p + at, text.n - at, 0);

		assert_true(sent > 0);
		at += (size_t)sent;
	}
}

static void send_event(struct runtime *r, struct str event)
{
	expect(r, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n");
	reply(r, "200 OK", "Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: " REQUEST "\r\nLambda-Runtime-Deadline-Ms: 1700000000123\r\n"
	      "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:1:function:f\r\n", event);
}

static void answers_are_what_the_handler_wrote(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:echo");
	for (int i = 0; i < 3; i++) {
		send_event(&r, STR("{\"photo\":1}"));
		expect(&r, "POST /2018-06-01/runtime/invocation/" REQUEST "/response HTTP/1.1\r\n");
		assert_string_equal(body(&r), "{\"photo\":1}");
		reply(&r, "202 Accepted", "", STR("{\"status\":\"OK\"}"));
	}
	expect(&r, "GET ");
	assert_true(pread(r.out, r.b.output, sizeof r.b.output - 1, 0) > 0);
	assert_non_null(strstr(r.b.output, "init\ncall 1 of " REQUEST " until 1700000000123\ncall 2 of "));
	stop(&r);
}

static void the_largest_payload_goes_there_and_back(void **state)
{
	struct str photo = t_bytes(6 << 20, 1);
	struct runtime r;

	start(&r, state, "/var/task/f.so:echo");
	send_event(&r, photo);
	expect(&r, "POST ");
	assert_int_equal(r.length - (size_t)(body(&r) - r.text), photo.n);
	assert_memory_equal(body(&r), photo.p, photo.n);
	free((char *)(uintptr_t)photo.p);
	stop(&r);
}

static void nothing_written_is_null(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:say_nothing");
	send_event(&r, STR("1"));
	expect(&r, "POST ");
	assert_string_equal(body(&r), "null");
	stop(&r);
}

static void an_error_has_type_and_message(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:refuse");
	send_event(&r, STR("1"));
	expect(&r, "POST /2018-06-01/runtime/invocation/" REQUEST "/error HTTP/1.1\r\n");
	assert_non_null(strstr(r.text, "Lambda-Runtime-Function-Error-Type: Photo.TooDark\r\n"));
	assert_string_equal(body(&r), "{\"errorType\":\"Photo.TooDark\",\"errorMessage\":\"arn:aws:lambda:us-east-1:1:function:f\",\"stackTrace\":[]}");
	stop(&r);
}

static void a_number_alone_is_an_error_too(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:fail");
	send_event(&r, STR("1"));
	expect(&r, "POST /2018-06-01/runtime/invocation/" REQUEST "/error HTTP/1.1\r\n");
	assert_non_null(strstr(body(&r), "\"errorType\":\"Function.Error\",\"errorMessage\":\"the handler returned 5\""));
	stop(&r);
}

/* It is sent all the same, one byte too long, for the daemon to refuse; and the function serves on. */
static void an_answer_that_is_too_large_is_refused_by_the_daemon(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:flood");
	for (int i = 0; i < 2; i++) {
		send_event(&r, STR("1"));
		expect(&r, "POST /2018-06-01/runtime/invocation/" REQUEST "/response HTTP/1.1\r\n");
		assert_int_equal(r.length - (size_t)(body(&r) - r.text), 6291557);
		reply(&r, "413 Payload Too Large", "", STR("{}"));
	}
	stop(&r);
}

/* The connection may be closed between two requests. */
static void a_lost_connection_is_made_again(void **state)
{
	struct runtime r;

	start(&r, state, "/var/task/f.so:echo");
	send_event(&r, STR("2"));
	expect(&r, "POST ");
	reply(&r, "202 Accepted", "", STR("{}"));
	expect(&r, "GET ");
	close(r.connection);
	r.connection = accept4(r.b.listeners[SANDBOX_RUNTIME_API], NULL, NULL, SOCK_CLOEXEC);
	send_event(&r, STR("3"));
	expect(&r, "POST ");
	assert_string_equal(body(&r), "3");
	stop(&r);
}

static void what_cannot_be_loaded_is_an_error_of_init(void **state)
{
	static const struct {
		const char *handler, *type, *message;
	} cases[] = {
		{ "/var/task/f.so:absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'f.so'" },
		{ "/var/task/f.c:echo", "Runtime.ImportModuleError", "Unable to import module 'f.c': /var/task/f.c: invalid ELF header" },
		{ "/var/task/f.so", "Runtime.MalformedHandlerName", "Bad handler '/var/task/f.so'" },
	};
	struct runtime r;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (i > 0)
			t_wipe(test_dir(state));
		start(&r, state, cases[i].handler);
		expect(&r, "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n");
		assert_non_null(strstr(r.text, cases[i].type));
		assert_non_null(strstr(body(&r), cases[i].message));
		reply(&r, "202 Accepted", "", STR("{}"));
		while (r.b.exits == 0)
			box_turn(&r.b);
		assert_int_equal(r.b.how.status, 1 << 8);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_are_what_the_handler_wrote),
		T(the_largest_payload_goes_there_and_back),
		T(nothing_written_is_null),
		T(an_error_has_type_and_message),
		T(a_number_alone_is_an_error_too),
		T(an_answer_that_is_too_large_is_refused_by_the_daemon),
		T(a_lost_connection_is_made_again),
		T(what_cannot_be_loaded_is_an_error_of_init),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
