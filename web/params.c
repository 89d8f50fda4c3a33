#include "web/params.h"

#include "base/codec.h"
#include "base/err.h"

int params_parse(struct arena *a, struct str query, bool plus, struct params *p)
{
	struct str rest = query, part;
	int rc;

	p->count = 0;
	while (str_next(&rest, '&', &part)) {
		struct param *to = &p->at[p->count];
		struct str name;

		if (part.n == 0)
			continue;
		if (p->count == PARAMS_MAX)
			return E_TOO_LARGE;
		(void)str_next(&part, '=', &name);
		if (!str_is_set(part))
			part = STR("");
		if ((rc = uri_decode(a, name, plus, &to->name)) < 0)
			return rc;
		if ((rc = uri_decode(a, part, plus, &to->value)) < 0)
			return rc;
		if (!str_is_set(to->value))
			to->value = STR("");
		p->count++;
	}
	return 0;
}

struct str params_get(const struct params *p, const char *name)
{
	for (int i = 0; i < p->count; i++)
		if (str_eq(p->at[i].name, str_of(name)))
			return p->at[i].value;
	return (struct str){ 0 };
}

struct str params_iget(const struct params *p, const char *name)
{
	for (int i = 0; i < p->count; i++)
		if (str_ieq(p->at[i].name, str_of(name)))
			return p->at[i].value;
	return (struct str){ 0 };
}
