/* Who feeds which upload, among the requests that run. */
#include "base/clock.h"
#include "web/api/tus.h"

static struct tus *feeders;		/* loop thread */

static struct tus *find(struct str id)
{
	struct tus *t = feeders;

	while (t && !str_eq(t->id, id))
		t = t->next;
	return t;
}

/* Its connection ends, and then what it got is kept as of any client that leaves. */
void tus_feeder_cut_silent(struct str id)
{
	struct tus *t = find(id);

	if (t && t->started && !t->paused && !t->ended && t->u.l->call && clock_mono_ms() - t->heard_ms >= TUS_SILENT_MS)
		http_break(t->u.l->call->r);
}

bool tus_feeder_enter(struct tus *t)
{
	if (find(t->id)) {
		tus_feeder_cut_silent(t->id);
		return false;
	}
	t->feeds = true;
	t->at = &feeders;
	t->next = feeders;
	if (feeders)
		feeders->at = &t->next;
	feeders = t;
	return true;
}

void tus_feeder_leave(struct tus *t)
{
	if (!t->feeds)
		return;
	*t->at = t->next;
	if (t->next)
		t->next->at = t->at;
	t->feeds = false;
}
