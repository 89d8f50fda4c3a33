#include "web/iam/page.h"

#define PAGE_ITEMS 100

void page_begin(struct iam *i, struct page *p)
{
	int64_t max;

	*p = (struct page){ .max = PAGE_ITEMS };
	if (str_is_set(i->param[PARAM_MAX_ITEMS]) && str_to_int(i->param[PARAM_MAX_ITEMS], 1, INT32_MAX, &max) == 0)
		p->max = (int)max;
}

bool page_takes(struct iam *i, struct page *p, struct str name)
{
	if (p->count == p->max || (p->count > 0 && i->out.len > IAM_PAGE_BYTES)) {
		p->truncated = true;
		return false;
	}
	p->count++;
	p->last = arena_str(&i->arena, name);
	return true;
}

void page_end(struct iam *i, const struct page *p)
{
	xml_bool(&i->xml, "IsTruncated", p->truncated);
	if (p->truncated)
		xml_text(&i->xml, "Marker", p->last);
}
