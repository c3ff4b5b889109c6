"""What nobody else may see: passwords in what is said, and the modes of files on the disk.  Imports nothing of ours."""
