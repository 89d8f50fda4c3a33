#include "functions/custom/start.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom/custom_pool.h"
#include "functions/custom/variables.h"

#define FRAMES_FD 3			/* in the runtime's process, by sandbox.h */

/* "2026/11/24/[$LATEST]<32 hex>"; in a group that several functions may share their name comes before the version. */
void start_name(struct custom_environment *e)
{
	const struct recipe *r = e->recipe;
	struct str own = STR("/aws/lambda/");
	uint8_t number[16];
	char hex[33], day[CLOCK_TEXT_MAX];
	bool shared = !(r->log_group.n == own.n + r->name.n && str_starts(r->log_group, own) && str_ends(r->log_group, r->name));

	random_bytes(number, sizeof number);
	hex_encode(hex, number, sizeof number);
	clock_iso_s(day, clock_wall_ms());
	snprintf(e->stream, sizeof e->stream, "%.4s/%.2s/%.2s/%.*s[%.*s]%s", day, day + 5, day + 8, shared ? (int)r->name.n : 0, shared ? r->name.p : "",
		 STR_ARG(r->version), hex);
}

static const struct interpreter *interpreter_of(const struct custom_environment *e)
{
	return &e->pool->interpreters[e->recipe->kind == RUNTIME_NODE ? CUSTOM_NODE : CUSTOM_PYTHON];
}

void start_runtime(struct custom_environment *e)
{
	struct variables_spec s = { .recipe = e->recipe, .stream = e->stream, .provisioned = e->provisioned,
				    .log_fd = e->frames ? FRAMES_FD : -1 };
	struct bootstrap *b = &e->bootstrap;
	struct sandbox_process p = { .directory = "/var/task", .out = lines_writer(e->lines), .err = lines_writer(e->lines),
				     .log = e->frames ? lines_writer(e->frames) : -1 };
	int rc;

	e->runtime = RUNTIME_STARTED;
	bootstrap_find(b, &e->memory, &e->pool->spec, e->recipe, interpreter_of(e)->path);
	if (b->error_type) {
		fault_set(&e->fault, CUSTOM_EXIT, str_of(b->error_type), "%s", b->message);
		return;
	}
	p.path = b->path;
	p.argv = b->argv;
	p.native = b->native;
	p.envp = variables_make(&e->memory, &s);
	rc = sandbox_exec(e->sandbox, &p);
	if (rc < 0)
		fault_set(&e->fault, CUSTOM_EXIT, STR("Sandbox.Failure"), "the runtime could not be started: %s", err_text(rc));
	else
		e->process = rc;
}

/* The cage and its pipes. Only our runtime clients are in /var/runtime: for others it stays empty. */
void start_cage(struct custom_environment *e, const struct sandbox_spec *callbacks)
{
	struct custom_pool *p = e->pool;
	const struct recipe *r = e->recipe;
	bool managed = variables_managed(r->kind);
	struct sandbox_spec s = {
		.loop = p->spec.loop, .zygote = p->zygote, .cgroup = p->cgroup.base[0] ? &p->cgroup : NULL,
		.program = p->spec.program, .outbound = p->spec.outbound, .owner = e,
		.plan = { .code = str_of(bootstrap_host_path(&e->memory, &p->spec, r->code)), .layers = e->layers, .layer_count = r->layer_count,
			  .runtime_dir = managed ? str_of(p->spec.runtime_dir) : STR(""),
			  .lang_dir = managed ? str_of(interpreter_of(e)->lang) : STR(""),
			  .memory_mb = r->memory_mb, .tmp_mb = r->tmp_mb, .outbound = r->outbound },
		.ready = callbacks->ready, .exited = callbacks->exited, .frozen = callbacks->frozen, .gone = callbacks->gone,
	};
	int rc;

	for (int i = 0; i < r->layer_count; i++)
		e->layers[i] = str_of(bootstrap_host_path(&e->memory, &p->spec, r->layers[i]));
	rc = lines_open(&e->lines, p->spec.loop, LINES_TEXT, life_line, e);
	if (rc == 0 && managed)
		rc = lines_open(&e->frames, p->spec.loop, LINES_FRAMES, life_line, e);
	if (rc == 0)
		rc = sandbox_start(&e->sandbox, &s);
	if (rc < 0) {
		log_warn(rc, "function=%s environment not started", log_quote(r->name));
		fault_set(&e->fault, CUSTOM_EXIT, STR("Sandbox.Failure"), "no execution environment could be made: %s", err_text(rc));
		e->sandbox = NULL;
	}
}
