#include "functions/cage.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/json.h"

static const struct {
	const char *name;
	size_t at;
} flags[] = {
	{ "user_namespace", offsetof(struct cage_features, userns) },
	{ "namespaces", offsetof(struct cage_features, namespaces) },
	{ "empty_root", offsetof(struct cage_features, pivot) },
	{ "landlock", offsetof(struct cage_features, landlock) },
	{ "seccomp", offsetof(struct cage_features, seccomp) },
	{ "no_new_privs", offsetof(struct cage_features, no_new_privs) },
	{ "cgroup", offsetof(struct cage_features, cgroup) },
	{ "not_root", offsetof(struct cage_features, not_root) },
};
enum { FLAGS = sizeof flags / sizeof flags[0] };

enum cage_rung cage_rank(const struct cage_features *f)
{
	if (!f->seccomp || !f->no_new_privs)
		return CAGE_E;
	if (!f->landlock)
		return CAGE_D;
	if (!f->namespaces || !f->pivot)
		return CAGE_C;
	return f->cgroup ? CAGE_A : CAGE_B;
}

const char *cage_rung_text(enum cage_rung r)
{
	static const char *const texts[] = {
		[CAGE_A] = "A (full)",
		[CAGE_B] = "B (no cgroup: resource limits instead)",
		[CAGE_C] = "C (no namespaces: Landlock and seccomp)",
		[CAGE_D] = "D (no Landlock: seccomp)",
		[CAGE_E] = "E (no seccomp: refused)",
	};

	CHECK(r <= CAGE_E);
	return texts[r];
}

void cage_describe(const struct cage_features *f, struct buf *to)
{
	struct json j = json_into(to);

	json_open(&j, NULL, '{');
	json_cstr(&j, "rung", cage_rung_text(f->rung));
	for (int i = 0; i < FLAGS; i++)
		json_bool(&j, flags[i].name, *(const bool *)((const char *)f + flags[i].at));
	json_int(&j, "landlock_abi", f->landlock_abi);
	json_close(&j);
}

int cage_parse(struct str text, struct cage_features *f)
{
	struct arena a = {0};
	struct json_value *v;
	int rc;

	*f = (struct cage_features){0};
	if ((rc = json_parse(&a, text, &v)) < 0)
		goto out;
	for (int i = 0; i < FLAGS; i++) {
		const struct json_value *m = json_get(v, flags[i].name);

		if (!m || m->kind != JSON_BOOL) {
			rc = E_BAD_INPUT;
			goto out;
		}
		*(bool *)((char *)f + flags[i].at) = m->yes;
	}
	f->landlock_abi = (int)json_number(v, "landlock_abi", 0);
	f->rung = cage_rank(f);
out:
	arena_clear(&a);
	return rc;
}
