/* iam_fuzz.c - a form as IAM is sent it: its fields against the operation's row, and the policies in it. What passes has all that is needed. */
#include <string.h>

#include "base/check.h"
#include "web/iam/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const struct iam_operation *find(const struct iam *i)
{
	for (const struct iam_operation *op = iam_service_iam.operations; op->name; op++)
		if (str_eq(i->action, str_of(op->name)))
			return op;
	return NULL;
}

static void check_passed(const struct iam *i)
{
	CHECK(i->tag_count <= IAM_TAGS_MAX && i->tag_key_count <= IAM_TAGS_MAX);
	for (int p = 0; p < PARAMS_OF_IAM; p++) {
		uint32_t bit = 1u << p;

		CHECK(!(i->op->needs & bit) || str_is_set(i->param[p]));
		CHECK(((i->op->needs | i->op->takes) & bit) || !str_is_set(i->param[p]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct iam i;
	static struct iam_form form;

	memset(&i, 0, sizeof i);
	memset(&form, 0, sizeof form);
	i.service = &iam_service_iam;
	if (form_read(&i, str_n(p, n), &form) == 0 && (i.op = find(&i)) != NULL) {
		if (form_check(&i, &form) == 0) {
			CHECK(i.fault.code == IAM_FINE);
			check_passed(&i);
			if (i.op->check && i.op->check(&i) < 0)
				CHECK(i.fault.code != IAM_FINE);
		} else {
			CHECK(i.fault.code != IAM_FINE);
		}
	}
	constraints_clear(&i.constraints);
	arena_clear(&i.arena);
	return 0;
}
