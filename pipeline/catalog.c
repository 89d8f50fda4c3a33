#include "pipeline/catalog.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/digest.h"
#include "functions/custom.h"
#include "pipeline/catalog_parts.h"
#include "pipeline/concurrency.h"
#include "pipeline/meter.h"
#include "pipeline/pump.h"

/* Finding */

static const struct choice *find_choice(const struct card *card, struct str qualifier)
{
	const struct choice *k = card->choices;

	while (k && !str_eq(str_of(k->qualifier), qualifier))
		k = k->next;
	return k;
}

/* Which of an alias's versions it is this time. */
static int draw(const struct choice *k)
{
	uint32_t lot;

	if (!k->version[1][0])
		return 0;
	random_bytes(&lot, sizeof lot);
	return lot < k->weight ? 1 : 0;
}

static void answer(struct catalog *c, struct catalog_query *q, struct version *v, const struct catalog_async *async)
{
	v->used = ++c->clock;
	q->rc = 0;
	q->version = catalog_ref(&v->v);
	q->async = *async;
}

static bool find_kept(struct catalog *c, struct catalog_query *q)
{
	const struct card *card = q->id > 0 ? card_of_id(c, q->id) : card_of_name(c, q->name);
	const struct choice *k = card ? find_choice(card, q->qualifier) : NULL;
	struct version *v = k ? card_version(card, str_of(k->version[draw(k)])) : NULL;

	if (!v)
		return false;
	answer(c, q, v, &k->async);
	return true;
}

static void keep_choice(struct card *card, const struct choice *from)
{
	struct choice *k;

	if (find_choice(card, str_of(from->qualifier)))
		return;
	if (card->choice_count == CHOICES_MAX)
		card_forget_choices(card);
	k = malloc(sizeof *k);
	CHECK(k != NULL);
	*k = *from;
	k->next = card->choices;
	card->choices = k;
	card->choice_count++;
}

/* What was read while something changed, or cannot be run now, is handed out and not kept. */
static void take_over(struct load *l)
{
	struct catalog *c = l->catalog;
	bool keep = l->epoch == c->epoch;
	struct card *card;

	for (int i = 0; i < LOADED_MAX && l->versions[i]; i++)
		keep = keep && l->versions[i]->v.ready;
	if (!keep) {
		card = calloc(1, sizeof *card);		/* of their own */
		CHECK(card != NULL);
		card->of = l->function;
		for (int i = 0; i < LOADED_MAX && l->versions[i]; i++)
			version_belong(l->versions[i], card);
		return;
	}
	card = card_take(c, &l->function);
	card->refs++;		/* it stays while room is made */
	concurrency_reserve(c->m->concurrency, card->of.id, card->of.reserved);	/* before who waits for this enters */
	for (int i = 0; i < LOADED_MAX && l->versions[i]; i++) {
		l->versions[i] = card_put(c, card, l->versions[i]);
		catalog_ref(&l->versions[i]->v);
	}
	keep_choice(card, &l->choice);
	card_unref(card);
}

static void forget_load(struct load *l)
{
	struct load **at = &l->catalog->loads;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
}

static void on_loaded(struct work *w)
{
	struct load *l = container_of(w, struct load, work);
	struct catalog_query *q = l->waiting;

	forget_load(l);
	if (w->rc == 0)
		take_over(l);
	while (q) {
		struct catalog_query *next = q->next;

		q->rc = w->rc;
		q->version = NULL;
		if (w->rc == 0)
			answer(l->catalog, q, l->versions[draw(&l->choice)], &l->choice.async);
		q->done(q);
		q = next;
	}
	for (int i = 0; i < LOADED_MAX; i++)
		version_drop(l->versions[i]);
	arena_clear(&l->arena);
	catalog_rest(l->catalog);
	free(l);
}

static struct load *find_load(struct catalog *c, const struct catalog_query *q)
{
	struct load *l = c->loads;

	while (l && !(l->epoch == c->epoch && l->id == q->id && str_eq(l->name, q->name) && str_eq(l->qualifier, q->qualifier)))
		l = l->next;
	return l;
}

static struct load *start_load(struct catalog *c, const struct catalog_query *q)
{
	struct load *l = calloc(1, sizeof *l);

	CHECK(l != NULL);
	l->catalog = c;
	l->id = q->id;
	l->name = arena_str(&l->arena, q->name);
	l->qualifier = arena_str(&l->arena, q->qualifier);
	l->epoch = c->epoch;
	l->work = (struct work){ .run = load_run, .done = on_loaded };
	l->next = c->loads;
	c->loads = l;
	c->working++;
	lanes_run(c->m->lanes, &l->work);
	return l;
}

int catalog_find(struct catalog *c, struct catalog_query *q)
{
	struct load *l;
	struct catalog_query **at;

	q->catalog = c;
	q->version = NULL;
	q->next = NULL;
	if (q->id > 0)
		q->name = STR("");
	if (find_kept(c, q))
		return 0;
	if (!(l = find_load(c, q)))
		l = start_load(c, q);
	for (at = &l->waiting; *at; at = &(*at)->next)
		;
	*at = q;
	return 1;
}

/* Changes */

static void forget(struct catalog *c, int64_t function)
{
	struct card *card = card_of_id(c, function);

	if (card) {
		meter_forget(c->m->meter, card->of.name);
		card_drop(c, card);
	}
	refresh_again(c, function);
	concurrency_forget(c->m->concurrency, function);
	if (c->m->custom)
		custom_retire(c->m->custom, function, NULL);
}

void catalog_changed(struct catalog *c, int64_t function, bool gone)
{
	struct card *card = card_of_id(c, function);

	c->epoch++;
	if (gone) {
		forget(c, function);
	} else {
		if (card)
			card_forget_choices(card);
		refresh_start(c, function);
	}
	if (c->m->pump)
		pump_functions_changed(c->m->pump);	/* it asks anew */
}

int catalog_open(struct catalog **out, struct minilab *m)
{
	struct catalog *c = calloc(1, sizeof *c);
	int rc;

	CHECK(c != NULL);
	c->m = m;
	CHECK(uv_mutex_init(&c->code_lock) == 0);
	*out = c;
	rc = code_open(c);
	return rc < 0 ? rc : refresh_all(c);
}

static void on_rested(struct post *p)
{
	struct catalog *c = container_of(p, struct catalog, post);

	for (int i = 0; i < CARD_SLOTS; i++)
		while (c->by_id[i])
			card_drop(c, c->by_id[i]);
	uv_mutex_destroy(&c->code_lock);
	c->closed(c->owner);
	free(c);
}

static void close_rested(struct catalog *c)
{
	if (!c->closed || c->working > 0)
		return;
	c->post.call = on_rested;
	lanes_post(c->m->lanes, &c->post);
}

void catalog_rest(struct catalog *c)
{
	c->working--;
	close_rested(c);
}

void catalog_close(struct catalog *c, void (*closed)(void *owner), void *owner)
{
	c->closed = closed;
	c->owner = owner;
	close_rested(c);
}
