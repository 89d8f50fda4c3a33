/* job_presets.c - what one job makes. An event of an upload asks for everything that the function's RENDITIONS say; one of a
 * backfill may ask for some of them: then the function is told only of those, and its result is merged. */
#include "pipeline/job_parts.h"

#include "base/err.h"
#include "pipeline/presets.h"
#include "storage/made.h"

/* The function's variables with another RENDITIONS. */
static struct str cut_env(struct job *j, struct str renditions)
{
	struct json_value *v;
	struct buf text = {0};
	struct json w = json_into(&text);
	struct str s;

	if (json_parse(&j->arena, j->env, &v) < 0)
		return j->env;
	json_open(&w, NULL, '{');
	for (const struct json_value *m = v->first; m; m = m->next) {
		json_name(&w, m->name);
		if (str_eq(m->name, STR("RENDITIONS")))
			json_str(&w, JSON_NAMED, renditions);
		else
			json_value(&w, JSON_NAMED, m);
	}
	json_close(&w);
	s = arena_str(&j->arena, str_n(text.data, text.len));
	buf_clear(&text);
	return s;
}

/* The list that the result of the job's version was made with; "" when there is none. */
static int made_before(struct job *j, struct db *reader, struct str *list)
{
	struct photo_row p;
	int rc = photo_get(reader, j->row.bucket, j->row.key, &j->arena, &p);

	*list = STR("");
	if (rc < 0 || p.seq != j->row.seq)
		return rc == E_NOT_FOUND ? 0 : rc;
	return made_list(reader, p.made, &j->arena, list);
}

int job_choose(struct job *j, struct db *reader)
{
	const struct function *f = &j->spec.version->builtin;
	const struct presets *presets = j->spec.m->presets;
	struct str bucket = str_of(j->bucket), env = str_n(f->environment.data, f->environment.len);
	struct str names = event_presets(j->row.payload, &j->arena), was, list;
	char error[RENDITION_LIST_ERROR_MAX];
	struct rendition_list p;
	int rc;

	j->env = presets_environment(presets, env, bucket, j->row.key, &j->arena);
	j->made = presets_list(presets, f->renditions, bucket, j->row.key, &j->arena);
	if (names.n == 0)
		return 0;
	if (rendition_list_read(j->made, &p, error) < 0) {
		job_fail(j, REASON_SETTINGS, error);
		return E_BAD_INPUT;
	}
	list = rendition_list_pick(&p, names, &j->arena);
	if (list.n == 0) {
		job_fail(j, REASON_SETTINGS, "none of the renditions that the backfill asked for is configured any more");
		return E_BAD_INPUT;
	}
	if ((rc = made_before(j, reader, &was)) < 0)
		return rc;
	j->merge = true;
	j->env = cut_env(j, list);
	j->made = rendition_list_merged(&p, names, was, &j->arena);
	j->replaces_count = rendition_list_keys(&p, names, j->row.key, &j->arena, j->replaces);
	return 0;
}
