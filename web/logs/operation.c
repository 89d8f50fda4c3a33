/* operation.c - the one table of CloudWatch Logs' operations. */
#include "web/logs/operations.h"

/* A full page, as JSON and once more on its way out. */
#define PAGE_ROOM (4LL * LOGS_BATCH_BYTES)

#define NOT_BUILT(op) { .name = op }

static const struct operation operations[] = {
	{ "CreateLogGroup", logs_create_group_params, logs_create_group_check, logs_create_group_run, ERRAND_WRITES, 0 },
	{ "DeleteLogGroup", logs_group_params, NULL, logs_delete_group_run, ERRAND_FREES, 0 },
	{ "DescribeLogGroups", logs_describe_groups_params, logs_describe_groups_check, logs_describe_groups_run, ERRAND_READS, 0 },
	{ "PutRetentionPolicy", logs_put_retention_params, logs_put_retention_check, logs_put_retention_run, ERRAND_FREES, 0 },
	{ "DeleteRetentionPolicy", logs_group_params, NULL, logs_delete_retention_run, ERRAND_FREES, 0 },
	{ "ListTagsForResource", logs_list_tags_params, logs_tags_of_resource_check, logs_list_tags_run, ERRAND_READS, 0 },
	{ "TagResource", logs_tag_params, logs_tag_check, logs_tag_run, ERRAND_WRITES, 0 },
	{ "UntagResource", logs_untag_params, logs_tags_of_resource_check, logs_untag_run, ERRAND_FREES, 0 },
	{ "CreateLogStream", logs_stream_params, NULL, logs_create_stream_run, ERRAND_WRITES, 0 },
	{ "DeleteLogStream", logs_stream_params, NULL, logs_delete_stream_run, ERRAND_FREES, 0 },
	{ "DescribeLogStreams", logs_describe_streams_params, logs_describe_streams_check, logs_describe_streams_run, ERRAND_READS, 0 },
	{ "PutLogEvents", logs_put_events_params, logs_put_events_check, logs_put_events_run, ERRAND_WRITES, 0 },
	{ "GetLogEvents", logs_get_events_params, logs_get_events_check, logs_get_events_run, ERRAND_READS, PAGE_ROOM },
	{ "FilterLogEvents", logs_filter_events_params, logs_filter_events_check, logs_filter_events_run, ERRAND_READS, PAGE_ROOM },

	NOT_BUILT("AssociateKmsKey"), NOT_BUILT("CancelExportTask"), NOT_BUILT("CreateDelivery"), NOT_BUILT("CreateExportTask"),
	NOT_BUILT("CreateLogAnomalyDetector"), NOT_BUILT("DeleteAccountPolicy"), NOT_BUILT("DeleteDataProtectionPolicy"),
	NOT_BUILT("DeleteDelivery"), NOT_BUILT("DeleteDeliveryDestination"), NOT_BUILT("DeleteDeliveryDestinationPolicy"),
	NOT_BUILT("DeleteDeliverySource"), NOT_BUILT("DeleteDestination"), NOT_BUILT("DeleteIndexPolicy"),
	NOT_BUILT("DeleteLogAnomalyDetector"), NOT_BUILT("DeleteMetricFilter"), NOT_BUILT("DeleteQueryDefinition"),
	NOT_BUILT("DeleteResourcePolicy"), NOT_BUILT("DeleteSubscriptionFilter"), NOT_BUILT("DeleteTransformer"),
	NOT_BUILT("DescribeAccountPolicies"), NOT_BUILT("DescribeConfigurationTemplates"), NOT_BUILT("DescribeDeliveries"),
	NOT_BUILT("DescribeDeliveryDestinations"), NOT_BUILT("DescribeDeliverySources"), NOT_BUILT("DescribeDestinations"),
	NOT_BUILT("DescribeExportTasks"), NOT_BUILT("DescribeFieldIndexes"), NOT_BUILT("DescribeIndexPolicies"),
	NOT_BUILT("DescribeMetricFilters"), NOT_BUILT("DescribeQueries"), NOT_BUILT("DescribeQueryDefinitions"),
	NOT_BUILT("DescribeResourcePolicies"), NOT_BUILT("DescribeSubscriptionFilters"), NOT_BUILT("DisassociateKmsKey"),
	NOT_BUILT("GetDataProtectionPolicy"), NOT_BUILT("GetDelivery"), NOT_BUILT("GetDeliveryDestination"),
	NOT_BUILT("GetDeliveryDestinationPolicy"), NOT_BUILT("GetDeliverySource"), NOT_BUILT("GetLogAnomalyDetector"),
	NOT_BUILT("GetLogGroupFields"), NOT_BUILT("GetLogRecord"), NOT_BUILT("GetQueryResults"), NOT_BUILT("GetTransformer"),
	NOT_BUILT("ListAnomalies"), NOT_BUILT("ListLogAnomalyDetectors"), NOT_BUILT("ListLogGroups"), NOT_BUILT("ListLogGroupsForQuery"),
	NOT_BUILT("ListTagsLogGroup"), NOT_BUILT("PutAccountPolicy"), NOT_BUILT("PutDataProtectionPolicy"),
	NOT_BUILT("PutDeliveryDestination"), NOT_BUILT("PutDeliveryDestinationPolicy"), NOT_BUILT("PutDeliverySource"),
	NOT_BUILT("PutDestination"), NOT_BUILT("PutDestinationPolicy"), NOT_BUILT("PutIndexPolicy"), NOT_BUILT("PutMetricFilter"),
	NOT_BUILT("PutQueryDefinition"), NOT_BUILT("PutResourcePolicy"), NOT_BUILT("PutSubscriptionFilter"), NOT_BUILT("PutTransformer"),
	NOT_BUILT("StartLiveTail"), NOT_BUILT("StartQuery"), NOT_BUILT("StopQuery"), NOT_BUILT("TagLogGroup"),
	NOT_BUILT("TestMetricFilter"), NOT_BUILT("TestTransformer"), NOT_BUILT("UntagLogGroup"), NOT_BUILT("UpdateAnomaly"),
	NOT_BUILT("UpdateDeliveryConfiguration"), NOT_BUILT("UpdateLogAnomalyDetector"),
};

const struct operation *logs_operation_of(struct str name)
{
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
		if (str_eq(name, str_of(operations[i].name)))
			return &operations[i];
	return NULL;
}
