"""The Lambda API: functions, code, names, invocations; by the command line client and boto3, with AWS's words when something is wrong."""
import base64
import json
import os
import socket
import urllib.error
import urllib.request

from functions import zipped
from lambda_api import (ACCOUNT, FAILED, FUNCTION, LAYER, ONE, ROLE, RUNTIMES, api, aws,
			bad_create, code, create, house, other, plain, says, send, sha, signed, status)
from lib import eq, run, test, wait_until


# Functions

@test
def a_new_function_is_pending_and_then_active():
	said = create("first", Environment={"Variables": {"DST": "b"}}, Timeout=10, MemorySize=1024, Tags={"app": "x"})
	eq(status(said), 201)
	for name, value in {"FunctionName": "first", "FunctionArn": FUNCTION + "first", "Runtime": "python3.12", "Role": ROLE, "Handler": "m.handler",
			    "CodeSize": len(code), "CodeSha256": sha(code), "Description": "", "Timeout": 10, "MemorySize": 1024, "Version": "$LATEST",
			    "Environment": {"Variables": {"DST": "b"}}, "TracingConfig": {"Mode": "PassThrough"}, "State": "Pending",
			    "StateReason": "The function is being created.", "StateReasonCode": "Creating", "PackageType": "Zip",
			    "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
			    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}}.items():
		eq(said[name], value, name)
	eq("LastUpdateStatus" in said, False)
	eq(said["LastModified"][-5:], "+0000")
	for waiter in ("function_exists", "function_active", "function_active_v2", "function_updated", "function_updated_v2"):
		api.get_waiter(waiter).wait(FunctionName="first", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
	now = api.get_function_configuration(FunctionName="first")
	eq((now["State"], now["LastUpdateStatus"]), ("Active", "Successful"))
	eq("StateReason" in now, False)
	eq(now["RevisionId"] != said["RevisionId"], True, "another revision")


@test
def its_code_can_be_downloaded_with_a_link_that_others_cannot_make():
	said = api.get_function(FunctionName="first")
	eq(said["Code"]["RepositoryType"], "S3")
	eq(said["Tags"], {"app": "x"})
	eq("Concurrency" in said, False)
	link = said["Code"]["Location"]
	with urllib.request.urlopen(link) as answer:
		eq(answer.read(), code)
	for wrong in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.split("?")[0], link.replace("Expires=600", "Expires=6000")):
		try:
			urllib.request.urlopen(wrong)
			raise AssertionError("a link that was not signed works")
		except urllib.error.HTTPError as e:
			eq(e.code, 403, wrong)


@test
def what_create_function_refuses_leaves_nothing_behind():
	says("ResourceConflictException", 409, "Function already exist: first", create, name="first")
	bad_create("Could not unzip uploaded file. Please check your file, then try to upload again.", Code={"ZipFile": b"no zip"})
	bad_create("Uploaded file must be a non-empty zip", Code={"ZipFile": b""})
	bad_create("Please provide a source for function code.", Code={})
	bad_create("Value x at 'runtime'" + FAILED + "Member must satisfy enum value set: " + RUNTIMES + " or be a valid ARN", Runtime="x")
	bad_create("The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a "
		   "supported runtime while creating or updating functions.", Runtime="nodejs14.x")
	bad_create("The runtime java21 cannot be run here. Those that can: provided.al2023, provided.al2, nodejs*.x, python3.*, minilab.native",
		   Runtime="java21")
	bad_create("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
		   Code={"S3Bucket": "photos", "S3Key": "none.zip"})
	bad_create("Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
		   Code={"S3Bucket": "no-such-bucket", "S3Key": "none.zip"})
	bad_create("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240", MemorySize=10241)
	bad_create("Number of tags exceeds resource tag limit.", Tags={"k%d" % i: "v" for i in range(51)})
	bad_create("Cannot reference more than 5 layers.", Layers=[LAYER + "l%d:1" % i for i in range(6)])
	bad_create("Layer version %snone:1 does not exist." % LAYER, Layers=[LAYER + "none:1"])
	bad_create("Two different versions of the same layer are not allowed to be referenced in the same function. %sl:1 and %sl:2 are versions of the "
		   "same layer." % (LAYER, LAYER), Layers=[LAYER + "l:1", LAYER + "l:2"])
	bad_create("Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
		   Layers=[LAYER.replace("us-east-1", "us-west-2") + "l:1"])
	bad_create("Functions of PackageType Image are not implemented", "NotImplemented", 501, PackageType="Image", Code={"ImageUri": "x"})
	bad_create("FileSystemConfigs is not implemented", "NotImplemented", 501, FileSystemConfigs=[{"Arn": "a", "LocalMountPath": "/mnt/x"}])


@test
def constraints_of_the_model_are_told_together():
	def bad(text, **more):
		bad_create(text, "ValidationException", 400, **more)
	bad(ONE + "'r1' at 'role'" + FAILED + "Member must satisfy regular expression pattern: "
	    "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+", Role="r1")
	bad(ONE + "'901' at 'timeout'" + FAILED + "Member must have value less than or equal to 900", Timeout=901)
	bad(ONE + "'127' at 'memorySize'" + FAILED + "Member must have value greater than or equal to 128", MemorySize=127)
	bad(ONE + "'[x86_64, arm64]' at 'architectures'" + FAILED + "Member must have length less than or equal to 1",
	    Architectures=["x86_64", "arm64"])
	bad(ONE + "'[X86_64]' at 'architectures'" + FAILED + "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
	    "Member must not be null]", Architectures=["X86_64"])
	bad(ONE + "'[%sl]' at 'layers'" % LAYER + FAILED + "Member must satisfy constraint: [Member must have length less than or equal to 2048, Member "
	    "must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}"
	    "((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member "
	    "must not be null]", Layers=[LAYER + "l"])
	bad(ONE + "'[a_b]' at 'vpcConfig.subnetIds'" + FAILED + "Member must satisfy constraint: [Member must have length less than or equal to 1024, "
	    "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]",
	    VpcConfig={"SubnetIds": ["a_b"]})
	bad(ONE + "'invalidOption' at 'snapStart.applyOn'" + FAILED + "Member must satisfy enum value set: [PublishedVersions, None]",
	    SnapStart={"ApplyOn": "invalidOption"})
	bad("2 validation errors detected: Value '0' at 'timeout'" + FAILED + "Member must have value greater than or equal to 1; Value '{1=2}' at "
	    "'environment.variables'" + FAILED + "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
	    "[a-zA-Z]([a-zA-Z0-9_])+]", Timeout=0, Environment={"Variables": {"1": "2"}})
	long = "a" * 65
	says("InvalidParameterValueException", 400, ONE + "'%s' at 'functionName'" % long + FAILED + "Member must have length less than or equal to 64",
	     create, name=long)
	says("ValidationException", 400, ONE + "'%s' at 'functionName'" % ("b" * 141) + FAILED + "Member must have length less than or equal to 140",
	     create, name="b" * 141)


@test
def variables_have_limits():
	much = "x" * 4096
	bad_create("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB "
		   'limit. String measured: {"LARGE_VAR":"%s"}' % much, Environment={"Variables": {"LARGE_VAR": much}})
	bad_create("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved "
		   "keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, _HANDLER",
		   Environment={"Variables": {"AWS_REGION": "x", "_HANDLER": "y", "GOOD": "z"}})


@test
def updates_change_what_they_name_and_nothing_else():
	create("second", Environment={"Variables": {"AA": "1"}}, Description="d")
	before = api.get_function_configuration(FunctionName="second")
	said = api.update_function_configuration(FunctionName="second", Timeout=7, MemorySize=256)
	eq((said["State"], said["LastUpdateStatus"], said["LastUpdateStatusReasonCode"]), ("Active", "InProgress", "Creating"))
	now = api.get_function_configuration(FunctionName="second")
	eq((now["Timeout"], now["MemorySize"], now["Description"], now["Environment"]), (7, 256, "d", {"Variables": {"AA": "1"}}))
	eq(now["RevisionId"] not in (before["RevisionId"], said["RevisionId"]), True, "a revision of its own")
	says("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
	     "retrieve the latest Revision Id", api.update_function_configuration, FunctionName="second", RevisionId=before["RevisionId"], Timeout=8)
	api.update_function_configuration(FunctionName="second", RevisionId=now["RevisionId"], Environment={"Variables": {}}, Description="")
	now = api.get_function_configuration(FunctionName="second")
	eq((now["Environment"], now["Description"], now["Timeout"]), ({"Variables": {}}, "", 7))
	api.update_function_configuration(FunctionName="second", DeadLetterConfig={"TargetArn": FUNCTION + "first"},
					  VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})
	now = api.get_function_configuration(FunctionName="second")
	eq((now["DeadLetterConfig"]["TargetArn"], now["VpcConfig"]["SubnetIds"]), (FUNCTION + "first", ["subnet-1"]))
	api.update_function_configuration(FunctionName="second", DeadLetterConfig={"TargetArn": ""}, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
	now = api.get_function_configuration(FunctionName="second")
	eq(("DeadLetterConfig" in now, now["VpcConfig"]["SubnetIds"], now["VpcConfig"]["VpcId"]), (False, [], ""))
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "none", api.update_function_configuration, FunctionName="none")


@test
def who_asks_for_a_way_out_hears_whether_there_is_one():
	api.update_function_configuration(FunctionName="second", VpcConfig={"SubnetIds": ["subnet-outbound"], "SecurityGroupIds": []})
	now = api.get_function_configuration(FunctionName="second")
	eq((now["State"], now["StateReason"]), ("Active", "The function has no way out of its cage: it asks for one, and the setting outbound is off"))
	api.update_function_configuration(FunctionName="second", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
	eq("StateReason" in api.get_function_configuration(FunctionName="second"), False)


def files():
	"""How many large blobs there are."""
	return sum(len(names) for _, _, names in os.walk(os.path.join(house.data, "obj")))


@test
def what_is_staged_for_nothing_does_not_stay():
	before = files()
	bad_create("Could not unzip uploaded file. Please check your file, then try to upload again.", Code={"ZipFile": b"no zip" * 9999})
	api.update_function_code(FunctionName="second", ZipFile=code)
	api.update_function_code(FunctionName="second", ZipFile=other, DryRun=True)
	api.update_function_code(FunctionName="first", ZipFile=code)
	eq(files(), before)
	api.update_function_code(FunctionName="second", ZipFile=other)
	eq(files(), before + 1, "one more package")
	api.update_function_code(FunctionName="second", ZipFile=code)


@test
def code_is_updated_and_a_dry_run_updates_nothing():
	before = api.get_function_configuration(FunctionName="second")
	dry = api.update_function_code(FunctionName="second", ZipFile=other, DryRun=True)
	eq((dry["CodeSha256"], dry["RevisionId"]), (sha(other), before["RevisionId"]))
	eq(api.get_function_configuration(FunctionName="second")["CodeSha256"], sha(code))
	said = api.update_function_code(FunctionName="second", ZipFile=other)
	eq((said["CodeSha256"], said["LastUpdateStatus"]), (sha(other), "InProgress"))
	eq(api.get_function_configuration(FunctionName="second")["CodeSha256"], sha(other))
	said = api.update_function_code(FunctionName="second", ZipFile=code, Publish=True)
	eq((said["Version"], said["FunctionArn"]), ("1", FUNCTION + "second:1"))
	says("InvalidParameterValueException", 400, "Please provide a source for function code.", api.update_function_code, FunctionName="second")
	says("InvalidParameterValueException", 400, "Please don't provide ImageUri when updating a function with packageType Zip.",
	     api.update_function_code, FunctionName="second", ImageUri="x")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "none", api.update_function_code, FunctionName="none", ZipFile=code)


@test
def code_comes_from_a_bucket_too():
	house.s3.create_bucket(Bucket="packages")
	house.s3.put_object(Bucket="packages", Key="dir/code.zip", Body=code)
	said = create("third", Code={"S3Bucket": "packages", "S3Key": "dir/code.zip"}, Publish=True)
	eq((said["CodeSha256"], said["Version"], said["FunctionArn"]), (sha(code), "1", FUNCTION + "third"))
	large = zipped({"m.py": "x", "data": os.urandom(3 << 20)})
	house.s3.put_object(Bucket="packages", Key="large.zip", Body=large)
	eq(api.update_function_code(FunctionName="third", S3Bucket="packages", S3Key="large.zip")["CodeSize"], len(large))
	with urllib.request.urlopen(api.get_function(FunctionName="third")["Code"]["Location"]) as answer:
		eq(answer.read() == large, True, "the same bytes")


@test
def zips_have_a_limit_and_those_below_it_cost_no_memory():
	before = house.rss_kb()
	near = zipped({"m.py": "x", "data": os.urandom((50 << 20) - 4096)})
	eq(create("large", Code={"ZipFile": near})["CodeSize"], len(near))
	api.delete_function(FunctionName="large")
	eq(house.rss_kb() - before < 60000, True, "memory given back")
	bad_create("Request must be smaller than 70167211 bytes for the CreateFunction operation", "RequestEntityTooLargeException", 413,
		   Code={"ZipFile": b"\0" * (53 << 20)})
	bad_create("Zipped size must be smaller than 52428800 bytes", "RequestEntityTooLargeException", 413, Code={"ZipFile": b"\0" * ((50 << 20) + 1)})


@test
def a_body_of_many_values_is_not_read_to_its_end():
	eq(send("POST", "/2015-03-31/functions", {"FunctionName": "many", "More": [0] * 60000}),
	   (400, {"message": "The request body has more than 50000 values"}))
	eq(send("POST", "/2015-03-31/functions", {"FunctionName": "many", "More": [0] * 40000})[1]["message"][:30], "2 validation errors detected: ")


@test
def a_client_that_leaves_takes_its_request_along_or_leaves_it_whole():
	body = json.dumps({"FunctionName": "left", "Runtime": "python3.12", "Role": ROLE, "Handler": "m.h",
			   "Code": {"ZipFile": base64.b64encode(zipped({"m.py": os.urandom(5 << 20)})).decode()}}).encode()
	request = signed("POST", "/2015-03-31/functions", body)
	for cut in (1000, len(request) // 2, len(request) - 1):
		with socket.create_connection(("127.0.0.1", house.port)) as s:
			s.sendall(request[:cut])
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "left", api.get_function, FunctionName="left")
	with socket.create_connection(("127.0.0.1", house.port)) as s:
		s.sendall(request)
	wait_until(lambda: "left" in [f["FunctionName"] for f in api.list_functions()["Functions"]], "the function whose answer nobody waited for")
	api.delete_function(FunctionName="left")


@test
def functions_are_listed_in_pages():
	names = [f["FunctionName"] for f in api.list_functions()["Functions"]]
	eq(names, sorted(names))
	eq(set(names) >= {"first", "second", "third", "thumbnail"}, True)
	paged = [f["FunctionName"] for page in api.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1}) for f in page["Functions"]]
	eq(paged, names)
	first = api.list_functions()["Functions"][0]
	eq([k for k in ("State", "LastUpdateStatus", "RuntimeVersionConfig") if k in first], [])
	every = [f["FunctionArn"] for page in api.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 1})
		 for f in page["Functions"]]
	eq(every, [f["FunctionArn"] for f in api.list_functions(FunctionVersion="ALL")["Functions"]])
	eq([a for a in every if a.startswith(FUNCTION + "second")], [FUNCTION + "second:$LATEST", FUNCTION + "second:1"])
	says("ValidationException", 400, ONE + "'invalid' at 'functionVersion'" + FAILED + "Member must satisfy enum value set: [ALL]",
	     api.list_functions, FunctionVersion="invalid")


# Names

@test
def a_function_has_many_names():
	for name in ("first", FUNCTION + "first", ACCOUNT + ":function:first", "function:first", "first:$LATEST"):
		eq(api.get_function_configuration(FunctionName=name)["FunctionName"], "first")
	api.create_alias(FunctionName="second", Name="live", FunctionVersion="1")
	eq(api.get_function_configuration(FunctionName=FUNCTION + "second:live")["Version"], "1")
	says("InvalidParameterValueException", 400, "The derived qualifier from the function name does not match the specified qualifier.",
	     api.get_function, FunctionName="first:1", Qualifier="2")
	says("ResourceNotFoundException", 404, "Functions from 'us-west-2' are not reachable in this region ('us-east-1')", api.get_function,
	     FunctionName=FUNCTION.replace("us-east-1", "us-west-2") + "first")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "first:aliasdoesnotexist", api.get_function, FunctionName="first",
	     Qualifier="aliasdoesnotexist")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "first:valid-with-$-but-doesnotexist", api.get_function,
	     FunctionName="first", Qualifier="valid-with-$-but-doesnotexist")


# Invocations

@test
def what_cannot_be_invoked_is_told():
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "doesnotexist:$LATEST", api.invoke, FunctionName="doesnotexist")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "first:1", api.invoke, FunctionName="first", Qualifier="1")
	for kind in ("Event", "DryRun"):
		says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "doesnotexist:$LATEST", api.invoke,
		     FunctionName="doesnotexist", InvocationType=kind)
	says("ValidationException", 400, ONE + "'event' at 'invocationType'" + FAILED + "Member must satisfy enum value set: [Event, RequestResponse, "
	     "DryRun]", api.invoke, FunctionName="first", InvocationType="event")
	where = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: %d]"
	text = "Could not parse request body into json: Could not parse payload into json: "
	for payload, what, column in ((b"\x99", "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or "
				       "token 'null', 'true' or 'false')", 1), (b'"a\x87"', "Invalid UTF-8 start byte 0x87", 3)):
		for kind in ("RequestResponse", "Event"):
			says("InvalidRequestContentException", 400, text + what + where % column, api.invoke, FunctionName="first", Payload=payload,
			     InvocationType=kind)
	says("RequestEntityTooLargeException", 413, "Request must be smaller than 6291456 bytes for the InvokeFunction operation", api.invoke,
	     FunctionName="first", Payload=b'"' + b"x" * (6 << 20) + b'"')
	says("RequestEntityTooLargeException", 413, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)", api.invoke,
	     FunctionName="first", Payload=b'"' + b"x" * ((1 << 20) - 1) + b'"', InvocationType="Event")


@test
def a_dry_run_answers_with_nothing():
	said = api.invoke(FunctionName="first", InvocationType="DryRun", Payload=b"{}")
	eq((status(said), said["Payload"].read(), said.get("ExecutedVersion")), (204, b"", None))


@test
def an_event_is_accepted_with_nothing_in_the_answer():
	said = api.invoke(FunctionName="thumbnail", InvocationType="Event", Payload=b'{"Records":[]}')
	eq((status(said), said["Payload"].read(), said.get("ExecutedVersion")), (202, b"", None))
	eq(api.invoke_async(FunctionName="thumbnail", InvokeArgs=b'{"Records":[]}')["Status"], 202)


# The built-in function

@test
def the_built_in_function_is_configured_as_others_are():
	said = api.get_function(FunctionName="thumbnail")
	eq((said["Configuration"]["Runtime"], said["Configuration"]["State"]), ("minilab.builtin", "Active"))
	before = said["Configuration"]["Environment"]["Variables"]
	api.update_function_configuration(FunctionName="thumbnail", MemorySize=1024, Timeout=60, Environment={"Variables": dict(before, QUALITY="75")})
	eq(api.publish_version(FunctionName="thumbnail")["Version"], "1")
	api.create_alias(FunctionName="thumbnail", Name="live", FunctionVersion="1")
	now = api.get_function_configuration(FunctionName="thumbnail", Qualifier="live")
	eq((now["MemorySize"], now["Timeout"], now["Environment"]["Variables"]["QUALITY"]), (1024, 60, "75"))
	says("InvalidParameterValueException", 400, "The code of a built-in function cannot be updated.", api.update_function_code,
	     FunctionName="thumbnail", ZipFile=code)
	says("InvalidParameterValueException", 400, "Runtime and Handler of a built-in function cannot be changed.", api.update_function_configuration,
	     FunctionName="thumbnail", Runtime="python3.12")
	says("InvalidParameterValueException", 400, "A function with code of its own cannot become a built-in one.", api.update_function_configuration,
	     FunctionName="first", Runtime="minilab.builtin")


# The command line

@test
def the_command_line_does_all_of_it():
	path = os.path.join(house.home, "function.zip")
	with open(path, "wb") as f:
		f.write(code)
	eq(aws("create-function", "--function-name", "cli", "--runtime", "python3.12", "--role", ROLE, "--handler", "m.handler", "--zip-file",
	       "fileb://" + path)["State"], "Pending")
	aws("wait", "function-active-v2", "--function-name", "cli")
	eq(aws("update-function-configuration", "--function-name", "cli", "--timeout", "10")["Timeout"], 10)
	aws("wait", "function-updated-v2", "--function-name", "cli")
	eq(aws("update-function-code", "--function-name", "cli", "--zip-file", "fileb://" + path)["CodeSha256"], sha(code))
	eq(aws("publish-version", "--function-name", "cli")["Version"], "1")
	eq(aws("create-alias", "--function-name", "cli", "--name", "live", "--function-version", "1")["AliasArn"], FUNCTION + "cli:live")
	eq(aws("update-alias", "--function-name", "cli", "--name", "live", "--description", "d")["Description"], "d")
	eq(len(aws("list-aliases", "--function-name", "cli")["Aliases"]), 1)
	eq(aws("get-alias", "--function-name", "cli", "--name", "live")["Name"], "live")
	eq(aws("get-function", "--function-name", "cli")["Configuration"]["Timeout"], 10)
	eq(aws("get-function-configuration", "--function-name", "cli")["Timeout"], 10)
	eq("cli" in [f["FunctionName"] for f in aws("list-functions")["Functions"]], True)
	eq(len(aws("list-versions-by-function", "--function-name", "cli")["Versions"]), 2)
	eq(aws("publish-layer-version", "--layer-name", "cli", "--zip-file", "fileb://" + path)["Version"], 1)
	eq(aws("list-layer-versions", "--layer-name", "cli")["LayerVersions"][0]["Version"], 1)
	eq(aws("get-layer-version", "--layer-name", "cli", "--version-number", "1")["Version"], 1)
	eq("cli" in [x["LayerName"] for x in aws("list-layers")["Layers"]], True)
	aws("delete-layer-version", "--layer-name", "cli", "--version-number", "1")
	eq(aws("invoke", "--function-name", "cli", "--invocation-type", "DryRun", os.path.join(house.home, "out"))["StatusCode"], 204)
	aws("delete-alias", "--function-name", "cli", "--name", "live")
	aws("delete-function", "--function-name", "cli", "--qualifier", "1")
	aws("delete-function", "--function-name", "cli")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "cli", api.get_function, FunctionName="cli")


@test
def the_build_of_a_runtime_is_the_one_there_is():
	path = "/2021-07-20/functions/first/runtime-management-config"
	eq(send("GET", path), (200, {"UpdateRuntimeOn": "Auto", "FunctionArn": FUNCTION + "first"}))
	build = send("GET", "/2015-03-31/functions/first/configuration")[1]["RuntimeVersionConfig"]["RuntimeVersionArn"]
	manual = {"UpdateRuntimeOn": "Manual", "FunctionArn": FUNCTION + "first", "RuntimeVersionArn": build}
	eq(send("PUT", path, {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": build}), (200, manual))
	eq(send("GET", path), (200, manual))
	eq(send("PUT", path, {"UpdateRuntimeOn": "Manual", "RuntimeVersionArn": build[:-4] + "0000"}),
	   (400, {"Type": "User", "message": "There is no other build of the runtime here than " + build}))
	eq(send("PUT", path, {"UpdateRuntimeOn": "Never"}), (400, {"message": ONE + "'Never' at 'updateRuntimeOn'" + FAILED + "Member must satisfy enum "
								   "value set: [Auto, Manual, FunctionUpdate]"}))
	eq(send("PUT", path, {"UpdateRuntimeOn": "FunctionUpdate"})[1].get("RuntimeVersionArn"), None)
	api.update_function_configuration(FunctionName="first", Timeout=11)
	eq(send("GET", path)[1]["UpdateRuntimeOn"], "FunctionUpdate", "it outlives an update")


@test
def what_is_not_built_says_so():
	eq(plain(api.get_function_code_signing_config(FunctionName="first")), {})
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "none", api.get_function_code_signing_config, FunctionName="none")
	says("NotImplemented", 501, "ListCodeSigningConfigs is not implemented", api.list_code_signing_configs)
	says("NotImplemented", 501, "ListEventSourceMappings is not implemented", api.list_event_source_mappings)


# Deleting

@test
def a_deleted_function_takes_everything_along_and_may_come_again():
	eq(status(api.delete_function(FunctionName="second")), 204)
	for call in (api.get_function, api.delete_function, api.list_versions_by_function, api.publish_version, api.list_aliases):
		says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "second", call, FunctionName="second")
	create("second")
	eq(api.publish_version(FunctionName="second")["Version"], "1", "numbers begin anew")
	eq(api.list_aliases(FunctionName="second")["Aliases"], [])


@test
def functions_survive_a_kill():
	before = api.get_function(FunctionName="first")["Configuration"]
	house.kill()
	house.start()
	again = house.functions.get_function(FunctionName="first")
	eq(again["Configuration"], before)
	with urllib.request.urlopen(again["Code"]["Location"]) as answer:
		eq(answer.read(), code)
	wait_until(lambda: house.health(), "health")


run(house)
