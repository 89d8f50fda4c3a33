"""Writes beside every uploaded object a note of what it is: photo.jpg gets photo.jpg.txt.

    zip function.zip index.py
    aws lambda create-function --function-name note --runtime python3.11 --handler index.handler --role arn:aws:iam::000000000000:role/any \
            --timeout 10 --memory-size 256 --zip-file fileb://function.zip
    aws lambda invoke --function-name note --payload fileb://../event.json /dev/stdout

boto3 is Debian's python3-boto3, from the machine or from a layer (../debian-layer.sh). Attach it with a suffix as filter, e.g. .jpg: its
notes must not call it again.
"""
import logging
from urllib.parse import unquote_plus

import boto3

log = logging.getLogger()
log.setLevel(logging.INFO)
s3 = boto3.client("s3")		# once for each environment, not for each event


def handler(event, context):
	notes = []
	for record in event["Records"]:
		bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
		head = s3.head_object(Bucket=bucket, Key=key)
		text = "%s, %d bytes\n" % (head["ContentType"], head["ContentLength"])
		s3.put_object(Bucket=bucket, Key=key + ".txt", Body=text.encode(), ContentType="text/plain")
		log.info("%s/%s: %s", bucket, key, text.strip())
		notes.append(key + ".txt")
	return notes
