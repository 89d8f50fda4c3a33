/* chain.h - a list whose links are embedded in what it lists, and that anyone of it leaves in one step, wherever it stands.
 *
 * The head is a `struct chain *`, NULL when it is empty. A link is in one chain at most; {0} is in none. Any thread that owns the chain.
 */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <stddef.h>

struct chain {
	struct chain *next, **at;	/* `at`: who points here; NULL: it is in none */
};

/* Before *at: the head, or a link's `next`. */
static inline void chain_put(struct chain **at, struct chain *c)
{
	*c = (struct chain){ *at, at };
	if (c->next)
		c->next->at = &c->next;
	*at = c;
}

static inline void chain_leave(struct chain *c)	/* accepts one that is in none */
{
	if (!c->at)
		return;
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	*c = (struct chain){0};
}

#endif
