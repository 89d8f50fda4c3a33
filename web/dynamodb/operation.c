/* operation.c - the one table of DynamoDB's operations. */
#include "web/dynamodb/dynamodb.h"

#include "storage/table_query.h"
#include "web/dynamodb/param.h"

/* A full page, as JSON and once more on its way out. */
#define PAGE_ROOM (3 * TABLE_PAGE_BYTES)
#define ITEM_ROOM (2 * ITEM_SIZE_MAX)

#define NOT_BUILT(op) { .name = op }

static const struct operation operations[] = {
	{ "PutItem", put_item_params, put_item_check, put_item_run, ERRAND_WRITES, ITEM_ROOM, NULL },
	{ "GetItem", get_item_params, key_check, get_item_run, ERRAND_READS, ITEM_ROOM, NULL },
	{ "DeleteItem", delete_item_params, key_check, delete_item_run, ERRAND_FREES, ITEM_ROOM, NULL },
	{ "Query", query_params, query_check, query_table_run, ERRAND_READS, PAGE_ROOM, NULL },
	{ "Scan", scan_params, scan_check, scan_run, ERRAND_READS, PAGE_ROOM, NULL },
	{ "CreateTable", create_table_params, create_table_check, create_table_run, ERRAND_WRITES, 0, NULL },
	{ "DescribeTable", table_params, dynamodb_param_end, describe_table_run, ERRAND_READS, 0, NULL },
	{ "ListTables", list_tables_params, dynamodb_param_end, list_tables_run, ERRAND_READS, 0, NULL },
	{ "DeleteTable", table_params, dynamodb_param_end, delete_table_run, ERRAND_FREES, 0, delete_table_after },
	{ "DescribeEndpoints", no_params, describe_endpoints_check, describe_endpoints_run, ERRAND_READS, 0, NULL },

	NOT_BUILT("BatchExecuteStatement"), NOT_BUILT("BatchGetItem"), NOT_BUILT("BatchWriteItem"), NOT_BUILT("CreateBackup"),
	NOT_BUILT("CreateGlobalTable"), NOT_BUILT("DeleteBackup"), NOT_BUILT("DeleteResourcePolicy"), NOT_BUILT("DescribeBackup"),
	NOT_BUILT("DescribeContinuousBackups"), NOT_BUILT("DescribeContributorInsights"), NOT_BUILT("DescribeExport"),
	NOT_BUILT("DescribeGlobalTable"), NOT_BUILT("DescribeGlobalTableSettings"), NOT_BUILT("DescribeImport"),
	NOT_BUILT("DescribeKinesisStreamingDestination"), NOT_BUILT("DescribeLimits"), NOT_BUILT("DescribeTableReplicaAutoScaling"),
	NOT_BUILT("DescribeTimeToLive"), NOT_BUILT("DisableKinesisStreamingDestination"),
	NOT_BUILT("EnableKinesisStreamingDestination"), NOT_BUILT("ExecuteStatement"), NOT_BUILT("ExecuteTransaction"),
	NOT_BUILT("ExportTableToPointInTime"), NOT_BUILT("GetResourcePolicy"), NOT_BUILT("ImportTable"), NOT_BUILT("ListBackups"),
	NOT_BUILT("ListContributorInsights"), NOT_BUILT("ListExports"), NOT_BUILT("ListGlobalTables"), NOT_BUILT("ListImports"),
	NOT_BUILT("ListTagsOfResource"), NOT_BUILT("PutResourcePolicy"), NOT_BUILT("RestoreTableFromBackup"),
	NOT_BUILT("RestoreTableToPointInTime"), NOT_BUILT("TagResource"), NOT_BUILT("TransactGetItems"),
	NOT_BUILT("TransactWriteItems"), NOT_BUILT("UntagResource"), NOT_BUILT("UpdateContinuousBackups"),
	NOT_BUILT("UpdateContributorInsights"), NOT_BUILT("UpdateGlobalTable"), NOT_BUILT("UpdateGlobalTableSettings"),
	NOT_BUILT("UpdateItem"), NOT_BUILT("UpdateKinesisStreamingDestination"), NOT_BUILT("UpdateTable"),
	NOT_BUILT("UpdateTableReplicaAutoScaling"), NOT_BUILT("UpdateTimeToLive"),
};

const struct operation *operation_of(struct str name)
{
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
		if (str_eq(name, str_of(operations[i].name)))
			return &operations[i];
	return NULL;
}
