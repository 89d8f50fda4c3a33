#include "pipeline/logs.h"

#include "base/clock.h"
#include "storage/function.h"

#define PAGE 500	/* lines read at a time, so that no snapshot is held for long */

struct printing {
	FILE *to;
	int64_t last;
	int count;
};

static int print_line(void *owner, int64_t id, int64_t at_ms, struct str stream, struct str line)
{
	struct printing *p = owner;
	char when[CLOCK_TEXT_MAX];

	fprintf(p->to, "%s %.*s %.*s\n", clock_iso_ms(when, at_ms), STR_ARG(stream), STR_ARG(line));
	p->last = id;
	p->count++;
	return 0;
}

int logs_print(struct db *db, struct str function, FILE *to)
{
	struct printing p = { .to = to };
	struct function_row row;
	struct arena a = {0};
	int rc = function_get(db, function, &a, &row);

	while (rc == 0) {
		p.count = 0;
		rc = logline_list(db, row.id, p.last, PAGE, print_line, &p);
		if (p.count < PAGE)
			break;
	}
	arena_clear(&a);
	return rc;
}
