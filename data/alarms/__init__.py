"""What stands for longer than one look: verdicts that are taken once a day and kept."""
