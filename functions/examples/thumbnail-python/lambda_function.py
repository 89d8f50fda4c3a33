"""The thumbnail function of AWS's tutorial: an upload to BUCKET puts a thumbnail as resized-KEY into BUCKET-resized. As on AWS, nothing in it
knows minilab.

    ../debian-layer.sh python3-pil python3-boto3
    aws s3 cp layer.zip s3://packages/
    aws lambda publish-layer-version --layer-name debian --content S3Bucket=packages,S3Key=layer.zip
    zip function.zip lambda_function.py
    aws lambda create-function --function-name CreateThumbnail --runtime python3.11 --handler lambda_function.lambda_handler \
            --timeout 10 --memory-size 1024 --role arn:aws:iam::000000000000:role/LambdaS3Role \
            --layers arn:aws:lambda:us-east-1:000000000000:layer:debian:1 --zip-file fileb://function.zip
"""
import os
import uuid
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps

LARGEST = 128, 128
s3 = boto3.client("s3")


def make_thumbnail(source, target):
	with Image.open(source) as image:
		kind = image.format
		image = ImageOps.exif_transpose(image)
		image.thumbnail(LARGEST)
		image.save(target, kind)


def lambda_handler(event, context):
	for record in event["Records"]:
		bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
		source = "/tmp/%s" % uuid.uuid4()
		target = source + "-resized"
		s3.download_file(bucket, key, source)
		make_thumbnail(source, target)
		s3.upload_file(target, bucket + "-resized", "resized-" + key)
		os.unlink(source)		# /tmp lasts as long as the environment
		os.unlink(target)
