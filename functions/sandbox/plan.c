#include "functions/sandbox/plan.h"

#include <string.h>

#include "base/err.h"
#include "functions/sandbox/words.h"

/* The rest of `path` after `directory` and slashes; NULL when it is elsewhere, or wants to go up. "" stays "". */
static const char *below(const char *directory, const char *path)
{
	size_t n = directory ? strlen(directory) : 0;

	if (!path || !*path)
		return path;
	while (n > 0 && directory[n - 1] == '/')
		n--;
	if (n == 0 || strncmp(path, directory, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	for (path += n; *path == '/'; path++)
		;
	return strstr(path, "..") ? NULL : path;
}

/* A package is one directory in the code directory. */
static const char *package(const struct tree *t, const char *path)
{
	const char *name = below(t->code, path);

	return name && !strchr(name, '/') && !strpbrk(name, ",:\\") ? name : NULL;
}

/* False when it is none of those that the zygote was started with. */
static bool find_lang(const struct tree *t, const char *path, int *lang)
{
	*lang = -1;
	if (!path || !*path)
		return path != NULL;
	for (int i = 0; i < t->lang_count; i++)
		if (strcmp(t->langs[i], path) == 0)
			*lang = i;
	return *lang >= 0;
}

int plan_read(struct plan *p, const struct wire_message *m, const struct tree *t)
{
	const char *runtime, *lang;
	struct words w;

	*p = (struct plan){0};
	if (m->head.kind != SANDBOX_PLAN || !words_open(&w, m, &p->limits, sizeof p->limits))
		return E_BAD_INPUT;
	p->code = package(t, words_next(&w));
	runtime = words_next(&w);
	lang = words_next(&w);
	if (!p->code || !runtime || !find_lang(t, lang, &p->lang) || p->limits.layers < 0 ||
	    p->limits.host_count < 0 || p->limits.host_count > SANDBOX_HOST_MAX ||
	    p->limits.layers > RECIPE_LAYERS_MAX || p->limits.memory_bytes <= 0 || p->limits.tmp_bytes <= 0)
		return E_BAD_INPUT;
	if (!(p->runtime = below(t->runtime, runtime)) || !words_list(&w, p->layers, p->limits.layers))
		return E_BAD_INPUT;
	/* An empty name would be the whole directory: all of our clients, perhaps, but no layer. */
	if (!*p->runtime && *runtime)
		p->runtime = ".";
	for (int i = 0; i < p->limits.layers; i++)
		if (!(p->layers[i] = package(t, p->layers[i])) || !*p->layers[i])
			return E_BAD_INPUT;
	return 0;
}
