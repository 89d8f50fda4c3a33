/* Answers the keys that an S3 event tells of, as they are: in the event they are encoded as in a query.
 *
 *     zip function.zip index.mjs
 *     aws lambda create-function --function-name keys --runtime nodejs20.x --handler index.handler --role arn:aws:iam::000000000000:role/any \
 *             --zip-file fileb://function.zip
 *     aws lambda invoke --function-name keys --payload fileb://../event.json /dev/stdout
 */
export const handler = async (event, context) => {
	const objects = event.Records.map(({ s3 }) => ({
		bucket: s3.bucket.name,
		key: decodeURIComponent(s3.object.key.replace(/\+/g, ' ')),
	}));

	console.log('%d objects, %d ms left', objects.length, context.getRemainingTimeInMillis());
	return objects;
};
