"""Real servers without containers: each a child of ours, in a folder of its own, on ports of its own.

    server.py     one server process: start, find again, ask until it answers, stop, kill, start again
    daemons.py    all of them under one folder, for `roadsieve stack start|stop|status`
    tether.py     the process between us and a server that ends the server when we are gone
    ports.py      free ports, and who holds one
    fetched.py    what servers are made of: fetched once into the user's cache, checked by hash, complete or not there
    maven.py      jars and archives by their coordinates, without Maven
    cassandra.py  Cassandra, the CQL server of tests
    apicurio.py   Apicurio, the schema registry of tests
    s3.py         objects: versitygw, or moto
    prometheus.py metrics and alerts; the one that is installed, or Debian's
    java.py       the Java runtimes that servers run on, from wheels
"""
