#include "web/constraints.h"

#include <stdarg.h>
#include <stdio.h>

void constraints_broken(struct constraints *k, const char *path, struct str value, const char *fmt, ...)
{
	char text[CONSTRAINT_TEXT_MAX];
	va_list ap;

	if (++k->count > k->most && k->most > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_puts(&k->text, k->count > 1 ? "; Value " : "Value ");
	if (str_is_set(value))
		buf_printf(&k->text, "'%.*s'", STR_ARG(value));
	else
		buf_puts(&k->text, "null");
	buf_printf(&k->text, " at '%s' failed to satisfy constraint: %s", path, text);
}

int64_t constraints_characters(struct str text)
{
	int64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;		/* these have two */
	}
	return n;
}

static void check(struct constraints *k, const char *path, struct str value, const char *what, const int64_t n[3])
{
	if (n[0] < n[1])
		constraints_broken(k, path, value, "Member must have %s greater than or equal to %lld", what, (long long)n[1]);
	else if (n[2] > 0 && n[0] > n[2])
		constraints_broken(k, path, value, "Member must have %s less than or equal to %lld", what, (long long)n[2]);
}

void constraints_length(struct constraints *k, const char *path, struct str value, int64_t n, int64_t min, int64_t max)
{
	check(k, path, value, "length", (const int64_t[]){ n, min, max });
}

void constraints_range(struct constraints *k, const char *path, struct str value, int64_t n, int64_t min, int64_t max)
{
	check(k, path, value, "value", (const int64_t[]){ n, min, max });
}

bool constraints_among(struct str values, struct str word)
{
	struct str one;

	while (str_next(&values, ',', &one))
		if (str_eq(str_trim(one), word))
			return true;
	return false;
}

bool constraints_enum(struct constraints *k, const char *path, struct str value, struct str values)
{
	if (constraints_among(values, value))
		return true;
	constraints_broken(k, path, value, "Member must satisfy enum value set: [%.*s]", STR_ARG(values));
	return false;
}

bool constraints_whole_number(struct str s, int64_t *n)
{
	bool minus = str_starts(s, STR("-"));

	if (minus)
		s = str_n(s.p + 1, s.n - 1);
	if (str_to_int(s, 0, INT64_MAX, n) < 0)
		return false;
	*n = minus ? -*n : *n;
	return true;
}

const char *constraints_sentence(const struct constraints *k, struct arena *a)
{
	int n = k->most > 0 && k->count > k->most ? k->most : k->count;

	return n == 0 ? NULL : arena_printf(a, "%d validation error%s detected: %s", n, n > 1 ? "s" : "", k->text.data);
}

void constraints_clear(struct constraints *k)
{
	buf_clear(&k->text);
	k->count = 0;
}
