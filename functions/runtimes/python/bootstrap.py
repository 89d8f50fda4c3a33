"""bootstrap.py - starts the client, which is a module so that it need not be compiled anew every time (`make` has done it).

	python3 -S bootstrap.py		with the environment variables of Lambda; _HANDLER is "module.function", modules in LAMBDA_TASK_ROOT

With -S the interpreter leaves out the machine's .pth files, which can double its start; the client puts the folders of the machine's own
packages at the end of the search path all the same.
"""
import minilab_client

minilab_client.main()
