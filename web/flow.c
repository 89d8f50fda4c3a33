#include "web/flow.h"

#include "base/check.h"

void flow_join(struct flow *f, struct flow_source *s)
{
	CHECK(!s->at);
	s->next = f->first;
	s->at = &f->first;
	if (s->next)
		s->next->at = &s->next;
	f->first = s;
}

void flow_leave(struct flow_source *s)
{
	if (!s->at)
		return;
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	*s = (struct flow_source){ 0 };
}

void flow_hold(struct flow *f, struct str request, bool hold)
{
	for (struct flow_source *s = f->first; s; s = s->next)
		if (str_eq(s->request, request)) {
			s->hold(s, hold);
			return;
		}
}
