"""The Lambda API: versions, aliases, layers and their policies, with AWS's words when something is wrong."""
import json
import urllib.request

from lambda_api import ACCOUNT, FAILED, FUNCTION, LAYER, ONE, RUNTIMES, api, aws, code, create, house, other, plain, says, sha, status
from lib import eq, run, test


# Versions and aliases

@test
def a_version_is_made_when_something_changed():
	create("v")
	one = api.publish_version(FunctionName="v", Description="one")
	eq((status(one), one["Version"], one["FunctionArn"], one["Description"], one["State"]), (201, "1", FUNCTION + "v:1", "one", "Pending"))
	api.get_waiter("published_version_active").wait(FunctionName="v", Qualifier="1", WaiterConfig={"Delay": 1, "MaxAttempts": 1})
	again = api.publish_version(FunctionName="v", Description="ignored")
	eq((again["Version"], again["Description"], again["RevisionId"]), ("1", "one", one["RevisionId"]))
	api.update_function_code(FunctionName="v", ZipFile=code)
	eq(api.publish_version(FunctionName="v")["Version"], "1", "the same code is no change")
	api.tag_resource(Resource=FUNCTION + "v", Tags={"a": "b"})
	eq(api.publish_version(FunctionName="v")["Version"], "1", "tags are no change")
	api.update_function_configuration(FunctionName="v", Description="now another")
	eq(api.publish_version(FunctionName="v")["Version"], "2")
	eq([f["Version"] for f in api.list_versions_by_function(FunctionName="v")["Versions"]], ["$LATEST", "1", "2"])
	eq([f["FunctionArn"] for page in api.get_paginator("list_versions_by_function").paginate(FunctionName="v", PaginationConfig={"PageSize": 1})
	    for f in page["Versions"]], [FUNCTION + "v:" + q for q in ("$LATEST", "1", "2")])
	says("InvalidParameterValueException", 400, "CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST (%s). Please try "
	     "again with the CodeSHA256 in $LATEST." % sha(code), api.publish_version, FunctionName="v", CodeSha256="somenonexistentsha256")
	says("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
	     "retrieve the latest Revision Id", api.publish_version, FunctionName="v", RevisionId=one["RevisionId"])


@test
def a_number_is_never_given_again():
	eq(status(api.delete_function(FunctionName="v", Qualifier="2")), 204)
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "v:2", api.get_function, FunctionName="v", Qualifier="2")
	api.update_function_configuration(FunctionName="v", Timeout=9)
	eq(api.publish_version(FunctionName="v")["Version"], "3")
	says("InvalidParameterValueException", 400, "$LATEST version cannot be deleted without deleting the function.", api.delete_function,
	     FunctionName="v", Qualifier="$LATEST")
	eq(status(api.delete_function(FunctionName="v", Qualifier="77")), 204)


@test
def aliases_point_to_versions():
	live = api.create_alias(FunctionName="v", Name="live", FunctionVersion="1")
	eq(status(live), 201)
	eq({k: live[k] for k in ("AliasArn", "Name", "FunctionVersion", "Description")},
	   {"AliasArn": FUNCTION + "v:live", "Name": "live", "FunctionVersion": "1", "Description": ""})
	eq("RoutingConfig" in live, False)
	through = api.get_function_configuration(FunctionName="v", Qualifier="live")
	eq((through["Version"], through["FunctionArn"]), ("1", FUNCTION + "v:live"))
	shared = api.update_alias(FunctionName="v", Name="live", RoutingConfig={"AdditionalVersionWeights": {"3": 0.25}}, Description="shared")
	eq(shared["RoutingConfig"], {"AdditionalVersionWeights": {"3": 0.25}})
	eq(api.update_alias(FunctionName="v", Name="live", Description="kept")["RoutingConfig"], {"AdditionalVersionWeights": {"3": 0.25}})
	says("ResourceConflictException", 409, "Version 3 is referenced by alias live. Delete or update the alias first.", api.delete_function,
	     FunctionName="v", Qualifier="3")
	eq(status(api.delete_function(FunctionName="v", Qualifier="03")), 204)	# no version is called so
	eq(api.get_function_configuration(FunctionName="v", Qualifier="3")["Version"], "3")
	for call in (api.get_function_configuration, api.invoke):
		says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "v:03", call, FunctionName="v", Qualifier="03")
	says("ResourceNotFoundException", 404, "Function not found: " + FUNCTION + "v:01", api.create_alias, FunctionName="v", Name="zero",
	     FunctionVersion="01")
	eq("RoutingConfig" in api.update_alias(FunctionName="v", Name="live", RoutingConfig={}), False)
	api.create_alias(FunctionName="v", Name="next", FunctionVersion="$LATEST")
	eq([a["Name"] for a in api.list_aliases(FunctionName="v")["Aliases"]], ["live", "next"])
	eq([a["Name"] for a in api.list_aliases(FunctionName="v", FunctionVersion="1")["Aliases"]], ["live"])
	eq(plain(api.get_alias(FunctionName="v", Name="next"))["FunctionVersion"], "$LATEST")


@test
def aliases_that_make_no_sense_are_refused():
	def bad(text, code_="InvalidParameterValueException", status_=400, **more):
		says(code_, status_, text, api.create_alias, **dict({"FunctionName": "v", "Name": "bad", "FunctionVersion": "1"}, **more))

	def weights(w):
		return {"AdditionalVersionWeights": w}
	path = "' at 'routingConfig.additionalVersionWeights'" + FAILED
	value = ("Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to "
		 "0.0, Member must not be null]")
	bad("Alias already exists: " + FUNCTION + "v:live", "ResourceConflictException", 409, Name="live")
	bad("Function not found: " + FUNCTION + "v:10", "ResourceNotFoundException", 404, FunctionVersion="10")
	bad("Function not found: " + FUNCTION + "none", "ResourceNotFoundException", 404, FunctionName="none")
	bad("Number of items in AdditionalVersionWeights cannot be greater than 1", RoutingConfig=weights({"1": 0.1, "3": 0.1}))
	bad("Invalid function version 1. Function version 1 is already included in routing configuration.", RoutingConfig=weights({"1": 0.5}))
	bad("$LATEST is not supported for an alias pointing to more than 1 version", FunctionVersion="$LATEST", RoutingConfig=weights({"1": 0.5}))
	bad(ONE + "'{3=2.0}" + path + value, "ValidationException", 400, RoutingConfig=weights({"3": 2}))
	bad(ONE + "'{3=-1.0}" + path + value, "ValidationException", 400, RoutingConfig=weights({"3": -1.0}))
	bad(ONE + "'{$LATEST=0.5}" + path + "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
	    "length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]", "ValidationException", 400,
	    RoutingConfig=weights({"$LATEST": 0.5}))
	bad(ONE + "'2024' at 'name'" + FAILED + "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)", "ValidationException",
	    400, Name="2024")
	says("ResourceNotFoundException", 404, "Cannot find alias arn: " + FUNCTION + "v:no", api.get_alias, FunctionName="v", Name="no")
	says("ResourceNotFoundException", 404, "Cannot find alias arn: " + FUNCTION + "none:no", api.get_alias, FunctionName="none", Name="no")
	says("ResourceNotFoundException", 404, "Alias not found: " + FUNCTION + "v:no", api.update_alias, FunctionName="v", Name="no")
	says("InvalidParameterValueException", 400, "Deletion of aliases is not currently supported.", api.delete_function, FunctionName="v",
	     Qualifier="live")
	says("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
	     "retrieve the latest Revision Id", api.update_alias, FunctionName="v", Name="live", RevisionId="x")
	for _ in range(2):
		eq(status(api.delete_alias(FunctionName="v", Name="next")), 204)


# Layers

@test
def layers_are_numbered_and_shown_newest_first():
	one = api.publish_layer_version(LayerName="lib", Content={"ZipFile": code}, CompatibleRuntimes=["python3.12"], Description="d", LicenseInfo="MIT")
	eq((status(one), one["Version"], one["LayerVersionArn"], one["LayerArn"]), (201, 1, LAYER + "lib:1", LAYER + "lib"))
	eq((one["Content"]["CodeSha256"], one["Content"]["CodeSize"]), (sha(code), len(code)))
	with urllib.request.urlopen(one["Content"]["Location"]) as answer:
		eq(answer.read(), code)
	eq(api.publish_layer_version(LayerName="lib", Content={"ZipFile": code}, CompatibleArchitectures=["arm64"])["Version"], 2)
	house.s3.create_bucket(Bucket="packages")
	house.s3.put_object(Bucket="packages", Key="layer.zip", Body=other)
	eq(api.publish_layer_version(LayerName="lib", Content={"S3Bucket": "packages", "S3Key": "layer.zip"})["Version"], 3)
	eq([v["Version"] for v in api.list_layer_versions(LayerName="lib")["LayerVersions"]], [3, 2, 1])
	eq([v["Version"] for page in api.get_paginator("list_layer_versions").paginate(LayerName="lib", PaginationConfig={"PageSize": 1})
	    for v in page["LayerVersions"]], [3, 2, 1])
	eq([v["Version"] for v in api.list_layer_versions(LayerName="lib", CompatibleRuntime="python3.12")["LayerVersions"]], [1])
	eq([(x["LayerName"], x["LatestMatchingVersion"]["Version"]) for x in api.list_layers()["Layers"]], [("lib", 3)])
	eq([x["LatestMatchingVersion"]["Version"] for x in api.list_layers(CompatibleArchitecture="arm64")["Layers"]], [2])
	eq(api.get_layer_version(LayerName=LAYER + "lib", VersionNumber=1)["LicenseInfo"], "MIT")
	eq(api.get_layer_version_by_arn(Arn=LAYER + "lib:1")["Description"], "d")
	for _ in range(2):
		eq(status(api.delete_layer_version(LayerName="lib", VersionNumber=3)), 204)
	eq(api.publish_layer_version(LayerName="lib", Content={"ZipFile": code})["Version"], 4)


@test
def layers_refuse_what_they_cannot_be():
	def bad(text, code_, status_, call, **more):
		says(code_, status_, text, call, **more)
	gone = "The resource you requested does not exist."
	bad(gone, "ResourceNotFoundException", 404, api.get_layer_version, LayerName="lib", VersionNumber=3)
	bad(gone, "ResourceNotFoundException", 404, api.get_layer_version_by_arn, Arn=LAYER + "lib:3")
	bad("Layer Version Cannot be less than 1", "InvalidParameterValueException", 400, api.get_layer_version, LayerName="lib", VersionNumber=-1)
	bad(ONE + "'%slib' at 'arn'" % LAYER + FAILED + "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}"
	    "((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)",
	    "ValidationException", 400, api.get_layer_version_by_arn, Arn=LAYER + "lib")
	bad("2 validation errors detected: Value '[invalidruntime, nodejs20.x]' at 'compatibleRuntimes'" + FAILED + "Member must satisfy enum value set: "
	    + RUNTIMES + "; Value '[invalidarch, x86_64]' at 'compatibleArchitectures'" + FAILED + "Member must satisfy constraint: [Member must satisfy "
	    "enum value set: [x86_64, arm64], Member must not be null]", "ValidationException", 400, api.publish_layer_version, LayerName="lib",
	    Content={"ZipFile": code}, CompatibleRuntimes=["invalidruntime", "nodejs20.x"], CompatibleArchitectures=["invalidarch", "x86_64"])
	bad(ONE + "'archdoesnotexist' at 'compatibleArchitecture'" + FAILED + "Member must satisfy enum value set: [x86_64, arm64]",
	    "ValidationException", 400, api.list_layers, CompatibleArchitecture="archdoesnotexist")
	bad("Could not unzip uploaded file. Please check your file, then try to upload again.", "InvalidParameterValueException", 400,
	    api.publish_layer_version, LayerName="lib", Content={"ZipFile": b"x"})


@test
def functions_keep_a_layer_that_is_deleted():
	create("layered", Layers=[LAYER + "lib:2"])
	eq(api.get_function_configuration(FunctionName="layered")["Layers"], [{"Arn": LAYER + "lib:2", "CodeSize": len(code)}])
	api.delete_layer_version(LayerName="lib", VersionNumber=2)
	eq(api.update_function_configuration(FunctionName="layered", Timeout=4)["Layers"][0]["Arn"], LAYER + "lib:2")
	says("InvalidParameterValueException", 400, "Layer version %slib:2 does not exist." % LAYER, api.update_function_configuration,
	     FunctionName="layered", Layers=[LAYER + "lib:2"])
	eq("Layers" in api.update_function_configuration(FunctionName="layered", Layers=[]), False)


@test
def layers_have_policies():
	named = {"LayerName": "lib", "VersionNumber": 1}
	one = api.add_layer_version_permission(StatementId="s1", Action="lambda:GetLayerVersion", Principal="*", **named)
	eq(status(one), 201)
	eq(json.loads(one["Statement"]), {"Sid": "s1", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion",
					  "Resource": LAYER + "lib:1"})
	two = api.add_layer_version_permission(StatementId="s2", Action="lambda:GetLayerVersion", Principal=ACCOUNT, OrganizationId="o-123456",
					       RevisionId=one["RevisionId"], **named)
	eq(json.loads(two["Statement"])["Principal"], {"AWS": "arn:aws:iam::%s:root" % ACCOUNT})
	eq(json.loads(two["Statement"])["Condition"], {"StringEquals": {"aws:PrincipalOrgID": "o-123456"}})
	policy = api.get_layer_version_policy(**named)
	eq([s["Sid"] for s in json.loads(policy["Policy"])["Statement"]], ["s1", "s2"])
	eq(policy["RevisionId"], two["RevisionId"])
	says("ResourceConflictException", 409, "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing "
	     "statement.", api.add_layer_version_permission, StatementId="s1", Action="lambda:GetLayerVersion", Principal="*", **named)
	says("PreconditionFailedException", 412, "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve "
	     "the latest Revision Id", api.remove_layer_version_permission, StatementId="s1", RevisionId=one["RevisionId"], **named)
	says("ResourceNotFoundException", 404, "Statement non-existent is not found in resource policy.", api.remove_layer_version_permission,
	     StatementId="non-existent", **named)
	says("ResourceNotFoundException", 404, "Layer version %slib:77 does not exist." % LAYER, api.add_layer_version_permission, LayerName="lib",
	     VersionNumber=77, StatementId="s1", Action="lambda:GetLayerVersion", Principal="*")
	says("ValidationException", 400, ONE + "'*' at 'action'" + FAILED + "Member must satisfy regular expression pattern: lambda:GetLayerVersion",
	     api.add_layer_version_permission, StatementId="s3", Action="*", Principal="*", **named)
	for sid in ("s1", "s2"):
		eq(status(api.remove_layer_version_permission(StatementId=sid, **named)), 204)
	says("ResourceNotFoundException", 404, "No policy is associated with the given resource.", api.get_layer_version_policy, **named)


run(house)
