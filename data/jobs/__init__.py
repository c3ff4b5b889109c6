"""Heavy work that must not delay a tick: a worker process, and threads of low priority."""
