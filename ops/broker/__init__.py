"""Apache Kafka from Python alone: a Java runtime from a wheel, jars by their coordinates, one or three KRaft nodes.

    jars.py         the pinned jars (jars.sha256) and their Java
    warmup.py       one throw-away run that teaches the JVM to start twice as fast
    properties.py   the text of server.properties, pure
    security.py     the part of it that lets in only who has a password and a right, pure
    jvm.py          the command lines of the JVM, pure
    node.py         one node: a server (ops/stack/server.py) that formats its folder
    ready.py        is a cluster answering?
    cluster.py      one or several nodes with one bootstrap address (tests, crash tests)
    daemon.py       the local broker of `roadsieve broker start|stop|status` and of the demo
"""
