#include "functions/sandbox/words.h"

#include <string.h>

bool words_open(struct words *w, const struct wire_message *m, void *to, size_t size)
{
	if (m->head.length < size)
		return false;
	memcpy(to, m->text, size);
	*w = (struct words){ m->text + size, m->text + m->head.length };
	return true;
}

const char *words_next(struct words *w)
{
	const char *word = w->at, *nul = memchr(w->at, '\0', (size_t)(w->end - w->at));

	if (!nul)
		return NULL;
	w->at = nul + 1;
	return word;
}

bool words_list(struct words *w, const char **list, int n)
{
	for (int i = 0; i < n; i++)
		if (!(list[i] = words_next(w)))
			return false;
	list[n] = NULL;
	return true;
}
