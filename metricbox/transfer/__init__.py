"""Taking metrics, dashboards and rules out of a server and into one, from the command line.

    connection.py   the server, by --server and --token or by the data folder of this machine
    blocks.py       what all formats have in common: some samples of one series
    writers.py      from blocks to files: JSON lines, CSV, line protocol, Prometheus text, Parquet
    readers.py      from files to bodies for the server's doors
    prometheus.py   from another server that speaks Prometheus's API
    importing.py    bodies to the server: progress, resuming, what was refused
    dry_run.py      the same without a server: what would be taken
    exporting.py    the server's answer to a file
    objects.py      dashboards and rules
    commands.py     the commands themselves

Samples go through the same doors as those of agents, so that what holds for these holds here: caps, retention, refusals
in words, and nothing is counted that is not on disk.
"""
