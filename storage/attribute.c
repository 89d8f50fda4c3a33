#include "storage/attribute.h"

#include "base/codec.h"
#include "base/err.h"
#include "storage/table_key.h"

#define CONTAINER_SIZE 3	/* of a map or list itself, and ELEMENT_SIZE for each thing in it (developer guide) */
#define ELEMENT_SIZE 1

struct walk {
	struct json *j;
	size_t *size;
	int depth;
};

typedef int write_fn(struct walk *w, const char *name, const struct json_value *v);

static int typed(struct walk *w, const char *name, const struct json_value *v);

const char *attribute_type_name(enum attribute_type t)
{
#define X(name) #name,
	static const char *const names[] = { ATTRIBUTE_TABLE(X) };
#undef X

	return names[t];
}

enum attribute_type attribute_type_find(struct str name)
{
	enum attribute_type t = 0;

	while (t < ATTRIBUTE_TYPES && !str_eq(name, str_of(attribute_type_name(t))))
		t++;
	return t;
}

enum attribute_type attribute_type(const struct json_value *v)
{
	if (!v || v->kind != JSON_OBJECT || v->count != 1)
		return ATTRIBUTE_TYPES;
	return attribute_type_find(v->first->name);
}

static int text(struct walk *w, const char *name, const struct json_value *v)
{
	if (v->kind != JSON_STRING)
		return E_BAD_INPUT;
	*w->size += v->text.n;
	json_str(w->j, name, v->text);
	return 0;
}

static int number(struct walk *w, const char *name, const struct json_value *v)
{
	char room[NUMBER_TEXT_MAX];
	struct number n;

	if (v->kind != JSON_STRING || number_parse(v->text, &n) != NUMBER_OK)
		return E_BAD_INPUT;
	*w->size += (size_t)(n.digits + 1) / 2 + 1 + n.negative;
	json_cstr(w->j, name, number_text(room, &n));
	return 0;
}

static int binary(struct walk *w, const char *name, const struct json_value *v)
{
	struct buf bytes = {0};
	int rc = E_BAD_INPUT;

	if (v->kind == JSON_STRING && base64_decode(&bytes, v->text) == 0) {
		*w->size += bytes.len;
		json_str(w->j, name, v->text);
		rc = 0;
	}
	buf_clear(&bytes);
	return rc;
}

static int truth(struct walk *w, const char *name, const struct json_value *v)
{
	if (v->kind != JSON_BOOL)
		return E_BAD_INPUT;
	*w->size += ELEMENT_SIZE;
	json_bool(w->j, name, v->yes);
	return 0;
}

static int elements(struct walk *w, const struct json_value *v, write_fn *element, size_t each)
{
	int rc = 0;

	for (const struct json_value *m = v->first; m && rc == 0; m = m->next) {
		*w->size += each + m->name.n;
		if (v->kind == JSON_OBJECT)
			json_name(w->j, m->name);
		rc = element(w, v->kind == JSON_OBJECT ? JSON_NAMED : NULL, m);
	}
	return rc;
}

static int set(struct walk *w, const char *name, const struct json_value *v, write_fn *element)
{
	int rc;

	if (v->kind != JSON_ARRAY || v->count == 0)
		return E_BAD_INPUT;
	json_open(w->j, name, '[');
	rc = elements(w, v, element, 0);
	json_close(w->j);
	return rc;
}

static int text_set(struct walk *w, const char *name, const struct json_value *v)
{
	return set(w, name, v, text);
}

static int number_set(struct walk *w, const char *name, const struct json_value *v)
{
	return set(w, name, v, number);
}

static int binary_set(struct walk *w, const char *name, const struct json_value *v)
{
	return set(w, name, v, binary);
}

static int container(struct walk *w, const char *name, const struct json_value *v, char kind)
{
	int rc;

	if (v->kind != (kind == '{' ? JSON_OBJECT : JSON_ARRAY))
		return E_BAD_INPUT;
	if (w->depth == ATTRIBUTE_DEPTH_MAX)
		return E_TOO_LARGE;
	w->depth++;
	*w->size += CONTAINER_SIZE;
	json_open(w->j, name, kind);
	rc = elements(w, v, typed, ELEMENT_SIZE);
	json_close(w->j);
	w->depth--;
	return rc;
}

static int map(struct walk *w, const char *name, const struct json_value *v)
{
	return container(w, name, v, '{');
}

static int list(struct walk *w, const char *name, const struct json_value *v)
{
	return container(w, name, v, '[');
}

static write_fn *const writers[ATTRIBUTE_TYPES] = {
	[ATTRIBUTE_S] = text,		[ATTRIBUTE_N] = number,		[ATTRIBUTE_B] = binary,
	[ATTRIBUTE_BOOL] = truth,	[ATTRIBUTE_NULL] = truth,
	[ATTRIBUTE_M] = map,		[ATTRIBUTE_L] = list,
	[ATTRIBUTE_SS] = text_set,	[ATTRIBUTE_NS] = number_set,	[ATTRIBUTE_BS] = binary_set,
};

static int typed(struct walk *w, const char *name, const struct json_value *v)
{
	enum attribute_type t = attribute_type(v);
	int rc;

	if (t == ATTRIBUTE_TYPES)
		return E_BAD_INPUT;
	json_open(w->j, name, '{');
	rc = writers[t](w, attribute_type_name(t), v->first);
	json_close(w->j);
	return rc;
}

int attribute_write(struct json *j, const char *name, const struct json_value *v, size_t *size)
{
	struct walk w = { .j = j, .size = size };

	return typed(&w, name, v);
}
