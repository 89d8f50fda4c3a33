/* dynamodb_fuzz.c - a request body: its item, its placeholders and its key condition. What passes the checks
 * storage must accept, and the canonical form of an item must be its own. */
#include <string.h>

#include "base/check.h"
#include "storage/attribute.h"
#include "web/dynamodb/key_condition.h"
#include "web/dynamodb/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void ask(struct dynamodb *d)
{
	const struct json_value *text = json_get(d->body, "KeyConditionExpression");
	struct placeholders ph = {0};
	struct key_condition k = {0};
	struct node *tree;

	if (!text || text->kind != JSON_STRING || placeholders_open(d, &ph) < 0)
		return;
	if (expression_parse(d, "KeyConditionExpression", text->text, &ph, &tree) < 0)
		return;
	if (placeholders_end(d, &ph) < 0 || key_condition_read(d, tree, &k) < 0)
		return;
	CHECK(k.count >= 1 && k.at[0].op != KEY_ANY && k.at[0].low);
}

static void put(struct dynamodb *d, const struct json_value *item)
{
	for (const struct json_value *m = item->first; m; m = m->next) {
		struct buf once = {0}, twice = {0};
		struct json a = json_into(&once), b = json_into(&twice);
		size_t size = 0, again = 0;
		struct json_value *v;

		CHECK(attribute_write(&a, NULL, m, &size) == 0);
		CHECK(json_parse(&d->arena, str_n(once.data, once.len), &v) == 0);
		CHECK(attribute_write(&b, NULL, v, &again) == 0);
		CHECK(size == again && once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
		buf_clear(&once);
		buf_clear(&twice);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct dynamodb d = {0};
	struct json_value *body;

	if (json_parse(&d.arena, str_n(p, n), &body) == 0 && body->kind == JSON_OBJECT) {
		const struct json_value *item = json_get(body, "Item");

		d.body = body;
		if (item && item->kind == JSON_OBJECT && values_check(&d, item) == 0)
			put(&d, item);
		d.fault = (struct refusal){0};
		ask(&d);
	}
	buf_clear(&d.out);
	arena_clear(&d.arena);
	return 0;
}
