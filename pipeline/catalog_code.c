/* catalog_code.c - code packages of functions unpacked where they can be run, when they are not yet (the folder was left out of a backup), and
 * removed when nobody has them any more. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "functions/custom.h"
#include "functions/unpack.h"
#include "pipeline/catalog_parts.h"
#include "storage/package.h"

/* Functions run as somebody else, who must be able to read what is in it; the data directory around it keeps others out. */
int code_open(struct catalog *c)
{
	char data[PATH_MAX];

	if (!realpath(c->m->settings.data, data))
		return -errno;
	snprintf(c->code_dir, sizeof c->code_dir, "%s/code", data);
	beside(c->unpacker, c->m->settings.sandbox, "minilab-unpack");
	if (mkdir(c->code_dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (chmod(c->code_dir, 0755) < 0)
		return -errno;
	return unpack_clean(c->code_dir);
}

static int unpack_package(struct catalog *c, struct db *db, struct str id)
{
	struct unpack_result result;
	struct arena a = {0};
	struct package p;
	int zip = -1, rc = package_get(db, id, &a, &p);

	if (rc == 0 && (zip = rc = blob_isolate(store_blobs(c->m->store), p.extents, p.extent_count)) >= 0)
		rc = unpack(c->unpacker, zip, p.size, c->code_dir, id, &result);
	if (rc == 0 && result.verdict != UNPACK_OK) {
		log_error(0, "package=%.*s message=%s", STR_ARG(id), log_quote(str_of(result.message)));
		rc = (int)result.verdict;
	}
	if (zip >= 0)
		close(zip);
	arena_clear(&a);
	return rc;
}

int code_ready(struct catalog *c, struct db *db, struct str package)
{
	int rc = 0;

	uv_mutex_lock(&c->code_lock);
	if (!unpack_is_ready(c->code_dir, package))
		rc = unpack_package(c, db, package);
	uv_mutex_unlock(&c->code_lock);
	if (rc < 0)
		log_error(rc, "package=%.*s step=unpack", STR_ARG(package));
	return rc;
}

const char *catalog_code_dir(const struct catalog *c)
{
	return c->code_dir;
}

const char *catalog_unpacker(const struct catalog *c)
{
	return c->unpacker;
}

/* Removing. A folder without a package's row goes, unless something that runs, or may run, was made of it. */

struct cleaning {
	struct work work;
	struct catalog *c;
	struct arena arena;
	struct used {
		struct str id;
		struct used *next;
	} *used;
};

static void use_path(struct cleaning *k, struct str path)
{
	struct used *u;

	if (path.n < PACKAGE_ID)
		return;
	u = arena_take(&k->arena, sizeof *u);
	u->id = arena_str(&k->arena, str_n(path.p + path.n - PACKAGE_ID, PACKAGE_ID));
	u->next = k->used;
	k->used = u;
}

static void use_recipe(struct cleaning *k, const struct recipe *r)
{
	if (!r)
		return;
	use_path(k, r->code);
	for (int i = 0; i < r->layer_count; i++)
		use_path(k, r->layers[i]);
}

static void use_environment(void *owner, const struct custom_view *v)
{
	use_recipe(owner, v->recipe);
}

static bool is_used(const struct cleaning *k, const char *id)
{
	for (const struct used *u = k->used; u; u = u->next)
		if (str_eq(u->id, str_of(id)))
			return true;
	return false;
}

/* Under the lock, so that nobody finds it ready while it goes. */
static void remove_unless_named(struct catalog *c, struct db *db, const char *id)
{
	struct arena a = {0};
	struct package p;
	int rc;

	uv_mutex_lock(&c->code_lock);
	if (package_get(db, str_of(id), &a, &p) == E_NOT_FOUND) {
		rc = unpack_remove(c->code_dir, str_of(id));
		if (rc < 0)
			log_warn(rc, "package=%s step=remove", id);
	}
	uv_mutex_unlock(&c->code_lock);
	arena_clear(&a);
}

static int clean(struct work *w, struct db *db)
{
	struct cleaning *k = container_of(w, struct cleaning, work);
	DIR *d = opendir(k->c->code_dir);

	for (struct dirent *e; d && (e = readdir(d));)
		if (strlen(e->d_name) == PACKAGE_ID && !is_used(k, e->d_name))
			remove_unless_named(k->c, db, e->d_name);
	if (d)
		closedir(d);
	return 0;
}

static void on_cleaned(struct work *w)
{
	struct cleaning *k = container_of(w, struct cleaning, work);

	k->c->cleaning = false;
	catalog_rest(k->c);
	arena_clear(&k->arena);
	free(k);
}

void catalog_clean(struct catalog *c)
{
	struct cleaning *k;

	if (c->cleaning)
		return;
	k = calloc(1, sizeof *k);
	CHECK(k != NULL);
	k->c = c;
	k->work = (struct work){ .run = clean, .done = on_cleaned };
	for (int i = 0; i < CARD_SLOTS; i++)
		for (const struct card *card = c->by_id[i]; card; card = card->next_id)
			for (const struct version *v = card->versions; v; v = v->next)
				use_recipe(k, v->v.recipe);
	if (c->m->custom)
		custom_each(c->m->custom, use_environment, k);
	c->cleaning = true;
	c->working++;
	lanes_run(c->m->lanes, &k->work);
}
