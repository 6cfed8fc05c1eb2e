"""The service: PaddleX's HTTP endpoints over galleries and indexes, for programs on this machine or a network."""
