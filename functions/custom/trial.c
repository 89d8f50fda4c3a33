/* Whether cages can be given a way out on this host. Programs, devices and rights that are there are no promise: only a cage that has
 * come up with one is. */
#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "functions/custom/custom_pool.h"

static void on_ready(void *owner, struct sandbox *s, int listeners[SANDBOX_LISTENERS])
{
	struct custom_pool *p = owner;

	p->outbound = true;
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		if (listeners[i] >= 0)
			close(listeners[i]);
	log_info("outbound=on program=%s", log_quote(str_of(p->spec.outbound)));
	sandbox_kill(s);
}

static void on_gone(void *owner, struct sandbox *s, const struct sandbox_exit *how, const char *why)
{
	struct custom_pool *p = owner;

	(void)s;
	(void)how;
	if (!p->outbound && !p->closing)
		log_warn(-EOPNOTSUPP, "outbound=off why=%s", log_quote(str_of(why)));
	p->trial = NULL;
	custom_trial_over(p);
}

void trial_start(struct custom_pool *p)
{
	const struct sandbox_spec s = { .loop = p->spec.loop, .zygote = p->zygote, .program = p->spec.program, .outbound = p->spec.outbound, .owner = p,
					.plan = { .memory_mb = 128, .tmp_mb = 1, .outbound = true }, .ready = on_ready, .gone = on_gone };
	int rc;

	if (p->spec.outbound && (rc = sandbox_start(&p->trial, &s)) < 0) {
		log_warn(rc, "outbound=off");
		p->trial = NULL;
	}
}
