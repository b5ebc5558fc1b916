"""`metricbox agent`: the same measuring on other machines, pushed to a server.

    tick ──▶ host, textfile, targets, own numbers ──▶ points ──▶ spool (disk) ──▶ delivery (thread) ──▶ server
                                                                  ▲                       │
                                                                  └──── acknowledged ◀────┘

Stays under 40 MB: nothing here imports the server's libraries.
"""
