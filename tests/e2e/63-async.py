"""Asynchronous invocations: attempts, waits, destinations, dead letters, throttles, recursion; what is told of them."""
import json
import time

from lib import House, eq, refused, run, test, wait_until
from functions import invoke, later, logs, python

house = House(retry_base_ms=300)

RECORDER = '''
import json, os, urllib.request
import time
def handler(event, context):
    print("GOT " + json.dumps(event, sort_keys=True))
    return event
'''
FAILS = '''
import json
def handler(event, context):
    print("ATTEMPT %s" % context.aws_request_id)
    if event.get("fail"):
        raise Exception("as asked")
    return {"answer": event["n"]}
'''
python(house, "recorder", RECORDER)
python(house, "worker", FAILS)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def recorded(count=1, having=None):
	def there():
		lines = [json.loads(m.split("GOT ", 1)[1]) for m in logs(house, "recorder", '"GOT"')]
		lines = [l for l in lines if having is None or having in json.dumps(l)]
		return lines if len(lines) >= count else None
	return wait_until(there, "%d records with %s" % (count, having))


@test
def one_that_succeeds_tells_its_destination():
	house.functions.put_function_event_invoke_config(FunctionName="worker", MaximumRetryAttempts=2, DestinationConfig={
		"OnSuccess": {"Destination": ARN + "recorder"}, "OnFailure": {"Destination": ARN + "recorder"}})
	request = later(house, "worker", {"n": 1})
	record = recorded(having=request)[0]
	eq(record["version"], "1.0", "version of the record")
	eq(record["requestContext"], {"requestId": request, "functionArn": ARN + "worker:$LATEST", "condition": "Success",
				      "approximateInvokeCount": 1}, "request context")
	eq((record["requestPayload"], record["responsePayload"]), ({"n": 1}, {"answer": 1}), "payloads")
	eq(record["responseContext"], {"statusCode": 200, "executedVersion": "$LATEST"}, "response context")


@test
def one_that_fails_is_tried_three_times_with_the_same_id():
	request = later(house, "worker", {"n": 2, "fail": True})
	record = recorded(having=request)[0]
	eq(record["requestContext"]["condition"], "RetriesExhausted", "condition")
	eq(record["requestContext"]["approximateInvokeCount"], 3, "invocations")
	eq(record["responseContext"]["functionError"], "Unhandled", "function error")
	eq(record["responsePayload"]["errorMessage"], "as asked", "error message")
	eq(len(logs(house, "worker", '"ATTEMPT %s"' % request, 3)), 3, "attempts in the log")


@test
def without_a_destination_it_is_a_dead_letter_that_can_be_run_again():
	python(house, "lonely", FAILS)
	house.functions.put_function_event_invoke_config(FunctionName="lonely", MaximumRetryAttempts=0)
	request = later(house, "lonely", {"n": 3, "fail": True})
	wait_until(lambda: house.health()["queue"]["dead"] == 1, "the dead letter")
	house.cli("retry", "--failed", online=True)
	logs(house, "lonely", '"ATTEMPT %s"' % request, 2)


@test
def reserved_zero_throttles_and_one_makes_them_wait():
	python(house, "narrow", "import time\ndef handler(event, context):\n    time.sleep(event)\n    print('RAN')\n", Timeout=30)
	house.functions.put_function_concurrency(FunctionName="narrow", ReservedConcurrentExecutions=0)
	said = refused(("TooManyRequestsException", 429), house.functions.invoke, FunctionName="narrow", Payload=b"0")
	eq((said["Reason"], said["retryAfterSeconds"]), ("ReservedFunctionConcurrentInvocationLimitExceeded", "1"))
	house.functions.put_function_concurrency(FunctionName="narrow", ReservedConcurrentExecutions=1)
	for _ in range(3):
		later(house, "narrow", 0.3)
	logs(house, "narrow", "RAN", 3)
	refused(("InvalidParameterValueException", 400), house.functions.put_function_concurrency, FunctionName="narrow", ReservedConcurrentExecutions=901)


@test
def a_chain_that_calls_itself_is_stopped():
	counts = "def handler(event, context):\n    print('GOT')\n"
	python(house, "loop", counts)
	house.functions.put_function_event_invoke_config(FunctionName="loop", MaximumRetryAttempts=0)
	python(house, "loop2", counts)
	refused(("InvalidParameterValueException", 400), house.functions.put_function_event_invoke_config, FunctionName="loop",
		DestinationConfig={"OnSuccess": {"Destination": ARN + "loop"}})
	house.functions.put_function_event_invoke_config(FunctionName="loop", DestinationConfig={"OnSuccess": {"Destination": ARN + "loop2"}})
	house.functions.put_function_event_invoke_config(FunctionName="loop2", DestinationConfig={"OnSuccess": {"Destination": ARN + "loop"}})
	later(house, "loop", {"start": 1})
	eq(len(logs(house, "loop", '"GOT"', 16)), 16, "times that it ran")
	time.sleep(1)
	eq(len(logs(house, "loop", '"GOT"', 16)), 16, "times that it ran in the end")


@test
def a_fixed_alias_and_a_weighted_one():
	python(house, "versions", "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_FUNCTION_VERSION']\n")
	for n in (1, 2):
		house.functions.update_function_configuration(FunctionName="versions", Description="number %d" % n)
		eq(house.functions.publish_version(FunctionName="versions")["Version"], str(n), "version published")
	house.functions.create_alias(FunctionName="versions", Name="live", FunctionVersion="1")
	a = invoke(house, "versions", {}, Qualifier="live")
	eq((a.payload, a.version), ("1", "1"), "what ran for the alias")
	house.functions.update_alias(FunctionName="versions", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
	seen = {invoke(house, "versions:live", {}).version for _ in range(40)}
	eq(seen, {"1", "2"}, "versions that ran for the weighted alias")
	eq(invoke(house, "versions", {}).payload, "$LATEST", "what runs without a qualifier")


@test
def provisioned_environments_are_there_before_they_are_needed():
	house.functions.put_provisioned_concurrency_config(FunctionName="versions", Qualifier="2", ProvisionedConcurrentExecutions=2)
	wait_until(lambda: house.functions.get_provisioned_concurrency_config(FunctionName="versions", Qualifier="2")["Status"] == "READY", "READY")
	a = invoke(house, "versions:2", {})
	if "Init Duration" not in a.tail:
		raise AssertionError(a.tail)
	house.functions.delete_provisioned_concurrency_config(FunctionName="versions", Qualifier="2")


@test
def the_built_in_function_is_invoked_like_any_other():
	from lib import photo
	house.s3.put_object(Bucket="photos", Key="a.jpg", Body=photo(400, 300))
	house.row_where("a.jpg", status="done")
	event = {"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
			      "s3": {"bucket": {"name": "photos"}, "object": {"key": "a.jpg"}}}]}
	a = invoke(house, "thumbnail", event)
	eq((a.status, a.error), (200, None), "status and error with %s" % a.raw)
	names = [f["FunctionName"] for f in house.functions.list_functions()["Functions"]]
	if "thumbnail" not in names or "worker" not in names:
		raise AssertionError(names)
	house.functions.update_function_configuration(FunctionName="thumbnail", MemorySize=768)
	eq(house.functions.get_function_configuration(FunctionName="thumbnail")["MemorySize"], 768, "memory afterwards")
	house.s3.put_object(Bucket="photos", Key="b.jpg", Body=photo(400, 300))
	house.row_where("b.jpg", status="done")


run(house)
