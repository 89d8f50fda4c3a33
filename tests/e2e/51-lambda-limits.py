"""How many functions there may be: ten thousand of them, of which all but a few were not made by requests."""
import sqlite3

from lib import House, eq, refused, run, test
from functions import invoke, python, zipped, ROLE

FUNCTIONS_MAX = 10000
house = House()


def count():
	return house.functions.get_account_settings()["AccountUsage"]["FunctionCount"]


def fill(leave):
	"""Copies of a function in the database of a house that is stopped, until there is room for `leave` more."""
	db = sqlite3.connect(house.data + "/meta/meta.db")
	n, = db.execute("SELECT count(*) FROM function").fetchone()
	config, = db.execute("SELECT config FROM function WHERE name = 'first'").fetchone()
	db.executemany("INSERT INTO function(name, config, modified) VALUES(?, ?, 0)", (("copy-%d" % i, config) for i in range(n, FUNCTIONS_MAX - leave)))
	db.commit()
	db.close()


@test
def there_are_at_most_ten_thousand_functions():
	python(house, "first", "def handler(event, context): return event\n")
	house.stop()
	fill(1)
	house.start()
	eq(count(), FUNCTIONS_MAX - 1)
	eq(invoke(house, "copy-9000", 5).payload, 5)
	python(house, "last", "def handler(event, context): return 'last'\n")
	said = refused(("CodeStorageExceededException", 400), house.functions.create_function, FunctionName="one-more", Runtime="python3.12", Role=ROLE,
		       Handler="m.handler", Code={"ZipFile": zipped({"m.py": ""})})
	eq(said["Error"]["Message"], "There are %d functions, which is as many as there can be." % FUNCTIONS_MAX)
	eq((count(), invoke(house, "last", {}).payload), (FUNCTIONS_MAX, "last"))
	house.functions.delete_function(FunctionName="copy-9000")
	python(house, "one-more", "def handler(event, context): return 1\n")


run(house)
