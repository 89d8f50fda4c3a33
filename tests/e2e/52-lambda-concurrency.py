"""Concurrency of a function: reserved from what the account has, and provisioned in environments that are made before anybody asks."""
from functions import create
from lambda_api import FUNCTION as ARN, api as functions, house, invalid, make_two, plain, says, status
from lib import eq, run, test, wait_until


@test
def functions_of_their_own_are_there():
	make_two()


def reserve(n, name="f"):
	return functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=n)


@test
def concurrency_is_reserved_from_what_the_account_has():
	eq(plain(functions.get_function_concurrency(FunctionName="f")), {})
	eq(plain(reserve(0)), {"ReservedConcurrentExecutions": 0})
	eq(plain(reserve(5)), {"ReservedConcurrentExecutions": 5})
	eq(plain(functions.get_function_concurrency(FunctionName="f")), {"ReservedConcurrentExecutions": 5})
	eq(functions.get_function(FunctionName="f")["Concurrency"], {"ReservedConcurrentExecutions": 5})
	eq(functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"], 995)
	low = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
	says("InvalidParameterValueException", 400, low, reserve, n=901)
	says("InvalidParameterValueException", 400, low, reserve, n=896, name="g")
	reserve(895, "g")
	reserve(5)
	for name in ("f", "g"):
		eq(status(functions.delete_function_concurrency(FunctionName=name)), 204)
	eq(plain(functions.get_function_concurrency(FunctionName="f")), {})


@test
def what_is_wrong_with_a_reservation_is_told():
	only = ("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a "
		"function name or an unqualified function ARN.")
	says("InvalidParameterValueException", 400, only, reserve, n=1, name="f:1")
	says("ResourceNotFoundException", 404, "Function not found: %snothing:$LATEST" % ARN, reserve, n=1, name="nothing")
	says("ResourceNotFoundException", 404, "Function not found: %snothing" % ARN, functions.get_function_concurrency, FunctionName="nothing")
	invalid("'-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0", reserve, n=-1)
	invalid("null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null", functions.put_function_concurrency,
		FunctionName="f")


def provision(n, qualifier, name="f"):
	return functions.put_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=n)


def provisioned(qualifier, name="f"):
	return plain(functions.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier))


@test
def provisioned_environments_are_made_ready():
	said = provision(1, "live")
	eq((status(said), said["Status"], said["RequestedProvisionedConcurrentExecutions"], said["AvailableProvisionedConcurrentExecutions"],
	    said["AllocatedProvisionedConcurrentExecutions"]), (202, "IN_PROGRESS", 1, 0, 0))
	ready = wait_until(lambda: provisioned("live") if provisioned("live")["Status"] == "READY" else None, "a provisioned environment")
	eq((ready["AvailableProvisionedConcurrentExecutions"], ready["LastModified"]), (1, said["LastModified"]))
	listed = plain(functions.list_provisioned_concurrency_configs(FunctionName="f"))["ProvisionedConcurrencyConfigs"]
	eq([(c["FunctionArn"], c["Status"]) for c in listed], [(ARN + "f:live", "READY")])
	says("ResourceConflictException", 409, "Version is pointed by a Provisioned Concurrency alias", provision, n=1, qualifier="1")
	for _ in range(2):
		eq(status(functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="live")), 204)
	provision(1, "1")
	says("ResourceConflictException", 409, "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
	     provision, n=1, qualifier="live")
	functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
	eq(plain(functions.list_provisioned_concurrency_configs(FunctionName="f")), {"ProvisionedConcurrencyConfigs": []})


@test
def both_versions_of_an_alias_with_weights_are_provisioned():
	functions.update_function_configuration(FunctionName="f", Description="another")
	functions.get_waiter("function_updated_v2").wait(FunctionName="f")
	functions.publish_version(FunctionName="f")
	functions.create_alias(FunctionName="f", Name="both", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
	provision(2, "both")
	wait_until(lambda: provisioned("both")["Status"] == "READY", "an environment of each")
	eq(provisioned("both")["AllocatedProvisionedConcurrentExecutions"], 2)
	functions.delete_alias(FunctionName="f", Name="both")
	eq(plain(functions.list_provisioned_concurrency_configs(FunctionName="f")), {"ProvisionedConcurrencyConfigs": []})
	functions.delete_function(FunctionName="f", Qualifier="2")


@test
def an_init_that_fails_shows_in_what_is_provisioned():
	create(house, "broken", "python3.12", "m.handler", {"m.py": "raise ValueError('no')\n"})
	functions.publish_version(FunctionName="broken")
	provision(1, "1", "broken")
	failed = wait_until(lambda: provisioned("1", "broken") if provisioned("1", "broken")["Status"] == "FAILED" else None, "the failure")
	eq(failed["StatusReason"], "FUNCTION_ERROR_INIT_FAILURE")
	functions.delete_function(FunctionName="broken")


@test
def what_is_wrong_with_provisioning_is_told():
	wrong = "InvalidParameterValueException"
	says(wrong, 400, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.", provision, n=1, qualifier="$LATEST")
	for call in (functions.get_provisioned_concurrency_config, functions.delete_provisioned_concurrency_config):
		says(wrong, 400, "The function resource provided must be an alias or a published version.", call, FunctionName="f", Qualifier="$LATEST")
		says("ResourceNotFoundException", 404, "Cannot find alias arn: %sf:noalias" % ARN, call, FunctionName="f", Qualifier="noalias")
		says("ResourceNotFoundException", 404, "Cannot find alias arn: %snothing:noalias" % ARN, call, FunctionName="nothing", Qualifier="noalias")
		says("ResourceNotFoundException", 404, "Function not found: %sf:10" % ARN, call, FunctionName="f", Qualifier="10")
		says("ResourceNotFoundException", 404, "Function not found: %snothing:1" % ARN, call, FunctionName="nothing", Qualifier="1")
	says("ResourceNotFoundException", 404, "Function not found: %sf:10" % ARN, provision, n=1, qualifier="10")
	says("ProvisionedConcurrencyConfigNotFoundException", 404, "No Provisioned Concurrency Config found for this function", provisioned, qualifier="1")
	says("ResourceNotFoundException", 404, "Function not found: %snothing" % ARN, functions.list_provisioned_concurrency_configs, FunctionName="nothing")
	invalid("'0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1", provision, n=0,
		qualifier="1")
	says(wrong, 400, "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].", provision, n=1001,
	     qualifier="1")
	says(wrong, 400, "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
	     provision, n=901, qualifier="1")
	reserve(2)
	says(wrong, 400, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function", provision, n=3,
	     qualifier="1")
	provision(2, "1")
	says(wrong, 400, " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].", reserve, n=1)
	functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
	functions.delete_function_concurrency(FunctionName="f")


run(house)
