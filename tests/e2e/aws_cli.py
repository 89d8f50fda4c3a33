"""aws_cli.py - Debian's awscli, loaded once and forked for every command, which saves what Python needs to start. For lib.py:

	a line of JSON {"args", "cwd", "env", "stdin", "stdout", "stderr"} (the last three: paths)  ->  a line with the exit status
"""
import json
import os
import sys

from awscli.clidriver import create_clidriver

SERVICES = ("s3", "lambda", "iam", "logs", "dynamodb")		# whose clients take long to load


def command(job):
	os.chdir(job["cwd"])
	models = os.environ["AWS_DATA_PATH"]		# awscli's own word to itself
	os.environ.clear()
	os.environ.update(job["env"], AWS_DATA_PATH=models)
	for fd, name, mode in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY), (2, "stderr", os.O_WRONLY)):
		os.dup2(os.open(job[name], mode), fd)
	sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
	sys.argv = ["aws", *job["args"]]
	try:
		code = create_clidriver().main(job["args"])
	except SystemExit as e:
		code = e.code if isinstance(e.code, int) else 1
	sys.stdout.flush()
	sys.stderr.flush()
	os._exit(code or 0)


def serve():
	said, asked = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(0))
	for service in SERVICES:
		create_clidriver().session.get_service_model(service)		# so that what loads them is there
	for line in asked:
		pid = os.fork()
		if pid == 0:
			command(json.loads(line))
		print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=said, flush=True)


serve()
