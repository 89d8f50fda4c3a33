/* context.cjs - what a handler is told beside its event. */
'use strict';

function parse(text, name) {
	if (text === undefined)
		return undefined;
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new Error(`Cannot parse ${name} as json: ${error}`);
	}
}

function forwardTrace(headers) {
	if (headers['lambda-runtime-trace-id'])
		process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
	else
		delete process.env._X_AMZN_TRACE_ID;
}

/* `members` with the rest of the context added to them. */
function context(members, headers) {
	const { env } = process;
	const deadline = Number(headers['lambda-runtime-deadline-ms']);

	return Object.assign(members, {
		functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
		functionName: env.AWS_LAMBDA_FUNCTION_NAME,
		memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
		logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
		logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
		clientContext: parse(headers['lambda-runtime-client-context'], 'ClientContext'),
		identity: parse(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
		invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
		awsRequestId: headers['lambda-runtime-aws-request-id'],
		tenantId: headers['lambda-runtime-aws-tenant-id'],
		getRemainingTimeInMillis: () => deadline - Date.now(),
	});
}

module.exports = { context, forwardTrace };
