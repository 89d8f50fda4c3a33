"""Tables, items, queries and scans by the official clients, and what the service says when something is wrong."""
import base64
import decimal
import http.client
import json
import threading
import zlib

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from lib import House, eq, refused, run, test

house = House()
WRONG = "One or more parameter values were invalid: "


def attributes(**types):
	return [{"AttributeName": n, "AttributeType": t} for n, t in types.items()]


def keys(hash_name, range_name=None):
	schema = [{"AttributeName": hash_name, "KeyType": "HASH"}]
	return schema + ([{"AttributeName": range_name, "KeyType": "RANGE"}] if range_name else [])


def make_albums(name="Albums"):
	house.dynamodb.create_table(
		TableName=name, AttributeDefinitions=attributes(album="S", n="N", at="S", size="N"), KeySchema=keys("album", "n"),
		BillingMode="PAY_PER_REQUEST",
		GlobalSecondaryIndexes=[
			{"IndexName": "byTime", "KeySchema": keys("album", "at"), "Projection": {"ProjectionType": "ALL"}},
			{"IndexName": "bySize", "KeySchema": keys("size"),
			 "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}}],
		LocalSecondaryIndexes=[
			{"IndexName": "local", "KeySchema": keys("album", "at"), "Projection": {"ProjectionType": "KEYS_ONLY"}}])
	house.dynamodb.get_waiter("table_exists").wait(TableName=name)
	for n in range(20):
		item = {"album": {"S": "a" if n % 2 else "b"}, "n": {"N": str(n - 10)}, "title": {"S": "no %d" % n},
			"at": {"S": "2026-01-%02d" % (28 - n)}}
		if n % 5 == 0:
			item["size"] = {"N": "100"}
		house.dynamodb.put_item(TableName=name, Item=item)


def says(text, call, *args, code="ValidationException", **named):
	eq(refused((code, 400), call, *args, **named)["Error"]["Message"], text, "message")


def post(target, body, service="dynamodb", secret=None, **headers):
	"""(status, headers, parsed body) of a request signed by hand."""
	request = AWSRequest("POST", house.url + "/", data=body, headers=dict(
		{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}, **headers))
	SigV4Auth(Credentials(house.env["AWS_ACCESS_KEY_ID"], secret or house.env["AWS_SECRET_ACCESS_KEY"]), service,
		  house.env["AWS_DEFAULT_REGION"]).add_auth(request)
	return send(body, dict(request.headers))


def send(body, headers):
	c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
	c.request("POST", "/", body, headers)
	answer = c.getresponse()
	data = answer.read()
	c.close()
	eq(answer.getheader("x-amz-crc32"), str(zlib.crc32(data)), "x-amz-crc32")
	eq(answer.getheader("Content-Type"), "application/x-amz-json-1.0", "Content-Type")
	assert answer.getheader("x-amzn-RequestId")
	return answer.status, answer, json.loads(data)


@test
def a_table_is_made_described_listed_and_deleted():
	make_albums("Temporary")
	made = house.dynamodb.describe_table(TableName="Temporary")["Table"]
	eq(made["TableStatus"], "ACTIVE")
	eq(made["ItemCount"], 20)
	eq(made["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/Temporary")
	eq(made["KeySchema"], keys("album", "n"))
	eq(sorted(i["IndexName"] for i in made["GlobalSecondaryIndexes"]), ["bySize", "byTime"])
	eq(made["GlobalSecondaryIndexes"][0]["IndexStatus"], "ACTIVE")
	eq(made["LocalSecondaryIndexes"][0]["Projection"], {"ProjectionType": "KEYS_ONLY"})
	eq(made["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
	eq(house.dynamodb.describe_table(TableName=made["TableArn"])["Table"]["TableId"], made["TableId"])
	assert "Temporary" in house.dynamodb.list_tables()["TableNames"]
	says("Table already exists: Temporary", house.dynamodb.create_table, TableName="Temporary",
	     AttributeDefinitions=attributes(a="S"), KeySchema=keys("a"), BillingMode="PAY_PER_REQUEST", code="ResourceInUseException")
	eq(house.dynamodb.delete_table(TableName="Temporary")["TableDescription"]["TableStatus"], "DELETING")
	house.dynamodb.get_waiter("table_not_exists").wait(TableName="Temporary")
	says("Requested resource not found: Table: Temporary not found", house.dynamodb.describe_table, TableName="Temporary",
	     code="ResourceNotFoundException")
	says("Requested resource not found", house.dynamodb.get_item, TableName="Temporary", Key={"album": {"S": "a"}},
	     code="ResourceNotFoundException")


@test
def a_new_table_of_a_deleted_ones_name_is_empty():
	for size in (0, 20):
		make_albums("Again")
		eq(house.dynamodb.scan(TableName="Again", Select="COUNT")["Count"], 20)
		house.dynamodb.delete_table(TableName="Again")
	house.dynamodb.create_table(TableName="Again", AttributeDefinitions=attributes(a="S"), KeySchema=keys("a"),
				    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
	eq(house.dynamodb.scan(TableName="Again")["Count"], 0)
	eq(house.dynamodb.describe_table(TableName="Again")["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"], 6)
	house.dynamodb.delete_table(TableName="Again")


@test
def tables_are_listed_in_pages():
	for i in range(5):
		house.dynamodb.create_table(TableName="List.%d" % i, AttributeDefinitions=attributes(a="S"), KeySchema=keys("a"),
					    BillingMode="PAY_PER_REQUEST")
	pages = list(house.dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2}))
	names = [n for p in pages for n in p["TableNames"]]
	eq(names, sorted(names))
	assert {"List.%d" % i for i in range(5)} <= set(names) and "photos" in names
	assert all(len(p["TableNames"]) <= 2 for p in pages)
	for i in range(5):
		house.dynamodb.delete_table(TableName="List.%d" % i)


@test
def every_type_comes_back_as_it_was_put():
	item = {"album": {"S": "types"}, "n": {"N": "1"}, "empty": {"S": ""}, "text": {"S": "\u00e9\U0001f4f7\u0000\"\\"},
		"bytes": {"B": bytes(range(256))}, "yes": {"BOOL": True}, "none": {"NULL": True},
		"map": {"M": {"list": {"L": [{"S": "x"}, {"N": "-0.5"}, {"M": {}}]}, "a.b": {"N": "0"}}},
		"ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "22"]}, "bs": {"BS": [b"\x00", b"\xff"]}}
	key = {"album": item["album"], "n": item["n"]}
	eq(house.dynamodb.put_item(TableName="Albums", Item=item).get("Attributes"), None)
	eq(house.dynamodb.get_item(TableName="Albums", Key=key, ConsistentRead=True)["Item"], item)
	eq(house.dynamodb.put_item(TableName="Albums", Item=key, ReturnValues="ALL_OLD")["Attributes"], item)
	eq(house.dynamodb.delete_item(TableName="Albums", Key=key, ReturnValues="ALL_OLD")["Attributes"], key)
	eq("Attributes" in house.dynamodb.delete_item(TableName="Albums", Key=key, ReturnValues="ALL_OLD"), False)
	eq("Item" in house.dynamodb.get_item(TableName="Albums", Key=key), False)


@test
def numbers_keep_38_digits_and_have_one_form():
	table = boto3.resource("dynamodb", endpoint_url=house.url, region_name="us-east-1",
			       aws_access_key_id=house.env["AWS_ACCESS_KEY_ID"],
			       aws_secret_access_key=house.env["AWS_SECRET_ACCESS_KEY"]).Table("Albums")
	big = decimal.Decimal("-1.2345678901234567890123456789012345678E-100")
	table.put_item(Item={"album": "num", "n": decimal.Decimal("1E+3"), "v": big})
	eq(table.get_item(Key={"album": "num", "n": 1000})["Item"]["v"], big)
	house.dynamodb.put_item(TableName="Albums", Item={"album": {"S": "num"}, "n": {"N": "+001.50"}, "v": {"N": "1e2"}})
	eq(house.dynamodb.get_item(TableName="Albums", Key={"album": {"S": "num"}, "n": {"N": "1.5"}})["Item"],
	   {"album": {"S": "num"}, "n": {"N": "1.5"}, "v": {"N": "100"}})
	for n in (1000, decimal.Decimal("1.5")):
		table.delete_item(Key={"album": "num", "n": n})


def query(condition, values, table="Albums", **more):
	return house.dynamodb.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more)


def ns(page):
	return [int(i["n"]["N"]) for i in page["Items"]]


@test
def a_query_gives_the_range_of_its_condition():
	a, n, m = {":a": {"S": "a"}}, {":n": {"N": "-3"}}, {":m": {"N": "5"}}
	all_a = list(range(-9, 10, 2))
	eq(ns(query("album = :a", a)), all_a)
	eq(ns(query("album = :a", a, ScanIndexForward=False)), all_a[::-1])
	eq(ns(query("album = :a AND n = :n", {**a, **n})), [-3])
	eq(ns(query("album = :a AND n < :n", {**a, **n})), [-9, -7, -5])
	eq(ns(query("album = :a AND n <= :n", {**a, **n})), [-9, -7, -5, -3])
	eq(ns(query("n > :m and :a = album", {**a, **m})), [7, 9])
	eq(ns(query("album = :a AND :m <= n", {**a, **m})), [5, 7, 9])
	eq(ns(query("#h = :a AND n BETWEEN :n AND :m", {**a, **n, **m}, ExpressionAttributeNames={"#h": "album"})), [-3, -1, 1, 3, 5])
	page = query("album = :a AND begins_with(#t, :t)", {**a, ":t": {"S": "2026-01-1"}}, IndexName="byTime",
		     ExpressionAttributeNames={"#t": "at"})
	eq([i["at"]["S"] for i in page["Items"]], ["2026-01-11", "2026-01-13", "2026-01-15", "2026-01-17", "2026-01-19"])
	eq((page["Count"], page["ScannedCount"], "LastEvaluatedKey" in page), (5, 5, False))
	counted = query("album = :a", a, Select="COUNT")
	eq((counted["Count"], "Items" in counted), (10, False))


@test
def indexes_project_are_sparse_and_follow_their_items():
	hundred = {":s": {"N": "1.0e2"}}
	names = {"#s": "size"}
	found = query("#s = :s", hundred, IndexName="bySize", ExpressionAttributeNames=names)["Items"]
	eq(len(found), 4)
	eq(set(found[0]), {"album", "n", "size", "title"})
	key = {"album": found[0]["album"], "n": found[0]["n"]}
	before = house.dynamodb.get_item(TableName="Albums", Key=key)["Item"]
	house.dynamodb.put_item(TableName="Albums", Item=dict(before, size={"N": "7"}))
	eq(query("#s = :s", hundred, IndexName="bySize", ExpressionAttributeNames=names)["Count"], 3)
	eq(query("#s = :s", {":s": {"N": "7"}}, IndexName="bySize", ExpressionAttributeNames=names)["Count"], 1)
	house.dynamodb.put_item(TableName="Albums", Item=before)
	local = query("album = :a", {":a": {"S": "a"}}, IndexName="local", ConsistentRead=True)["Items"]
	eq(set(local[0]), {"album", "n", "at"})
	whole = query("album = :a", {":a": {"S": "a"}}, IndexName="local", Select="ALL_ATTRIBUTES")["Items"]
	assert "title" in whole[0]
	eq(house.dynamodb.scan(TableName="Albums", IndexName="bySize")["Count"], 4)


@test
def pages_make_up_the_whole():
	for size in (1, 3, 10):
		pages = list(house.dynamodb.get_paginator("query").paginate(
			TableName="Albums", IndexName="byTime", KeyConditionExpression="album = :a", ScanIndexForward=False,
			ExpressionAttributeValues={":a": {"S": "a"}}, PaginationConfig={"PageSize": size}))
		eq([n for p in pages for n in ns(p)], list(range(-9, 10, 2)))
		eq(set(pages[0]["LastEvaluatedKey"]), {"album", "n", "at"})
		scanned = list(house.dynamodb.get_paginator("scan").paginate(TableName="Albums", PaginationConfig={"PageSize": size}))
		eq(sorted(n for p in scanned for n in ns(p)), list(range(-10, 10)))
	parts = [ns(house.dynamodb.scan(TableName="Albums", Segment=i, TotalSegments=3)) for i in range(3)]
	eq(sorted(sum(parts, [])), list(range(-10, 10)))


@test
def a_page_has_no_more_than_a_megabyte():
	for i in range(5):
		house.dynamodb.put_item(TableName="Albums", Item={"album": {"S": "big"}, "n": {"N": str(i)}, "x": {"S": "x" * 300000}})
	first = query("album = :a", {":a": {"S": "big"}})
	eq(first["Count"], 3)
	eq(query("album = :a", {":a": {"S": "big"}}, ExclusiveStartKey=first["LastEvaluatedKey"])["Count"], 2)
	says("Item size has exceeded the maximum allowed size", house.dynamodb.put_item, TableName="Albums",
	     Item={"album": {"S": "big"}, "n": {"N": "9"}, "x": {"S": "x" * (400 << 10)}})
	for i in range(5):
		house.dynamodb.delete_item(TableName="Albums", Key={"album": {"S": "big"}, "n": {"N": str(i)}})


@test
def the_table_of_photos_is_queried_newest_first():
	made = house.dynamodb.describe_table(TableName="photos")["Table"]
	index = made["GlobalSecondaryIndexes"][0]
	eq((made["KeySchema"], index["IndexName"]), (keys("key"), "newest"))
	hash_name, range_name = [k["AttributeName"] for k in index["KeySchema"]]
	for i in (2, 1, 3):
		house.dynamodb.put_item(TableName="photos", Item={"key": {"S": "k%d" % i}, hash_name: {"S": "o"}, range_name: {"S": "2026-0%d" % i}})
	page = house.dynamodb.query(TableName="photos", IndexName="newest", KeyConditionExpression="#o = :o", ScanIndexForward=False,
				    ExpressionAttributeNames={"#o": hash_name}, ExpressionAttributeValues={":o": {"S": "o"}})
	eq([i["key"]["S"] for i in page["Items"]], ["k3", "k2", "k1"])
	for i in (1, 2, 3):
		house.dynamodb.delete_item(TableName="photos", Key={"key": {"S": "k%d" % i}})


@test
def wrong_keys_and_values_are_told_in_the_services_words():
	put, get = house.dynamodb.put_item, house.dynamodb.get_item
	a = {"album": {"S": "a"}, "n": {"N": "1"}}
	says(WRONG + "Missing the key n in the item", put, TableName="Albums", Item={"album": {"S": "a"}})
	says(WRONG + "Type mismatch for key n expected: N actual: S", put, TableName="Albums", Item=dict(a, n={"S": "1"}))
	says("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. "
	     "Key: album", put, TableName="Albums", Item=dict(a, album={"S": ""}))
	says(WRONG + "Type mismatch for Index Key at Expected: S Actual: N IndexName: byTime", put, TableName="Albums",
	     Item=dict(a, at={"N": "1"}))
	says(WRONG + "Size of hashkey has exceeded the maximum size limit of2048 bytes", put, TableName="Albums",
	     Item=dict(a, album={"S": "x" * 2049}))
	says("The provided key element does not match the schema", get, TableName="Albums", Key={"album": {"S": "a"}})
	says("The provided key element does not match the schema", get, TableName="Albums", Key=dict(a, x={"S": "a"}))
	says("The parameter cannot be converted to a numeric value: one", put, TableName="Albums", Item=dict(a, n={"N": "one"}))
	says(WRONG + "Input collection [x, x] contains duplicates.", put, TableName="Albums", Item=dict(a, s={"SS": ["x", "x"]}))
	says("ReturnValues can only be ALL_OLD or NONE", put, TableName="Albums", Item=a, ReturnValues="ALL_NEW")
	says("1 validation error detected: Value 'all_old' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value "
	     "set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]", put, TableName="Albums", Item=a, ReturnValues="all_old")


@test
def wrong_queries_are_told_in_the_services_words():
	a = {":a": {"S": "a"}}
	ask = house.dynamodb.query
	says("Query condition missed key schema element: album", query, "n = :a", a)
	says(WRONG + "Condition parameter type does not match schema type", query, "album = :a", {":a": {"N": "1"}})
	says("The table does not have the specified index: nope", query, "album = :a", a, IndexName="nope")
	says("Consistent reads are not supported on global secondary indexes", query, "album = :a", a, IndexName="byTime", ConsistentRead=True)
	says(WRONG + "Select type ALL_ATTRIBUTES is not supported for global secondary index bySize because its projection type is not ALL",
	     house.dynamodb.scan, TableName="Albums", IndexName="bySize", Select="ALL_ATTRIBUTES")
	says("Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}", query, "album = :a", {**a, ":b": {"S": "b"}})
	says("Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: size", query, "size = :a", a)
	eq(post("DynamoDB_20120810.Scan", b'{"TableName":"Albums","Limit":0}')[2]["message"], "1 validation error detected: Value '0' at "
	   "'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")	# boto3 would not send it
	says("The provided starting key is outside query boundaries based on provided conditions", query, "album = :a", a,
	     ExclusiveStartKey={"album": {"S": "b"}, "n": {"N": "1"}})
	says("The provided starting key is invalid: The provided key element does not match the schema", query, "album = :a", a,
	     ExclusiveStartKey={"album": {"S": "a"}})
	says("The provided starting key does not match the range key predicate", query, "album = :a AND n > :n", {**a, ":n": {"N": "3"}},
	     ExclusiveStartKey={"album": {"S": "a"}, "n": {"N": "1"}})
	says("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.", ask, TableName="Albums")
	says("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than "
	     "TotalSegments: 2", house.dynamodb.scan, TableName="Albums", Segment=2, TotalSegments=2)


@test
def wrong_tables_are_told_in_the_services_words():
	def make(definitions, schema, **more):
		return house.dynamodb.create_table(TableName="Wrong", AttributeDefinitions=definitions, KeySchema=schema,
						   **dict({"BillingMode": "PAY_PER_REQUEST"}, **more))
	index = {"IndexName": "one", "KeySchema": keys("a"), "Projection": {"ProjectionType": "ALL"}}
	says(WRONG + "Some index key attributes are not defined in AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]", make,
	     attributes(b="S"), keys("a"))
	says(WRONG + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions", make,
	     attributes(a="S", b="S"), keys("a"))
	says("Invalid KeySchema: The first KeySchemaElement is not a HASH key type", make, attributes(a="S", b="S"), keys("a", "b")[1:])
	says("Both the Hash Key and the Range Key element in the KeySchema have the same name", make, attributes(a="S"), keys("a", "a"))
	says(WRONG + "Duplicate index name: one", make, attributes(a="S"), keys("a"), GlobalSecondaryIndexes=[index, index])
	says(WRONG + "Unknown ProjectionType: null", make, attributes(a="S"), keys("a"),
	     GlobalSecondaryIndexes=[dict(index, Projection={})])
	says(WRONG + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex", make,
	     attributes(a="S", b="S"), keys("a"), LocalSecondaryIndexes=[dict(index, KeySchema=keys("a", "b"))])
	says(WRONG + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED", make,
	     attributes(a="S"), keys("a"), BillingMode="PROVISIONED")
	says("2 validation errors detected: Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member "
	     "must satisfy enum value set: [B, N, S]; Value 'hash' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must "
	     "satisfy enum value set: [HASH, RANGE]", make, attributes(a="X"), [{"AttributeName": "a", "KeyType": "hash"}])


@test
def what_is_not_built_says_so_by_name():
	key = {"album": {"S": "a"}, "n": {"N": "1"}}
	says("UpdateItem is not implemented", house.dynamodb.update_item, TableName="Albums", Key=key, code="NotImplemented")
	says("Parameter ConditionExpression is not implemented", house.dynamodb.put_item, TableName="Albums", Item=key,
	     ConditionExpression="attribute_not_exists(n)", code="NotImplemented")
	says("Parameter FilterExpression is not implemented", house.dynamodb.scan, TableName="Albums", FilterExpression="n = n",
	     code="NotImplemented")
	says("ReturnConsumedCapacity TOTAL is not implemented", house.dynamodb.scan, TableName="Albums", ReturnConsumedCapacity="TOTAL",
	     code="NotImplemented")
	says("Parameter StreamSpecification is not implemented", house.dynamodb.create_table, TableName="Streams",
	     AttributeDefinitions=attributes(a="S"), KeySchema=keys("a"), BillingMode="PAY_PER_REQUEST",
	     StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}, code="NotImplemented")
	eq(house.dynamodb.get_item(TableName="Albums", Key=dict(key, n={"N": "99"})).get("Item"), None)
	status, _, body = post("DynamoDB_20120810.Nonsense", b"{}")
	eq((status, body), (400, {"__type": "com.amazon.coral.service#UnknownOperationException"}))
	status, _, body = post("DynamoDBStreams_20120810.ListStreams", b"{}")
	eq(body["__type"], "com.amazon.coral.service#UnknownOperationException")


@test
def broken_requests_and_signatures_answer_in_the_services_shape():
	target = "DynamoDB_20120810.ListTables"
	eq(post(target, b"{}")[0], 200)
	eq(post(target, b"{")[2], {"__type": "com.amazon.coral.service#SerializationException"})
	eq(post(target, b"[]")[2]["__type"], "com.amazon.coral.service#SerializationException")
	eq(post(target, b'{"Limit":"x"}')[2], {"__type": "com.amazon.coral.service#SerializationException",
					      "message": "STRING_VALUE cannot be converted to Integer"})
	status, _, body = post(target, b"{}", secret="wrong" * 8)
	eq((status, body["__type"]), (400, "com.amazon.coral.service#InvalidSignatureException"))
	assert body["message"].startswith("The request signature we calculated does not match")
	eq(send(b"{}", {"X-Amz-Target": target})[2], {"__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
						    "message": "Missing Authentication Token"})
	eq(post("DynamoDB_20120810.DescribeTable", b"{}")[2]["message"], "1 validation error detected: Value null at 'tableName' failed to "
	   "satisfy constraint: Member must not be null")
	status, _, body = post("DynamoDB_20120810.PutItem", b'{"x":"' + b"x" * 3000000 + b'"}')
	eq((status, body["__type"]), (413, "com.amazon.coral.service#RequestEntityTooLargeException"))


@test
def the_command_line_client_puts_gets_queries_and_scans():
	item = {"album": {"S": "cli"}, "n": {"N": "1"}, "b": {"B": base64.b64encode(b"x").decode()}}
	house.aws("dynamodb", "put-item", "--table-name", "Albums", "--item", json.dumps(item))
	key = json.dumps({"album": {"S": "cli"}, "n": {"N": "1"}})
	eq(json.loads(house.aws("dynamodb", "get-item", "--table-name", "Albums", "--key", key))["Item"], item)
	found = json.loads(house.aws("dynamodb", "query", "--table-name", "Albums", "--key-condition-expression", "album = :a",
				     "--expression-attribute-values", '{":a":{"S":"cli"}}'))
	eq(found["Items"], [item])
	eq(json.loads(house.aws("dynamodb", "scan", "--table-name", "Albums"))["Count"], 21)
	house.aws("dynamodb", "delete-item", "--table-name", "Albums", "--key", key)
	assert "Albums" in json.loads(house.aws("dynamodb", "list-tables"))["TableNames"]


@test
def items_survive_a_kill():
	wrote = []

	def write(worker):
		client = house.client("dynamodb")
		try:
			for i in range(100000):
				client.put_item(TableName="Albums", Item={"album": {"S": "kill%d" % worker}, "n": {"N": str(i)}, "at": {"S": "t"}})
				wrote.append((worker, i))
		except Exception:
			return
	workers = [threading.Thread(target=write, args=(w,)) for w in range(4)]
	for w in workers:
		w.start()
	while len(wrote) < 200:
		workers[0].join(0.01)
	house.kill()
	for w in workers:
		w.join()
	house.start()
	for w in range(4):
		for index in (None, "byTime"):
			more = {"IndexName": index} if index else {}
			there = {n for p in house.dynamodb.get_paginator("query").paginate(
				TableName="Albums", KeyConditionExpression="album = :a", ExpressionAttributeValues={":a": {"S": "kill%d" % w}}, **more)
				for n in ns(p)}
			assert {i for worker, i in wrote if worker == w} <= there, "an acknowledged item is lost"


make_albums()
run(house)
