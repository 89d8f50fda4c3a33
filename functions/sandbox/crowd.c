#include "functions/sandbox/crowd.h"

#include <sched.h>

#include "functions/sandbox/survey.h"

static struct {
	cpu_set_t all, one;
	bool watched, bound;
} crowd;

void crowd_open(bool has_cgroup)
{
	int last = CPU_SETSIZE - 1;

	if (has_cgroup || sched_getaffinity(0, sizeof crowd.all, &crowd.all) < 0 || CPU_COUNT(&crowd.all) < 2)
		return;
	while (!CPU_ISSET(last, &crowd.all))
		last--;
	CPU_ZERO(&crowd.one);
	CPU_SET(last, &crowd.one);
	crowd.watched = true;
}

/* One that is gone, or has been made meanwhile, is met by the next look. */
static void bind_one(int tid)
{
	const cpu_set_t *to = crowd.bound ? &crowd.one : &crowd.all;

	(void)sched_setaffinity(tid, sizeof *to, to);
}

void crowd_look(int processes)
{
	int sessions;

	if (!crowd.watched || (!crowd.bound && processes <= CROWD_SESSIONS_MAX))
		return;
	sessions = survey_sessions();
	if (!crowd.bound && sessions <= CROWD_SESSIONS_MAX)
		return;
	crowd.bound = sessions > (crowd.bound ? CROWD_SESSIONS_MAX / 2 : CROWD_SESSIONS_MAX);
	survey_each_thread(bind_one);
}
