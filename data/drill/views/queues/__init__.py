"""The tab 队列: waiting cases, and waiting times."""
