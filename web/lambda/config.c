#include "web/lambda/config.h"

#include "base/err.h"
#include "pipeline/call_record.h"

#define DESTINATION_MAX 255		/* struct catalog_async */

int config_no_version(struct lambda *l)
{
	struct str qualifier = l->target.qualifier;

	if (!shape_alias.fits(qualifier))
		return lambda_no_function(l, qualifier);
	return lambda_refuse(l, LAMBDA_NOT_FOUND, "Cannot find alias arn: %s", lambda_arn(l, l->target.name, qualifier));
}

int config_version(struct lambda *l, struct db *db, const struct function_row *row, struct str *version, const struct json_value **document)
{
	int rc = lambda_document(l, db, row, l->target.qualifier, version, document);

	return rc == E_NOT_FOUND ? config_no_version(l) : rc;
}

struct str config_text(const struct lambda *l, const char *member)
{
	return json_text(l->body, member);
}

static int refuse_destination(struct lambda *l, struct str arn)
{
	const struct settings *s = &l->m->settings;

	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The destination ARN %.*s is invalid. Possible are another function's ARN and, for what failed, "
			     CALL_LIST ", the list of dead letters; there are no queues, topics, event buses and buckets for this.", STR_ARG(arn),
			     s->region, s->account);
}

/* "arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]" of this region and account: its name. */
static bool is_own_function(struct lambda *l, struct str arn, struct str *name)
{
	const char *prefix = arena_printf(&l->arena, "arn:aws:lambda:%s:%s:function:", l->m->settings.region, l->m->settings.account);
	struct str rest = arn;

	if (!str_starts(arn, str_of(prefix)))
		return false;
	rest = str_n(arn.p + strlen(prefix), arn.n - strlen(prefix));
	return str_next(&rest, ':', name) && name->n > 0;
}

int config_destination(struct lambda *l, struct db *db, struct str arn, bool failed)
{
	const struct settings *s = &l->m->settings;
	struct function_row row;
	struct str name;
	int rc;

	if (arn.n == 0 || (failed && str_eq(arn, str_of(arena_printf(&l->arena, CALL_LIST, s->region, s->account)))))
		return 0;
	if (arn.n > DESTINATION_MAX || !is_own_function(l, arn, &name))
		return refuse_destination(l, arn);
	rc = function_get(db, name, &l->arena, &row);
	if (rc == E_NOT_FOUND)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The destination ARN %.*s is invalid.", STR_ARG(arn));
	if (rc == 0 && str_eq(name, l->target.name))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "You can't specify the function as a destination for itself.");
	return rc;
}
