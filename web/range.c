#include "web/range.h"

#include "base/err.h"

enum range_verdict range_parse(struct str header, int64_t size, int64_t *first, int64_t *length)
{
	struct str spec = header, from;
	int64_t a, b = INT64_MAX;

	if (!str_starts(spec, STR("bytes=")))
		return RANGE_WHOLE;
	spec = str_n(spec.p + 6, spec.n - 6);
	if (!str_next(&spec, '-', &from) || !str_is_set(spec))
		return RANGE_WHOLE;
	if (from.n == 0) {
		if (str_to_int(spec, 0, INT64_MAX, &b) < 0)
			return RANGE_WHOLE;
		if (b == 0 || size == 0)
			return RANGE_NOT_SATISFIABLE;
		*first = b < size ? size - b : 0;
		*length = size - *first;
		return RANGE_PART;
	}
	if (str_to_int(from, 0, INT64_MAX, &a) < 0 || (spec.n > 0 && str_to_int(spec, 0, INT64_MAX, &b) < 0) || b < a)
		return RANGE_WHOLE;
	if (a >= size)
		return RANGE_NOT_SATISFIABLE;
	*first = a;
	*length = (b < size ? b + 1 : size) - a;
	return RANGE_PART;
}
