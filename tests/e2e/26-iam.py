"""Roles and policies as tutorials, scripts and deployment tools make them: by the command line client and boto3, with AWS's words when
something is wrong."""
import json
import urllib.request
import xml.etree.ElementTree as ET

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from lib import House, eq, refused, run, test

house = House(account="123456789012")
iam = house.client("iam", parameter_validation=False)
sts = house.client("sts")
ACCOUNT = "arn:aws:iam::123456789012:"
AWS = "arn:aws:iam::aws:policy/"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogGroup", "logs:CreateLogStream"], "Resource": "arn:aws:logs:*:*:*"},
	{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::sourcebucket/*"},
	{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::sourcebucket-resized/*"}]}


def says(code, status, text, call, **named):
	eq(refused((code, status), call, **named)["Error"]["Message"], text, "message")


def role(name, **named):
	return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **named)["Role"]


def policy(name, **named):
	return iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(POLICY), **named)["Policy"]


def clean(name):
	for p in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
		iam.detach_role_policy(RoleName=name, PolicyArn=p["PolicyArn"])
	for p in iam.list_role_policies(RoleName=name)["PolicyNames"]:
		iam.delete_role_policy(RoleName=name, PolicyName=p)
	iam.delete_role(RoleName=name)


@test
def the_tutorial_makes_a_policy_and_a_role_and_cleans_up():
	with open(house.home + "/policy.json", "w") as f:
		json.dump(POLICY, f, indent=4)
	made = json.loads(house.aws("iam", "create-policy", "--policy-name", "LambdaS3Policy", "--policy-document", "file://policy.json"))["Policy"]
	eq((made["Arn"], made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"], made["Path"]),
	   (ACCOUNT + "policy/LambdaS3Policy", "v1", 0, True, "/"))
	made = json.loads(house.aws("iam", "create-role", "--role-name", "LambdaS3Role", "--assume-role-policy-document", json.dumps(TRUST)))["Role"]
	eq((made["Arn"], made["RoleId"][:4], len(made["RoleId"]), made["AssumeRolePolicyDocument"]),
	   (ACCOUNT + "role/LambdaS3Role", "AROA", 21, TRUST))
	eq(house.aws("iam", "attach-role-policy", "--role-name", "LambdaS3Role", "--policy-arn", ACCOUNT + "policy/LambdaS3Policy"), "")
	shown = json.loads(house.aws("iam", "list-attached-role-policies", "--role-name", "LambdaS3Role"))
	eq(shown["AttachedPolicies"], [{"PolicyName": "LambdaS3Policy", "PolicyArn": ACCOUNT + "policy/LambdaS3Policy"}])
	early = house.aws("iam", "delete-role", "--role-name", "LambdaS3Role", check=False)
	eq(("(DeleteConflict)" in early.stderr, early.stderr.strip().rpartition(": ")[2]), (True, "Cannot delete entity, must detach all policies first."))
	house.aws("iam", "detach-role-policy", "--role-name", "LambdaS3Role", "--policy-arn", ACCOUNT + "policy/LambdaS3Policy")
	house.aws("iam", "delete-policy", "--policy-arn", ACCOUNT + "policy/LambdaS3Policy")
	house.aws("iam", "delete-role", "--role-name", "LambdaS3Role")
	eq(json.loads(house.aws("iam", "list-roles"))["Roles"], [])
	eq(json.loads(house.aws("iam", "list-policies", "--scope", "Local"))["Policies"], [])


@test
def a_role_is_shown_as_it_was_made():
	tags = [{"Key": "app", "Value": "thumb"}, {"Key": "empty", "Value": ""}]
	role("Shown", Path="/service/x/", Description="for <thumbnails> & more", MaxSessionDuration=7200, Tags=tags)
	got = iam.get_role(RoleName="Shown")["Role"]
	eq((got["Arn"], got["Path"], got["Description"], got["MaxSessionDuration"], got["AssumeRolePolicyDocument"], got["Tags"]),
	   (ACCOUNT + "role/service/x/Shown", "/service/x/", "for <thumbnails> & more", 7200, TRUST, tags))
	listed = iam.list_roles(PathPrefix="/service/")["Roles"]
	eq([(r["RoleName"], r["RoleId"], "Tags" in r) for r in listed], [("Shown", got["RoleId"], False)])
	eq(iam.list_roles(PathPrefix="/other/")["Roles"], [])
	iam.update_role(RoleName="Shown", Description="short", MaxSessionDuration=3600)
	iam.tag_role(RoleName="Shown", Tags=[{"Key": "APP", "Value": "2"}, {"Key": "more", "Value": "3"}])
	iam.untag_role(RoleName="Shown", TagKeys=["empty", "never there"])
	other = dict(TRUST, Statement=dict(TRUST["Statement"][0], Principal={"AWS": ACCOUNT + "root"}))
	iam.update_assume_role_policy(RoleName="Shown", PolicyDocument=json.dumps(other))
	got = iam.get_role(RoleName="Shown")["Role"]
	eq((got["Description"], got["MaxSessionDuration"], got["AssumeRolePolicyDocument"]), ("short", 3600, other))
	eq({t["Key"]: t["Value"] for t in iam.list_role_tags(RoleName="Shown")["Tags"]}, {"APP": "2", "more": "3"})
	eq(iam.list_instance_profiles_for_role(RoleName="Shown")["InstanceProfiles"], [])
	clean("Shown")


@test
def names_that_differ_in_case_only_are_the_same():
	role("CaseRole")
	says("EntityAlreadyExists", 409, "Role with name caserole already exists.", role, name="caserole")
	eq(iam.get_role(RoleName="CASEROLE")["Role"]["RoleName"], "CaseRole")
	clean("CaseRole")


@test
def what_is_not_there_is_told_by_name():
	gone = "The role with name nobody cannot be found."
	for call, more in ((iam.get_role, {}), (iam.delete_role, {}), (iam.list_attached_role_policies, {}), (iam.list_role_policies, {}),
			   (iam.update_assume_role_policy, {"PolicyDocument": json.dumps(TRUST)}),
			   (iam.attach_role_policy, {"PolicyArn": AWS + "AWSLambdaExecute"}), (iam.tag_role, {"Tags": [{"Key": "a", "Value": ""}]})):
		says("NoSuchEntity", 404, gone, call, RoleName="nobody", **more)
	arn = ACCOUNT + "policy/nothing"
	for call in (iam.get_policy, iam.delete_policy, iam.list_policy_versions):
		says("NoSuchEntity", 404, "Policy %s was not found." % arn, call, PolicyArn=arn)
	role("Bare")
	says("NoSuchEntity", 404, "Policy %s does not exist or is not attachable." % arn, iam.attach_role_policy, RoleName="Bare", PolicyArn=arn)
	says("NoSuchEntity", 404, "Policy %s was not found." % arn, iam.detach_role_policy, RoleName="Bare", PolicyArn=arn)
	says("NoSuchEntity", 404, "The role policy with name x cannot be found.", iam.get_role_policy, RoleName="Bare", PolicyName="x")
	says("NoSuchEntity", 404, "The role policy with name x cannot be found.", iam.delete_role_policy, RoleName="Bare", PolicyName="x")
	says("NoSuchEntity", 404, "The user with name bob cannot be found.", iam.get_user, UserName="bob")
	says("ValidationError", 400, "Invalid ARN:  Could not be parsed!", iam.attach_role_policy, RoleName="Bare", PolicyArn="longpolicynamebutnoarn")
	clean("Bare")


@test
def inline_policies_are_part_of_their_role():
	role("Inline")
	for name in ("second", "first"):
		iam.put_role_policy(RoleName="Inline", PolicyName=name, PolicyDocument=json.dumps(POLICY, indent=2))
	iam.put_role_policy(RoleName="Inline", PolicyName="second", PolicyDocument=json.dumps(POLICY))
	eq(iam.list_role_policies(RoleName="Inline")["PolicyNames"], ["first", "second"])
	got = iam.get_role_policy(RoleName="Inline", PolicyName="first")
	eq((got["RoleName"], got["PolicyName"], got["PolicyDocument"]), ("Inline", "first", POLICY))
	says("DeleteConflict", 409, "Cannot delete entity, must delete policies first.", iam.delete_role, RoleName="Inline")
	iam.delete_role_policy(RoleName="Inline", PolicyName="first")
	eq(iam.list_role_policies(RoleName="Inline")["PolicyNames"], ["second"])
	large = dict(POLICY, Statement=POLICY["Statement"] + [{"Effect": "Allow", "Action": "s3:x", "Resource": "arn:aws:s3:::" + "x" * 9900}])
	says("LimitExceeded", 409, "Maximum policy size of 10240 bytes exceeded for role Inline", iam.put_role_policy, RoleName="Inline",
	     PolicyName="large", PolicyDocument=json.dumps(large))
	clean("Inline")


@test
def policies_have_versions():
	arn = policy("Versioned", Path="/app/", Description="d", Tags=[{"Key": "a", "Value": "b"}])["Arn"]
	eq(arn, ACCOUNT + "policy/app/Versioned")
	says("EntityAlreadyExists", 409, "A policy called Versioned already exists. Duplicate names are not allowed.", policy, name="Versioned")
	second = dict(POLICY, Statement=POLICY["Statement"][:1])
	eq(iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(second))["PolicyVersion"]["VersionId"], "v2")
	for n in (3, 4, 5):
		iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(second), SetAsDefault=n == 5)
	says("LimitExceeded", 409, "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
	     iam.create_policy_version, PolicyArn=arn, PolicyDocument=json.dumps(POLICY))
	got = iam.get_policy(PolicyArn=arn)["Policy"]
	eq((got["DefaultVersionId"], got["Description"], got["Tags"]), ("v5", "d", [{"Key": "a", "Value": "b"}]))
	eq([(v["VersionId"], v["IsDefaultVersion"]) for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]],
	   [("v5", True), ("v4", False), ("v3", False), ("v2", False), ("v1", False)])
	eq(iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"], POLICY)
	says("NoSuchEntity", 404, "Policy %s version v9 does not exist or is not attachable." % arn, iam.get_policy_version, PolicyArn=arn, VersionId="v9")
	says("DeleteConflict", 409, "Cannot delete the default version of a policy.", iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
	iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
	says("DeleteConflict", 409, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
	     "The default version is deleted with the policy.", iam.delete_policy, PolicyArn=arn)
	for n in (1, 3, 4, 5):
		iam.delete_policy_version(PolicyArn=arn, VersionId="v%d" % n)
	iam.delete_policy(PolicyArn=arn)
	eq(policy("Versioned")["DefaultVersionId"], "v1")
	iam.delete_policy(PolicyArn=ACCOUNT + "policy/Versioned")


@test
def the_policies_of_aws_can_be_attached_and_not_changed():
	arn = AWS + "service-role/AWSLambdaBasicExecutionRole"
	role("Basic")
	for a in (arn, AWS + "AWSLambdaExecute", arn):
		iam.attach_role_policy(RoleName="Basic", PolicyArn=a)
	eq([p["PolicyName"] for p in iam.list_attached_role_policies(RoleName="Basic")["AttachedPolicies"]],
	   ["AWSLambdaExecute", "AWSLambdaBasicExecutionRole"])
	eq([p["PolicyName"] for p in iam.list_attached_role_policies(RoleName="Basic", PathPrefix="/service-role/")["AttachedPolicies"]],
	   ["AWSLambdaBasicExecutionRole"])
	eq(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
	document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
	eq(document["Statement"], [{"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}])
	eq([p["Arn"] for p in iam.list_policies(OnlyAttached=True)["Policies"]], [AWS + "AWSLambdaExecute", arn])
	refused(("ValidationError", 400), iam.delete_policy, PolicyArn=arn)
	clean("Basic")
	eq(iam.list_policies(OnlyAttached=True)["Policies"], [])
	eq(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 0)
	every = [iam.get_policy_version(PolicyArn=p["Arn"], VersionId="v1") for p in iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]]
	eq(len(every) > 10, True)


@test
def lists_come_in_pages():
	for n in range(7):
		role("page-%d" % n)
		policy("Page%d" % n)
	pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 3}))
	eq([[r["RoleName"] for r in p["Roles"]] for p in pages], [["page-0", "page-1", "page-2"], ["page-3", "page-4", "page-5"], ["page-6"]])
	seen = [p["PolicyName"] for page in iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 5}) for p in page["Policies"]]
	eq((seen[-7:], len(seen), len(set(seen))), (["Page%d" % n for n in range(7)], len(seen), len(seen)))
	for n in range(7):
		clean("page-%d" % n)
		iam.delete_policy(PolicyArn=ACCOUNT + "policy/Page%d" % n)


@test
def what_is_no_policy_is_refused():
	for text, message in (("not json", "This policy contains invalid Json"), ("{}", "Syntax errors in policy.")):
		says("MalformedPolicyDocument", 400, message, iam.create_role, RoleName="r", AssumeRolePolicyDocument=text)
	says("MalformedPolicyDocument", 400, "Has prohibited field Resource", iam.create_role, RoleName="r",
	     AssumeRolePolicyDocument=json.dumps(dict(TRUST, Statement=dict(TRUST["Statement"][0], Resource="*"))))
	says("MalformedPolicyDocument", 400, "Syntax errors in policy.", iam.create_policy, PolicyName="p", PolicyDocument="not json")
	says("MalformedPolicyDocument", 400, "Policy document should not specify a principal.", iam.create_policy, PolicyName="p",
	     PolicyDocument=json.dumps(dict(POLICY, Statement=dict(POLICY["Statement"][0], Principal="*"))))
	large = dict(POLICY, Statement=POLICY["Statement"] + [{"Effect": "Allow", "Action": "s3:x", "Resource": "arn:aws:s3:::" + "x" * 6144}])
	says("LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144", iam.create_policy, PolicyName="p", PolicyDocument=json.dumps(large))
	large = dict(TRUST, Statement=dict(TRUST["Statement"][0], Sid="x" * 2048))
	says("LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048", iam.create_role, RoleName="p",
	     AssumeRolePolicyDocument=json.dumps(large))


@test
def parameters_that_break_the_rules_are_named():
	at = "1 validation error detected: Value %s failed to satisfy constraint: %s"
	says("ValidationError", 400, "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: "
	     "+=,.@_-", iam.get_role, RoleName="a b")
	says("ValidationError", 400, at % ("'%s' at 'roleName'" % ("x" * 65), "Member must have length less than or equal to 64"), iam.get_role,
	     RoleName="x" * 65)
	says("ValidationError", 400, at % ("null at 'roleName'", "Member must not be null"), iam.get_role)
	says("ValidationError", 400, at % ("'60' at 'maxSessionDuration'", "Member must have value greater than or equal to 3600"), iam.create_role,
	     RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=60)
	says("ValidationError", 400, "2 validation errors detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater "
	     "than or equal to 1; Value 'None' at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS, Local]",
	     iam.list_policies, Scope="None", MaxItems=0)
	says("InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive.", iam.create_role, RoleName="r",
	     AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
	role("Tagged", Tags=[{"Key": "k%d" % n, "Value": ""} for n in range(50)])
	says("LimitExceeded", 409, "The number of tags has reached the maximum limit.", iam.tag_role, RoleName="Tagged", Tags=[{"Key": "one more", "Value": ""}])
	clean("Tagged")


@test
def who_is_asking_is_root():
	me = sts.get_caller_identity()
	eq((me["Account"], me["Arn"], me["UserId"]), ("123456789012", ACCOUNT + "root", "123456789012"))
	eq(house.aws("sts", "get-caller-identity", "--query", "Account", "--output", "text"), "123456789012\n")
	eq(iam.get_user()["User"]["Arn"], ACCOUNT + "root")
	eq((iam.list_users()["Users"], iam.list_account_aliases()["AccountAliases"]), ([], []))


@test
def what_is_not_built_says_so():
	refused(("NotImplemented", 501), sts.assume_role, RoleArn=ACCOUNT + "role/x", RoleSessionName="session")
	refused(("NotImplemented", 501), iam.create_user, UserName="bob")
	eq("not implemented" in refused(("NotImplemented", 501), iam.list_groups)["Error"]["Message"], True)


def send(method, url, body=b"", secret=None, service="iam", headers=None, query=False):
	"""Status and text of a request signed by hand."""
	keys = Credentials(house.env["AWS_ACCESS_KEY_ID"], secret or house.env["AWS_SECRET_ACCESS_KEY"])
	request = AWSRequest(method, url, data=body, headers=headers or {"Content-Type": "application/x-www-form-urlencoded"})
	(SigV4QueryAuth(keys, service, "us-east-1", expires=60) if query else SigV4Auth(keys, service, "us-east-1")).add_auth(request)
	signed = request.prepare()
	try:
		with urllib.request.urlopen(urllib.request.Request(signed.url, body or None, dict(signed.headers), method=method)) as answer:
			return answer.status, answer.read().decode()
	except urllib.error.HTTPError as e:
		return e.code, e.read().decode()


@test
def a_signed_link_tells_who_signed_it():
	status, text = send("GET", house.url + "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts", query=True, headers={"Host": house.url[7:]})
	eq((status, "<Arn>%sroot</Arn>" % ACCOUNT in text), (200, True), text)


@test
def forms_that_are_none_are_refused():
	def code(*args, **named):
		status, text = send(*args, **named)
		return status, text.partition("<Code>")[2].partition("</Code>")[0]
	url = house.url + "/"
	eq(code("POST", url, b"Action=ListRoles&Version=2010-05-08", secret="x" * 40), (403, "SignatureDoesNotMatch"))
	eq(code("POST", url, b"Version=2010-05-08"), (400, "MissingAction"))
	eq(code("POST", url), (400, "MissingAction"))
	eq(code("POST", url, b"Action=ListRoles"), (400, "InvalidAction"))
	eq(code("POST", url, b"Action=ListRoles&Version=2011-06-15"), (400, "InvalidAction"))
	eq(code("POST", url, b"Action=ListRoles&Version=2010-05-08&Marker=%zz"), (400, "MalformedQueryString"))
	eq(code("POST", url, b"Action=ListRoles&Version=2010-05-08&" + b"a=b&" * 161), (400, "MalformedQueryString"))
	eq(code("POST", url, b"Action=ListRoles&Version=2010-05-08&Unknown=1"), (501, "NotImplemented"))
	eq(code("POST", url, b"Action=TagRole&Version=2010-05-08&RoleName=r&Tags.member.51.Key=a"), (409, "LimitExceeded"))
	eq(code("POST", url, b"x" * (256 * 1024 + 1)), (413, "RequestEntityTooLarge"))
	eq(code("POST", url, b"Action=ListRoles&Version=2010-05-08&Marker=%00%ff"), (200, ""))


@test
def forms_that_nobody_signed_are_refused_in_the_words_of_their_service():
	def unsigned(body, kind="application/x-www-form-urlencoded; charset=utf-8"):
		try:
			urllib.request.urlopen(urllib.request.Request(house.url + "/", body, {"Content-Type": kind}, method="POST"))
		except urllib.error.HTTPError as e:
			return e.code, ET.fromstring(e.read())
		raise AssertionError("it was not refused")
	for version, service in (("2010-05-08", "iam"), ("2011-06-15", "sts"), ("2012-11-05", "iam")):
		status, said = unsigned(b"Action=GetCallerIdentity&Version=" + version.encode())
		space = "{https://%s.amazonaws.com/doc/%s/}" % (service, version if version[:4] != "2012" else "2010-05-08")
		eq((status, said.tag), (403, space + "ErrorResponse"))
		eq([(e.tag, e.text) for e in said[0]], [(space + "Type", "Sender"), (space + "Code", "MissingAuthenticationToken"),
							(space + "Message", "Request is missing Authentication Token")])
	eq(unsigned(b"Action=%zz")[1][0][1].text, "MalformedQueryString")
	eq(unsigned(b"Action=ListRoles&Version=2010-05-08", "text/plain")[1].tag, "Error")	# of S3


@test
def everything_is_there_after_a_restart():
	role("Kept")
	iam.attach_role_policy(RoleName="Kept", PolicyArn=policy("Kept")["Arn"])
	house.kill()
	house.start()
	global_iam = house.client("iam")
	eq([p["PolicyName"] for p in global_iam.list_attached_role_policies(RoleName="Kept")["AttachedPolicies"]], ["Kept"])
	eq(global_iam.get_policy(PolicyArn=ACCOUNT + "policy/Kept")["Policy"]["AttachmentCount"], 1)
	try:
		global_iam.delete_policy(PolicyArn=ACCOUNT + "policy/Kept")
	except ClientError as e:
		eq(e.response["Error"]["Message"], "Cannot delete a policy attached to entities.")
	else:
		raise AssertionError("an attached policy was deleted")


run(house)
