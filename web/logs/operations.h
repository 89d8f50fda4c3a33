/* operations.h - the operations by file, for the table in operation.c. Each has parameters, perhaps a check, and a run. */
#ifndef WEB_LOGS_OPERATIONS_H
#define WEB_LOGS_OPERATIONS_H

#include "web/logs/param.h"

/* groups.c */
extern const struct param_rule logs_create_group_params[], logs_group_params[], logs_describe_groups_params[], logs_put_retention_params[];
int logs_create_group_check(struct logs *l);
int logs_create_group_run(struct logs *l, struct db *db);
int logs_delete_group_run(struct logs *l, struct db *db);
int logs_describe_groups_check(struct logs *l);
int logs_describe_groups_run(struct logs *l, struct db *db);
int logs_put_retention_check(struct logs *l);
int logs_put_retention_run(struct logs *l, struct db *db);
int logs_delete_retention_run(struct logs *l, struct db *db);

/* tags.c */
#define LOGS_TAGS_MAX 50
extern const struct param_rule logs_list_tags_params[], logs_tag_params[], logs_untag_params[];
int logs_tags_check(struct logs *l, const struct json_value *tags);		/* keys and values of a request */
int logs_tags_add(struct logs *l, struct db *db, const struct json_value *tags);	/* to those of l->group */
int logs_tags_of_resource_check(struct logs *l);
int logs_tag_check(struct logs *l);
int logs_list_tags_run(struct logs *l, struct db *db);
int logs_tag_run(struct logs *l, struct db *db);
int logs_untag_run(struct logs *l, struct db *db);

/* streams.c */
extern const struct param_rule logs_stream_params[], logs_describe_streams_params[];
int logs_create_stream_run(struct logs *l, struct db *db);
int logs_delete_stream_run(struct logs *l, struct db *db);
int logs_describe_streams_check(struct logs *l);
int logs_describe_streams_run(struct logs *l, struct db *db);

/* put_events.c */
extern const struct param_rule logs_put_events_params[];
int logs_put_events_check(struct logs *l);
int logs_put_events_run(struct logs *l, struct db *db);

/* get_events.c */
extern const struct param_rule logs_get_events_params[];
int logs_get_events_check(struct logs *l);
int logs_get_events_run(struct logs *l, struct db *db);

/* filter_events.c */
extern const struct param_rule logs_filter_events_params[];
int logs_filter_events_check(struct logs *l);
int logs_filter_events_run(struct logs *l, struct db *db);

/* A group is named, by name or ARN. */
int logs_group_named_check(struct logs *l);

#endif
