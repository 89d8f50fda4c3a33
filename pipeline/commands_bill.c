/* commands_bill.c - `minilab bill`. Functions that print what went wrong return an exit status. */
#include "pipeline/commands.h"

#include <string.h>

#include "base/err.h"
#include "pipeline/bill.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"

#define NO_MONTH "not a month; write it as 2026-11"

struct wish {
	struct arguments rest;
	char this_month[BILL_MONTH];
	const char *month;
	bool raw;
};

static bool read_wish(struct wish *w, int argc, char **argv)
{
	const struct arguments *a = &w->rest;

	*w = (struct wish){0};
	arguments_take(&w->rest, argc, argv);
	bill_this_month(w->this_month);
	w->month = w->this_month;
	for (int i = 0; i < a->count; i++) {
		if (strcmp(a->values[i], "--json") == 0)
			w->raw = true;
		else if (strcmp(a->values[i], "--month") == 0 && i + 1 < a->count)
			w->month = a->values[++i];
		else
			return false;
	}
	return true;
}

static int locally(const struct wish *w, struct buf *json)
{
	const char *dir = default_data(&w->rest);
	struct store *s = NULL;
	struct db *reader = NULL;
	int status = command_open_reader(dir, &s, &reader), rc;

	if (status == 0 && (rc = bill_gather(reader, str_of(w->month), json)) < 0)
		status = complain(w->month, rc, rc == E_BAD_INPUT ? NO_MONTH : NULL);
	db_close(reader);
	store_close(s);
	return status;
}

static int remotely(const struct wish *w, struct buf *json)
{
	struct buf path = {0};
	struct client c;
	int status = command_client(&w->rest, &c);

	buf_printf(&path, "/_/bill?month=%s", w->month);
	if (status == 0)
		status = strlen(w->month) == BILL_MONTH - 1 && !strpbrk(w->month, "&#% ") ? command_ask(&c, "GET", path.data, w->month, json) :
			 complain(w->month, E_BAD_INPUT, NO_MONTH);
	buf_clear(&path);
	return status;
}

int command_bill(int argc, char **argv)
{
	struct buf json = {0};
	struct wish w;
	int status;

	if (!read_wish(&w, argc, argv))
		return command_usage("bill");
	status = command_local(&w.rest) ? locally(&w, &json) : remotely(&w, &json);
	if (status == 0 && w.raw)
		printf("%s\n", json.data);
	else if (status == 0 && bill_print(str_n(json.data, json.len), stdout) < 0)
		status = complain(w.month, E_BAD_INPUT, NULL);
	buf_clear(&json);
	return status;
}
