#include "functions/programs.h"

#include "base/check.h"

static const char *const names[PROGRAMS] = { "minilab-runner", "minilab-runner-general" };

const char *program_name(enum program which)
{
	CHECK(which < PROGRAMS);
	return names[which];
}

static struct zygote_spec spec_of(const struct programs *p, enum program which)
{
	struct zygote_spec s = p->spec;

	s.name = names[which];
	s.path = p->paths[which];
	return s;
}

int programs_open(struct programs *p, const struct zygote_spec *spec, const char *const paths[PROGRAMS])
{
	struct zygote_spec s;
	int rc;

	*p = (struct programs){ .spec = *spec };
	for (int i = 0; i < PROGRAMS; i++)
		p->paths[i] = paths[i];
	s = spec_of(p, PROGRAM_FAST);
	if ((rc = zygote_open(&p->zygotes[PROGRAM_FAST], &s)) == 0)
		p->open++;
	return rc;
}

struct zygote *programs_zygote(struct programs *p, enum program which)
{
	CHECK(p->paths[which] != NULL);
	if (!p->zygotes[which]) {
		struct zygote_spec s = spec_of(p, which);

		p->zygotes[which] = zygote_start(&s);
		p->open++;
	}
	return p->zygotes[which];
}

const char *programs_state(const struct programs *p, enum program which)
{
	if (!p->paths[which])
		return "absent";
	return p->zygotes[which] ? zygote_state(p->zygotes[which]) : "not started";
}

const struct cage_features *programs_cage(const struct programs *p)
{
	const struct cage_features *weakest = zygote_features(p->zygotes[PROGRAM_FAST]);

	for (int i = 0; i < PROGRAMS; i++)
		if (p->zygotes[i] && zygote_features(p->zygotes[i])->rung > weakest->rung)
			weakest = zygote_features(p->zygotes[i]);
	return weakest;
}

void programs_stop(struct programs *p)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (p->zygotes[i])
			zygote_stop(p->zygotes[i]);
}

static void on_closed(void *owner)
{
	struct programs *p = owner;

	if (--p->open == 0)
		p->closed(p->owner);
}

void programs_close(struct programs *p, void (*closed)(void *owner), void *owner)
{
	p->closed = closed;
	p->owner = owner;
	for (int i = 0; i < PROGRAMS; i++)
		if (p->zygotes[i])
			zygote_close(p->zygotes[i], on_closed, p);
}
