/* AWS's own policies that the tutorials and usual templates attach, and what they allow (facts/10 part H). Their ids and dates on AWS are
 * not known here: the id is made of the ARN, and there is no date. In the order of their ARNs. */
#include "web/iam/policy.h"

#include "base/digest.h"
#include "base/json.h"

#define LOGS "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"
#define STATEMENTS_MAX 2

static const struct managed_row {
	const char *path, *name, *description;
	struct {
		const char *actions, *resource;	/* actions between blanks */
		const char *passed_to;		/* iam:PassedToService must be that; NULL: no condition */
	} statement[STATEMENTS_MAX];
} rows[] = {
	{ "/", "AWSLambdaExecute", "Provides Put, Get access to S3 and full access to CloudWatch Logs.",
	  { { "logs:*", "arn:aws:logs:*:*:*", NULL }, { "s3:GetObject s3:PutObject", "arn:aws:s3:::*", NULL } } },
	{ "/", "AWSLambda_FullAccess", "Grants full access to AWS Lambda.",
	  { { "lambda:*", "*", NULL }, { "iam:PassRole", "*", "lambda.amazonaws.com" } } },
	{ "/", "AWSXRayDaemonWriteAccess", "Allows to write trace segments and telemetry.",
	  { { "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets "
	      "xray:GetSamplingStatisticSummaries", "*", NULL } } },
	{ "/", "AdministratorAccess", "Provides full access to all services and resources.", { { "*", "*", NULL } } },
	{ "/", "AmazonDynamoDBFullAccess", "Provides full access to Amazon DynamoDB.", { { "dynamodb:*", "*", NULL } } },
	{ "/", "AmazonS3FullAccess", "Provides full access to all buckets.", { { "s3:* s3-object-lambda:*", "*", NULL } } },
	{ "/", "AmazonS3ReadOnlyAccess", "Provides read only access to all buckets.",
	  { { "s3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*", "*", NULL } } },
	{ "/", "AmazonSNSFullAccess", "Provides full access to Amazon SNS.", { { "sns:*", "*", NULL } } },
	{ "/", "AmazonSQSFullAccess", "Provides full access to Amazon SQS.", { { "sqs:*", "*", NULL } } },
	{ "/", "CloudWatchLogsFullAccess", "Provides full access to CloudWatch Logs.", { { "logs:*", "*", NULL } } },
	{ "/service-role/", "AWSLambdaBasicExecutionRole", "Provides write permissions to CloudWatch Logs.", { { LOGS, "*", NULL } } },
	{ "/service-role/", "AWSLambdaDynamoDBExecutionRole", "Provides list and read access to DynamoDB streams and write permissions to "
	  "CloudWatch Logs.", { { "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams " LOGS, "*", NULL } } },
	{ "/service-role/", "AWSLambdaKinesisExecutionRole", "Provides list and read access to Kinesis streams and write permissions to "
	  "CloudWatch Logs.", { { "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator "
	  "kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard " LOGS, "*", NULL } } },
	{ "/service-role/", "AWSLambdaRole", "Default policy for AWS Lambda service role.", { { "lambda:InvokeFunction", "*", NULL } } },
	{ "/service-role/", "AWSLambdaSQSQueueExecutionRole", "Provides receive message, delete message, and read attribute access to SQS queues, "
	  "and write permissions to CloudWatch logs.", { { "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes " LOGS, "*", NULL } } },
	{ "/service-role/", "AWSLambdaVPCAccessExecutionRole", "Provides minimum permissions for a function to run in a VPC.",
	  { { LOGS " ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface "
	      "ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses", "*", NULL } } },
};

static void write_statement(struct json *j, const char *actions, const char *resource, const char *passed_to)
{
	struct str rest = str_of(actions), one;

	json_open(j, NULL, '{');
	json_cstr(j, "Effect", "Allow");
	json_open(j, "Action", '[');
	while (str_next(&rest, ' ', &one))
		json_str(j, NULL, one);
	json_close(j);
	json_cstr(j, "Resource", resource);
	if (passed_to) {
		json_open(j, "Condition", '{');
		json_open(j, "StringEquals", '{');
		json_cstr(j, "iam:PassedToService", passed_to);
		json_close(j);
		json_close(j);
	}
	json_close(j);
}

static struct str document_of(struct arena *a, const struct managed_row *row)
{
	struct buf b = { 0 };
	struct json j = json_into(&b);
	struct str text;

	json_open(&j, NULL, '{');
	json_cstr(&j, "Version", "2012-10-17");
	json_open(&j, "Statement", '[');
	for (int k = 0; k < STATEMENTS_MAX && row->statement[k].actions; k++)
		write_statement(&j, row->statement[k].actions, row->statement[k].resource, row->statement[k].passed_to);
	json_close(&j);
	json_close(&j);
	text = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return text;
}

static struct str id_of(struct arena *a, struct str arn)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *to = arena_dup(a, STR("ANPA12345678901234567"));
	uint8_t sum[DIGEST_SIZE_MAX];

	digest_of(DIGEST_SHA256, arn, sum);
	for (int k = 4; k < IAM_ID; k++)
		to[k] = letters[sum[k] & 31];
	return str_n(to, IAM_ID);
}

bool managed_policy(struct arena *a, int n, struct policy *p)
{
	const struct managed_row *row = &rows[n];

	if (n >= (int)(sizeof rows / sizeof rows[0]))
		return false;
	*p = (struct policy){ .aws = true, .name = str_of(row->name), .path = str_of(row->path), .description = str_of(row->description),
		.current = 1, .last = 1, .version_count = 1, .versions = { { 1, 0, document_of(a, row) } } };
	p->arn = p->key = str_of(arena_printf(a, "arn:aws:iam::aws:policy%s%s", row->path, row->name));
	p->id = id_of(a, p->arn);
	return true;
}
