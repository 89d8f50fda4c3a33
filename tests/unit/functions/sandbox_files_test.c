/* What a function finds in its cage: the package, layers in their order, our runtime clients, and of the host what it needs. */
#include "tests/unit/functions/sandbox_rig.h"

static struct str layers[5];
static char paths[5][1100];

static void add_layer(struct box *b, const char *package)
{
	int n = b->plan.layer_count++;

	snprintf(paths[n], sizeof paths[n], "%s/%s", b->code, package);
	layers[n] = str_of(paths[n]);
	b->plan.layers = layers;
}

static void the_package_is_at_var_task(void **state)
{
	static char package[1100];
	struct box b;

	box_open(&b, state, NULL);
	snprintf(package, sizeof package, "%s", box_code(&b, "12-abc", "lib/index.js", "code", 0644));
	box_code(&b, "12-abc", "bootstrap", "#!/bin/sh\necho $0 $1 at $PWD\n", 0755);
	box_code(&b, "another", "of-another-function", "", 0644);
	b.plan.code = str_of(package);
	box_start(&b);
	assert_int_equal(box_sh(&b, "cat /var/task/lib/index.js; cd /var/task; ./bootstrap x; ls /var/task /opt; find / -name of-another-function 2>/dev/null; true"), 0);
	assert_string_equal(b.output, "code./bootstrap x at /var/task\n/opt:\n\n/var/task:\nbootstrap\nlib\n");
	box_close(&b);
}

/* The same packages, merged by the kernel and by us. */
static void look_at_layers(void **state, const char *option)
{
	struct box b;

	box_open(&b, state, option);
	box_code(&b, "1", "bin/tool", "one", 0755);
	box_code(&b, "1", "lib/a", "one", 0644);
	box_code(&b, "1", "lib/deep/er/x", "one", 0644);
	box_code(&b, "1", "was-a-folder/x", "one", 0644);
	box_code(&b, "1", "only-one/x", "one", 0644);
	box_code(&b, "2", "lib/a", "two", 0644);
	box_code(&b, "2", "lib/deep/er/y", "two", 0644);
	box_code(&b, "2", "was-a-file/x", "two", 0644);
	box_code(&b, "2", "was-a-folder", "two", 0644);
	box_code(&b, "1", "was-a-file", "one", 0644);
	box_code(&b, "3", "lib/deep/er/y", "three", 0644);
	box_code(&b, "3", "extensions/e", "#!/bin/sh\n", 0755);
	snprintf(b.output, sizeof b.output, "%s/3/link", b.code);
	assert_int_equal(symlink("lib/a", b.output), 0);
	add_layer(&b, "1");
	add_layer(&b, "2");
	add_layer(&b, "3");
	box_start(&b);
	assert_int_equal(box_sh(&b, "cd /opt; for f in bin/tool lib/a link lib/deep/er/x lib/deep/er/y was-a-file/x was-a-folder only-one/x; do "
				    "printf '%s=%s ' $f $(cat $f); done; ls; test -x extensions/e && test -x bin/tool && ! test -x lib/a && ! touch /opt/x 2>/dev/null"), 0);
	assert_string_equal(b.output, "bin/tool=one lib/a=two link=two lib/deep/er/x=one lib/deep/er/y=three was-a-file/x=two was-a-folder=two only-one/x=one "
				      "bin\nextensions\nlib\nlink\nonly-one\nwas-a-file\nwas-a-folder\n");
	box_close(&b);
}

static void later_layers_lie_over_earlier_ones(void **state)
{
	look_at_layers(state, NULL);
}

static void layers_are_merged_where_no_overlay_can_be_mounted(void **state)
{
	look_at_layers(state, "--no-overlay");
}

static void one_layer_is_there_as_it_is(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_code(&b, "7", "python/module.py", "x", 0644);
	add_layer(&b, "7");
	box_start(&b);
	assert_int_equal(box_sh(&b, "cat /opt/python/module.py; ! touch /opt/x 2>/dev/null"), 0);
	assert_string_equal(b.output, "x");
	box_close(&b);
}

static void runtime_clients_and_interpreters_lie_where_functions_look_for_them(void **state)
{
	char runtimes[1100], lang[1100], client[1200];
	struct box b;

	box_open(&b, state, NULL);
	/* The directories are the test's own; a zygote with them takes the place of the first one. */
	snprintf(runtimes, sizeof runtimes, "%s", box_code(&b, "runtimes", "nodejs/index.mjs", "client", 0644));
	snprintf(lang, sizeof lang, "%s", box_code(&b, "lang", "bin/node", "#!/bin/sh\necho interpreter\n", 0755));
	zygote_stop(b.zygote);
	zygote_close(b.zygote, box_on_zygote_closed, &b);
	uv_run(&b.loop, UV_RUN_DEFAULT);
	b.zygote_closed = false;
	memcpy(b.arguments, (const char *[]){ "--code", b.code, "--runtime", runtimes, "--lang", lang }, 6 * sizeof b.arguments[0]);
	assert_int_equal(zygote_open(&b.zygote, &b.spec), 0);

	snprintf(client, sizeof client, "%s/nodejs", runtimes);
	b.plan.runtime_dir = str_of(client);
	b.plan.lang_dir = str_of(lang);
	box_start(&b);
	assert_int_equal(box_sh(&b, "cat /var/runtime/index.mjs; /var/lang/bin/node"), 0);
	assert_string_equal(b.output, "clientinterpreter\n");
	box_close(&b);
}

static void of_the_host_there_is_what_programs_need(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(box_sh(&b, "ls /"), 0);
	assert_null(strstr(b.output, "data"));
	assert_null(strstr(b.output, "sys"));
	assert_int_equal(box_sh(&b, "head -c 3 /dev/zero | wc -c; echo x >/dev/null; head -c 2 /dev/urandom | wc -c"), 0);
	assert_string_equal(b.output, "3\n2\n");
	assert_int_equal(box_sh(&b, "getent hosts sandbox.localdomain localhost; getent passwd 993; ! getent hosts example.com"), 0);
	assert_non_null(strstr(b.output, "127.0.0.1       localhost"));
	assert_non_null(strstr(b.output, "sbx_user1051:x:993:990"));
	assert_int_equal(box_sh(&b, "test -e /etc/ld.so.cache -a ! -e /sys -a ! -e /dev/shm && cat /proc/1/comm && set -- /proc/[0-9]* && echo $#"), 0);
	assert_string_equal(b.output, "init\n2\n");
	box_close(&b);
}

/* Scripts do that, and the pipe is the daemon's. */
static void standard_output_can_be_opened_by_name(void **state)
{
	static const char *const argv[] = { "/bin/sh", "-c", "echo x >/dev/stdout", NULL };
	struct box b;
	int ends[2];

	box_open(&b, state, NULL);
	box_start(&b);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(box_exec(&b, argv, ends[1]), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], b.output, sizeof b.output), 2);
	assert_memory_equal(b.output, "x\n", 2);
	close(ends[0]);
	box_close(&b);
}

/* A program of ours listens there, and the function reaches it by its own loopback. */
static void its_loopback_has_the_two_listeners_and_nothing_else(void **state)
{
	struct box b;

	box_open(&b, state, NULL);
	box_start(&b);
	assert_true(b.listeners[SANDBOX_RUNTIME_API] >= 0 && b.listeners[SANDBOX_ENDPOINT] >= 0);
	assert_int_equal(box_sh(&b, "cat /proc/net/dev | wc -l; awk 'NR > 1 { print $2, $4 }' /proc/net/tcp | sort"), 0);
	assert_string_equal(b.output, "3\n0100007F:2328 0A\n0100007F:2329 0A\n");	/* 9000 and 9001, listening */
	box_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_package_is_at_var_task),
		T(later_layers_lie_over_earlier_ones),
		T(layers_are_merged_where_no_overlay_can_be_mounted),
		T(one_layer_is_there_as_it_is),
		T(runtime_clients_and_interpreters_lie_where_functions_look_for_them),
		T(of_the_host_there_is_what_programs_need),
		T(standard_output_can_be_opened_by_name),
		T(its_loopback_has_the_two_listeners_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, box_warm_up, NULL);
}
