"""AWS's tutorial "Using an Amazon S3 trigger to create thumbnail images", typed as it stands with --endpoint-url, by Debian's
awscli: buckets, role, function, permission, notification, upload, `resized-` object, logs, cleaning up. In Python with Pillow and
boto3 out of a layer, in Node.js with sharp where MINILAB_JS names a folder in which npm has installed sharp and @aws-sdk/client-s3.
And the function of functions/examples/thumbnail-python, on the same layer."""
import functools
import json
import os
import re
import shutil
import subprocess

from lib import TOP, House, Skip, eq, photo, run, test, wait_until
from functions import create, logs, zipped

ACCOUNT = "000000000000"
ROLE = "arn:aws:iam::%s:role/LambdaS3Role" % ACCOUNT

PYTHON = '''
import io
import urllib.parse

import boto3
from PIL import Image

s3 = boto3.client("s3")


def lambda_handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        s3.download_file(bucket, key, "/tmp/in.jpg")
        with Image.open("/tmp/in.jpg") as image:
            image.thumbnail((image.width // 2, image.height // 2))
            image.save("/tmp/out.jpg", "JPEG")
        s3.upload_file("/tmp/out.jpg", bucket + "-resized", "resized-" + key)
        print("made resized-" + key)
    return {"made": len(event["Records"])}
'''

NODE = '''
import { S3Client, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import sharp from "sharp";

const s3 = new S3Client({ forcePathStyle: true });

export const handler = async (event) => {
  const { bucket, object } = event.Records[0].s3;
  const key = decodeURIComponent(object.key.replace(/\\+/g, " "));
  const original = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
  const bytes = await original.Body.transformToByteArray();
  const made = await sharp(bytes).resize(200).jpeg().toBuffer();
  await s3.send(new PutObjectCommand({ Bucket: bucket.name + "-resized", Key: "resized-" + key, Body: made, ContentType: "image/jpeg" }));
  console.log("made resized-" + key);
};
'''

POLICY = {"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogGroup", "logs:CreateLogStream"], "Resource": "arn:aws:logs:*:*:*"},
	{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::sourcebucket/*"},
	{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::sourcebucket-resized/*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
EVENT = {"Records": [{"eventVersion": "2.0", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventName": "ObjectCreated:Put",
	"s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "sourcebucket", "arn": "arn:aws:s3:::sourcebucket"},
	       "object": {"key": "HappyFace.jpg", "size": 1024}}}]}

house = House(retry_base_ms=1000)


def path(name, data):
	at = os.path.join(house.home, name)
	with open(at, "wb") as f:
		f.write(data if isinstance(data, bytes) else json.dumps(data).encode())
	return at


def aws(*args):
	return house.aws(*args)


def resized(key):
	return house.image("resized-" + key, "sourcebucket-resized")


def there(key):
	return any(o["Key"] == key for o in house.s3.list_objects_v2(Bucket="sourcebucket-resized").get("Contents", []))


def prepare():
	"""Steps 1 to 3."""
	house.aws("s3", "mb", "s3://sourcebucket", fresh=True)
	aws("s3api", "create-bucket", "--bucket", "sourcebucket-resized", "--region", "us-east-1")
	path("HappyFace.jpg", photo(800, 600))
	path("Smile.jpg", photo(640, 480, seed=2))
	aws("s3", "cp", "HappyFace.jpg", "s3://sourcebucket/HappyFace.jpg")
	path("policy.json", POLICY)
	aws("iam", "create-policy", "--policy-name", "LambdaS3Policy", "--policy-document", "file://policy.json")
	aws("iam", "create-role", "--role-name", "LambdaS3Role", "--assume-role-policy-document", json.dumps(TRUST))
	aws("iam", "attach-role-policy", "--role-name", "LambdaS3Role", "--policy-arn",
	    "arn:aws:iam::%s:policy/LambdaS3Policy" % ACCOUNT)


def walk():
	"""Steps 6 to 8, once the function is there."""
	aws("lambda", "wait", "function-active-v2", "--function-name", "CreateThumbnail")
	aws("lambda", "update-function-configuration", "--function-name", "CreateThumbnail", "--timeout", "30")
	aws("lambda", "wait", "function-updated-v2", "--function-name", "CreateThumbnail")
	path("dummyS3Event.json", EVENT)
	said = json.loads(aws("lambda", "invoke", "--function-name", "CreateThumbnail", "--invocation-type", "RequestResponse",
			      "--cli-binary-format", "raw-in-base64-out", "--payload", "file://dummyS3Event.json", "outputfile.txt"))
	with open(os.path.join(house.home, "outputfile.txt")) as f:
		answer = f.read()
	eq(said, {"StatusCode": 200, "ExecutedVersion": "$LATEST"}, "what invoke said (with %s)" % answer)
	wait_until(lambda: there("resized-HappyFace.jpg"), "resized-HappyFace.jpg")
	wrong = house.aws("s3api", "put-bucket-notification-configuration", "--bucket", "sourcebucket", "--notification-configuration",
			  json.dumps(notification()), check=False)
	if wrong.returncode == 0 or "Unable to validate the following destination configurations" not in wrong.stderr:
		raise AssertionError("a notification without permission: " + wrong.stderr)
	aws("lambda", "add-permission", "--function-name", "CreateThumbnail", "--principal", "s3.amazonaws.com", "--statement-id",
	    "s3invoke", "--action", "lambda:InvokeFunction", "--source-arn", "arn:aws:s3:::sourcebucket", "--source-account", ACCOUNT)
	aws("lambda", "get-policy", "--function-name", "CreateThumbnail")
	aws("s3api", "put-bucket-notification-configuration", "--bucket", "sourcebucket", "--notification-configuration",
	    json.dumps(notification()))
	got = json.loads(aws("s3api", "get-bucket-notification-configuration", "--bucket", "sourcebucket"))
	eq(got["LambdaFunctionConfigurations"][0]["Id"], "lambda-trigger", "id of the notification")
	aws("s3", "cp", "Smile.jpg", "s3://sourcebucket/my smile+1.jpg")
	wait_until(lambda: there("resized-my smile+1.jpg"), "the thumbnail of the uploaded photo")
	eq("came by S3 PutObject, from a function\n" in house.explain("resized-my smile+1.jpg", "sourcebucket-resized"), True, "the door in explain")
	look_at_logs()


def notification():
	return {"LambdaFunctionConfigurations": [{"Id": "lambda-trigger", "Events": ["s3:ObjectCreated:*"],
		"LambdaFunctionArn": "arn:aws:lambda:us-east-1:%s:function:CreateThumbnail" % ACCOUNT,
		"Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".jpg"}]}}}]}


def look_at_logs():
	groups = json.loads(aws("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/CreateThumbnail"))
	eq([g["logGroupName"] for g in groups["logGroups"]], ["/aws/lambda/CreateThumbnail"], "log groups")
	streams = json.loads(aws("logs", "describe-log-streams", "--log-group-name", "/aws/lambda/CreateThumbnail"))["logStreams"]
	if not re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams[0]["logStreamName"]):
		raise AssertionError("a log stream is named " + streams[0]["logStreamName"])

	def told():
		lines = aws("logs", "tail", "/aws/lambda/CreateThumbnail", "--format", "short")
		return all(word in lines for word in ("INIT_START", "START RequestId", "made resized-my smile+1.jpg", "END RequestId",
						      "REPORT RequestId")) and lines
	wait_until(told, "the log's lines")
	found = json.loads(aws("logs", "filter-log-events", "--log-group-name", "/aws/lambda/CreateThumbnail", "--filter-pattern", "REPORT"))
	if len(found["events"]) < 2 or not all("REPORT" in e["message"] for e in found["events"]):
		raise AssertionError("filter-log-events found %r" % found["events"])


def clean_up():
	"""Step 10."""
	aws("lambda", "delete-function", "--function-name", "CreateThumbnail")
	wrong = house.aws("iam", "delete-role", "--role-name", "LambdaS3Role", check=False)
	if "DeleteConflict" not in wrong.stderr:
		raise AssertionError("a role with a policy was deleted: " + wrong.stderr)
	aws("iam", "detach-role-policy", "--role-name", "LambdaS3Role", "--policy-arn",
	    "arn:aws:iam::%s:policy/LambdaS3Policy" % ACCOUNT)
	aws("iam", "delete-policy", "--policy-arn", "arn:aws:iam::%s:policy/LambdaS3Policy" % ACCOUNT)
	aws("iam", "delete-role", "--role-name", "LambdaS3Role")
	aws("s3", "rb", "s3://sourcebucket", "--force")
	aws("s3", "rb", "s3://sourcebucket-resized", "--force")
	aws("logs", "delete-log-group", "--log-group-name", "/aws/lambda/CreateThumbnail")
	gone = house.aws("lambda", "get-function", "--function-name", "CreateThumbnail", check=False)
	if "ResourceNotFoundException" not in gone.stderr:
		raise AssertionError("the deleted function: " + gone.stderr)


@functools.cache
def imaging():
	"""The layer, of Debian's packages: its ARN."""
	made = subprocess.run([os.path.join(TOP, "functions", "examples", "debian-layer.sh"),
			       "python3-pil", "python3-boto3"], cwd=house.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
	eq(made.returncode, 0, "debian-layer.sh said %s, its status" % made.stderr)
	layer = json.loads(aws("lambda", "publish-layer-version", "--layer-name", "imaging", "--zip-file", "fileb://layer.zip",
			       "--compatible-runtimes", "python3.12"))
	return layer["LayerVersionArn"]


@test
def the_tutorial_in_python_with_a_layer():
	prepare()
	path("lambda_function.zip", zipped({"lambda_function.py": PYTHON}))
	aws("lambda", "create-function", "--function-name", "CreateThumbnail", "--zip-file", "fileb://lambda_function.zip", "--handler",
	    "lambda_function.lambda_handler", "--runtime", "python3.12", "--timeout", "10", "--memory-size", "1024", "--role", ROLE,
	    "--layers", imaging())
	walk()
	eq(resized("HappyFace.jpg").size, (400, 300), "size of the thumbnail")
	clean_up()


@test
def the_example_in_python_with_the_same_layer():
	for bucket in ("source", "source-resized"):
		house.s3.create_bucket(Bucket=bucket)
	with open(os.path.join(TOP, "functions", "examples", "thumbnail-python", "lambda_function.py")) as f:
		made = create(house, "CreateThumbnail", "python3.11", "lambda_function.lambda_handler", {"lambda_function.py": f.read()},
			      Timeout=60, MemorySize=1024, Layers=[imaging()])
	house.functions.add_permission(FunctionName="CreateThumbnail", StatementId="s3", Action="lambda:InvokeFunction",
				       Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::source")
	house.s3.put_bucket_notification_configuration(Bucket="source", NotificationConfiguration={"LambdaFunctionConfigurations": [
		{"LambdaFunctionArn": made["FunctionArn"], "Events": ["s3:ObjectCreated:*"]}]})
	house.s3.put_object(Bucket="source", Key="a/red flower+1.jpg", Body=photo(800, 600))

	def those():
		return [o["Key"] for o in house.s3.list_objects_v2(Bucket="source-resized").get("Contents", [])]
	eq(wait_until(those, "the thumbnail"), ["resized-a/red flower+1.jpg"])
	image = house.image("resized-a/red flower+1.jpg", "source-resized")
	eq((image.format, image.size), ("JPEG", (128, 96)))
	eq(logs(house, "CreateThumbnail", "REPORT")[0].startswith("REPORT RequestId: "), True)
	house.functions.delete_function(FunctionName="CreateThumbnail")


@test
def the_tutorial_in_node_with_sharp():
	folder = os.environ.get("MINILAB_JS", "")
	if not os.path.isdir(os.path.join(folder, "node_modules", "sharp")) or not shutil.which("node"):
		raise Skip("no sharp: npm install sharp @aws-sdk/client-s3 somewhere and set MINILAB_JS")
	prepare()
	work = os.path.join(house.home, "function")
	os.mkdir(work)
	with open(os.path.join(work, "index.mjs"), "w") as f:
		f.write(NODE)
	archive = os.path.join(house.home, "function.zip")
	shutil.copytree(os.path.join(folder, "node_modules"), os.path.join(work, "node_modules"), symlinks=True)
	shutil.make_archive(archive[:-4], "zip", work)
	aws("s3", "mb", "s3://code")
	aws("s3", "cp", "function.zip", "s3://code/function.zip")
	aws("lambda", "create-function", "--function-name", "CreateThumbnail", "--code", "S3Bucket=code,S3Key=function.zip", "--handler",
	    "index.handler", "--runtime", "nodejs22.x", "--timeout", "10", "--memory-size", "1024", "--role", ROLE)
	walk()
	eq(resized("HappyFace.jpg").width, 200, "width of the thumbnail")
	clean_up()


run(house)
