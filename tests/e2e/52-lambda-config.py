"""What is configured about a function beside its document: permissions, asynchronous invocation, URL, tags, loops; by the
command line client and boto3, with AWS's words when something is wrong."""
import json
import urllib.request

from functions import create
from lambda_api import ACCOUNT, FUNCTION as ARN, api as functions, house, invalid, make, make_two, plain, says, send, status
from lib import eq, refused, run, test, wait_until

MISSING = "The resource you requested does not exist."
LIST = "arn:aws:minilab:us-east-1:%s:dead-letters" % ACCOUNT


# Permissions

def permit(name="f", sid="s", principal="s3.amazonaws.com", action="lambda:InvokeFunction", **more):
	return json.loads(functions.add_permission(FunctionName=name, StatementId=sid, Action=action, Principal=principal, **more)["Statement"])


@test
def functions_of_their_own_are_there():
	make_two()


@test
def a_permission_becomes_a_statement():
	said = functions.add_permission(FunctionName="f", StatementId="s3invoke", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
					SourceArn="arn:aws:s3:::src", SourceAccount=ACCOUNT)
	eq((status(said), said["Statement"]), (201, '{"Sid":"s3invoke","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":'
		'"lambda:InvokeFunction","Resource":"%sf","Condition":{"StringEquals":{"AWS:SourceAccount":"%s"},"ArnLike":{"AWS:SourceArn":'
		'"arn:aws:s3:::src"}}}' % (ARN, ACCOUNT)))
	eq(permit(sid="everyone", principal="*", action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")["Principal"], "*")
	eq(permit(sid="other", principal="111111111111", EventSourceToken="t", PrincipalOrgID="o-1234567890")["Condition"],
	   {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890", "lambda:EventSourceToken": "t"}})
	policy = json.loads(functions.get_policy(FunctionName="f")["Policy"])
	eq((policy["Version"], policy["Id"], [s["Sid"] for s in policy["Statement"]]), ("2012-10-17", "default", ["s3invoke", "everyone", "other"]))
	eq(policy["Statement"][2]["Principal"], {"AWS": "arn:aws:iam::111111111111:root"})
	code, body = send("POST", "/2015-03-31/functions/f/policy", {"StatementId": "url", "Action": "lambda:InvokeFunction", "Principal": "*",
								     "InvokedViaFunctionUrl": True})
	eq((code, json.loads(body["Statement"])["Condition"]), (201, {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}))
	for sid in ("other", "s3invoke", "url"):
		eq(status(functions.remove_permission(FunctionName="f", StatementId=sid)), 204)
	eq([s["Sid"] for s in json.loads(functions.get_policy(FunctionName="f")["Policy"])["Statement"]], ["everyone"])
	functions.remove_permission(FunctionName="f", StatementId="everyone")
	says("ResourceNotFoundException", 404, MISSING, functions.get_policy, FunctionName="f")


@test
def versions_and_aliases_have_policies_of_their_own():
	eq(permit(Qualifier="live")["Resource"], ARN + "f:live")
	eq(permit(name="f:1")["Resource"], ARN + "f:1")
	eq(permit()["Resource"], ARN + "f")
	for qualifier in ({"Qualifier": "live"}, {"Qualifier": "1"}, {}):
		eq(len(json.loads(functions.get_policy(FunctionName="f", **qualifier)["Policy"])["Statement"]), 1)
		functions.remove_permission(FunctionName="f", StatementId="s", **qualifier)
		says("ResourceNotFoundException", 404, MISSING, functions.get_policy, FunctionName="f", **qualifier)


@test
def what_is_wrong_with_a_permission_is_told():
	permit()
	says("ResourceConflictException", 409, "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
	     "statement.", permit)
	bad = "The provided principal was invalid. Please check the principal and try again."
	for principal in ("invalid.nonaws.com", "word", "arn:aws:iam::%s:role/nobody" % ACCOUNT, "arn:aws:iam::%s:user/nobody" % ACCOUNT):
		says("InvalidParameterValueException", 400, bad, permit, sid="p", principal=principal)
	says("InvalidParameterValueException", 400, "We currently do not support adding policies for $LATEST.", permit, sid="p", Qualifier="$LATEST")
	says("ResourceNotFoundException", 404, "Cannot find alias arn: %sf:nothing" % ARN, permit, sid="p", Qualifier="nothing")
	says("ResourceNotFoundException", 404, "Function not found: %sf:42" % ARN, permit, sid="p", Qualifier="42")
	says("ResourceNotFoundException", 404, "Function not found: %sf:valid-with-$-but-doesnotexist" % ARN, permit, sid="p",
	     Qualifier="valid-with-$-but-doesnotexist")
	says("ResourceNotFoundException", 404, "Function not found: %snothing" % ARN, permit, name="nothing")
	invalid("'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
		permit, sid="example.com")
	stale = "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"
	says("PreconditionFailedException", 412, stale, permit, sid="p", RevisionId="wrong")
	says("PreconditionFailedException", 412, stale, functions.remove_permission, FunctionName="f", StatementId="s", RevisionId="wrong")
	revision = functions.get_policy(FunctionName="f")["RevisionId"]
	permit(sid="second", RevisionId=revision)
	eq(functions.get_policy(FunctionName="f")["RevisionId"] != revision, True)
	permit(name="g", RevisionId=functions.get_function_configuration(FunctionName="g")["RevisionId"])
	says("ResourceNotFoundException", 404, "Statement nothing is not found in resource policy.", functions.remove_permission, FunctionName="f",
	     StatementId="nothing")
	says("ResourceNotFoundException", 404, "No policy found for: %snothing" % ARN, functions.remove_permission, FunctionName="nothing", StatementId="s")
	for sid in ("s", "second"):
		functions.remove_permission(FunctionName="f", StatementId=sid)
	functions.remove_permission(FunctionName="g", StatementId="s")
	says("ResourceNotFoundException", 404, "No policy is associated with the given resource.", functions.remove_permission, FunctionName="f",
	     StatementId="s")


@test
def a_policy_has_a_largest_size():
	for n in range(200):
		try:
			permit(sid="s%d" % n, SourceArn="arn:aws:s3:::" + "x" * 1000)
		except functions.exceptions.PolicyLengthExceededException as e:
			text = e.response["Error"]["Message"]
			break
	eq((text.startswith("The final policy size ("), text.endswith(") is bigger than the limit (20480)."), 15 < n < 20), (True, True, True), text)
	for k in range(n):
		functions.remove_permission(FunctionName="f", StatementId="s%d" % k)


@test
def a_bucket_may_notify_only_functions_that_let_it():
	house.s3.create_bucket(Bucket="src")

	def put(arn):
		house.s3.put_bucket_notification_configuration(Bucket="src", NotificationConfiguration={"LambdaFunctionConfigurations": [
			{"Id": "one", "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
	for arn in (ARN + "f", ARN + "nothing", ARN + "f:live", ARN + "f:9"):
		e = refused(("InvalidArgument", 400), put, arn)["Error"]
		eq((e["Message"], e["ArgumentName1"], e["ArgumentValue1"]), ("Unable to validate the following destination configurations",
			arn + ", null", "Not authorized to invoke function [%s]" % arn))
	permit(SourceArn="arn:aws:s3:::other")
	refused(("InvalidArgument", 400), put, ARN + "f")
	permit(sid="account", SourceArn="arn:aws:s3:::src", SourceAccount="000000000000")
	refused(("InvalidArgument", 400), put, ARN + "f")
	permit(sid="right", SourceArn="arn:aws:s3:::src", SourceAccount=ACCOUNT)
	put(ARN + "f")
	put(ARN + "f:$LATEST")
	refused(("InvalidArgument", 400), put, ARN + "f:live")
	permit(Qualifier="live", SourceArn="arn:aws:s3:::sr*")
	put(ARN + "f:live")
	eq(house.s3.get_bucket_notification_configuration(Bucket="src")["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"], ARN + "f:live")
	for sid in ("s", "account", "right"):
		functions.remove_permission(FunctionName="f", StatementId=sid)
	functions.remove_permission(FunctionName="f", StatementId="s", Qualifier="live")
	house.s3.put_bucket_notification_configuration(Bucket="src", NotificationConfiguration={})


# Asynchronous invocation

def asynchronous(call=functions.put_function_event_invoke_config, name="f", **more):
	return plain(call(FunctionName=name, **more))


@test
def asynchronous_invocation_is_configured_by_qualifier():
	said = asynchronous(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=3600)
	eq(said, dict(said, FunctionArn=ARN + "f:$LATEST", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=3600,
		      DestinationConfig={"OnSuccess": {}, "OnFailure": {}}))
	eq(said["LastModified"].year > 2000, True)
	eq(asynchronous(functions.get_function_event_invoke_config), said)
	update = functions.update_function_event_invoke_config
	said = asynchronous(update, DestinationConfig={"OnFailure": {"Destination": ARN + "g"}})
	eq((said["MaximumRetryAttempts"], said["DestinationConfig"]), (0, {"OnSuccess": {}, "OnFailure": {"Destination": ARN + "g"}}))
	said = asynchronous(update, DestinationConfig={"OnSuccess": {"Destination": ARN + "g:$LATEST"}, "OnFailure": {"Destination": LIST}})
	eq(said["DestinationConfig"], {"OnSuccess": {"Destination": ARN + "g:$LATEST"}, "OnFailure": {"Destination": LIST}})
	said = asynchronous(MaximumRetryAttempts=1, Qualifier="live")
	eq((said["FunctionArn"], "MaximumEventAgeInSeconds" in said), (ARN + "f:live", False))
	asynchronous(MaximumEventAgeInSeconds=60, name="f:1")
	seen = []
	for page in functions.get_paginator("list_function_event_invoke_configs").paginate(FunctionName="f", PaginationConfig={"PageSize": 2}):
		seen.append([c["FunctionArn"] for c in page["FunctionEventInvokeConfigs"]])
	eq([len(p) for p in seen], [2, 1])
	eq(sorted(sum(seen, [])), [ARN + "f:" + q for q in ("$LATEST", "1", "live")])
	eq(asynchronous(MaximumRetryAttempts=2)["DestinationConfig"], {"OnSuccess": {}, "OnFailure": {}})	# all that was there before is gone
	for qualifier in ({}, {"Qualifier": "live"}, {"Qualifier": "1"}):
		eq(status(functions.delete_function_event_invoke_config(FunctionName="f", **qualifier)), 204)
	eq(asynchronous(functions.list_function_event_invoke_configs), {"FunctionEventInvokeConfigs": []})


@test
def what_is_wrong_with_asynchronous_invocation_is_told():
	wrong = "InvalidParameterValueException"
	says(wrong, 400, "You must specify at least one of error handling or destination setting.", asynchronous)
	says("ResourceNotFoundException", 404, "The function doesn't exist.", asynchronous, name="nothing", MaximumRetryAttempts=0)
	says("ResourceNotFoundException", 404, "The function doesn't exist.", asynchronous, MaximumRetryAttempts=0, Qualifier="nothing")
	says("ResourceNotFoundException", 404, "The function doesn't exist.", functions.list_function_event_invoke_configs, FunctionName="nothing")
	none = "The function %s%s:%s doesn't have an EventInvokeConfig"
	for call, more in ((functions.get_function_event_invoke_config, {}), (functions.delete_function_event_invoke_config, {}),
			   (functions.update_function_event_invoke_config, {"MaximumRetryAttempts": 0})):
		says("ResourceNotFoundException", 404, none % (ARN, "f", "$LATEST"), call, FunctionName="f", **more)
		says("ResourceNotFoundException", 404, none % (ARN, "f", "live"), call, FunctionName="f", Qualifier="live", **more)
		says("ResourceNotFoundException", 404, none % (ARN, "nothing", "$LATEST"), call, FunctionName="nothing", **more)

	def to(arn):
		return {"DestinationConfig": {"OnSuccess": {"Destination": arn}}}
	says(wrong, 400, "The destination ARN %snothing is invalid." % ARN, asynchronous, **to(ARN + "nothing"))
	says(wrong, 400, "You can't specify the function as a destination for itself.", asynchronous, **to(ARN + "f"))
	other = "arn:aws:iam:us-east-1:%s:function:f" % ACCOUNT
	says(wrong, 400, "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=%s), onFailure=null) is invalid." % other,
	     asynchronous, **to(other))
	for arn in ("arn:aws:sqs:us-east-1:%s:q" % ACCOUNT, "arn:aws:sns:us-east-1:%s:t" % ACCOUNT, "arn:aws:s3:::b", LIST + "-other", LIST):
		text = refused((wrong, 400), asynchronous, **to(arn))["Error"]["Message"]
		eq((text.startswith("The destination ARN %s is invalid. " % arn), LIST in text), (True, True), text)
	bad = "arn:aws:_-/!lambda:us-east-1:%s:function:f" % ACCOUNT
	invalid("'%s' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: "
		"$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?"
		":(\\d{12})?:(.*)" % bad, asynchronous, DestinationConfig={"OnFailure": {"Destination": bad}})
	invalid("'3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2", asynchronous,
		MaximumRetryAttempts=3)
	invalid("'59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60", asynchronous,
		MaximumEventAgeInSeconds=59)


@test
def what_failed_is_in_the_list_of_dead_letters_when_that_is_wanted():
	create(house, "fails", "python3.12", "m.handler", {"m.py": "def handler(event, context):\n\traise ValueError(event['n'])\n"},
	       DeadLetterConfig={"TargetArn": LIST})
	eq(functions.get_function_configuration(FunctionName="fails")["DeadLetterConfig"], {"TargetArn": LIST})

	def count(name):
		with urllib.request.urlopen(house.url + "/_/metrics") as answer:
			found = [line for line in answer.read().decode().split("\n") if line.startswith("minilab_function_%s_total{" % name) and '"fails"' in line]
		return int(found[0].split()[-1]) if found else 0
	asynchronous(name="fails", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": ARN + "g"}})
	functions.invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"n": 1}')
	wait_until(lambda: count("dead_letters") == 1, "the dead letter, though another function took it too")
	asynchronous(name="fails", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": LIST}})
	functions.update_function_configuration(FunctionName="fails", DeadLetterConfig={"TargetArn": ""})
	functions.invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"n": 2}')
	wait_until(lambda: count("dead_letters") == 2, "the second dead letter")
	eq(count("destination_failures"), 0)
	for arn in ("arn:aws:sqs:us-east-1:%s:q" % ACCOUNT, ARN + "nothing", ARN + "fails"):
		text = refused(("InvalidParameterValueException", 400), functions.update_function_configuration, FunctionName="fails",
			       DeadLetterConfig={"TargetArn": arn})["Error"]["Message"]
		eq(arn in text or "destination for itself" in text, True, text)
	functions.delete_function(FunctionName="fails")


# URLs

@test
def a_function_and_its_aliases_can_have_urls():
	cors = {"AllowOrigins": ["https://example.com"], "AllowMethods": ["GET", "*"], "AllowHeaders": ["x-a"], "ExposeHeaders": ["x-b"], "MaxAge": 60,
		"AllowCredentials": True}
	said = functions.create_function_url_config(FunctionName="f", AuthType="NONE", Cors=cors)
	eq((status(said), said["FunctionArn"], said["AuthType"], said["Cors"], "LastModifiedTime" in said, "InvokeMode" in said),
	   (201, ARN + "f", "NONE", cors, False, False))
	eq((".lambda-url.us-east-1." in said["FunctionUrl"], len(said["FunctionUrl"].split("/")[2].split(".")[0])), (True, 32))
	says("ResourceConflictException", 409, "Failed to create function url config for [functionArn = %sf]. Error message:  FunctionUrlConfig exists for "
	     "this Lambda function" % ARN, functions.create_function_url_config, FunctionName="f", AuthType="NONE")
	got = functions.get_function_url_config(FunctionName="f")
	eq((got["FunctionUrl"], got["Cors"], got["CreationTime"], got["LastModifiedTime"]),
	   (said["FunctionUrl"], cors, said["CreationTime"], said["CreationTime"]))
	eq(functions.update_function_url_config(FunctionName="f", AuthType="AWS_IAM", Cors={})["AuthType"], "AWS_IAM")
	got = functions.get_function_url_config(FunctionName="f")
	eq((got["FunctionUrl"], got["AuthType"], "Cors" in got), (said["FunctionUrl"], "AWS_IAM", False))
	eq(functions.create_function_url_config(FunctionName="f", Qualifier="live", AuthType="AWS_IAM")["FunctionArn"], ARN + "f:live")
	seen = [[c["FunctionArn"] for c in page["FunctionUrlConfigs"]] for page in
		functions.get_paginator("list_function_url_configs").paginate(FunctionName="f", PaginationConfig={"PageSize": 1})]
	eq(seen, [[ARN + "f"], [ARN + "f:live"]])
	for qualifier in ({}, {"Qualifier": "live"}):
		eq(status(functions.delete_function_url_config(FunctionName="f", **qualifier)), 204)
		says("ResourceNotFoundException", 404, MISSING, functions.get_function_url_config, FunctionName="f", **qualifier)
	eq(functions.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"], [])


@test
def a_url_can_stream():
	path = "/2021-10-31/functions/f/url"
	code, made = send("POST", path, {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})
	eq((code, made["InvokeMode"]), (201, "RESPONSE_STREAM"))
	code, got = send("PUT", path, {"InvokeMode": "BUFFERED"})
	eq((code, got["InvokeMode"], got["AuthType"]), (200, "BUFFERED", "NONE"))
	eq(send("GET", path)[1]["InvokeMode"], "BUFFERED")
	eq(send("POST", path, {"AuthType": "NONE", "InvokeMode": "OTHER"})[0], 400)
	eq(send("DELETE", path), (204, None))


@test
def what_is_wrong_with_a_url_is_told():
	create_url = functions.create_function_url_config
	pattern = "at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
	for call, more in ((create_url, {"AuthType": "NONE"}), (functions.get_function_url_config, {}),
			   (functions.update_function_url_config, {"AuthType": "NONE"}), (functions.delete_function_url_config, {})):
		for qualifier in ("$LATEST", "1"):
			invalid("'%s' %s" % (qualifier, pattern), call, FunctionName="f", Qualifier=qualifier, **more)
	for call in (create_url, functions.update_function_url_config):
		says("ResourceNotFoundException", 404, "Function does not exist", call, FunctionName="nothing", AuthType="NONE")
		says("ResourceNotFoundException", 404, "Function does not exist", call, FunctionName="f", Qualifier="nothing", AuthType="NONE")
	says("ResourceNotFoundException", 404, MISSING, functions.update_function_url_config, FunctionName="f", AuthType="NONE")
	says("ResourceNotFoundException", 404, MISSING, functions.get_function_url_config, FunctionName="nothing")
	says("ResourceNotFoundException", 404, MISSING, functions.delete_function_url_config, FunctionName="nothing")
	says("ResourceNotFoundException", 404, "Function does not exist", functions.list_function_url_configs, FunctionName="nothing")
	invalid("null at 'authType' failed to satisfy constraint: Member must not be null", create_url, FunctionName="f")
	invalid("'86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400", create_url, FunctionName="f",
		AuthType="NONE", Cors={"MaxAge": 86401})


# Tags, loops, account

@test
def functions_have_tags():
	arn = ARN + "f"
	eq(status(functions.tag_resource(Resource=arn, Tags={"a": "1", "b": ""})), 204)
	functions.tag_resource(Resource=arn, Tags={"a": "2", "c": "ü"})
	eq(functions.list_tags(Resource=arn)["Tags"], {"a": "2", "b": "", "c": "ü"})
	eq(functions.get_function(FunctionName="f")["Tags"], {"a": "2", "b": "", "c": "ü"})
	eq(status(functions.untag_resource(Resource=arn, TagKeys=["a", "b", "never there"])), 204)
	eq(functions.list_tags(Resource=arn)["Tags"], {"c": "ü"})
	wrong = "InvalidParameterValueException"
	says(wrong, 400, "Number of tags exceeds resource tag limit.", functions.tag_resource, Resource=arn, Tags={"k%d" % n: "" for n in range(50)})
	says(wrong, 400, "An error occurred and the request cannot be processed.", functions.tag_resource, Resource=arn, Tags={})
	says(wrong, 400, "Tags on function aliases and versions are not supported. Please specify a function ARN.", functions.tag_resource,
	     Resource=arn + ":live", Tags={"a": "b"})
	for call, more in ((functions.tag_resource, {"Tags": {"a": "b"}}), (functions.list_tags, {}), (functions.untag_resource, {"TagKeys": ["a"]})):
		says("ResourceNotFoundException", 404, "Function not found: %snothing" % ARN, call, Resource=ARN + "nothing", **more)
	invalid("null at 'tagKeys' failed to satisfy constraint: Member must not be null", functions.untag_resource, Resource=arn, TagKeys=[])
	refused(("ValidationException", 400), functions.list_tags, Resource="arn:aws:something")
	functions.untag_resource(Resource=arn, TagKeys=["c"])
	eq(functions.list_tags(Resource=arn)["Tags"], {})


@test
def loops_are_ended_unless_they_are_wanted():
	path = "/2024-08-31/functions/%s/recursion-config"
	eq(send("GET", path % "f"), (200, {"RecursiveLoop": "Terminate"}))
	eq(send("PUT", path % "f", {"RecursiveLoop": "Allow"}), (200, {"RecursiveLoop": "Allow"}))
	eq(send("GET", path % "f"), (200, {"RecursiveLoop": "Allow"}))
	eq(send("PUT", path % "f", {"RecursiveLoop": "InvalidValue"}), (400, {"message": "1 validation error detected: Value 'InvalidValue' at "
		"'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]"}))
	eq(send("GET", path % "nothing")[0], 404)
	eq(send("GET", path % "f:1")[0], 400)
	send("PUT", path % "f", {"RecursiveLoop": "Terminate"})


@test
def the_account_tells_its_limits_and_what_is_used():
	said = plain(functions.get_account_settings())
	eq(said["AccountLimit"], {"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800, "ConcurrentExecutions": 1000,
				  "UnreservedConcurrentExecutions": 1000})
	eq(said["AccountUsage"]["FunctionCount"], len(functions.list_functions()["Functions"]))
	eq(said["AccountUsage"]["TotalCodeSize"] > 0, True)


@test
def the_command_line_client_says_the_same():
	def aws(*words):
		text = house.aws("lambda", *words, "--function-name", "g")
		return json.loads(text) if text else None
	aws("add-permission", "--principal", "s3.amazonaws.com", "--statement-id", "s3invoke", "--action", "lambda:InvokeFunction", "--source-arn",
	    "arn:aws:s3:::src", "--source-account", ACCOUNT)
	eq(len(json.loads(aws("get-policy")["Policy"])["Statement"]), 1)
	aws("remove-permission", "--statement-id", "s3invoke")
	eq(aws("put-function-concurrency", "--reserved-concurrent-executions", "3"), {"ReservedConcurrentExecutions": 3})
	eq(aws("get-function-concurrency"), {"ReservedConcurrentExecutions": 3})
	aws("delete-function-concurrency")
	aws("put-function-event-invoke-config", "--maximum-retry-attempts", "1", "--destination-config", json.dumps({"OnFailure": {"Destination": LIST}}))
	aws("update-function-event-invoke-config", "--maximum-event-age-in-seconds", "100")
	got = aws("get-function-event-invoke-config")
	eq((got["MaximumRetryAttempts"], got["MaximumEventAgeInSeconds"], got["DestinationConfig"]["OnFailure"]), (1, 100, {"Destination": LIST}))
	eq(len(aws("list-function-event-invoke-configs")["FunctionEventInvokeConfigs"]), 1)
	aws("delete-function-event-invoke-config")
	url = aws("create-function-url-config", "--auth-type", "NONE")["FunctionUrl"]
	eq(aws("get-function-url-config")["FunctionUrl"], url)
	eq(aws("update-function-url-config", "--auth-type", "AWS_IAM")["AuthType"], "AWS_IAM")
	eq(len(aws("list-function-url-configs")["FunctionUrlConfigs"]), 1)
	aws("delete-function-url-config")
	house.aws("lambda", "tag-resource", "--resource", ARN + "g", "--tags", "a=b")
	eq(json.loads(house.aws("lambda", "list-tags", "--resource", ARN + "g")), {"Tags": {"a": "b"}})
	house.aws("lambda", "untag-resource", "--resource", ARN + "g", "--tag-keys", "a")
	eq(json.loads(house.aws("lambda", "get-account-settings"))["AccountUsage"]["FunctionCount"], 3)


@test
def all_of_it_goes_with_the_function():
	make("short")
	permit("short")
	functions.put_function_concurrency(FunctionName="short", ReservedConcurrentExecutions=7)
	functions.tag_resource(Resource=ARN + "short", Tags={"a": "b"})
	asynchronous(name="short", MaximumRetryAttempts=0)
	functions.create_function_url_config(FunctionName="short", AuthType="NONE")
	functions.delete_function(FunctionName="short")
	make("short")
	eq(plain(functions.get_function_concurrency(FunctionName="short")), {})
	eq(functions.list_tags(Resource=ARN + "short")["Tags"], {})
	for call in (functions.get_policy, functions.get_function_event_invoke_config, functions.get_function_url_config):
		refused(("ResourceNotFoundException", 404), call, FunctionName="short")
	functions.delete_function(FunctionName="short")


run(house)
