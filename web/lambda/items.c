#include "web/lambda/items.h"

void items_read(struct lambda *l, struct items *p)
{
	int64_t max = constrain_int(l, "maxItems", params_get(&l->params, "MaxItems"), 1, 10000, ITEMS_MAX);

	p->max = max < 1 || max > ITEMS_MAX ? ITEMS_MAX : (int)max;
	p->marker = params_get(&l->params, "Marker");
	if (p->marker.n == 0)
		p->marker = (struct str){ 0 };
}

int items_check(struct lambda *l)
{
	struct items items;

	items_read(l, &items);
	return lambda_target(l);
}

bool items_add(struct lambda *l, struct items *p, struct str name)
{
	if (p->count == p->max) {
		p->more = true;
		return false;
	}
	p->count++;
	p->last = arena_str(&l->arena, name);
	return true;
}

void items_end(const struct items *p, struct json *j)
{
	if (p->more)
		json_str(j, "NextMarker", p->last);
}
