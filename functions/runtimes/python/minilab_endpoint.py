"""minilab_endpoint.py - teaches an old botocore where the services are.

The cage says so in AWS_ENDPOINT_URL, as AWS defined it in 2023. botocore reads that variable, and AWS_ENDPOINT_URL_<SERVICE>, from
1.31.0 on; Debian's, and many that functions bring along, are older and would look for AWS itself. A client that is given an
endpoint keeps it.
"""
import os

FIRST_THAT_KNOWS = (1, 31)


def version(text):
	return tuple(int(part) for part in text.split(".")[:2])


def teach(module):
	import botocore
	if version(botocore.__version__) >= FIRST_THAT_KNOWS:
		return
	create_client = module.Session.create_client

	def endpoint_of(session, service):
		if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
			return None
		if any(name.startswith("AWS_ENDPOINT_URL_") for name in os.environ):
			name = session.get_service_model(service).service_id.replace(" ", "_").replace("-", "_").upper()
			if os.environ.get("AWS_ENDPOINT_URL_" + name):
				return os.environ["AWS_ENDPOINT_URL_" + name]
		return os.environ.get("AWS_ENDPOINT_URL") or None

	def create(self, service_name, *args, **named):
		if len(args) < 5 and named.get("endpoint_url") is None:	# after the service it is the fifth
			named["endpoint_url"] = endpoint_of(self, service_name)
		return create_client(self, service_name, *args, **named)

	create.__doc__ = create_client.__doc__
	module.Session.create_client = create
