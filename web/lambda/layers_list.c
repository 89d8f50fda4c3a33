/* layers_list.c - ListLayers and ListLayerVersions, the newest version first. */
#include "base/err.h"
#include "web/lambda/layer.h"
#include "web/lambda/items.h"
#include "web/lambda/runtimes.h"

struct wanted {				/* of a version; absent: any */
	struct str runtime, architecture;
};

/* The last page.max + 1 versions below `below` that fit: a ring, since records come in the other order. */
struct walk {
	struct lambda *l;
	struct str name;
	int64_t below;
	struct wanted wanted;
	int64_t ring[ITEMS_MAX + 1];
	int room, count;
};

struct listing {			/* in l->state */
	struct items page;
	struct wanted wanted;
	struct layer_ref layer;
	int64_t below;
};

static void read_filters(struct lambda *l, struct listing *li)
{
	li->wanted.runtime = params_get(&l->params, "CompatibleRuntime");
	li->wanted.architecture = params_get(&l->params, "CompatibleArchitecture");
	if (str_is_set(li->wanted.runtime))
		constrain_enum(l, "compatibleRuntime", li->wanted.runtime, layer_runtime_values);
	if (str_is_set(li->wanted.architecture))
		constrain_enum(l, "compatibleArchitecture", li->wanted.architecture, "[x86_64, arm64]");
	items_read(l, &li->page);
	l->state = li;
}

static bool has(const struct json_value *document, const char *member, struct str wanted)
{
	const struct json_value *list = json_get(document, member);

	for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
		if (str_eq(v->text, wanted))
			return true;
	return !str_is_set(wanted);
}

static int look(void *owner, const struct record *r)
{
	struct walk *w = owner;
	int64_t version = layer_record_version(r->name, w->name);
	struct arena a = { 0 };
	struct json_value *v;
	int rc;

	if (version == 0 || version >= w->below)
		return 1;
	rc = json_parse(&a, r->body, &v) < 0 ? E_CORRUPT : 0;
	if (rc == 0 && has(v, "CompatibleRuntimes", w->wanted.runtime) && has(v, "CompatibleArchitectures", w->wanted.architecture))
		w->ring[w->count++ % w->room] = version;
	arena_clear(&a);
	return rc;
}

static int walk(struct db *db, struct walk *w)
{
	int rc = record_list(db, RECORD_LAYER_VERSION, 0, str_of(arena_printf(&w->l->arena, "%.*s:", STR_ARG(w->name))), LAYER_VERSIONS_MAX, look, w);

	return rc < 0 ? rc : 0;
}

static int write_found(struct lambda *l, struct db *db, struct json *j, const char *member, struct str name, int64_t version)
{
	const struct json_value *v;
	int rc = layer_document(l, db, name, version, &v);

	if (rc < 0)
		return rc;
	json_open(j, member, '{');
	layer_write(l, j, name, version, v);
	json_close(j);
	return 0;
}

int layer_versions_check(struct lambda *l)
{
	struct listing *li = arena_take(&l->arena, sizeof *li);
	int rc;

	read_filters(l, li);
	if ((rc = layer_target(l, &li->layer)) < 0)
		return rc;
	if (str_to_int(li->page.marker, 1, INT64_MAX, &li->below) < 0)
		li->below = INT64_MAX;
	return 0;
}

int layer_versions(struct lambda *l, struct db *db)
{
	struct listing *li = l->state;
	struct walk *w = arena_take(&l->arena, sizeof *w);
	struct json j = json_into(&l->out);
	int rc;

	*w = (struct walk){ .l = l, .name = li->layer.name, .below = li->below, .wanted = li->wanted, .room = li->page.max + 1 };
	if ((rc = walk(db, w)) < 0)
		return rc;
	json_open(&j, NULL, '{');
	json_open(&j, "LayerVersions", '[');
	for (int i = w->count - 1; i >= 0 && i > w->count - 1 - w->room && rc == 0; i--) {
		int64_t version = w->ring[i % w->room];

		if (!items_add(l, &li->page, str_of(arena_printf(&l->arena, "%lld", (long long)version))))
			break;
		rc = write_found(l, db, &j, NULL, w->name, version);
	}
	json_close(&j);
	items_end(&li->page, &j);
	json_close(&j);
	return rc;
}

int layers_list_check(struct lambda *l)
{
	read_filters(l, arena_take(&l->arena, sizeof(struct listing)));
	return 0;
}

/* Names first, since a walk must not begin inside another. */
struct names {
	struct lambda *l;
	struct str at[ITEMS_MAX];
	int count;
};

static int add_name(void *owner, const struct record *r)
{
	struct names *n = owner;

	n->at[n->count++] = arena_str(&n->l->arena, r->name);
	return 0;
}

/* 1: the page is full. */
static int show_layer(struct lambda *l, struct db *db, struct json *j, struct str name)
{
	struct listing *li = l->state;
	struct walk *w = arena_take(&l->arena, sizeof *w);
	int rc;

	*w = (struct walk){ .l = l, .name = name, .below = INT64_MAX, .wanted = li->wanted, .room = 1 };
	if ((rc = walk(db, w)) < 0 || w->count == 0)
		return rc;
	if (!items_add(l, &li->page, name))
		return 1;
	json_open(j, NULL, '{');
	json_str(j, "LayerName", name);
	json_cstr(j, "LayerArn", layer_arn(l, name, 0));
	rc = write_found(l, db, j, "LatestMatchingVersion", name, w->ring[0]);
	json_close(j);
	return rc;
}

int layers_list(struct lambda *l, struct db *db)
{
	struct listing *li = l->state;
	struct str after = li->page.marker;
	struct json j = json_into(&l->out);
	struct names n;
	int rc;

	json_open(&j, NULL, '{');
	json_open(&j, "Layers", '[');
	do {
		n = (struct names){ .l = l };
		rc = record_list(db, RECORD_LAYER, 0, after, ITEMS_MAX, add_name, &n);
		for (int i = 0; i < n.count && rc == 0; i++)
			rc = show_layer(l, db, &j, n.at[i]);
		if (n.count > 0)
			after = n.at[n.count - 1];
	} while (rc == 0 && n.count == ITEMS_MAX);
	json_close(&j);
	items_end(&li->page, &j);
	json_close(&j);
	return rc < 0 ? rc : 0;
}
