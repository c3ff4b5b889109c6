"""The tab 队列: what waits, and how long."""
