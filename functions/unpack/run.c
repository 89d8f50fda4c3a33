#include "functions/unpack/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "functions/unpack/archive.h"

#define PIECE (128 << 10)

struct job {
	zip_t *zip;
	uint64_t entries;
	struct tree *tree;
	int64_t declared;		/* bytes, so far */
	char target[UNPACK_PATH_MAX + 1];	/* of the link at hand */
	char piece[PIECE];
};

static enum unpack_verdict look(struct job *j, const struct entry *e)
{
	if (e->size > j->tree->bytes_max - j->declared)
		return UNPACK_TOO_LARGE;
	j->declared += e->size;
	return e->kind == ENTRY_LINK && (e->size == 0 || e->size > UNPACK_PATH_MAX) ? UNPACK_LINK : UNPACK_OK;
}

static enum unpack_verdict copy(struct job *j, zip_file_t *from, int to)
{
	enum unpack_verdict v;
	size_t n;

	do {
		n = sizeof j->piece;
		if ((v = archive_read(from, j->piece, &n)) == UNPACK_OK && n > 0)
			v = tree_write(j->tree, to, j->piece, n);
	} while (v == UNPACK_OK && n > 0);
	return v;
}

static enum unpack_verdict make_file(struct job *j, const struct entry *e)
{
	zip_file_t *from = NULL;
	enum unpack_verdict v;
	int to;

	if ((v = tree_file(j->tree, e->path, e->mode, &to)) != UNPACK_OK)
		return v;
	if ((v = archive_begin(j->zip, e->index, &from)) == UNPACK_OK)
		v = copy(j, from, to);
	if (v == UNPACK_OK)
		v = tree_time(j->tree, to, e->time_s);
	archive_end(from);
	close(to);
	return v;
}

static enum unpack_verdict make(struct job *j, const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_FILE:
		return make_file(j, e);
	case ENTRY_FOLDER:
		return tree_folder(j->tree, e->path);
	case ENTRY_LINK:
	default:
		return UNPACK_OK;
	}
}

static enum unpack_verdict set_mode(struct job *j, const struct entry *e)
{
	return e->kind == ENTRY_FOLDER && e->path[0] ? tree_folder_mode(j->tree, e->path, e->mode) : UNPACK_OK;
}

static enum unpack_verdict read_target(struct job *j, const struct entry *e)
{
	zip_file_t *from = NULL;
	enum unpack_verdict v;
	size_t n, length = 0;

	if ((v = archive_begin(j->zip, e->index, &from)) != UNPACK_OK)
		return v;
	do {
		n = sizeof j->target - length;
		if ((v = archive_read(from, j->target + length, &n)) == UNPACK_OK)
			length += n;
	} while (v == UNPACK_OK && n > 0 && length < sizeof j->target);
	archive_end(from);
	if (v != UNPACK_OK)
		return v;
	if (length == 0 || length == sizeof j->target || memchr(j->target, '\0', length))
		return UNPACK_LINK;
	j->target[length] = '\0';
	return UNPACK_OK;
}

/* By its words: how deep the link's folder is, and how far up its target goes from there. */
static bool stays_by_words(const char *path, const char *target)
{
	struct str rest = str_of(path), part;
	int depth = -1;

	while (str_next(&rest, '/', &part))
		depth++;
	rest = str_of(target);
	while (depth >= 0 && str_next(&rest, '/', &part)) {
		if (str_eq(part, STR("..")))
			depth--;
		else if (part.n > 0 && !str_eq(part, STR(".")))
			depth++;
	}
	return depth >= 0;
}

static bool is_seen_by_functions(const char *target)
{
	static const char *const places[] = { "/opt", "/tmp", "/var/task", "/var/runtime", "/usr", "/bin", "/sbin", "/lib", "/lib64" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		size_t n = strlen(places[i]);

		if (strncmp(target, places[i], n) == 0 && (target[n] == '/' || target[n] == '\0'))
			return stays_by_words("x", target + n);
	}
	return false;
}

static enum unpack_verdict link_relative(struct job *j, const struct entry *e)
{
	enum unpack_verdict v;

	if (e->kind != ENTRY_LINK)
		return UNPACK_OK;
	if ((v = read_target(j, e)) != UNPACK_OK || j->target[0] == '/')
		return v;
	return stays_by_words(e->path, j->target) ? tree_link(j->tree, e->path, j->target) : UNPACK_LINK;
}

/* Links through links can lead further than their words do. Those that are not made yet lead nowhere. */
static enum unpack_verdict follow(struct job *j, const struct entry *e)
{
	return e->kind == ENTRY_LINK ? tree_stays(j->tree, e->path) : UNPACK_OK;
}

static enum unpack_verdict link_absolute(struct job *j, const struct entry *e)
{
	enum unpack_verdict v;

	if (e->kind != ENTRY_LINK)
		return UNPACK_OK;
	if ((v = read_target(j, e)) != UNPACK_OK || j->target[0] != '/')
		return v;
	return is_seen_by_functions(j->target) ? tree_link(j->tree, e->path, j->target) : UNPACK_LINK;
}

typedef enum unpack_verdict pass_fn(struct job *j, const struct entry *e);
static pass_fn *const passes[] = { look, make, set_mode, link_relative, follow, link_absolute };

static enum unpack_verdict all_entries(struct job *j, pass_fn *pass, struct unpack_told *told)
{
	enum unpack_verdict v = UNPACK_OK;
	struct entry e;

	for (uint64_t i = 0; v == UNPACK_OK && i < j->entries; i++) {
		if ((v = archive_entry(j->zip, i, &e)) == UNPACK_OK)
			v = pass(j, &e);
		if (v != UNPACK_OK)
			snprintf(told->name, sizeof told->name, "%s", e.name);
	}
	return v;
}

void run(const void *zip, size_t n, struct tree *t, struct unpack_told *told)
{
	static struct job j;
	enum unpack_verdict v;

	j = (struct job){ .tree = t };
	*told = (struct unpack_told){0};
	if ((v = archive_open(&j.zip, zip, n)) == UNPACK_OK) {
		j.entries = (uint64_t)zip_get_num_entries(j.zip, 0);
		v = j.entries == 0 ? UNPACK_EMPTY : j.entries > (uint64_t)t->made_max ? UNPACK_FILES : UNPACK_OK;
	}
	for (size_t i = 0; v == UNPACK_OK && i < sizeof passes / sizeof passes[0]; i++)
		v = all_entries(&j, passes[i], told);
	archive_close(j.zip);
	tree_clear(t);
	told->verdict = v;
	told->error = v == UNPACK_SHORT || v == UNPACK_FAILED ? t->error : 0;
	told->bytes = t->bytes;
	told->files = t->made;
}
