"""Apache Kafka from Python alone: a Java runtime from a wheel, jars by their coordinates, one or three KRaft nodes.

    jars.py         the pinned jars, fetched once into the user's cache and checked against jars.sha256
    warmup.py       one throw-away run that teaches the JVM to start twice as fast
    properties.py   the text of server.properties, pure
    jvm.py          the command lines of the JVM, pure
    node.py         one node: format, start, kill, stop, its log and its pid file
    tether.py       the process between us and a node that ends the node when we are gone
    ready.py        is a cluster answering?
    ports.py        free ports, and who holds one
    cluster.py      one or several nodes with one bootstrap address (tests, crash tests)
    daemon.py       the local broker of `roadsieve broker start|stop|status` and of the demo
"""
