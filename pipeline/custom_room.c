#include "pipeline/custom_room.h"

#include "base/log.h"
#include "functions/custom.h"
#include "pipeline/catalog.h"
#include "pipeline/log_sink.h"

static void on_line(void *owner, const struct recipe *recipe, const char *stream, int64_t at_ms, struct str text)
{
	struct custom_room *r = owner;

	log_sink_add(r->m->log_sink, recipe->log_group, str_of(stream), at_ms, text);
}

static void on_attach(void *owner, struct custom_environment *e, int runtime, int endpoint)
{
	struct custom_room *r = owner;

	r->door->attach(*r->web, e, runtime, endpoint);
}

static void on_detach(void *owner, struct custom_environment *e)
{
	struct custom_room *r = owner;

	r->door->detach(*r->web, e);
}

int custom_room_open(struct custom_room *r, struct minilab *m, const struct door *door, void *const *web)
{
	const struct settings *s = &m->settings;
	int rc;

	*r = (struct custom_room){ .m = m, .door = door, .web = web };
	if (s->sandbox[0])
		snprintf(r->program, sizeof r->program, "%s", s->sandbox);
	else
		beside(r->program, NULL, "minilab-sandbox");
	beside_runtimes(r->runtimes, s->sandbox);
	beside_interpreter(r->node, s->node, "node");
	beside_interpreter(r->python, s->python, "python3");
	if (s->outbound)
		beside_interpreter(r->outbound, "", "slirp4netns");
	rc = custom_open(&m->custom, &(struct custom_spec){ .loop = m->loop, .program = r->program, .code_dir = catalog_code_dir(m->catalog),
			.runtime_dir = r->runtimes, .node = r->node, .python = r->python, .environments_max = (int)s->function_environments_max,
			.idle_ms = s->function_idle_ms, .outbound = s->outbound ? r->outbound : NULL, .owner = r,
			.log = on_line, .attach = on_attach, .detach = on_detach });
	if (rc == 0)
		log_info("sandbox=%s runtimes=%s node=%s python=%s", log_quote(str_of(r->program)), log_quote(str_of(r->runtimes)),
			 log_quote(str_of(r->node)), log_quote(str_of(r->python)));
	if (rc < 0 && !s->require_cage) {
		log_warn(rc, "custom_functions=off sandbox=%s", log_quote(str_of(r->program)));
		rc = 0;
	}
	return rc;
}
