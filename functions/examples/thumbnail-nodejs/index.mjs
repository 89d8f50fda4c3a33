/* The thumbnail function of AWS's tutorial: an upload to BUCKET puts a thumbnail as resized-KEY into BUCKET-resized. As on AWS, nothing in
 * it knows minilab.
 *
 *     npm install
 *     zip -qr function.zip index.mjs package.json node_modules
 *     aws lambda create-function --function-name CreateThumbnail --runtime nodejs20.x --handler index.handler \
 *             --timeout 10 --memory-size 1024 --role arn:aws:iam::000000000000:role/LambdaS3Role --zip-file fileb://function.zip
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';

const WIDTH = 200;
const s3 = new S3Client();

export const handler = async (event) => {
	for (const { s3: { bucket, object } } of event.Records) {
		const Key = decodeURIComponent(object.key.replace(/\+/g, ' '));
		const photo = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key }));
		const Body = await sharp(await photo.Body.transformToByteArray()).rotate().resize(WIDTH).toBuffer();

		await s3.send(new PutObjectCommand({
			Bucket: `${bucket.name}-resized`, Key: `resized-${Key}`, Body, ContentType: photo.ContentType,
		}));
		console.log('resized %s/%s to %d bytes', bucket.name, Key, Body.length);
	}
};
