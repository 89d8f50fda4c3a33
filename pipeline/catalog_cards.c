/* catalog_cards.c - what the catalog keeps: a card for each function, with its versions; how many at most, and which go first. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/digest.h"
#include "pipeline/catalog_parts.h"

/* Cards */

static struct card **slot_of_name(struct catalog *c, struct str name)
{
	return &c->by_name[crc32c(0, name.p, name.n) % CARD_SLOTS];
}

static struct card **slot_of_id(struct catalog *c, int64_t id)
{
	return &c->by_id[(uint64_t)id % CARD_SLOTS];
}

struct card *card_of_name(struct catalog *c, struct str name)
{
	struct card *card = *slot_of_name(c, name);

	while (card && !str_eq(str_of(card->of.name), name))
		card = card->next_name;
	return card;
}

struct card *card_of_id(struct catalog *c, int64_t id)
{
	struct card *card = *slot_of_id(c, id);

	while (card && card->of.id != id)
		card = card->next_id;
	return card;
}

void card_unref(struct card *card)
{
	if (card && --card->refs == 0)
		free(card);
}

void card_forget_choices(struct card *card)
{
	while (card->choices) {
		struct choice *next = card->choices->next;

		free(card->choices);
		card->choices = next;
	}
	card->choice_count = 0;
}

static void let_go(struct catalog *c, struct version **at)
{
	struct version *v = *at;

	*at = v->next;
	c->version_count--;
	version_drop(v);
}

void card_drop(struct catalog *c, struct card *card)
{
	struct card **name = slot_of_name(c, str_of(card->of.name)), **id = slot_of_id(c, card->of.id);

	while (*name != card)
		name = &(*name)->next_name;
	*name = card->next_name;
	while (*id != card)
		id = &(*id)->next_id;
	*id = card->next_id;
	card_forget_choices(card);
	refresh_forget(c, card);
	while (card->versions)
		let_go(c, &card->versions);
	card_unref(card);
}

struct card *card_take(struct catalog *c, const struct catalog_function *f)
{
	struct card *card = card_of_id(c, f->id), **slot;

	if (card) {
		card->of = *f;
		return card;
	}
	if ((card = card_of_name(c, str_of(f->name))))	/* deleted and made again: the change that told so is on its way */
		card_drop(c, card);
	card = calloc(1, sizeof *card);
	CHECK(card != NULL);
	card->of = *f;
	card->refs = 1;
	slot = slot_of_name(c, str_of(f->name));
	card->next_name = *slot;
	*slot = card;
	slot = slot_of_id(c, f->id);
	card->next_id = *slot;
	*slot = card;
	return card;
}

/* Versions */

void version_drop(struct version *v)
{
	if (!v || --v->v.refs > 0)
		return;
	recipe_unref(v->v.recipe);
	function_clear(&v->v.builtin);
	arena_clear(&v->memory);
	card_unref(v->card);
	free(v);
}

void catalog_give(struct catalog_version *v)
{
	if (v)
		version_drop(container_of(v, struct version, v));
}

struct catalog_version *catalog_ref(struct catalog_version *v)
{
	v->refs++;
	return v;
}

struct version *card_version(const struct card *card, struct str version)
{
	struct version *v = card->versions;

	while (v && !str_eq(str_of(v->v.version), version))
		v = v->next;
	return v;
}

/* The one that was not handed out the longest; nobody has it but its card, or it lives on without. */
static void make_room(struct catalog *c)
{
	struct version **oldest = NULL;
	struct card *of = NULL;

	for (int i = 0; i < CARD_SLOTS; i++)
		for (struct card *card = c->by_id[i]; card; card = card->next_id)
			for (struct version **v = &card->versions; *v; v = &(*v)->next)
				if (!oldest || (*v)->used < (*oldest)->used) {
					oldest = v;
					of = card;
				}
	if (!oldest)
		return;
	let_go(c, oldest);
	if (!of->versions && !of->provisioned)
		card_drop(c, of);
}

void version_belong(struct version *v, struct card *card)
{
	if (!v->card) {
		v->card = card;
		card->refs++;
		v->v.of = &card->of;
	}
}

/* What is provisioned is the same also after its version was let go for want of room. */
static struct version *same_provisioned(const struct card *card, struct version *v)
{
	for (const struct provisioned *p = card->provisioned; p; p = p->next)
		if (str_eq(p->version->key, v->key)) {
			version_drop(v);
			p->version->v.refs++;
			return p->version;
		}
	return v;
}

struct version *card_put(struct catalog *c, struct card *card, struct version *v)
{
	struct version **at = &card->versions;

	while (*at && strcmp((*at)->v.version, v->v.version) != 0)
		at = &(*at)->next;
	if (*at && str_eq((*at)->key, v->key) && (*at)->v.ready) {
		version_drop(v);
		return *at;
	}
	if (*at)
		let_go(c, at);
	v = same_provisioned(card, v);
	version_belong(v, card);
	v->used = ++c->clock;
	v->next = card->versions;
	card->versions = v;
	if (++c->version_count > CATALOG_MAX)
		make_room(c);
	return v;
}
